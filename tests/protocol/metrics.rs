//! The plugin's own metrics, on a host of their own so that they can be counted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::fake::{Act, Fake};
use crate::kit::{RANGE, scratch};
use crate::support::get;
use crate::support::host::Host;

/// Reads the metrics: each series with its value.
fn metrics(host: &Host) -> BTreeMap<String, f64> {
    let response = get(&format!("{}/metrics", host.url), &[]);
    assert_eq!(response.status, 200, "{response:?}");
    let lines = response.text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.rsplit_once(' '));
    pairs
        .map(|(series, value)| (series.to_owned(), value.parse().expect("a number")))
        .collect()
}

#[test]
fn queries_are_counted_by_type_result_and_status() {
    let host = Host::start_logging(&[], &scratch("metrics.log"));
    let (good, ill) = (
        Fake::always(Act::Good),
        Fake::always(Act::status("500 Oh", "", "no")),
    );
    host.put_data_source("good", &json!({ "url": good.url }));
    host.put_data_source("ill", &json!({ "url": ill.url }));
    let before = metrics(&host);
    assert_eq!(before.get("ginkgo_rows_total"), Some(&0.0));

    let queries = [
        json!({}),
        json!({ "result": "table" }),
        json!({ "result": "topErrors" }),
        json!({ "result": "events" }),
        json!({ "queryType": "trace", "ids": ["t-1"] }),
        json!({ "queryType": "trace", "ids": ["t-2"] }),
        json!({ "queryType": "nonsense-of-a-user" }),
        json!({ "queryType": "portfolio", "system": "fastapi", "ids": ["x"] }),
    ];
    host.query("good", RANGE.0, RANGE.1, &queries);
    host.query("ill", RANGE.0, RANGE.1, &[json!({ "queryType": "run" })]);
    host.resource("good", "systems");
    host.resource("good", "no-such-route-of-a-user");
    host.resource("ill", "logs");

    let after = metrics(&host);
    let query = |kind: &str, result: &str, status: &str| {
        format!(
            "ginkgo_queries_total{{query_type=\"{kind}\",result=\"{result}\",status=\"{status}\"}}"
        )
    };
    let resource = |route: &str, status: &str| {
        format!("ginkgo_resource_requests_total{{route=\"{route}\",status=\"{status}\"}}")
    };
    // Each good answer of the fake has one line, 2048 bytes and a quarter of a second.
    for (series, value) in [
        (query("any", "logs", "200"), 1.0),
        (query("any", "table", "200"), 1.0),
        (query("any", "topErrors", "200"), 1.0),
        (query("any", "events", "200"), 1.0),
        (query("trace", "logs", "200"), 2.0),
        (query("unknown", "none", "400"), 1.0),
        (query("portfolio", "none", "400"), 1.0),
        (query("run", "none", "502"), 1.0),
        (resource("systems", "200"), 1.0),
        (resource("unknown", "404"), 1.0),
        (resource("logs", "503"), 1.0),
        (
            "ginkgo_query_duration_seconds_count{query_type=\"trace\"}".to_owned(),
            2.0,
        ),
        ("ginkgo_rows_total".to_owned(), 6.0),
        ("ginkgo_loki_bytes_total".to_owned(), 6.0 * 2048.0),
        ("ginkgo_loki_seconds_total".to_owned(), 1.5),
    ] {
        assert_eq!(after.get(&series), Some(&value), "{series}: {after:#?}");
    }
    host.query("good", RANGE.0, RANGE.1, &[json!({})]);
    assert_eq!(metrics(&host).get("ginkgo_rows_total"), Some(&7.0));
}

#[test]
fn label_values_come_from_fixed_sets() {
    let host = Host::start_logging(&[], &scratch("metrics-labels.log"));
    let fake = Fake::always(Act::Good);
    host.put_data_source("good", &json!({ "url": fake.url }));
    for i in 0..20 {
        let word = format!("word-{i}");
        let queries = [
            json!({ "queryType": word }),
            json!({ "result": word }),
            json!({ "system": word }),
            json!({ "queryType": "trace", "ids": [word] }),
        ];
        host.query("good", RANGE.0, RANGE.1, &queries);
        host.resource("good", &word);
    }
    let series = metrics(&host);
    let labels: BTreeSet<&str> = series
        .keys()
        .flat_map(|series| series.split('"').skip(1).step_by(2))
        .collect();
    assert!(
        labels.iter().all(|label| !label.contains("word")),
        "{labels:?}"
    );
    assert!(
        labels.contains("trace") && labels.contains("unknown"),
        "{labels:?}"
    );
    assert!(series.len() < 80, "{} series", series.len());
}
