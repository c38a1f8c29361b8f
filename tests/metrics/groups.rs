//! Groups without end: more than Loki counts at once.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::OnceLock;

use ginkgo_demo::{Entry, System};

use crate::ask::{Site, Source};
use crate::check::{ask, check, judge};
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
        add(count + number, heavy(place, number % HEAVY));
    }
    entries.sort_by_key(|entry| entry.timestamp_ns);
    entries
}

/// A heavy tenant's name; one is called as the rest is.
fn heavy(place: Place, number: usize) -> String {
    match (place, number) {
        (Place::Metadata, 3) => "other".to_owned(),
        _ => format!("heavy-{number}"),
    }
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
fn is_right(place: Place, proxy: &Proxy, corpus: &Corpus, metric: &Metric) -> Result<(), String> {
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
        let name = heavy(place, number);
        if !shown.contains(name.as_str()) {
            return Err(format!("{name} is not shown: {} are", shown.len()));
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
        all.push(of(result).step("1m", MINUTE).limit(HEAVY));
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
    // As many steps as in the window would be more numbers than an answer holds.
    all.push(
        of("lastSeen")
            .window("1d", 1440 * MINUTE)
            .step("1s", SECOND),
    );
    all
}

fn all_are_right(place: Place) {
    let corpus = corpus(place);
    let proxy = Proxy::new(&format!("metrics-{}", corpus.name), corpus.name, corpus);
    let mut wrong = Vec::new();
    for metric in questions() {
        if let Err(what) = is_right(place, &proxy, corpus, &metric) {
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

/// Most lines have no tenant: they are the largest group where one is asked for, else among the rest.
#[test]
fn lines_without_a_value_are_a_group_or_the_rest() {
    let mut entries = tenants(Place::Line, 700);
    for number in 0..3000 {
        let at = START_NS + number * 190_000_000;
        let line = format!("{{\"level\":\"info\",\"n\":{number}}}");
        let read = [("level", "info")];
        entries.push(entry(System::Fastapi, at, &[], &[], &line, &read));
    }
    entries.sort_by_key(|entry| entry.timestamp_ns);
    let corpus = Corpus::push("metrics-nobody", entries);
    let site = Site {
        corpus: corpus.name,
        source: Source::Auto,
    };
    for result in ["count", "errorRate"] {
        for (limit, has_nobody) in [(1, true), (30, false)] {
            let metric = Metric::new(Query::any(System::Fastapi), result, RANGE)
                .by(&["tenant"])
                .limit(limit)
                .step("1m", MINUTE);
            let found = check(&site, &corpus, &metric).unwrap_or_else(|what| panic!("{what}"));
            assert!(found.with_other, "{found:?}");
            let answer = ask(&site.uid(&corpus), &metric).unwrap();
            let nobody = answer
                .series
                .iter()
                .any(|series| !series.labels.contains_key("tenant"));
            assert_eq!(nobody, has_nobody, "{:?}", answer.series);
            let said = |notice: &String| notice.contains("with a value of tenant");
            assert_eq!(
                answer.notices.iter().any(said),
                !has_nobody,
                "{:?}",
                answer.notices
            );
        }
    }
}

/// The largest groups share a value with more groups than Loki counts, and differ from these by what they lack.
#[test]
fn groups_are_told_apart_by_what_they_lack() {
    let mut entries = Vec::new();
    for number in 0..3700 {
        let at = START_NS + number * 160_000_000;
        let kind = format!("k{}", number % 2);
        let mut line = format!("{{\"level\":\"info\",\"kind\":\"{kind}\"");
        let mut read = vec![("level", "info"), ("kind", kind.as_str())];
        let tenant = format!("small-{number}");
        if number % 5 == 0 {
            let _ = write!(line, ",\"tenant\":\"{tenant}\"");
            read.push(("tenant", tenant.as_str()));
        }
        line.push('}');
        entries.push(entry(System::Fastapi, at, &[], &[], &line, &read));
    }
    let corpus = Corpus::push("metrics-kinds", entries);
    let site = Site {
        corpus: corpus.name,
        source: Source::Auto,
    };
    for result in ["count", "errorRate"] {
        let metric = Metric::new(Query::any(System::Fastapi), result, RANGE)
            .by(&["kind", "tenant"])
            .limit(2)
            .step("1m", MINUTE);
        let found = check(&site, &corpus, &metric).unwrap_or_else(|what| panic!("{what}"));
        assert!(found.with_other && found.series == 3, "{found:?}");
    }
}

/// Groups that are called as the rest is called: each label set is there once, and each number is right.
#[test]
fn the_rest_is_never_taken_for_a_group_that_there_is() {
    let mut entries = Vec::new();
    for (tenant, count) in [
        ("a", 9),
        ("other", 5),
        ("other (rest)", 3),
        ("b", 2),
        ("c", 1),
    ] {
        for number in 0..count {
            let at = START_NS + entries.len() as i64 * SECOND;
            let level = if number % 2 == 0 { "error" } else { "info" };
            let line = format!("{{\"level\":\"{level}\",\"tenant\":\"{tenant}\",\"n\":{number}}}");
            let read = [("level", level), ("tenant", tenant)];
            entries.push(entry(System::Fastapi, at, &[], &[], &line, &read));
        }
    }
    let corpus = Corpus::push("metrics-others", entries);
    let site = Site {
        corpus: corpus.name,
        source: Source::Auto,
    };
    for result in ["count", "errorCount", "errorRate"] {
        for (limit, rest) in [
            (1, "other (rest 2)"),
            (3, "other (rest 2)"),
            (4, "other (rest 2)"),
        ] {
            for instant in [true, false] {
                let mut metric = Metric::new(Query::any(System::Fastapi), result, RANGE)
                    .by(&["tenant"])
                    .limit(limit)
                    .step("10s", 10 * SECOND);
                metric.instant = instant;
                let found = check(&site, &corpus, &metric).unwrap_or_else(|what| panic!("{what}"));
                assert!(found.with_other && found.series == limit + 1, "{found:?}");
                let answer = ask(&site.uid(&corpus), &metric).unwrap();
                let tenants = answer
                    .series
                    .iter()
                    .map(|series| series.labels["tenant"].as_str());
                assert!(
                    tenants.clone().any(|tenant| tenant == rest),
                    "{limit}: {:?}",
                    answer.series
                );
                let said =
                    |notice: &String| notice.contains(&format!("`{rest}` is exactly the rest"));
                assert!(answer.notices.iter().any(said), "{:?}", answer.notices);
            }
        }
    }
    // Where nobody is called so, nothing is added to the name.
    let levels = Metric::new(Query::any(System::Fastapi), "count", RANGE)
        .by(&["level"])
        .limit(1)
        .instant();
    let answer = ask(&site.uid(&corpus), &levels).unwrap();
    let names: BTreeSet<&str> = answer
        .series
        .iter()
        .map(|series| series.labels["level"].as_str())
        .collect();
    assert!(names.contains("other") && names.len() == 2, "{names:?}");
}
