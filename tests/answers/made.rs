//! Questions over a small corpus made by hand: values at the borders of what a type is, lines at the
//! borders of a range, many lines in one nanosecond, labels and metadata of one name.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ginkgo_demo::{Entry, System, Truth};

use crate::ask::{Site, Source, range};
use crate::compare::check_ids;
use crate::corpus::{Corpus, START_NS};
use crate::named::{Case, Rows, run};
use crate::oracle::matching;
use crate::query::Query;

use System::{Fastapi, Tskv};

const SECOND: i64 = 1_000_000_000;

pub fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

pub fn entry(
    system: System,
    at_ns: i64,
    labels: &[(&str, &str)],
    metadata: &[(&str, &str)],
    line: &str,
    read: &[(&str, &str)],
) -> Entry {
    let job = if system == Tskv { "docker" } else { "fastapi" };
    let mut labels = pairs(labels);
    labels.insert("job".to_owned(), job.to_owned());
    Entry {
        system,
        timestamp_ns: START_NS + at_ns,
        labels,
        metadata: pairs(metadata),
        line: line.to_owned(),
        truth: Truth {
            line: pairs(read),
            ..Truth::default()
        },
    }
}

/// A JSON line with one value, as it is written and as it reads.
fn json_line(at_ns: i64, key: &str, written: &str, read: &str) -> Entry {
    let line = format!("{{\"n\":{at_ns},\"{key}\":{written}}}");
    let number = at_ns.to_string();
    let read: Vec<(&str, &str)> = [("n", number.as_str()), (key, read)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect();
    entry(Fastapi, at_ns, &[], &[], &line, &read)
}

/// Written in JSON, and as text.
const NUMBERS: [(&str, &str); 28] = [
    ("200", "200"),
    ("\"200\"", "200"),
    ("200.0", "200.0"),
    ("2e2", "2e2"),
    ("\"+200\"", "+200"),
    ("\".5\"", ".5"),
    ("\"5.\"", "5."),
    ("-0", "-0"),
    ("0", "0"),
    ("\"NaN\"", "NaN"),
    ("\"inf\"", "inf"),
    ("\"Infinity\"", "Infinity"),
    ("\"1_0\"", "1_0"),
    ("1e999", "1e999"),
    ("\"0x10\"", "0x10"),
    ("\" 200\"", " 200"),
    ("\"200 \"", "200 "),
    ("\"200\\n\"", "200\n"),
    ("\"\"", ""),
    ("null", ""),
    ("true", "true"),
    ("9007199254740993", "9007199254740993"),
    ("9007199254740992", "9007199254740992"),
    ("1234567890123456781", "1234567890123456781"),
    ("1234567890123456782", "1234567890123456782"),
    ("\"+01234567890123456781.0\"", "+01234567890123456781.0"),
    ("-1234567890123456781", "-1234567890123456781"),
    ("12345678901234567810", "12345678901234567810"),
];

const LEVELS: [&str; 40] = [
    "critical",
    "FATAL",
    " crit ",
    "Alert",
    "60",
    "Err",
    "eror",
    "40",
    "Notice",
    "verbose",
    "10",
    "unknown",
    "35",
    "error!",
    "FTL",
    "SEVERE",
    "dpanic",
    "WRN",
    "INF",
    "E",
    "W",
    "I",
    "ERROR2",
    "Error4",
    "FATAL2",
    "emergency",
    "SUCCESS",
    "50.0",
    "30.00",
    "50.5",
    "17",
    "13",
    "FINE",
    "finest",
    "\\u001b[31mERROR\\u001b[0m",
    "\\u001b[1m\\u001b[33m warn \\u001b[0m",
    "#033[32minfo#033[0m",
    "[31merr[0m",
    "\\u001b[31mloud\\u001b[0m",
    "[error]",
];

const TRUTHS: [(&str, &str); 8] = [
    ("true", "true"),
    ("\"TRUE\"", "TRUE"),
    ("1", "1"),
    ("\"0\"", "0"),
    ("false", "false"),
    ("\"yes\"", "yes"),
    ("\" true\"", " true"),
    ("\"\"", ""),
];

const TIMES: [(&str, &str); 15] = [
    ("1583141700.123456", "1583141700.123456"),
    ("1583141700.0", "1583141700.0"),
    ("\"1583141700.5\"", "1583141700.5"),
    ("1583141700123.25", "1583141700123.25"),
    ("\"2020-03-02 09:35:00,123\"", "2020-03-02 09:35:00,123"),
    ("15831417.5", "15831417.5"),
    ("\"2020-03-02 09:35:00\"", "2020-03-02 09:35:00"),
    ("\"2020-03-02T09:35:00.5\"", "2020-03-02T09:35:00.5"),
    ("\"2020-03-02T09:35:00+08:00\"", "2020-03-02T09:35:00+08:00"),
    ("1700000000", "1700000000"),
    ("1700000000123", "1700000000123"),
    ("1700000000123456789", "1700000000123456789"),
    ("17", "17"),
    ("\"soon\"", "soon"),
    ("\"2020-03-02\"", "2020-03-02"),
];

/// Texts as `json.dumps` escapes them, and as they read.
const SEARCHED: [(&str, &str); 11] = [
    ("\\u041e\\u0428\\u0418\\u0411\\u041a\\u0410", "ОШИБКА"),
    ("\\u043e\\u0448\\u0438\\u0431\\u043a\\u0430", "ошибка"),
    ("\\u041e\\u0448\\u0438\\u0431\\u043a\\u0430", "Ошибка"),
    ("ОшиБка", "ОшиБка"),
    ("\\u00dcBER x", "ÜBER x"),
    ("\\u00fcber", "über"),
    ("ÜBER X", "ÜBER X"),
    ("\\u03a3\\u0391\\u03a3", "ΣΑΣ"),
    ("σας", "σας"),
    ("\\ud801\\udc00", "𐐀"),
    ("\\ud801\\udc28", "𐐨"),
];

fn entries() -> Vec<Entry> {
    let mut all = Vec::new();
    let mut at = 0;
    let mut next = || {
        at += 1_234_567;
        at
    };
    for (written, read) in NUMBERS {
        all.push(json_line(next(), "status_code", written, read));
    }
    for word in LEVELS {
        let read = word.replace("\\u001b", "\u{1b}");
        all.push(json_line(next(), "level", &format!("\"{word}\""), &read));
    }
    for (written, read) in TRUTHS {
        all.push(json_line(next(), "cached", written, read));
    }
    for (written, read) in TIMES {
        let line = json_line(next(), "timestamp", written, read);
        let mut truth = line.truth.clone();
        let time = truth.line.remove("timestamp").unwrap();
        truth.line.insert("time".to_owned(), time);
        all.push(Entry { truth, ..line });
    }
    for (written, read) in SEARCHED {
        all.push(json_line(
            next(),
            "message",
            &format!("\"{written}\""),
            read,
        ));
    }
    // Not a tidy object at all, among those that are.
    all.push(entry(
        Fastapi,
        next(),
        &[],
        &[],
        "status_code=200 level=error",
        &[],
    ));
    // The borders of the range from second 10 to second 20.
    for at in [10 * SECOND - 1, 10 * SECOND, 20 * SECOND - 1, 20 * SECOND] {
        all.push(json_line(at, "border", "1", "1"));
    }
    // Forty lines of one nanosecond, in four streams.
    for number in 0..40 {
        let text = number.to_string();
        let stream = (number % 4).to_string();
        let line = format!("{{\"message\":\"{text}\"}}");
        let labels = [("service", stream.as_str())];
        let read = [("message", text.as_str())];
        all.push(entry(Fastapi, 30 * SECOND + 7, &labels, &[], &line, &read));
    }
    places(&mut all);
    all.sort_by_key(|entry| entry.timestamp_ns);
    all
}

/// One name as label, as metadata and in the line, each there or not.
fn places(all: &mut Vec<Entry>) {
    let names = ["trace_id", "status_code"];
    for (index, name) in names.into_iter().enumerate() {
        for mask in 0..8 {
            let at = (40 + index as i64) * SECOND + mask;
            let has = |bit: i64| mask & bit != 0;
            let (label, metadata, line) = match name {
                "trace_id" => ("in-label", "in-metadata", "in-line"),
                _ => ("401", "402", "403"),
            };
            let labels: &[_] = if has(1) { &[(name, label)] } else { &[] };
            let metadata: &[_] = if has(2) { &[(name, metadata)] } else { &[] };
            let read: &[_] = if has(4) { &[(name, line)] } else { &[] };
            let line = if has(4) {
                format!("{name}={line}")
            } else {
                format!("mask={mask}")
            };
            all.push(entry(Tskv, at, labels, metadata, &line, read));
        }
    }
}

fn made() -> &'static Corpus {
    static MADE: OnceLock<Corpus> = OnceLock::new();
    MADE.get_or_init(|| Corpus::push("made", entries()))
}

fn case(name: &str, source: Source, query: Query) -> Case {
    let corpus = "made";
    let site = Site { corpus, source };
    Case {
        name: name.to_owned(),
        site,
        corpus: made(),
        query: query.limit(1000),
        rows: Rows::Some,
    }
}

#[test]
fn values_at_the_borders_of_a_type() {
    let mut cases = Vec::new();
    let rows: [(&'static str, &[(&'static str, &[&str])]); 4] = [
        (
            "status_code",
            &[
                ("=", &["200"]),
                ("=", &["0"]),
                ("=", &["-0"]),
                ("=", &["9007199254740992"]),
                ("=", &["9007199254740993"]),
                ("=", &["1234567890123456781"]),
                ("!=", &["1234567890123456781"]),
                ("=|", &["1234567890123456782", "200"]),
                (">", &["1234567890123456781"]),
                (">=", &["1234567890123456781"]),
                ("<", &["1234567890123456782"]),
                ("<=", &["1234567890123456781"]),
                ("<", &["-1234567890123456780"]),
                (">", &["-1234567890123456782"]),
                ("!=", &["200"]),
                ("!=", &["0"]),
                ("!=|", &["200", ".5"]),
                ("=|", &["5", "0.5"]),
                (">", &["1"]),
                (">=", &["0"]),
                ("<", &["1"]),
                ("<=", &["0"]),
                ("exists", &[]),
                ("missing", &[]),
            ],
        ),
        (
            "level",
            &[
                ("=", &["critical"]),
                ("=", &["unknown"]),
                ("!=", &["unknown"]),
                ("=|", &["error", "trace"]),
                ("!=|", &["error", "critical"]),
                (">", &["error"]),
                (">=", &["warning"]),
                ("<", &["info"]),
                ("<=", &["info"]),
                ("exists", &[]),
                ("missing", &[]),
            ],
        ),
        (
            "time",
            &[
                (">=", &["2020-03-02T09:34:50Z"]),
                ("<", &["2020-03-02T09:35:00.2Z"]),
                ("=", &["1583141700.5"]),
                ("!=", &["2020-03-02T09:35:00Z"]),
                ("=|", &["2020-03-02 09:35:00,123", "1583141700123.25"]),
            ],
        ),
        (
            "cached",
            &[
                ("=", &["true"]),
                ("=", &["False"]),
                ("!=", &["true"]),
                ("!=", &["0"]),
                ("=|", &["true", "false"]),
                ("!=|", &["true", "false"]),
                ("exists", &[]),
                ("missing", &[]),
            ],
        ),
    ];
    for (field, tests) in rows {
        for (operator, values) in tests {
            let query = Query::any(Fastapi).filter(field, operator, values);
            cases.push(case(
                &format!("{field} {operator} {values:?}"),
                Source::Auto,
                query,
            ));
        }
    }
    let times = Query::any(Fastapi)
        .filter("time", "exists", &[])
        .columns(&["message", "time"]);
    // A table has a column `time` of its own: asked for as row labels only.
    let times = Query {
        columns: None,
        result: "logs",
        ..times
    };
    cases.push(case("times", Source::Auto, times));
    run(cases);
}

#[test]
fn letters_of_either_case_are_found_as_json_escapes_them() {
    let cases = ["ошибка", "ОШИБКА", "Ошибка", "über", "ÜBER x", "σας", "𐐨"].map(|text| {
        let query = Query::any(Fastapi).search("contains", text, false);
        case(text, Source::Auto, query)
    });
    let not = Query::any(Fastapi).search("not contains", "ошибка", false);
    run(cases
        .into_iter()
        .chain([case("not ошибка", Source::Auto, not)])
        .collect());
    // Counted by hand.
    let site = case("", Source::Auto, Query::any(Fastapi)).site;
    for (text, lines) in [("ошибка", 4), ("über", 3), ("σας", 2), ("𐐨", 2)] {
        let query = Query::any(Fastapi)
            .search("contains", text, false)
            .limit(1000);
        assert_eq!(
            site.ask(made(), &query).unwrap().rows.len(),
            lines,
            "{text}"
        );
    }
}

#[test]
fn a_range_has_its_start_and_not_its_end() {
    let query = Query::any(Fastapi)
        .filter("border", "exists", &[])
        .range_ms(10_000, 20_000);
    run(vec![
        case("border", Source::Auto, query.clone()),
        case("border, forward", Source::Auto, query.forward()),
    ]);
    let site = case("", Source::Auto, Query::any(Fastapi)).site;
    let query = Query::any(Fastapi).range_ms(10_000, 20_000);
    assert_eq!(site.ask(made(), &query).unwrap().rows.len(), 2);
}

#[test]
fn a_limit_inside_a_nanosecond() {
    let mut cases = Vec::new();
    for limit in [1, 10, 39, 40, 41] {
        let query = Query::any(Fastapi).range_ms(29_000, 31_000);
        for query in [query.clone(), query.forward()] {
            let mut case = case(&format!("limit {limit}"), Source::Auto, query);
            case.query.limit = Some(limit);
            cases.push(case);
        }
    }
    let all = cases.pop().unwrap();
    check_ids(&all.site, made(), &all.query).unwrap_or_else(|what| panic!("{what}"));
    run(cases);
}

/// A name outside the collision that LogQL cannot tell apart, or in it.
fn collisions(sources: &[Source], is_asked: impl Fn(Source, &str, &str) -> bool) {
    let mut cases = Vec::new();
    for source in sources.iter().copied() {
        let mut ask = |query: Query| {
            let filter = query.filters.first();
            let (field, operator) = filter.map_or(("", ""), |f| (f.field, f.operator));
            if !is_asked(source, field, operator) {
                return;
            }
            let name = format!("{source:?} {:?} {filter:?}", query.ids);
            let mut case = case(&name, source, query.range_ms(39_000, 50_000));
            let schema = case.site.schema(Tskv);
            let lines = made().lines(Tskv);
            let meant = matching(&case.query, &schema, lines, range(&case.query));
            if meant.is_empty() {
                case.rows = Rows::None;
            }
            cases.push(case);
        };
        for id in ["in-label", "in-metadata", "in-line"] {
            ask(Query::of("trace", Tskv, &[id]));
            ask(tskv("trace_id", "!=", &[id]));
        }
        ask(Query::of("trace", Tskv, &[]));
        ask(tskv("trace_id", "missing", &[]));
        ask(tskv("trace_id", "=|", &["in-line", "in-label"]));
        ask(tskv("trace_id", "!=|", &["in-line", "in-label"]));
        if matches!(source, Source::Label | Source::Metadata) {
            for operator in ["=~", "!~"] {
                ask(tskv("trace_id", operator, &["in-[ml].*"]));
                ask(tskv("trace_id", operator, &["|in-.*"]));
            }
        }
        for value in ["401", "402", "403"] {
            for operator in ["=", ">", "<", "!="] {
                ask(tskv("status_code", operator, &[value]));
            }
        }
        ask(tskv("status_code", "missing", &[]));
    }
    run(cases);
}

fn tskv(field: &'static str, operator: &'static str, values: &[&str]) -> Query {
    Query::any(Tskv).filter(field, operator, values)
}

/// LogQL has one name for a label and for metadata.
fn is_ambiguous(source: Source, field: &str, operator: &str) -> bool {
    match source {
        Source::Metadata => true,
        Source::Label => operator == "!~" || (field == "status_code" && operator == "!="),
        Source::Auto | Source::Line | Source::Reversed => false,
    }
}

#[test]
fn one_name_in_three_places() {
    collisions(&Source::ALL, |source, field, operator| {
        !is_ambiguous(source, field, operator)
    });
}

#[test]
fn one_name_as_label_and_metadata() {
    collisions(&Source::ALL, is_ambiguous);
}
