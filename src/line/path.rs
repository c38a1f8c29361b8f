//! Where a field stands inside a line, and how the settings write that down.
//!
//! Notation (semantics.md, section 2): `a.b` is nested, then dotted; `["a","b"]` nested only;
//! `["a.b"]` dotted only.

use std::fmt;

use super::json_text;

/// The deepest path that is read. Real lines nest three or four levels; the bound keeps the
/// reader's place in a line on the stack.
pub const MAX_DEPTH: usize = 16;

/// One place inside a line: a JSON path, or the key of a `key=value` line.
///
/// `["a","b"]` is nested, key `b` inside the object `a`; the one segment `["a.b"]` is the dotted
/// key itself. A segment is always a key, never an array index.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Path(
    /// The keys from the outermost object inwards.
    pub Vec<String>,
);

impl Path {
    /// Reads the settings' notation for a key: the places to try, in this order.
    pub fn parse_key(notation: &str) -> Result<Vec<Self>, KeyError> {
        let error = |reason| KeyError {
            notation: notation.to_owned(),
            reason,
        };
        if notation.trim().is_empty() {
            return Err(error(Reason::Empty));
        }
        if notation.starts_with('[') {
            let segments = json_text::string_array(notation)
                .filter(|segments| !segments.is_empty())
                .ok_or_else(|| error(Reason::NotAnArray))?;
            return Self::checked(segments)
                .map(|path| vec![path])
                .map_err(error);
        }
        let nested =
            Self::checked(notation.split('.').map(str::to_owned).collect()).map_err(error)?;
        if nested.0.len() == 1 {
            return Ok(vec![nested]);
        }
        Ok(vec![nested, Self(vec![notation.to_owned()])])
    }

    fn checked(segments: Vec<String>) -> Result<Self, Reason> {
        if segments.iter().any(String::is_empty) {
            return Err(Reason::EmptySegment);
        }
        if segments.len() > MAX_DEPTH {
            return Err(Reason::TooDeep(segments.len()));
        }
        Ok(Self(segments))
    }

    /// The key of a `key=value` line; none for a nested path, which such a line cannot hold.
    pub(super) fn flat(&self) -> Option<&str> {
        match self.0.as_slice() {
            [key] => Some(key),
            _ => None,
        }
    }
}

/// A key in the settings that names no place in a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyError {
    notation: String,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reason {
    Empty,
    EmptySegment,
    NotAnArray,
    TooDeep(usize),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let notation = &self.notation;
        match self.reason {
            Reason::Empty => write!(f, "key {notation:?} is empty"),
            Reason::EmptySegment => write!(
                f,
                "key {notation:?} has an empty segment: write a key that itself contains dots as [\"a..b\"]"
            ),
            Reason::NotAnArray => write!(
                f,
                "key {notation:?} starts with a bracket but is no JSON array of strings such as [\"a\",\"b\"]"
            ),
            Reason::TooDeep(depth) => write!(
                f,
                "key {notation:?} is nested {depth} deep, more than the {MAX_DEPTH} that are read"
            ),
        }
    }
}

impl std::error::Error for KeyError {}
