//! TSKV lines: the reader must say what the regexp says that Loki runs. Every row has the three
//! groups that Go's `regexp` captured, through Loki v3.7.8's `RegexpParser`.

use super::{check, check_all, readable};
use crate::line::{Format, Readable, python_unescape, tskv_regexp};

type Row = (
    &'static str,
    &'static str,
    &'static str,
    Option<[&'static str; 3]>,
);

/// A name, a line, a key, and what the regexp captured.
const ROWS: &[Row] = &[
    (
        "a single-quoted value",
        "k='x y' b=1",
        "k",
        Some(["x y", "", ""]),
    ),
    (
        "a double-quoted value",
        r#"k="can't" b=1"#,
        "k",
        Some(["", "can't", ""]),
    ),
    ("a bare value", "k=502 b=1", "k", Some(["", "", "502"])),
    ("a later pair", "a='x' b=1 k=2", "k", Some(["", "", "2"])),
    (
        "an empty value is absent",
        "k= b=1",
        "k",
        Some(["", "", ""]),
    ),
    (
        "an empty quoted value is absent",
        "k='' b=1",
        "k",
        Some(["", "", ""]),
    ),
    ("None is absent", "k=None b=1", "k", Some(["", "", ""])),
    (
        "a word that starts with None",
        "k=Nonesuch",
        "k",
        Some(["", "", "Nonesuch"]),
    ),
    (
        "a quoted None is text",
        "k='None'",
        "k",
        Some(["None", "", ""]),
    ),
    (
        "the first of equal keys",
        "k=1 k=2",
        "k",
        Some(["", "", "1"]),
    ),
    (
        "the first of equal keys though it is empty",
        "k= k=2",
        "k",
        Some(["", "", ""]),
    ),
    (
        "the first of equal keys though it is None",
        "k=None k=2",
        "k",
        Some(["", "", ""]),
    ),
    (
        "the first of equal keys though it is empty in quotes",
        "k='' k=2",
        "k",
        Some(["", "", ""]),
    ),
    (
        "a pair inside a quoted value",
        "a='k=1' k=2",
        "k",
        Some(["", "", "2"]),
    ),
    (
        "a pair inside a quoted value, with blanks",
        "a=' k=1 ' k=2",
        "k",
        Some(["", "", "2"]),
    ),
    (
        "an escaped quote inside a value",
        r"a='it\'s k=1 ' k=2",
        "k",
        Some(["", "", "2"]),
    ),
    (
        "a pair inside double quotes",
        r#"a="it's k=1 " k=2"#,
        "k",
        Some(["", "", "2"]),
    ),
    (
        "a quoted value that goes on ends the reading",
        "a='x'y k=1",
        "k",
        None,
    ),
    (
        "a quoted value that goes on is not read",
        "k='x'y k=1",
        "k",
        None,
    ),
    ("an unclosed quote ends the reading", "k='x k=5", "k", None),
    ("an unclosed quote in another pair", "a='x k=5", "k", None),
    (
        "an unclosed quote keeps what was before",
        "k=1 a='x",
        "k",
        Some(["", "", "1"]),
    ),
    (
        "a bare value with an equals sign",
        "k==b",
        "k",
        Some(["", "", "=b"]),
    ),
    (
        "a bare value with a quote inside",
        "k=5'6 b=1",
        "k",
        Some(["", "", "5'6"]),
    ),
    (
        "a word without equals sign is skipped",
        "a=1 word k=2",
        "k",
        Some(["", "", "2"]),
    ),
    (
        "a word with quotes is skipped",
        "a=1 'it k=2",
        "k",
        Some(["", "", "2"]),
    ),
    (
        "a word with equals sign and quote ends the reading",
        "a=1 'x=3 k=2",
        "k",
        None,
    ),
    (
        "a pair without a key ends the reading",
        "a=1 =3 k=2",
        "k",
        None,
    ),
    ("a line that starts with a word", "word k=2", "k", None),
    ("a line that starts with a blank", " k=2", "k", None),
    ("a JSON line", r#"{"a":"b", "k=":1} k=2"#, "k", None),
    (
        "a tab between pairs",
        "a=1 \t k=2",
        "k",
        Some(["", "", "2"]),
    ),
    ("a line break ends the reading", "a=1\nk=2", "k", None),
    (
        "a value before a line break",
        "k=1\na=2",
        "k",
        Some(["", "", "1"]),
    ),
    (
        "a carriage return ends the reading",
        "a=1\r\nk=2",
        "k",
        None,
    ),
    (
        "a value before a carriage return",
        "k=1\r\na=2",
        "k",
        Some(["", "", "1"]),
    ),
    ("a form feed ends the reading", "a=1\u{c}k=2", "k", None),
    ("a vertical tab is no blank", "a=1\u{b}k=2", "k", None),
    (
        "a no-break space is no blank",
        "k=1\u{a0}b=2",
        "k",
        Some(["", "", "1\u{a0}b=2"]),
    ),
    (
        "a line break inside quotes",
        "k='x\ny' b=1",
        "k",
        Some(["x\ny", "", ""]),
    ),
    (
        "an escaped line break inside quotes ends the reading",
        "k='x\\\ny' b=1",
        "k",
        None,
    ),
    ("a blank at the end", "k=1 ", "k", Some(["", "", "1"])),
    ("a key that ends alike", "kk=1", "k", None),
    (
        "a key with regexp characters",
        "a=1 k[0].*=2",
        "k[0].*",
        Some(["", "", "2"]),
    ),
    ("a key beyond ASCII", "é=x", "é", Some(["", "", "x"])),
    ("a key that no line can have", "a=b=5", "a=b", None),
    (
        "escapes",
        r#"k='\\ \' \" \n\r\t\a\b\f\v \x1b \u8ba2 \U0001f600 \101'"#,
        "k",
        Some([
            r#"\\ \' \" \n\r\t\a\b\f\v \x1b \u8ba2 \U0001f600 \101"#,
            "",
            "",
        ]),
    ),
    (
        "an unknown escape keeps its backslash",
        r"k='\q \8 \x4 \N{DASH}'",
        "k",
        Some([r"\q \8 \x4 \N{DASH}", "", ""]),
    ),
    (
        "a lone surrogate is U+FFFD",
        r"k='\ud83d'",
        "k",
        Some([r"\ud83d", "", ""]),
    ),
    ("an empty line", "", "k", None),
];

#[test]
fn reads_what_the_regexp_captures() {
    for (name, line, key, captured) in ROWS {
        let expected = captured.and_then(|[single, double, bare]| {
            let quoted = format!("{single}{double}");
            let text = format!("{}{bare}", python_unescape(&quoted));
            (!text.is_empty()).then_some(text)
        });
        check(Format::Tskv, name, line, &[key], expected.as_deref());
    }
}

#[test]
fn one_pass_finds_every_key() {
    let line = r#"level='info' event="can't" status_code=200 user=None path='a b' level='x'"#;
    let paths: [&[&str]; 7] = [
        &["path"],
        &["level"],
        &["event"],
        &["user"],
        &["nested", "path"],
        &["level"],
        &["status_code"],
    ];
    let expected = [
        Some("a b"),
        Some("info"),
        Some("can't"),
        None,
        None,
        Some("info"),
        Some("200"),
    ];
    check_all(Format::Tskv, line, &paths, &expected);
}

#[test]
fn readable_lines_start_with_a_pair() {
    for (line, expected) in [
        ("a=1", Readable::Yes),
        ("a=", Readable::Yes),
        ("a='x' b='cut o", Readable::Yes),
        ("a='x'\nTraceback", Readable::Yes),
        ("", Readable::No),
        ("word a=1", Readable::No),
        ("a='cut o", Readable::No),
        ("a='x'y", Readable::No),
        (r#"{"level":30,"msg":"a=b"}"#, Readable::No),
    ] {
        assert_eq!(readable(Format::Tskv, line), expected, "{line}");
    }
}

#[test]
fn the_regexp_escapes_its_key_and_names_its_groups() {
    let expected = concat!(
        r#"^(?:[^\s='"]+=(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'"]\S*|)[ \t]+"#,
        r#"(?:(?:[^\s='"]+=(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'"]\S*|)|[^\s=]+)[ \t]+)*?)??"#,
        r#"a\.b\[0\]=(?:None|'(?P<x>(?:[^'\\]|\\.)*)'|"(?P<y>(?:[^"\\]|\\.)*)"|(?P<z>[^\s'"]\S*)|)(?:\s|$)"#,
    );
    assert_eq!(tskv_regexp("a.b[0]", ["x", "y", "z"]), expected);
}

#[test]
fn the_regexp_of_an_impossible_key_matches_nothing() {
    for key in ["", "a=b", "a b", "it's", "\n"] {
        let expected = r"[^\x00-\x{10FFFF}](?P<x>)(?P<y>)(?P<z>)";
        assert_eq!(tskv_regexp(key, ["x", "y", "z"]), expected, "{key:?}");
    }
}
