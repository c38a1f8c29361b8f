//! The lines that are asked for: generated logs of eight portfolios, the same in every run.

use std::time::{Duration, Instant};

use ginkgo_demo::{Config, Entry, Layout, System, catalog, generate};

use crate::support::loki::Loki;
use crate::support::send;

/// The end of every corpus: 20 minutes past a full hour, because Loki splits questions there.
pub const END_NS: i64 = 1_767_608_400_000_000_000;
/// The range of the questions about speed.
pub const SIX_HOURS: i64 = 360;
/// Lines a second: 400,000 in six hours.
const RATE: f64 = 400_000.0 / 21_600.0;
/// Two sites of the framework, four portfolios each.
const SEEDS: [u64; 2] = [1, 2];
/// As many traces there are: each has hundreds of lines over the whole range.
const TRACES: u128 = 200;
/// Lines of one push.
const PUSHED: usize = 1000;
/// Within this time a flushed Loki has written its chunks.
const FLUSHED: Duration = Duration::from_secs(60);

/// Where a corpus begins.
pub fn start_ns(minutes: i64) -> i64 {
    END_NS - minutes * 60_000_000_000
}

fn config(seed: u64, layout: Layout, minutes: i64) -> Config {
    Config {
        lines_per_second: RATE / SEEDS.len() as f64,
        systems: vec![System::Ginkgo],
        layout,
        mess: 0.0,
        ..Config::new(seed, start_ns(minutes), END_NS)
    }
}

/// The lines of the last minutes before the end, oldest first.
pub fn entries(layout: Layout, minutes: i64) -> impl Iterator<Item = Entry> {
    let site = |seed| generate(&config(seed, layout, minutes)).peekable();
    let mut sites = SEEDS.map(site);
    std::iter::from_fn(move || {
        let heads = sites.iter_mut().enumerate();
        let times = heads.filter_map(|(site, lines)| Some((lines.peek()?.timestamp_ns, site)));
        let (_, first) = times.min()?;
        sites.get_mut(first)?.next().map(with_few_traces)
    })
}

/// Gives a line one of a few traces, in the line alone: a trace of the generator has six lines.
fn with_few_traces(mut entry: Entry) -> Entry {
    entry.labels.remove("trace_id");
    if let Some(trace) = entry.truth.line.get("trace_id") {
        let number = u128::from_str_radix(trace, 16).expect("the generator writes hex");
        entry.line = entry.line.replace(trace, &self::trace(number));
    }
    entry
}

/// The id of a trace, by any number.
pub fn trace(number: u128) -> String {
    let spread = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128;
    format!("{:032x}", spread.wrapping_mul(number % TRACES + 1))
}

/// The ids of the portfolios, strategies and runs.
#[derive(Default)]
pub struct Ids {
    pub portfolios: Vec<String>,
    pub strategies: Vec<String>,
    pub runs: Vec<String>,
}

/// The ids of a corpus.
pub fn ids(minutes: i64) -> Ids {
    let mut ids = Ids::default();
    for seed in SEEDS {
        let known = catalog(&config(seed, Layout::Line, minutes));
        ids.portfolios.extend(known.portfolios);
        ids.strategies.extend(known.strategies);
        ids.runs.extend(known.runs);
    }
    ids
}

/// The selector of a corpus.
pub fn selector(layout: Layout) -> String {
    format!(r#"{{job="ginkgo", corpus="{layout}"}}"#)
}

/// Writes a corpus and has Loki flush it, so that it is read from chunks as old logs are; returns how
/// many lines and bytes.
pub fn push(loki: &Loki, layout: Layout, minutes: i64) -> (usize, usize) {
    let (mut lines, mut bytes) = (0, 0);
    let mut entries = entries(layout, minutes);
    loop {
        let piece: Vec<Entry> = entries.by_ref().take(PUSHED).collect();
        if piece.is_empty() {
            break;
        }
        lines += piece.len();
        bytes += piece.iter().map(|entry| entry.line.len()).sum::<usize>();
        loki.push(&piece, &[("corpus", layout.name())]);
    }
    flush(loki);
    (lines, bytes)
}

fn flush(loki: &Loki) {
    send(
        "POST",
        &format!("{}/flush", loki.url),
        &[],
        &serde_json::Value::Null,
    );
    let deadline = Instant::now() + FLUSHED;
    let empty = "loki_ingester_memory_chunks 0";
    while !loki.get("/metrics").text.lines().any(|line| line == empty) {
        assert!(Instant::now() < deadline, "loki does not flush its chunks");
        std::thread::sleep(Duration::from_millis(200));
    }
}
