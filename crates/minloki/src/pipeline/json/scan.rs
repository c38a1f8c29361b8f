//! Values within JSON text.

use std::borrow::Cow;

/// What goes wrong while JSON is read, in Loki's words.
pub const MALFORMED_STRING: &str = "Value is string, but can't find closing '\"' symbol";
pub const MALFORMED_ARRAY: &str = "Value is array, but can't find closing ']' symbol";
pub const MALFORMED_OBJECT: &str = "Value looks like object, but can't find closing '}' symbol";
pub const MALFORMED_JSON: &str = "Malformed JSON error";
pub const MALFORMED_ESCAPE: &str = "Encountered an invalid escape sequence in a string";
pub const UNKNOWN_TYPE: &str = "Unknown value type";

/// The kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Without its quotes, escapes as they stand.
    String,
    /// Whatever begins with a digit or a minus.
    Number,
    /// `true`, `false`
    Boolean,
    /// `null`
    Null,
    /// From brace to brace.
    Object,
    /// From bracket to bracket.
    Array,
}

/// A value as it stands in the text.
#[derive(Debug, Clone, Copy)]
pub struct Value<'t> {
    /// Its kind.
    pub kind: Kind,
    /// Its text.
    pub text: &'t str,
}

/// Returns how many blanks a text begins with, or `None` where nothing else is in it.
pub fn blanks(text: &str) -> Option<usize> {
    text.bytes()
        .position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))
}

/// Returns the text from `at` on.
pub fn from(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// Finds the quote that ends a string; `text` begins behind the first one. Returns its place, and
/// whether there are escapes before it.
pub fn string_end(text: &str) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut escaped = false;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some((at, escaped));
        }
        escaped = true;
        at += 2;
    }
}

/// Finds the end of an object or array: the place behind the closing symbol.
pub fn block_end(text: &str, open: u8, close: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut level = 0_usize;
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'"', open, close, bytes.get(at..)?)?;
        match bytes.get(at) {
            Some(b'"') => at += 1 + string_end(from(text, at + 1))?.0,
            Some(symbol) if *symbol == open => level += 1,
            _ => {
                level = level.saturating_sub(1);
                if level == 0 {
                    return Some(at + 1);
                }
            }
        }
        at += 1;
    }
}

/// Reads the value that a text begins with, blanks before it allowed. Returns it and the place behind
/// it.
///
/// # Errors
/// Loki's words.
pub fn value(text: &str) -> Result<(Value<'_>, usize), &'static str> {
    let start = blanks(text).ok_or(MALFORMED_JSON)?;
    let rest = from(text, start);
    let found = |kind, end: usize| {
        let text = rest.get(..end).unwrap_or_default();
        Ok((Value { kind, text }, start + end))
    };
    match rest.as_bytes().first() {
        Some(b'"') => {
            let inside = from(rest, 1);
            let (end, _) = string_end(inside).ok_or(MALFORMED_STRING)?;
            let text = inside.get(..end).unwrap_or_default();
            let kind = Kind::String;
            Ok((Value { kind, text }, start + end + 2))
        }
        Some(b'[') => found(
            Kind::Array,
            block_end(rest, b'[', b']').ok_or(MALFORMED_ARRAY)?,
        ),
        Some(b'{') => found(
            Kind::Object,
            block_end(rest, b'{', b'}').ok_or(MALFORMED_OBJECT)?,
        ),
        _ => {
            let ends = |byte: u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'}' | b']');
            let end = rest.bytes().position(ends).unwrap_or(rest.len());
            match rest.get(..end).unwrap_or_default() {
                "true" | "false" => found(Kind::Boolean, end),
                "null" => found(Kind::Null, end),
                word if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                    found(Kind::Number, end)
                }
                _ => Err(UNKNOWN_TYPE),
            }
        }
    }
}

/// Decodes the escapes of a string; `None` where one of them is broken.
pub fn unescape(text: &str) -> Option<Cow<'_, str>> {
    let Some((before, mut rest)) = text.split_once('\\') else {
        return Some(Cow::Borrowed(text));
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(before);
    loop {
        let mut chars = rest.chars();
        let c = match chars.next()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (c, after) = unicode_escape(chars.as_str())?;
                chars = after.chars();
                c
            }
            _ => return None,
        };
        out.push(c);
        rest = chars.as_str();
        let Some((before, after)) = rest.split_once('\\') else {
            out.push_str(rest);
            return Some(Cow::Owned(out));
        };
        out.push_str(before);
        rest = after;
    }
}

/// Reads the digits of `\uXXXX`, and the second half of a pair. Halves that do not go together are put
/// together all the same.
fn unicode_escape(text: &str) -> Option<(char, &str)> {
    let (high, rest) = four_digits(text)?;
    if !(0xD800..=0xDFFF).contains(&high) {
        return Some((char::from_u32(high)?, rest));
    }
    // Two bytes are skipped, whatever they are.
    let (low, rest) = four_digits(rest.get(2..)?)?;
    let low = low.checked_sub(0xDC00)?;
    let code = 0x1_0000 + ((high - 0xD800) << 10) + low;
    Some((
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
        rest,
    ))
}

fn four_digits(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok();
    code.filter(|_| are_digits).map(|code| (code, rest))
}

/// Decodes a string for a label: a broken escape empties it, and a character that stands for invalid
/// bytes becomes a blank.
pub fn decoded(text: &str) -> Cow<'_, str> {
    let text = unescape(text).unwrap_or_default();
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Cow::Owned(text.replace(char::REPLACEMENT_CHARACTER, " "));
    }
    text
}
