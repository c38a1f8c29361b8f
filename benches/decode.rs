//! From the bytes of Loki's answers to the bytes of the finished frame, without network, with the
//! plugin's own allocator: `cargo bench --bench decode`. The lines come in pages of 2 MiB, as a question
//! reads them. Prints time, bytes and lines a second, and the allocations' peak beside the pages' bodies;
//! then the same by CPU time, which other programs on the machine disturb less.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program that prints figures, and ends when it cannot measure"
)]

use std::time::Duration;

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use ginkgo::answer::{Asked, Builder, Page};
use ginkgo::frame::ipc;
use ginkgo::loki::response::{LogAnswer, Stats};
use ginkgo::query::Query;
use ginkgo::schema::presets;
use ginkgo_demo::{Config, Entry, Layout, System, generate};
use serde_json::{Map, Value, json};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// What a page may have in bytes (`src/ask/pages/size.rs`).
const PAGE_BYTES: usize = 2 << 20;

/// The numbers of lines.
const LINES: [usize; 3] = [500, 5_000, 50_000];
/// Of so many measurements the fastest counts, each of at least this CPU time.
const SAMPLES: usize = 10;
const SAMPLE: Duration = Duration::from_millis(200);

fn main() {
    divan::main();
    for lines in LINES {
        let bodies = bodies(lines);
        let bytes: usize = bodies.iter().map(Vec::len).sum();
        let samples = (0..SAMPLES).map(|_| seconds_of_cpu(lines, &bodies));
        let seconds = samples.min_by(f64::total_cmp).expect("some samples");
        let (megabytes, lines_a_second) = (bytes as f64 / 1e6 / seconds, lines as f64 / seconds);
        println!(
            "{lines} lines: {:.2} ms of CPU, {megabytes:.0} MB/s, {lines_a_second:.0} lines/s",
            seconds * 1e3
        );
    }
}

/// Decodes for a while; returns the CPU time that it took once.
fn seconds_of_cpu(lines: usize, bodies: &[Vec<u8>]) -> f64 {
    with_question(lines, |asked| {
        let (began, mut rounds) = (cpu_time(), 0.0);
        loop {
            divan::black_box(decode(divan::black_box(bodies), asked));
            rounds += 1.0;
            let took = cpu_time().saturating_sub(began);
            if took > SAMPLE {
                return took.as_secs_f64() / rounds;
            }
        }
    })
}

/// What this program has run for (Linux).
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("linux");
    let nanoseconds = stat.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanoseconds.expect("a number"))
}

/// Asks for so many lines of a portfolio.
fn with_question<T>(lines: usize, work: impl FnOnce(&Asked<'_>) -> T) -> T {
    let query = json!({ "queryType": "portfolio", "ids": ["any"], "limit": lines });
    let query = Query::try_from(&query).expect("a query");
    let systems = presets();
    work(&Asked {
        query: &query,
        system: systems.first().expect("the preset ginkgo"),
        expr: "",
        search_words: &[],
        limit: lines as u32,
    })
}

/// What is measured: log answers to a portfolio's question, each row with its labels.
fn decode(bodies: &[Vec<u8>], asked: &Asked<'_>) -> Vec<u8> {
    let mut builder = Builder::new(*asked);
    for body in bodies {
        let answer = LogAnswer::decode(body).expect("an answer of loki");
        let page = Page::new(answer.into(), asked.query.direction);
        builder.push(&page, 0..page.len());
    }
    let frame = builder.finish(&Stats::default(), &[], Vec::new());
    ipc::encode(frame, "A").expect("a frame")
}

#[divan::bench(args = LINES, sample_count = 20)]
fn log_lines(bencher: Bencher<'_, '_>, lines: usize) {
    let bodies = bodies(lines);
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    with_question(lines, |asked| {
        bencher
            .counter(BytesCount::new(bytes))
            .counter(ItemsCount::new(lines))
            .bench(|| decode(divan::black_box(&bodies), asked));
    });
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
