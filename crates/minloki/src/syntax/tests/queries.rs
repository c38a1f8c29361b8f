//! Rules of the language, one a test, and texts that nobody would write.

use proptest::prelude::*;

use super::{parse, parsed, refused};
use crate::syntax::{
    Expr, LabelFilter, MetricExpr, ParseError, RangeOp, Stage, Unwrap, parse_selector, pretty,
};

fn filter(query: &str) -> LabelFilter {
    let Expr::Log(log) = parsed(query) else {
        panic!("{query} asks for numbers");
    };
    match log.stages.last() {
        Some(Stage::LabelFilter(filter)) => filter.clone(),
        other => panic!("{query} ends with {other:?}"),
    }
}

#[test]
fn a_comma_takes_all_that_follows_and_and_does_not() {
    for (written, meant) in [
        (
            r#"x="1" or y="2" and z="3""#,
            r#"x="1" or (y="2" and z="3")"#,
        ),
        (
            r#"x="1" and y="2" or z="3""#,
            r#"(x="1" and y="2") or z="3""#,
        ),
        (r#"x="1", y="2" or z="3""#, r#"x="1" and (y="2" or z="3")"#),
        (r#"x="1" y="2" or z="3""#, r#"x="1" and (y="2" or z="3")"#),
        (
            r#"x="1" or y="2", z="3" and v="4""#,
            r#"x="1" or (y="2" and (z="3" and v="4"))"#,
        ),
    ] {
        let query = |filters: &str| format!(r#"{{a="b"}} | {filters}"#);
        assert_eq!(filter(&query(written)), filter(&query(meant)), "{written}");
    }
}

#[test]
fn twenty_four_words_cannot_name_labels() {
    let words = "and bool by decolorize drop group_left group_right ignoring json keep label_format \
                 line_format logfmt of offset on or pattern regexp unless unpack unwrap variants without";
    assert_eq!(words.split_whitespace().count(), 24);
    for word in words.split_whitespace() {
        for name in [word.to_owned(), word.to_uppercase()] {
            assert!(
                refused(&format!("{{{name}=\"x\"}}")).contains(&format!("unexpected {word}")),
                "{name}"
            );
            refused(&format!("{{a=\"b\"}} | {name}=\"x\""));
            refused(&format!("sum by ({name}) (rate({{a=\"b\"}}[1m]))"));
        }
    }
    // Functions are names where no parenthesis follows.
    for name in ["rate", "sum", "ip", "bytes", "duration", "vector", "topk"] {
        parsed(&format!("{{{name}=\"x\"}} | {name}=\"x\" | drop {name}"));
    }
}

#[test]
fn nanoseconds_are_a_duration_everywhere_but_in_a_range() {
    assert_eq!(
        refused(r#"rate({a="b"}[5ns])"#),
        r#"parse error at line 0, col 13: unknown unit "ns" in duration "5ns""#
    );
    parsed(r#"rate({a="b"}[5m] offset 5ns)"#);
    assert!(matches!(
        filter(r#"{a="b"} | x > 5ns"#),
        LabelFilter::Duration { value: 5, .. }
    ));
}

#[test]
fn sum_over_time_takes_no_grouping_of_its_own() {
    assert_eq!(
        refused(r#"sum_over_time({a="b"} | unwrap x [5m]) by (l)"#),
        "parse error : grouping not allowed for sum_over_time aggregation"
    );
    parsed(r#"max_over_time({a="b"} | unwrap x [5m]) by (l)"#);
}

#[test]
fn filters_behind_unwrap_belong_to_it() {
    let Expr::Metric(MetricExpr::Range(range)) = parsed(
        r#"max_over_time({a="b"} | json | unwrap duration(x) | __error__="" [5m] offset 1h)"#,
    ) else {
        panic!("not a range aggregation");
    };
    assert_eq!(range.op, RangeOp::MaxOverTime);
    assert_eq!(
        (range.range_ns, range.offset_ns),
        (300_000_000_000, 3_600_000_000_000)
    );
    assert!(matches!(range.lines.stages[..], [Stage::Json(_)]));
    let Some(Unwrap { label, filters, .. }) = range.unwrap else {
        panic!("no unwrap");
    };
    assert_eq!((label.as_str(), filters.len()), ("x", 1));
}

#[test]
fn the_word_unwrap_may_stand_behind_the_range() {
    let before = parsed(r#"rate({a="b"} | json | unwrap x [5m] offset 1m)"#);
    let behind = parsed(r#"rate({a="b"} [5m] offset 1m | json | unwrap x)"#);
    assert_eq!(before, behind);
}

#[test]
fn an_error_of_syntax_comes_before_one_of_sense() {
    assert!(refused(r#"topk(0, rate({a="b"}[5m])) foo"#).contains("unexpected IDENTIFIER"));
    assert!(refused(r#"topk(0, rate({a="b"}[5m]))"#).contains("must be greater than 0"));
    // But for expressions of matchers, which are compiled on the way.
    assert!(refused(r#"{a=~"("} foo"#).contains("missing closing )"));
}

#[test]
fn selectors_are_nothing_but_selectors() {
    assert_eq!(parse_selector(r#"{a="b", c!~"d"}"#).unwrap().len(), 2);
    let words = |error: ParseError| error.to_string();
    assert!(words(parse_selector(r#"{a="b"} |= "x""#).unwrap_err()).contains("unexpected |="));
    assert!(words(parse_selector("{}").unwrap_err()).contains("queries require at least one"));
    assert!(words(parse_selector("").unwrap_err()).contains("unexpected $end"));
}

#[test]
fn what_a_real_loki_takes_and_this_one_does_not_says_so() {
    let deep = format!("{}1{}", "(".repeat(300), ")".repeat(300));
    let long = format!("{{a=\"b\"}} | {}", vec!["x=\"1\""; 2000].join(" or "));
    let commas = format!("{{a=\"b\"}} | {}", vec!["x=\"1\""; 2000].join(", "));
    let variants = r#"variants(rate({a="b"}[1m])) of ({a="b"}[1m])"#;
    for query in [&deep, &long, &commas, variants, r#"{a="b"} |= "\xff""#] {
        assert!(
            refused(query).contains("not in the embedded Loki"),
            "{query:.40}"
        );
    }
}

#[test]
fn long_chains_and_many_stages_are_taken() {
    parsed(&format!(
        "{{a=\"b\"}} | {}",
        vec!["x=\"1\""; 900].join(" or ")
    ));
    parsed(&format!("{{a=\"b\"}}{}", " | json | x > 5".repeat(2000)));
    for (operator, most) in [(" + ", 900), (" ^ ", 150)] {
        let expr = parsed(&vec!["vector(1)"; most].join(operator));
        assert_eq!(parsed(&expr.to_string()), expr);
    }
}

/// Pieces that queries are made of, broken ones among them.
const PIECES: [&str; 64] = [
    "{",
    "}",
    "(",
    ")",
    "[5m]",
    "[",
    "]",
    "a",
    "=",
    "\"b\"",
    "!=",
    "=~",
    "!~",
    ",",
    "|",
    "|=",
    "|~",
    "|>",
    "!>",
    "`x`",
    "\"",
    "json",
    "logfmt",
    "--strict",
    "--keep-empty",
    "regexp",
    "\"(?P<a>.)\"",
    "pattern",
    "\"<a> <_>\"",
    "unpack",
    "line_format",
    "label_format",
    "drop",
    "keep",
    "decolorize",
    "unwrap",
    "duration",
    "bytes(x)",
    "ip(\"::1\")",
    "and",
    "or",
    "unless",
    "5",
    "5.5e3",
    "0x1",
    "1h30m",
    "5KB",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "rate(",
    "quantile_over_time(",
    "sum",
    "by",
    "topk(",
    "offset",
    "on",
    "group_left",
    "#",
];

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(query in any::<String>()) {
        if let Ok(expr) = parse(&query) {
            let _ = (expr.to_string(), pretty(&expr));
        }
    }

    #[test]
    fn no_row_of_tokens_makes_the_parser_panic(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40),
        blanks in any::<bool>(),
    ) {
        let query = pieces.join(if blanks { " " } else { "" });
        if let Ok(expr) = parse(&query) {
            let line = expr.to_string();
            prop_assert_eq!(format!("{:?}", parse(&line)), format!("{:?}", Ok::<_, ParseError>(&expr)));
            let _ = pretty(&expr);
        }
    }

    #[test]
    fn any_string_survives_quoting(text in any::<String>()) {
        let query = format!("{{a=\"b\"}} |= {}", crate::syntax::quote::quote(&text));
        let expr = parsed(&query);
        prop_assert!(parsed(&expr.to_string()) == expr);
        let Expr::Log(log) = &expr else { panic!("{query}") };
        let Some(Stage::LineFilter(filter)) = log.stages.first() else { panic!("{query}") };
        prop_assert_eq!(&filter.alternatives, &[crate::syntax::LineMatch::Text(text)]);
    }
}
