//! Strings in Go's double quotes.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

/// Reads a string behind its opening quote. Returns the text and how many bytes it took, the closing
/// quote included.
///
/// # Errors
/// Loki's words. Bytes that are no UTF-8 are told apart: a real Loki takes them.
pub(super) fn unquote(quoted: &str) -> Result<(String, usize), &'static str> {
    let mut bytes = Vec::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next() {
            None | Some('\n') => return Err("literal not terminated"),
            Some('"') => break,
            Some('\\') => {
                let escaped = chars.next().ok_or("invalid char escape")?;
                let simple = match escaped {
                    'a' => 0x07,
                    'b' => 0x08,
                    'f' => 0x0c,
                    'n' => b'\n',
                    'r' => b'\r',
                    't' => b'\t',
                    'v' => 0x0b,
                    '\\' => b'\\',
                    '"' => b'"',
                    _ => {
                        escape(escaped, &mut chars, &mut bytes)?;
                        continue;
                    }
                };
                bytes.push(simple);
            }
            Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| NOT_UTF8)?;
    Ok((text, quoted.len() - chars.as_str().len()))
}

/// Told of strings whose escapes are no UTF-8.
const NOT_UTF8: &str = "not in the embedded Loki: a string that is not UTF-8";

/// Reads an escape of digits: `\x41`, `\101`, `\u0041`, `\U00000041`.
fn escape(
    kind: char,
    chars: &mut std::str::Chars<'_>,
    bytes: &mut Vec<u8>,
) -> Result<(), &'static str> {
    let (digits, base) = match kind {
        'x' => (2, 16),
        'u' => (4, 16),
        'U' => (8, 16),
        '0'..='7' => (2, 8),
        _ => return Err("invalid char escape"),
    };
    let mut value = if base == 8 {
        kind.to_digit(8).unwrap_or(0)
    } else {
        0
    };
    for _ in 0..digits {
        let digit = chars.next().and_then(|c| c.to_digit(base));
        value = value.wrapping_mul(base) + digit.ok_or("invalid char escape")?;
    }
    if matches!(kind, 'u' | 'U') {
        if value > 0x10_ffff {
            return Err("invalid syntax");
        }
        // Half of a surrogate pair is no character: Go writes U+FFFD.
        let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        bytes.push(u8::try_from(value).map_err(|_| "invalid syntax")?);
    }
    Ok(())
}

/// Quotes a text as Go does (`strconv.Quote`).
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            ' ' => quoted.push(' '),
            c if is_printable(c) => quoted.push(c),
            c if u32::from(c) < 0x80 => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(c));
            }
            c if u32::from(c) < 0x1_0000 => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Says whether Go prints a character as it is: what is no control, format character or separator, and is assigned
/// in Go's Unicode. Rust escapes the same classes of a newer Unicode, and combining marks too where nothing stands
/// before them.
fn is_printable(c: char) -> bool {
    static KNOWN_TO_GO: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\p{Age=15.0}").ok());
    let mut buffer = [0; 4];
    let is_known = |known: &Regex| known.is_match(c.encode_utf8(&mut buffer));
    (c == '\'' || format!("a{c}").escape_debug().count() == 2)
        && (c.is_ascii() || KNOWN_TO_GO.as_ref().is_none_or(is_known))
}
