//! Queries, and what `/loki/api/v1/format_query` of a Loki 3.7.6 says about each.

use super::{parse, parsed};
use crate::syntax::pretty;

/// Lines of `[query, status, text]`; the text is the layout or the error.
const RECORDED: &str = include_str!("format_query.jsonl");

fn recorded() -> Vec<(String, u16, String)> {
    let lines = RECORDED.lines();
    let recorded: Vec<_> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(recorded.len() > 500);
    recorded
}

#[test]
fn broken_queries_are_refused_in_loki_s_words() {
    for (query, status, text) in recorded() {
        match parse(&query) {
            Ok(expr) => assert_eq!(
                status, 200,
                "{query} is taken for {expr}, not refused: {text}"
            ),
            Err(error) => assert_eq!((400, &error.to_string()), (status, &text), "{query}"),
        }
    }
}

#[test]
fn queries_are_laid_out_as_loki_does() {
    for (query, status, text) in recorded() {
        if status == 200 {
            assert_eq!(pretty(&parsed(&query)), text, "{query}");
        }
    }
}

#[test]
fn one_line_parses_to_the_same_tree() {
    for (query, status, _) in recorded() {
        if status == 200 {
            let expr = parsed(&query);
            let line = expr.to_string();
            // As text: NaN is not equal to itself.
            assert_eq!(
                format!("{:?}", parsed(&line)),
                format!("{expr:?}"),
                "{query} became {line}"
            );
        }
    }
}
