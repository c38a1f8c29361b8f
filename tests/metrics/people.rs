//! Numbers over logs as people's programs write them, worked out by hand.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ginkgo_demo::{Entry, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source};
use crate::check::ask_json;
use crate::corpus::{Corpus, START_NS};
use crate::lines::entry;
use crate::metric::SECOND;
use crate::numbers::Answer;

/// Lines, a second apart; the system, labels, metadata, line.
type Made = (
    System,
    &'static [(&'static str, &'static str)],
    &'static [(&'static str, &'static str)],
    &'static str,
);

use System::{Fastapi, Tskv};

const LINES: &[Made] = &[
    // Levels: of four of these ten lines the level is an error.
    (Fastapi, &[("service", "words")], &[], r#"{"level":"FTL"}"#),
    (
        Fastapi,
        &[("service", "words")],
        &[],
        r#"{"level":"SEVERE"}"#,
    ),
    (
        Fastapi,
        &[("service", "words")],
        &[],
        r#"{"level":"\u001b[31mERROR\u001b[0m"}"#,
    ),
    (Fastapi, &[("service", "words")], &[], r#"{"level":"WRN"}"#),
    (Fastapi, &[("service", "words")], &[], r#"{"level":"INF"}"#),
    (Fastapi, &[("service", "words")], &[], r#"{"level":50.0}"#),
    (Fastapi, &[("service", "words")], &[], r#"{"level":"loud"}"#),
    (
        Fastapi,
        &[("service", "words")],
        &[],
        r#"{"level":"\u001b[36m[quiet]\u001b[0m"}"#,
    ),
    (Fastapi, &[("service", "words")], &[], r#"{"level":"I"}"#),
    (
        Fastapi,
        &[("service", "words")],
        &[("level", "\u{1b}[32mINFO4\u{1b}[0m")],
        "{}",
    ),
    // The same colours in another format, as they are and as Python escapes them.
    (
        Tskv,
        &[("service", "colours")],
        &[],
        "level='\u{1b}[31merror\u{1b}[0m' event='a'",
    ),
    (
        Tskv,
        &[("service", "colours")],
        &[],
        r"level='\x1b[31merror\x1b[0m' event='b'",
    ),
    (Tskv, &[("service", "colours")], &[], "level=50.0 event='c'"),
    (
        Tskv,
        &[("service", "colours")],
        &[],
        "level='info' event='d'",
    ),
    // One number and one truth in several spellings.
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":500,"cached":true,"duration_ms":1}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":"500","cached":"True","duration_ms":2}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":500.0,"cached":1,"duration_ms":3}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":"5e2","cached":"TRUE","duration_ms":4}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":"+0500","cached":false,"duration_ms":5}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":404,"cached":"0","duration_ms":6}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":"none","cached":"maybe","duration_ms":7}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":12345678901234567,"cached":"maybe","duration_ms":8}"#,
    ),
    (
        Fastapi,
        &[("service", "typed")],
        &[],
        r#"{"status_code":12345678901234568,"cached":"maybe","duration_ms":9}"#,
    ),
    // Values inside arrays.
    (
        Fastapi,
        &[("service", "arrays")],
        &[],
        r#"{"exception":[{"exc_type":"ValueError","ms":3},{"exc_type":"OSError"}]}"#,
    ),
    (
        Fastapi,
        &[("service", "arrays")],
        &[],
        r#"{"exception":[{"exc_type":"KeyError","ms":4}]}"#,
    ),
    (
        Fastapi,
        &[("service", "arrays")],
        &[],
        r#"{"exception":[]}"#,
    ),
    // Measures that are no numbers.
    (
        Fastapi,
        &[("service", "units")],
        &[],
        r#"{"duration_ms":"12ms"}"#,
    ),
    (
        Fastapi,
        &[("service", "units")],
        &[],
        r#"{"duration_ms":"1.5s"}"#,
    ),
];

fn corpus() -> &'static Corpus {
    static CORPUS: OnceLock<Corpus> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let entry = |(number, (system, labels, metadata, line)): (usize, &Made)| -> Entry {
            let at = START_NS + (number as i64 + 1) * SECOND;
            entry(*system, at, labels, metadata, line, &[])
        };
        Corpus::push(
            "metrics-people",
            LINES.iter().enumerate().map(entry).collect(),
        )
    })
}

fn ask(mut model: Value, system: &str, service: &str) -> Answer {
    let site = Site {
        corpus: "metrics-people",
        source: Source::Auto,
    };
    model["system"] = json!(system);
    let of = json!({ "field": "service", "operator": "=", "values": [service] });
    match model["filters"].as_array_mut() {
        Some(filters) => filters.push(of),
        None => model["filters"] = json!([of]),
    }
    if model["instant"].is_null() {
        model["instant"] = json!(true);
    }
    let range = (START_NS, START_NS + 60 * SECOND);
    let answer = ask_json(&site.uid(corpus()), &model, range, &[]);
    answer.unwrap_or_else(|refusal| panic!("{model}: {refusal:?}"))
}

/// The last number of each group, by the group's values in the order of their fields' names.
fn numbers(answer: &Answer) -> BTreeMap<String, f64> {
    let series = answer.series.iter().map(|series| {
        let group: Vec<&str> = series.labels.values().map(String::as_str).collect();
        let last = series.points.last().and_then(|(_, value)| *value);
        (group.join(","), last.expect("a number"))
    });
    series.collect()
}

#[track_caller]
fn is(model: Value, system: &str, service: &str, wanted: &[(&str, f64)]) -> Answer {
    let answer = ask(model.clone(), system, service);
    let found = numbers(&answer);
    let wanted: BTreeMap<String, f64> = wanted
        .iter()
        .map(|(group, number)| ((*group).to_owned(), *number))
        .collect();
    assert_eq!(found, wanted, "{model}\n{}", answer.executed);
    answer
}

#[test]
fn levels_are_known_in_the_words_of_any_writer() {
    let answer = is(
        json!({ "result": "errorRate" }),
        "fastapi",
        "words",
        &[("", 0.4)],
    );
    let said = answer.notices.join("\n");
    assert!(said.contains("\"[quiet]\", \"loud\""), "{said}");
    assert!(said.contains("levelMap"), "{said}");
    is(
        json!({ "result": "errorCount" }),
        "fastapi",
        "words",
        &[("", 4.0)],
    );
    is(
        json!({ "result": "count", "groupBy": ["level"] }),
        "fastapi",
        "words",
        &[
            ("critical", 1.0),
            ("error", 3.0),
            ("warning", 1.0),
            ("info", 3.0),
            ("unknown", 2.0),
        ],
    );
    let filter = |level: &str| json!({ "result": "count", "filters": [{ "field": "level", "operator": "=", "values": [level] }] });
    is(filter("error"), "fastapi", "words", &[("", 3.0)]);
    is(filter("info"), "fastapi", "words", &[("", 3.0)]);
    is(filter("unknown"), "fastapi", "words", &[("", 2.0)]);
    let answer = is(
        json!({ "result": "errorRate" }),
        "tskv",
        "colours",
        &[("", 0.75)],
    );
    assert!(answer.notices.is_empty(), "{:?}", answer.notices);
    // What does not merge has its words brought together in Loki.
    is(
        json!({ "result": "value", "measure": { "field": "line_number", "aggregation": "last" }, "groupBy": ["level"] }),
        "tskv",
        "colours",
        &[],
    );
}

#[test]
fn groups_are_values_and_not_spellings() {
    let by = |field: &str| json!({ "result": "count", "groupBy": [field] });
    is(
        by("status_code"),
        "fastapi",
        "typed",
        &[
            ("500", 5.0),
            ("404", 1.0),
            ("none", 1.0),
            ("12345678901234567", 1.0),
            ("12345678901234568", 1.0),
        ],
    );
    is(
        by("cached"),
        "fastapi",
        "typed",
        &[("true", 4.0), ("false", 2.0), ("maybe", 3.0)],
    );
    for (aggregation, of_500, of_404) in [
        ("avg", 3.0, 6.0),
        ("last", 5.0, 6.0),
        ("p50", 3.0, 6.0),
        ("max", 5.0, 6.0),
        ("sum", 15.0, 6.0),
    ] {
        let model = json!({
            "result": "value", "groupBy": ["status_code"],
            "measure": { "field": "duration_ms", "aggregation": aggregation },
        });
        let found = numbers(&ask(model, "fastapi", "typed"));
        assert_eq!(
            (found["500"], found["404"]),
            (of_500, of_404),
            "{aggregation}"
        );
        assert_eq!(found.len(), 5, "{aggregation}: {found:?}");
    }
    let last = json!({
        "result": "value", "groupBy": ["cached"],
        "measure": { "field": "duration_ms", "aggregation": "last" },
    });
    is(
        last,
        "fastapi",
        "typed",
        &[("true", 4.0), ("false", 6.0), ("maybe", 9.0)],
    );
}

#[test]
fn values_inside_arrays_are_fields() {
    let name = "exception[0].exc_type";
    is(
        json!({ "result": "count", "groupBy": [name] }),
        "fastapi",
        "arrays",
        &[("ValueError", 1.0), ("KeyError", 1.0), ("", 1.0)],
    );
    let filter = json!({ "result": "count", "filters": [{ "field": name, "operator": "=", "values": ["ValueError"] }] });
    is(filter, "fastapi", "arrays", &[("", 1.0)]);
    let second = json!({ "result": "count", "filters": [{ "field": "exception[1].exc_type", "operator": "exists" }] });
    is(second, "fastapi", "arrays", &[("", 1.0)]);
    let measure = json!({ "result": "value", "measure": { "field": "exception[0].ms", "aggregation": "sum" } });
    is(measure, "fastapi", "arrays", &[("", 7.0)]);
}

#[test]
fn a_measure_that_is_no_number_is_said() {
    let measure =
        json!({ "result": "value", "measure": { "field": "duration_ms", "aggregation": "avg" } });
    let answer = is(measure, "fastapi", "units", &[]);
    let said = answer.notices.join("\n");
    assert!(
        said.contains("no line has a number in \"duration_ms\""),
        "{said}"
    );
    assert!(said.contains("\"1.5s\", \"12ms\""), "{said}");
}

#[test]
fn silence_is_a_number_for_what_a_filter_names() {
    let named = |values: Value, by: Value| {
        json!({
            "result": "lastSeen", "groupBy": by, "window": "1h",
            "filters": [{ "field": "exception[0].exc_type", "operator": "=|", "values": values }],
        })
    };
    let by = json!(["exception[0].exc_type"]);
    // The range ends a minute behind its start; the line is the 25th.
    let lines = named(json!(["KeyError", "GoneError"]), by.clone());
    let answer = is(
        lines,
        "fastapi",
        "arrays",
        &[("KeyError", 35.0), ("GoneError", 3600.0)],
    );
    let said = answer.notices.join("\n");
    assert!(
        said.contains("GoneError was not seen within the last 1h"),
        "{said}"
    );
    is(
        named(json!(["GoneError"]), json!([])),
        "fastapi",
        "arrays",
        &[("", 3600.0)],
    );
    let two = is(
        named(json!(["GoneError", "LostError"]), by),
        "fastapi",
        "arrays",
        &[("LostError", 3600.0), ("GoneError", 3600.0)],
    );
    let said = two.notices.join("\n");
    assert!(
        said.contains("GoneError, LostError were not seen"),
        "{said}"
    );
}

#[test]
fn the_newest_lines_are_in_the_last_point() {
    let count = json!({ "result": "count", "instant": false, "step": "1h", "maxDataPoints": 500 });
    is(count.clone(), "fastapi", "arrays", &[("", 3.0)]);
}

#[test]
fn a_key_that_does_nothing_is_said() {
    let answer = ask(
        json!({ "result": "count", "queryType": "trace", "id": ["x"] }),
        "fastapi",
        "arrays",
    );
    let said = answer.notices.join("\n");
    assert!(said.contains("the query has no key \"id\""), "{said}");
    assert!(said.contains("\"ids\""), "{said}");
}
