//! Groups without end: more than Loki counts at once.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::OnceLock;

use ginkgo::demo::{Entry, System};

use crate::ask::{Site, Source};
use crate::check::{ask, judge};
use crate::corpus::{Corpus, START_NS};
use crate::lines::entry;
use crate::meaning::Meaning;
use crate::metric::{MINUTE, Metric, SECOND};
use crate::proxy::Proxy;
use crate::query::Query;

/// The most queries that such an answer may cost.
const HANDFUL: usize = 12;
const MINUTES: i64 = 10;
const RANGE: (i64, i64) = (START_NS, START_NS + MINUTES * MINUTE);
/// Groups that have a hundred times the lines of any other.
const HEAVY: usize = 10;

#[derive(Debug, Clone, Copy)]
enum Place {
    Label,
    Metadata,
    Line,
}

/// A corpus with so many tenants, ten of them heavy; every fifth line is an error.
fn tenants(place: Place, count: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |number: usize, tenant: String| {
        let at = START_NS
            + (number as i64 * 7919 % (MINUTES * 60_000)) * 1_000_000
            + number as i64 % 1000;
        let level = if number.is_multiple_of(5) {
            "error"
        } else {
            "info"
        };
        let pair = [("tenant", tenant.as_str())];
        let mut line = format!(
            "{{\"level\":\"{level}\",\"n\":{number},\"duration_ms\":{}",
            number % 97
        );
        let mut read = vec![("level".to_owned(), level.to_owned())];
        read.push(("duration_ms".to_owned(), (number % 97).to_string()));
        let (mut labels, mut metadata) = (Vec::new(), Vec::new());
        match place {
            Place::Label => labels.extend(pair),
            Place::Metadata => metadata.extend(pair),
            Place::Line => {
                let _ = write!(line, ",\"tenant\":\"{tenant}\"");
                read.push(("tenant".to_owned(), tenant.clone()));
            }
        }
        line.push('}');
        let read: Vec<(&str, &str)> = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        entries.push(entry(System::Fastapi, at, &labels, &metadata, &line, &read));
    };
    for number in 0..count {
        add(number, format!("small-{number}"));
    }
    for number in 0..HEAVY * 100 {
        add(count + number, format!("heavy-{}", number % HEAVY));
    }
    entries.sort_by_key(|entry| entry.timestamp_ns);
    entries
}

fn corpus(place: Place) -> &'static Corpus {
    static LABEL: OnceLock<Corpus> = OnceLock::new();
    static METADATA: OnceLock<Corpus> = OnceLock::new();
    static LINE: OnceLock<Corpus> = OnceLock::new();
    let (known, name) = match place {
        Place::Label => (&LABEL, "tenants-label"),
        Place::Metadata => (&METADATA, "tenants-metadata"),
        Place::Line => (&LINE, "tenants-line"),
    };
    known.get_or_init(|| Corpus::push(name, tenants(place, 700)))
}

/// Asks through a proxy; the answer is right, says so, and cost a handful of queries.
fn is_right(proxy: &Proxy, corpus: &Corpus, metric: &Metric) -> Result<(), String> {
    let site = Site {
        corpus: corpus.name,
        source: Source::Auto,
    };
    let meaning = Meaning::new(
        metric,
        &site.schema(System::Fastapi),
        corpus.lines(System::Fastapi),
    );
    let before = proxy.queries().len();
    let answer = ask(&proxy.uid, metric).map_err(|refusal| format!("{refusal:?}"))?;
    let asked = proxy.queries().len() - before;
    let found = judge(metric, &meaning, &answer)?;
    if !found.with_other {
        return Err("nothing was left out".to_owned());
    }
    if asked > HANDFUL {
        return Err(format!("{asked} queries"));
    }
    let shown: BTreeSet<&str> = answer
        .series
        .iter()
        .filter_map(|series| series.labels.get("tenant").map(String::as_str))
        .collect();
    for number in 0..HEAVY {
        if !shown.contains(format!("heavy-{number}").as_str()) {
            return Err(format!("heavy-{number} is not shown: {} are", shown.len()));
        }
    }
    let says = answer
        .notices
        .iter()
        .any(|notice| notice.contains("sample") || notice.contains("exact"));
    if !says {
        return Err(format!("how exact the largest are: {:?}", answer.notices));
    }
    Ok(())
}

fn questions() -> Vec<Metric> {
    let of = |result| Metric::new(Query::any(System::Fastapi), result, RANGE).by(&["tenant"]);
    let mut all = Vec::new();
    for result in ["count", "errorCount", "errorRate"] {
        all.push(of(result).instant());
        all.push(of(result).step("1m", MINUTE));
        all.push(of(result).step("30s", 30 * SECOND).window("2m", 2 * MINUTE));
    }
    all.push(of("count").by(&["tenant", "level"]).instant());
    for aggregation in ["avg", "p95", "sum"] {
        all.push(
            of("value")
                .measure("duration_ms", aggregation)
                .step("2m", 2 * MINUTE),
        );
    }
    all.push(of("lastSeen").window("10m", 10 * MINUTE));
    all
}

fn all_are_right(place: Place) {
    let corpus = corpus(place);
    let proxy = Proxy::new(&format!("metrics-{}", corpus.name), corpus.name, corpus);
    let mut wrong = Vec::new();
    for metric in questions() {
        if let Err(what) = is_right(&proxy, corpus, &metric) {
            wrong.push(format!("{}\n  {what}", metric.json()));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn more_groups_than_series_in_the_line() {
    all_are_right(Place::Line);
}

#[test]
fn more_groups_than_series_in_metadata() {
    all_are_right(Place::Metadata);
}

#[test]
fn more_groups_than_series_in_labels() {
    all_are_right(Place::Label);
}
