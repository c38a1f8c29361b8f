//! From the bytes of Loki's answer to the bytes of the finished frame, without network:
//! `cargo bench --bench decode`. Prints time, bytes and lines a second, and the allocations' peak.

#![allow(
    clippy::expect_used,
    reason = "a program that prints figures, and ends when it cannot measure"
)]

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use ginkgo::answer::{Asked, Builder, Page};
use ginkgo::demo::{Config, Entry, Layout, System, generate};
use ginkgo::frame::ipc;
use ginkgo::loki::response::{LogAnswer, Stats};
use ginkgo::query::Query;
use ginkgo::schema::presets;
use serde_json::{Map, Value, json};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// What is measured: a log answer to a portfolio's question, each row with its labels.
fn decode(body: &[u8], asked: &Asked<'_>) -> Vec<u8> {
    let answer = LogAnswer::decode(body).expect("an answer of loki");
    let page = Page::new(answer, asked.query.direction);
    let mut builder = Builder::new(*asked);
    builder.push(&page, 0..page.len());
    drop(page);
    let frame = builder.finish(&Stats::default(), &[], Vec::new());
    ipc::encode(frame, "A").expect("a frame")
}

#[divan::bench(args = [500, 5_000, 50_000], sample_count = 20)]
fn log_lines(bencher: Bencher<'_, '_>, lines: usize) {
    let body = body(lines);
    let query = json!({ "queryType": "portfolio", "ids": ["any"], "limit": lines });
    let query = Query::try_from(&query).expect("a query");
    let systems = presets();
    let asked = Asked {
        query: &query,
        system: systems.first().expect("the preset ginkgo"),
        expr: "",
        search_words: &[],
        limit: lines as u32,
    };
    bencher
        .counter(BytesCount::of_slice(&body))
        .counter(ItemsCount::new(lines))
        .bench(|| decode(divan::black_box(&body), &asked));
}

/// An answer as Loki writes it: newest first, by stream, metadata apart from labels.
fn body(lines: usize) -> Vec<u8> {
    let config = Config {
        systems: vec![System::Ginkgo],
        layout: Layout::Line,
        mess: 0.0,
        lines_per_second: 20.0,
        ..Config::new(1, 0, i64::MAX)
    };
    let mut entries: Vec<Entry> = generate(&config).take(lines).collect();
    entries.reverse();
    let mut streams: Vec<(Map<String, Value>, Vec<Value>)> = Vec::new();
    for entry in entries {
        let pairs = entry.labels.into_iter();
        let labels: Map<String, Value> = pairs.map(|(name, value)| (name, value.into())).collect();
        let metadata = json!({ "structuredMetadata": { "detected_level": "info" } });
        let value = json!([entry.timestamp_ns.to_string(), entry.line, metadata]);
        match streams.iter_mut().find(|(known, _)| *known == labels) {
            Some((_, values)) => values.push(value),
            None => streams.push((labels, vec![value])),
        }
    }
    let streams: Vec<Value> = streams
        .into_iter()
        .map(|(labels, values)| json!({ "stream": labels, "values": values }))
        .collect();
    let answer = json!({
        "status": "success",
        "data": { "resultType": "streams", "result": streams, "stats": {} },
    });
    answer.to_string().into_bytes()
}
