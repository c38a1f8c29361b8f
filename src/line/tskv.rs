//! TSKV lines: `key=<Python repr>` pairs, as structlog's `KeyValueRenderer` writes them.
//!
//! Grammar (semantics.md, section 4), with `\s` the six bytes that RE2 means by it:
//!
//! ```text
//! KEY   = [^\s='"]+
//! VALUE = '(?:[^'\\]|\\.)*'  |  "(?:[^"\\]|\\.)*"  |  [^\s'"]\S*  |  nothing
//! LINE  = KEY=VALUE ([ \t]+ (KEY=VALUE | [^\s=]+))*
//! ```
//!
//! A line starts with a pair; between pairs, words without `=` are skipped; anything else ends
//! the reading, a line break too. The first of equal keys decides, also when its value is empty
//! or a bare `None`, which are absent. Loki has no parser for this; the same grammar is sent to
//! it as a regexp, [`tskv_regexp`], and the two agree on every line.

use std::borrow::Cow;

use super::python::python_unescape;
use super::{Path, Readable, Values};

/// The regexp by which Loki's `| regexp` stage reads the value of `key` from a TSKV line.
///
/// `groups` name the three groups it captures: the inside of a single-quoted value, that of a
/// double-quoted one (both still escaped: [`super::python_repr`]), and a bare value. At most one
/// of them is not empty; all are for an absent, empty or `None` value.
///
/// There is only one way to take a line apart: a blank ends every word and bare value, a key
/// cannot hold a quote, a word no `=`. So the lazy repetition stops at the first `key=`, whatever
/// its value: `None` is tried first and falls through to the bare value for `Nonesuch`, and the
/// last alternative, nothing, keeps an empty value from being passed over for a later pair.
pub fn tskv_regexp(key: &str, groups: [&str; 3]) -> String {
    let [single, double, bare] = groups;
    if !is_key(key.as_bytes()) {
        // No line has such a key: match no character at all, but have the groups.
        return format!("[^\\x00-\\x{{10FFFF}}](?P<{single}>)(?P<{double}>)(?P<{bare}>)");
    }
    const PAIR: &str = r#"[^\s='"]+=(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'"]\S*|)"#;
    let key = quote_meta(key);
    format!(
        r#"^(?:{PAIR}[ \t]+(?:(?:{PAIR}|[^\s=]+)[ \t]+)*?)??{key}=(?:None|'(?P<{single}>(?:[^'\\]|\\.)*)'|"(?P<{double}>(?:[^"\\]|\\.)*)"|(?P<{bare}>[^\s'"]\S*)|)(?:\s|$)"#
    )
}

/// Escapes what has a meaning in a regexp. Source: Go's `regexp.QuoteMeta`.
fn quote_meta(literal: &str) -> String {
    let mut quoted = String::with_capacity(literal.len() * 2);
    for character in literal.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

/// The keys to look for, by the place of their value; none for a nested path.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    keys: Vec<Option<String>>,
    /// How many keys there are to find; the reading ends with the last of them.
    wanted: usize,
}

impl Plan {
    pub(super) fn new(paths: &[Path]) -> Self {
        let keys: Vec<_> = paths
            .iter()
            .map(|path| path.flat().map(std::borrow::Cow::into_owned))
            .collect();
        let wanted = keys.iter().flatten().count();
        Self { keys, wanted }
    }

    pub(super) fn read<'line>(&self, line: &'line str, out: &mut Values<'line>) -> Readable {
        let bytes = line.as_bytes();
        let mut missing = self.wanted;
        let mut at = 0;
        let mut readable = Readable::No;
        loop {
            match token(bytes, at) {
                Some(Token::Pair { equals, end }) => {
                    readable = Readable::Yes;
                    let key = line.get(at..equals).unwrap_or_default();
                    missing -= self.pair(key, line.get(equals + 1..end).unwrap_or_default(), out);
                    at = end;
                }
                Some(Token::Word { end }) if readable == Readable::Yes => at = end,
                _ => return readable,
            }
            let blanks = bytes.get(at..).unwrap_or_default();
            let blanks = blanks
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'));
            let blanks = blanks.count();
            if blanks == 0 || missing == 0 {
                return readable;
            }
            at += blanks;
        }
    }

    /// Takes note of a pair if its key is looked for and has no value yet; tells how many paths
    /// these were.
    fn pair<'line>(&self, key: &str, value: &'line str, out: &mut Values<'line>) -> usize {
        let mut found = 0;
        for (wanted, slot) in self.keys.iter().zip(out) {
            if slot.is_none() && wanted.as_deref() == Some(key) {
                *slot = Some(text(value));
                found += 1;
            }
        }
        found
    }
}

/// The text of a value; empty for a bare `None`.
fn text(value: &str) -> Cow<'_, str> {
    for quote in ['\'', '"'] {
        let inside = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inside) = inside {
            return python_unescape(inside);
        }
    }
    Cow::Borrowed(if value == "None" { "" } else { value })
}

/// One step through a line.
enum Token {
    /// A pair, by the places of its `=` and of its end.
    Pair { equals: usize, end: usize },
    /// A word without `=`.
    Word { end: usize },
}

/// The pair or word that starts at `at` and ends before a blank or with the line.
fn token(bytes: &[u8], at: usize) -> Option<Token> {
    let rest = bytes.get(at..)?;
    let stop = rest
        .iter()
        .position(|byte| is_space(*byte) || *byte == b'=');
    let stop = stop.map_or(bytes.len(), |length| at + length);
    if bytes.get(stop) != Some(&b'=') {
        return (stop > at).then_some(Token::Word { end: stop });
    }
    if !is_key(bytes.get(at..stop)?) {
        return None;
    }
    let start = stop + 1;
    let end = if let Some(quote @ (b'\'' | b'"')) = bytes.get(start) {
        quoted_end(bytes, start + 1, *quote)?
    } else {
        let length = bytes.get(start..)?.iter().position(|byte| is_space(*byte));
        length.map_or(bytes.len(), |length| start + length)
    };
    let ends = bytes.get(end).is_none_or(|byte| is_space(*byte));
    ends.then_some(Token::Pair { equals: stop, end })
}

/// The place behind the quote that closes the value whose inside starts at `from`. A backslash
/// takes the character behind it along, which must not be a line break.
fn quoted_end(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        if byte == quote {
            return Some(at);
        }
        if byte == b'\\' {
            if *bytes.get(at)? == b'\n' {
                return None;
            }
            at += 1;
        }
    }
}

/// Whether these bytes can be a key: `[^\s='"]+`.
fn is_key(bytes: &[u8]) -> bool {
    let refused = |byte: &u8| is_space(*byte) || matches!(byte, b'=' | b'\'' | b'"');
    !bytes.is_empty() && !bytes.iter().any(refused)
}

/// RE2's `\s`. Vertical tabs and the blanks beyond ASCII are not in it.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}
