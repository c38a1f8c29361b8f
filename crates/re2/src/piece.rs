//! What a translation is put together from.

use super::shape::Shape;

/// The flags that change what an expression matches: `i`, `s`, `m`, `U`.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)]
pub struct Flags {
    pub fold: bool,
    pub dot_matches_newline: bool,
    pub multi_line: bool,
    pub lazy: bool,
}

/// A written piece that a repetition can stand behind.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    pub text: String,
    pub height: u32,
    pub shape: Shape,
}

/// An open group: finished alternatives, and the pieces of the one being read.
#[derive(Debug, Default)]
pub struct Group {
    pub alternatives: Vec<String>,
    pub shapes: Vec<Shape>,
    pub pieces: Vec<Piece>,
    pub height: u32,
    pub captures: bool,
}

impl Group {
    pub fn push(&mut self, piece: Piece) {
        self.height = self.height.max(piece.height);
        self.pieces.push(piece);
    }

    pub fn next_alternative(&mut self) {
        let mut text = String::new();
        let mut shapes = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces.drain(..) {
            text.push_str(&piece.text);
            shapes.push(piece.shape);
        }
        self.alternatives.push(text);
        self.shapes.push(Shape::concat(shapes));
    }

    pub fn written(mut self, with_captures: bool) -> Piece {
        self.next_alternative();
        let shape = Shape::alternate(self.shapes);
        let open = if self.captures && with_captures {
            "("
        } else {
            "(?:"
        };
        Piece {
            text: format!("{open}{})", self.alternatives.join("|")),
            height: self.height + 1,
            shape: if self.captures {
                Shape::Capture(Box::new(shape))
            } else {
                shape
            },
        }
    }
}
