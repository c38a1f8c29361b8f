//! What Loki extracts from JSON lines: every row was captured from Loki v3.7.8's
//! `JSONExpressionParser`.

use super::{check, check_all, readable};
use crate::line::{Format, Path, Readable};

type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<&'static str>,
);

/// Which key is found, and where the reading ends.
const STRUCTURE: &[Row] = &[
    ("a flat key", r#"{"a":"x"}"#, &["a"], Some("x")),
    (
        "a nested key",
        r#"{"a":{"b":{"c":"x"}}}"#,
        &["a", "b", "c"],
        Some("x"),
    ),
    (
        "a dotted key is one key",
        r#"{"a.b":"x"}"#,
        &["a.b"],
        Some("x"),
    ),
    (
        "a nested path does not find the dotted key",
        r#"{"a.b":"x"}"#,
        &["a", "b"],
        None,
    ),
    (
        "a dotted path does not find the nested key",
        r#"{"a":{"b":"x"}}"#,
        &["a.b"],
        None,
    ),
    (
        "a number is its raw text",
        r#"{"a":10.520e0}"#,
        &["a"],
        Some("10.520e0"),
    ),
    ("true", r#"{"a":true}"#, &["a"], Some("true")),
    ("null is absent", r#"{"a":null}"#, &["a"], None),
    ("an empty string is absent", r#"{"a":""}"#, &["a"], None),
    (
        "an object is its raw text",
        r#"{"a":{ "b" : "\u0041\n" }}"#,
        &["a"],
        Some(r#"{ "b" : "\u0041\n" }"#),
    ),
    (
        "an object keeps a broken escape and U+FFFD",
        "{\"a\":{\"b\":\"\\q\u{fffd}\"}}",
        &["a"],
        Some("{\"b\":\"\\q\u{fffd}\"}"),
    ),
    (
        "an array has its escapes decoded",
        r#"{"a":["x\"y", "\u0041"]}"#,
        &["a"],
        Some(r#"["x"y", "A"]"#),
    ),
    (
        "an array with a broken escape is empty",
        r#"{"a":["x\q"]}"#,
        &["a"],
        None,
    ),
    (
        "an array with U+FFFD has a blank",
        "{\"a\":[\"\u{fffd}\"]}",
        &["a"],
        Some(r#"[" "]"#),
    ),
    (
        "blanks between tokens",
        "{ \"a\" \t:\r\n \"x\" }",
        &["a"],
        Some("x"),
    ),
    (
        "cut off behind the value",
        r#"{"a":"x","b":"#,
        &["a"],
        Some("x"),
    ),
    ("cut off inside a string", r#"{"a":"x"#, &["a"], None),
    (
        "cut off inside a number keeps what is there",
        r#"{"a":12"#,
        &["a"],
        Some("12"),
    ),
    ("cut off inside a word", r#"{"a":tru"#, &["a"], None),
    (
        "cut off inside an object: it is absent",
        r#"{"a":{"b":"x""#,
        &["a"],
        None,
    ),
    (
        "cut off inside an object: its keys are there",
        r#"{"a":{"b":"x""#,
        &["a", "b"],
        Some("x"),
    ),
    ("cut off inside an array", r#"{"a":["x""#, &["a"], None),
    (
        "garbage behind the object",
        r#"{"a":"x"} trailing "b":1 garbage"#,
        &["a"],
        Some("x"),
    ),
    (
        "a second object on the line",
        r#"{"a":"x"}{"b":"y"}"#,
        &["b"],
        Some("y"),
    ),
    (
        "a key outside of every object ends the reading",
        r#"{"a":1} "c":2 {"b":3}"#,
        &["b"],
        None,
    ),
    (
        "an object behind an array",
        r#"[1] {"a":"x"}"#,
        &["a"],
        Some("x"),
    ),
    (
        "an object behind a string",
        r#""x" {"a":"y"}"#,
        &["a"],
        Some("y"),
    ),
    ("a leading blank", r#" {"a":"x"}"#, &["a"], None),
    ("a leading tab", "\t{\"a\":\"x\"}", &["a"], None),
    ("a leading line break", "\n{\"a\":\"x\"}", &["a"], None),
    ("a byte order mark", "\u{feff}{\"a\":\"x\"}", &["a"], None),
    ("text before the object", r#"INFO {"a":"x"}"#, &["a"], None),
    (
        "the first of equal keys",
        r#"{"a":1,"a":2}"#,
        &["a"],
        Some("1"),
    ),
    (
        "the first of equal keys though it is null",
        r#"{"a":null,"a":2}"#,
        &["a"],
        None,
    ),
    (
        "the first of equal keys though it is broken",
        r#"{"a":tru,"a":2}"#,
        &["a"],
        None,
    ),
    (
        "two outer objects of one name are one",
        r#"{"g":{"a":1},"g":{"b":2}}"#,
        &["g", "b"],
        Some("2"),
    ),
    (
        "the first whole path in two outer objects",
        r#"{"g":{"a":1},"g":{"a":2}}"#,
        &["g", "a"],
        Some("1"),
    ),
    (
        "a scalar and an object of one name",
        r#"{"g":1,"g":{"a":2}}"#,
        &["g", "a"],
        Some("2"),
    ),
    (
        "a path through a string",
        r#"{"a":"x","b":1}"#,
        &["a", "b"],
        None,
    ),
    (
        "a path through an array",
        r#"{"a":[{"b":1}]}"#,
        &["a", "b"],
        None,
    ),
    (
        "a key only in a deeper object",
        r#"{"x":{"a":1}}"#,
        &["a"],
        None,
    ),
    (
        "an object without a key continues the latest",
        r#"{"a":1,{"b":2}}"#,
        &["a", "b"],
        Some("2"),
    ),
    (
        "a value that a colon follows is a key",
        r#"{"a":"b":"c"}"#,
        &["b"],
        Some("c"),
    ),
    (
        "a stray closing bracket leaves a level",
        r#"{"x":1]{"a":2}"#,
        &["a"],
        Some("2"),
    ),
    ("more closed than opened", r#"{}}{"a":1}"#, &["a"], None),
    (
        "an unclosed array ends the reading",
        r#"{"x":["y","a":1}"#,
        &["a"],
        None,
    ),
    (
        "braces inside strings",
        r#"{"x":"}{","a":"]["}"#,
        &["a"],
        Some("]["),
    ),
];

#[test]
fn reads_what_loki_extracts() {
    for (name, line, path, expected) in STRUCTURE {
        check(Format::Json, name, line, path, *expected);
    }
}

#[test]
fn readable_lines_begin_like_an_object() {
    for (line, expected) in [
        ("{}", Readable::Yes),
        (r#"{ "a":1}"#, Readable::Yes),
        (r#"{"a":1} trailing"#, Readable::Yes),
        (r#"{"a":"cut o"#, Readable::Yes),
        ("", Readable::No),
        ("{", Readable::No),
        ("{'a':1}", Readable::No),
        ("{hello}", Readable::No),
        ("[INFO] hello", Readable::No),
        (r#""text""#, Readable::No),
        (r#" {"a":1}"#, Readable::No),
        ("Traceback (most recent call last):", Readable::No),
    ] {
        assert_eq!(readable(Format::Json, line), expected, "{line}");
    }
}

#[test]
fn paths_do_not_disturb_each_other() {
    let line = r#"{"a":{"b":1,"c":{"d":"x"}},"e":[1],"a.b":null,"f":2}"#;
    let paths: [&[&str]; 9] = [
        &["a"],
        &["a", "b"],
        &["a", "b"],
        &["a", "c", "d"],
        &["e"],
        &["a.b"],
        &["f"],
        &["f", "g"],
        &[],
    ];
    let expected = [
        Some(r#"{"b":1,"c":{"d":"x"}}"#),
        Some("1"),
        Some("1"),
        Some("x"),
        Some("[1]"),
        None,
        Some("2"),
        None,
        None,
    ];
    check_all(Format::Json, line, &paths, &expected);
}

#[test]
fn a_path_deeper_than_the_bound_is_absent() {
    let deep = |depth| (r#"{"a":"#.repeat(depth), Path(vec!["a".to_owned(); depth]));
    for (depth, expected) in [(16, Some("1")), (17, None)] {
        let (line, Path(keys)) = deep(depth);
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        check(Format::Json, "depth", &format!("{line}1"), &keys, expected);
    }
}
