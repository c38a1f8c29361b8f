//! Some keys of an object: `json` with expressions, in one pass that reads no further than it must.

use std::borrow::Cow;

use super::path::Step;
use super::scan::{
    Kind, MALFORMED_JSON, Value, blanks, block_end, from, string_end, unescape, value,
};

/// What is told of each path that leads to something.
pub type Found<'f> = dyn FnMut(usize, Result<Value<'_>, &'static str>) + 'f;

/// Finds the values of paths. Calls `found` with the number of the path and its value, or with what is
/// wrong, in Loki's words; a path that leads nowhere is not told. The first of equal keys counts.
pub fn each_key(line: &str, paths: &[Vec<Step>], found: &mut Found<'_>) {
    let deepest = paths.iter().map(Vec::len).max().unwrap_or_default();
    Search {
        line,
        paths,
        is_found: vec![false; paths.len()],
        place: vec![Cow::Borrowed(""); deepest],
        left: paths.len(),
        level: 0,
    }
    .run(found);
}

struct Search<'l> {
    line: &'l str,
    paths: &'l [Vec<Step>],
    is_found: Vec<bool>,
    /// The keys around, from the outermost.
    place: Vec<Cow<'l, str>>,
    left: usize,
    /// How many objects and arrays are around; negative behind a brace too many.
    level: i64,
}

impl Search<'_> {
    fn run(mut self, found: &mut Found<'_>) {
        let mut at = 0;
        while let Some(byte) = self.line.as_bytes().get(at) {
            let next = match byte {
                b'"' => self.string(at + 1, found),
                b'[' => self.array(at, found),
                b'{' => {
                    self.level += 1;
                    Some(at + 1)
                }
                b'}' | b']' => {
                    self.level -= 1;
                    Some(at + 1)
                }
                _ => Some(at + 1),
            };
            let Some(next) = next else {
                return;
            };
            at = next;
        }
    }

    /// Reads a string, which may be a key, from behind its quote; returns where to go on.
    fn string(&mut self, start: usize, found: &mut Found<'_>) -> Option<usize> {
        let line = self.line;
        let text = from(line, start);
        let (end, escaped) = string_end(text)?;
        let colon = start + end + 1;
        let colon = colon + blanks(from(line, colon))?;
        if line.as_bytes().get(colon) != Some(&b':') {
            return Some(colon);
        }
        let mut key = Cow::Borrowed(text.get(..end).unwrap_or_default());
        if escaped {
            key = unescape(text.get(..end).unwrap_or_default())?;
        }
        let behind = from(line, colon + 1);
        let mut has_matched = false;
        if self.level <= self.place.len() as i64 {
            let Some(level) = usize::try_from(self.level).ok().filter(|level| *level > 0) else {
                found(0, Err(MALFORMED_JSON));
                return None;
            };
            if let Some(place) = self.place.get_mut(level - 1) {
                *place = key;
            }
            for (number, path) in self.paths.iter().enumerate() {
                if path.len() != level || self.was_found(number) || !self.is_here(path, level) {
                    continue;
                }
                has_matched = true;
                self.note(number);
                found(number, value(behind).map(|(value, _)| value));
            }
            if self.left == 0 {
                return None;
            }
        }
        let skipped = if has_matched { 0 } else { blanks(behind)? };
        Some(colon + 1 + skipped)
    }

    /// Reads the elements of an array that paths name, and skips the rest.
    fn array(&mut self, start: usize, found: &mut Found<'_>) -> Option<usize> {
        let text = from(self.line, start);
        let Ok(level) = usize::try_from(self.level) else {
            found(0, Err(MALFORMED_JSON));
            return None;
        };
        let wanted = |(number, path): (usize, &Vec<Step>)| match path.get(level) {
            Some(Step::Index(index)) if !self.was_found(number) && self.is_here(path, level) => {
                Some((number, *index))
            }
            _ => None,
        };
        let wanted: Vec<_> = self.paths.iter().enumerate().filter_map(wanted).collect();
        if wanted.is_empty() {
            return Some(start + block_end(text, b'[', b']')?);
        }
        self.level += 1;
        let end = each_element(text, &mut |index, element, _| {
            for (number, _) in wanted.iter().filter(|(_, wanted)| *wanted == index) {
                self.note(*number);
                let path = self.paths.get(*number).map(Vec::as_slice);
                let rest = path.and_then(|path| path.get(level + 1..));
                if let Some(result) = within(element, rest.unwrap_or_default()) {
                    found(*number, result);
                }
            }
        });
        (self.left > 0).then_some(start + end)
    }

    fn was_found(&self, number: usize) -> bool {
        self.is_found.get(number).copied().unwrap_or_default()
    }

    fn note(&mut self, number: usize) {
        self.left = self.left.saturating_sub(1);
        if let Some(is_found) = self.is_found.get_mut(number) {
            *is_found = true;
        }
    }

    /// Says whether the first `level` steps of a path lead to the keys around.
    fn is_here(&self, path: &[Step], level: usize) -> bool {
        let mut steps = path.iter().zip(&self.place).take(level);
        steps.all(|(step, place)| matches!(step, Step::Key(key) if key == place))
    }
}

/// Follows the rest of a path into an element of an array.
fn within<'t>(element: Value<'t>, rest: &[Step]) -> Option<Result<Value<'t>, &'static str>> {
    if rest.is_empty() {
        return Some(Ok(element));
    }
    if element.kind == Kind::String {
        return None;
    }
    let at = offset_of(element.text, rest)?;
    Some(value(from(element.text, at)).map(|(value, _)| value))
}

/// Returns the place behind the last key, or at the element, that a path names.
fn offset_of(text: &str, path: &[Step]) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut matched, mut level, mut at) = (0_usize, 0_usize, 0_usize);
    let mut last_matched = true;
    if path.is_empty() {
        return Some(0);
    }
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let inside = from(text, at + 1);
                let (end, escaped) = string_end(inside)?;
                let behind = at + end + 2;
                at = behind + blanks(from(text, behind))?;
                if bytes.get(at) != Some(&b':') {
                    continue;
                }
                let key = inside.get(..end).unwrap_or_default();
                let key = if escaped {
                    unescape(key)?
                } else {
                    Cow::Borrowed(key)
                };
                let step = path.get(level.checked_sub(1)?)?;
                last_matched = matches!(step, Step::Key(name) if *name == key);
                if last_matched && matched + 1 == level {
                    matched += 1;
                    if matched == path.len() {
                        return Some(at + 1);
                    }
                }
            }
            b'{' if last_matched => level += 1,
            b'{' => at += block_end(from(text, at), b'{', b'}')? - 1,
            b'}' => {
                level = level.checked_sub(1)?;
                if level == matched {
                    matched = matched.saturating_sub(1);
                }
            }
            b'[' => match path.get(level) {
                Some(Step::Index(wanted)) if matched == level => {
                    let mut element = None;
                    each_element(from(text, at), &mut |index, _, place| {
                        if index == *wanted {
                            element = Some(place);
                        }
                    });
                    let (start, raw) = element?;
                    let rest = path.get(level + 1..).unwrap_or_default();
                    return Some(at + start + offset_of(raw, rest)?);
                }
                _ => at += block_end(from(text, at), b'[', b']')? - 1,
            },
            b':' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Calls `each` with the number of every element of an array, its value, and where it stands and how it
/// is written. Returns where the array ends or is broken.
fn each_element<'t>(
    text: &'t str,
    each: &mut impl FnMut(usize, Value<'t>, (usize, &'t str)),
) -> usize {
    let mut at = 1;
    let mut index = 0;
    loop {
        let Some(skipped) = blanks(from(text, at)) else {
            return at;
        };
        at += skipped;
        if text.as_bytes().get(at) == Some(&b']') && index == 0 {
            return at;
        }
        let Ok((element, length)) = value(from(text, at)) else {
            return at;
        };
        let raw = text.get(at..at + length).unwrap_or_default();
        each(index, element, (at, raw));
        index += 1;
        at += length;
        let Some(skipped) = blanks(from(text, at)) else {
            return at;
        };
        at += skipped;
        if text.as_bytes().get(at) != Some(&b',') {
            return at;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::path::parse_path;
    use super::each_key;

    fn values(line: &str, paths: &[&str]) -> Vec<String> {
        let parsed: Vec<_> = paths.iter().map(|path| parse_path(path).unwrap()).collect();
        let mut values = vec!["-".to_owned(); paths.len()];
        each_key(line, &parsed, &mut |number, value| {
            values[number] = match value {
                Ok(value) => value.text.to_owned(),
                Err(problem) => problem.to_owned(),
            };
        });
        values
    }

    #[test]
    fn paths_lead_to_values() {
        let line =
            r#"{"a":{"b":1,"c":[{"x":5},"q",[1,2]]},"a.b":3,"a":{"b":9},"d":[{"e":{"f":"g"}}]}"#;
        for (path, value) in [
            ("a.b", "1"),
            (r#"["a.b"]"#, "3"),
            ("a.c[0].x", "5"),
            ("a.c[1]", "q"),
            ("a.c[2][1]", "2"),
            ("a.c[3]", "-"),
            ("a.c[1].x", "-"),
            ("b", "-"),
            ("d[0].e.f", "g"),
            ("d[0].e", r#"{"f":"g"}"#),
        ] {
            assert_eq!(values(line, &[path]), [value], "{path}");
        }
        assert_eq!(values(line, &["a.b", "a.c[0].x", "z"]), ["1", "5", "-"]);
        assert_eq!(values("[[1,2],[3]]", &["[0][1]", "[1][0]"]), ["2", "3"]);
    }

    #[test]
    fn what_is_broken_behind_a_value_does_not_matter() {
        assert_eq!(
            values(r#"{"a":1,"b":{"c":"x"#, &["a", "b.c"]),
            ["1", "Value is string, but can't find closing '\"' symbol"]
        );
        assert_eq!(
            values(r#"{"a":tru,"b":2}"#, &["a", "b"]),
            ["Unknown value type", "2"]
        );
        assert_eq!(values(r#""a":1"#, &["a"]), ["Malformed JSON error"]);
    }
}
