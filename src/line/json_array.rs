//! Values inside arrays, as Loki's `| json x="a[0].b"` finds them.
//!
//! Source: `EachKey`, `ArrayEach` and `searchKeys` of grafana/jsonparser. The first array at the path's
//! beginning that has the element decides. Inside the element the search is not strict: where a key of the
//! path has no array as its value, the next array of that object is taken.

use std::borrow::Cow;
use std::ops::Range;

use super::json::{Text, block_end, next_token, string_at, value_at};

/// One step into a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// To an element, by its number.
    Element(usize),
    /// To the value of a key.
    Key(String),
}

impl Step {
    /// Reads the segment of a path.
    pub(super) fn new(segment: &str) -> Self {
        match super::path::index(segment) {
            Some(number) => Self::Element(number),
            None => Self::Key(segment.to_owned()),
        }
    }
}

/// Reads the value that the steps lead to, of which the first is into the array that follows `from`.
/// `None` when there is no such array, or it has no such element: another one may.
pub(super) fn inside<'line>(
    line: &'line str,
    from: usize,
    steps: &[Step],
) -> Option<Option<Cow<'line, str>>> {
    let (Step::Element(number), rest) = steps.split_first()? else {
        return None;
    };
    let array = next_token(line.as_bytes(), from)?;
    let element = element(line.as_bytes(), array, *number)?;
    let within = line.get(..element.end)?;
    let at = search(within, element.start, rest);
    Some(at.and_then(|at| value_at(within, at, &mut Text::default())))
}

/// Where the element with this number of the array at `open` stands.
fn element(bytes: &[u8], open: usize, number: usize) -> Option<Range<usize>> {
    if bytes.get(open) != Some(&b'[') {
        return None;
    }
    let mut at = next_token(bytes, open + 1)?;
    let mut left = number;
    loop {
        let end = value_end(bytes, at)?;
        if left == 0 {
            return Some(at..end);
        }
        left -= 1;
        let behind = next_token(bytes, end)?;
        if bytes.get(behind) != Some(&b',') {
            return None;
        }
        at = next_token(bytes, behind + 1)?;
    }
}

/// Where the value begins that the steps lead to, from the start of a value that ends with the text.
fn search(text: &str, start: usize, steps: &[Step]) -> Option<usize> {
    if steps.is_empty() {
        return Some(start);
    }
    let bytes = text.as_bytes();
    // How many objects are around, and how many keys of the path led to this place.
    let (mut level, mut found) = (0_usize, 0_usize);
    let mut is_wanted = true;
    let mut at = start;
    loop {
        match bytes.get(at)? {
            b'"' => {
                let string = string_at(bytes, at + 1)?;
                at = next_token(bytes, string.end)?;
                if bytes.get(at) == Some(&b':') {
                    let above = level.checked_sub(1)?;
                    let step = steps.get(above)?;
                    let key = string.decoded(text)?;
                    is_wanted = matches!(step, Step::Key(wanted) if *wanted == key);
                    if is_wanted && found == above {
                        found += 1;
                        if found == steps.len() {
                            return next_token(bytes, at + 1);
                        }
                    }
                } else {
                    continue;
                }
            }
            b'{' if is_wanted => level += 1,
            b'{' => at = block_end(bytes, at, b'{', b'}')? - 1,
            b'}' => {
                level = level.checked_sub(1)?;
                if level == found {
                    found = found.checked_sub(1)?;
                }
            }
            b'[' => {
                let step = steps.get(level).filter(|_| found == level);
                if let Some(Step::Element(number)) = step {
                    let element = element(bytes, at, *number)?;
                    let within = text.get(..element.end)?;
                    return search(within, element.start, steps.get(level + 1..)?);
                }
                at = block_end(bytes, at, b'[', b']')? - 1;
            }
            b':' => return None,
            _ => {}
        }
        at += 1;
    }
}

/// The place behind the value that begins at `start`; none where none begins.
fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    match bytes.get(start)? {
        b'"' => Some(string_at(bytes, start + 1)?.end),
        b'{' => block_end(bytes, start, b'{', b'}'),
        b'[' => block_end(bytes, start, b'[', b']'),
        _ => {
            let ends =
                |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            let token = bytes.get(start..)?;
            let token = token.get(..token.iter().position(ends).unwrap_or(token.len()))?;
            let is_number = matches!(token.first(), Some(b'0'..=b'9' | b'-'));
            let is_value = is_number || [&b"true"[..], b"false", b"null"].contains(&token);
            is_value.then(|| start + token.len())
        }
    }
}
