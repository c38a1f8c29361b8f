//! A Loki that splits ranges at other intervals than an hour: each line is read once.

use serde_json::{Value, json};

use crate::kit::put;
use crate::support::host;
use crate::support::loki::{Loki, is_real};

const MINUTE_NS: i64 = 60_000_000_000;
/// Ten minutes before midnight: the range crosses a border of every interval.
const START_NS: i64 = 1_760_053_800_000_000_000;
const HOURS: i64 = 6;
/// One in ten is of the trace.
const LINES: i64 = 6000;

fn push(loki: &Loki) {
    let lines: Vec<Value> = (0..LINES)
        .map(|number| {
            let at = START_NS + number * (HOURS * 60 * MINUTE_NS / LINES);
            let trace = if number % 10 == 0 { "wanted" } else { "other" };
            let line = format!("{{\"number\":{number},\"trace\":{{\"id\":\"{trace}\"}}}}");
            json!([at.to_string(), line])
        })
        .collect();
    for (stream, lines) in lines.chunks(LINES as usize / 2).enumerate() {
        let labels = json!({ "job": "ginkgo", "half": stream.to_string() });
        let streams = json!([{ "stream": labels, "values": lines }]);
        loki.push_json(&json!({ "streams": streams }));
    }
}

/// The rows of an answer, and how many lines Loki read for it.
fn ask(uid: &str, query: &Value) -> (usize, f64) {
    let range = (START_NS, START_NS + HOURS * 60 * MINUTE_NS);
    let mut query = query.clone();
    query["refId"] = json!("A");
    let response = host().query(uid, range.0, range.1, &[query]).json();
    let result = &response["results"]["A"];
    assert_eq!(result["status"], 200, "{}", result["error"]);
    let frame = &result["frames"][0];
    let meta = &frame["schema"]["meta"];
    assert_eq!(meta["notices"], Value::Null);
    let stats = meta["stats"].as_array().expect("statistics");
    let read = stats
        .iter()
        .find(|stat| stat["displayName"] == "Loki: lines read");
    let rows = frame["data"]["values"][0].as_array().map_or(0, Vec::len);
    (
        rows,
        read.and_then(|read| read["value"].as_f64())
            .expect("lines read"),
    )
}

#[test]
fn each_line_is_read_once_whatever_the_interval() {
    if !is_real(
        "each_line_is_read_once_whatever_the_interval",
        "how Loki splits",
    ) {
        return;
    }
    for interval in ["0s", "15m", "45m", "1h", "24h"] {
        let environment = [("GINKGO_LOKI_SPLIT", interval)];
        let loki = Loki::start_own_with("loki.yaml", &[], &environment);
        push(&loki);
        let uid = format!("split-{interval}");
        put(&uid, &loki.url, json!({}));
        let trace = json!({ "queryType": "trace", "ids": ["wanted"], "limit": 5000 });
        let level = json!({ "queryType": "any", "limit": 50_000 });
        // The first question knows neither the interval nor the lines' size.
        ask(&uid, &trace);
        for direction in ["backward", "forward"] {
            for (query, rows) in [(&trace, LINES / 10), (&level, LINES)] {
                let mut query = query.clone();
                query["direction"] = json!(direction);
                let (found, read) = ask(&uid, &query);
                assert_eq!(found as i64, rows, "{interval} {query}");
                // Loki reads a little more: chunks go over the borders of pages.
                let most = LINES as f64 * 1.4;
                assert!(read <= most, "{interval} {query}: {read} lines read");
            }
        }
    }
}
