//! What is wrong with a query, in Loki's words.

use std::fmt;

/// A query that is no LogQL. `Display` is the text that Loki answers with status 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    position: Option<Position>,
    message: String,
}

/// Where a token starts. Loki counts lines and characters from 1; a line of 0 is one of its quirks
/// (see `lexer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl ParseError {
    /// An error that belongs to no place in the text.
    pub(super) fn semantic(message: impl Into<String>) -> Self {
        Self {
            position: None,
            message: message.into(),
        }
    }

    /// An error at a token.
    pub(super) fn at(position: Position, message: impl Into<String>) -> Self {
        // Loki leaves a position out when it is all zero: an empty query.
        let position = (position.line > 0 || position.column > 0).then_some(position);
        Self {
            position,
            message: message.into(),
        }
    }

    /// A query that a real Loki takes and this one does not.
    pub(super) fn not_here(what: impl fmt::Display) -> Self {
        Self::semantic(format!("not in the embedded Loki: {what}"))
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(Position { line, column }) => {
                write!(
                    f,
                    "parse error at line {line}, col {column}: {}",
                    self.message
                )
            }
            None => write!(f, "parse error : {}", self.message),
        }
    }
}

impl std::error::Error for ParseError {}
