//! How an expression is built, as Go's parser sees it behind its simplifications: adjacent characters
//! are one literal, alternatives share what they begin with, single characters side by side are a
//! class. Some programs (Loki) decide by that how they search.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// An expression, as far as its shape tells which texts it finds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Shape {
    /// Matches the empty text.
    Empty,
    /// Characters one after the other; in any case where `fold`, and then in the spelling that is the
    /// smallest of a character's spellings.
    Literal {
        /// At least one character.
        text: String,
        /// `(?i)`
        fold: bool,
    },
    /// `.`
    Dot,
    /// `.*`
    AnyStar,
    /// `.+`
    AnyPlus,
    /// One of several characters.
    Class,
    /// `(…)`
    Capture(Box<Shape>),
    /// One after the other, at least two.
    Concat(Vec<Shape>),
    /// One of them, at least two.
    Alternate(Vec<Shape>),
    /// Anything else.
    #[default]
    Other,
}

impl Shape {
    /// One character.
    pub(crate) fn literal(c: char, fold: bool) -> Self {
        let c = if fold { smallest_case(c) } else { c };
        Self::Literal {
            text: c.to_string(),
            fold,
        }
    }

    /// Joins what stands one after the other.
    pub(crate) fn concat(shapes: Vec<Self>) -> Self {
        let mut joined: Vec<Self> = Vec::with_capacity(shapes.len());
        for shape in shapes {
            match (joined.last_mut(), shape) {
                (
                    Some(Self::Literal { text, fold }),
                    Self::Literal {
                        text: next,
                        fold: next_fold,
                    },
                ) if *fold == next_fold => text.push_str(&next),
                (_, Self::Concat(inner)) => joined.extend(inner),
                (_, shape) => joined.push(shape),
            }
        }
        one_or(joined, Self::Empty, Self::Concat)
    }

    /// Joins alternatives.
    pub(crate) fn alternate(shapes: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(shapes.len());
        for shape in shapes {
            match shape {
                Self::Alternate(inner) => flat.extend(inner),
                shape => flat.push(shape),
            }
        }
        let factored = share_prefixes(&flat);
        let merged = merge_classes(factored);
        one_or(merged, Self::Empty, Self::Alternate)
    }

    /// What a repetition of it looks like.
    pub(crate) fn repeated(self, (least, most): (u32, Option<u32>)) -> Self {
        match (self, least, most) {
            (_, _, Some(0)) => Self::Empty,
            (Self::Dot, 0, None) => Self::AnyStar,
            (Self::Dot, 1, None) => Self::AnyPlus,
            // Kept apart from the literals around.
            (shape, 1, Some(1)) => Self::Capture(Box::new(shape)),
            _ => Self::Other,
        }
    }

    /// Takes the literal from the front of a shape: the text, whether its case matters not, and what is
    /// left.
    fn split_literal(&self) -> Option<(&str, bool, &[Self])> {
        match self {
            Self::Literal { text, fold } => Some((text, *fold, &[])),
            Self::Concat(parts) => match parts.split_first() {
                Some((Self::Literal { text, fold }, rest)) => Some((text, *fold, rest)),
                _ => None,
            },
            _ => None,
        }
    }
}

fn one_or(mut shapes: Vec<Shape>, none: Shape, several: fn(Vec<Shape>) -> Shape) -> Shape {
    match shapes.len() {
        0 => none,
        1 => shapes.pop().unwrap_or(none),
        _ => several(shapes),
    }
}

/// `abc|abd` is `ab(?:c|d)`.
fn share_prefixes(shapes: &[Shape]) -> Vec<Shape> {
    let mut factored = Vec::with_capacity(shapes.len());
    let mut rest = shapes;
    while let Some((first, behind)) = rest.split_first() {
        let mut count = 1;
        let mut shared = "";
        let mut shared_fold = false;
        if let Some((text, fold, _)) = first.split_literal() {
            shared = text;
            shared_fold = fold;
            for shape in behind {
                let Some((next, next_fold, _)) = shape.split_literal() else {
                    break;
                };
                let common = common_prefix(shared, next);
                if next_fold != fold || common.is_empty() {
                    break;
                }
                shared = common;
                count += 1;
            }
        }
        let (run, behind) = rest.split_at(count);
        if count == 1 {
            factored.push(first.clone());
        } else {
            let suffixes = run.iter().map(|shape| without_prefix(shape, shared));
            let suffixes = Shape::alternate(suffixes.collect());
            let prefix = Shape::Literal {
                text: shared.to_owned(),
                fold: shared_fold,
            };
            factored.push(Shape::Concat(vec![prefix, suffixes]));
        }
        rest = behind;
    }
    factored
}

fn without_prefix(shape: &Shape, prefix: &str) -> Shape {
    let Some((text, fold, rest)) = shape.split_literal() else {
        return shape.clone();
    };
    let left = text.strip_prefix(prefix).unwrap_or(text);
    let literal = (!left.is_empty()).then(|| Shape::Literal {
        text: left.to_owned(),
        fold,
    });
    Shape::concat(literal.into_iter().chain(rest.iter().cloned()).collect())
}

/// `a|b|[cd]` is `[abcd]`; empty alternatives side by side are one.
fn merge_classes(shapes: Vec<Shape>) -> Vec<Shape> {
    let is_single = |shape: &Shape| match shape {
        Shape::Class => true,
        Shape::Literal { text, .. } => text.chars().nth(1).is_none(),
        _ => false,
    };
    let mut merged: Vec<Shape> = Vec::with_capacity(shapes.len());
    for shape in shapes {
        match merged.last_mut() {
            Some(last) if is_single(last) && is_single(&shape) => *last = Shape::Class,
            Some(Shape::Empty) if shape == Shape::Empty => {}
            _ => merged.push(shape),
        }
    }
    merged
}

fn common_prefix<'a>(a: &'a str, b: &str) -> &'a str {
    let end = a
        .char_indices()
        .zip(b.chars())
        .find(|((_, a), b)| a != b)
        .map_or_else(|| a.len().min(b.len()), |((at, _), _)| at);
    a.get(..end).unwrap_or_default()
}

/// Returns the smallest of the spellings of a character that differ only in case, as Go writes it.
fn smallest_case(c: char) -> char {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
    if class.try_case_fold_simple().is_err() {
        return c;
    }
    class.ranges().first().map_or(c, ClassUnicodeRange::start)
}
