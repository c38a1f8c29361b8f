//! Answers that Loki cannot send at once: its default limits are 4 MiB and 5,000 lines.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::fake::{Act, Fake, good};
use crate::kit::{RANGE, column, put};
use crate::support::{host, loki};

/// 2026-02-10 06:00 UTC.
const START_NS: i64 = 1_770_703_200_000_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;
const LONG: usize = 12_000;
const SHORT: usize = 40_000;

/// Two streams over ten hours: 12,000 lines of some 900 bytes and 40,000 of 60, in groups that share a
/// nanosecond, one of them larger than a first page.
fn corpus() -> &'static [(i64, String)] {
    static LINES: OnceLock<Vec<(i64, String)>> = OnceLock::new();
    LINES.get_or_init(|| {
        let mut all = Vec::new();
        for (stream, count, padding) in [("long", LONG, 840), ("short", SHORT, 10)] {
            let padding = "x".repeat(padding);
            let mut lines = Vec::new();
            let mut time = START_NS;
            let mut left = 0;
            for number in 0..count {
                if left == 0 {
                    time += 10 * HOUR_NS / count as i64 + 7;
                    let large = stream == "short" && (5000..5004).contains(&number);
                    left = if large { 700 } else { number % 4 + 1 };
                }
                left -= 1;
                let line = format!("{{\"number\":\"{stream}-{number}\",\"text\":\"{padding}\"}}");
                lines.push((time, line));
            }
            for piece in lines.chunks(2000) {
                let entry = |(time, line): &(i64, String)| json!([time.to_string(), line]);
                let values: Vec<Value> = piece.iter().map(entry).collect();
                let labels = json!({ "job": "pages", "stream": stream });
                loki().push_json(&json!({ "streams": [{ "stream": labels, "values": values }] }));
            }
            all.extend(lines);
        }
        let system = json!({ "name": "pages", "selector": "{job=\"pages\"}" });
        put("pages", &loki().url, json!({ "systems": [system] }));
        all
    })
}

struct Answer {
    times: Vec<i64>,
    lines: Vec<String>,
    ids: Vec<String>,
    notices: Value,
}

fn ask(uid: &str, range: (i64, i64), query: &Value) -> Answer {
    let mut query = query.clone();
    query["refId"] = json!("A");
    let response = host().query(uid, range.0, range.1, &[query]).json();
    let result = &response["results"]["A"];
    assert_eq!(result["status"], 200, "{}", result["error"]);
    let frame = &result["frames"][0];
    let texts = |name| {
        let values = column(frame, name).iter();
        values
            .map(|value| value.as_str().expect("text").to_owned())
            .collect()
    };
    let nanos = frame["data"]["nanos"][0].as_array();
    let times = column(frame, "timestamp").iter().enumerate();
    let time = |(row, millis): (usize, &Value)| {
        let nanos = nanos.and_then(|nanos| nanos[row].as_i64()).unwrap_or(0);
        millis.as_i64().expect("a time") * 1_000_000 + nanos
    };
    Answer {
        times: times.map(time).collect(),
        lines: texts("body"),
        ids: texts("id"),
        notices: frame["schema"]["meta"]["notices"].clone(),
    }
}

/// Only the order of the large groups of one nanosecond is not known.
fn assert_whole(answer: &Answer) {
    let notices = answer.notices.as_array().into_iter().flatten();
    for notice in notices {
        let text = notice["text"].as_str().expect("a text");
        assert!(text.starts_with("the order in which 700 lines"), "{text}");
    }
}

fn all_of_it() -> (i64, i64) {
    (START_NS, START_NS + 11 * HOUR_NS)
}

#[test]
fn more_lines_than_loki_sends_at_once_come_whole_and_in_order() {
    let mut expected: Vec<&(i64, String)> = corpus().iter().collect();
    expected.sort();
    let mut all = Vec::new();
    for direction in ["forward", "backward"] {
        let query = json!({ "limit": 100_000, "direction": direction });
        let mut answer = ask("pages", all_of_it(), &query);
        assert_whole(&answer);
        if direction == "backward" {
            answer.times.reverse();
        }
        assert!(answer.times.is_sorted(), "{direction}");
        let ids: HashSet<&String> = answer.ids.iter().collect();
        assert_eq!(ids.len(), expected.len(), "{direction}");
        let rows = answer.times.iter().copied();
        let lines = answer.lines.iter();
        let mut lines: Vec<&String> = lines.collect();
        if direction == "backward" {
            lines.reverse();
        }
        let mut rows: Vec<(i64, &String)> = rows.zip(lines).collect();
        rows.sort_unstable();
        let same = rows
            .iter()
            .zip(&expected)
            .all(|(row, wanted)| (row.0, row.1) == (wanted.0, &wanted.1));
        assert!(same && rows.len() == expected.len(), "{direction}");
        all.push(answer.ids);
    }
    // A smaller limit is the beginning of a larger one, also inside a nanosecond.
    for (ids, direction) in all.iter().zip(["forward", "backward"]) {
        for limit in [1, 2, 499, 500, 501, 1000, 2399, 5001, 17_000, 50_000] {
            let query = json!({ "limit": limit, "direction": direction });
            let answer = ask("pages", all_of_it(), &query);
            assert_whole(&answer);
            assert_eq!(answer.ids, ids[..limit], "{direction}, {limit}");
        }
    }
}

#[test]
fn an_answer_goes_on_behind_a_row_by_its_id_alone() {
    corpus();
    for direction in ["forward", "backward"] {
        let query = json!({ "limit": 8000, "direction": direction });
        let whole = ask("pages", all_of_it(), &query).ids;
        // Among them rows inside the large groups of one nanosecond.
        for row in (0..whole.len() - 300).step_by(797) {
            let query = json!({ "limit": 250, "direction": direction, "after": whole[row] });
            let answer = ask("pages", all_of_it(), &query);
            assert_eq!(answer.ids, whole[row + 1..=row + 250], "{direction}, {row}");
        }
    }
}

#[test]
fn what_is_before_a_row_is_the_reverse_of_what_leads_to_it() {
    corpus();
    let whole = json!({ "limit": 8000, "direction": "forward" });
    let whole = ask("pages", all_of_it(), &whole);
    // Among them rows inside the large groups of one nanosecond.
    for row in (300..whole.ids.len()).step_by(797) {
        let newest_first = whole.ids[row - 250..row].iter().rev();
        let expected: Vec<&String> = newest_first.collect();
        let query = json!({ "limit": 250, "direction": "backward", "before": whole.ids[row] });
        let answer = ask("pages", all_of_it(), &query);
        assert_eq!(answer.ids.iter().collect::<Vec<_>>(), expected, "{row}");
    }
}

#[test]
fn the_row_to_go_on_behind_need_not_be_one_of_the_answer() {
    corpus();
    let of = |stream: &str| json!({ "job": "pages", "stream": stream });
    for direction in ["forward", "backward"] {
        let all = ask(
            "pages",
            all_of_it(),
            &json!({ "limit": 3000, "direction": direction }),
        );
        let is_long = |row: &usize| all.lines[*row].contains("long-");
        let row = (1000..3000).find(is_long).expect("a long line");
        let query = json!({ "limit": 20, "direction": direction, "after": all.ids[row], "stream": of("short") });
        let rest = (row + 1..3000).filter(|row| !is_long(row)).take(20);
        let expected: Vec<&String> = rest.map(|row| &all.ids[row]).collect();
        let answer = ask("pages", all_of_it(), &query);
        assert_eq!(
            answer.ids.iter().collect::<Vec<_>>(),
            expected,
            "{direction}"
        );
    }
    let absent = json!({ "limit": 5, "stream": { "job": "pages", "nowhere": "" } });
    assert_eq!(ask("pages", all_of_it(), &absent).ids.len(), 5);
    let other = json!({ "limit": 5, "stream": { "job": "pages", "nowhere": "x" } });
    assert_eq!(ask("pages", all_of_it(), &other).ids.len(), 0);
}

#[test]
fn a_nanosecond_larger_than_a_first_page_is_read_whole() {
    let (time, _) = corpus()
        .iter()
        .find(|(time, _)| corpus().iter().filter(|(other, _)| other == time).count() == 700)
        .expect("a large group");
    let millisecond = time - time % 1_000_000;
    let range = (millisecond, millisecond + 1_000_000);
    let answer = ask("pages", range, &json!({ "limit": 10_000 }));
    let group = answer.times.iter().filter(|other| *other == time).count();
    assert_eq!(group, 700);
    assert_whole(&answer);
}

/// Lines of a megabyte: a first page of 500 is one that Loki never sends.
#[test]
fn lines_of_a_megabyte_are_read_in_small_pages() {
    let padding = "y".repeat(1 << 20);
    for number in 0..8_i64 {
        let at = (START_NS + number).to_string();
        let line = format!("{{\"number\":{number},\"text\":\"{padding}\"}}");
        let labels = json!({ "job": "huge" });
        let stream = json!({ "stream": labels, "values": [[at, line]] });
        loki().push_json(&json!({ "streams": [stream] }));
    }
    let system = json!({ "name": "huge", "selector": "{job=\"huge\"}" });
    let settings = json!({ "systems": [system], "timeout": 20 });
    put("huge", &loki().url, settings);
    let answer = ask("huge", all_of_it(), &json!({ "direction": "forward" }));
    let starts = answer.lines.iter().map(|line| line.get(..12));
    let numbers: Vec<&str> = starts.map(Option::unwrap_or_default).collect();
    let expected: Vec<String> = (0..8).map(|n| format!("{{\"number\":{n},")).collect();
    assert_eq!(numbers, expected);
    assert_whole(&answer);
}

/// Short lines first, then, in the same answer, lines of which an ingester cannot send a batch: Loki
/// loses those without a word. That the last batch is missing tells, also behind full ones.
#[test]
fn long_lines_that_loki_loses_behind_short_ones_are_missed() {
    for (job, short) in [("behind-one-batch", 128), ("behind-two", 300)] {
        let long: Vec<(i64, String)> = (0..90)
            .map(|number| {
                (
                    START_NS + number,
                    format!("long {number} {}", "z".repeat(60_000)),
                )
            })
            .collect();
        let first = START_NS + long.len() as i64;
        let short = (0..short).map(|number| (first + number, format!("short {number}")));
        let lines: Vec<(i64, String)> = long.into_iter().chain(short).collect();
        for piece in lines.chunks(30) {
            let entry = |(time, line): &(i64, String)| json!([time.to_string(), line]);
            let values: Vec<Value> = piece.iter().map(entry).collect();
            loki()
                .push_json(&json!({ "streams": [{ "stream": { "job": job }, "values": values }] }));
        }
        let system = json!({ "name": "lost", "selector": format!("{{job=\"{job}\"}}") });
        put(job, &loki().url, json!({ "systems": [system] }));
        let answer = ask(job, all_of_it(), &json!({ "direction": "backward" }));
        let wanted = lines.iter().rev().map(|(_, line)| line);
        assert!(
            answer.lines.iter().eq(wanted),
            "{job}: {}",
            answer.lines.len()
        );
        assert_whole(&answer);
    }
}

/// The rows that a fake Loki has: one each millisecond, the newest at the end of the range.
fn page_of(from: i64, to: i64, limit: usize) -> String {
    const STEP: i64 = 1_000_000;
    let mut values = String::new();
    let mut time = (to - 1).div_euclid(STEP) * STEP;
    let mut count = 0;
    while time >= from && count < limit {
        let comma = if count > 0 { "," } else { "" };
        let _ = write!(values, "{comma}[\"{time}\",\"line {time}\"]");
        time -= STEP;
        count += 1;
    }
    let result = format!("[{{\"stream\":{{\"job\":\"fake\"}},\"values\":[{values}]}}]");
    format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"streams\",\"result\":{result}}}}}"
    )
}

/// What a fake Loki counts.
const COUNTED: u64 = 77_777;

/// A Loki that answers the first pages, and then does something else. It counts what it is asked to count.
fn fails_after(pages: usize, act: Act) -> Fake {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    Fake::start(move |seen| {
        if seen.path.ends_with("/query") {
            let series = json!([{ "metric": {}, "value": [0, COUNTED.to_string()] }]);
            let data = json!({ "resultType": "vector", "result": series, "stats": {} });
            let body = json!({ "status": "success", "data": data }).to_string();
            return Act::status("200 OK", "", body);
        }
        if !seen.is_query() {
            return Act::status("200 OK", "", good(&seen.path));
        }
        if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) >= pages {
            return act.clone();
        }
        let number = |name| seen.param(name).and_then(|text| text.parse::<i64>().ok());
        let (from, to) = (number("start").unwrap_or(0), number("end").unwrap_or(0));
        let limit = number("limit").unwrap_or(0) as usize;
        Act::status("200 OK", "", page_of(from, to, limit))
    })
}

#[test]
fn what_fails_behind_the_first_page_keeps_the_rows_and_says_where_they_end() {
    for (name, act, words) in [
        (
            "forbidden",
            Act::status("403 Forbidden", "", "no longer"),
            "no longer",
        ),
        ("silence", Act::Hang(Vec::new()), "did not answer in time"),
        (
            "truncated",
            Act::Write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"status\"".to_vec()),
            "complete",
        ),
    ] {
        let fake = fails_after(2, act);
        put("breaks", &fake.url, json!({ "timeout": 3 }));
        let answer = ask("breaks", RANGE, &json!({ "limit": 50_000 }));
        let rows = answer.lines.len();
        assert!(rows > 500 && rows < 50_000, "{name}: {rows} rows");
        let last = answer.times[rows - 1];
        let expected: Vec<i64> = (0..rows as i64)
            .map(|row| last + row * 1_000_000)
            .rev()
            .collect();
        assert_eq!(answer.times, expected, "{name}");
        let text = answer.notices[0]["text"].as_str().unwrap_or_default();
        assert!(
            text.contains("not complete, back to 2026-"),
            "{name}: {text}"
        );
        assert!(text.contains(words), "{name}: {text}");
        assert_eq!(answer.notices[0]["severity"], "warning", "{name}");
    }
}

/// A table of errors whose reading breaks off is of the lines that were read, and says how many there are
/// in all: that is asked of Loki all the same.
#[test]
fn top_errors_whose_reading_breaks_off_are_counted() {
    let fake = fails_after(2, Act::status("403 Forbidden", "", "no longer"));
    put("errors-break", &fake.url, json!({}));
    let query = json!({ "refId": "A", "result": "topErrors" });
    let response = host()
        .query("errors-break", RANGE.0, RANGE.1, &[query])
        .json();
    let result = &response["results"]["A"];
    assert_eq!(result["status"], 200, "{result}");
    let frame = &result["frames"][0];
    let meta = &frame["schema"]["meta"];
    let read = meta["custom"]["read"].as_u64().expect("a number");
    assert!(read > 500 && read < 10_000, "{meta}");
    assert_eq!(meta["custom"]["total"], COUNTED, "{meta}");
    // One kind of line, and shares are of what was read.
    assert_eq!(column(frame, "count"), &[json!(read)], "{frame}");
    assert_eq!(column(frame, "share"), &[json!(1)], "{frame}");
    let said: Vec<&str> = meta["notices"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|notice| notice["text"].as_str())
        .collect();
    for words in [
        "not complete, back to 2026-",
        "no longer",
        &format!("of the newest {read} of {COUNTED} errors"),
    ] {
        assert!(
            said.iter().any(|text| text.contains(words)),
            "{words}: {said:?}"
        );
    }
    let executed = meta["executedQueryString"].as_str().expect("LogQL");
    let (reading, counting) = executed.split_once('\n').expect("two queries");
    assert!(
        reading.starts_with('{') && counting.starts_with("sum(count_over_time("),
        "{executed}"
    );
    let counted = fake.seen();
    let counted = counted.iter().filter(|seen| seen.path.ends_with("/query"));
    assert_eq!(counted.count(), 1);
}

/// A Loki that never sends more than 20 lines, as one whose lines are too large.
#[test]
fn a_page_that_does_not_come_is_asked_for_in_smaller_pieces() {
    let fake = Fake::start(|seen| {
        if !seen.is_query() {
            return Act::status("200 OK", "", good(&seen.path));
        }
        let number = |name| seen.param(name).and_then(|text| text.parse::<i64>().ok());
        let limit = number("limit").unwrap_or(0) as usize;
        if limit > 20 {
            return Act::Hang(Vec::new());
        }
        // As if every line were of 100 KB, so that 20 fit into a page.
        let (from, to) = (number("start").unwrap_or(0), number("end").unwrap_or(0));
        let page = page_of(from, to, limit).replace("line ", &"z".repeat(105_000));
        Act::status("200 OK", "", page)
    });
    put("pieces", &fake.url, json!({ "timeout": 8 }));
    let answer = ask("pieces", RANGE, &json!({ "limit": 100 }));
    assert_eq!((answer.lines.len(), answer.notices), (100, Value::Null));
    let limits: Vec<String> = fake
        .queries()
        .iter()
        .map(|seen| seen.param("limit").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(limits[..3], ["101", "16", "19"], "{limits:?}");
}

/// A Loki that takes fewer lines than the default.
#[test]
fn a_lower_limit_of_the_server_is_kept_to() {
    let fake = Fake::start(|seen| {
        if !seen.is_query() {
            return Act::status("200 OK", "", good(&seen.path));
        }
        let number = |name| seen.param(name).and_then(|text| text.parse::<i64>().ok());
        let limit = number("limit").unwrap_or(0) as usize;
        if limit > 300 {
            let words = format!(
                "max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > 300)"
            );
            return Act::status("400 Bad Request", "", words);
        }
        let (from, to) = (number("start").unwrap_or(0), number("end").unwrap_or(0));
        Act::status("200 OK", "", page_of(from, to, limit))
    });
    put("lower", &fake.url, json!({}));
    let answer = ask("lower", RANGE, &json!({ "limit": 1000 }));
    assert_eq!((answer.lines.len(), answer.notices), (1000, Value::Null));
    let refused = fake
        .queries()
        .iter()
        .filter(|seen| seen.param("limit") == Some("500"))
        .count();
    assert_eq!(refused, 1, "asked once for more than it takes");
}
