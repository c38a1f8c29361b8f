//! What Loki itself finds in lines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use ginkgo::logql::{Stage, quote};
use serde_json::{Value, json};

use crate::corpus::START_NS;
use crate::support::{self, Response, get};

/// What Loki's parsers found in one line, by name.
pub type Found = BTreeMap<String, String>;

/// A batch of 128 lines above Loki's 4 MiB a message comes back empty, with status 200: what is
/// written and asked for at once stays well below, values counted like lines.
const MOST_BYTES: usize = 1 << 20;

/// Stands for U+FFFD; no line has it.
const REPLACED: &str = "\u{f8ff}\u{f8fe}\u{f8ff}";

/// Has Loki put these lines through some stages, which give these names.
pub fn look_up(lines: &[String], stages: &[Stage], names: &[String]) -> Vec<Found> {
    static STREAMS: AtomicU64 = AtomicU64::new(0);
    let stream = STREAMS.fetch_add(1, Ordering::Relaxed);
    let stream = format!("reading-{}-{stream}", std::process::id());
    let at = |index: usize| START_NS + index as i64;
    let mut query = format!("{{corpus=\"{stream}\"}}");
    for stage in stages {
        let _ = write!(query, " {stage}");
    }
    // With U+FFFD in what it found, as in an object's raw text, Loki cannot write its answer: it
    // tries for 17 seconds, and gives a 500.
    for name in names {
        let template = format!("{{{{ Replace .{name} \"\\ufffd\" \"{REPLACED}\" -1 }}}}");
        let _ = write!(query, " | label_format {name}={}", quote::string(&template));
    }
    let mut found = Vec::new();
    while found.len() < lines.len() {
        let from = found.len();
        let mut bytes = 0;
        let fits = lines[from..].iter().take_while(|line| {
            bytes += line.len();
            bytes <= MOST_BYTES
        });
        let to = from + fits.count().max(1);
        push(&stream, at(from), &lines[from..to]);
        found.extend(ask(&query, at(from), at(to), &lines[from..to]));
    }
    found
}

/// Writes lines, one a nanosecond.
fn push(stream: &str, start: i64, lines: &[String]) {
    let values = (start..).zip(lines);
    let values = values.map(|(at, line)| json!([at.to_string(), line]));
    let values: Vec<Value> = values.collect();
    let streams = json!([{ "stream": { "corpus": stream }, "values": values }]);
    support::loki().push_json(&json!({ "streams": streams }));
}

/// Asks for the lines of a range, which are these.
fn ask(query: &str, start: i64, end: i64, lines: &[String]) -> Vec<Found> {
    let response = send(query, start, end);
    assert_eq!(response.status, 200, "{query}: {}", response.text);
    let answer = response.json();
    let mut found: Vec<Option<Found>> = vec![None; lines.len()];
    for stream in answer["data"]["result"].as_array().unwrap() {
        for entry in stream["values"].as_array().unwrap() {
            let at: i64 = entry[0].as_str().unwrap().parse().unwrap();
            let index = (at - start) as usize;
            assert_eq!(
                entry[1],
                lines[index].as_str(),
                "Loki keeps lines as they are"
            );
            let parsed = entry[2].get("parsed").cloned();
            let parsed: Found = parsed.map_or_else(Found::new, |parsed| {
                serde_json::from_value(parsed).expect("names and texts")
            });
            let parsed = parsed.into_iter();
            let parsed = parsed.map(|(name, text)| (name, text.replace(REPLACED, "\u{fffd}")));
            assert!(
                found[index].replace(parsed.collect()).is_none(),
                "a line came twice"
            );
        }
    }
    let all: Option<Vec<Found>> = found.into_iter().collect();
    all.unwrap_or_else(|| panic!("{query}: not all of {} lines came back", lines.len()))
}

fn send(query: &str, start: i64, end: i64) -> Response {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("query", query)
        .append_pair("start", &start.to_string())
        .append_pair("end", &end.to_string())
        .append_pair("limit", "5000")
        .append_pair("direction", "forward");
    let base = &support::loki().url;
    let url = format!("{base}/loki/api/v1/query_range?{}", form.finish());
    get(
        &url,
        &[("X-Loki-Response-Encoding-Flags", "categorize-labels")],
    )
}
