//! The corpora of these tests: generated lines, many of them exactly at the borders of steps and windows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use ginkgo_demo::{self as demo, Entry, Layout, System, Truth};

use crate::ask::{Site, Source};
use crate::corpus::{Corpus, config};
use crate::metric::SECOND;

/// The corpus of a layout, pushed once a run.
pub fn corpus(layout: Layout) -> &'static Corpus {
    static CORPORA: OnceLock<Vec<Corpus>> = OnceLock::new();
    let corpora = CORPORA.get_or_init(|| {
        let push = |layout: Layout| Corpus::push(name(layout), entries(layout));
        Layout::ALL.into_iter().map(push).collect()
    });
    let found = corpora.iter().find(|corpus| corpus.name == name(layout));
    found.unwrap()
}

/// A data source of a layout's corpus.
pub fn site(layout: Layout, source: Source) -> Site {
    let corpus = name(layout);
    Site { corpus, source }
}

fn name(layout: Layout) -> &'static str {
    match layout {
        Layout::Labels => "metrics-labels",
        Layout::Metadata => "metrics-metadata",
        Layout::Line => "metrics-line",
        Layout::Mixed => "metrics-mixed",
    }
}

/// The generated lines; two of five moved to a whole second, or to the nanosecond before or behind it.
pub fn entries(layout: Layout) -> Vec<Entry> {
    let mut seen = BTreeSet::new();
    let mut entries: Vec<Entry> = Vec::new();
    for (number, mut entry) in demo::generate(&config(layout)).enumerate() {
        let whole = entry.timestamp_ns / SECOND * SECOND;
        entry.timestamp_ns = match number % 10 {
            0 | 1 => whole,
            2 => whole + 1,
            3 => whole - 1,
            _ => entry.timestamp_ns,
        };
        // Loki drops what repeats exactly.
        let stream: Vec<_> = entry.labels.clone().into_iter().collect();
        let metadata: Vec<_> = entry.metadata.clone().into_iter().collect();
        if seen.insert((entry.timestamp_ns, stream, metadata, entry.line.clone())) {
            entries.push(entry);
        }
    }
    entries.sort_by_key(|entry| entry.timestamp_ns);
    entries
}

pub fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// A line made by hand; `read` is what a correct reader gets out of it.
pub fn entry(
    system: System,
    timestamp_ns: i64,
    labels: &[(&str, &str)],
    metadata: &[(&str, &str)],
    line: &str,
    read: &[(&str, &str)],
) -> Entry {
    let mut labels = pairs(labels);
    let (name, value) = match system {
        System::Ginkgo => ("job", "ginkgo"),
        System::Fastapi => ("job", "fastapi"),
        System::Tskv => ("job", "docker"),
        System::Dynamo => ("nvidia_com_dynamo_graph_deployment_name", "graph"),
    };
    labels
        .entry(name.to_owned())
        .or_insert_with(|| value.to_owned());
    Entry {
        system,
        timestamp_ns,
        labels,
        metadata: pairs(metadata),
        line: line.to_owned(),
        truth: Truth {
            line: pairs(read),
            ..Truth::default()
        },
    }
}
