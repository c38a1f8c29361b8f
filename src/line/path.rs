//! Where a field stands inside a line, and how the settings write that down.
//!
//! Notation (semantics.md, section 2): `a.b` is nested, then dotted; `["a","b"]` nested only;
//! `["a.b"]` dotted only. `a[0].b` is inside the first element of an array.

use std::borrow::Cow;
use std::fmt;

use super::json_text;

/// The deepest path that is read. Real lines nest three or four levels; the bound keeps the
/// reader's place in a line on the stack.
pub const MAX_DEPTH: usize = 16;
/// The most digits of an element's number.
const MAX_DIGITS: usize = 6;

/// One place inside a line: a JSON path, or the key of a `key=value` line.
///
/// `["a","b"]` is nested, key `b` inside the object `a`; the one segment `["a.b"]` is the dotted
/// key itself. The segment `[0]` is the first element of an array (LogQL has no spelling for a key of
/// that form).
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
        let element = notation.find(']').and_then(|at| notation.get(..=at));
        let is_element = element.is_some_and(|element| index(element).is_some());
        if notation.starts_with('[') && !is_element {
            let segments = json_text::string_array(notation)
                .filter(|segments| !segments.is_empty())
                .ok_or_else(|| error(Reason::NotAnArray))?;
            return Self::checked(segments)
                .map(|path| vec![path])
                .map_err(error);
        }
        let nested = notation.split('.').flat_map(elements);
        let nested = Self::checked(nested.map(str::to_owned).collect()).map_err(error)?;
        if nested.0.len() == 1 || nested.has_element() {
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

    fn has_element(&self) -> bool {
        self.0.iter().any(|segment| index(segment).is_some())
    }

    /// The key of a `key=value` line; none for a nested path, which such a line cannot hold. Brackets
    /// are part of such a key.
    pub fn flat(&self) -> Option<Cow<'_, str>> {
        if let [key] = self.0.as_slice() {
            return Some(Cow::Borrowed(key));
        }
        let (first, rest) = self.0.split_first().filter(|_| self.has_element())?;
        let dotted = rest.iter().map(|segment| match index(segment) {
            Some(_) => segment.clone(),
            None => format!(".{segment}"),
        });
        Some(Cow::Owned(first.clone() + &dotted.collect::<String>()))
    }
}

/// The number of the element that a segment of a path names: `[0]`.
pub fn index(segment: &str) -> Option<usize> {
    let number = segment.strip_prefix('[')?.strip_suffix(']')?;
    let is_written_once = number == "0" || !number.starts_with(['0', '+']);
    number
        .parse()
        .ok()
        .filter(|_| is_written_once && number.len() <= MAX_DIGITS)
}

/// Splits the elements off a key: `a[0][1]` is `a`, `[0]`, `[1]`.
fn elements(key: &str) -> Vec<&str> {
    let mut rest = key;
    let mut found = Vec::new();
    while let Some(at) = rest.rfind('[') {
        let (before, element) = rest.split_at_checked(at).unwrap_or_default();
        if index(element).is_none() {
            break;
        }
        found.push(element);
        rest = before;
    }
    if !rest.is_empty() || found.is_empty() {
        found.push(rest);
    }
    found.reverse();
    found
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
