//! What LogQL cannot say and Ginkgo decides: times, and expressions on what Python wrote with escapes;
//! and equality with what different Pythons write differently.

use std::sync::OnceLock;

use ginkgo_demo::{Entry, Layout, System};

use crate::ask::{Site, Source, range};
use crate::corpus::{Corpus, corpus};
use crate::made::entry;
use crate::named::{Case, Rows, case, run};
use crate::oracle::{matching, value};
use crate::query::Query;
use crate::values::time;

use System::{Ginkgo, Tskv};

/// A value as a line has it, and as it reads.
type Written = (&'static str, &'static str);

const TEXTS: [Written; 24] = [
    ("\"can't connect\"", "can't connect"),
    ("'say \"hi\"'", "say \"hi\""),
    (r#"'it\'s "odd"'"#, "it's \"odd\""),
    (r"'a\nb'", "a\nb"),
    (r"'a\tb\r'", "a\tb\r"),
    ("'a\nb'", "a\nb"),
    (r"'\x1b[31mred\x1b[0m'", "\u{1b}[31mred\u{1b}[0m"),
    (r"'C:\\dir\\new'", r"C:\dir\new"),
    (r"'\U0001fae8 ok'", "🫨 ok"),
    ("'🫨 ok'", "🫨 ok"),
    ("'订单'", "订单"),
    (r"'\u8ba2\u5355'", "订单"),
    (r"'订\u5355'", "订单"),
    (r"'caf\xe9'", "café"),
    ("\"café\"", "café"),
    (r"'\ud83d'", "\u{fffd}"),
    ("'\u{fffd}'", "\u{fffd}"),
    (r"'\x07\x7f'", "\u{7}\u{7f}"),
    ("plain", "plain"),
    (r"a\nb", r"a\nb"),
    ("'None'", "None"),
    ("None", ""),
    ("''", ""),
    ("café", "café"),
];

const TIMES: [Written; 14] = [
    ("'2020-03-02T09:35:00Z'", "2020-03-02T09:35:00Z"),
    ("'2020-03-02 09:35:00'", "2020-03-02 09:35:00"),
    ("\"2020-03-02T17:35:00+08:00\"", "2020-03-02T17:35:00+08:00"),
    (
        "'2020-03-01T23:35:00.5-10:00'",
        "2020-03-01T23:35:00.5-10:00",
    ),
    (
        "2020-03-02T09:34:59.999999999Z",
        "2020-03-02T09:34:59.999999999Z",
    ),
    ("1583141700", "1583141700"),
    ("1583141700123", "1583141700123"),
    ("'1583141700000001'", "1583141700000001"),
    ("1583141700000000001", "1583141700000000001"),
    ("'1583141700\\n'", "1583141700\n"),
    ("soon", "soon"),
    ("158314170", "158314170"),
    ("None", ""),
    ("''", ""),
];

/// The values alone, then each place there or not.
fn entries() -> Vec<Entry> {
    let mut all = Vec::new();
    let mut at = 0;
    let mut next = || {
        at += 1_234_567;
        at
    };
    for (name, key, rows) in [
        ("path", "path", &TEXTS[..]),
        ("time", "timestamp", &TIMES[..]),
    ] {
        for (written, read) in rows {
            let line = format!("n=1 {key}={written} m=2");
            let read: &[_] = if read.is_empty() {
                &[]
            } else {
                &[(name, *read)]
            };
            all.push(entry(Tskv, next(), &[], &[], &line, read));
        }
        for mask in 0..8 {
            let has = |bit: i64| mask & bit != 0;
            let (label, metadata, written, read) = match name {
                "path" => ("in\nlabel", "in metadata", r"'in\nline'", "in\nline"),
                _ => (
                    "2020-03-02T09:36:00Z",
                    "1583141700000",
                    "'2020-03-02 09:34:00'",
                    "2020-03-02 09:34:00",
                ),
            };
            let labels: &[_] = if has(1) { &[(name, label)] } else { &[] };
            let metadata: &[_] = if has(2) { &[(name, metadata)] } else { &[] };
            let read: &[_] = if has(4) { &[(name, read)] } else { &[] };
            let line = if has(4) {
                format!("{key}={written}")
            } else {
                format!("n={mask}")
            };
            all.push(entry(Tskv, next(), labels, metadata, &line, read));
        }
    }
    all
}

fn decided() -> &'static Corpus {
    static DECIDED: OnceLock<Corpus> = OnceLock::new();
    DECIDED.get_or_init(|| Corpus::push("decided", entries()))
}

/// A question of the corpus above; that it has an answer or none is as the oracle says.
fn here(source: Source, query: Query) -> Case {
    let site = Site {
        corpus: "decided",
        source,
    };
    let meant = matching(
        &query,
        &site.schema(Tskv),
        decided().lines(Tskv),
        range(&query),
    );
    Case {
        name: format!("{source:?} {:?}", query.filters),
        site,
        corpus: decided(),
        rows: if meant.is_empty() {
            Rows::None
        } else {
            Rows::Some
        },
        query,
    }
}

#[test]
fn expressions_judge_the_text_and_not_its_escapes() {
    let mut cases = Vec::new();
    for source in Source::ALL {
        for regex in [
            ".*",
            "a.b",
            "a\nb",
            "a[^n]*b",
            "|plain",
            "in.*",
            "(?-s)in.*",
            ".*'.*",
            ".*\".*",
            r".*\\.*",
            r"a\\nb",
            "\u{1b}.*m",
            "(?i)CAN'T.*",
            "订.",
            "🫨.*",
            "caf.",
            "[^a-z]+",
            ".",
            "None",
            "absent",
            "plain|in\nline|in\nlabel",
        ] {
            for operator in ["=~", "!~"] {
                let query = Query::any(Tskv).filter("path", operator, &[regex]);
                cases.push(here(source, query));
            }
        }
    }
    let some = cases.iter().filter(|case| case.rows == Rows::Some).count();
    assert!(some * 3 > cases.len() * 2, "{some} of {}", cases.len());
    run(cases);
}

#[test]
fn equality_knows_every_spelling_of_python() {
    let mut cases = Vec::new();
    for (_, text) in TEXTS {
        for operator in ["=", "!=", "=|", "!=|"] {
            let other: &[&str] = if operator.contains('|') {
                &["🫨", "in\nline"]
            } else {
                &[]
            };
            let values: Vec<&str> = [text].into_iter().chain(other.iter().copied()).collect();
            if text.is_empty() {
                continue;
            }
            let query = Query::any(Tskv).filter("path", operator, &values);
            cases.push(here(Source::Auto, query.clone()));
            cases.push(here(Source::Line, query));
        }
    }
    let three = Query::any(Tskv).filter("path", "=", &["订单"]);
    let found = here(Source::Line, three.clone())
        .site
        .ask(decided(), &three);
    assert_eq!(found.unwrap().rows.len(), 3, "one value in three spellings");
    run(cases);
}

#[test]
fn times_are_instants_wherever_they_stand() {
    let mut cases = Vec::new();
    for source in Source::ALL {
        for wanted in [
            "2020-03-02 09:35:00",
            "2020-03-02T10:35:00+01:00",
            "1583141700",
            "1583141700123",
            "2020-03-02T09:36:00Z",
            "2020-03-02T09:34:00Z",
            "2021-01-01T00:00:00Z",
            "0000000000",
        ] {
            for operator in ["=", "!=", ">", ">=", "<", "<=", "=|", "!=|"] {
                let values = [wanted, "1583141700500"];
                let count = if operator.contains('|') { 2 } else { 1 };
                let query = Query::any(Tskv).filter("time", operator, &values[..count]);
                cases.push(here(source, query));
            }
        }
        let two = Query::any(Tskv)
            .filter("time", ">=", &["2020-03-02 09:34:30"])
            .filter("time", "<", &["1583141700000001"])
            .filter("path", "!~", &["a.*"]);
        cases.push(here(source, two));
    }
    run(cases);
}

#[test]
fn times_of_every_system_in_every_layout() {
    let mut cases = Vec::new();
    for layout in Layout::ALL {
        for system in System::ALL {
            let site = Site::new(layout, Source::Auto);
            let mut names = vec!["time"];
            names.extend((system == Ginkgo).then_some("business_timestamp"));
            for name in names {
                let field = site.schema(system).field(name);
                let lines = corpus(layout).lines(system);
                let times = lines.iter().filter_map(|line| value(&field, line));
                let times: Vec<&str> = times.filter(|text| time(text).is_some()).collect();
                let (middle, early) = (times[times.len() / 2], times[times.len() / 5]);
                let digits = time(early).unwrap().to_string();
                let questions: [(&str, &[&str]); 6] = [
                    ("=", &[middle]),
                    ("!=", &[middle]),
                    (">", &[middle]),
                    ("<=", &[&digits]),
                    ("=|", &[middle, &digits]),
                    ("!=|", &[middle, &digits]),
                ];
                // Each in two of the four layouts.
                let turn = |index: usize| (index + layout as usize).is_multiple_of(2);
                for (_, (operator, values)) in
                    questions.into_iter().enumerate().filter(|(i, _)| turn(*i))
                {
                    let query = Query::any(system).filter(name, operator, values).limit(150);
                    let query = if values.len() == 1 {
                        query
                    } else {
                        query.forward()
                    };
                    let label = format!("{system} {name} {operator} {values:?}");
                    cases.push(case(&label, layout, query));
                }
            }
        }
    }
    run(cases);
}

#[test]
fn expressions_on_the_demo_s_lines() {
    let mut cases = Vec::new();
    for layout in Layout::ALL {
        for (field, operator, regex) in [
            ("event", "=~", "can.*"),
            ("event", "=~", r".*\\orders\\new\.db"),
            ("event", "=~", ".*\n.*"),
            ("event", "=~", ".*\u{1b}\\[.*"),
            ("event", "=~", "订单.*🚀.*"),
            ("event", "!~", ".*[a-z]+.*"),
            ("event", "!~", "(?s).*\\\\.*"),
            ("request_id", "=~", "cli'ent.*\n.*"),
            ("request_id", "!~", "[0-9a-f-]+"),
            ("path", "!~", "/api.*"),
            ("method", "=~", "GET|POST"),
            ("trace_id", "!~", "[0-7].*"),
        ] {
            let query = Query::any(Tskv)
                .filter(field, operator, &[regex])
                .limit(100);
            cases.push(case(
                &format!("{field} {operator} {regex:?}"),
                layout,
                query,
            ));
        }
    }
    run(cases);
}
