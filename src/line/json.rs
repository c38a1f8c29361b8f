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
//! - Objects inside arrays are not looked into.
//! - Objects are raw text. Everything else, arrays too, goes through the decoding of escapes; one
//!   invalid escape or lone surrogate makes the whole value empty, and U+FFFD becomes a blank.

use std::borrow::Cow;

use super::json_text::unescape;
use super::{MAX_DEPTH, Path, Readable, Values};

/// Stands for a key that no path asks for at its level.
const UNWANTED: usize = usize::MAX;

/// The paths by level: what to compare a key with at its depth, and which paths end there.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    levels: Vec<Level>,
    /// How many paths there are to find; the reading ends with the last of them.
    wanted: usize,
}

#[derive(Clone, Debug, Default)]
struct Level {
    /// The distinct keys of all paths at this level. A key is known by its place in this list.
    keys: Vec<String>,
    /// The paths that end at this level.
    ends: Vec<End>,
}

#[derive(Clone, Debug)]
struct End {
    /// The path as numbers of its keys, the outermost first.
    trail: Vec<usize>,
    /// The place of its value among the values.
    slot: usize,
}

impl Plan {
    pub(super) fn new(paths: &[Path]) -> Self {
        let mut plan = Self {
            levels: Vec::new(),
            wanted: 0,
        };
        for (slot, Path(keys)) in paths.iter().enumerate() {
            if keys.is_empty() || keys.len() > MAX_DEPTH {
                continue;
            }
            if plan.levels.len() < keys.len() {
                plan.levels.resize_with(keys.len(), Level::default);
            }
            let trail = plan.levels.iter_mut().zip(keys);
            let trail = trail.map(|(level, key)| level.number(key)).collect();
            if let Some(last) = plan.levels.get_mut(keys.len() - 1) {
                last.ends.push(End { trail, slot });
                plan.wanted += 1;
            }
        }
        plan
    }

    pub(super) fn read<'line>(&self, line: &'line str, out: &mut Values<'line>) -> Readable {
        if matches!(line.as_bytes(), [b'{' | b'[' | b'"', ..]) {
            self.scan(line, out);
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
                    let start = at + 1;
                    let Some((end, escaped)) = string_end(bytes, start) else {
                        return;
                    };
                    let Some(next) = next_token(bytes, end) else {
                        return;
                    };
                    at = next;
                    if bytes.get(next) != Some(&b':') {
                        continue;
                    }
                    let key = line.get(start..end - 1).unwrap_or_default();
                    let key = match escaped.then(|| unescape(key)) {
                        None => Cow::Borrowed(key),
                        Some(Some(key)) => key,
                        Some(None) => return,
                    };
                    // A key outside of every object.
                    let Some(above) = level.checked_sub(1).and_then(|n| usize::try_from(n).ok())
                    else {
                        return;
                    };
                    missing -= self.key(line, next + 1, &key, above, &mut trail, out);
                }
                Some(_) => {}
                None => return,
            }
            at += 1;
        }
    }

    /// Takes note of a key inside `above` other objects, and of its value at `at` if a path ends
    /// here that has none yet; tells how many paths these were.
    fn key<'line>(
        &self,
        line: &'line str,
        at: usize,
        key: &str,
        above: usize,
        trail: &mut [usize; MAX_DEPTH],
        out: &mut Values<'line>,
    ) -> usize {
        let (Some(level), Some(latest)) = (self.levels.get(above), trail.get_mut(above)) else {
            return 0;
        };
        let number = level.keys.iter().position(|wanted| wanted == key);
        *latest = number.unwrap_or(UNWANTED);
        if number.is_none() {
            return 0;
        }
        let mut found = 0;
        for end in &level.ends {
            let undecided = out.get_mut(end.slot).filter(|value| value.is_none());
            if let Some(value) = undecided
                && trail.starts_with(&end.trail)
            {
                *value = Some(value_at(line, at).unwrap_or_default());
                found += 1;
            }
        }
        found
    }
}

impl Level {
    /// The number of a key at this level, a new one if it has none.
    fn number(&mut self, key: &str) -> usize {
        let known = self.keys.iter().position(|known| known == key);
        known.unwrap_or_else(|| {
            self.keys.push(key.to_owned());
            self.keys.len() - 1
        })
    }
}

/// Whether the line begins as a JSON object does: a brace, then a key or the closing brace.
/// Loki is less strict and marks few lines as broken, which says nothing about who wrote them.
fn starts_an_object(bytes: &[u8]) -> bool {
    let inside = next_token(bytes, 1).and_then(|at| bytes.get(at));
    bytes.first() == Some(&b'{') && matches!(inside, Some(b'"' | b'}'))
}

/// The value behind a key's colon, as Loki makes a label of it; none for `null` and for what
/// Loki marks as an error. Source: `Get` and `getType` of grafana/jsonparser.
fn value_at(line: &str, from: usize) -> Option<Cow<'_, str>> {
    let bytes = line.as_bytes();
    let start = next_token(bytes, from)?;
    match bytes.get(start)? {
        b'"' => {
            let (end, escaped) = string_end(bytes, start + 1)?;
            label(line.get(start + 1..end - 1)?, escaped)
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
fn next_token(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter()
        .position(|byte| !is_blank(*byte))
        .map(|at| from + at)
}

/// The place behind the closing quote of the string whose inside starts at `from`, and whether
/// there is a backslash in it.
fn string_end(bytes: &[u8], from: usize) -> Option<(usize, bool)> {
    let mut at = from;
    let mut escaped = false;
    loop {
        let rest = bytes.get(at..)?;
        let stop = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        at += stop;
        if bytes.get(at) == Some(&b'"') {
            return Some((at + 1, escaped));
        }
        escaped = true;
        at += 2;
    }
}

/// The place behind the end of the object or array that opens at `from`. Only its own kind of
/// bracket is counted, and those inside strings are not.
fn block_end(bytes: &[u8], from: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        if byte == b'"' {
            (at, _) = string_end(bytes, at)?;
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
