//! What Loki makes of keys and values in JSON lines: every row was captured from Loki v3.7.8's
//! `JSONExpressionParser`.

use super::check;
use crate::line::Format;

type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    Option<&'static str>,
);

/// A name, a line, a path, and its value.
const TEXT: &[Row] = &[
    (
        "an escaped key is compared decoded",
        r#"{"a\u0062":"x"}"#,
        &["ab"],
        Some("x"),
    ),
    (
        "a broken escape in a key ends the reading",
        r#"{"x\q":1,"a":2}"#,
        &["a"],
        None,
    ),
    (
        "a broken escape in a key behind the value",
        r#"{"a":2,"x\q":1}"#,
        &["a"],
        Some("2"),
    ),
    (
        "a key with a pair of surrogates",
        r#"{"\ud83d\ude00":"x"}"#,
        &["😀"],
        Some("x"),
    ),
    (
        "a key with dashes and blanks",
        r#"{"x-request id":"x"}"#,
        &["x-request id"],
        Some("x"),
    ),
    (
        "simple escapes",
        r#"{"a":"\"\\\/\b\f\n\r\t"}"#,
        &["a"],
        Some("\"\\/\u{8}\u{c}\n\r\t"),
    ),
    (
        "unicode escapes",
        r#"{"a":"\u8ba2\u5355"}"#,
        &["a"],
        Some("订单"),
    ),
    (
        "a pair of surrogates",
        r#"{"a":"\ud83d\ude00"}"#,
        &["a"],
        Some("😀"),
    ),
    (
        "a lone surrogate empties the value",
        r#"{"a":"text \ud83d text"}"#,
        &["a"],
        None,
    ),
    ("a low surrogate alone", r#"{"a":"\ude00"}"#, &["a"], None),
    (
        "a high surrogate and another escape",
        r#"{"a":"\ud83d\u0041"}"#,
        &["a"],
        None,
    ),
    (
        "the second half without its backslash",
        r#"{"a":"\ud83dxxde00"}"#,
        &["a"],
        Some("😀"),
    ),
    (
        "a second half beyond the surrogates",
        r#"{"a":"\ud83d\uffff"}"#,
        &["a"],
        Some("𡟿"),
    ),
    (
        "a pair beyond Unicode is a blank",
        r#"{"a":"\udfff\udfff"}"#,
        &["a"],
        Some(" "),
    ),
    (
        "an unknown escape empties the value",
        r#"{"a":"x\qy"}"#,
        &["a"],
        None,
    ),
    (
        "a short escape empties the value",
        r#"{"a":"x\u12"}"#,
        &["a"],
        None,
    ),
    (
        "U+FFFD is a blank",
        "{\"a\":\"x\u{fffd}y\"}",
        &["a"],
        Some("x y"),
    ),
    (
        "an escaped U+FFFD is a blank",
        r#"{"a":"x\ufffdy"}"#,
        &["a"],
        Some("x y"),
    ),
    (
        "an escaped NUL",
        r#"{"a":"x\u0000y"}"#,
        &["a"],
        Some("x\u{0}y"),
    ),
    (
        "raw control characters",
        "{\"a\":\"x\n\ty\"}",
        &["a"],
        Some("x\n\ty"),
    ),
    (
        "an escape inside a number",
        r#"{"a":1\u0041}"#,
        &["a"],
        Some("1A"),
    ),
    (
        "a number with letters",
        r#"{"a":1_0x}"#,
        &["a"],
        Some("1_0x"),
    ),
    (
        "a number up to the blank",
        r#"{"a":1 2}"#,
        &["a"],
        Some("1"),
    ),
    ("a plus sign", r#"{"a":+1}"#, &["a"], None),
    ("a leading point", r#"{"a":.5}"#, &["a"], None),
    ("NaN", r#"{"a":NaN}"#, &["a"], None),
    ("Infinity", r#"{"a":-Infinity}"#, &["a"], Some("-Infinity")),
    ("True", r#"{"a":True}"#, &["a"], None),
    ("a missing value", r#"{"a":,"b":1}"#, &["a"], None),
    ("single quotes", "{'a':'x'}", &["a"], None),
    (
        "ANSI colours before the object",
        "\u{1b}[31m{\"a\":\"x\"}",
        &["a"],
        None,
    ),
    ("an empty line", "", &["a"], None),
    ("a brace", "{", &["a"], None),
    ("an empty object", "{}", &["a"], None),
];

#[test]
fn reads_what_loki_extracts() {
    for (name, line, path, expected) in TEXT {
        check(Format::Json, name, line, path, *expected);
    }
}
