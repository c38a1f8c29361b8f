//! Patterns: the stage `pattern` and the line filters `|>` and `!>`.
//! Source: <https://grafana.com/docs/loki/latest/query/log_queries/#pattern>.

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A name, or `_` for what nobody wants.
    Capture(String),
}

/// A pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

impl Pattern {
    /// Compiles the pattern of a stage.
    ///
    /// # Errors
    /// Loki's words.
    pub fn of_stage(pattern: &str) -> Result<Self, String> {
        let pieces = pieces(pattern)?;
        let has_capture = pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Capture(name) if name != "_"));
        if !has_capture {
            return Err("at least one capture is required".to_owned());
        }
        Ok(Self { pieces })
    }

    /// Compiles the pattern of a line filter.
    ///
    /// # Errors
    /// Loki's words.
    pub fn of_filter(pattern: &str) -> Result<Self, String> {
        let pieces = pieces(pattern)?;
        for piece in &pieces {
            if let Piece::Capture(name) = piece
                && name != "_"
            {
                return Err(format!("named captures are not allowed: found '<{name}>'"));
            }
        }
        Ok(Self { pieces })
    }

    /// Calls `found` with the name and value of each capture, in their order. Text at the front must be
    /// there. A capture ends before the text behind it; where that is missing, it is all that is left,
    /// and the last one.
    pub fn captures<'l>(&self, line: &'l str, mut found: impl FnMut(&str, &'l str)) {
        if line.is_empty() {
            return;
        }
        let mut rest = line;
        let mut pieces = self.pieces.iter().peekable();
        if let Some(Piece::Text(text)) = pieces.peek() {
            let Some(behind) = rest.strip_prefix(text.as_str()) else {
                return;
            };
            rest = behind;
            pieces.next();
        }
        while let Some(piece) = pieces.next() {
            let Piece::Capture(name) = piece else {
                continue;
            };
            let split = match pieces.peek() {
                Some(Piece::Text(text)) => rest.split_once(text.as_str()),
                _ => None,
            };
            if name != "_" {
                found(name, split.map_or(rest, |(value, _)| value));
            }
            let Some((_, behind)) = split else {
                return;
            };
            rest = behind;
        }
    }

    /// Says whether a line has the pattern, as the filters ask: its first text may stand anywhere, a
    /// capture holds at least one character, and nothing stands behind the last text.
    pub fn matches(&self, line: &str) -> bool {
        let mut rest = line;
        let mut is_captured = false;
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Capture(_) => is_captured = true,
                Piece::Text(text) => {
                    let Some((before, behind)) = rest.split_once(text.as_str()) else {
                        return false;
                    };
                    if before.is_empty() && is_captured && at > 0 {
                        return false;
                    }
                    rest = behind;
                    is_captured = false;
                }
            }
        }
        rest.is_empty() != is_captured
    }
}

fn pieces(pattern: &str) -> Result<Vec<Piece>, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some((name, behind)) = capture(rest) {
            if let Some(Piece::Capture(last)) = pieces.last() {
                return Err(format!(
                    "found consecutive capture '<{last}><{name}>': invalid expression"
                ));
            }
            pieces.push(Piece::Capture(name.to_owned()));
            rest = behind;
            continue;
        }
        if let Some(Piece::Text(text)) = pieces.last_mut() {
            text.push(c);
        } else {
            pieces.push(Piece::Text(c.to_string()));
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    Ok(pieces)
}

/// Reads `<name>`.
fn capture(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = text.strip_prefix('<')?.split_once('>')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some((name, behind))
}
