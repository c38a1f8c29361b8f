//! logfmt lines, read exactly as Loki's `| logfmt x="key"` reads them.
//!
//! Source: Loki v3.7.8 `pkg/logql/log/parser.go`, `LogfmtExpressionParser` (not strict), and
//! `pkg/logql/log/logfmt/decode.go` and `jsonstring.go`, of which this is a port. Its law:
//!
//! - Every byte up to the blank separates, line breaks too: all lines of a text are read.
//! - Keys compare as label names ([`logfmt_label`]): `a.b`, `a-b` and `a_b` are one key, and Loki
//!   finds it only when asked for `a_b`.
//! - The **last** of equal keys wins, also when it has no value; but not when it is broken.
//! - Only double quotes quote. A bare value with a `"` or `=` in it is broken, as is a quoted one
//!   that does not end or has an invalid escape.
//! - A value with U+FFFD in it is empty, also when a lone surrogate put it there.

use std::borrow::Cow;

use super::json_text::hex4;
use super::{Path, Readable, Values};

/// The label name that Loki makes of a key, and by which alone `| logfmt x="name"` finds it.
/// Source: `sanitizeLabelKey` in Loki.
///
/// Two fields of one such name must be asked for once: of two expressions for one key Loki fills
/// either, by chance.
pub fn logfmt_label(key: &str) -> String {
    label_characters(key).collect()
}

fn label_characters(key: &str) -> impl Iterator<Item = char> {
    let key = key.trim();
    let digit = key.starts_with(|first: char| first.is_ascii_digit());
    let prefix = digit.then_some('_').into_iter();
    prefix.chain(key.chars().map(|character| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => character,
        _ => '_',
    }))
}

/// The label names to look for, by the place of their value; none for a nested path.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    labels: Vec<Option<String>>,
}

impl Plan {
    pub(super) fn new(paths: &[Path]) -> Self {
        let label = |path: &Path| {
            path.flat()
                .map(|key| logfmt_label(&key))
                .filter(|label| !label.is_empty())
        };
        let labels = paths.iter().map(label).collect();
        Self { labels }
    }

    pub(super) fn read<'line>(&self, line: &'line str, out: &mut Values<'line>) -> Readable {
        let mut decoder = Decoder { line, at: 0 };
        let mut readable = Readable::No;
        while let Some(step) = decoder.step() {
            let Step::Pair { key, value } = step else {
                continue;
            };
            // A word alone is a key too, but makes no logfmt line of a sentence.
            if value.is_some() {
                readable = Readable::Yes;
            }
            let mut value = value.unwrap_or_default();
            if value.contains(char::REPLACEMENT_CHARACTER) {
                value = Cow::Borrowed("");
            }
            let plain = key
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            for (wanted, slot) in self.labels.iter().zip(&mut *out) {
                let Some(wanted) = wanted else { continue };
                // Most keys are their own label name.
                if key == wanted || !plain && label_characters(key).eq(wanted.chars()) {
                    *slot = Some(value.clone());
                }
            }
        }
        readable
    }
}

/// A place in a line. Source: `Decoder` in Loki.
struct Decoder<'line> {
    line: &'line str,
    at: usize,
}

/// One step through a line.
enum Step<'line> {
    /// A key and its value, which is missing where there is no `=`.
    Pair {
        key: &'line str,
        value: Option<Cow<'line, str>>,
    },
    /// Something that Loki passes over.
    Broken,
}

impl<'line> Decoder<'line> {
    /// The next step, none at the end. Source: `ScanKeyval`.
    fn step(&mut self) -> Option<Step<'line>> {
        let start = self.find(self.at, |byte| byte > b' ');
        self.at = start;
        if start == self.line.len() {
            return None;
        }
        let end = self.find(start, |byte| matches!(byte, b'=' | b'"') || byte <= b' ');
        self.at = end;
        let stop = self.byte(end);
        let key = self.line.get(start..end).unwrap_or_default();
        let broken = stop == Some(b'"') || key.is_empty();
        if broken || key.contains(char::REPLACEMENT_CHARACTER) {
            if matches!(stop, Some(b'"' | b'=')) {
                self.skip_value();
            }
            return Some(Step::Broken);
        }
        if stop != Some(b'=') {
            return Some(Step::Pair { key, value: None });
        }
        self.at += 1;
        let value = match self.byte(self.at) {
            Some(b'"') => self.quoted(),
            _ => self.bare(),
        };
        Some(value.map_or(Step::Broken, |value| Step::Pair {
            key,
            value: Some(value),
        }))
    }

    fn bare(&mut self) -> Option<Cow<'line, str>> {
        let start = self.at;
        self.at = self.find(start, |byte| matches!(byte, b'=' | b'"') || byte <= b' ');
        if matches!(self.byte(self.at), Some(b'=' | b'"')) {
            self.skip_value();
            return None;
        }
        self.line.get(start..self.at).map(Cow::Borrowed)
    }

    fn quoted(&mut self) -> Option<Cow<'line, str>> {
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            self.at = self.find(self.at, |byte| matches!(byte, b'"' | b'\\'));
            match self.byte(self.at) {
                Some(b'"') => break,
                Some(_) => {
                    escaped = true;
                    self.at = (self.at + 2).min(self.line.len());
                }
                None => return None,
            }
        }
        let inside = self.line.get(start..self.at)?;
        self.at += 1;
        if escaped {
            unquote(inside).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(inside))
        }
    }

    fn skip_value(&mut self) {
        self.at = self.find(self.at, |byte| byte <= b' ');
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.line.as_bytes().get(at).copied()
    }

    /// The place of the first such byte from `from` on, else the line's end.
    fn find(&self, from: usize, is_it: impl Fn(u8) -> bool) -> usize {
        let rest = self.line.as_bytes().get(from..).unwrap_or_default();
        let length = rest.iter().position(|byte| is_it(*byte));
        length.map_or(self.line.len(), |length| from + length)
    }
}

/// Decodes the escapes of a quoted value; none if one of them is invalid. A lone surrogate
/// becomes U+FFFD. Source: `unquoteBytes` in Loki.
fn unquote(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut used = 1;
        text.push(match escape.as_bytes().first()? {
            byte @ (b'"' | b'\\' | b'/' | b'\'') => char::from(*byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (decoded, length) = unicode_escape(escape)?;
                used = length;
                decoded
            }
            _ => return None,
        });
        rest = escape.get(used..)?;
    }
    text.push_str(rest);
    Some(text)
}

/// The character of `uXXXX` or of the pair `uXXXX\uXXXX`, and how many bytes it takes.
fn unicode_escape(escape: &str) -> Option<(char, usize)> {
    let first = hex4(escape, 1)?;
    if let Some(decoded) = char::from_u32(first) {
        return Some((decoded, 5));
    }
    let second = escape.get(5..)?.strip_prefix("\\u");
    let low = second.and_then(|digits| hex4(digits, 0));
    let pair = low.filter(|low| (0xDC00..=0xDFFF).contains(low) && first < 0xDC00);
    let Some(low) = pair else {
        return Some((char::REPLACEMENT_CHARACTER, 5));
    };
    let decoded = char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00))?;
    Some((decoded, 11))
}
