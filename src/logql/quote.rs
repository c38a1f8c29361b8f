//! The one file that escapes.
//!
//! Two layers, kept apart: a literal is first escaped for RE2 ([`regex_literal`]), then any text is
//! quoted for LogQL ([`string`]), whose strings are Go's (`strconv.Unquote`).

use std::fmt::Write as _;

/// Returns `text` as a double-quoted LogQL string.
pub fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            // Go's scanner refuses NUL and drops a BOM; the others would be unreadable.
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns a regular expression (RE2) that matches exactly `text`, as Go's `regexp.QuoteMeta`.
pub fn regex_literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    regex(&escaped)
}

/// Returns the same expression as Loki can write it itself: it puts the expressions of a query that it
/// splits into Go's raw strings, which can hold no NUL and lose a carriage return and a BOM. Loki 3.4 does so
/// with a backtick inside as well, which ends such a string.
pub fn regex(expression: &str) -> String {
    let mut written = String::with_capacity(expression.len());
    let mut rest = expression.chars();
    // Between `\Q` and `\E` a backslash is a character like others.
    let mut is_literal = false;
    while let Some(c) = rest.next() {
        if c == '\\' && is_literal && rest.as_str().starts_with('E') {
            is_literal = false;
        } else if c == '\\' && !is_literal {
            match rest.next() {
                Some(next) if next.is_ascii() => match escaped(next) {
                    // It means the same without the backslash that stands before it.
                    Some(escape) => written.push_str(escape),
                    None => {
                        is_literal = next == 'Q';
                        written.extend(['\\', next]);
                    }
                },
                next => written.extend(std::iter::once('\\').chain(next)),
            }
            continue;
        }
        match escaped(c) {
            Some(escape) if is_literal => {
                let _ = write!(written, r"\E{escape}\Q");
            }
            Some(escape) => written.push_str(escape),
            None => written.push(c),
        }
    }
    written
}

/// Returns how RE2 escapes a character that a raw string cannot hold.
fn escaped(c: char) -> Option<&'static str> {
    match c {
        '\0' => Some(r"\x00"),
        '\r' => Some(r"\r"),
        '`' => Some(r"\x60"),
        '\u{feff}' => Some(r"\x{FEFF}"),
        _ => None,
    }
}

/// Returns a regular expression that matches exactly one of `texts`.
pub fn regex_one_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let literals: Vec<String> = texts.into_iter().map(regex_literal).collect();
    literals.join("|")
}

/// Says whether Loki's `json` stage can be asked for such a key: between `["` and `"]` it knows no
/// escapes at all, and takes `[` at the start for an array's element, which it names without quotes.
pub(super) fn is_json_key(segment: &str) -> bool {
    is_element(segment) || !segment.contains(['"', ']', '\0']) && !segment.starts_with('[')
}

/// Says whether the segment is an element of an array: `[0]`.
fn is_element(segment: &str) -> bool {
    let number = segment
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns the path of Loki's `json` stage, before quoting: `a.b`, or `["a.b"]` for a key that is no
/// plain word.
pub(super) fn json_path(segments: &[String]) -> String {
    let mut path = String::new();
    for segment in segments {
        if super::LabelName::new(segment).is_some() {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(segment);
        } else if is_element(segment) {
            path.push_str(segment);
        } else {
            path.push_str("[\"");
            path.push_str(segment);
            path.push_str("\"]");
        }
    }
    path
}

/// Reads a Go string literal (double-quoted or in backticks) at the start of `text`; returns its
/// value and what follows it.
pub(crate) fn read_string(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        let (value, rest) = raw.split_once('`')?;
        // Go drops carriage returns from raw strings.
        return Some((value.replace('\r', ""), rest));
    }
    let mut rest = text.strip_prefix('"')?.chars();
    let mut value = String::new();
    loop {
        match rest.next()? {
            '"' => return Some((value, rest.as_str())),
            '\n' => return None,
            '\\' => value.push(read_escape(&mut rest)?),
            c => value.push(c),
        }
    }
}

fn read_escape(rest: &mut std::str::Chars<'_>) -> Option<char> {
    let digits = |rest: &mut std::str::Chars<'_>, count: usize| -> Option<char> {
        let hex: String = rest.by_ref().take(count).collect();
        char::from_u32(u32::from_str_radix(&hex, 16).ok()?)
    };
    Some(match rest.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' => '\\',
        '"' => '"',
        // A byte above 0x7f would be half a character.
        'x' => digits(rest, 2).filter(char::is_ascii)?,
        'u' => digits(rest, 4)?,
        'U' => digits(rest, 8)?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strings_are_quoted() {
        for (text, quoted) in [
            ("plain", r#""plain""#),
            (r#"a"b\c"#, r#""a\"b\\c""#),
            ("`{|}`", r#""`{|}`""#),
            ("\n\r\t\0", r#""\n\r\t\u0000""#),
            ("订单 é", r#""订单 é""#),
        ] {
            assert_eq!(string(text), quoted);
        }
    }

    #[test]
    fn json_paths_quote_what_is_no_plain_word() {
        let path = |segments: &[&str]| {
            json_path(&segments.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(path(&["ginkgo", "portfolio_id"]), "ginkgo.portfolio_id");
        assert_eq!(path(&["@timestamp"]), r#"["@timestamp"]"#);
        assert_eq!(path(&["a", "b.c", "d"]), r#"a["b.c"].d"#);
        assert_eq!(path(&["it's\n\\"]), "[\"it's\n\\\"]", "no escapes inside");
    }

    #[test]
    fn expressions_hold_nothing_that_a_raw_string_cannot() {
        for (expression, written) in [
            ("a`b", r"a\x60b"),
            // An escape before it is part of it.
            ("a\\`b", r"a\x60b"),
            ("a\\\\`b", r"a\\\x60b"),
            ("[`-z]\r\0", r"[\x60-z]\r\x00"),
            ("\\Q.`*\\E`", r"\Q.\E\x60\Q*\E\x60"),
            ("\\Q\\`", r"\Q\\E\x60\Q"),
            (r"\d\E\", r"\d\E\"),
        ] {
            assert_eq!(regex(expression), written, "{expression:?}");
        }
    }

    proptest! {
        #[test]
        fn what_an_expression_matches_stays_the_same(
            expression in r"[`\\QEab.*\[\]\r]{0,12}",
            texts in proptest::collection::vec(r"[`\\QEab.x60\r]{0,6}", 8),
        ) {
            let written = regex(&expression);
            prop_assert!(!written.contains(['`', '\r', '\0']), "{written}");
            if let Ok(before) = re2::Re2::new(&expression) {
                let after = re2::Re2::new(&written);
                prop_assert!(after.is_ok(), "{written}");
                for text in &texts {
                    let same = before.matches(text) == after.as_ref().is_ok_and(|after| after.matches(text));
                    prop_assert!(same, "{text:?}: {written}");
                }
            }
        }

        #[test]
        fn any_text_survives_quoting(text in any::<String>()) {
            let quoted = string(&text) + " rest";
            prop_assert_eq!(read_string(&quoted), Some((text, " rest")));
        }

        #[test]
        fn a_regex_literal_matches_itself_only(text in any::<String>(), other in any::<String>()) {
            let regex = regex::Regex::new(&format!("^(?:{})$", regex_literal(&text))).unwrap();
            prop_assert!(regex.is_match(&text));
            prop_assert_eq!(regex.is_match(&other), text == other);
        }
    }
}
