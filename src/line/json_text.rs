//! JSON strings: the escapes as Loki decodes them, and the strict array of strings of the settings.

use std::borrow::Cow;

const HIGH_SURROGATE: u32 = 0xD800;
const LOW_SURROGATE: u32 = 0xDC00;
const LAST_SURROGATE: u32 = 0xDFFF;

/// Decodes the escapes of a JSON string's inside; none if one of them is invalid.
///
/// Source: grafana/jsonparser `escape.go`, `Unescape`. It is laxer than JSON: control characters
/// pass, any surrogate must be followed by six characters of which the last four are hex digits
/// not below DC00 (the `\u` between them is not looked at), and a sum beyond Unicode becomes
/// U+FFFD.
pub(super) fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    let Some((plain, mut rest)) = raw.split_once('\\') else {
        return Some(Cow::Borrowed(raw));
    };
    let mut text = String::with_capacity(raw.len());
    text.push_str(plain);
    loop {
        // `rest` starts behind a backslash.
        let (decoded, used) = escape(rest)?;
        text.push(decoded);
        rest = rest.get(used..)?;
        let Some((plain, next)) = rest.split_once('\\') else {
            text.push_str(rest);
            return Some(Cow::Owned(text));
        };
        text.push_str(plain);
        rest = next;
    }
}

/// The character of the escape at the start of `rest`, and how many bytes it takes there.
fn escape(rest: &str) -> Option<(char, usize)> {
    let decoded = match rest.as_bytes().first()? {
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(rest),
        _ => return None,
    };
    Some((decoded, 1))
}

/// As [`escape`], for `uXXXX` and for a surrogate pair `uXXXX\uXXXX`.
fn unicode_escape(rest: &str) -> Option<(char, usize)> {
    let first = hex4(rest, 1)?;
    if !(HIGH_SURROGATE..=LAST_SURROGATE).contains(&first) {
        return Some((char::from_u32(first)?, 5));
    }
    let second = hex4(rest, 7)?;
    let low = second.checked_sub(LOW_SURROGATE)?;
    let sum = 0x1_0000 + ((first - HIGH_SURROGATE) << 10) + low;
    Some((
        char::from_u32(sum).unwrap_or(char::REPLACEMENT_CHARACTER),
        11,
    ))
}

/// The number written in the four hex digits at `at`.
pub(super) fn hex4(text: &str, at: usize) -> Option<u32> {
    text.as_bytes()
        .get(at..at.checked_add(4)?)?
        .iter()
        .try_fold(0, |sum, byte| {
            Some((sum << 4) + char::from(*byte).to_digit(16)?)
        })
}

/// Reads a whole text that must be a JSON array of strings, strictly.
pub(super) fn string_array(text: &str) -> Option<Vec<String>> {
    let mut strings = Vec::new();
    let mut rest = skip_blanks(text).strip_prefix('[')?;
    if let Some(rest) = skip_blanks(rest).strip_prefix(']') {
        return skip_blanks(rest).is_empty().then_some(strings);
    }
    loop {
        rest = skip_blanks(rest).strip_prefix('"')?;
        let end = closing_quote(rest)?;
        strings.push(strict_string(rest.get(..end)?)?);
        rest = skip_blanks(rest.get(end..)?.strip_prefix('"')?);
        if let Some(next) = rest.strip_prefix(',') {
            rest = next;
        } else {
            return skip_blanks(rest.strip_prefix(']')?)
                .is_empty()
                .then_some(strings);
        }
    }
}

fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// The place of the first quote that no backslash escapes.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let found = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        found
    })
}

/// Decodes a string of the settings, where neither control characters nor lone surrogates are
/// let through: they can only be a mistake.
fn strict_string(raw: &str) -> Option<String> {
    let decoded = unescape(raw)?;
    let clean = !raw.contains(char::is_control) && !decoded.contains(char::REPLACEMENT_CHARACTER);
    clean.then(|| decoded.into_owned())
}
