//! What Loki extracts from logfmt lines: every row was captured from Loki v3.7.8's
//! `LogfmtExpressionParser`, asked for the key's label name.

use super::{check, check_all, readable};
use crate::line::{Format, Readable, logfmt_label};

type Row = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

/// A name, a line, a key, and its value.
const ROWS: &[Row] = &[
    ("a bare value", "a=x b=y", "b", Some("y")),
    ("a quoted value", r#"a="x y" b=z"#, "a", Some("x y")),
    (
        "single quotes are text and blanks split",
        "a='x y'",
        "a",
        Some("'x"),
    ),
    (
        "an equals sign in a bare value breaks it",
        "a=x=y b=1",
        "a",
        None,
    ),
    (
        "a quote in a bare value breaks it",
        r#"a=x"y b=1"#,
        "a",
        None,
    ),
    (
        "what follows a broken value is read",
        "a=x=y b=1",
        "b",
        Some("1"),
    ),
    (
        "what follows a closing quote is a key",
        r#"a="x"b=1"#,
        "b",
        Some("1"),
    ),
    ("the last of equal keys", "a=1 a=2", "a", Some("2")),
    (
        "the last of equal keys though it is empty",
        "a=1 a=",
        "a",
        None,
    ),
    (
        "the last of equal keys though it has no value",
        "a=1 a",
        "a",
        None,
    ),
    (
        "the last of equal keys unless it is broken",
        "a=1 a=x=y",
        "a",
        Some("1"),
    ),
    (
        "the last of equal keys unless its escape is broken",
        r#"a=1 a="\q""#,
        "a",
        Some("1"),
    ),
    (
        "an unclosed quote ends the reading",
        r#"a=1 b="x a=2"#,
        "a",
        Some("1"),
    ),
    ("an empty value", "a= b=1", "a", None),
    ("an empty quoted value", r#"a="" b=1"#, "a", None),
    ("a dotted key", "a.b=x", "a.b", Some("x")),
    (
        "a dotted key is found by its label name",
        "a.b=x",
        "a_b",
        Some("x"),
    ),
    ("a dashed key is the same label", "a-b=x", "a.b", Some("x")),
    ("a key that starts with a digit", "1a=x", "1a", Some("x")),
    ("a key beyond ASCII", "é=x", "é", Some("x")),
    (
        "all keys beyond ASCII of one length are one",
        "ñ=x",
        "é",
        Some("x"),
    ),
    (
        "blanks beyond ASCII around a key",
        "\u{a0}a=x",
        "a",
        Some("x"),
    ),
    (
        "a value of the next physical line",
        "a=1\nb=2",
        "b",
        Some("2"),
    ),
    (
        "a control character separates",
        "a=1\u{1}b=2",
        "b",
        Some("2"),
    ),
    ("a leading blank", "  a=1", "a", Some("1")),
    ("a quote in a key breaks it", r#"x"a=1 b=2"#, "b", Some("2")),
    ("no key", "=1 b=2", "b", Some("2")),
    (
        "escapes",
        r#"a="\"\\\/\'\b\f\n\r\t\u8ba2""#,
        "a",
        Some("\"\\/'\u{8}\u{c}\n\r\t订"),
    ),
    (
        "a pair of surrogates",
        r#"a="\ud83d\ude00""#,
        "a",
        Some("😀"),
    ),
    (
        "a lone surrogate empties the value",
        r#"a="x \ud83d""#,
        "a",
        None,
    ),
    (
        "an unknown escape breaks the value",
        r#"a="x\q" b=1"#,
        "a",
        None,
    ),
    (
        "a Python escape breaks the value",
        r#"a="x\x41" b=1"#,
        "a",
        None,
    ),
    ("U+FFFD empties the value", "a=x\u{fffd}", "a", None),
    (
        "an escaped U+FFFD empties the value",
        r#"a="x\ufffd""#,
        "a",
        None,
    ),
    (
        "U+FFFD in a key breaks it",
        "\u{fffd}=1 b=2",
        "b",
        Some("2"),
    ),
    ("None is text", "a=None", "a", Some("None")),
    ("a sentence", "hello world", "hello", None),
    ("a JSON line", r#"{"a":"x=1"}"#, "a", None),
    ("an empty line", "", "a", None),
];

#[test]
fn reads_what_loki_extracts() {
    for (name, line, key, expected) in ROWS {
        check(Format::Logfmt, name, line, &[key], *expected);
    }
}

#[test]
fn readable_lines_have_a_pair() {
    for (line, expected) in [
        ("a=1", Readable::Yes),
        ("word a=", Readable::Yes),
        ("", Readable::No),
        ("hello world", Readable::No),
        ("a=b=c", Readable::No),
        (r#"{"a":"x=1"}"#, Readable::No),
    ] {
        assert_eq!(readable(Format::Logfmt, line), expected, "{line}");
    }
}

#[test]
fn label_names_are_lokis() {
    for (key, expected) in [
        ("a.b-c", "a_b_c"),
        ("1a", "_1a"),
        (" a\u{a0}", "a"),
        ("é", "_"),
        ("", ""),
        ("\u{a0}", ""),
    ] {
        assert_eq!(logfmt_label(key), expected, "{key:?}");
    }
}

#[test]
fn a_nested_path_is_absent() {
    let paths: [&[&str]; 2] = [&["a", "b"], &["a"]];
    check_all(Format::Logfmt, "a=1 b=2", &paths, &[None, Some("1")]);
}
