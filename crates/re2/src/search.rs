//! Expressions that are looked for within a text: Go's `MatchString`, `FindStringSubmatch` and
//! `ReplaceAllString`.

use std::fmt;

use ::regex::bytes::Regex;

use super::shape::Shape;
use super::syntax::{Purpose, translate};
use super::{Problem, compile};

/// An RE2 expression that is looked for within a text; a dot matches no newline. The leftmost match
/// counts, with the first alternative that matches and as greedy as written.
#[derive(Clone)]
pub struct Search {
    expression: String,
    regex: Regex,
    names: Vec<String>,
    shape: Shape,
}

impl Search {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What Go would refuse as well, an expression that is too large or too deep, a class that only Go
    /// knows.
    pub fn new(expression: &str) -> Result<Self, Problem> {
        let translation = translate(expression, Purpose::Search)?;
        Ok(Self {
            expression: expression.to_owned(),
            regex: compile(&translation.text)?,
            names: translation.names,
            shape: translation.shape,
        })
    }

    /// Returns the expression as written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Returns how the expression is built.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Returns the names of the groups in their order, the first group first; empty for those without a
    /// name.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Says whether the expression matches somewhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }

    /// Finds the first match and returns what its groups hold, in their order and without the whole
    /// match; `None` in place of a group that took no part.
    pub fn groups<'t>(&self, text: &'t str) -> Option<Vec<Option<&'t str>>> {
        let captures = self.regex.captures(text.as_bytes())?;
        let group = |group: Option<::regex::bytes::Match<'t>>| {
            group.map(|group| text.get(group.range()).unwrap_or_default())
        };
        Some(captures.iter().skip(1).map(group).collect())
    }

    /// Counts the matches, which do not overlap.
    pub fn count(&self, text: &str) -> usize {
        let is_character = |found: &::regex::bytes::Match<'_>| text.is_char_boundary(found.start());
        self.regex
            .find_iter(text.as_bytes())
            .filter(is_character)
            .count()
    }

    /// Replaces every match. In the replacement `$1` and `${1}` are what a group holds, `$name` and
    /// `${name}` likewise, `$$` is a dollar sign; a group that does not exist holds nothing.
    pub fn replace_all(&self, text: &str, replacement: &str) -> String {
        self.replace(text, |captures, out| {
            self.expand(replacement, text, captures, out);
        })
    }

    /// Replaces every match by a text that is taken as it is.
    pub fn replace_all_literal(&self, text: &str, replacement: &str) -> String {
        self.replace(text, |_, out| out.push_str(replacement))
    }

    /// Writes a replacement for the first match in the text, as [`Self::replace_all`] reads it; `None`
    /// when nothing matches.
    pub fn expand_first(&self, text: &str, replacement: &str) -> Option<String> {
        let captures = self.regex.captures(text.as_bytes())?;
        let mut out = String::new();
        self.expand(replacement, text, &captures, &mut out);
        Some(out)
    }

    fn replace(
        &self,
        text: &str,
        mut write: impl FnMut(&::regex::bytes::Captures<'_>, &mut String),
    ) -> String {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        for captures in self.regex.captures_iter(text.as_bytes()) {
            let Some(whole) = captures.get(0) else {
                continue;
            };
            // An empty match can lie within a character for Rust's bytes, never for Go.
            let Some(between) = text.get(copied..whole.start()) else {
                continue;
            };
            if !text.is_char_boundary(whole.end()) {
                continue;
            }
            out.push_str(between);
            write(&captures, &mut out);
            copied = whole.end();
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        out
    }

    fn expand(
        &self,
        replacement: &str,
        text: &str,
        captures: &::regex::bytes::Captures<'_>,
        out: &mut String,
    ) {
        let mut rest = replacement;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            let Some((name, after)) = group_name(after) else {
                out.push('$');
                rest = after;
                continue;
            };
            let group = self.group_of(name).and_then(|group| captures.get(group));
            out.push_str(
                group
                    .and_then(|group| text.get(group.range()))
                    .unwrap_or_default(),
            );
            rest = after;
        }
        out.push_str(rest);
    }

    fn group_of(&self, name: &str) -> Option<usize> {
        if name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0')) {
            return name.parse().ok();
        }
        // Go takes the first group of a name that matched; names are hardly ever given twice.
        self.names
            .iter()
            .position(|known| known == name)
            .map(|at| at + 1)
    }
}

/// Reads the name of a group from behind its `$`.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    if let Some(braced) = text.strip_prefix('{') {
        let (name, after) = braced.split_once('}')?;
        return (!name.is_empty() && name.chars().all(is_name)).then_some((name, after));
    }
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end)?;
    (!name.is_empty()).then_some((name, after))
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Search").field(&self.expression).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Search, Shape};

    /// Expression, text, groups of the first match, replacement, the text with every match replaced.
    type Row<'a> = (
        &'a str,
        &'a str,
        Option<&'a [Option<&'a str>]>,
        &'a str,
        &'a str,
    );

    /// Printed by Go 1.26 (`FindStringSubmatch`, `ReplaceAllString`).
    const ROWS: &[Row<'_>] = &[
        (
            "a(?P<x>b*)(c)?",
            "zabbd",
            Some(&[Some("bb"), None]),
            "<$x|$2>",
            "z<bb|>d",
        ),
        (
            "(?i)(\\w+)@(\\w+)",
            "Joe@Ex, a@b",
            Some(&[Some("Joe"), Some("Ex")]),
            "${2}_$1",
            "Ex_Joe, b_a",
        ),
        ("a|ab", "abab", Some(&[]), "-", "-b-b"),
        (
            "(a|ab)(c|bcd)",
            "abcd",
            Some(&[Some("a"), Some("bcd")]),
            "$1,$2",
            "a,bcd",
        ),
        ("a*?", "aab", Some(&[]), "-", "-a-a-b-"),
        ("a*", "baac", Some(&[]), "-", "-b-c-"),
        ("", "日本", Some(&[]), "-", "-日-本-"),
        ("\\B", "日本a", Some(&[]), "-", "-日-本a"),
        ("(?U)a+", "aaa", Some(&[]), "-", "---"),
        ("(?U)a+?", "aaa", Some(&[]), "-", "-"),
        (".", "a\nb", Some(&[]), "x", "x\nx"),
        ("(?s).", "a\nb", Some(&[]), "x", "xxx"),
        ("^a", "aa", Some(&[]), "x", "xa"),
        ("(?m)^a$", "a\nab\na", Some(&[]), "x", "x\nab\nx"),
        (
            "(a)|(b)",
            "ab",
            Some(&[Some("a"), None]),
            "[$1$2]",
            "[a][b]",
        ),
        ("a", "a", Some(&[]), "$$1", "$1"),
        ("a", "a", Some(&[]), "$1x$", "$"),
        ("(?P<n>a)", "a", Some(&[Some("a")]), "$nx-${n}x-$", "-ax-$"),
        ("(a)", "a", Some(&[Some("a")]), "$0$01${1", "a${1"),
        ("x*", "axb", Some(&[]), "-", "-a-b-"),
        ("(a*)*", "aab", Some(&[Some("aa")]), "<$1>", "<aa>b<>"),
        ("(a|b)*", "abc", Some(&[Some("b")]), "<$1>", "<b>c<>"),
        ("(?:(a)|b)*", "ab", Some(&[Some("a")]), "<$1>", "<a>"),
        ("\\d{2,3}?", "12345", Some(&[]), "-", "--5"),
        ("é", "aéé", Some(&[]), "-", "a--"),
        ("b*", "abbb", Some(&[]), "-", "-a-"),
        ("$", "ab\n", Some(&[]), "-", "ab\n-"),
    ];

    #[test]
    fn finds_and_replaces_what_go_does() {
        for (expression, text, groups, replacement, replaced) in ROWS {
            let search = Search::new(expression).unwrap();
            assert_eq!(search.groups(text).as_deref(), *groups, "{expression}");
            let out = search.replace_all(text, replacement);
            assert_eq!(out, *replaced, "{expression} {replacement}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_panics(
            pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..12),
            text in ".{0,20}",
            replacement in "[$a{}0-9]{0,6}",
        ) {
            if let Ok(search) = Search::new(&pieces.concat()) {
                search.groups(&text);
                search.count(&text);
                search.replace_all(&text, &replacement);
                search.expand_first(&text, &replacement);
            }
        }
    }

    const PIECES: &[&str] = &[
        "a",
        "é",
        ".",
        "*",
        "+",
        "?",
        "|",
        "(",
        ")",
        "(?i)",
        "(?P<n>",
        "[a",
        "]",
        "^",
        "$",
        "{0}",
        "{2,3}",
        "\\b",
        "\\B",
        "\\d",
        "\\pL",
        "\\Q",
        "(?U)",
        "[[:alpha:]]",
        "-",
        "\\x{e9}",
    ];

    #[test]
    fn names_are_listed_by_group() {
        let search = Search::new("(a)(?P<x>b(?<y>c))(?:d)").unwrap();
        assert_eq!(search.names(), ["", "x", "y"]);
        assert_eq!(
            search.expand_first("zabcd", "$y-$x"),
            Some("c-bc".to_owned())
        );
        assert_eq!(search.replace_all_literal("abcd", "$1"), "$1");
    }

    #[test]
    fn errors_are_gos() {
        for (expression, error) in [
            ("(", "missing closing ): `(`"),
            ("a)", "unexpected ): `a)`"),
            ("[a", "missing closing ]: `[a`"),
            ("[]", "missing closing ]: `[]`"),
            ("\\", "trailing backslash at end of expression: ``"),
            ("*", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a|+", "missing argument to repetition operator: `+`"),
            ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
            ("\\Z", "invalid escape sequence: `\\Z`"),
            ("\\1", "invalid escape sequence: `\\1`"),
            ("[b-a]", "invalid character class range: `b-a`"),
            ("\\p{Klingon}", "invalid character class range"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("(?P<a", "invalid named capture: `(?P<a`"),
            ("(?P<>a)", "invalid named capture: `(?P<>`"),
            ("(?P<a b>x)", "invalid named capture: `(?P<a b>`"),
            ("[[:bad:]]", "invalid character class range: `[:bad:]`"),
            ("x{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
            ("a*?*", "invalid nested repetition operator: `*?*`"),
            ("(?i", "invalid or unsupported Perl syntax: `(?i`"),
            ("[a-\\d]", "invalid escape sequence: `\\d`"),
        ] {
            let problem = Search::new(expression).unwrap_err();
            assert!(
                problem.go.starts_with(error),
                "{expression}: {}",
                problem.go
            );
        }
    }

    #[test]
    fn shapes_are_those_of_gos_parser() {
        let literal = |text: &str, fold| Shape::Literal {
            text: text.to_owned(),
            fold,
        };
        let shape = |expression| Search::new(expression).unwrap().shape().clone();
        assert_eq!(shape("foo"), literal("foo", false));
        assert_eq!(shape("(?i)ſk"), literal("SK", true));
        assert_eq!(shape("[aA]"), literal("A", true));
        assert_eq!(
            shape("foo|"),
            Shape::Alternate(vec![literal("foo", false), Shape::Empty])
        );
        assert_eq!(
            shape("foo|fox|"),
            Shape::Alternate(vec![
                Shape::Concat(vec![literal("fo", false), Shape::Class]),
                Shape::Empty
            ])
        );
        assert_eq!(
            shape("foo|foobar"),
            Shape::Concat(vec![
                literal("foo", false),
                Shape::Alternate(vec![Shape::Empty, literal("bar", false)])
            ])
        );
        assert_eq!(
            shape(".*a(.+)"),
            Shape::Concat(vec![
                Shape::AnyStar,
                literal("a", false),
                Shape::Capture(Box::new(Shape::AnyPlus))
            ])
        );
        assert_eq!(shape("a|b"), Shape::Class);
        assert_eq!(shape("x{0}"), Shape::Empty);
        assert_eq!(shape("a?"), Shape::Other);
    }
}
