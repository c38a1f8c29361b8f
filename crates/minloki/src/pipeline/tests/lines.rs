//! What parsers read, and where labels come from.

use super::{compile, labels, line, parsed, run};

#[test]
fn json_is_flattened_and_broken_as_loki_does() {
    for (json, result) in [
        (
            r#"{"a":{"b.c":1,"d":[1],"e":{"f":"g"}},"n":null}"#,
            "a_b_c=1 a_e_f=g",
        ),
        (r#"{"a":"1","a":"2"}"#, "a=1"),
        (r#"{"a_b":"1","a":{"b":"2"}}"#, "a_b=1"),
        (r#"{"9x":1,"é":2,"":3," k ":4}"#, "_=2 _9x=1 k=4"),
        (r#"{"":{"a":1},"b":{"":2,"9":3}}"#, "a=1 b=2 b_9=3"),
        (r#"{"a":1} trailing"#, "a=1"),
        (r#" {"a":1}"#, "a=1"),
        (r#"{"a":1"#, "__error__=JSONParserErr a=1"),
        (r#"{"a":"x","b":}"#, "__error__=JSONParserErr a=x"),
        (r#"{"a":tru}"#, "__error__=JSONParserErr"),
        ("[1]", "__error__=JSONParserErr"),
        ("\u{feff}{\"a\":1}", "__error__=JSONParserErr"),
        (r#"{"a":"b\qd","c":"ok"}"#, "a= c=ok"),
        (
            r#"{"a":"\ud83d\ude00","b":"\ud800","c":"\udfff\udfff"}"#,
            "a=😀 b= c= ",
        ),
        (r#"{"a":01,"b":1-2,"c":-}"#, "a=01 b=1-2 c=-"),
        ("{}", ""),
    ] {
        assert_eq!(parsed("| json", json), result, "{json}");
    }
}

#[test]
fn json_with_paths_reads_what_they_lead_to() {
    let json = r#"{"a":{"b":1,"c":[{"x":5},"q\n"]},"a.b":3,"n":null}"#;
    for (path, result) in [
        ("a.b", "x=1"),
        (r#"[\"a.b\"]"#, "x=3"),
        ("a.c[0].x", "x=5"),
        ("a.c[1]", "x=q\n"),
        ("a.c[0]", r#"x={"x":5}"#),
        ("a.c", "x=[{\"x\":5},\"q\n\"]"),
        ("n", "x="),
        ("z", "x="),
    ] {
        assert_eq!(
            parsed(&format!("| json x=\"{path}\""), json),
            result,
            "{path}"
        );
    }
    // A blank or anything before the brace is an error, what follows the value is not.
    assert_eq!(
        parsed(r#"| json x="a""#, r#" {"a":1}"#),
        "__error__=JSONParserErr"
    );
    assert_eq!(parsed(r#"| json x="a""#, r#"{"a":1,"b"#), "x=1");
    assert_eq!(parsed(r#"| json x="a""#, ""), "");
    // What is not found does not touch what is there.
    assert_eq!(parsed(r#"| json app="z", m="z""#, json), "");
}

#[test]
fn logfmt_reads_pairs_and_skips_broken_ones() {
    for (pairs, result) in [
        (
            "a=1 b=\"two words\" c= d e=\"q\\\"\\n\"",
            "a=1 b=two words e=q\"\n",
        ),
        ("a=b=c d=1", "d=1"),
        ("a=\"x\"b=2", "a=x b=2"),
        ("a=\"unterminated b=2", ""),
        ("a=\"\\q\" b=2", "b=2"),
        ("a.b=1 a_b=2", "a_b=1"),
        ("{\"a\":1}", ""),
    ] {
        assert_eq!(parsed("| logfmt", pairs), result, "{pairs}");
    }
    assert_eq!(parsed("| logfmt --keep-empty", "a= b"), "a= b=");
    let strict = run(&mut compile("| logfmt --strict").unwrap(), "a=1 b=c=d").unwrap();
    let details = "logfmt syntax error at pos 8 : unexpected '='";
    let expected = labels(&[
        ("__error__", "LogfmtParserErr"),
        ("__error_details__", details),
        ("a", "1"),
    ]);
    assert_eq!(strict.labels.parsed, expected);
}

#[test]
fn regexp_pattern_and_unpack_find_labels() {
    let regexp = "| regexp `(?P<k>\\w+)=(?P<v>\\d)?`";
    assert_eq!(parsed(regexp, "x a=7"), "k=a v=7");
    assert_eq!(parsed(regexp, "x a="), "k=a v=");
    assert_eq!(parsed(regexp, "x"), "");
    for (pattern, line, result) in [
        ("<a> <b> <_>", "x y z", "a=x b=y"),
        ("<a> <b> <_>", "xyz", "a=xyz"),
        ("<_>a=<x>", "k a=", "x="),
        ("<_>a=<x>", "k b=1", ""),
        ("a=<x>", "k a=1", ""),
        ("<a>", "", ""),
    ] {
        assert_eq!(
            parsed(&format!("| pattern `{pattern}`"), line),
            result,
            "{pattern} {line}"
        );
    }
    let packed = r#"{"_entry":"the line","a":"1","n":5,"a":"2"}"#;
    assert_eq!(parsed("| unpack", packed), "a=2");
    assert_eq!(line("| unpack", packed), "the line");
    assert_eq!(parsed("| unpack", r#"{"a":"1"}"#), "");
    assert_eq!(parsed("| unpack", "plain"), "__error__=JSONParserErr");
}

#[test]
fn colours_are_taken_away() {
    assert_eq!(
        line("| decolorize", "\u{1b}[1;31mred\u{1b}[0m \u{1b}[K!"),
        "red !"
    );
    assert_eq!(line("| decolorize", "\u{1b}x"), "\u{1b}x");
}

#[test]
fn labels_tell_where_they_come_from() {
    let mut pipeline = compile(r#"| json | label_format app="new", n=m"#).unwrap();
    let made = run(&mut pipeline, r#"{"a":1}"#).unwrap().labels;
    assert_eq!(*made.stream, labels(&[]));
    assert_eq!(made.metadata, labels(&[]));
    assert_eq!(
        made.parsed,
        labels(&[("a", "1"), ("app", "new"), ("n", "meta")])
    );
    assert_eq!(
        made.merged(),
        labels(&[("a", "1"), ("app", "new"), ("n", "meta")])
    );
    let kept = run(&mut compile("| json | keep m").unwrap(), "x")
        .unwrap()
        .labels;
    assert_eq!(kept.metadata, labels(&[("m", "meta")]));
    assert_eq!(kept.parsed.len(), 2, "an error is always kept");
    assert!(kept.stream.is_empty());
}

#[test]
fn metadata_named_like_a_label_has_another_name() {
    let stream = std::sync::Arc::new(labels(&[("app", "s")]));
    let metadata = labels(&[("app", "m"), ("empty", "")]);
    let entry = super::Entry {
        timestamp_ns: 0,
        line: "x",
        metadata: &metadata,
    };
    let mut pipeline = compile(r#"| app="s" | app_extracted="m""#).unwrap();
    let made = pipeline.process(&stream, &entry).unwrap().labels;
    assert_eq!(made.metadata, labels(&[("app_extracted", "m")]));
    assert!(
        std::sync::Arc::ptr_eq(&made.stream, &stream),
        "nothing is copied"
    );
}

#[test]
fn durations_sizes_and_addresses_are_compared() {
    let json = r#"{"d":"1h30m","s":"1.5MB","i":"10.1.2.3","e":"x"}"#;
    for (filter, passes) in [
        ("d > 1h", true),
        ("d = 90m", true),
        ("s < 1MiB", false),
        ("s >= 1.5MB", true),
        ("i = ip(`10.0.0.0/8`)", true),
        ("i != ip(`10.0.0.0/8`)", false),
        ("absent = ip(`10.0.0.0/8`)", false),
        ("absent != ip(`10.0.0.0/8`)", false),
        ("d > 1h and s > 1MB", true),
        ("d > 2h or e = `x`", true),
        ("e > 1h", true),
    ] {
        let found = parsed(&format!("| json | {filter}"), json) != "-";
        assert_eq!(found, passes, "{filter}");
    }
}
