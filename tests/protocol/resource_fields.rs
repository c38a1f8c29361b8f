//! The resource `fields`: what the schema says, and what the lines really have.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{BASE_NS, RANGE, ask, column, put};
use crate::support::{host, loki};

const SECOND_NS: i64 = 1_000_000_000;

/// A data source over JSON lines that have more than the schema, and over `key=value` lines.
fn source() -> &'static str {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        let json_line = |number: i64| {
            let mut line = json!({
                "message": "m", "log": { "level": "info" },
                "ginkgo": { "portfolio_id": format!("pf-{}", number % 3), "broker": { "venue": "XETRA" } },
                "retry.count": number,
                "odd key!": "x",
            });
            if number == 0 {
                line["late"] = json!(true);
                line["ginkgo"]["broker"]["venue"] = json!("LSE \"x\"");
            }
            line.to_string()
        };
        let tskv_line = |_| "level=INFO shard='7 of 9' zone=eu".to_owned();
        let lines = |count: i64, line: &dyn Fn(i64) -> String| -> Vec<Value> {
            let value = |number: i64| {
                let at = (BASE_NS + number * SECOND_NS).to_string();
                json!([at, line(number), { "pod_ip": format!("10.0.0.{}", number % 2), "container": "inner" }])
            };
            (0..count).map(value).collect()
        };
        let stream = |job: &str, values: Vec<Value>| {
            json!({ "stream": { "job": job, "container": "worker", "rack": "r1" }, "values": values })
        };
        loki().push_json(&json!({ "streams": [
            stream("fields", lines(60, &json_line)),
            stream("fields-tskv", lines(3, &tskv_line)),
        ] }));
        let systems = json!([
            { "preset": "ginkgo", "selector": "{job=\"fields\"}" },
            { "preset": "tskv", "selector": "{job=\"fields-tskv\"}" },
        ]);
        put("fields", &loki().url, json!({ "systems": systems }));
    });
    "fields"
}

fn fields(uid: &str, mut body: Value) -> Value {
    body["from"] = RANGE.0.into();
    body["to"] = RANGE.1.into();
    let response = host().post_resource(uid, "fields", &body);
    assert_eq!(response.status, 200, "{body}: {response:?}");
    response.json()
}

fn entries(answer: &Value) -> &[Value] {
    answer["fields"].as_array().expect("fields")
}

fn entry<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let found = entries(answer).iter().find(|field| field["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {answer}"))
}

fn names(answer: &Value) -> BTreeSet<&str> {
    let names = entries(answer).iter().map(|field| field["name"].as_str());
    names.map(|name| name.expect("a name")).collect()
}

#[test]
fn what_lines_have_beyond_the_schema_is_listed() {
    let answer = fields(source(), json!({}));
    assert_eq!(answer["sampledLines"], 50);
    for (name, kind, sources, found, cardinality) in [
        (
            "ginkgo.broker.venue",
            "string",
            json!(["line"]),
            json!(["line"]),
            json!(2),
        ),
        (
            "retry.count",
            "number",
            json!(["line"]),
            json!(["line"]),
            json!(60),
        ),
        (
            "late",
            "bool",
            json!(["label", "metadata", "line"]),
            json!(["line"]),
            json!(1),
        ),
        (
            "odd key!",
            "string",
            json!(["line"]),
            json!(["line"]),
            json!(1),
        ),
        (
            "pod_ip",
            "string",
            json!(["label", "metadata", "line"]),
            json!(["metadata"]),
            json!(2),
        ),
        (
            "rack",
            "string",
            json!(["label", "metadata", "line"]),
            json!(["label"]),
            json!(1),
        ),
    ] {
        let field = entry(&answer, name);
        assert_eq!(field["inSchema"], false, "{field}");
        assert_eq!(field["type"], kind, "{field}");
        assert_eq!(field["sources"], sources, "{field}");
        assert_eq!(field["found"], found, "{field}");
        assert_eq!(field["cardinality"], cardinality, "{field}");
    }
    assert_eq!(entry(&answer, "pod_ip")["example"], "10.0.0.1");
    // Only the oldest line has it, so no line that Ginkgo looked at.
    assert_eq!(entry(&answer, "late")["example"], Value::Null);
    let portfolio = entry(&answer, "portfolio_id");
    assert_eq!(
        (
            &portfolio["inSchema"],
            &portfolio["role"],
            &portfolio["cardinality"]
        ),
        (&json!(true), &json!("portfolio"), &json!(3))
    );
    assert_eq!(portfolio["found"], json!(["line"]));
    // A label, and metadata of the same name, which Loki renames.
    assert_eq!(
        entry(&answer, "container")["found"],
        json!(["label", "metadata"])
    );
    let first_other = entries(&answer)
        .iter()
        .position(|field| field["inSchema"] == false);
    let in_front = &entries(&answer)[..first_other.expect("some")];
    assert!(
        in_front.iter().all(|field| field["inSchema"] == true),
        "the schema's come first"
    );
    let all = names(&answer);
    assert_eq!(all.len(), entries(&answer).len(), "each name once");
    assert!(
        !all.iter()
            .any(|name| name.contains("_extracted") || name.starts_with("__")),
        "{all:?}"
    );
    let notices = answer["notices"].to_string();
    assert!(notices.contains("newest 50 lines"), "{notices}");
}

#[test]
fn the_names_are_those_that_filters_take() {
    for system in ["ginkgo", "tskv"] {
        let answer = fields(source(), json!({ "query": { "system": system } }));
        let mut asked = 0;
        for field in entries(&answer) {
            let Some(example) = field["example"].as_str() else {
                continue;
            };
            let filter = json!({ "field": field["name"], "operator": "exists" });
            let query = json!({ "system": system, "filters": [filter], "limit": 5 });
            let result = ask(source(), &query);
            assert_eq!(result["status"], 200, "{field}: {result}");
            let rows = column(&result["frames"][0], "body").len();
            assert!(rows > 0, "{field}: no line has it");
            if field["inSchema"] == false {
                let filter =
                    json!({ "field": field["name"], "operator": "=", "values": [example] });
                let query = json!({ "system": system, "filters": [filter], "limit": 5 });
                let result = ask(source(), &query);
                let rows = column(&result["frames"][0], "body").len();
                assert!(rows > 0, "{field}: no line has the example");
                asked += 1;
            }
        }
        assert!(asked >= 3, "{system}: {asked} of {answer}");
    }
}

#[test]
fn keys_of_lines_that_loki_cannot_read_are_those_that_ginkgo_reads() {
    let answer = fields(source(), json!({ "system": "tskv" }));
    let zone = entry(&answer, "zone");
    assert_eq!(
        (&zone["found"], &zone["example"]),
        (&json!(["line"]), &json!("eu"))
    );
    assert_eq!(entry(&answer, "shard")["example"], "7 of 9");
    // What stands inside quotes is no key.
    assert!(!names(&answer).contains("of"));
    assert_eq!(answer["sampledLines"], 3);
    assert_eq!(answer["notices"], json!([]), "these are all lines");
}

#[test]
fn conditions_say_which_lines_are_looked_at() {
    let filter = |value: &str| {
        let filter = json!({ "field": "ginkgo.broker.venue", "operator": "=", "values": [value] });
        fields(source(), json!({ "query": { "filters": [filter] } }))
    };
    let oldest = filter("LSE \"x\"");
    assert_eq!(oldest["sampledLines"], 1);
    assert_eq!(entry(&oldest, "late")["example"], "true");
    assert_eq!(entry(&oldest, "retry.count")["cardinality"], 1);
    assert_eq!(oldest["notices"], json!([]));
    assert!(!names(&filter("XETRA")).contains("late"));
    let none = filter("nowhere");
    assert_eq!(none["sampledLines"], 0);
    assert!(
        names(&none).contains("portfolio_id"),
        "the schema's are always there"
    );
    let moved = fields(source(), json!({ "query": { "delay": "1h" } }));
    assert_eq!(moved["sampledLines"], 0);
}

#[test]
fn a_get_and_logql_are_answered_alike() {
    let range = format!("from={}&to={}", RANGE.0, RANGE.1);
    let by_get = host()
        .resource(source(), &format!("fields?system=ginkgo&{range}"))
        .json();
    let by_post = fields(source(), json!({ "system": "ginkgo" }));
    assert_eq!(by_get, by_post);
    let expr = "sum(count_over_time({job=\"fields-tskv\"} |= \"x\" [1m]))";
    let query = json!({ "queryType": "logql", "expr": expr, "system": "tskv" });
    let answer = fields(source(), json!({ "query": query }));
    assert!(names(&answer).contains("zone"));
    assert!(answer["notices"].to_string().contains("LogQL"), "{answer}");
}

#[test]
fn what_loki_does_not_say_is_said() {
    let fake = Fake::start(|seen| {
        if seen.is_query() {
            return Act::Good;
        }
        Act::status("404 Not Found", "", "404 page not found")
    });
    put("fields-old", &fake.url, json!({}));
    let answer = fields("fields-old", json!({}));
    assert_eq!(answer["sampledLines"], 1);
    assert_eq!(entry(&answer, "message")["example"], "a line of the fake");
    assert_eq!(entry(&answer, "trace_id")["found"], json!(["metadata"]));
    let notices = answer["notices"].to_string();
    assert!(notices.contains("does not detect fields"), "{notices}");
    assert!(notices.contains("did not list them"), "{notices}");
}

#[test]
fn what_is_wrong_is_named() {
    for (name, body, part) in [
        ("the system", json!({ "system": 5 }), "system 5"),
        (
            "an unknown system",
            json!({ "query": { "system": "nosuch" } }),
            "\"nosuch\"",
        ),
        ("the query", json!({ "query": [] }), "query"),
        ("a filter", json!({ "query": { "filters": 7 } }), "filters"),
    ] {
        let response = host().post_resource(source(), "fields", &body);
        assert_eq!(response.status, 400, "{name}: {response:?}");
        let answer = response.json();
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains(part), "{name}: {error}");
    }
}
