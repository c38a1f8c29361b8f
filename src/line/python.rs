//! Python string literals: how `repr` writes them and what they mean.
//!
//! Source: CPython `Objects/unicodeobject.c` (`unicode_repr`) and the Python language reference,
//! "String and Bytes literals".

use std::borrow::Cow;

/// Writes `text` as CPython's `repr` does inside the given quote character, without the quotes.
///
/// Python itself takes `'`, unless the text has a `'` and no `"`. Which characters beyond ASCII
/// are printable depends on the Unicode version: this is the standard library's, and a Python
/// that knows an older Unicode escapes the characters added since.
pub fn python_repr(text: &str, quote: char) -> String {
    let mut repr = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => repr.push_str("\\n"),
            '\r' => repr.push_str("\\r"),
            '\t' => repr.push_str("\\t"),
            '\\' => repr.push_str("\\\\"),
            _ if character == quote => repr.extend(['\\', character]),
            ' '..='~' => repr.push(character),
            _ if is_printable(character) => repr.push(character),
            _ => repr.push_str(&python_escape(character)),
        }
    }
    repr
}

/// Writes the escape by which CPython's `repr` writes a character that it does not know as printable.
pub fn python_escape(character: char) -> String {
    let code = u32::from(character);
    match code {
        0..=0xFF => format!("\\x{code:02x}"),
        0x100..=0xFFFF => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

/// `str.isprintable` for a character beyond ASCII: none of the categories Other and Separator.
///
/// The standard library has the same table, made from the same categories, behind `escape_debug`
/// of a text; its other rule, for combining characters, looks at a text's first character only.
fn is_printable(character: char) -> bool {
    let mut buffer = [b'a'; 5];
    let length = 1 + character.len_utf8();
    if let Some(rest) = buffer.get_mut(1..) {
        character.encode_utf8(rest);
    }
    let text = buffer
        .get(..length)
        .and_then(|text| str::from_utf8(text).ok());
    text.is_some_and(|text| text.escape_debug().nth(1) == Some(character))
}

/// Decodes the inside of a Python string literal.
///
/// An escape that Python does not know, or would refuse as a syntax error, keeps its backslash.
/// A lone surrogate, which Rust text cannot hold, becomes U+FFFD. Named characters (`\N{…}`),
/// which `repr` never writes, stay as they are.
pub fn python_unescape(literal: &str) -> Cow<'_, str> {
    let Some((plain, mut rest)) = literal.split_once('\\') else {
        return Cow::Borrowed(literal);
    };
    let mut text = String::with_capacity(literal.len());
    text.push_str(plain);
    loop {
        // `rest` starts behind a backslash.
        if let Some((decoded, used)) = escape(rest) {
            text.extend(decoded);
            rest = rest.get(used..).unwrap_or_default();
        } else {
            text.push('\\');
        }
        let Some((plain, next)) = rest.split_once('\\') else {
            text.push_str(rest);
            return Cow::Owned(text);
        };
        text.push_str(plain);
        rest = next;
    }
}

/// The character of the escape at the start of `rest` (an escaped newline has none), and how many
/// bytes it takes there.
fn escape(rest: &str) -> Option<(Option<char>, usize)> {
    let decoded = match rest.as_bytes().first()? {
        b'\n' => return Some((None, 1)),
        byte @ (b'\\' | b'\'' | b'"') => char::from(*byte),
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'v' => '\u{b}',
        b'x' => return number(rest, 1, 2, 16),
        b'u' => return number(rest, 1, 4, 16),
        b'U' => return number(rest, 1, 8, 16),
        b'0'..=b'7' => {
            let octal = rest.bytes().take(3);
            let digits = octal.take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            return number(rest, 0, digits, 8);
        }
        _ => return None,
    };
    Some((Some(decoded), 1))
}

/// The character whose number stands in `digits` digits at `at`.
fn number(rest: &str, at: usize, digits: usize, radix: u32) -> Option<(Option<char>, usize)> {
    let code = rest.as_bytes().get(at..at + digits)?;
    let code = code.iter().try_fold(0_u32, |sum, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        sum.checked_mul(radix)?.checked_add(digit)
    })?;
    if code > u32::from(char::MAX) {
        return None;
    }
    let decoded = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((Some(decoded), at + digits))
}
