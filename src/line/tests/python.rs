//! Python literals: every row was made with CPython 3.13.

use crate::line::{python_repr, python_unescape};

#[test]
fn writes_what_cpython_writes() {
    for (text, quote, expected) in [
        ("plain text", '\'', "plain text"),
        ("it's", '"', "it's"),
        ("say \"it's\"", '\'', r#"say "it\'s""#),
        ("say \"hi\"", '"', r#"say \"hi\""#),
        ("back\\slash", '\'', r"back\\slash"),
        ("\n\r\t", '\'', r"\n\r\t"),
        (
            "\u{0}\u{7}\u{b}\u{1b}[0m\u{7f}",
            '\'',
            r"\x00\x07\x0b\x1b[0m\x7f",
        ),
        ("\u{85}\u{a0}\u{ad}", '\'', r"\x85\xa0\xad"),
        ("订单 é 😀", '\'', "订单 é 😀"),
        ("e\u{301}", '\'', "e\u{301}"),
        ("\u{301}", '\'', "\u{301}"),
        (
            "\u{200b}\u{200d}\u{2028}\u{3000}",
            '\'',
            r"\u200b\u200d\u2028\u3000",
        ),
        ("\u{feff}\u{e000}\u{ffff}", '\'', r"\ufeff\ue000\uffff"),
        ("\u{fffd}", '\'', "\u{fffd}"),
        ("\u{e0001}\u{10ffff}", '\'', r"\U000e0001\U0010ffff"),
        ("", '\'', ""),
    ] {
        assert_eq!(python_repr(text, quote), expected, "{text:?}");
    }
}

#[test]
fn reads_what_cpython_reads() {
    for (literal, expected) in [
        (r"plain", "plain"),
        (r#"\\ \' \""#, "\\ ' \""),
        (r"\n\r\t\a\b\f\v", "\n\r\t\u{7}\u{8}\u{c}\u{b}"),
        (r"\x41\xe9", "Aé"),
        (r"\u8ba2\U0001f600", "订😀"),
        (r"\101\0\1012\400", "A\u{0}A2Ā"),
        ("a\\\nb", "ab"),
        (r"\q\8\é", r"\q\8\é"),
    ] {
        assert_eq!(python_unescape(literal), expected, "{literal}");
    }
}

#[test]
fn keeps_what_cpython_refuses() {
    for (literal, expected) in [
        (r"\x4", r"\x4"),
        (r"\x4\u12 \u12g4", r"\x4\u12 \u12g4"),
        (r"\U00110000\Uffffffff", r"\U00110000\Uffffffff"),
        (r"\N{DASH}", r"\N{DASH}"),
        ("end\\", "end\\"),
        (r"\ud83d\ude00", "\u{fffd}\u{fffd}"),
    ] {
        assert_eq!(python_unescape(literal), expected, "{literal}");
    }
}
