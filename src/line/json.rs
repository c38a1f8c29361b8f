//! JSON lines, read exactly as Loki's `| json x="path"` reads them.
//!
//! Source: Loki v3.7.8 `pkg/logql/log/parser.go`, `JSONExpressionParser`, and `EachKey` of
//! grafana/jsonparser, of which this is a port. It is a scanner, not a validator: it looks for
//! strings that a colon follows and counts braces. From that follows its law:
//!
//! - The line must start with `{`, `[` or `"`; a blank or byte order mark makes it unparsable.
//! - The first key that has the whole path decides, also when its value is `null` or broken. Two
//!   outer objects of one name count as one: `{"g":{"a":1},"g":{"b":2}}` has `g.a` and `g.b`.
//! - What stands behind the key and its value does not matter: cut off lines and trailing garbage
//!   give what they have, a number may be cut in its middle, several objects may follow each other.
//! - Keys compare decoded; a key with an invalid escape ends the reading.
//! - Objects inside arrays are not looked into, unless a path says which element (`json_array`).
//! - Objects are raw text. Everything else, arrays too, goes through the decoding of escapes; one
//!   invalid escape or lone surrogate makes the whole value empty, and U+FFFD becomes a blank.

use std::borrow::Cow;

use super::json_array::{Step, inside};
use super::json_text::unescape;
use super::{MAX_DEPTH, Path, Readable, Values, index};

/// Stands for a key that no path asks for at its level.
const UNWANTED: u16 = u16::MAX;
/// How many lists the keys of a level are spread over.
const BUCKETS: usize = 256;

/// The paths by level: what to compare a key with at its depth, and which paths end there.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    levels: Vec<Level>,
    /// How many paths there are to find; the reading ends with the last of them.
    wanted: usize,
    /// The ways and places of paths into a line that is an array.
    top: Vec<(Vec<Step>, usize)>,
}

#[derive(Clone, Debug)]
struct Level {
    /// The distinct keys of all paths at this level. A key is known by its place in this list.
    keys: Vec<Key>,
    /// The newest key of each bucket.
    buckets: Box<[u16; BUCKETS]>,
}

#[derive(Clone, Debug)]
struct Key {
    text: String,
    /// The next key of the same bucket.
    next: u16,
    /// The paths that end with this key.
    ends: Vec<End>,
}

#[derive(Clone, Debug)]
struct End {
    /// The path above as numbers of its keys, the outermost first.
    above: Vec<u16>,
    /// The way on from there, through an array.
    inside: Vec<Step>,
    /// The place of its value among the values.
    slot: usize,
}

/// A string of the line: where its inside begins, the place behind its closing quote, and whether
/// there is a backslash in it.
#[derive(Clone, Copy, Default)]
pub(super) struct Text {
    start: usize,
    pub(super) end: usize,
    escaped: bool,
}

impl Plan {
    pub(super) fn new(paths: &[Path]) -> Self {
        let mut plan = Self {
            levels: Vec::new(),
            wanted: 0,
            top: Vec::new(),
        };
        for (slot, Path(segments)) in paths.iter().enumerate() {
            let array = segments.iter().position(|segment| index(segment).is_some());
            let (keys, inside) = segments
                .split_at_checked(array.unwrap_or(segments.len()))
                .unwrap_or_default();
            let inside: Vec<Step> = inside.iter().map(|segment| Step::new(segment)).collect();
            if keys.is_empty() && !inside.is_empty() {
                plan.top.push((inside, slot));
                continue;
            }
            let is_deep = segments.len() > MAX_DEPTH;
            let Some((last, above)) = keys.split_last().filter(|_| !is_deep) else {
                continue;
            };
            if plan.levels.len() < keys.len() {
                plan.levels.resize_with(keys.len(), Level::default);
            }
            let levels = plan.levels.iter_mut().zip(above);
            let above = levels.map(|(level, key)| level.number(key)).collect();
            if let Some(level) = plan.levels.get_mut(keys.len() - 1) {
                let number = level.number(last);
                if let Some(key) = level.keys.get_mut(usize::from(number)) {
                    key.ends.push(End {
                        above,
                        inside,
                        slot,
                    });
                    plan.wanted += 1;
                }
            }
        }
        plan
    }

    pub(super) fn read<'line>(&self, line: &'line str, out: &mut Values<'line>) -> Readable {
        if matches!(line.as_bytes(), [b'{' | b'[' | b'"', ..]) {
            self.scan(line, out);
            for (steps, slot) in &self.top {
                if let Some(value) = out.get_mut(*slot) {
                    *value = inside(line, 0, steps).flatten();
                }
            }
        }
        Readable::when(starts_an_object(line.as_bytes()))
    }

    /// Goes through the line once, as `EachKey` does.
    fn scan<'line>(&self, line: &'line str, out: &mut Values<'line>) {
        let bytes = line.as_bytes();
        let mut missing = self.wanted;
        // The latest key of each level. It stays when its object ends: Loki keeps it too, which
        // shows in broken lines such as `{"a":1,{"b":2}}`, where `a.b` is 2.
        let mut trail = [UNWANTED; MAX_DEPTH];
        // The latest value that is a string, which comes by again.
        let mut value = Text::default();
        let mut level = 0_isize;
        let mut at = 0;
        while missing > 0 {
            match bytes.get(at) {
                Some(b'{') => level += 1,
                Some(b'}' | b']') => level -= 1,
                Some(b'[') => {
                    let end = block_end(bytes, at, b'[', b']').filter(|_| level >= 0);
                    let Some(end) = end else { return };
                    at = end;
                    continue;
                }
                Some(b'"') => {
                    let text = if value.start == at + 1 {
                        Some(value)
                    } else {
                        string_at(bytes, at + 1)
                    };
                    let Some(text) = text else { return };
                    let Some(next) = next_token(bytes, text.end) else {
                        return;
                    };
                    at = next;
                    if bytes.get(next) != Some(&b':') {
                        continue;
                    }
                    let Some(key) = text.decoded(line) else {
                        return;
                    };
                    // A key outside of every object.
                    let Some(above) = level.checked_sub(1).and_then(|n| usize::try_from(n).ok())
                    else {
                        return;
                    };
                    let ends = self.ends_at(&key, above, &mut trail);
                    missing -= found(ends, &trail, line, next + 1, out, &mut value);
                }
                Some(_) => {}
                None => return,
            }
            at += 1;
        }
    }

    /// Takes note of a key inside `above` other objects; returns the paths that it may end.
    fn ends_at(&self, key: &str, above: usize, trail: &mut [u16; MAX_DEPTH]) -> &[End] {
        let (Some(level), Some(latest)) = (self.levels.get(above), trail.get_mut(above)) else {
            return &[];
        };
        *latest = level.find(key);
        let key = level.keys.get(usize::from(*latest));
        key.map_or(&[], |key| &key.ends)
    }
}

/// Takes the value at `at` for each of these paths that has none yet and whose keys above were the
/// latest; tells how many paths these were.
fn found<'line>(
    ends: &[End],
    trail: &[u16; MAX_DEPTH],
    line: &'line str,
    at: usize,
    out: &mut Values<'line>,
    latest: &mut Text,
) -> usize {
    let mut found = 0;
    for End {
        above,
        inside: steps,
        slot,
    } in ends
    {
        let undecided = out.get_mut(*slot).filter(|value| value.is_none());
        let Some(value) = undecided.filter(|_| trail.starts_with(above)) else {
            continue;
        };
        let read = if steps.is_empty() {
            value_at(line, at, latest)
        } else {
            match inside(line, at, steps) {
                Some(read) => read,
                None => continue,
            }
        };
        *value = Some(read.unwrap_or_default());
        found += 1;
    }
    found
}

impl Text {
    /// The text with its escapes decoded; none for an invalid one.
    pub(super) fn decoded(self, line: &str) -> Option<Cow<'_, str>> {
        let raw = line.get(self.start..self.end - 1)?;
        if self.escaped {
            unescape(raw)
        } else {
            Some(Cow::Borrowed(raw))
        }
    }
}

impl Default for Level {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            buckets: Box::new([UNWANTED; BUCKETS]),
        }
    }
}

impl Level {
    /// Returns the number of a key at this level, a new one if it has none.
    fn number(&mut self, key: &str) -> u16 {
        let known = self.find(key);
        let new = u16::try_from(self.keys.len()).unwrap_or(UNWANTED);
        // More keys than there are numbers cannot be asked for (Limits in docs/architecture.md).
        if known != UNWANTED || new == UNWANTED {
            return known;
        }
        let next = self
            .buckets
            .get_mut(bucket(key))
            .map(|first| std::mem::replace(first, new));
        self.keys.push(Key {
            text: key.to_owned(),
            next: next.unwrap_or(UNWANTED),
            ends: Vec::new(),
        });
        new
    }

    /// Returns the number of a key at this level.
    fn find(&self, key: &str) -> u16 {
        let mut number = self.buckets.get(bucket(key)).copied().unwrap_or(UNWANTED);
        while let Some(known) = self.keys.get(usize::from(number)) {
            if known.text == key {
                return number;
            }
            number = known.next;
        }
        UNWANTED
    }
}

/// Spreads keys by what is cheap to look at: their length, their first and last byte.
fn bucket(key: &str) -> usize {
    let bytes = key.as_bytes();
    let end = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or_default());
    (bytes.len() + 7 * end(bytes.first()) + 31 * end(bytes.last())) % BUCKETS
}

/// Whether the line begins as a JSON object does: a brace, then a key or the closing brace.
/// Loki is less strict and marks few lines as broken, which says nothing about who wrote them.
fn starts_an_object(bytes: &[u8]) -> bool {
    let inside = next_token(bytes, 1).and_then(|at| bytes.get(at));
    bytes.first() == Some(&b'{') && matches!(inside, Some(b'"' | b'}'))
}

/// The value behind a key's colon, as Loki makes a label of it; none for `null` and for what
/// Loki marks as an error. A string is taken note of in `latest`. Source: `Get` and `getType` of
/// grafana/jsonparser.
pub(super) fn value_at<'line>(
    line: &'line str,
    from: usize,
    latest: &mut Text,
) -> Option<Cow<'line, str>> {
    let bytes = line.as_bytes();
    let start = next_token(bytes, from)?;
    match bytes.get(start)? {
        b'"' => {
            *latest = string_at(bytes, start + 1)?;
            label(line.get(start + 1..latest.end - 1)?, latest.escaped)
        }
        b'{' => {
            let end = block_end(bytes, start, b'{', b'}')?;
            line.get(start..end).map(Cow::Borrowed)
        }
        b'[' => {
            let end = block_end(bytes, start, b'[', b']')?;
            label(line.get(start..end)?, true)
        }
        first => {
            let length = bytes
                .get(start..)?
                .iter()
                .position(|byte| ends_token(*byte));
            let token = line.get(start..length.map_or(bytes.len(), |length| start + length))?;
            match first {
                b'0'..=b'9' | b'-' => label(token, true),
                _ if token == "true" || token == "false" => Some(Cow::Borrowed(token)),
                _ => None,
            }
        }
    }
}

/// Decodes a value, which may have escapes. Source: `unescapeJSONString` in Loki.
fn label(raw: &str, escaped: bool) -> Option<Cow<'_, str>> {
    let text = if escaped {
        unescape(raw)?
    } else {
        Cow::Borrowed(raw)
    };
    // Prometheus refuses U+FFFD in a label, so Loki replaces it.
    if !text.is_ascii() && text.contains(char::REPLACEMENT_CHARACTER) {
        return Some(Cow::Owned(text.replace(char::REPLACEMENT_CHARACTER, " ")));
    }
    Some(text)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

const fn ends_token(byte: u8) -> bool {
    is_blank(byte) || matches!(byte, b',' | b'}' | b']')
}

/// The place of the first byte from `from` on that is no blank.
pub(super) fn next_token(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter()
        .position(|byte| !is_blank(*byte))
        .map(|at| from + at)
}

/// The string whose inside starts at `start`.
pub(super) fn string_at(bytes: &[u8], start: usize) -> Option<Text> {
    let mut rest = bytes.get(start..)?;
    let mut escaped = false;
    loop {
        // Eight bytes at once, the last few one by one.
        while let Some(word) = rest.first_chunk() {
            let marks = quotes_and_backslashes(u64::from_le_bytes(*word));
            rest = rest.get((marks.trailing_zeros() / 8) as usize..)?;
            if marks != 0 {
                break;
            }
        }
        rest = match rest {
            [b'"', behind @ ..] => {
                let end = bytes.len() - behind.len();
                return Some(Text {
                    start,
                    end,
                    escaped,
                });
            }
            [b'\\', _, behind @ ..] => {
                escaped = true;
                behind
            }
            [] | [b'\\'] => return None,
            [_, behind @ ..] => behind,
        };
    }
}

/// Marks quotes and backslashes by their highest bit. Behind the lowest mark there may be wrong ones.
const fn quotes_and_backslashes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let marks = (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
    marks & (ONES << 7)
}

/// The place behind the end of the object or array that opens at `from`. Only its own kind of
/// bracket is counted, and those inside strings are not.
pub(super) fn block_end(bytes: &[u8], from: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        if byte == b'"' {
            at = string_at(bytes, at)?.end;
        } else if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
}
