//! Whatever stands in a request: an answer or an error of its sender, never a fault of the plugin.

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{RANGE, frame, put};
use crate::support::{host, send};

const KEYS: [&str; 15] = [
    "system",
    "ids",
    "filters",
    "search",
    "result",
    "columns",
    "measure",
    "groupBy",
    "window",
    "step",
    "instant",
    "limit",
    "direction",
    "legendFormat",
    "expr",
];

/// JSON values of every kind, at the borders of what a reader may expect.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\u{feff}\"'`\\{}|"),
        json!("x".repeat(20_000)),
        json!([]),
        json!([null]),
        json!([[]]),
        json!([{}]),
        json!([{ "field": {}, "operator": [], "values": {} }]),
        json!([{ "field": "a", "operator": "=", "values": ["\u{0}\n\"`"] }]),
        json!([{ "operator": "matches", "text": "(" }]),
        json!({}),
        json!({ "a": { "b": [1] } }),
    ]
}

#[test]
fn any_value_under_any_key_is_answered_or_refused() {
    let fake = Fake::always(Act::Good);
    put("odd", &fake.url, json!({}));
    let mut queries = Vec::new();
    for key in KEYS {
        for (number, value) in values().into_iter().enumerate() {
            let mut query = json!({ "refId": format!("{key} {number}"), key: value });
            queries.push(query.clone());
            query["refId"] = json!(format!("{key} {number} of a portfolio"));
            query["queryType"] = json!("portfolio");
            queries.push(query);
        }
    }
    let response = host().query("odd", RANGE.0, RANGE.1, &queries);
    let answer = response.json();
    let results = answer["results"].as_object().expect("results");
    assert_eq!(results.len(), queries.len());
    for (ref_id, result) in results {
        let status = result["status"].as_u64();
        assert!(matches!(status, Some(200 | 400)), "{ref_id}: {result}");
        assert_ne!(result["errorSource"], "plugin", "{ref_id}: {result}");
        assert_eq!(result["checks"], json!([]), "{ref_id}");
        let error = result["error"].as_str().unwrap_or_default();
        assert_eq!(status == Some(200), error.is_empty(), "{ref_id}: {result}");
        // The value may be quoted once; more is for nobody to read.
        assert!(
            error.len() < 22_000,
            "{ref_id}: {} bytes of error",
            error.len()
        );
    }
}

#[test]
fn any_value_in_the_resource_logs_is_answered_or_refused() {
    let fake = Fake::always(Act::Good);
    put("odd-logs", &fake.url, json!({}));
    for key in [
        "portfolio",
        "level",
        "system",
        "search",
        "limit",
        "direction",
        "from",
        "to",
        "unknown",
    ] {
        for value in values() {
            let response = host().post_resource("odd-logs", "logs", &json!({ key: value }));
            assert!(
                matches!(response.status, 200 | 400),
                "{key} {value}: {response:?}"
            );
        }
    }
}

#[test]
fn ranges_and_resolutions_beyond_all_measure_are_no_fault() {
    let fake = Fake::always(Act::Good);
    put("far", &fake.url, json!({}));
    // The SDK counts in nanoseconds before it sends milliseconds, so far years arrive as others.
    for (name, from, to, statuses) in [
        (
            "far past",
            "0001-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            &[200, 400][..],
        ),
        (
            "far future",
            "2026-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            &[200, 400][..],
        ),
        (
            "before 1970",
            "1969-01-01T00:00:00Z",
            "1969-01-02T00:00:00Z",
            &[200][..],
        ),
        (
            "all that nanoseconds hold",
            "1677-09-22T00:00:00Z",
            "2262-04-11T00:00:00Z",
            &[200][..],
        ),
    ] {
        let query = json!({ "refId": "A", "datasource": { "uid": "far" }, "intervalMs": -5, "maxDataPoints": -1 });
        let body = json!({ "from": from, "to": to, "queries": [query] });
        let url = format!("{}/api/ds/query?check=1", host().url);
        let answer = send("POST", &url, &[], &body).json();
        let result = &answer["results"]["A"];
        let status = result["status"].as_u64().unwrap_or_default();
        assert!(statuses.contains(&status), "{name}: {result}");
        assert_ne!(result["errorSource"], "plugin", "{name}: {result}");
    }
    frame("far", &json!({}));
}
