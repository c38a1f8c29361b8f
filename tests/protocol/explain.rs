//! `explain` of every question: its parts are the query, each has a reason, and Loki can read it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{RANGE, ask, corpus, put, send_one, soon};
use crate::support::{host, loki, send};

const CONTRACT: &str = include_str!("../contract/queries.json");

/// The four presets as they come, on the real Loki.
fn presets() -> &'static str {
    put("presets-real", &loki().url, json!({}));
    "presets-real"
}

/// Lets Loki itself judge an expression.
fn assert_loki_reads(name: &str, expr: &str) {
    let encoded: String = form_urlencoded::byte_serialize(expr.as_bytes()).collect();
    let response = loki().get(&format!("/loki/api/v1/format_query?query={encoded}"));
    assert_eq!(response.status, 200, "{name}: {} of {expr}", response.text);
}

/// Checks one explanation and returns its LogQL.
fn assert_explained(name: &str, answer: &Value) -> String {
    let expr = answer["expr"].as_str().unwrap_or_default();
    let parts = answer["parts"].as_array().expect("parts");
    let logql: Vec<&str> = parts
        .iter()
        .filter_map(|part| part["logql"].as_str())
        .collect();
    // The lines of a metric query stand inside what counts them, without a blank.
    let bare = |text: &str| text.replace(' ', "");
    assert_eq!(bare(&logql.concat()), bare(expr), "{name}");
    for part in parts {
        let reason = part["reason"].as_str().unwrap_or_default();
        assert!(reason.len() > 10, "{name}: {part}");
    }
    assert_eq!(answer["notices"], json!([]), "{name}");
    expr.to_owned()
}

fn explain(uid: &str, query: &Value) -> (u16, Value) {
    let body = json!({ "query": query, "from": RANGE.0, "to": RANGE.1 });
    let response = host().post_resource(uid, "explain", &body);
    (response.status, response.json())
}

#[test]
fn every_query_type_of_every_preset_is_explained() {
    let uid = presets();
    let mut impossible = Vec::new();
    for system in ["ginkgo", "fastapi", "tskv", "dynamo"] {
        for query_type in ["portfolio", "strategy", "trace", "run", "any", "logql"] {
            for (kind, ids) in [
                ("all", json!([])),
                ("one id", json!(["it's \"1\""])),
                ("two ids", json!(["a", "b|c"])),
            ] {
                let name = format!("{system}, {query_type}, {kind}");
                let mut query = json!({ "queryType": query_type, "system": system, "ids": ids });
                match query_type {
                    "any" if kind != "all" => continue,
                    "logql" if kind != "all" => continue,
                    "logql" => query["expr"] = json!("{job=\"x\"} |= `y` | json | z = 1"),
                    _ => {}
                }
                let (status, answer) = explain(uid, &query);
                if status == 400 {
                    let error = answer["error"].as_str().unwrap_or_default();
                    assert!(
                        error.contains(query_type) && error.contains(system),
                        "{name}: {error}"
                    );
                    impossible.push(format!("{system} {query_type}"));
                    continue;
                }
                assert_eq!(status, 200, "{name}: {answer}");
                let expr = assert_explained(&name, &answer);
                assert_loki_reads(&name, &expr);
            }
        }
    }
    impossible.dedup();
    let wanted: Vec<String> = ["fastapi", "tskv", "dynamo"]
        .iter()
        .flat_map(|system| ["portfolio", "strategy", "run"].map(|kind| format!("{system} {kind}")))
        .collect();
    assert_eq!(impossible, wanted, "only these presets lack these roles");
}

#[test]
fn every_good_query_of_the_contract_is_explained_and_loki_reads_it() {
    let uid = presets();
    let cases: Vec<Value> = serde_json::from_str(CONTRACT).expect("JSON");
    let mut good = 0;
    for case in &cases {
        let name = case["name"].as_str().unwrap_or_default();
        let Some(logql) = case["logql"].as_str() else {
            let (status, answer) = explain(uid, &case["query"]);
            assert_eq!((status, &answer["error"]), (400, &case["error"]), "{name}");
            continue;
        };
        assert_loki_reads(name, logql);
        let (status, answer) = explain(uid, &case["query"]);
        assert_eq!(status, 200, "{name}: {answer}");
        let expr = assert_explained(name, &answer);
        assert_loki_reads(name, &expr);
        good += 1;
    }
    assert!(good > 50, "{good} good queries");
}

/// A table of errors reads the newest lines and has the others counted: both are said, word for word as
/// they would run.
#[test]
fn top_errors_say_also_how_they_are_counted() {
    let uid = presets();
    let query = json!({ "system": "tskv", "result": "topErrors", "search": [{ "operator": "contains", "text": "x" }] });
    let (status, answer) = explain(uid, &query);
    assert_eq!(status, 200, "{answer}");
    let reading = assert_explained("reading", &answer);
    let mut counting = answer["counting"].clone();
    counting["notices"] = json!([]);
    let counting = assert_explained("counting", &counting);
    assert_loki_reads("counting", &counting);
    assert!(counting.starts_with("sum(count_over_time("), "{counting}");
    let selector = reading.split_once(" | ").map(|(selector, _)| selector);
    assert!(counting.contains(selector.expect("stages")), "{counting}");
    let seconds = (RANGE.1 - RANGE.0) / 1_000_000_000;
    assert!(counting.contains(&format!("[{seconds}s]")), "{counting}");
    // What only Ginkgo can decide, nobody counts; other results read all that they show.
    let time = json!([{ "field": "time", "operator": ">", "values": ["2026-03-01 12:00:00"] }]);
    for query in [
        json!({ "system": "tskv", "result": "topErrors", "filters": time }),
        json!({ "system": "tskv" }),
        json!({ "system": "tskv", "result": "count" }),
    ] {
        let (status, answer) = explain(uid, &query);
        assert_eq!(status, 200, "{query}: {answer}");
        assert!(answer.get("counting").is_none(), "{query}: {answer}");
    }
}

#[test]
fn the_cost_is_what_the_index_knows_of_the_streams_and_the_range() {
    let entry = |second: i64| {
        json!([
            (RANGE.0 + second * 1_000_000_000).to_string(),
            "x".repeat(100)
        ])
    };
    let stream = |name: &str, count: i64| {
        let values: Vec<Value> = (0..count).map(entry).collect();
        json!({ "stream": { "job": "cost", "name": name }, "values": values })
    };
    loki().push_json(&json!({ "streams": [stream("a", 40), stream("b", 2)] }));
    assert_eq!(
        send("POST", &format!("{}/flush", loki().url), &[], &json!({})).status,
        204
    );
    let system = json!({ "name": "cost", "selector": "{job=\"cost\"}", "fields": [{ "name": "name", "source": "label" }] });
    put("cost", &loki().url, json!({ "systems": [system] }));
    let cost_over = |query: Value, range: (i64, i64)| {
        let body = json!({ "query": query, "from": range.0, "to": range.1, "cost": true });
        let response = host().post_resource("cost", "explain", &body);
        assert_eq!(response.status, 200, "{response:?}");
        let answer = response.json();
        assert_eq!(answer["notices"], json!([]), "{answer}");
        answer["cost"].clone()
    };
    let ready = || cost_over(json!({}), RANGE)["entries"] == 42;
    assert!(
        soon(Duration::from_secs(30), ready),
        "{}",
        cost_over(json!({}), RANGE)
    );
    let of_b = json!([{ "field": "name", "operator": "=", "values": ["b"] }]);
    let count = json!({ "result": "count", "window": "2m", "step": "1m", "filters": of_b });
    let later = (RANGE.1 - 1_000_000_000, RANGE.1);
    for (name, query, range, entries) in [
        ("every line", json!({}), RANGE, 42),
        ("a label", json!({ "filters": of_b }), RANGE, 2),
        ("a stream", json!({ "stream": { "name": "a" } }), RANGE, 40),
        ("numbers", count.clone(), RANGE, 2),
        ("what points look back on", count, later, 2),
        (
            "logql",
            json!({ "expr": "sum(rate({name=\"a\"} |= \"{\" [1m])) / sum(rate({name=\"b\"}[1m]))" }),
            RANGE,
            42,
        ),
        ("nothing", json!({ "stream": { "name": "c" } }), RANGE, 0),
    ] {
        let cost = cost_over(query, range);
        assert_eq!(cost["entries"], entries, "{name}: {cost}");
        // The index counts in KB, chunk by chunk.
        let bytes = cost["bytes"].as_i64().expect("bytes");
        assert!((bytes - 100 * entries).abs() <= 2048, "{name}: {cost}");
        assert!(
            cost["streams"].is_u64() && cost["chunks"].is_u64(),
            "{name}: {cost}"
        );
    }
    let unasked = host()
        .post_resource("cost", "explain", &json!({ "query": {} }))
        .json();
    assert!(unasked.get("cost").is_none(), "{unasked}");
    let wrong = host().post_resource("cost", "explain", &json!({ "query": {}, "cost": "yes" }));
    assert_eq!(wrong.status, 400, "{wrong:?}");
}

#[test]
fn a_cost_that_loki_does_not_say_is_a_notice() {
    let fake = Fake::start(|seen| {
        if seen.path.ends_with("/index/stats") {
            Act::status("404 Not Found", "", "page not found")
        } else {
            Act::Good
        }
    });
    put("no-cost", &fake.url, json!({}));
    let body = json!({ "query": {}, "cost": true });
    let answer = host().post_resource("no-cost", "explain", &body).json();
    assert_eq!(answer["cost"], Value::Null, "{answer}");
    assert!(answer["expr"].is_string(), "{answer}");
    let notice = answer["notices"][0].as_str().unwrap_or_default();
    assert!(
        notice.starts_with("Loki does not say what it costs"),
        "{answer}"
    );
}

#[test]
fn without_loki_a_question_is_explained_and_not_answered() {
    put("explained-down", "http://127.0.0.1:1", json!({}));
    let filter = |operator: &str| {
        // What this name means depends on the streams: a label on some, metadata on others.
        let filter = json!({ "field": "service_name", "operator": operator, "values": ["api"] });
        json!({ "system": "fastapi", "filters": [filter] })
    };
    for operator in ["=", "=~"] {
        let (status, answer) = explain("explained-down", &filter(operator));
        assert_eq!(status, 200, "{operator}: {answer}");
        assert!(answer["expr"].as_str().is_some_and(|expr| !expr.is_empty()));
        let notice = answer["notices"][0].as_str().unwrap_or_default();
        assert!(
            notice.contains("Connection refused"),
            "{operator}: {answer}"
        );
        let response = send_one("explained-down", &filter(operator)).json();
        let result = &response["results"]["A"];
        assert_eq!(result["status"], 502, "{operator}: {response}");
    }
}

#[test]
fn what_is_explained_is_what_runs() {
    for result in ["count", "errorRate", "lastSeen"] {
        let query = json!({ "result": result, "instant": true, "groupBy": ["symbol"] });
        let (status, explained) = explain(corpus(), &query);
        assert_eq!(status, 200, "{explained}");
        let frame = &ask(corpus(), &query)["frames"][0];
        let executed = &frame["schema"]["meta"]["executedQueryString"];
        assert_eq!(&explained["expr"], executed, "{result}");
    }
}

#[test]
fn numbers_of_ones_own_logql_are_explained_as_they_run() {
    for (name, model) in [
        ("the step", json!({})),
        ("a step of its own", json!({ "step": "30s" })),
        ("one number", json!({ "instant": true })),
        (
            "a zone that would move points",
            json!({ "utcOffsetSec": 19_800, "step": "1h" }),
        ),
    ] {
        let mut query = model.clone();
        query["expr"] =
            json!("sum(count_over_time({job=\"protocol\"}[$__interval])) + 0 * $__range_s");
        query["maxDataPoints"] = json!(7);
        let answer = send_one(corpus(), &query).json();
        let frame = &answer["results"]["A"]["frames"][0];
        let body = json!({ "query": query, "from": RANGE.0, "to": RANGE.1, "maxDataPoints": 7 });
        let explained = host().post_resource(corpus(), "explain", &body).json();
        assert_eq!(
            frame["schema"]["meta"]["executedQueryString"], explained["expr"],
            "{name}: {explained}"
        );
    }
}
