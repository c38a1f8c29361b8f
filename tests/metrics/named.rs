//! Named metric questions over the generated logs: each says what it is about.

use ginkgo_demo::{Layout, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source};
use crate::check::{ask, ask_json, check};
use crate::corpus::{Corpus, END_NS, START_NS};
use crate::lines::{corpus, site};
use crate::metric::{HOUR, MINUTE, Metric, SECOND, Span};
use crate::oracle::value;
use crate::query::Query;

use System::{Dynamo, Fastapi, Ginkgo, Tskv};

const RANGE: (i64, i64) = (START_NS, END_NS);

fn of(lines: Query, result: &'static str) -> Metric {
    Metric::new(lines, result, RANGE)
}

/// Asks all; each must have numbers.
fn run(cases: Vec<(String, Site, &'static Corpus, Metric)>) {
    let count = cases.len();
    let mut wrong = Vec::new();
    for (name, site, corpus, metric) in cases {
        match check(&site, corpus, &metric) {
            Ok(found) if found.points > 0 || (found.was_refused && site.source != Source::Auto) => {
            }
            Ok(found) => wrong.push(format!("{name}: not what it tests: {found:?}")),
            Err(what) => wrong.push(format!("{name}: {what}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The same questions wherever the fields live and whatever the settings say of it.
fn everywhere(layout: Layout) {
    let mut cases = Vec::new();
    let mut turn = 0;
    let is_full = std::env::var("GINKGO_FULL").is_ok();
    for source in Source::ALL {
        for system in System::ALL {
            let (by, measure) = match system {
                Ginkgo => (["strategy_id", "event_type"], "total_value"),
                Fastapi => (["service_name", "endpoint"], "status_code"),
                Tskv => (["service", "status_code"], "status_code"),
                Dynamo => (["component", "span_name"], "duration_us"),
            };
            let any = || Query::any(system);
            let aggregations = ["avg", "p95", "last", "sum", "max", "min", "rate"];
            let questions = [
                of(any(), "count").by(&["level"]),
                of(any(), "errorRate").by(&by[..1]).step("1m", MINUTE),
                of(any(), "errorCount").by(&by).instant(),
                of(any(), "value")
                    .measure(measure, aggregations[turn % 7])
                    .by(&by[..1]),
                of(any(), "value")
                    .measure(measure, aggregations[(turn + 3) % 7])
                    .by(&["level"])
                    .instant(),
                of(any(), "lastSeen").by(&by[1..]),
                of(Query::of("trace", system, &[]), "count")
                    .by(&by)
                    .step("30s", 30 * SECOND),
            ];
            turn += 1;
            // Every other one, unless told to take the time: all seven are asked in each layout.
            let is_asked = |number: &usize| is_full || (number + turn).is_multiple_of(2);
            for (_, metric) in questions
                .into_iter()
                .enumerate()
                .filter(|(n, _)| is_asked(n))
            {
                let has_number = metric.measure.is_none_or(|(field, _)| {
                    let schema = site(layout, source).schema(system);
                    let lines = corpus(layout).lines(system);
                    lines
                        .iter()
                        .any(|line| value(&schema.field(field), line).is_some())
                });
                let is_nowhere = metric.lines.query_type == "trace" && {
                    let schema = site(layout, source).schema(system);
                    let field = schema.role("trace").unwrap().clone();
                    !corpus(layout)
                        .lines(system)
                        .iter()
                        .any(|line| value(&field, line).is_some())
                };
                if has_number && !is_nowhere {
                    let name = format!("{system} {layout} {source:?}");
                    cases.push((name, site(layout, source), corpus(layout), metric));
                }
            }
        }
    }
    run(cases);
}

#[test]
fn the_same_numbers_from_labels() {
    everywhere(Layout::Labels);
}

#[test]
fn the_same_numbers_from_metadata() {
    everywhere(Layout::Metadata);
}

#[test]
fn the_same_numbers_from_the_line() {
    everywhere(Layout::Line);
}

#[test]
fn the_same_numbers_from_mixed_places() {
    everywhere(Layout::Mixed);
}

fn here(name: &str, metric: Metric) -> (String, Site, &'static Corpus, Metric) {
    let layout = Layout::Mixed;
    (
        name.to_owned(),
        site(layout, Source::Auto),
        corpus(layout),
        metric,
    )
}

/// Ids that lines of a system have, the most frequent first.
fn ids(system: System, role: &str, count: usize) -> Vec<String> {
    let schema = site(Layout::Mixed, Source::Auto).schema(system);
    let field = schema.role(role).unwrap().clone();
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for line in corpus(Layout::Mixed).lines(system) {
        if let Some(id) = value(&field, line) {
            *counts.entry(id).or_default() += 1;
        }
    }
    let mut ids: Vec<_> = counts.into_iter().collect();
    ids.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ids.truncate(count);
    ids.into_iter().map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn ids_group_by_themselves_and_silence_counts() {
    let ids = ids(Ginkgo, "portfolio", 3);
    let texts: Vec<&str> = ids.iter().map(String::as_str).collect();
    let one = Query::of("portfolio", Ginkgo, &texts[..1]);
    let all = Query::of("portfolio", Ginkgo, &texts);
    let silent = Query::of("portfolio", Ginkgo, &[texts[0], "nobody", ""]);
    let nobody = Query::of("portfolio", Ginkgo, &["nobody"]);
    let cases = vec![
        here("one id is no group", of(one.clone(), "count")),
        here("several are", of(all.clone(), "errorRate")),
        here("unless told", of(all.clone(), "errorRate").by(&[])),
        here("or told otherwise", of(all, "count").by(&["level"])),
        here("a silent id is 0", of(silent.clone(), "count").instant()),
        here("also of errors", of(silent.clone(), "errorCount").instant()),
        here("and has no rate", of(silent.clone(), "errorRate").instant()),
        here("nor a point", of(silent.clone(), "count")),
        here(
            "nor a value",
            of(silent.clone(), "value")
                .measure("duration_ms", "sum")
                .instant(),
        ),
        here(
            "and was not seen",
            of(silent.clone(), "lastSeen").window("20m", 20 * MINUTE),
        ),
        here("nobody at all", of(nobody.clone(), "count").instant()),
        here("never", of(nobody, "lastSeen").window("20m", 20 * MINUTE)),
        here(
            "by another field silence is none",
            of(silent, "count").by(&["symbol"]).instant(),
        ),
    ];
    run(cases);
}

#[test]
fn points_windows_and_steps() {
    let any = || of(Query::any(Fastapi), "count");
    let with = |change: fn(&mut Metric)| {
        let mut metric = any();
        change(&mut metric);
        metric
    };
    let cases = vec![
        here("a step longer than the range", any().step("1h", HOUR)),
        here(
            "half an hour east of the hour",
            with(|metric| {
                metric.step = Some(Span::Fixed("1h", HOUR));
                metric.utc_offset_s = 19_800;
                metric.range = (START_NS - 5 * HOUR, END_NS + 3 * HOUR);
            }),
        ),
        here(
            "days in Shanghai",
            with(|metric| {
                metric.step = Some(Span::Fixed("1d", 24 * HOUR));
                metric.utc_offset_s = 28_800;
                metric.range = (START_NS - 50 * HOUR, END_NS + 50 * HOUR);
            }),
        ),
        here(
            "days in Newfoundland",
            with(|metric| {
                metric.step = Some(Span::Fixed("1d", 24 * HOUR));
                metric.utc_offset_s = -12_600;
                metric.range = (START_NS - 50 * HOUR, END_NS + 50 * HOUR);
            }),
        ),
        here(
            "short steps follow no zone",
            with(|metric| {
                metric.step = Some(Span::Fixed("7s", 7 * SECOND));
                metric.utc_offset_s = 28_801;
            }),
        ),
        here(
            "loki's eleven thousand points",
            with(|metric| {
                metric.step = Some(Span::Fixed("1s", SECOND));
                metric.max_data_points = 43_200;
                metric.range = (START_NS - 12 * HOUR, END_NS + 12 * HOUR);
            }),
        ),
        here(
            "as many points as the panel has",
            with(|metric| {
                metric.step = Some(Span::Fixed("1s", SECOND));
                metric.max_data_points = 37;
            }),
        ),
        here("windows over each other", any().window("5m", 5 * MINUTE)),
        here(
            "windows apart",
            any().step("1m", MINUTE).window("5s", 5 * SECOND),
        ),
        here("a second or two", with(|metric| metric.interval_ms = 2000)),
        here("an alert's", any().alert()),
        here("an alert's instant", any().alert().instant()),
        here(
            "late logs",
            with(|metric| metric.delay = Some(Span::Fixed("90s", 90 * SECOND))),
        ),
        here(
            "late logs at once",
            with(|metric| {
                metric.delay = Some(Span::Fixed("90s", 90 * SECOND));
                metric.instant = true;
            }),
        ),
    ];
    run(cases);
}

#[test]
fn the_largest_of_many_and_the_rest() {
    let by_symbol = |result| of(Query::any(Ginkgo), result).by(&["symbol"]).limit(3);
    let cases = vec![
        here("count", by_symbol("count")),
        here("count at once", by_symbol("count").instant()),
        here("errorCount", by_symbol("errorCount").instant()),
        here("errorRate", by_symbol("errorRate").step("1m", MINUTE)),
        here(
            "value",
            by_symbol("value").measure("price", "max").instant(),
        ),
        here(
            "two fields",
            of(Query::any(Ginkgo), "count")
                .by(&["symbol", "level"])
                .limit(4),
        ),
    ];
    run(cases);
    // A panel of one shows what it leaves out.
    let one = by_symbol("count").limit(1).instant();
    let (site, corpus) = (site(Layout::Line, Source::Auto), corpus(Layout::Line));
    let answer = ask(&site.uid(corpus), &one).unwrap();
    assert_eq!(answer.series.len(), 2, "{:?}", answer.series);
    assert!(!answer.notices.is_empty());
}

#[test]
fn colours_units_and_names() {
    let (site, corpus) = (site(Layout::Line, Source::Auto), corpus(Layout::Line));
    let uid = site.uid(corpus);
    let levels = ask(&uid, &of(Query::any(Ginkgo), "count").by(&["level"])).unwrap();
    let error = levels
        .series
        .iter()
        .find(|series| series.labels["level"] == "error")
        .unwrap();
    let info = levels
        .series
        .iter()
        .find(|series| series.labels["level"] == "info")
        .unwrap();
    // Grafana's own colours of levels (`packages/grafana-data`, `LogLevelColor`).
    let colors = (error.color.as_str(), info.color.as_str());
    assert_eq!(colors, ("#e24d42", "#7eb26d"), "{levels:?}");
    for (field, unit) in [
        ("duration_ms", "ms"),
        ("memory_mb", "decmbytes"),
        ("price", ""),
    ] {
        let value = of(Query::any(Ginkgo), "value")
            .measure(field, "avg")
            .instant();
        let answer = ask(&uid, &value).unwrap();
        assert_eq!(answer.series[0].unit, unit, "{field}");
        assert!(!answer.series[0].legend.is_empty(), "{field}");
    }
    let mut named = of(Query::any(Ginkgo), "count")
        .by(&["level", "symbol"])
        .instant();
    named.legend = Some("{{level}} of {{ symbol }} {{container}}");
    assert!(check(&site, corpus, &named).is_ok());
    named.legend = Some("__auto");
    let auto = ask(&uid, &named).unwrap();
    assert!(
        auto.series
            .iter()
            .all(|series| series.legend.contains(", ")),
        "{auto:?}"
    );
}

fn refusal(model: &Value) -> String {
    let (site, corpus) = (site(Layout::Line, Source::Auto), corpus(Layout::Line));
    let answer = ask_json(&site.uid(corpus), model, RANGE, &[]);
    let refusal = answer.expect_err(&model.to_string());
    assert_eq!(
        (refusal.status, refusal.source.as_str()),
        (400, "downstream"),
        "{model}"
    );
    refusal.text
}

#[test]
fn what_is_no_question_says_why() {
    let level = json!([{ "field": "level", "operator": "=", "values": ["error"] }]);
    for (model, words) in [
        (json!({ "result": "value" }), vec!["measure"]),
        (
            json!({ "result": "value", "measure": { "field": "symbol" } }),
            vec!["measure", "symbol"],
        ),
        (
            json!({ "result": "value", "measure": { "field": "price", "aggregation": "p42" } }),
            vec!["p42", "p95"],
        ),
        (
            json!({ "result": "errorRate", "filters": level }),
            vec!["filters", "level"],
        ),
        (
            json!({ "result": "errorCount", "filters": level }),
            vec!["filters", "level"],
        ),
        (
            json!({ "result": "count", "groupBy": "level" }),
            vec!["groupBy"],
        ),
        (
            json!({ "result": "count", "step": "soon" }),
            vec!["step", "soon"],
        ),
        (
            json!({ "result": "count", "window": "-5m" }),
            vec!["window", "-5m"],
        ),
        (json!({ "result": "count", "limit": 0 }), vec!["limit"]),
        (
            json!({ "result": "count", "delay": "yesterday" }),
            vec!["delay", "yesterday"],
        ),
        (
            json!({ "result": "counts" }),
            vec!["result", "counts", "errorRate"],
        ),
        (
            json!({ "queryType": "portfolio", "system": "fastapi", "result": "count" }),
            vec!["portfolio"],
        ),
    ] {
        let text = refusal(&model);
        for word in words {
            assert!(text.contains(word), "{model}: {text}");
        }
    }
}

#[test]
fn times_are_never_compared_by_guessing() {
    let filter = json!([{ "field": "business_timestamp", "operator": ">", "values": ["2020-03-02 09:35:00"] }]);
    let text = refusal(&json!({ "result": "count", "filters": filter }));
    assert!(text.contains("filters[0]"), "{text}");
}

#[test]
fn logql_has_the_same_frames() {
    let layout = Layout::Line;
    let (site, corpus) = (site(layout, Source::Auto), corpus(layout));
    let uid = site.uid(corpus);
    let selector = corpus.selector(Ginkgo);
    let counted = |instant: bool| {
        let expr = format!("sum by (container) (count_over_time({selector}[$__interval]))");
        let model = json!({
            "queryType": "logql", "expr": expr, "step": "1m", "instant": instant, "maxDataPoints": 500,
            "intervalMs": 60_000,
        });
        ask_json(&uid, &model, RANGE, &[]).unwrap()
    };
    let own = check(
        &site,
        corpus,
        &of(Query::any(Ginkgo), "count")
            .by(&["container"])
            .step("1m", MINUTE),
    );
    let own_series = own.unwrap().series;
    let range = counted(false);
    assert_eq!(
        (range.kind.as_str(), &range.version),
        ("timeseries-multi", &json!([0, 1]))
    );
    assert_eq!(
        (range.series.len(), range.broken_rules.len()),
        (own_series, 0),
        "{range:?}"
    );
    let ginkgo = ask(
        &uid,
        &of(Query::any(Ginkgo), "count")
            .by(&["container"])
            .step("1m", MINUTE),
    )
    .unwrap();
    for series in &ginkgo.series {
        let same = range
            .series
            .iter()
            .find(|other| other.labels == series.labels)
            .expect("the series");
        assert_eq!(same.points, series.points);
    }
    let instant = counted(true);
    assert_eq!(
        (instant.kind.as_str(), instant.broken_rules.len()),
        ("numeric-multi", 0)
    );
    assert!(!instant.series.is_empty());
}
