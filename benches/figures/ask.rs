//! The two sides that are compared: a question through the plugin, and LogQL in Loki alone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use crate::support::host::Host;

/// Longer than any answer takes: Loki ends a query after a minute.
const TIMEOUT: Duration = Duration::from_secs(90);
/// The most that an answer may have.
const MOST_BYTES: u64 = 1 << 30;

/// One time range.
#[derive(Clone, Copy)]
pub struct Range {
    pub from_ns: i64,
    pub to_ns: i64,
}

/// What one question took: milliseconds, or what went wrong.
pub type Took = Result<f64, String>;

/// Makes an HTTP client that keeps its connections.
pub fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(TIMEOUT))
        .build()
        .into()
}

/// Asks the plugin; the time is the host's, from its call of the plugin to the last byte.
pub fn ginkgo(agent: &Agent, host: &Host, uid: &str, range: Range, query: &Value) -> Took {
    let answer = post(agent, host, "/api/host/query", uid, range, query)?;
    let result = &answer["results"]["A"];
    if let Some(error) = result["error"].as_str() {
        return Err(error.to_owned());
    }
    let took = answer["plugin_ms"].as_f64();
    took.ok_or_else(|| format!("no time in {answer}"))
}

/// Asks the plugin as Grafana does and counts the rows of the first frame.
pub fn rows(
    agent: &Agent,
    host: &Host,
    uid: &str,
    range: Range,
    query: &Value,
) -> Result<usize, String> {
    let answer = post(agent, host, "/api/ds/query", uid, range, query)?;
    let result = &answer["results"]["A"];
    if let Some(error) = result["error"].as_str() {
        return Err(error.to_owned());
    }
    let column = result["frames"][0]["data"]["values"][0].as_array();
    column
        .map(Vec::len)
        .ok_or_else(|| format!("no frame in {result}"))
}

fn post(
    agent: &Agent,
    host: &Host,
    path: &str,
    uid: &str,
    range: Range,
    query: &Value,
) -> Result<Value, String> {
    let mut query = query.clone();
    query["datasource"] = json!({ "uid": uid });
    query["refId"] = json!("A");
    let body = json!({
        "from": (range.from_ns / 1_000_000).to_string(),
        "to": (range.to_ns / 1_000_000).to_string(),
        "queries": [query],
    });
    let response = agent.post(format!("{}{path}", host.url)).send_json(&body);
    let mut response = response.map_err(|error| error.to_string())?;
    let body = response.body_mut().with_config().limit(MOST_BYTES);
    body.read_json().map_err(|error| error.to_string())
}

/// Asks Loki itself in one request, as a Grafana would: the time until its answer is here, unread.
pub fn logql(agent: &Agent, url: &str, range: Range, expr: &str, limit: u32) -> Took {
    send(agent, url, range, expr, limit).map(|(took, _)| took)
}

/// Asks Loki itself and counts the lines.
pub fn lines(
    agent: &Agent,
    url: &str,
    range: Range,
    expr: &str,
    limit: u32,
) -> Result<usize, String> {
    let (_, body) = send(agent, url, range, expr, limit)?;
    let answer: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let streams = answer["data"]["result"].as_array().ok_or("no streams")?;
    let values = streams
        .iter()
        .filter_map(|stream| stream["values"].as_array());
    Ok(values.map(Vec::len).sum())
}

fn send(
    agent: &Agent,
    url: &str,
    range: Range,
    expr: &str,
    limit: u32,
) -> Result<(f64, Vec<u8>), String> {
    let began = Instant::now();
    let response = agent
        .post(format!("{url}/loki/api/v1/query_range"))
        .header("X-Loki-Response-Encoding-Flags", "categorize-labels")
        .send_form([
            ("query", expr),
            ("start", &range.from_ns.to_string()),
            ("end", &range.to_ns.to_string()),
            ("limit", &limit.to_string()),
            ("direction", "backward"),
        ]);
    let mut response = response.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = response.body_mut().with_config().limit(MOST_BYTES);
    let body = body.read_to_vec().map_err(|error| error.to_string())?;
    if status != 200 {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
    }
    Ok((began.elapsed().as_secs_f64() * 1000.0, body))
}
