//! What Loki does not do as one would think: each line here was read wrongly once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::kit::{BASE_NS, ask, column, frame, put};
use crate::support::loki;

/// A data source with one system, whose streams are these: labels, then lines each with its metadata.
fn source(uid: &str, format: &str, fields: &Value, streams: &[(Value, &[(&str, Value)])]) {
    let mut number = 0;
    let streams = streams.iter().map(|(labels, lines)| {
        let mut labels = labels.clone();
        labels["job"] = json!(uid);
        let lines = lines.iter().map(|(line, metadata)| {
            number += 1;
            json!([(BASE_NS + number).to_string(), line, metadata])
        });
        json!({ "stream": labels, "values": lines.collect::<Vec<_>>() })
    });
    let streams: Vec<Value> = streams.collect();
    loki().push_json(&json!({ "streams": streams }));
    let selector = format!("{{job=\"{uid}\"}}");
    let system = json!({ "name": "own", "selector": selector, "format": format, "fields": fields });
    put(uid, &loki().url, json!({ "systems": [system] }));
}

/// The numbers of an instant, by the values of their labels.
fn numbers(uid: &str, mut query: Value) -> BTreeMap<String, f64> {
    query["instant"] = json!(true);
    let result = ask(uid, &query);
    assert_eq!(result["status"], 200, "{query}: {result}");
    let mut numbers = BTreeMap::new();
    for frame in result["frames"].as_array().expect("frames") {
        let fields = frame["schema"]["fields"].as_array().expect("fields");
        for (field, values) in fields
            .iter()
            .zip(frame["data"]["values"].as_array().expect("values"))
        {
            let labels = field["labels"].as_object().cloned().unwrap_or_default();
            let labels: Vec<&str> = labels.values().filter_map(Value::as_str).collect();
            if let Some(number) = values[0].as_f64().filter(|_| field["type"] == "number") {
                numbers.insert(labels.join(","), number);
            }
        }
    }
    numbers
}

fn are(uid: &str, query: &Value, wanted: &[(&str, f64)]) {
    let wanted: BTreeMap<String, f64> = wanted
        .iter()
        .map(|(group, n)| ((*group).to_owned(), *n))
        .collect();
    assert_eq!(numbers(uid, query.clone()), wanted, "{query}");
}

/// The lines of an answer, oldest first.
fn lines(uid: &str, mut query: Value) -> Vec<String> {
    query["result"] = json!("table");
    query["direction"] = json!("forward");
    let frame = frame(uid, &query);
    let lines = column(&frame, "line").iter();
    lines
        .map(|line| line.as_str().expect("a line").to_owned())
        .collect()
}

#[test]
fn logfmt_keys_of_another_name_are_read_for_numbers() {
    let fields = json!([
        { "name": "level", "role": "level", "type": "level", "key": "lvl" },
        { "name": "duration", "role": "duration", "type": "number", "key": "took" },
        { "name": "worker", "key": "w" },
        { "name": "place", "key": "offset" },
    ]);
    let first = ("lvl=error msg=boom took=5 w=w1 offset=o1", json!({}));
    let second = ("lvl=info msg=ok took=7 w=w2 offset=o2", json!({}));
    source(
        "logfmt",
        "logfmt",
        &fields,
        &[(json!({}), &[first, second])],
    );
    let filter = |field: &str, operator: &str, value: &str| json!({ "result": "count", "filters": [{ "field": field, "operator": operator, "values": [value] }] });
    for (query, wanted) in [
        (json!({ "result": "errorCount" }), vec![("", 1.0)]),
        (json!({ "result": "errorRate" }), vec![("", 0.5)]),
        (
            json!({ "result": "count", "groupBy": ["level"] }),
            vec![("error", 1.0), ("info", 1.0)],
        ),
        (
            json!({ "result": "count", "groupBy": ["worker"] }),
            vec![("w1", 1.0), ("w2", 1.0)],
        ),
        (
            json!({ "result": "count", "groupBy": ["place"] }),
            vec![("o1", 1.0), ("o2", 1.0)],
        ),
        (filter("level", "=", "error"), vec![("", 1.0)]),
        (filter("worker", "=", "w1"), vec![("", 1.0)]),
        (filter("place", "!=", "o1"), vec![("", 1.0)]),
        (filter("duration", ">", "1"), vec![("", 2.0)]),
        (
            json!({ "result": "value", "measure": { "field": "duration", "aggregation": "sum" } }),
            vec![("", 12.0)],
        ),
        (
            json!({ "result": "value", "measure": { "field": "duration", "aggregation": "avg" }, "groupBy": ["worker"] }),
            vec![("w1", 5.0), ("w2", 7.0)],
        ),
    ] {
        are("logfmt", &query, &wanted);
    }
}

#[test]
fn fields_may_be_named_like_words_of_logql() {
    let fields = json!([{ "name": "pattern", "type": "number" }]);
    let streams: &[(Value, &[(&str, Value)])] = &[
        (
            json!({ "offset": "5" }),
            &[(r#"{"n":1,"pattern":1}"#, json!({}))],
        ),
        (
            json!({ "pod": "p" }),
            &[
                (
                    r#"{"n":2,"pattern":"2","offset":"6"}"#,
                    json!({ "offset": "5" }),
                ),
                (r#"{"n":3,"offset":"5","pattern":"x"}"#, json!({})),
                (r#"{"n":4,"offset":"6"}"#, json!({ "pattern": "8" })),
                (r#"{"n":5}"#, json!({})),
            ],
        ),
    ];
    source("words", "json", &fields, streams);
    let numbers_of = |filters: Value| -> Vec<String> {
        let lines = lines("words", json!({ "filters": filters }));
        let number = |line: &String| line.get(5..6).map(str::to_owned);
        lines.iter().filter_map(number).collect()
    };
    let filter = |operator: &str, values: Value| json!([{ "field": "offset", "operator": operator, "values": values }]);
    assert_eq!(numbers_of(filter("=", json!(["5"]))), ["1", "2", "3"]);
    assert_eq!(numbers_of(filter("!=", json!(["5"]))), ["4", "5"]);
    assert_eq!(numbers_of(filter("=|", json!(["6", "7"]))), ["4"]);
    assert_eq!(
        numbers_of(filter("=~", json!(["[56]"]))),
        ["1", "2", "3", "4"]
    );
    assert_eq!(numbers_of(filter("missing", json!([]))), ["5"]);
    let number = json!([{ "field": "pattern", "operator": ">", "values": ["1"] }]);
    assert_eq!(numbers_of(number), ["2", "4"]);
    let by_offset = json!({ "result": "count", "groupBy": ["offset"] });
    are("words", &by_offset, &[("", 1.0), ("5", 3.0), ("6", 1.0)]);
    let sum = json!({ "result": "value", "measure": { "field": "pattern", "aggregation": "sum" } });
    are("words", &sum, &[("", 11.0)]);
    let largest = json!({ "result": "value", "measure": { "field": "pattern", "aggregation": "last" }, "groupBy": ["offset"] });
    are("words", &largest, &[("5", 2.0), ("6", 8.0)]);
}

/// Lines of many alphabets.
fn alphabets() -> &'static str {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        let lines: Vec<(&str, Value)> = ALPHABETS.map(|line| (line, json!({}))).to_vec();
        source("alphabets", "text", &json!([]), &[(json!({}), &lines)]);
    });
    "alphabets"
}

const ALPHABETS: [&str; 8] = [
    "Сервер упал",
    "сервер",
    "Əliyev",
    "ΠΡΟΣΟΧΉ σφάλμα",
    "προσοχή ΣΦΆΛΜΑ",
    "error a",
    "ok",
    "订单 ORDER",
];

fn found(operator: &str, text: &str, case_sensitive: bool) -> Vec<usize> {
    let search = json!([{ "operator": operator, "text": text, "caseSensitive": case_sensitive }]);
    let lines = lines(alphabets(), json!({ "search": search }));
    let at = |line: &String| ALPHABETS.iter().position(|known| known == line);
    lines.iter().filter_map(at).collect()
}

#[test]
fn letters_of_every_alphabet_are_found_in_any_case() {
    for (text, wanted) in [
        ("Сервер", vec![0, 1]),
        ("СЕРВЕР", vec![0, 1]),
        ("упал", vec![0]),
        ("əliyev", vec![2]),
        ("Əliyev", vec![2]),
        ("σφάλμα", vec![3, 4]),
        ("ΠΡΟΣΟΧΉ", vec![3, 4]),
        ("订单 order", vec![7]),
        ("订单", vec![7]),
    ] {
        assert_eq!(found("contains", text, false), wanted, "{text}");
        assert_eq!(found("matches", text, false), wanted, "{text}");
        let others: Vec<usize> = (0..ALPHABETS.len())
            .filter(|at| !wanted.contains(at))
            .collect();
        assert_eq!(found("not contains", text, false), others, "not {text}");
        assert_eq!(found("not matches", text, false), others, "not {text}");
        let count =
            json!({ "result": "count", "search": [{ "operator": "contains", "text": text }] });
        are(alphabets(), &count, &[("", wanted.len() as f64)]);
    }
    assert_eq!(found("contains", "Сервер", true), [0]);
    assert_eq!(found("matches", "(?i)Сервер", true), [0, 1]);
    assert_eq!(found("matches", "Сервер|Ə", true), [0, 2]);
}

#[test]
fn an_expression_that_matches_nothing_at_all_matches_everything() {
    let all: Vec<usize> = (0..ALPHABETS.len()).collect();
    for text in [
        "error|",
        "|error",
        "(|error)",
        "error||ok",
        ".*|error",
        "(?:)",
    ] {
        for case_sensitive in [false, true] {
            assert_eq!(found("matches", text, case_sensitive), all, "{text}");
            assert_eq!(found("not matches", text, case_sensitive), [0; 0], "{text}");
        }
    }
    assert_eq!(found("matches", "error|ok", false), [5, 6]);
    assert_eq!(found("matches", "^$|error", false), [5]);
}

#[test]
fn lokis_own_word_for_an_instant_makes_one() {
    let query = |more: Value| {
        let mut query = json!({ "queryType": "instant", "expr": "sum(count_over_time({job=\"alphabets\"}[5m]))" });
        for (key, value) in more.as_object().expect("an object") {
            query[key] = value.clone();
        }
        frame(alphabets(), &query)["schema"]["meta"]["type"].clone()
    };
    assert_eq!(query(json!({})), "numeric-multi");
    assert_eq!(query(json!({ "instant": true })), "numeric-multi");
    assert_eq!(query(json!({ "queryType": "range" })), "timeseries-multi");
}

#[test]
fn a_nul_in_a_value_breaks_no_query() {
    let plain = [
        "path='\\x00x' event='e'",
        "path='x' event='f'",
        "path=a event='g'",
    ];
    let entries: Vec<(&str, Value)> = plain.map(|line| (line, json!({}))).to_vec();
    source(
        "nul",
        "tskv",
        &json!([{ "name": "path" }]),
        &[(json!({}), &entries)],
    );
    for (operator, values, wanted) in [
        ("=", json!(["\0x"]), vec![0]),
        ("=|", json!(["\0x", "x"]), vec![0, 1]),
        ("!=", json!(["\0x"]), vec![1, 2]),
        ("=~", json!(["\0?x"]), vec![0, 1]),
        ("!~", json!(["\0x"]), vec![1, 2]),
    ] {
        let filter = json!([{ "field": "path", "operator": operator, "values": values }]);
        let found = lines("nul", json!({ "filters": filter }));
        let wanted: Vec<&str> = wanted.into_iter().map(|at: usize| plain[at]).collect();
        assert_eq!(found, wanted, "{operator} {values}");
    }
}

#[test]
fn bytes_that_were_no_utf_8_lose_no_line_of_a_count() {
    let plain = (
        "event='plain' status_code=200 level='error' path='/a'",
        json!({}),
    );
    let replaced = (
        "event='\u{fffd} repl' status_code=200 level='error' path=/b\u{fffd}",
        json!({}),
    );
    let labelled = ("event='\u{fffd}' status_code=200 level='info'", json!({}));
    let fields = json!([
        { "name": "event" },
        { "name": "path" },
        { "name": "level", "role": "level", "type": "level" },
    ]);
    let streams: &[(Value, &[(&str, Value)])] = &[
        (json!({ "pod": "p" }), &[plain, replaced]),
        (json!({ "event": "evl" }), &[labelled]),
    ];
    source("replaced", "tskv", &fields, streams);
    let by_event = |result: &str| json!({ "result": result, "groupBy": ["event"] });
    let groups = [("evl", 1.0), ("plain", 1.0), ("\u{fffd} repl", 1.0)];
    are("replaced", &by_event("count"), &groups);
    let errors = [("evl", 0.0), ("plain", 1.0), ("\u{fffd} repl", 1.0)];
    are("replaced", &by_event("errorRate"), &errors);
    let by_level_too = json!({ "result": "errorRate", "groupBy": ["level", "event"] });
    let errors = [
        ("evl,info", 0.0),
        ("plain,error", 1.0),
        ("\u{fffd} repl,error", 1.0),
    ];
    are("replaced", &by_level_too, &errors);
    let sum = json!({ "result": "value", "measure": { "field": "status_code", "aggregation": "sum" }, "groupBy": ["event"] });
    let sums = [("evl", 200.0), ("plain", 200.0), ("\u{fffd} repl", 200.0)];
    are("replaced", &sum, &sums);
    let bare = json!({ "result": "count", "groupBy": ["path"] });
    are("replaced", &bare, &[("", 1.0), ("/a", 1.0), ("/b ", 1.0)]);
}
