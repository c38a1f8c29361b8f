//! The resource `values`: values of any field, wherever it stands, with how often they are there.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::fake::{Act, Fake, good};
use crate::kit::{BASE_NS, NOBODY, RANGE, put};
use crate::support::{Response, host, loki};

fn post(uid: &str, body: &Value) -> Response {
    let mut body = body.clone();
    (body["from"], body["to"]) = (json!(RANGE.0), json!(RANGE.1));
    host().post_resource(uid, "values", &body)
}

fn values(uid: &str, body: &Value) -> Value {
    let response = post(uid, body);
    assert_eq!(response.status, 200, "{body}: {response:?}");
    response.json()
}

/// Returns the values with their counts as text: `a 3, b 1`.
fn listed(answer: &Value) -> String {
    let values = answer["values"].as_array().expect("values").iter();
    let pair = |entry: &Value| {
        format!(
            "{} {}",
            entry["value"].as_str().expect("a text"),
            entry["count"]
        )
    };
    values.map(pair).collect::<Vec<_>>().join(", ")
}

/// A line with its labels and metadata.
type Line<'l> = (Value, Value, &'l str);

fn push(lines: &[Line<'_>]) {
    for (number, (labels, metadata, line)) in lines.iter().enumerate() {
        let time = (BASE_NS + 1_000_000 * (number as i64 + 1)).to_string();
        let stream = json!({ "stream": labels, "values": [[time, line, metadata]] });
        loki().push_json(&json!({ "streams": [stream] }));
    }
}

const LEVELS: [&str; 6] = ["INFO", "info", "Error", "FATAL", "", "loud"];

/// Six lines of two portfolios and three strategies, each in four layouts: `values-label`, …, and in
/// `values-mixed` each line in another.
fn layouts() -> &'static str {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        let mut lines = Vec::new();
        for layout in ["label", "metadata", "line", "mixed"] {
            for number in 0..6 {
                let fields = [
                    ("portfolio_id", format!("pf-{}", number % 2)),
                    ("strategy_id", ["st-A", "st-B", "st-A", "st-A", "st-C", "st-B"][number].to_owned()),
                ];
                let place = match layout {
                    "mixed" => ["label", "metadata", "line"][number % 3],
                    layout => layout,
                };
                let mut labels = json!({ "job": format!("values-{layout}"), "number": number.to_string() });
                let mut metadata = json!({});
                let mut line = json!({ "message": "m", "log": { "level": LEVELS[number] }, "ginkgo": {} });
                for (name, value) in fields {
                    let object = match place {
                        "label" => &mut labels,
                        "metadata" => &mut metadata,
                        _ => &mut line["ginkgo"],
                    };
                    object[name] = value.into();
                }
                lines.push((labels, metadata, line.to_string()));
            }
        }
        let lines: Vec<Line<'_>> = lines.iter().map(|(a, b, c)| (a.clone(), b.clone(), c.as_str())).collect();
        push(&lines);
        let system = |layout: &str| {
            json!({ "name": layout, "preset": "ginkgo", "selector": format!("{{job=\"values-{layout}\"}}") })
        };
        let systems = ["label", "metadata", "line", "mixed", "none"].map(system);
        put("values", &loki().url, json!({ "systems": systems }));
    });
    "values"
}

#[test]
fn values_are_the_same_wherever_they_stand() {
    let uid = layouts();
    let of_pf_1 = json!([{ "field": "portfolio_id", "operator": "=", "values": ["pf-1"] }]);
    let infos = json!([{ "field": "level", "operator": "=", "values": ["info"] }]);
    for layout in ["label", "metadata", "line", "mixed"] {
        for (name, query, field, search, expected) in [
            (
                "all",
                json!({}),
                "strategy_id",
                "",
                "st-A 3, st-B 2, st-C 1",
            ),
            (
                "chained by ids",
                json!({ "queryType": "portfolio", "ids": ["pf-0"] }),
                "strategy_id",
                "",
                "st-A 2, st-C 1",
            ),
            (
                "chained by a filter",
                json!({ "filters": of_pf_1 }),
                "strategy_id",
                "",
                "st-B 2, st-A 1",
            ),
            (
                "under a level",
                json!({ "filters": infos }),
                "strategy_id",
                "",
                "st-A 1, st-B 1",
            ),
            (
                "under a search",
                json!({ "search": [{ "text": "loud" }] }),
                "strategy_id",
                "",
                "st-B 1",
            ),
            ("searched", json!({}), "strategy_id", "T-a", "st-A 3"),
            ("searched in vain", json!({}), "strategy_id", "t.a", ""),
            (
                "levels",
                json!({}),
                "level",
                "",
                "info 2, unknown 2, critical 1, error 1",
            ),
            (
                "levels searched",
                json!({}),
                "level",
                "R",
                "critical 1, error 1",
            ),
            (
                "a stream",
                json!({ "stream": { "number": "4" } }),
                "strategy_id",
                "",
                "st-C 1",
            ),
            (
                "an odd result",
                json!({ "result": "value", "after": "x", "groupBy": 5 }),
                "strategy_id",
                "",
                "st-A 3, st-B 2, st-C 1",
            ),
        ] {
            let mut query = query;
            query["system"] = layout.into();
            let body = json!({ "query": query, "field": field, "search": search });
            let answer = values(uid, &body);
            assert_eq!(listed(&answer), expected, "{layout}, {name}: {answer}");
            assert_eq!(
                (&answer["complete"], &answer["sampled"]),
                (&json!(true), &json!(false)),
                "{layout}, {name}"
            );
            assert_eq!(answer["notices"], json!([]), "{layout}, {name}");
            assert_eq!(
                (&answer["field"], &answer["system"]),
                (&json!(field), &json!(layout))
            );
            if name == "all" {
                assert_eq!(answer["from"], layout, "{name}");
            }
        }
    }
    let body = json!({ "query": { "system": "line" }, "field": "level", "limit": 2 });
    let answer = values(uid, &body);
    assert_eq!(listed(&answer), "info 2, unknown 2");
    assert_eq!(
        (&answer["complete"], &answer["type"]),
        (&json!(false), &json!("level")),
        "{answer}"
    );
}

#[test]
fn what_is_not_there_is_said() {
    let uid = layouts();
    for (system, field, part) in [
        (
            "line",
            "nowhere",
            "field \"nowhere\" is not in the schema of system \"line\"",
        ),
        (
            "line",
            "no.where",
            "field \"no.where\" is not in the schema",
        ),
        (
            "line",
            "symbol",
            "no line of the range has a value of field \"symbol\"",
        ),
        (
            "none",
            "strategy_id",
            "no line of the range has a value of field \"strategy_id\"",
        ),
        (
            "none",
            "level",
            "no line of the range has a value of field \"level\"",
        ),
    ] {
        let answer = values(
            uid,
            &json!({ "query": { "system": system }, "field": field }),
        );
        assert_eq!(answer["values"], json!([]), "{answer}");
        assert_eq!(
            (&answer["complete"], &answer["from"]),
            (&json!(true), &Value::Null),
            "{answer}"
        );
        let notice = answer["notices"][0].as_str().unwrap_or_default();
        assert!(notice.contains(part), "{part}: {answer}");
    }
    let label = values(
        uid,
        &json!({ "query": { "system": "line" }, "field": "number", "search": "5" }),
    );
    assert_eq!(
        (listed(&label).as_str(), &label["from"]),
        ("5 1", &json!("label"))
    );
}

#[test]
fn what_is_wrong_with_a_request_is_said() {
    let uid = layouts();
    for (body, part) in [
        (json!({}), "field is missing"),
        (json!({ "field": "" }), "field is missing"),
        (json!({ "field": 5 }), "field 5 is not valid"),
        (json!({ "field": "x".repeat(300) }), "field has 300 bytes"),
        (
            json!({ "field": "level", "search": ["x"] }),
            "search [\"x\"] is not valid",
        ),
        (
            json!({ "field": "level", "search": "x".repeat(2000) }),
            "search has 2000 bytes",
        ),
        (
            json!({ "field": "level", "limit": 0 }),
            "limit 0 is not valid",
        ),
        (
            json!({ "field": "level", "limit": 10_001 }),
            "use a whole number from 1 to 10000",
        ),
        (
            json!({ "field": "level", "query": [] }),
            "query [] is not valid",
        ),
        (
            json!({ "field": "level", "query": { "system": "x" } }),
            "system \"x\" is not known",
        ),
        (
            json!({ "field": "level", "query": { "filters": [{}] } }),
            "filters[0].field is missing",
        ),
        (
            json!({ "field": "level", "query": { "queryType": "nonsense" } }),
            "queryType",
        ),
    ] {
        let response = post(uid, &body);
        assert_eq!(response.status, 400, "{body}: {response:?}");
        let error = response.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(error.contains(part), "{part}: {error}");
    }
    put("values-down", NOBODY, json!({}));
    for field in ["strategy_id", "level", "service_name"] {
        let response = post("values-down", &json!({ "field": field }));
        assert_eq!(response.status, 502, "{response:?}");
        assert!(response.text.contains("refused"), "{response:?}");
    }
}

/// Texts that mean something elsewhere.
const HOSTILE: [&str; 14] = [
    "\"",
    "\\",
    "`",
    "a\nb",
    "{job=\"x\"}",
    "a|b",
    "x' OR 1",
    "\\d+",
    "$__all",
    "订单-Ü",
    "İ😀",
    "a\u{0}b",
    "a\rb`",
    "x\u{feff}y",
];

#[test]
fn hostile_values_come_as_they_are_and_are_found() {
    let mut json_lines = Vec::new();
    let mut tskv_lines = Vec::new();
    for (number, text) in HOSTILE.iter().enumerate() {
        for _ in 0..=number {
            json_lines.push(json!({ "ginkgo": { "symbol": text } }).to_string());
            let escaped: String = text.chars().fold(String::new(), |mut out, c| {
                match c {
                    '\n' => out.push_str("\\n"),
                    '\u{0}' => out.push_str("\\x00"),
                    '\r' => out.push_str("\\r"),
                    '\u{feff}' => out.push_str("\\ufeff"),
                    '\'' | '\\' => {
                        out.push('\\');
                        out.push(c);
                    }
                    c if number % 2 == 1 && !c.is_ascii() && (c as u32) < 0x10000 => {
                        let _ = write!(out, "\\u{:04x}", c as u32);
                    }
                    c => out.push(c),
                }
                out
            });
            tskv_lines.push(format!("level='info' event='e' path='{escaped}' other=1"));
        }
    }
    let line =
        |job: &'static str| move |line: &'static str| (json!({ "job": job }), json!({}), line);
    let leak = |lines: Vec<String>| lines.into_iter().map(|line| &*line.leak());
    let all: Vec<Line<'_>> = leak(json_lines)
        .map(line("hostile-json"))
        .chain(leak(tskv_lines).map(line("hostile-tskv")))
        .collect();
    push(&all);
    let systems = json!([
        { "preset": "ginkgo", "selector": "{job=\"hostile-json\"}" },
        { "preset": "tskv", "selector": "{job=\"hostile-tskv\"}" },
    ]);
    put("hostile", &loki().url, json!({ "systems": systems }));
    for (system, field) in [("ginkgo", "symbol"), ("tskv", "path")] {
        let query = json!({ "system": system });
        let answer = values("hostile", &json!({ "query": query, "field": field }));
        let expected = HOSTILE.iter().enumerate().rev();
        let expected: Vec<Value> = expected
            .map(|(number, text)| json!({ "value": text, "count": number + 1 }))
            .collect();
        assert_eq!(answer["values"], json!(expected), "{system}");
        assert_eq!(
            (&answer["from"], &answer["complete"]),
            (&json!("line"), &json!(true))
        );
        for text in HOSTILE {
            let body = json!({ "query": query, "field": field, "search": text.to_lowercase() });
            let answer = values("hostile", &body);
            let found = answer["values"].as_array().expect("values");
            // A capital with a dot has no other case that one letter could be.
            let is_there = found.iter().any(|entry| entry["value"] == text);
            assert!(
                is_there || text.contains('İ'),
                "{system}, {text:?}: {answer}"
            );
        }
    }
}

#[test]
fn more_values_than_loki_counts_are_sampled_and_a_search_finds_each() {
    const COUNT: usize = 50_000;
    let numbers: Vec<usize> = (0..COUNT).collect();
    for piece in numbers.chunks(2500) {
        let entry = |number: &usize| {
            let time = (BASE_NS + 2_000_000 * *number as i64).to_string();
            // One in five lines has the same run.
            let run = if number.is_multiple_of(5) {
                "Often".to_owned()
            } else {
                format!("run-{number:05}")
            };
            json!([time, json!({ "ginkgo": { "task_id": run } }).to_string()])
        };
        let values: Vec<Value> = piece.iter().map(entry).collect();
        let stream = json!({ "stream": { "job": "values-many" }, "values": values });
        loki().push_json(&json!({ "streams": [stream] }));
    }
    let system = json!({ "preset": "ginkgo", "selector": "{job=\"values-many\"}" });
    put("values-many", &loki().url, json!({ "systems": [system] }));
    let answer = values("values-many", &json!({ "field": "task_id", "limit": 1000 }));
    let listed_values = answer["values"].as_array().expect("values");
    assert_eq!(
        listed_values[0],
        json!({ "value": "Often", "count": null }),
        "the most frequent first"
    );
    assert_eq!(listed_values.len(), 1000);
    assert_eq!(
        (&answer["sampled"], &answer["complete"]),
        (&json!(true), &json!(false))
    );
    let notice = answer["notices"][0].as_str().unwrap_or_default();
    assert!(
        notice.contains("max_query_series") && notice.contains("2000 lines"),
        "{notice}"
    );

    for (search, expected) in [
        ("RUN-04321", "run-04321 1"),
        ("often", "Often 10000"),
        ("zzz", ""),
    ] {
        let answer = values(
            "values-many",
            &json!({ "field": "task_id", "search": search }),
        );
        assert_eq!(listed(&answer), expected);
        assert_eq!(
            (&answer["sampled"], &answer["complete"]),
            (&json!(false), &json!(true)),
            "{search}"
        );
    }
    let many = values(
        "values-many",
        &json!({ "field": "task_id", "search": "run-0" }),
    );
    assert_eq!(many["sampled"], true, "{}", many["notices"]);
}

#[test]
fn a_label_with_many_values_is_listed_and_searched() {
    const COUNT: usize = 50_000;
    let fake = Fake::start(|seen| {
        let body = if seen.path.contains("/label/") {
            let values: Vec<String> = (0..COUNT).map(|number| format!("St-{number:05}")).collect();
            json!({ "status": "success", "data": values }).to_string()
        } else if seen.path.ends_with("/index/stats") {
            json!({ "streams": COUNT, "chunks": COUNT, "entries": 1, "bytes": 1 }).to_string()
        } else {
            // No stream lacks any label.
            good(&seen.path)
        };
        Act::status("200 OK", "content-type: application/json\r\n", body)
    });
    put("values-labels", &fake.url, json!({}));
    let query = json!({ "queryType": "portfolio", "ids": ["pf-1"] });
    let answer = values(
        "values-labels",
        &json!({ "query": query, "field": "strategy_id", "limit": 10_000 }),
    );
    let entries = answer["values"].as_array().expect("values");
    assert_eq!(
        (entries.len(), &entries[9]),
        (10_000, &json!({ "value": "St-00009", "count": null }))
    );
    assert_eq!(
        (&answer["complete"], &answer["from"]),
        (&json!(false), &json!("label"))
    );
    let answer = values(
        "values-labels",
        &json!({ "query": query, "field": "strategy_id", "search": "sT-4999" }),
    );
    assert_eq!(
        answer["values"].as_array().map(Vec::len),
        Some(10),
        "{answer}"
    );
    assert_eq!(answer["complete"], true);
    let asked = fake.seen();
    let asked = asked
        .iter()
        .find(|seen| seen.path.contains("/label/"))
        .expect("a request");
    assert_eq!(asked.path, "/loki/api/v1/label/strategy_id/values");
    assert_eq!(
        asked.param("query"),
        Some("{job=\"ginkgo\", portfolio_id=\"pf-1\"}")
    );
}

#[test]
fn what_logql_cannot_count_by_is_read_off_lines() {
    let lines: Vec<String> = (0..40)
        .map(|number| {
            let time = format!("2020-03-0{} 00:00:00", 1 + number % 4);
            json!({ "a]b": format!("v{}", number % 3), "ginkgo": { "business_timestamp": time, "symbol": format!("s{}", number % 4) } }).to_string()
        })
        .collect();
    let lines: Vec<Line<'_>> = lines
        .iter()
        .map(|line| (json!({ "job": "values-odd" }), json!({}), line.as_str()))
        .collect();
    push(&lines);
    let odd = json!({ "name": "odd", "source": "line", "key": "[\"a]b\"]" });
    let system = json!({ "preset": "ginkgo", "selector": "{job=\"values-odd\"}", "fields": [odd] });
    put("values-odd", &loki().url, json!({ "systems": [system] }));
    let late = json!([{ "field": "business_timestamp", "operator": ">=", "values": ["2020-03-03 00:00:00"] }]);
    for (name, query, field, search, expected) in [
        (
            "a time",
            json!({ "filters": late }),
            "symbol",
            "",
            "s2 10, s3 10",
        ),
        (
            "a time and a search",
            json!({ "filters": late }),
            "symbol",
            "S3",
            "s3 10",
        ),
        (
            "a key that LogQL cannot spell",
            json!({}),
            "odd",
            "",
            "v0 14, v1 13, v2 13",
        ),
        ("the same, searched", json!({}), "odd", "V1", "v1 13"),
    ] {
        let answer = values(
            "values-odd",
            &json!({ "query": query, "field": field, "search": search }),
        );
        assert_eq!(listed(&answer), expected, "{name}: {answer}");
        assert_eq!(
            (&answer["sampled"], &answer["complete"]),
            (&json!(false), &json!(true)),
            "{name}: {answer}"
        );
    }
}

#[test]
fn of_logql_the_streams_count() {
    let uid = layouts();
    let expr = "sum by (x) (rate({job=\"values-line\", number=~\"[01]\"} |= \"pf-\" | json [1m]";
    for query in [
        json!({ "queryType": "logql", "expr": expr }),
        json!({ "expr": expr }),
        json!({ "queryType": "range", "expr": expr }),
    ] {
        let answer = values(uid, &json!({ "query": query, "field": "strategy_id" }));
        assert_eq!(listed(&answer), "st-A 1, st-B 1", "{query}: {answer}");
        assert!(
            answer["notices"][0]
                .as_str()
                .is_some_and(|notice| notice.contains("whatever its pipeline")),
            "{answer}"
        );
    }
    let query = json!({ "queryType": "logql", "expr": "{job=", "system": "line" });
    let answer = values(uid, &json!({ "query": query, "field": "strategy_id" }));
    assert_eq!(listed(&answer), "st-A 3, st-B 2, st-C 1", "{answer}");
}

#[test]
fn a_count_that_dies_is_a_sample() {
    let fake = Fake::start(|seen| {
        let lacks = |label: &str| {
            seen.param("query")
                .is_some_and(|query| query.contains(&format!("{label}=\"\"")))
        };
        match seen.path.rsplit('/').next() {
            Some("query") => Act::status("504 Gateway Timeout", "", "context deadline exceeded"),
            // The one stream has no such label.
            Some("labels") if lacks("message") => {
                let body = json!({ "status": "success", "data": ["job"] });
                Act::status(
                    "200 OK",
                    "content-type: application/json\r\n",
                    body.to_string(),
                )
            }
            _ => Act::Good,
        }
    });
    put("values-dying", &fake.url, json!({}));
    let answer = values("values-dying", &json!({ "field": "message" }));
    assert_eq!(listed(&answer), "a line of the fake 1", "{answer}");
}

#[test]
fn the_values_of_less_than_a_millisecond_are_counted() {
    let body = json!({ "field": "portfolio_id", "query": {}, "from": BASE_NS, "to": BASE_NS + 3 });
    let response = host().post_resource(crate::kit::corpus(), "values", &body);
    assert_eq!(response.status, 200, "{response:?}");
    let answer = response.json();
    assert_eq!(listed(&answer), "pf-1 2", "{answer}");
    assert_eq!(answer["from"], "line", "{answer}");
    assert_eq!(answer["complete"], true, "{answer}");
}
