//! Loki's faults, each by its name.

use super::{compile, line, parsed, passing, run};

#[test]
fn numeric_filters_pass_what_is_no_number_and_mark_it() {
    for (value, result) in [
        ("\"1\"", "-"),
        ("\"200\"", "s=200"),
        ("\"abc\"", "__error__=LabelFilterErr s=abc"),
        ("\"\"", "__error__=LabelFilterErr s="),
        ("\"inf\"", "s=inf"),
        ("\"1_000\"", "s=1_000"),
        ("\"0x10\"", "__error__=LabelFilterErr s=0x10"),
        ("1e999", "__error__=LabelFilterErr s=1e999"),
    ] {
        let json = format!("{{\"s\":{value}}}");
        assert_eq!(parsed("| json s=\"s\" | s > 100", &json), result, "{value}");
    }
}

#[test]
fn numeric_filters_pass_a_missing_field_that_an_expression_names() {
    let missing = r#"{"other":1}"#;
    let marked = "__error__=LabelFilterErr s=";
    assert_eq!(parsed(r#"| json s="s" | s > 100"#, missing), marked);
    assert_eq!(parsed("| json | s > 100", missing), "-");
}

#[test]
fn an_expression_that_only_loki_can_run_says_so() {
    let half = r"`[\x{D800}]`";
    for stages in [
        format!("|~ {half}"),
        format!("| a=~{half}"),
        format!("| drop a=~{half}"),
        r"| regexp `(?P<a>[\x{D800}])`".to_owned(),
    ] {
        let problem = compile(&stages).unwrap_err().0;
        assert!(
            problem.contains("not in the embedded Loki: "),
            "{stages}: {problem}"
        );
    }
}

#[test]
fn minus_nothing_is_a_duration() {
    let found = |json| parsed(r#"| json | a > -0 | __error__="""#, json);
    assert_eq!(found(r#"{"a":"1"}"#), "-");
    assert_eq!(found(r#"{"a":"1h"}"#), "a=1h");
    assert_eq!(
        parsed("| json | a > 0 | __error__=``", r#"{"a":"1"}"#),
        "a=1"
    );
}

#[test]
fn a_comparison_with_a_missing_operand_marks_the_line_by_the_order_of_operands() {
    let stages = |first, second| {
        format!(r#"| json a="a", b="b" | {first} > 100 or {second} > 100 | __error__="""#)
    };
    let only_b = r#"{"b":200}"#;
    assert_eq!(parsed(&stages("a", "b"), only_b), "-");
    assert_eq!(parsed(&stages("b", "a"), only_b), "a= b=200");
}

#[test]
fn an_expression_that_matches_nothing_at_all_passes_absent_labels() {
    for expression in [".*", "(?i)()", ""] {
        let stages = format!("| absent=~`{expression}`");
        assert_eq!(passing(&stages, &["x"]), ["x"], "{expression}");
    }
    assert_eq!(passing("| absent=~`.*|x`", &["x"]), [""; 0]);
}

#[test]
fn label_filters_with_a_shared_beginning_are_searches() {
    let lines = [r#"{"x":"foobar"}"#, r#"{"x":"a foobar"}"#, r#"{"x":"foo"}"#];
    let found = |expression: &str| passing(&format!("| json | x=~`{expression}`"), &lines).len();
    assert_eq!(found("foo(bar|x)"), 2);
    assert_eq!(found("foobar|foo"), 3);
    assert_eq!(found(".*bar"), 2);
    assert_eq!(found("foobar|zz"), 1);
    assert_eq!(found("^(?:foo(?:bar|x))$"), 1);
}

#[test]
fn a_dot_matches_no_newline_in_label_filters() {
    let json = r#"{"x":"a\nb"}"#;
    assert_eq!(parsed("| json | x=~`a.b`", json), "-");
    assert_eq!(parsed("| json | x=~`(?s)a.b`", json), "x=a\nb");
}

#[test]
fn alternatives_that_are_empty_are_left_out_by_line_filters() {
    let lines = ["foo", "bar", ""];
    assert_eq!(passing("|~ `foo|`", &lines), ["foo"]);
    assert_eq!(passing("|~ `foo|.*`", &lines), ["foo"]);
    assert_eq!(passing("!~ `foo|`", &lines), ["bar", ""]);
    assert_eq!(passing("|= `foo` or ``", &lines), ["foo"]);
    assert_eq!(passing("!= `foo` or ``", &lines), [""; 0]);
    assert_eq!(passing("|~ `foo|\\z?`", &lines), lines);
    // What they begin with alike is an expression of its own, and then nothing is left out.
    assert_eq!(passing("|~ `foo|fox|`", &lines), lines);
}

#[test]
fn line_filters_compare_the_first_byte_of_letters_in_any_case() {
    let lines = ["σ", "Σ", "aς", "aΣ", "é", "É", "k", "\u{212a}"];
    assert_eq!(passing("|~ `(?i)σ`", &lines), ["σ"]);
    assert_eq!(passing("|~ `(?i)aσ`", &lines), ["aΣ"]);
    assert_eq!(passing("|~ `(?i)É`", &lines), ["é", "É"]);
    assert_eq!(passing("|~ `(?i)k`", &lines), ["k"]);
    assert_eq!(passing("|~ `(?i)σ\\z?`", &lines), ["σ", "Σ", "aς", "aΣ"]);
    assert_eq!(passing("|~ `(?i)k\\z?`", &lines), ["k", "\u{212a}"]);
}

#[test]
fn a_plus_of_anything_is_any_text_even_a_newline() {
    assert_eq!(passing("|~ `.+`", &["", "\n", "a"]), ["\n", "a"]);
    assert_eq!(passing("|~ `^.+$`", &["", "\n", "a"]), ["a"]);
}

#[test]
fn an_address_among_alternatives_is_a_text() {
    let lines = ["10.1.2.3", "10.1.2.300", "x"];
    assert_eq!(passing("|= ip(`10.1.2.3`)", &lines), ["10.1.2.3"]);
    let both = ["10.1.2.3", "10.1.2.300", "x"];
    assert_eq!(passing("|= ip(`10.1.2.3`) or `x`", &lines), both);
}

#[test]
fn a_broken_expression_of_a_line_filter_is_told_with_the_filters_beside_it() {
    let problem = |stages| compile(stages).unwrap_err().0;
    assert_eq!(
        problem("|= `a` |~ `(`"),
        "parse error : stage '|= \"a\" |~ \"(\"' : error parsing regexp: missing closing ): `(`"
    );
    assert_eq!(
        problem("|= ip(`bad`)"),
        "parse error : stage '|= ip(\"bad\")' : ip: invalid pattern: \"bad\""
    );
}

#[test]
fn patterns_of_filters_begin_anywhere_and_their_captures_are_not_empty() {
    let lines = ["foo bar", "a bar", "bar", "bar baz"];
    assert_eq!(passing("|> `<_>bar`", &lines), ["foo bar", "a bar"]);
    assert_eq!(passing("|> `oo <_>`", &lines), ["foo bar"]);
    assert_eq!(passing("|> `bar`", &lines), ["foo bar", "a bar", "bar"]);
    for (pattern, problem) in [
        ("<x> bar", "named captures are not allowed: found '<x>'"),
        (
            "<_><_>",
            "found consecutive capture '<_><_>': invalid expression",
        ),
    ] {
        let error = compile(&format!("|> `{pattern}`")).unwrap_err().0;
        assert!(error.ends_with(problem), "{error}");
    }
}

#[test]
fn a_name_that_is_taken_is_extracted_beside_it() {
    let json = r#"{"app":"x","m":"y"}"#;
    let both = "app_extracted=x m_extracted=y";
    assert_eq!(parsed("| json", json), both);
    assert_eq!(parsed(r#"| json app="app" | app="x""#, json), "-");
    assert_eq!(
        parsed(r#"| json app="app" | app="s""#, json),
        "app_extracted=x"
    );
    // Dropping the label does not help, dropping metadata does.
    assert_eq!(parsed("| drop app, m | json", json), "app_extracted=x m=y");
}

#[test]
fn filters_on_a_field_are_asked_as_soon_as_it_is_found() {
    let lines = [r#"{"a":"1"}"#, r#"{"a":"9"}"#, r#"{"b":"1"}"#];
    let found = |stages| passing(stages, &lines);
    let expected = [r#"{"a":"9"}"#, r#"{"b":"1"}"#];
    assert_eq!(found(r#"| json | label_format a="9" | a="9""#), expected);
    assert_eq!(found(r#"| a="" | json"#), [r#"{"b":"1"}"#]);
    assert_eq!(found(r#"| json | drop a | a="""#), [r#"{"b":"1"}"#]);
    // Not where the filter has several conditions or the parser expressions.
    let with_or = r#"| json | label_format a="9" | a="9" or a="8""#;
    assert_eq!(found(with_or), lines);
    assert_eq!(found(r#"| json a="a" | drop a | a="""#), lines);
}

#[test]
fn a_field_that_was_dropped_is_not_extracted_again() {
    let json = r#"{"a":"1","b":"2"}"#;
    assert_eq!(parsed("| json | drop a | json", json), "b=2");
    assert_eq!(
        parsed(r#"| label_format a="x" | drop a | json"#, json),
        "b=2"
    );
    assert_eq!(parsed("| drop a | json", json), "a=1 b=2");
    assert_eq!(parsed(r#"| json | drop a | json a="b""#, json), "a=2 b=2");
}

#[test]
fn an_error_stays_until_it_is_dropped_and_its_description_apart() {
    let mut pipeline = compile("| json | drop __error__").unwrap();
    let labels = run(&mut pipeline, "no json").unwrap().labels;
    assert_eq!(labels.parsed.len(), 1);
    assert_eq!(labels.parsed[0].0, "__error_details__");
    let both = "| json | drop __error__, __error_details__";
    let labels = run(&mut compile(both).unwrap(), "no json").unwrap().labels;
    assert!(labels.parsed.is_empty());
    // A filter does not see the description.
    assert_eq!(
        passing(r#"| json | __error_details__!="""#, &["no json"]),
        [""; 0]
    );
    assert_eq!(passing("| json | __error__=`JSONParserErr`", &["x"]), ["x"]);
}

#[test]
fn label_format_takes_effect_only_where_its_source_is() {
    assert_eq!(parsed("| label_format app=absent", "x"), "");
    assert_eq!(parsed("| label_format app=m", "x"), "app=meta");
    assert_eq!(
        parsed("| json | label_format a=b", r#"{"a":"1","b":""}"#),
        "a="
    );
    assert_eq!(parsed("| json | label_format a=a", r#"{"a":"1"}"#), "");
    // Templates see the labels as they were at the first of them.
    let swap = r#"| label_format m="{{.app}}", app="{{.m}}""#;
    assert_eq!(parsed(swap, "x"), "app=meta m=s");
    let renamed = r#"| label_format b=m, c="{{.b}}""#;
    assert_eq!(parsed(renamed, "x"), "b=meta c=meta");
}

#[test]
fn logfmt_with_keys_takes_the_last_and_without_the_first() {
    let pairs = "a=1 a=4 x=5";
    assert_eq!(parsed("| logfmt", pairs), "a=1 x=5");
    assert_eq!(parsed(r#"| logfmt a="a""#, pairs), "a=4");
    // A label's own name counts as a key, and a name that is taken gets the first.
    assert_eq!(parsed(r#"| logfmt x="a""#, pairs), "x=5");
    assert_eq!(parsed(r#"| logfmt app="a""#, pairs), "app_extracted=1");
    assert_eq!(parsed(r#"| logfmt a_b="a_b""#, "a.b=1"), "a_b=1");
}

#[test]
fn invalid_characters_become_blanks_and_in_keys_of_logfmt_nothing() {
    assert_eq!(parsed("| json", "{\"a\":\"x\u{fffd}y\"}"), "a=x y");
    assert_eq!(parsed("| logfmt", "a=x\u{fffd}y"), "a=x y");
    assert_eq!(parsed("| logfmt a", "a=x\u{fffd}y"), "a=");
}

#[test]
fn single_quotes_are_no_quotes() {
    let result = "level=info msg='single x=1";
    assert_eq!(
        parsed("| logfmt", "level=info msg='single quoted' x=1"),
        result
    );
}

#[test]
fn a_line_format_is_forgotten_by_no_parser() {
    let stages = r#"| json | line_format "x" | json"#;
    assert_eq!(line(stages, r#"{"a":1}"#), "x");
    assert_eq!(parsed(stages, r#"{"a":1}"#), "__error__=JSONParserErr a=1");
}
