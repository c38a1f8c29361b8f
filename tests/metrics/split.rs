//! Split and unsplit agree: a Loki that takes short ranges only, and one that times out.

use std::sync::OnceLock;

use ginkgo_demo::{Layout, System};
use serde_json::json;

use crate::ask::{Site, Source};
use crate::check::{ask, check_at, judge};
use crate::corpus::{Corpus, END_NS, START_NS};
use crate::fake::{Act, Seen};
use crate::lines::{corpus, entries, site};
use crate::meaning::{Meaning, Number};
use crate::metric::{MINUTE, Metric, SECOND};
use crate::proxy::{Proxy, is_query, said};
use crate::query::Query;
use crate::support::loki::Loki;

const LAYOUT: Layout = Layout::Mixed;
const RANGE: (i64, i64) = (START_NS, END_NS);

fn here() -> (Site, &'static Corpus) {
    (site(LAYOUT, Source::Auto), corpus(LAYOUT))
}

/// Questions whose answers merge over time or have each point by itself.
fn questions() -> Vec<Metric> {
    let any = Query::any;
    let of = |lines, result| Metric::new(lines, result, RANGE);
    let value = |aggregation| of(any(System::Ginkgo), "value").measure("duration_ms", aggregation);
    let mut all = vec![
        of(any(System::Ginkgo), "count").by(&["level", "portfolio_id"]),
        of(any(System::Fastapi), "errorRate").by(&["service_name"]),
        of(any(System::Tskv), "errorCount")
            .by(&["service"])
            .window("90s", 90 * SECOND),
        of(any(System::Dynamo), "count")
            .step("7s", 7 * SECOND)
            .window("21s", 21 * SECOND),
    ];
    for aggregation in ["avg", "min", "max", "sum", "last", "p95", "rate"] {
        all.push(
            value(aggregation)
                .by(&["portfolio_id"])
                .window("1m", MINUTE),
        );
    }
    // One number over a window longer than what is taken at once.
    for result in ["count", "errorCount", "errorRate", "lastSeen"] {
        all.push(of(any(System::Fastapi), result).by(&["level"]).instant());
    }
    for aggregation in ["min", "max", "sum", "rate"] {
        all.push(value(aggregation).by(&["portfolio_id"]).instant());
    }
    all
}

fn all_are_right(uid: &str) {
    let (site, corpus) = here();
    let mut wrong = Vec::new();
    for metric in questions() {
        let mut metric = metric;
        if metric.result == "lastSeen" {
            metric = metric.window("12m", 12 * MINUTE);
        }
        match check_at(uid, &site, corpus, &metric) {
            Ok(found) if found.points > 0 => {}
            Ok(_) => wrong.push(format!("{}: no numbers", metric.json())),
            Err(what) => wrong.push(what),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A Loki of its own that takes four minutes at once, with the same lines.
fn short_loki() -> &'static Loki {
    static LOKI: OnceLock<Loki> = OnceLock::new();
    LOKI.get_or_init(|| {
        let short = [("GINKGO_LOKI_MAX_QUERY_LENGTH", "4m")];
        let loki = Loki::start_own_with("loki.yaml", &[], &short);
        loki.push(&entries(LAYOUT), &[("corpus", corpus(LAYOUT).name)]);
        loki
    })
}

#[test]
fn beyond_the_longest_query_the_parts_make_the_whole() {
    let (_, corpus) = here();
    let loki = short_loki();
    let proxy = Proxy::with_faults("metrics-short", corpus.name, corpus, &loki.url, |_| None);
    all_are_right(&proxy.uid);
    // The proof that it was split at all.
    let refused = json!({ "expr": format!("sum(count_over_time({}[1m]))", corpus.selector(System::Fastapi)) });
    let path = format!(
        "/loki/api/v1/query_range?start={}&end={}&step=15&query={}",
        RANGE.0,
        RANGE.1,
        form_urlencoded::byte_serialize(refused["expr"].as_str().unwrap().as_bytes())
            .collect::<String>()
    );
    let answer = loki.get(&path);
    assert!(
        answer.status == 400 && answer.text.contains("exceeds the limit"),
        "{answer:?}"
    );
}

/// How long a request's range is, window and all.
fn length_s(seen: &Seen) -> f64 {
    let number = |name| seen.param(name).and_then(|text| text.parse::<f64>().ok());
    let range = number("end")
        .zip(number("start"))
        .map_or(0.0, |(end, start)| (end - start) / 1e9);
    let query = seen.param("query").unwrap_or_default();
    let window = query.rsplit_once(" [").map_or("0s", |(_, tail)| tail);
    let digits: String = window.chars().take_while(char::is_ascii_digit).collect();
    let unit = if window[digits.len()..].starts_with("ms") {
        1e-3
    } else {
        1.0
    };
    range + digits.parse::<f64>().unwrap_or(0.0) * unit
}

fn timed_out() -> Act {
    said("504 Gateway Timeout", "context deadline exceeded")
}

#[test]
fn what_times_out_is_asked_for_in_halves() {
    let (_, corpus) = here();
    let fault = |seen: &Seen| (is_query(seen) && length_s(seen) > 300.0).then(timed_out);
    let loki = &crate::support::loki().url;
    let proxy = Proxy::with_faults("metrics-504", corpus.name, corpus, loki, fault);
    all_are_right(&proxy.uid);
    let long = proxy
        .queries()
        .iter()
        .filter(|seen| length_s(seen) > 300.0)
        .count();
    assert!(long > 5, "{long} requests timed out");
}

#[test]
fn what_stays_missing_is_said_and_the_rest_is_right() {
    let (site, corpus) = here();
    // Whatever covers this time never comes.
    let dead = START_NS + 5 * MINUTE + 30 * SECOND;
    let fault = move |seen: &Seen| {
        let number = |name| seen.param(name).and_then(|text| text.parse::<i64>().ok());
        let covers = number("start")
            .zip(number("end"))
            .is_some_and(|(s, e)| s <= dead && dead <= e);
        (is_query(seen) && covers).then(timed_out)
    };
    let loki = &crate::support::loki().url;
    let proxy = Proxy::with_faults("metrics-hole", corpus.name, corpus, loki, fault);
    let metric = Metric::new(Query::any(System::Fastapi), "errorRate", RANGE).by(&["service_name"]);
    let schema = site.schema(System::Fastapi);
    let meaning = Meaning::new(&metric, &schema, corpus.lines(System::Fastapi));
    let answer = ask(&proxy.uid, &metric).unwrap();
    let said = answer
        .notices
        .iter()
        .any(|notice| notice.contains("missing"));
    assert!(said, "{:?}", answer.notices);
    assert!(
        judge(&metric, &meaning, &answer).is_err(),
        "nothing is missing"
    );
    let mut missing = 0;
    for series in &answer.series {
        let group = vec![series.labels.get("service_name").cloned()];
        let wanted = meaning.series(&group);
        let found: std::collections::BTreeMap<i64, Option<f64>> =
            series.points.iter().copied().collect();
        for (time, number) in &wanted {
            match found.get(time) {
                Some(Some(value)) => assert!(number.is(*value), "{group:?} at {time}: {value}"),
                _ => {
                    missing += 1;
                    let far = (time - dead).abs() > 2 * MINUTE;
                    assert!(!far, "{group:?}: missing far from the hole, at {time}");
                }
            }
        }
        assert!(
            found.keys().all(|time| wanted.contains_key(time)),
            "{group:?}: extra points"
        );
    }
    assert!(missing > 0);
}

#[test]
fn a_question_of_which_nothing_comes_is_an_error() {
    let (_, corpus) = here();
    let loki = &crate::support::loki().url;
    let fault = |seen: &Seen| is_query(seen).then(timed_out);
    let proxy = Proxy::with_faults("metrics-dead", corpus.name, corpus, loki, fault);
    let metric = Metric::new(Query::any(System::Fastapi), "count", RANGE);
    let refusal = ask(&proxy.uid, &metric).unwrap_err();
    assert_eq!(refusal.source, "downstream", "{refusal:?}");
    assert!(
        proxy.queries().len() < 70,
        "{} requests",
        proxy.queries().len()
    );
}

#[test]
fn quantiles_do_not_merge_and_are_never_guessed() {
    let (site, corpus) = here();
    let loki = short_loki();
    let proxy = Proxy::with_faults("metrics-short-p95", corpus.name, corpus, &loki.url, |_| {
        None
    });
    let metric = Metric::new(Query::any(System::Ginkgo), "value", RANGE)
        .measure("duration_ms", "p95")
        .instant();
    match ask(&proxy.uid, &metric) {
        Err(refusal) => assert!(refusal.text.len() > 20, "{refusal:?}"),
        Ok(answer) => {
            let meaning = Meaning::new(
                &metric,
                &site.schema(System::Ginkgo),
                corpus.lines(System::Ginkgo),
            );
            let found = answer.series[0].points[0].1.unwrap();
            let right = meaning
                .series(&Vec::new())
                .into_values()
                .all(|n: Number| n.is(found));
            assert!(right, "{found}: {:?}", answer.notices);
        }
    }
}
