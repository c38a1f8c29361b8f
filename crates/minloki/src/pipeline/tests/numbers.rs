//! Samples, and what parsers leave out for them.

use super::{compile_numbers, sample};

/// Returns the sample of a line as `value {name=value …}`, with `!` before it where the query fails, and
/// `-` where there is none.
fn sampled(query: &str, line: &str) -> String {
    let Some(sample) = sample(&mut compile_numbers(query), line) else {
        return "-".to_owned();
    };
    let labels = sample.labels.iter();
    let labels = labels.filter(|(name, _)| name != "__error_details__");
    let shown: Vec<_> = labels
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if sample.failed { "!" } else { "" };
    format!("{mark}{} {{{}}}", sample.value, shown.join(" "))
}

#[test]
fn lines_bytes_and_labels_are_measured() {
    for (query, result) in [
        ("count_over_time(@ [1m])", "1 {app=s}"),
        ("bytes_over_time(@ [1m])", "37 {app=s}"),
        ("bytes_over_time(@ | line_format `é` [1m])", "2 {app=s}"),
        ("sum_over_time(@ | json | keep a | unwrap a [1m])", "1.5 {}"),
        (
            "sum_over_time(@ | json | keep d | unwrap duration(d) [1m])",
            "90 {}",
        ),
        (
            "sum_over_time(@ | json | keep s | unwrap bytes(s) [1m])",
            "2000 {}",
        ),
        (
            "sum by (a) (sum_over_time(@ | json | unwrap a [1m]))",
            "1.5 {a=1.5}",
        ),
        ("sum_over_time(@ | json | unwrap absent [1m])", "-"),
        (
            "sum_over_time(@ | json | keep s | unwrap s [1m])",
            "!0 {__error__=SampleExtractionErr s=2KB}",
        ),
        (
            "sum_over_time(@ | json | keep s | unwrap s | __error__=`` [1m])",
            "-",
        ),
        ("sum_over_time(@ | json | unwrap a | a > 2 [1m])", "-"),
    ] {
        let json = r#"{"a":"1.5","d":"1m30s","s":"2KB","b"}"#.replace(",\"b\"", "");
        let json = format!("{json}    ");
        assert_eq!(sampled(query, &json), result, "{query}");
    }
}

#[test]
fn groups_keep_what_is_there() {
    let json = r#"{"a":"1","b":""}"#;
    for (query, result) in [
        (
            "sum by (app, a, b, c) (count_over_time(@ | json [1m]))",
            "1 {a=1 app=s b=}",
        ),
        (
            "sum without (app, a) (count_over_time(@ | json [1m]))",
            "1 {}",
        ),
        ("sum (count_over_time(@ | json [1m]))", "1 {}"),
        ("count_over_time(@ | json [1m])", "1 {a=1 app=s b=}"),
        (
            "max_over_time(@ | json | unwrap a [1m]) by (app)",
            "1 {app=s}",
        ),
    ] {
        assert_eq!(sampled(query, json), result, "{query}");
    }
}

#[test]
fn empty_labels_get_lost_behind_drop() {
    let json = r#"{"a":"1","b":""}"#;
    for (query, result) in [
        ("count_over_time(@ | json | drop zz [1m])", "1 {a=1 app=s}"),
        ("count_over_time(@ | json | keep a, b [1m])", "1 {a=1}"),
        (
            "count_over_time(@ | json | label_format z=a [1m])",
            "1 {app=s z=1}",
        ),
        (
            "count_over_time(@ | json | label_format z=`` [1m])",
            "1 {a=1 app=s b= z=}",
        ),
        (
            "sum by (b) (count_over_time(@ | json | drop zz [1m]))",
            "1 {b=}",
        ),
    ] {
        assert_eq!(sampled(query, json), result, "{query}");
    }
}

#[test]
fn a_name_that_was_taken_away_never_comes_back_in_a_group() {
    let json = r#"{"a":"1"}"#;
    let query = |stage: &str| {
        format!("sum by (a) (count_over_time(@ | json | {stage} | label_format a=`q` [1m]))")
    };
    assert_eq!(sampled(&query("drop a"), json), "1 {}");
    assert_eq!(sampled(&query("keep app"), json), "1 {}");
    assert_eq!(sampled(&query("label_format z=a"), json), "1 {}");
    assert_eq!(sampled(&query("drop a"), r#"{"b":"1"}"#), "1 {a=q}");
    let unwrapped =
        "sum by (app) (sum_over_time(@ | json | drop a | label_format a=`5` | unwrap a [1m]))";
    assert_eq!(sampled(unwrapped, json), "5 {app=s}");
}

#[test]
fn parsers_end_when_they_have_all_that_is_named() {
    let cut = r#"{"a":"1","b":"2","c":"#;
    for (query, result) in [
        ("sum by (a) (count_over_time(@ | json [1m]))", "1 {a=1}"),
        (
            "sum by (c) (count_over_time(@ | json [1m]))",
            "!1 {__error__=JSONParserErr app=s}",
        ),
        ("sum (count_over_time(@ | json | b=`2` [1m]))", "1 {}"),
        ("sum (count_over_time(@ | json [1m]))", "1 {}"),
        (
            "count_over_time(@ | json [1m])",
            "!1 {__error__=JSONParserErr a=1 app=s b=2}",
        ),
        (
            "sum without (a) (count_over_time(@ | json [1m]))",
            "!1 {__error__=JSONParserErr a=1 app=s b=2}",
        ),
        // A template that does not name a label by a dot does not see it.
        (
            "sum by (d) (count_over_time(@ | json | label_format d=`{{index . \"a\"}}` | b=`2` | drop __error__ [1m]))",
            "1 {d=}",
        ),
        (
            "sum by (d) (count_over_time(@ | json | label_format d=`{{.a}}` | b=`2` | drop __error__ [1m]))",
            "1 {d=1}",
        ),
    ] {
        assert_eq!(sampled(query, cut), result, "{query}");
    }
    let nested = r#"{"n":{"x":tru},"a":"3"}"#;
    assert_eq!(
        sampled(
            "sum by (a) (count_over_time(@ | json | a=`3` | __error__=`` [1m]))",
            nested
        ),
        "1 {a=3}"
    );
}

#[test]
fn a_renamed_key_of_logfmt_is_read_only_where_the_query_names_it() {
    let query =
        |stages: &str| format!("sum by (k) (count_over_time(@ | logfmt k=\"a\"{stages} [1m]))");
    assert_eq!(sampled(&query(""), "a=1"), "1 {k=}");
    assert_eq!(sampled(&query(" | a=``"), "a=1"), "1 {k=1}");
    assert_eq!(sampled(&query(", a=\"c\""), "a=1"), "1 {k=1}");
    assert_eq!(
        sampled("count_over_time(@ | logfmt k=\"a\" [1m])", "a=1"),
        "1 {app=s k=1}"
    );
}

#[test]
fn a_query_that_groups_and_names_the_error_does_not_fail() {
    for (query, result) in [
        (
            "sum by (a) (count_over_time(@ | json | __error__!=`zz` [1m]))",
            "1 {}",
        ),
        (
            "sum by (__error__) (count_over_time(@ | json [1m]))",
            "1 {__error__=JSONParserErr}",
        ),
        (
            "sum without (a) (count_over_time(@ | json | __error__!=`zz` [1m]))",
            "!1 {__error__=JSONParserErr app=s}",
        ),
        (
            "count_over_time(@ | json | drop __error__, __error_details__ [1m])",
            "1 {app=s}",
        ),
    ] {
        assert_eq!(sampled(query, "no json"), result, "{query}");
    }
}

#[test]
fn an_idle_line_format_is_not_run() {
    for (query, result) in [
        (
            "count_over_time(@ | line_format `Q` | label_format d=`{{__line__}}` [1m])",
            "1 {app=s d=x}",
        ),
        (
            "bytes_over_time(@ | line_format `Q` | label_format d=`{{__line__}}` [1m])",
            "1 {app=s d=Q}",
        ),
        (
            "count_over_time(@ | line_format `Q` |= `Q` [1m])",
            "1 {app=s}",
        ),
    ] {
        assert_eq!(sampled(query, "x"), result, "{query}");
    }
}

#[test]
fn filters_are_asked_early_only_where_no_label_is_grouped_by() {
    let json = r#"{"a":"9","c":"0"}"#;
    let query = |around: &str, filters: &str| {
        format!("{around} (count_over_time(@ | json | label_format a=`1` | a=`1`{filters} [1m]))")
    };
    assert_eq!(sampled(&query("sum by (c)", ""), json), "1 {c=0}");
    assert_eq!(sampled(&query("sum", " | c=`0`"), json), "-");
    // What `json` finds last is not asked.
    assert_eq!(sampled(&query("sum", ""), json), "1 {}");
    assert_eq!(sampled(&query("sum", " | __error__=``"), json), "-");
}
