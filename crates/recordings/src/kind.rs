//! What kinds of things a request asks for: its path with its parameters, and every two steps of its LogQL that
//! stand side by side, without texts, figures and names.
//!
//! A step is a selector, a stage of a pipeline, a function, a grouping, an operator; which signs and words it has
//! counts, not how often: the number of ids, fields and alternatives of a question makes no kind of its own.

use std::collections::BTreeSet;

use crate::exchange::Request;

/// Words of LogQL that say what a query does; every other word is a name.
const WORDS: &[&str] = &[
    "absent_over_time",
    "and",
    "approx_topk",
    "avg",
    "avg_over_time",
    "bool",
    "bottomk",
    "by",
    "bytes",
    "bytes_over_time",
    "bytes_rate",
    "count",
    "count_over_time",
    "decolorize",
    "drop",
    "duration",
    "duration_seconds",
    "first_over_time",
    "group_left",
    "group_right",
    "ignoring",
    "ip",
    "json",
    "keep",
    "label_format",
    "label_replace",
    "last_over_time",
    "line_format",
    "logfmt",
    "max",
    "max_over_time",
    "min",
    "min_over_time",
    "offset",
    "on",
    "or",
    "pattern",
    "quantile_over_time",
    "rate",
    "rate_counter",
    "regexp",
    "sort",
    "sort_desc",
    "stddev",
    "stddev_over_time",
    "stdvar",
    "stdvar_over_time",
    "sum",
    "sum_over_time",
    "topk",
    "unless",
    "unpack",
    "unwrap",
    "vector",
    "without",
    "__error__",
    "__error_details__",
];

/// The kinds of things that a request asks for.
pub fn kinds(request: &Request) -> BTreeSet<String> {
    let path: Vec<&str> = request.path.split('/').collect();
    let before = |index: usize| {
        index
            .checked_sub(1)
            .and_then(|index| path.get(index).copied())
    };
    let path = path
        .iter()
        .enumerate()
        .map(|(index, part)| match before(index) {
            Some("label" | "detected_field") => "*",
            _ => part,
        });
    let path = path.collect::<Vec<_>>().join("/");
    let mut names: Vec<&str> = request
        .params
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let flags = if request.categorize {
        " categorize"
    } else {
        ""
    };
    let mut kinds = BTreeSet::from([format!("{path}{flags} {}", names.join(","))]);
    let queries = request
        .params
        .iter()
        .filter(|(name, _)| name == "query" || name == "match[]");
    for (_, query) in queries {
        let steps = steps(&tokens(query));
        let first = steps.first().map(|first| format!("^ {first}"));
        kinds.extend(first);
        kinds.extend(steps.windows(2).map(|pair| pair.join(" → ")));
    }
    kinds
}

/// The steps of a query, each as the signs and words that it has.
fn steps(tokens: &[String]) -> Vec<String> {
    let mut steps: Vec<BTreeSet<&str>> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let previous = index
            .checked_sub(1)
            .and_then(|at| tokens.get(at))
            .map_or("", String::as_str);
        let next = tokens.get(index + 1).map_or("", String::as_str);
        if begins_step(previous, token, next) || steps.is_empty() {
            steps.push(BTreeSet::new());
        }
        if let Some(step) = steps.last_mut() {
            step.insert(token);
        }
    }
    let text = |step: BTreeSet<&str>| {
        let words = step
            .into_iter()
            .filter(|word| !["(", ")", "n", ",", "\"…\""].contains(word));
        words.collect::<Vec<_>>().join(" ")
    };
    steps
        .into_iter()
        .map(text)
        .filter(|step| !step.is_empty())
        .collect()
}

fn begins_step(previous: &str, token: &str, next: &str) -> bool {
    match token {
        "{" | "|" | "|=" | "|~" | "|>" | "!>" => true,
        // Behind a name these compare a label; else they filter lines.
        "!=" | "!~" => previous != "n" && !WORDS.contains(&previous),
        "by" | "without" | "offset" | "on" | "ignoring" | "group_left" | "group_right" => true,
        // Of label filters they are part of the stage.
        "or" | "and" | "unless" | "/" | "*" | "+" | "-" => {
            previous == ")" && next != "n" && next != "("
        }
        word => next == "(" && WORDS.contains(&word),
    }
}

fn tokens(query: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '"' | '`' => text(rest, first),
            c if c.is_whitespace() => (None, c.len_utf8()),
            c if c.is_ascii_digit() => (
                Some("0".to_owned()),
                run(rest, |c| c.is_ascii_alphanumeric() || c == '.'),
            ),
            c if c.is_alphabetic() || c == '_' => {
                let length = run(rest, |c| c.is_alphanumeric() || c == '_');
                let word = rest.get(..length).unwrap_or_default();
                let is_known = WORDS.contains(&word);
                (Some(if is_known { word } else { "n" }.to_owned()), length)
            }
            _ => {
                let length = run(rest, |c| "=!~<>|".contains(c))
                    .clamp(1, 2)
                    .max(first.len_utf8());
                (rest.get(..length).map(ToOwned::to_owned), length)
            }
        };
        tokens.extend(token);
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// A quoted text; of a template the functions are kept.
fn text(rest: &str, quote: char) -> (Option<String>, usize) {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped && quote == '"';
        ends
    });
    let length = end.map_or(rest.len(), |(at, _)| at + 1);
    let inside = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
    let token = if inside.contains("{{") {
        template(inside)
    } else {
        "\"…\"".to_owned()
    };
    (Some(token), length)
}

fn template(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split("{{").enumerate() {
        if index == 0 {
            continue;
        }
        let code = part.split("}}").next().unwrap_or_default();
        let words = code.split_whitespace().map(|word| {
            let word = word.trim_matches(['(', ')']);
            let is_function = word.starts_with(|c: char| c.is_ascii_alphabetic());
            if is_function { word } else { "." }
        });
        out.push_str(&words.collect::<Vec<_>>().join(" "));
        out.push(';');
    }
    format!("{{{{{out}}}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> BTreeSet<String> {
        kinds(&Request {
            path: "/loki/api/v1/query".to_owned(),
            params: vec![("query".to_owned(), query.to_owned())],
            categorize: false,
            tenant: None,
        })
    }

    #[test]
    fn texts_figures_and_names_make_no_kind() {
        let a = of(r#"{job="a", x=~"b|c"} |= "id" | json _1="a.b" | _1="x" or _1="y""#);
        let b =
            of(r#"{service=~"z", q="c"} |= `i"d` | json k="c", l="d" | k="1" or z="2" or k="3""#);
        assert_eq!(a, b);
        let sum = of("sum by (a, b) (rate({a=\"b\"}[5m]))");
        assert_eq!(sum, of("sum by (c) (rate({z=\"\\\"\"}[1h30m]))"));
    }

    #[test]
    fn what_is_done_and_in_which_order_makes_a_kind() {
        let queries = [
            r#"{a="b"} |= "x""#,
            r#"{a="b"} != "x""#,
            r#"{a="b"} | json"#,
            r#"{a="b"} | logfmt"#,
            r#"{a="b"} | x > 5"#,
            r#"{a="b"} | x >= 5"#,
            r#"{a="b"} | x != "5""#,
            r#"{a="b"} | json | x != "5""#,
            r#"{a="b"} | x != "5" | json"#,
            r#"rate({a="b"}[5m])"#,
            r#"sum(rate({a="b"}[5m]))"#,
            r#"{a="b"} | label_format x="{{ lower .y }}""#,
            r#"{a="b"} | label_format x="{{ upper .y }}""#,
        ];
        let different: BTreeSet<BTreeSet<String>> = queries.iter().map(|query| of(query)).collect();
        assert_eq!(different.len(), queries.len());
    }

    #[test]
    fn paths_and_parameters_count() {
        let asked = |path: &str, names: &[&str]| {
            let names = names.iter();
            kinds(&Request {
                path: path.to_owned(),
                params: names
                    .map(|name| ((*name).to_owned(), "1".to_owned()))
                    .collect(),
                categorize: false,
                tenant: None,
            })
        };
        let values = |label: &str| asked(&format!("/loki/api/v1/label/{label}/values"), &["start"]);
        assert_eq!(values("a"), values("b"));
        assert_ne!(asked("/a", &["x"]), asked("/a", &["x", "y"]));
        assert_eq!(asked("/a", &["y", "x"]), asked("/a", &["x", "y"]));
    }
}
