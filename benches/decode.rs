//! From the bytes of Loki's answers to the bytes of the finished frame, without network, with the
//! plugin's own allocator: `cargo bench --bench decode`. The lines come in pages of 2 MiB, as a question
//! reads them. Prints time, bytes and lines a second, and the allocations' peak beside the pages' bodies.

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
use mimalloc::MiMalloc;
use serde_json::{Map, Value, json};

#[global_allocator]
static ALLOCATOR: AllocProfiler<MiMalloc> = AllocProfiler::new(MiMalloc);

/// What a page may have in bytes (`src/ask/pages/size.rs`).
const PAGE_BYTES: usize = 2 << 20;

fn main() {
    divan::main();
}

/// What is measured: log answers to a portfolio's question, each row with its labels.
fn decode(bodies: &[Vec<u8>], asked: &Asked<'_>) -> Vec<u8> {
    let mut builder = Builder::new(*asked);
    for body in bodies {
        let answer = LogAnswer::decode(body).expect("an answer of loki");
        let page = Page::new(answer, asked.query.direction);
        builder.push(&page, 0..page.len());
    }
    let frame = builder.finish(&Stats::default(), &[], Vec::new());
    ipc::encode(frame, "A").expect("a frame")
}

#[divan::bench(args = [500, 5_000, 50_000], sample_count = 20)]
fn log_lines(bencher: Bencher<'_, '_>, lines: usize) {
    let bodies = bodies(lines);
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
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .counter(ItemsCount::new(lines))
        .bench(|| decode(divan::black_box(&bodies), &asked));
}

/// The newest lines of a trading system in pages, each a body as Loki writes it.
fn bodies(lines: usize) -> Vec<Vec<u8>> {
    let config = Config {
        systems: vec![System::Ginkgo],
        layout: Layout::Line,
        mess: 0.0,
        lines_per_second: 20.0,
        ..Config::new(1, 0, i64::MAX)
    };
    let mut entries: Vec<Entry> = generate(&config).take(lines).collect();
    entries.reverse();
    let mean = entries.iter().map(|entry| entry.line.len()).sum::<usize>() / lines;
    entries.chunks(PAGE_BYTES / mean).map(body).collect()
}

/// An answer as Loki writes it: newest first, by stream, metadata apart from labels.
fn body(entries: &[Entry]) -> Vec<u8> {
    let mut streams: Vec<(Map<String, Value>, Vec<Value>)> = Vec::new();
    for entry in entries {
        let pairs = entry.labels.iter();
        let pairs = pairs.map(|(name, value)| (name.clone(), value.clone().into()));
        let labels: Map<String, Value> = pairs.collect();
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
