//! Lines of one nanosecond come in the order in which they were written, and backward in its exact reverse.

use std::sync::OnceLock;

use ginkgo_demo::{Entry, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source, range};
use crate::compare::check;
use crate::corpus::{Corpus, END_NS, START_NS};
use crate::frames::Answer;
use crate::made::entry;
use crate::query::Query;
use crate::support;

use System::{Fastapi, Ginkgo};

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;

/// A line of a level with a number by which tests know it.
fn numbered(at_ns: i64, number: usize, level: &str, metadata: &[(&str, &str)]) -> Entry {
    let text = format!("n{number:04}");
    let line = format!("{{\"message\":\"{text}\",\"level\":\"{level}\"}}");
    let read = [("message", text.as_str()), ("level", level)];
    entry(Fastapi, at_ns, &[], metadata, &line, &read)
}

/// A corpus, the second half of which is written after Loki has flushed the first.
fn corpus(name: &'static str, entries: impl FnOnce() -> Vec<Entry>) -> Corpus {
    let mut first = entries();
    let second = first.split_off(first.len() / 2);
    let first = Corpus::push(name, first);
    let flush = format!("{}/flush", support::loki().url);
    // The embedded Loki keeps all lines alike.
    support::send("POST", &flush, &[], &Value::Null);
    std::thread::sleep(std::time::Duration::from_secs(1));
    first.and(Corpus::push(name, second))
}

/// 1,000 lines, five to a millisecond, of levels in turns and with metadata that differs.
fn thousand() -> &'static Corpus {
    static THOUSAND: OnceLock<Corpus> = OnceLock::new();
    let entries = || {
        let levels = ["info", "error", "warning"];
        let pods = ["a", "b", "c", "d", "e", "f", "g"];
        let metadata = |number: usize| match number % 4 {
            0 => Vec::new(),
            _ => vec![("pod", pods[number % 7])],
        };
        let line = |number: usize| {
            let at = (number / 5) as i64 * MILLISECOND;
            numbered(at, number, levels[number % 3], &metadata(number))
        };
        (0..1000).map(line).collect()
    };
    THOUSAND.get_or_init(|| corpus("thousand", entries))
}

fn site(corpus: &Corpus) -> Site {
    let (corpus, source) = (corpus.name, Source::Auto);
    Site { corpus, source }
}

/// Asks with keys that the tests' own questions do not have.
fn ask(corpus: &Corpus, query: &Query, more: &Value) -> Answer {
    let mut model = query.json(&corpus.selector(query.system));
    for (key, value) in more.as_object().expect("keys") {
        model[key] = value.clone();
    }
    let answer = site(corpus).ask_json(corpus, &model, range(query), false);
    answer.unwrap_or_else(|refusal| panic!("{model}: {refusal:?}"))
}

/// The numbers of the lines of an answer.
fn numbers(answer: &Answer) -> Vec<usize> {
    let number = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        line["message"].as_str()?.strip_prefix('n')?.parse().ok()
    };
    let rows = answer.rows.iter();
    rows.map(|row| number(&row.line).expect("a number"))
        .collect()
}

fn in_both_directions(query: &Query) -> [Query; 2] {
    [query.clone().forward(), query.clone()]
}

/// The numbers in the direction of a question.
fn turned(query: &Query, forward: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers: Vec<usize> = forward.collect();
    if !query.forward {
        numbers.reverse();
    }
    numbers
}

#[test]
fn lines_of_an_instant_come_as_they_were_written() {
    let corpus = corpus("eight", || {
        (0..8)
            .map(|number| numbered(1_234_567, number, "info", &[]))
            .collect()
    });
    for query in in_both_directions(&Query::any(Fastapi)) {
        let expected = turned(&query, 0..8);
        for limit in 1..=9 {
            let query = query.clone().limit(limit);
            let answer = ask(&corpus, &query, &json!({}));
            assert_eq!(numbers(&answer), expected[..limit.min(8)], "limit {limit}");
            assert!(answer.notices.is_empty(), "{:?}", answer.notices);
            check(&site(&corpus), &corpus, &query).unwrap_or_else(|what| panic!("{what}"));
        }
    }
}

#[test]
fn a_thousand_lines_five_to_a_millisecond() {
    let corpus = thousand();
    for query in in_both_directions(&Query::any(Fastapi)) {
        let expected = turned(&query, 0..1000);
        let answer = ask(corpus, &query, &json!({}));
        assert!(answer.notices.is_empty(), "{:?}", answer.notices);
        assert_eq!(numbers(&answer), expected);
        // Pages of seven, each of which begins behind the last row of the one before.
        let query = query.limit(7);
        let mut read = Vec::new();
        let mut after = json!({});
        loop {
            let page = ask(corpus, &query, &after);
            assert!(page.notices.is_empty(), "{:?}", page.notices);
            read.extend(numbers(&page));
            let Some(last) = page.ids.last() else { break };
            after = json!({ "after": last });
        }
        assert_eq!(read, expected);
    }
}

#[test]
fn what_a_filter_leaves_comes_in_the_same_order() {
    let corpus = thousand();
    let any = Query::any(Fastapi);
    for (name, query, keeps) in [
        ("one level", any.clone().filter("level", "=", &["error"]), 3),
        ("a search", any.clone().search("contains", "0\"", true), 10),
        (
            "few and far between",
            any.search("contains", "00\"", true),
            100,
        ),
    ] {
        for query in in_both_directions(&query) {
            let is_kept = |number: &usize| {
                let residue = usize::from(keeps == 3);
                number % keeps == residue
            };
            let expected = turned(&query, (0..1000).filter(is_kept));
            let answer = ask(corpus, &query, &json!({}));
            assert_eq!(numbers(&answer), expected, "{name}");
        }
    }
}

#[test]
fn a_row_that_the_question_lacks_has_its_place_among_all() {
    let corpus = thousand();
    let all = ask(corpus, &Query::any(Fastapi).forward(), &json!({}));
    let errors = Query::any(Fastapi).filter("level", "=", &["error"]);
    for row in [500, 501, 502, 503, 504, 770, 771, 772, 773, 774] {
        let is_error = |number: &usize| number % 3 == 1;
        let before = (0..row).filter(is_error).rev().take(5);
        let behind = (row + 1..1000).filter(is_error).take(5);
        let id = &all.ids[row];
        for (key, query, expected) in [
            (
                "after",
                errors.clone().forward(),
                behind.collect::<Vec<_>>(),
            ),
            ("after", errors.clone(), before.clone().collect()),
            ("before", errors.clone(), before.collect()),
        ] {
            let answer = ask(corpus, &query.limit(5), &json!({ key: id }));
            assert_eq!(numbers(&answer), expected, "{key} {row}");
        }
    }
}

#[test]
fn streams_with_other_labels_keep_their_own_order() {
    let corpus = corpus("streams", || {
        let line = |number: usize| {
            let mut line = numbered((number / 9) as i64 * MILLISECOND + 1, number, "info", &[]);
            // The metadata of one stream has the name of another's label.
            match number % 3 {
                0 => drop(line.labels.insert("pod".to_owned(), "x".to_owned())),
                1 => drop(line.metadata.insert("pod".to_owned(), number.to_string())),
                _ => {}
            }
            line
        };
        (0..90).map(line).collect()
    });
    for query in in_both_directions(&Query::any(Fastapi)) {
        check(&site(&corpus), &corpus, &query).unwrap_or_else(|what| panic!("{what}"));
    }
}

#[test]
fn equal_texts_are_told_apart_by_their_metadata() {
    // As many as Loki keeps: each its own trace, between them other lines.
    let order = ["a", "", "c", "b", "", "e", "d"];
    let corpus = corpus("equal", || {
        let line = |(number, trace): (usize, &&str)| match *trace {
            "" => numbered(5, number, "info", &[]),
            trace => numbered(5, 9999, "info", &[("trace_id", trace)]),
        };
        order.iter().enumerate().map(line).collect()
    });
    for query in in_both_directions(&Query::any(Fastapi)) {
        check(&site(&corpus), &corpus, &query).unwrap_or_else(|what| panic!("{what}"));
    }
}

#[test]
fn a_lines_own_time_goes_first_where_it_is_finer() {
    let time = |at_ns: i64| jiff::Timestamp::from_nanosecond(i128::from(START_NS + at_ns)).unwrap();
    let corpus = corpus("own", || {
        let line = |(number, own_ns): (usize, &i64)| {
            let (text, own) = (format!("n{number:04}"), time(*own_ns).to_string());
            let line = format!("{{\"message\":\"{text}\",\"timestamp\":\"{own}\"}}");
            let at = own_ns - own_ns % MILLISECOND;
            let read = [("message", text.as_str()), ("time", own.as_str())];
            entry(Fastapi, at, &[], &[], &line, &read)
        };
        // More of a millisecond than Loki puts in order.
        let micro = [40, 10, 30, 20, 25, 50, 90, 80, 70, 60, 5, 1, 3, 2, 4];
        let many = micro.map(|own| SECOND + own * 1000);
        // Two of one microsecond: as written.
        let equal = [9, 8, 9, 7].map(|own| 2 * SECOND + own * 1000);
        // No time is finer: as written.
        let whole = [3 * SECOND; 4];
        let all = many.iter().chain(&equal).chain(&whole);
        all.enumerate().map(line).collect()
    });
    for query in in_both_directions(&Query::any(Fastapi).search("contains", "message", true)) {
        let forward = [
            11, 13, 12, 14, 10, 1, 3, 4, 2, 0, 5, 9, 8, 7, 6, 18, 16, 15, 17, 19, 20, 21, 22,
        ];
        let answer = ask(&corpus, &query, &json!({}));
        assert_eq!(numbers(&answer), turned(&query, forward.into_iter()));
        assert!(answer.notices.is_empty(), "{:?}", answer.notices);
    }
}

#[test]
fn more_lines_than_loki_orders_come_by_their_ids_and_are_counted() {
    let corpus = corpus("many", || {
        let line = |number| numbered(7 + (number / 13) as i64, number, "info", &[]);
        (0..15).map(line).collect()
    });
    let [forward, backward] = in_both_directions(&Query::any(Fastapi)).map(|query| {
        let answer = ask(&corpus, &query, &json!({}));
        assert_eq!(answer.notices.len(), 1);
        let notice = &answer.notices[0];
        assert!(notice.contains("13 lines"), "{notice}");
        answer
    });
    let mut reverse = backward.ids.clone();
    reverse.reverse();
    assert_eq!(forward.ids, reverse);
    assert!(forward.ids[..13].is_sorted());
    assert_eq!(numbers(&forward)[13..], [13, 14]);
    // An answer without them says nothing of them.
    let answer = ask(&corpus, &Query::any(Fastapi).limit(2), &json!({}));
    assert!(answer.notices.is_empty(), "{:?}", answer.notices);
    assert_eq!(numbers(&answer), [14, 13]);
}

#[test]
fn what_is_made_of_lines_uses_their_order() {
    let corpus = corpus("made-of", || {
        let line = |(number, (event, task)): (usize, (&str, &str))| {
            let line = json!({
                "message": format!("{event} {task}"),
                "log": { "level": "error" },
                "ginkgo": { "event_type": event, "task_id": task },
                "number": number,
            });
            let at = (number / 4) as i64 * SECOND;
            let mut line = entry(Ginkgo, at, &[], &[], &line.to_string(), &[]);
            line.labels.insert("job".to_owned(), "ginkgo".to_owned());
            line
        };
        // Each task starts, ends and starts again in one instant.
        let tasks = ["a", "b", "c", "d", "e", "f"];
        let events = tasks.iter().flat_map(|task| {
            let events = ["STARTED", "ENDED", "STARTED", "ENDED"];
            events.map(|event| (event, *task))
        });
        events.enumerate().map(line).collect()
    });
    for direction in ["forward", "backward"] {
        let model = json!({
            "refId": "Q0", "queryType": "any", "system": "ginkgo", "result": "events", "direction": direction,
            "stream": { "corpus": "made-of" },
            "events": { "start": ["STARTED"], "end": ["ENDED"], "key": "task_id" },
        });
        let (_, columns) = site(&corpus).frame(&corpus, &model, (START_NS, END_NS));
        assert_eq!(columns["time"], columns["timeEnd"], "{direction}");
        assert_eq!(columns["time"].len(), 12, "{direction}");
        // The newest line of a kind is its sample.
        let model = json!({
            "refId": "Q0", "queryType": "any", "system": "ginkgo", "result": "topErrors", "direction": direction,
            "stream": { "corpus": "made-of" },
        });
        let (_, columns) = site(&corpus).frame(&corpus, &model, (START_NS, END_NS));
        let samples = columns["sample"].iter();
        let mut samples: Vec<u64> = samples
            .map(|sample| {
                let line: Value = serde_json::from_str(sample.as_str().unwrap()).unwrap();
                line["number"].as_u64().unwrap()
            })
            .collect();
        samples.sort_unstable();
        assert!(samples.ends_with(&[22, 23]), "{direction}: {samples:?}");
    }
}
