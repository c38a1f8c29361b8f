//! What alert rules make of answers: evaluations a minute apart, as Grafana's alerting does them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use ginkgo_demo::{Entry, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source};
use crate::check::ask_json;
use crate::corpus::{Corpus, START_NS};
use crate::lines::entry;
use crate::metric::{ALERT, MINUTE, SECOND};
use crate::proxy::Proxy;
use crate::support;

/// Minutes of the corpus.
const MINUTES: i64 = 40;
/// The services, and in which minutes most of a service's lines are errors.
const SERVICES: [(&str, std::ops::Range<i64>); 3] =
    [("api", 0..0), ("billing", 12..20), ("worker", 30..31)];
const PORTFOLIOS: i64 = 8;
/// One more portfolio falls silent in this minute.
const SILENT_FROM: i64 = 15;

/// How one evaluation sees each label set: its value and state.
type States = BTreeMap<BTreeMap<String, String>, (Option<f64>, String)>;

fn corpus() -> &'static Corpus {
    static CORPUS: OnceLock<Corpus> = OnceLock::new();
    CORPUS.get_or_init(|| {
        let mut entries = services();
        entries.extend(portfolios());
        entries.sort_by_key(|entry| entry.timestamp_ns);
        Corpus::push("metrics-alerts", entries)
    })
}

/// A line every two seconds a service, on whole seconds; two of a hundred are errors, in a burst three of
/// five. Levels in any spelling, now and then a line that is no JSON.
fn services() -> Vec<Entry> {
    let mut entries = Vec::new();
    for (service, burst) in &SERVICES {
        for second in (0..MINUTES * 60).step_by(2) {
            let number = second / 2;
            let in_burst = burst.contains(&(second / 60));
            let is_error = if in_burst {
                number % 5 < 3
            } else {
                number % 50 == 7
            };
            let words: &[&str] = if is_error {
                &["ERROR", "error", "Critical", "50"]
            } else {
                &["info", "INFO", "debug", "warning"]
            };
            let word = words[number as usize % words.len()];
            let line =
                format!("{{\"level\":\"{word}\",\"service_name\":\"{service}\",\"n\":{number}}}");
            let read = [("level", word), ("service_name", service)];
            let at = START_NS + second * SECOND;
            entries.push(entry(System::Fastapi, at, &[], &[], &line, &read));
        }
    }
    entries
}

/// A line every ten seconds of eight portfolios, and of one that stops.
fn portfolios() -> Vec<Entry> {
    let mut entries = Vec::new();
    for number in 0..=PORTFOLIOS {
        let id = portfolio(number);
        let end = if number == PORTFOLIOS {
            SILENT_FROM
        } else {
            MINUTES
        };
        for second in (0..end * 60).step_by(10) {
            let line = format!(
                "{{\"log\":{{\"level\":\"info\"}},\"ginkgo\":{{\"portfolio_id\":\"{id}\",\"n\":{second}}}}}"
            );
            let read = [("level", "info"), ("portfolio_id", id.as_str())];
            let at = START_NS + second * SECOND + number;
            entries.push(entry(System::Ginkgo, at, &[], &[], &line, &read));
        }
    }
    entries
}

fn portfolio(number: i64) -> String {
    format!("pf-{number}")
}

fn uid() -> String {
    let site = Site {
        corpus: "metrics-alerts",
        source: Source::Auto,
    };
    site.uid(corpus())
}

/// One evaluation: the rule's own range behind `at`, as the scheduler sends it.
fn evaluate(uid: &str, model: &Value, at: i64, range: i64, threshold: f64) -> States {
    let instant = |ns: i64| {
        jiff::Timestamp::from_nanosecond(i128::from(ns))
            .unwrap()
            .to_string()
    };
    let mut query = model.clone();
    query["refId"] = json!("A");
    query["datasource"] = json!({ "uid": uid });
    query["intervalMs"] = json!(1000);
    query["maxDataPoints"] = json!(43_200);
    let body = json!({
        "from": instant(at - range), "to": instant(at), "queries": [query], "threshold": threshold,
    });
    let url = format!("{}/api/host/alert", support::host().url);
    let answer = support::send("POST", &url, &ALERT, &body);
    let answer = answer.json();
    assert!(answer["error"].is_null(), "{model} at {at}: {answer}");
    let states = answer["states"].as_array().unwrap().iter().map(|state| {
        let labels = state["labels"].as_object().into_iter().flatten();
        let labels = labels.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
        let word = state["state"].as_str().unwrap().to_owned();
        (labels.collect(), (state["value"].as_f64(), word))
    });
    states.collect()
}

fn labels(name: &str, value: &str) -> BTreeMap<String, String> {
    [(name.to_owned(), value.to_owned())].into()
}

/// The minutes in which the rule stands on `Alerting` for a label set.
fn alerting(by_minute: &[(i64, States)], of: &BTreeMap<String, String>) -> Vec<i64> {
    let fires = |(_, states): &&(i64, States)| states.get(of).is_some_and(|(_, s)| s == "Alerting");
    by_minute
        .iter()
        .filter(fires)
        .map(|(minute, _)| *minute)
        .collect()
}

/// The seed rule's evaluations, made once.
fn seed_rule(instant: bool) -> &'static [(i64, States)] {
    static KNOWN: [OnceLock<Vec<(i64, States)>>; 2] = [OnceLock::new(), OnceLock::new()];
    KNOWN[usize::from(instant)].get_or_init(|| evaluations(instant))
}

/// errors / all > 10 % over 5 m by service, each minute from the fifth on.
fn evaluations(instant: bool) -> Vec<(i64, States)> {
    let model = json!({
        "queryType": "any", "system": "fastapi", "result": "errorRate", "groupBy": ["service_name"],
        "window": "5m", "instant": instant,
    });
    let uid = uid();
    let evaluate = |minute: i64| {
        let at = START_NS + minute * MINUTE;
        (minute, evaluate(&uid, &model, at, 10 * MINUTE, 0.1))
    };
    (5..MINUTES).map(evaluate).collect()
}

#[test]
fn the_seed_rule_fires_and_resolves_at_the_right_minute() {
    for instant in [true, false] {
        let by_minute = seed_rule(instant);
        for (service, burst) in &SERVICES {
            // The truth, line by line: over (t - 5m, t], more than one error in ten lines.
            let rate = |minute: i64| {
                let (mut errors, mut all) = (0_i32, 0_i32);
                for number in 0..MINUTES * 30 {
                    let second = number * 2;
                    if second > (minute - 5) * 60 && second <= minute * 60 {
                        let in_burst = burst.contains(&(second / 60));
                        let is_error = if in_burst {
                            number % 5 < 3
                        } else {
                            number % 50 == 7
                        };
                        all += 1;
                        errors += i32::from(is_error);
                    }
                }
                f64::from(errors) / f64::from(all)
            };
            let of = labels("service_name", service);
            for (minute, states) in by_minute {
                let (value, _) = &states[&of];
                let found = value.expect("a rate");
                assert!(
                    (found - rate(*minute)).abs() < 1e-12,
                    "{service} at {minute}: {found}, not {}",
                    rate(*minute)
                );
            }
            let wanted: Vec<i64> = (5..MINUTES).filter(|minute| rate(*minute) > 0.1).collect();
            assert_eq!(
                alerting(by_minute, &of),
                wanted,
                "{service}, instant {instant}"
            );
        }
        // Known by hand: a burst fires the rule one minute in, and it resolves when the window has left
        // it to less than a tenth.
        let billing = alerting(by_minute, &labels("service_name", "billing"));
        assert_eq!(billing, (13..25).collect::<Vec<i64>>());
        assert!(alerting(by_minute, &labels("service_name", "api")).is_empty());
        // One minute of three errors in five is 12 % and more of five minutes.
        let worker = alerting(by_minute, &labels("service_name", "worker"));
        assert_eq!(worker, (31..36).collect::<Vec<i64>>());
    }
}

#[test]
fn labels_are_the_same_in_every_evaluation() {
    let by_minute = seed_rule(true);
    let sets: BTreeSet<Vec<_>> = by_minute
        .iter()
        .map(|(_, states)| states.keys().collect())
        .collect();
    assert_eq!(sets.len(), 1, "{sets:?}");
    let wanted: BTreeSet<_> = SERVICES
        .iter()
        .map(|(name, _)| labels("service_name", name))
        .collect();
    let found: BTreeSet<_> = by_minute[0].1.keys().cloned().collect();
    assert_eq!(found, wanted);
}

#[test]
fn last_seen_tells_a_silent_portfolio_among_eight_live_ones() {
    let ids: Vec<String> = (0..=PORTFOLIOS)
        .map(portfolio)
        .chain(["never".to_owned()])
        .collect();
    let model = |instant: bool| {
        json!({
            "queryType": "portfolio", "system": "ginkgo", "ids": ids, "result": "lastSeen",
            "window": "1h", "instant": instant,
        })
    };
    let uid = uid();
    for minute in [10, 16, 19, 20, 25, 39] {
        let model = model(minute % 2 == 0);
        let at = START_NS + minute * MINUTE;
        let states = evaluate(&uid, &model, at, 10 * MINUTE, 300.0);
        let found: BTreeSet<_> = states.keys().cloned().collect();
        let wanted: BTreeSet<_> = ids.iter().map(|id| labels("portfolio_id", id)).collect();
        assert_eq!(found, wanted, "minute {minute}");
        let fires = |id: &str| states[&labels("portfolio_id", id)].1 == "Alerting";
        for live in 0..PORTFOLIOS {
            assert!(!fires(&portfolio(live)), "minute {minute}: {states:?}");
        }
        // Its last line is ten seconds before minute 15.
        assert_eq!(
            fires(&portfolio(PORTFOLIOS)),
            minute >= 20,
            "minute {minute}: {states:?}"
        );
        let never = &states[&labels("portfolio_id", "never")];
        assert_eq!(*never, (Some(3600.0), "Alerting".to_owned()));
    }
}

#[test]
fn an_empty_answer_is_no_data() {
    let uid = uid();
    let after = START_NS + 3 * 24 * 60 * MINUTE;
    for model in [
        json!({ "system": "fastapi", "result": "errorRate", "groupBy": ["service_name"], "window": "5m" }),
        json!({ "system": "fastapi", "result": "errorRate", "window": "5m", "instant": true }),
        json!({ "system": "fastapi", "result": "count", "groupBy": ["level"] }),
        json!({ "system": "ginkgo", "result": "lastSeen", "window": "5m" }),
        json!({ "system": "ginkgo", "result": "value", "measure": { "field": "price" } }),
    ] {
        let states = evaluate(&uid, &model, after, 10 * MINUTE, 0.0);
        assert!(states.is_empty(), "{model}: {states:?}");
    }
    // Ids that were asked for by name are silent and counted.
    let named = json!({
        "queryType": "portfolio", "system": "ginkgo", "ids": ["pf-0", "pf-1"], "result": "count", "instant": true,
    });
    let states = evaluate(&uid, &named, after, 10 * MINUTE, 0.0);
    let zero = (Some(0.0), "Normal".to_owned());
    let wanted = [
        labels("portfolio_id", "pf-0"),
        labels("portfolio_id", "pf-1"),
    ];
    assert_eq!(states, wanted.map(|labels| (labels, zero.clone())).into());
}

#[test]
fn an_alert_looks_back_a_minute_unless_it_says_otherwise() {
    let uid = uid();
    let count = json!({ "system": "fastapi", "result": "count", "groupBy": ["service_name"] });
    let at = START_NS + 10 * MINUTE;
    let states = evaluate(&uid, &count, at, 10 * MINUTE, 0.0);
    let thirty = (Some(30.0), "Alerting".to_owned());
    assert_eq!(states[&labels("service_name", "api")], thirty);
}

#[test]
fn loki_is_told_which_rule_asks() {
    let proxy = Proxy::new("metrics-alert-tags", "metrics-alerts", corpus());
    let model = json!({
        "system": "fastapi", "result": "errorRate", "groupBy": ["service_name"], "window": "5m", "instant": true,
    });
    let at = START_NS + 10 * MINUTE;
    let states = evaluate(&proxy.uid, &model, at, 10 * MINUTE, 0.1);
    assert_eq!(states.len(), 3);
    let seen = proxy.queries();
    assert_eq!(seen.len(), 1, "one query answers the rule: {seen:?}");
    for request in &seen {
        let tags = request.header("x-query-tags").unwrap_or_default();
        assert!(tags.starts_with("Source=ginkgo"), "{tags}");
        assert!(
            tags.contains("AlertRule=rule-uid-7"),
            "the rule's uid: {tags}"
        );
    }
    // A panel's question is no alert's.
    let range = (at - 10 * MINUTE, at);
    ask_json(&proxy.uid, &model, range, &[]).unwrap();
    let last = proxy.queries().pop().unwrap();
    let tags = last
        .header("x-query-tags")
        .unwrap_or_default()
        .to_lowercase();
    assert!(
        tags.contains("source=ginkgo") && !tags.contains("rule"),
        "{tags}"
    );
}
