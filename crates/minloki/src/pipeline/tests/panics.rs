//! No line, template or expression makes a pipeline panic.

use std::cell::RefCell;

use proptest::prelude::*;

use super::{Pipeline, compile, compile_numbers, run, sample};
use crate::syntax::{LabelFormat, Stage};

/// Text made of what parsers look at.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", "\"", "\\", ":", ",", "=", " ", "\n", "a", "b", "1", "-", ".", "null",
        "true", "\\u", "\\ud83d", "\\ude00", "00e9", "é", "订", "\u{fffd}", "\u{1b}[", "31m", "m",
        "<", ">", "_", "(", ")", "|", "?", "*", "10.1.2.3", "::1", "/", "{{", "}}", "$", "x",
    ]);
    prop_oneof![
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

const WORDS: &[&str] = &[
    "lower",
    "trunc",
    "substr",
    "printf",
    "index",
    "slice",
    "repeat",
    "round",
    "toDate",
    "date",
    "unixToTime",
    "alignLeft",
    "b64dec",
    "urldecode",
    "fromJson",
    "div",
    "divf",
    "-1",
    "0",
    "3",
    "1.5",
    "\"%5.2f|%-3d|%q\"",
    "\"é订\"",
    "\"2006-01-02 .000\"",
    "__line__",
    "__timestamp__",
    "|",
    "(",
    ")",
    ".x",
    "$",
    "nil",
    "and",
    "eq",
    "len",
];

const STAGES: &[&str] = &[
    "| json",
    "| json x=\"a.b[0].c\", y=\"[0][1]\", z=\"[\\\"a.b\\\"]\"",
    "| logfmt",
    "| logfmt --strict --keep-empty",
    "| logfmt x=\"a\", b",
    "| unpack",
    "| regexp `(?P<a>.)(?P<b>\\d*)(?:\\B(?P<c>é))?`",
    "| pattern `<a> <b>\"<c>`",
    "| decolorize",
    "| json | a > 1 or b < 2h | label_format a=b, c=`{{.a}}{{trunc 2 .b}}{{substr 1 2 .c}}`",
    "| line_format `{{regexReplaceAll \"\\\\B\" __line__ \"-\"}}{{title __line__}}{{fromJson __line__}}`",
    "|~ `(?i)é` or `a|` |> `<_>a<_>` != ip(`10.0.0.0/8`)",
    "| json | keep a | drop b=~`.*` | a=ip(`::/0`) | a=~`(?i)É|b`",
];

/// Fewer than usual: expressions are compiled anew for each.
fn few() -> ProptestConfig {
    ProptestConfig::with_cases(48)
}

#[test]
fn lines() {
    let numbers = |stages: &&str| {
        compile_numbers(&format!(
            "sum by (a, c) (sum_over_time(@ {stages} | unwrap duration(b) [1m]))"
        ))
    };
    let of_lines = STAGES.iter().map(|stages| compile(stages).unwrap());
    let of_lines = RefCell::new(of_lines.collect::<Vec<_>>());
    let of_numbers = RefCell::new(STAGES.iter().map(numbers).collect::<Vec<_>>());
    proptest!(|(line in nasty())| {
        for pipeline in of_lines.borrow_mut().iter_mut() {
            run(pipeline, &line);
        }
        for pipeline in of_numbers.borrow_mut().iter_mut() {
            sample(pipeline, &line);
        }
    });
}

proptest! {
    #[test]
    fn templates(template in nasty(), inside in nasty(), line in nasty()) {
        for text in [template, format!("{{{{{inside}}}}}")] {
            let to = "x".to_owned();
            let assignment = LabelFormat::Template { to, template: text.clone() };
            for stage in [Stage::LineFormat(text.clone()), Stage::LabelFormat(vec![assignment])] {
                if let Ok(mut pipeline) = Pipeline::for_lines(&[stage]) {
                    run(&mut pipeline, &line);
                }
            }
        }
    }

    #[test]
    fn actions(
        words in prop::collection::vec(prop::sample::select(WORDS), 1..8),
        line in nasty(),
    ) {
        let template = format!("{{{{ {} }}}}", words.join(" "));
        if let Ok(mut pipeline) = Pipeline::for_lines(&[Stage::LineFormat(template)]) {
            run(&mut pipeline, &line);
        }
    }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn expressions(expression in nasty(), line in nasty()) {
        let quoted = format!("{expression:?}").replace("\\u{", "\\x{");
        for stages in [
            format!("|~ {quoted}"),
            format!("|> {quoted}"),
            format!("| pattern {quoted}"),
            format!("| regexp {quoted}"),
            format!("| x=~{quoted}"),
            format!("| json x={quoted}"),
            format!("| logfmt x={quoted}"),
            format!("|= ip({quoted})"),
        ] {
            if let Ok(mut pipeline) = compile(&stages) {
                run(&mut pipeline, &line);
            }
        }
    }
}

#[test]
fn nesting() {
    for depth in [1, 99, 101, 499, 501, 20_000] {
        let line = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        run(&mut compile("| json").unwrap(), &line);
        let path = format!("| json x=\"a{}\"", ".a".repeat(depth));
        run(&mut compile(&path).unwrap(), &line);
        for (open, close) in [("(", ")"), ("{{if .a}}", "{{end}}")] {
            let inside = format!("{}.x{}", open.repeat(depth), close.repeat(depth));
            for text in [inside.clone(), format!("{{{{{inside}}}}}")] {
                if let Ok(mut pipeline) = Pipeline::for_lines(&[Stage::LineFormat(text)]) {
                    run(&mut pipeline, "{}");
                }
            }
        }
    }
}
