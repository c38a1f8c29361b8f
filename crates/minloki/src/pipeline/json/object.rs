//! Every key of an object: `json` without expressions, and `unpack`.

use std::ops::ControlFlow;

use super::super::name::push_sanitized;
use super::scan::{
    Kind, MALFORMED_ARRAY, MALFORMED_ESCAPE, MALFORMED_JSON, MALFORMED_OBJECT, Value, blanks,
    decoded, from, string_end, unescape, value,
};

/// The deepest nesting that is read. Loki has no limit but its memory.
const DEEPEST: usize = 500;

/// What takes the keys of an object.
pub trait Members {
    /// Says whether names that begin with this one, of an object within, are wanted.
    fn wants_within(&self, name: &str) -> bool;

    /// Takes a name and its value; it can end the reading.
    fn take(&mut self, name: &str, value: &str) -> ControlFlow<()>;
}

/// Tells the name and value of every key whose value is no array and not null, nested names joined by
/// `_`.
///
/// # Errors
/// Loki's words; what was found before has been told.
pub fn flatten(line: &str, members: &mut impl Members) -> Result<(), &'static str> {
    let mut name = String::new();
    flatten_object(line, &mut name, 0, members).map(|_| ())
}

fn flatten_object(
    object: &str,
    name: &mut String,
    depth: usize,
    members: &mut impl Members,
) -> Result<ControlFlow<()>, &'static str> {
    if depth > DEEPEST {
        return Err(MALFORMED_OBJECT);
    }
    let length = name.len();
    each_member(object, &mut |key, member| {
        if !key.is_empty() && length > 0 {
            name.push('_');
        }
        push_sanitized(name, key);
        let flow = match member.kind {
            Kind::Object if members.wants_within(name) => {
                flatten_object(member.text, name, depth + 1, members)?
            }
            Kind::Object | Kind::Array | Kind::Null => ControlFlow::Continue(()),
            _ if name.is_empty() => ControlFlow::Continue(()),
            Kind::String => members.take(name, &decoded(member.text)),
            Kind::Number | Kind::Boolean => members.take(name, member.text),
        };
        name.truncate(length);
        Ok(flow)
    })
}

/// Reads an object that was packed: calls `found` with each key whose value is a string, and returns
/// whether the object was packed, which is when it has `_entry`.
///
/// # Errors
/// Loki's words.
pub fn unpack(line: &str, found: &mut impl FnMut(&str, &str)) -> Result<(), &'static str> {
    each_member(line, &mut |key, member| {
        if member.kind == Kind::String {
            found(key, &decoded(member.text));
        }
        Ok(ControlFlow::Continue(()))
    })
    .map(|_| ())
}

/// Calls `each` with the keys and values of an object, in their order.
fn each_member<'t>(
    text: &'t str,
    each: &mut impl FnMut(&str, Value<'t>) -> Result<ControlFlow<()>, &'static str>,
) -> Result<ControlFlow<()>, &'static str> {
    let start = blanks(text).ok_or(MALFORMED_OBJECT)?;
    let mut rest = from(text, start)
        .strip_prefix('{')
        .ok_or(MALFORMED_OBJECT)?;
    rest = from(rest, blanks(rest).ok_or(MALFORMED_JSON)?);
    loop {
        if rest.starts_with('}') {
            return Ok(ControlFlow::Continue(()));
        }
        rest = rest.strip_prefix('"').ok_or(MALFORMED_OBJECT)?;
        let (end, escaped) = string_end(rest).ok_or(MALFORMED_JSON)?;
        let key = rest.get(..end).unwrap_or_default();
        rest = from(rest, end + 1);
        let unescaped;
        let key = if escaped {
            unescaped = unescape(key).ok_or(MALFORMED_ESCAPE)?;
            &unescaped
        } else {
            key
        };
        rest = from(rest, blanks(rest).ok_or(MALFORMED_JSON)?);
        rest = rest.strip_prefix(':').ok_or(MALFORMED_JSON)?;
        let (member, end) = value(rest)?;
        if each(key, member)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        rest = from(rest, end);
        rest = from(rest, blanks(rest).ok_or(MALFORMED_ARRAY)?);
        if rest.starts_with('}') {
            return Ok(ControlFlow::Continue(()));
        }
        rest = rest.strip_prefix(',').ok_or(MALFORMED_OBJECT)?;
        rest = from(rest, blanks(rest).ok_or(MALFORMED_ARRAY)?);
    }
}
