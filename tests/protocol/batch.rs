//! One request with many queries: each is answered or refused on its own.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{LINES, RANGE, column, corpus, put};
use crate::support::host;

/// Queries that must be refused, each with parts of its error.
fn refused() -> Vec<(&'static str, Value, &'static [&'static str])> {
    vec![
        (
            "unknown type",
            json!({ "queryType": "orders" }),
            &["queryType", "\"orders\"", "portfolio, strategy"],
        ),
        (
            "ids is a text",
            json!({ "queryType": "portfolio", "ids": "pf-1" }),
            &["ids", "pf-1"],
        ),
        (
            "ids with any",
            json!({ "ids": ["x"] }),
            &["ids", "portfolio, strategy, trace or run"],
        ),
        (
            "filters is an object",
            json!({ "filters": { "field": "symbol" } }),
            &["filters"],
        ),
        (
            "filter is a text",
            json!({ "filters": ["symbol=x"] }),
            &["filters[0]"],
        ),
        (
            "unknown operator",
            json!({ "filters": [{ "field": "symbol", "operator": "like", "values": ["x"] }] }),
            &["filters[0].operator", "\"like\"", "=~"],
        ),
        ("search is a text", json!({ "search": "x" }), &["search"]),
        (
            "unknown result",
            json!({ "result": "pie" }),
            &["result", "\"pie\"", "logs, table, count"],
        ),
        (
            "value without a measure",
            json!({ "result": "value" }),
            &["measure", "number field"],
        ),
        (
            "limit is no number",
            json!({ "limit": "many" }),
            &["limit", "many"],
        ),
        ("limit is zero", json!({ "limit": 0 }), &["limit"]),
        (
            "unknown direction",
            json!({ "direction": "up" }),
            &["direction", "\"up\"", "backward"],
        ),
        (
            "unknown system",
            json!({ "system": "nosuch" }),
            &["system", "\"nosuch\"", "ginkgo, fastapi"],
        ),
        (
            "a role that the system has not",
            json!({ "system": "fastapi", "queryType": "portfolio", "ids": ["x"] }),
            &["portfolio", "\"fastapi\"", "trace"],
        ),
        (
            "logql without expr",
            json!({ "queryType": "logql" }),
            &["expr", "is empty"],
        ),
        (
            "a broken regex",
            json!({ "filters": [{ "field": "symbol", "operator": "=~", "values": ["("] }] }),
            &["filters[0].values", "\"(\"", "regular expression"],
        ),
    ]
}

#[test]
fn good_bad_and_impossible_queries_go_together() {
    let mut queries = vec![
        json!({ "refId": "good" }),
        json!({ "refId": "table", "result": "table" }),
    ];
    for (name, query, _) in refused() {
        let mut query = query.clone();
        query["refId"] = json!(name);
        queries.push(query);
    }
    queries.push(json!({ "refId": "last", "queryType": "portfolio", "ids": ["pf-1"] }));
    let response = host().query(corpus(), RANGE.0, RANGE.1, &queries);
    assert_eq!(response.status, 207, "{}", response.text);
    let results = &response.json()["results"];
    assert_eq!(
        results.as_object().map(serde_json::Map::len),
        Some(queries.len())
    );
    for (ref_id, rows) in [("good", LINES.len()), ("table", LINES.len()), ("last", 2)] {
        let result = &results[ref_id];
        assert_eq!(result["status"], 200, "{ref_id}: {result}");
        assert_eq!(result["checks"], json!([]), "{ref_id}");
        assert!(result["error"].is_null(), "{ref_id}");
        let time = if ref_id == "table" {
            "time"
        } else {
            "timestamp"
        };
        assert_eq!(column(&result["frames"][0], time).len(), rows, "{ref_id}");
    }
    for (name, _, parts) in refused() {
        let result = &results[name];
        let error = result["error"].as_str().unwrap_or_default();
        assert_eq!(result["status"], 400, "{name}: {result}");
        assert_eq!(result["errorSource"], "downstream", "{name}: {result}");
        assert_eq!(result["checks"], json!([]), "{name}: {result}");
        for part in parts {
            assert!(error.contains(part), "{name}: {part} is not in {error}");
        }
    }
}

#[test]
fn two_queries_of_one_ref_id_are_refused_by_name() {
    let twice = [
        json!({ "refId": "A" }),
        json!({ "refId": "B" }),
        json!({ "refId": "A" }),
    ];
    let results = host().query(corpus(), RANGE.0, RANGE.1, &twice).json();
    assert_eq!(
        results["results"]["A"]["error"],
        "several queries have the refId \"A\""
    );
    assert_eq!(results["results"]["B"]["status"], 200);
}

#[test]
fn an_empty_range_is_an_error_of_the_query() {
    for (name, from, to) in [("empty", RANGE.0, RANGE.0), ("backwards", RANGE.1, RANGE.0)] {
        let response = host().query(corpus(), from, to, &[json!({ "refId": "A" })]);
        let result = &response.json()["results"]["A"];
        assert_eq!(result["status"], 400, "{name}: {result}");
        assert_eq!(result["errorSource"], "downstream", "{name}");
        let error = result["error"].as_str().unwrap_or_default();
        assert!(error.contains("time range"), "{name}: {error}");
    }
}

#[test]
fn the_queries_of_a_batch_run_at_once() {
    let pause = Duration::from_millis(300);
    let fake = Fake::always(Act::Late(pause));
    put("late", &fake.url, json!({}));
    // Equal ones would be sent once.
    let queries: Vec<Value> = (0..6)
        .map(|i| json!({ "refId": format!("Q{i}"), "limit": 10 + i }))
        .collect();
    let times = (0..3).map(|_| {
        let start = Instant::now();
        let response = host().query("late", RANGE.0, RANGE.1, &queries);
        assert_eq!(response.status, 200, "{}", response.text);
        start.elapsed()
    });
    // The quickest of three: other programs may want the cores.
    let took = times.min().unwrap_or_default();
    assert_eq!(fake.queries().len(), 3 * queries.len());
    assert!(
        took < 3 * pause,
        "6 queries of {pause:?} each took {took:?}"
    );
}

#[test]
fn no_more_requests_run_at_once_than_the_settings_allow() {
    let pause = Duration::from_millis(50);
    let fake = Fake::always(Act::Late(pause));
    put("two-at-once", &fake.url, json!({ "maxConcurrent": 2 }));
    // Equal ones would be sent once.
    let queries: Vec<Value> = (0..6)
        .map(|i| json!({ "refId": format!("Q{i}"), "limit": 10 + i }))
        .collect();
    let start = Instant::now();
    let response = host().query("two-at-once", RANGE.0, RANGE.1, &queries);
    assert_eq!(response.status, 200, "{}", response.text);
    assert!(start.elapsed() >= 3 * pause, "{:?}", start.elapsed());
}

#[test]
fn more_queries_than_run_at_once_are_all_answered() {
    let queries: Vec<Value> = (0..50)
        .map(|i| json!({ "refId": format!("Q{i}"), "limit": 1 + i % 4 }))
        .collect();
    let response = host().query(corpus(), RANGE.0, RANGE.1, &queries);
    assert_eq!(response.status, 200, "{}", response.text);
    let results = &response.json()["results"];
    for i in 0..50 {
        let result = &results[format!("Q{i}")];
        assert_eq!(
            column(&result["frames"][0], "body").len(),
            1 + i % 4,
            "Q{i}"
        );
    }
}
