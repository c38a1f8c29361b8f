//! Numbers worked out by hand: a few lines at the very borders of points and windows.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ginkgo_demo::System;
use serde_json::{Value, json};

use crate::ask::{Site, Source};
use crate::check::ask_json;
use crate::corpus::{Corpus, START_NS};
use crate::lines::{entry, pairs};
use crate::metric::SECOND;
use crate::numbers::Answer;

/// The borders lie around this time, a multiple of five minutes.
const BASE: i64 = START_NS;

/// Nanoseconds behind the base, level, measure, each as JSON writes it; the sixth is no JSON.
const LINES: [(i64, &str, &str, &str); 8] = [
    (10 * SECOND, "\"error\"", "1", "a"),
    (20 * SECOND, "\"info\"", "2", "a"),
    (20 * SECOND + 1, "30", "4", "b"),
    (30 * SECOND, "\" Critical \"", "\"8\"", "a"),
    (35 * SECOND, "", "", ""),
    (40 * SECOND - 1, "\"WARN\"", "\"NaN\"", "a"),
    (40 * SECOND, "\"Err\"", "1e999", ""),
    (60 * SECOND, "\"odd\"", "16", "b"),
];

fn corpus() -> &'static Corpus {
    static CORPUS: OnceLock<Corpus> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let entry = |(at, level, number, service): &(i64, &str, &str, &str)| {
            if level.is_empty() {
                return entry(System::Fastapi, BASE + at, &[], &[], "level=error", &[]);
            }
            let service = match *service {
                "" => String::new(),
                name => format!(",\"service_name\":\"{name}\""),
            };
            let line = format!("{{\"level\":{level},\"duration_ms\":{number}{service}}}");
            entry(System::Fastapi, BASE + at, &[], &[], &line, &[])
        };
        Corpus::push("metrics-edges", LINES.iter().map(entry).collect())
    })
}

fn ask(model: Value, from_s: i64, to_s: i64) -> Answer {
    let site = Site {
        corpus: "metrics-edges",
        source: Source::Auto,
    };
    let mut model = model;
    model["system"] = json!("fastapi");
    let range = (BASE + from_s * SECOND, BASE + to_s * SECOND);
    let answer = ask_json(&site.uid(corpus()), &model, range, &[]);
    let answer = answer.unwrap_or_else(|refusal| panic!("{model}: {refusal:?}"));
    assert!(
        answer.broken_rules.is_empty(),
        "{model}: {:?}",
        answer.broken_rules
    );
    answer
}

/// Series by their labels, each with its points in seconds behind the base.
type Points = BTreeMap<BTreeMap<String, String>, Vec<(i64, f64)>>;

fn points(answer: &Answer) -> Points {
    let point = |(time, value): &(i64, Option<f64>)| {
        let at = if *time == 0 {
            0
        } else {
            (time - BASE) / SECOND
        };
        (at, value.expect("a number"))
    };
    let series = answer.series.iter();
    series
        .map(|series| {
            (
                series.labels.clone(),
                series.points.iter().map(point).collect(),
            )
        })
        .collect()
}

#[track_caller]
fn is(model: Value, range_s: (i64, i64), wanted: &[(&[(&str, &str)], &[(i64, f64)])]) {
    let answer = ask(model.clone(), range_s.0, range_s.1);
    let wanted: Points = wanted
        .iter()
        .map(|(labels, points)| (pairs(labels), points.to_vec()))
        .collect();
    let found = points(&answer);
    let near = |(found, wanted): (&(i64, f64), &(i64, f64))| {
        found.0 == wanted.0 && (found.1 - wanted.1).abs() <= wanted.1.abs() * 1e-9 + 1e-6
    };
    let same = found.len() == wanted.len()
        && found.iter().zip(&wanted).all(|(found, wanted)| {
            found.0 == wanted.0
                && found.1.len() == wanted.1.len()
                && found.1.iter().zip(wanted.1).all(near)
        });
    assert!(
        same,
        "{model}\n{}\nfound  {found:?}\nwanted {wanted:?}",
        answer.executed
    );
}

/// Points every ten seconds, each looking back ten.
fn steps(model: Value) -> Value {
    let mut model = model;
    model["step"] = json!("10s");
    model["window"] = json!("10s");
    model["maxDataPoints"] = json!(500);
    model
}

#[test]
fn a_point_counts_what_is_behind_it_up_to_itself() {
    let count = steps(json!({ "result": "count" }));
    let all: &[(i64, f64)] = &[(10, 1.0), (20, 1.0), (30, 2.0), (40, 3.0), (60, 1.0)];
    is(count.clone(), (0, 60), &[(&[], all)]);
    // The start is floored to the step, and the end is that of the step in which it lies.
    is(count.clone(), (9, 69), &[(&[], all)]);
    is(count.clone(), (10, 39), &[(&[], &all[..4])]);
    is(count, (11, 60), &[(&[], all)]);
}

#[test]
fn errors_of_any_spelling_and_zero_where_there_are_none() {
    let errors = steps(json!({ "result": "errorCount" }));
    let counts: &[_] = &[(10, 1.0), (20, 0.0), (30, 1.0), (40, 1.0), (60, 0.0)];
    is(errors, (0, 60), &[(&[], counts)]);
    let rate = steps(json!({ "result": "errorRate" }));
    let rates: &[_] = &[(10, 1.0), (20, 0.0), (30, 0.5), (40, 1.0 / 3.0), (60, 0.0)];
    is(rate, (0, 60), &[(&[], rates)]);
}

#[test]
fn levels_are_canonical_and_the_unreadable_line_counts() {
    let by_level = steps(json!({ "result": "count", "groupBy": ["level"] }));
    is(
        by_level,
        (0, 60),
        &[
            (&[("level", "critical")], &[(30, 1.0)]),
            (&[("level", "error")], &[(10, 1.0), (40, 1.0)]),
            (&[("level", "info")], &[(20, 1.0), (30, 1.0)]),
            (&[("level", "unknown")], &[(40, 1.0), (60, 1.0)]),
            (&[("level", "warning")], &[(40, 1.0)]),
        ],
    );
}

#[test]
fn a_missing_group_value_is_no_label() {
    // Loki gives the streams its own guess of service_name, which is the job's here.
    let by_service = json!({ "result": "count", "groupBy": ["service_name"], "instant": true });
    let a: &[(&str, &str)] = &[("service_name", "a")];
    is(
        by_service,
        (0, 60),
        &[
            (a, &[(0, 4.0)]),
            (&[("service_name", "b")], &[(0, 2.0)]),
            (&[("service_name", "fastapi")], &[(0, 2.0)]),
        ],
    );
    let by_trace =
        json!({ "result": "count", "groupBy": ["trace_id", "nowhere"], "instant": true });
    is(by_trace, (0, 60), &[(&[], &[(0, 8.0)])]);
}

#[test]
fn only_finite_numbers_are_measured() {
    for (aggregation, at_30, all) in [
        ("avg", 6.0, 6.2),
        ("min", 4.0, 1.0),
        ("max", 8.0, 16.0),
        ("sum", 12.0, 31.0),
        ("last", 8.0, 16.0),
        ("p50", 6.0, 4.0),
        ("p90", 7.6, 12.8),
        ("p95", 7.8, 14.4),
        ("p99", 7.96, 15.68),
        ("rate", 1.2, 31.0 / 60.0),
    ] {
        let measure = json!({ "field": "duration_ms", "aggregation": aggregation });
        let value = json!({ "result": "value", "measure": measure });
        let per_second = if aggregation == "rate" { 10.0 } else { 1.0 };
        let points: &[_] = &[
            (10, 1.0 / per_second),
            (20, 2.0 / per_second),
            (30, at_30),
            (60, 16.0 / per_second),
        ];
        is(steps(value.clone()), (0, 60), &[(&[], points)]);
        let mut instant = value;
        instant["instant"] = json!(true);
        is(instant, (0, 60), &[(&[], &[(0, all)])]);
    }
}

#[test]
fn an_instant_looks_back_from_the_ranges_end() {
    let count = json!({ "result": "count", "instant": true });
    is(count.clone(), (10, 60), &[(&[], &[(0, 7.0)])]);
    is(count.clone(), (10, 59), &[(&[], &[(0, 6.0)])]);
    let mut window = count.clone();
    window["window"] = json!("20s");
    is(window.clone(), (0, 40), &[(&[], &[(0, 5.0)])]);
    window["delay"] = json!("10s");
    is(window, (0, 40), &[(&[], &[(0, 3.0)])]);
    // Empty: one frame without fields, with its type.
    let none = ask(count, 61, 70);
    assert_eq!(
        (none.series.len(), none.kind.as_str()),
        (0, "numeric-multi")
    );
}

#[test]
fn silence_is_a_number_of_seconds() {
    let seen = json!({ "result": "lastSeen", "groupBy": ["service_name"], "instant": true });
    let group = |name| [("service_name", name)];
    is(
        seen.clone(),
        (0, 100),
        &[
            (&group("a"), &[(0, 60.0)]),
            (&group("b"), &[(0, 40.0)]),
            (&group("fastapi"), &[(0, 60.0)]),
        ],
    );
    // (t - window, t]: a line exactly one window ago is no longer in it.
    let mut short = seen;
    short["window"] = json!("60s");
    is(short, (0, 100), &[(&group("b"), &[(0, 40.0)])]);
    // A day back by default: the lines lie an hour and more behind.
    is(
        json!({ "result": "lastSeen", "instant": true }),
        (7200, 7260),
        &[(&[], &[(0, 7200.0)])],
    );
    // Over time each point looks back from itself.
    let over_time = json!({ "result": "lastSeen", "step": "10s", "window": "15s" });
    let ages: &[_] = &[
        (10, 0.0),
        (20, 0.0),
        (30, 0.0),
        (40, 0.0),
        (50, 10.0),
        (60, 0.0),
        (70, 10.0),
    ];
    is(over_time, (0, 90), &[(&[], ages)]);
}

#[test]
fn a_delay_moves_the_range_and_points_keep_their_times() {
    let mut count = steps(json!({ "result": "count", "delay": "20s" }));
    is(
        count.clone(),
        (20, 60),
        &[(&[], &[(10, 1.0), (20, 1.0), (30, 2.0), (40, 3.0)])],
    );
    count["delay"] = json!("25s");
    is(
        count,
        (30, 70),
        &[(&[], &[(10, 1.0), (20, 1.0), (30, 2.0), (40, 3.0)])],
    );
}
