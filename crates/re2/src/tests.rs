//! Expressions of Go's: what they match was printed by Go 1.26 (`regexp`, `^(?s:…)$`).

use super::{Re2, check};

/// Expression, the texts that it matches as a whole, some that it does not.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const ROWS: &[Row] = &[
    (r"can.*", &["can't", "can\nnot"], &["a can"]),
    (r"(?-s)can.*", &[], &["can\nnot"]),
    (r"a|b", &["a", "b"], &["ab"]),
    (r"|a", &["", "a"], &["b"]),
    (r"a$", &["a"], &["a\n"]),
    (r"(?m)a$\n^b", &["a\nb"], &[]),
    (r"a$\n^b", &[], &["a\nb"]),
    (r"\Aa\z", &["a"], &[]),
    (r"\d+", &["12"], &["٣"]),
    (r"\D", &["٣"], &["3"]),
    (r"\w+", &["a_9"], &["é", "ſ"]),
    (r"(?i)\w", &["ſ", "\u{212a}"], &["é"]),
    (r"(?i)\W", &["é"], &["ſ"]),
    (r"\s", &[" ", "\u{c}"], &["\u{b}", "\u{a0}"]),
    (r"[[:space:]]", &["\u{b}"], &["\u{a0}"]),
    (r"\bé", &[], &["é"]),
    (r"\Bé", &["é"], &[]),
    (r"a\bé", &["aé"], &[]),
    (r"订\B单", &["订单"], &[]),
    (r"(?i)k", &["K", "\u{212a}"], &[]),
    (r"(?i)[k-m]", &["\u{212a}", "L"], &[]),
    (r"(?i)straße", &["STRAẞE"], &["STRASSE"]),
    (r"(?i)σ", &["ς", "Σ"], &[]),
    (r"(?i:a)b", &["Ab"], &["AB"]),
    (r"(a(?i)b)c", &["aBc"], &["aBC"]),
    (r"a(?i)b|c", &["C"], &["A"]),
    (r"(?i-s:a.)", &["Ab"], &["A\n"]),
    (r"(?U)a+?b*", &["aab"], &[]),
    (r"\Qa.b\E+", &["a.bb"], &["axb"]),
    (r"\Q(\E\Q\E*", &["((", "("], &[]),
    (r"a{2}", &["aa"], &["a{2}"]),
    (r"a{,2}", &["a{,2}"], &["aa"]),
    (r"a{2", &["a{2"], &[]),
    (r"a{02}", &["a{02}"], &["aa"]),
    (r"{a}", &["{a}"], &[]),
    (r"x{0}", &[""], &["x"]),
    (r"a{1,2}{", &["aa{"], &[]),
    (r"a*(?i)*", &["aaa"], &["A"]),
    (r"[]a]+", &["]a"], &[]),
    (r"[^]a]", &["b", "\n"], &["]"]),
    (r"[a&&b]", &["&", "a"], &[]),
    (r"[+--]", &[",", "-"], &[]),
    (r"[a~~b]", &["~"], &[]),
    (r"[[a]+", &["[a"], &["a]"]),
    (r"[[:alpha]+", &["[:a"], &["z"]),
    (r"[[:^digit:]_]", &["٣", "_"], &["3"]),
    (r"[\d-z]", &["-", "z"], &["y"]),
    (r"[\w-]+", &["a-b"], &[]),
    (r"[^\W_]", &["a"], &["_"]),
    (r"[\x{D7FF}-\x{E000}]", &["\u{e000}"], &["a"]),
    (r"[^\x00-\x{10FFFF}]", &[], &["a", ""]),
    (r"\x41\x{1F600}", &["A😀"], &[]),
    (r"\101\0\08", &["A\u{0}\u{0}8"], &[]),
    (r"\12", &["\n"], &[]),
    (r"\a\f\v\t\r\n", &["\u{7}\u{c}\u{b}\t\r\n"], &[]),
    (r#"\.\-\_\/\"\#"#, &[".-_/\"#"], &["._"]),
    (r"# a", &["# a"], &[""]),
    (r"\pL\PL", &["é1"], &["1é"]),
    (r"\p{Han}+", &["订单"], &["kanji"]),
    (r"\p{^Lu}\P{^Lu}", &["aA"], &["Aa"]),
    (r"(?i)\p{Lu}\P{Lu}", &["a1"], &["aa"]),
    (r"(?P<id>a)(?<id2>b)()", &["ab"], &[]),
    (r"(?:a|ab)(?:c|bcd)", &["abcd", "abc"], &[]),
    (r".", &["😀", "é", "\n"], &[""]),
    (r"\x1b\[31m.*", &["\u{1b}[31mred\u{1b}[0m"], &[]),
];

#[test]
fn matches_what_go_matches() {
    for (expression, matching, others) in ROWS {
        assert_eq!(check(expression), Ok(()), "{expression}");
        let regex = Re2::new(expression).unwrap_or_else(|e| panic!("{expression}: {e}"));
        for text in *matching {
            assert!(regex.matches(text), "{expression} matches {text:?}");
        }
        for text in *others {
            assert!(!regex.matches(text), "{expression} does not match {text:?}");
        }
    }
}

#[test]
fn what_does_not_end_within_itself_is_told() {
    for (expression, problem) in [
        ("a)(b", "it has a ) without its ("),
        ("a)", "it has a ) without its ("),
        ("(a", "it has a ( without its )"),
        (r"(a\)\)", "it has a ( without its )"),
        ("[a", "it has a [ without its ]"),
        ("[]", "it has a [ without its ]"),
        (r"[a\]", "it has a [ without its ]"),
        ("[[:alpha:]", "it has a [ without its ]"),
        (r"\Qa)(b", r"it has a \Q without its \E"),
        ("a\\", r"it ends with a single \"),
        ("[a]]]]{)", "it has a ) without its ("),
    ] {
        assert_eq!(check(expression), Err(problem), "{expression}");
    }
    for expression in [
        r"\)\(",
        r"[)(]",
        r"[^])(]",
        r"[\])(]",
        r"[[:alpha:])(]",
        r"[[:)(]",
        r"\Q)(\E",
        r"\Q)\\E",
        "(a)(b)",
    ] {
        assert_eq!(check(expression), Ok(()), "{expression}");
    }
}

#[test]
fn what_go_refuses_and_what_is_too_much_is_an_error() {
    let deep = "(".repeat(300) + &")".repeat(300);
    let starred = "a".to_owned() + &"*(?i)".repeat(300);
    for (expression, problem) in [
        ("a**", "* follows another repetition"),
        ("*", "* has nothing to repeat"),
        ("a|+", "+ has nothing to repeat"),
        ("a{2,1}", "a repetition goes up to 1000"),
        ("a{1001}", "a repetition goes up to 1000"),
        ("(?x)a", "(?x is no flag of RE2"),
        (r"\Z", r"\Z is no escape of RE2"),
        (r"\1", r"\1 is no escape of RE2"),
        (r"\x{110000}", r"it has a broken \x"),
        (r"\x+1", r"it has a broken \x"),
        ("[b-a]", "it has a range whose end is before its start"),
        (r"\x{D800}", r"\x{D800} is half a character"),
        (r"\p{Klingon}", "Unicode property"),
        (r"\p{sc=Greek}", "\"sc=Greek\" is no class of Unicode"),
        (r"(?:\pL{1000}){1000}", "it is too large"),
        ("a)(b", "it has a ) without its ("),
        ("(a", "it has a ( without its )"),
        (&deep, "it is nested deeper than 200"),
        (&starred, "it is nested deeper than 200"),
    ] {
        let error = Re2::new(expression).expect_err(expression);
        assert!(error.starts_with(problem), "{expression}: {error}");
    }
}

#[test]
fn the_deepest_and_the_longest_are_evaluated() {
    let deep = "(a".repeat(99) + &"b)*".repeat(99);
    let regex = Re2::new(&deep).unwrap();
    assert!(regex.matches("") && !regex.matches("b"));
    let long = "[a-z]{1,500}\\w{500}".repeat(2);
    assert!(Re2::new(&long).unwrap().matches(&"a".repeat(2000)));
}

#[test]
fn what_may_match_the_empty_text_is_told_from_the_syntax() {
    for (expression, may) in [
        ("", true),
        ("a*", true),
        ("a|", true),
        ("(a?)(b*)", true),
        ("^$", true),
        ("a", false),
        ("a|b", false),
        ("a+", false),
        (r"(?:\pL{1,900}){1,900}", false),
        ("(", false),
        // No empty text has a word boundary, which takes more than a look.
        (r"\b", true),
    ] {
        assert_eq!(crate::may_match_empty(expression), may, "{expression}");
    }
}
