//! No line, template or expression makes a pipeline panic.

use proptest::prelude::*;

use super::{compile, compile_numbers, run, sample};
use crate::pipeline::template::Template;
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

proptest! {
    #[test]
    fn lines(line in nasty()) {
        for stages in STAGES {
            run(&mut compile(stages).unwrap(), &line);
            let query = format!("sum by (a, c) (sum_over_time(@ {stages} | unwrap duration(b) [1m]))");
            sample(&mut compile_numbers(&query), &line);
        }
    }

    #[test]
    fn templates(template in nasty(), inside in nasty(), line in nasty()) {
        for text in [template, format!("{{{{{inside}}}}}")] {
            let assignment = LabelFormat::Template { to: "x".to_owned(), template: text.clone() };
            for stage in [Stage::LineFormat(text.clone()), Stage::LabelFormat(vec![assignment])] {
                if let Ok(mut pipeline) = super::Pipeline::for_lines(&[stage]) {
                    run(&mut pipeline, &line);
                }
            }
        }
    }

    #[test]
    fn actions(
        words in prop::collection::vec(prop::sample::select(vec![
            "lower", "trunc", "substr", "printf", "index", "slice", "repeat", "round", "toDate",
            "date", "unixToTime", "alignLeft", "b64dec", "urldecode", "fromJson", "div", "divf",
            "-1", "0", "3", "1.5", "\"%5.2f|%-3d|%q\"", "\"é订\"", "\"2006-01-02 .000\"", "__line__",
            "__timestamp__", "|", "(", ")", ".x", "$", "nil", "and", "eq", "len",
        ]), 1..8),
        line in nasty(),
    ) {
        let template = format!("{{{{ {} }}}}", words.join(" "));
        if let Ok(mut pipeline) = super::Pipeline::for_lines(&[Stage::LineFormat(template)]) {
            run(&mut pipeline, &line);
        }
    }

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

    #[test]
    fn nested_json(depth in 1_usize..3000) {
        let line = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        run(&mut compile("| json").unwrap(), &line);
        let template = format!("{}.x{}", "(".repeat(depth), ")".repeat(depth));
        let _ = Template::new("line", &format!("{{{{{template}}}}}"));
    }
}
