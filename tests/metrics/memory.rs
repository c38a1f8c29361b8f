//! Bounds: the largest answers there can be, and what they cost in memory.
//!
//! `GINKGO_FULL=1` asks for the very largest, which takes a debug build a minute; otherwise for a fifth of
//! it, under a fifth of the bound and what the plugin needs anyway.

use std::fmt::Write;

use ginkgo_demo::System;
use serde_json::{Value, json};

use crate::corpus::{Corpus, START_NS};
use crate::fake::{Act, Fake, Seen};
use crate::lines::entry;
use crate::metric::{HOUR, SECOND};
use crate::proxy::matrix;
use crate::support::host::Host;
use crate::support::{get, loki};

/// The plugin's memory at its peak, in megabytes: docs/architecture.md, Limits.
const MOST_MB_OF_POINTS: f64 = 400.0;
const MOST_MB_OF_GROUPS: f64 = 100.0;
/// What the plugin and its connections need anyway, and what its allocator holds back.
const AT_REST_MB: f64 = 100.0;
const SERIES: usize = 500;
const POINTS: i64 = 11_000;
const GROUPS: usize = 50_000;

/// A plugin of its own: its memory is that of one answer.
struct Plugin {
    host: Host,
    pid: u64,
}

impl Plugin {
    fn start(name: &str, url: &str, selector: &str) -> Self {
        let log = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.log"));
        let host = Host::start_logging(&[], &log);
        let about = get(&format!("{}/api/host", host.url), &[]).json();
        let pid = about["pid"].as_u64().expect("the plugin's process id");
        let system = json!({ "preset": "fastapi", "selector": selector });
        let settings = json!({ "url": url, "jsonData": { "systems": [system], "timeout": 100 } });
        host.put_data_source("memory", &settings);
        Self { host, pid }
    }

    /// Asks without decoding; the error, if it is one, and the bytes of the frames.
    fn ask(&self, model: &Value, (from, to): (i64, i64)) -> (Option<String>, u64) {
        let mut query = model.clone();
        query["datasource"] = json!({ "uid": "memory" });
        query["refId"] = json!("A");
        let body = json!({
            "from": (from / 1_000_000).to_string(), "to": (to / 1_000_000).to_string(), "queries": [query],
        });
        let url = format!("{}/api/host/query", self.host.url);
        let answer = crate::support::send("POST", &url, &[], &body).json();
        let result = &answer["results"]["A"];
        (
            result["error"].as_str().map(str::to_owned),
            result["bytes"].as_u64().unwrap_or(0),
        )
    }

    /// The most memory that it ever had, in megabytes.
    fn peak_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line
            .and_then(|line| line.split_whitespace().next())
            .expect("a size");
        kib.parse::<f64>().expect("a number") * 1024.0 / 1e6
    }
}

/// A Loki with five hundred series and a number at each point that is asked for.
fn many_points(seen: &Seen) -> Act {
    if !seen.is_query() {
        return Act::Good;
    }
    let number = |name| {
        seen.param(name)
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let (start, end, step) = (
        number("start") / 1e9,
        number("end") / 1e9,
        number("step").max(1.0),
    );
    let count = ((end - start) / step) as i64 + 1;
    if count > POINTS + 1 {
        let words = "exceeded maximum resolution of 11,000 points per timeseries";
        return Act::status("400 Bad Request", "", words);
    }
    let head = matrix(&[]).to_string();
    let (before, after) = head.split_once("\"result\":[]").expect("a result");
    let mut body = format!("{before}\"result\":[");
    let mut values = String::new();
    for point in 0..count {
        let time = start as i64 + point * step as i64;
        let _ = write!(values, "[{time},\"{}\"],", 1000 + point % 997);
    }
    values.pop();
    for series in 0..SERIES {
        let labels = json!({ "_1": format!("service-{series}") });
        let _ = write!(body, "{{\"metric\":{labels},\"values\":[{values}]}},");
    }
    body.pop();
    body.push(']');
    body.push_str(after);
    Act::status("200 OK", "content-type: application/json\r\n", body)
}

#[test]
fn five_hundred_series_of_eleven_thousand_points() {
    let fake = Fake::start(many_points);
    let plugin = Plugin::start("metrics-points", &fake.url, "{job=\"fastapi\"}");
    let model = json!({
        "result": "count", "groupBy": ["service_name"], "step": "1s", "window": "1m",
        "intervalMs": 1000, "maxDataPoints": 43_200,
    });
    let is_full = std::env::var("GINKGO_FULL").is_ok();
    let (points, most_mb) = if is_full {
        (POINTS, MOST_MB_OF_POINTS)
    } else {
        (POINTS / 5, MOST_MB_OF_POINTS / 5.0 + AT_REST_MB)
    };
    let (error, bytes) = plugin.ask(&model, (START_NS, START_NS + points * SECOND));
    let peak = plugin.peak_mb();
    println!(
        "{SERIES} series of {points} points: {bytes} bytes, peak {peak:.0} MB, error {error:?}"
    );
    assert!(peak < most_mb, "{peak:.0} MB");
    match error {
        // Eight bytes a time and eight a number, at least.
        None => assert!(
            bytes > SERIES as u64 * points as u64 * 16,
            "{bytes} bytes: not all points"
        ),
        Some(error) => assert!(error.len() > 30, "a limit says what it is: {error}"),
    }
}

#[test]
fn fifty_thousand_groups() {
    let entries = (0..GROUPS).map(|number| {
        let line = format!("{{\"level\":\"info\",\"request\":\"r-{number}\"}}");
        let at = START_NS + number as i64 * (HOUR / GROUPS as i64);
        entry(System::Fastapi, at, &[], &[], &line, &[])
    });
    let corpus = Corpus::push("metrics-requests", entries.collect());
    let selector = corpus.selector(System::Fastapi);
    let plugin = Plugin::start("metrics-groups", &loki().url, &selector);
    let range = (START_NS, START_NS + HOUR);
    for model in [
        json!({ "result": "count", "groupBy": ["request"], "instant": true }),
        json!({ "result": "errorRate", "groupBy": ["request"], "step": "1m" }),
    ] {
        let (error, bytes) = plugin.ask(&model, range);
        println!(
            "{GROUPS} groups: {bytes} bytes, peak {:.0} MB, error {error:?}",
            plugin.peak_mb()
        );
        assert!(error.is_none(), "never a dead end: {error:?}");
        assert!(bytes > 1000, "{bytes} bytes");
    }
    let peak = plugin.peak_mb();
    assert!(peak < MOST_MB_OF_GROUPS, "{peak:.0} MB");
}
