//! What the tests share: one corpus on the real Loki, one question at a time, patience.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Response, host, loki};

/// An address at which nobody listens; no test is ever given such a port.
pub const NOBODY: &str = "http://127.0.0.1:9";

/// Where the corpus begins: 2026-03-01 12:00 UTC, with nanoseconds.
pub const BASE_NS: i64 = 1_772_366_400_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;
/// The range of the corpus; within one hour, so that one request covers it.
pub const RANGE: (i64, i64) = (BASE_NS, BASE_NS + 120 * SECOND_NS);

/// The lines of the corpus, oldest first, each with its nanoseconds behind [`BASE_NS`].
///
/// The third has a number that is none, the fourth is no JSON at all.
pub const LINES: [(i64, &str); 4] = [
    (
        1,
        r#"{"@timestamp":"2026-03-01T12:00:00.000000001Z","message":"filled <b>","log":{"level":"INFO"},"ginkgo":{"portfolio_id":"pf-1","strategy_id":"st-1","duration_ms":12.5,"symbol":"BTC/USDT","paper":true}}"#,
    ),
    (
        2,
        r#"{"message":"refused","log":{"level":"FATAL"},"ginkgo":{"portfolio_id":"pf-1","strategy_id":"st-2","duration_ms":3,"paper":false}}"#,
    ),
    (
        1_000_000_003,
        r#"{"message":"odd","log":{"level":"warn"},"ginkgo":{"portfolio_id":"pf-2","duration_ms":"abc","paper":"maybe"}}"#,
    ),
    (1_000_000_004, "Traceback (most recent call last): ümläut"),
];

/// A data source on the real Loki that holds the corpus; its system is `ginkgo` with one more field.
pub fn corpus() -> &'static str {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        let values: Vec<Value> = LINES
            .iter()
            .map(|(offset, line)| {
                let at = (BASE_NS + offset).to_string();
                json!([at, line, { "pod": "p-0" }])
            })
            .collect();
        let stream =
            json!({ "stream": { "job": "protocol", "container": "worker" }, "values": values });
        loki().push_json(&json!({ "streams": [stream] }));
        put("corpus", &loki().url, corpus_settings());
    });
    "corpus"
}

/// The settings of [`corpus`].
pub fn corpus_settings() -> Value {
    let paper = json!({ "name": "paper", "type": "bool", "key": "ginkgo.paper", "description": "Paper money" });
    json!({ "systems": [
        { "preset": "ginkgo", "selector": "{job=\"protocol\"}", "fields": [paper] },
        { "preset": "fastapi", "selector": "{job=\"protocol-fastapi\"}" },
    ] })
}

/// Registers a data source.
pub fn put(uid: &str, url: &str, json_data: Value) {
    let mut settings = json!({ "url": url });
    settings["jsonData"] = json_data;
    host().put_data_source(uid, &settings);
}

/// Sends one query over the corpus' range and returns the whole response.
pub fn send_one(uid: &str, query: &Value) -> Response {
    let mut query = query.clone();
    query["refId"] = json!("A");
    host().query(uid, RANGE.0, RANGE.1, &[query])
}

/// Sends one query and returns its result.
pub fn ask(uid: &str, query: &Value) -> Value {
    let response = send_one(uid, query).json();
    response["results"]["A"].clone()
}

/// Sends one query that must be answered, in one frame that Grafana finds nothing wrong with.
pub fn frame(uid: &str, query: &Value) -> Value {
    let result = ask(uid, query);
    assert_eq!(result["status"], 200, "{query}: {result}");
    assert_eq!(result["checks"], json!([]), "{query}: {result}");
    assert_eq!(
        result["frames"].as_array().map(Vec::len),
        Some(1),
        "{query}"
    );
    result["frames"][0].clone()
}

/// Returns the values of a frame's field.
pub fn column<'f>(frame: &'f Value, name: &str) -> &'f [Value] {
    let fields = frame["schema"]["fields"].as_array().expect("fields");
    let index = fields.iter().position(|field| field["name"] == name);
    let index = index.unwrap_or_else(|| panic!("no field {name}: {frame}"));
    frame["data"]["values"][index].as_array().expect("values")
}

/// Returns the description of a frame's field.
pub fn field<'f>(frame: &'f Value, name: &str) -> &'f Value {
    let fields = frame["schema"]["fields"].as_array().expect("fields");
    let found = fields.iter().find(|field| field["name"] == name);
    found.unwrap_or_else(|| panic!("no field {name}: {frame}"))
}

/// Waits until something is so; false when it is not within `patience`.
pub fn soon(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !is_so() {
        if start.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Returns a path for a file of the tests.
pub fn scratch(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("protocol-{name}"))
}
