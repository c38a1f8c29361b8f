//! Log frames as Grafana's Go SDK decodes them.

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{BASE_NS, LINES, ask, column, corpus, field, frame, put};

#[test]
fn a_logs_frame_has_the_fields_and_the_types_of_the_contract() {
    let frame = frame(corpus(), &json!({}));
    let fields = frame["schema"]["fields"].as_array().expect("fields");
    let described = |field: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (
            text(&field["name"]),
            text(&field["type"]),
            text(&field["typeInfo"]["frame"]),
        )
    };
    let wanted = [
        ("timestamp", "time", "time.Time"),
        ("body", "string", "string"),
        ("severity", "string", "string"),
        ("id", "string", "string"),
        ("labels", "other", "json.RawMessage"),
        ("labelTypes", "other", "json.RawMessage"),
    ];
    let found: Vec<_> = fields.iter().map(described).collect();
    let wanted = wanted.map(|(name, kind, go)| (name.to_owned(), kind.to_owned(), go.to_owned()));
    assert_eq!(found, wanted);
    for field in fields {
        assert!(
            field["typeInfo"]["nullable"].is_null(),
            "{field}: no field is nullable"
        );
    }
}

#[test]
fn nanoseconds_survive_the_way_into_json() {
    let frame = frame(corpus(), &json!({ "direction": "forward" }));
    let milliseconds: Vec<Value> = LINES
        .iter()
        .map(|(offset, _)| json!((BASE_NS + offset) / 1_000_000))
        .collect();
    let rest: Vec<Value> = LINES
        .iter()
        .map(|(offset, _)| json!(offset % 1_000_000))
        .collect();
    assert_eq!(column(&frame, "timestamp"), milliseconds);
    assert_eq!(frame["data"]["nanos"][0], json!(rest));
}

#[test]
fn rows_come_in_the_direction_asked_with_canonical_levels_and_their_labels() {
    let newest_first = frame(corpus(), &json!({}));
    let mut lines = LINES.map(|(_, line)| json!(line));
    lines.reverse();
    assert_eq!(column(&newest_first, "body"), lines);
    let levels = ["unknown", "warning", "critical", "info"].map(|level| json!(level));
    assert_eq!(column(&newest_first, "severity"), levels);

    let labels = &column(&newest_first, "labels")[3];
    for (name, value) in [
        ("job", "protocol"),
        ("container", "worker"),
        ("pod", "p-0"),
        ("portfolio_id", "pf-1"),
        ("duration_ms", "12.5"),
    ] {
        assert_eq!(labels[name], value, "{labels}");
    }

    let types = json!({
        "job": "I", "container": "I", "service_name": "I", "pod": "S", "detected_level": "S",
        "time": "P", "level": "P", "message": "P", "portfolio_id": "P", "strategy_id": "P", "symbol": "P", "duration_ms": "P",
    });
    assert_eq!(column(&newest_first, "labelTypes")[3], types, "{labels}");

    let oldest_first = frame(corpus(), &json!({ "direction": "forward" }));
    let mut ids = column(&oldest_first, "id").to_vec();
    ids.reverse();
    assert_eq!(
        column(&newest_first, "id"),
        ids,
        "ids are the same in both directions"
    );
}

#[test]
fn the_metadata_says_what_was_run_and_what_it_cost() {
    let search = json!([{ "operator": "contains", "text": "FILLED" }]);
    let frame = frame(corpus(), &json!({ "search": search, "limit": 7 }));
    let meta = &frame["schema"]["meta"];
    assert_eq!(meta["type"], "log-lines");
    assert_eq!(meta["typeVersion"], json!([0, 0]));
    assert_eq!(meta["preferredVisualisationType"], "logs");
    let executed = meta["executedQueryString"].as_str().expect("LogQL");
    assert!(executed.starts_with("{job=\"protocol\"} |~ "), "{executed}");
    assert_eq!(meta["custom"]["limit"], 7);
    assert_eq!(
        meta["custom"]["searchWords"].as_array().map(Vec::len),
        Some(1),
        "{meta}"
    );
    let stats = meta["stats"].as_array().expect("stats");
    let stat = |name: &str| stats.iter().find(|stat| stat["displayName"] == name);
    let bytes = stat("Loki: bytes read").expect("bytes");
    assert!(bytes["value"].as_f64() > Some(0.0), "{bytes}");
    assert_eq!(bytes["unit"], "decbytes");
    assert!(stat("Loki: execution time").is_some(), "{meta}");
    assert_eq!(column(&frame, "body").len(), 1);
}

#[test]
fn a_name_that_is_nowhere_is_a_notice() {
    let filters = json!([{ "field": "nowhere", "operator": "missing" }]);
    let frame = frame(corpus(), &json!({ "filters": filters }));
    let notices = frame["schema"]["meta"]["notices"]
        .as_array()
        .expect("notices");
    let texts: Vec<&str> = notices
        .iter()
        .filter_map(|notice| notice["text"].as_str())
        .collect();
    assert!(
        texts.iter().any(|text| text.contains("\"nowhere\"")),
        "{texts:?}"
    );
    assert_eq!(column(&frame, "body").len(), LINES.len());
}

#[test]
fn an_empty_answer_is_a_frame_of_its_type() {
    for (name, query, contract, visualisation, fields) in [
        (
            "logs",
            json!({ "ids": ["nobody"], "queryType": "portfolio" }),
            json!("log-lines"),
            "logs",
            6,
        ),
        (
            "logql",
            json!({ "expr": "{job=\"nothing\"}" }),
            json!("log-lines"),
            "logs",
            6,
        ),
        (
            "table",
            json!({ "ids": ["nobody"], "queryType": "run", "result": "table", "columns": ["symbol"] }),
            Value::Null,
            "table",
            3,
        ),
        (
            "topErrors",
            json!({ "ids": ["nobody"], "queryType": "run", "result": "topErrors" }),
            Value::Null,
            "table",
            11,
        ),
        (
            "events",
            json!({ "ids": ["nobody"], "queryType": "run", "result": "events" }),
            Value::Null,
            "table",
            6,
        ),
    ] {
        let frame = frame(corpus(), &query);
        let meta = &frame["schema"]["meta"];
        assert_eq!(meta["type"], contract, "{name}: {meta}");
        assert_eq!(meta["preferredVisualisationType"], visualisation, "{name}");
        assert_eq!(
            frame["schema"]["fields"].as_array().map(Vec::len),
            Some(fields),
            "{name}"
        );
        assert_eq!(frame["data"]["values"][0], json!([]), "{name}");
    }
}

#[test]
fn lokis_own_warnings_are_notices() {
    let data = json!({ "resultType": "streams", "result": [] });
    let body = json!({ "status": "success", "warnings": ["the store is slow"], "data": data });
    let fake = Fake::always(Act::status("200 OK", "", body.to_string()));
    put("warning", &fake.url, json!({}));
    let frame = frame("warning", &json!({}));
    let notices = &frame["schema"]["meta"]["notices"];
    assert_eq!(notices[0]["severity"], "warning", "{notices}");
    assert_eq!(
        notices[0]["text"], "Loki says: the store is slow",
        "{notices}"
    );
}

/// The fields of a frame with their types in Go; a nullable one with a star.
fn types(frame: &Value) -> Vec<(String, String)> {
    let fields = frame["schema"]["fields"].as_array().expect("fields");
    let described = |field: &Value| {
        let name = field["name"].as_str().unwrap_or_default().to_owned();
        let nullable = field["typeInfo"]["nullable"] == true;
        let kind = field["typeInfo"]["frame"].as_str().unwrap_or_default();
        (name, format!("{}{kind}", if nullable { "*" } else { "" }))
    };
    fields.iter().map(described).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(name, kind): &(&str, &str)| ((*name).to_owned(), (*kind).to_owned());
    pairs.iter().map(pair).collect()
}

#[test]
fn a_table_of_errors_has_its_columns() {
    let frame = frame(corpus(), &json!({ "result": "topErrors" }));
    let wanted = [
        ("error_type", "*string"),
        ("message", "string"),
        ("count", "float64"),
        ("share", "float64"),
        ("first_seen", "time.Time"),
        ("last_seen", "time.Time"),
        ("container", "*string"),
        ("strategy_id", "*string"),
        ("portfolio_id", "*string"),
        ("sample", "string"),
        ("trace_id", "*string"),
    ];
    assert_eq!(types(&frame), owned(&wanted));
    assert_eq!(field(&frame, "share")["config"]["unit"], "percentunit");
    assert_eq!(column(&frame, "message"), [json!("refused")]);
    assert_eq!(column(&frame, "share"), [json!(1)]);
    assert_eq!(column(&frame, "strategy_id"), [json!("st-2")]);
    assert_eq!(column(&frame, "sample"), [json!(LINES[1].1)]);
    let custom = &frame["schema"]["meta"]["custom"];
    assert_eq!((&custom["total"], &custom["read"]), (&json!(1), &json!(1)));
}

#[test]
fn events_have_the_fields_that_grafana_reads_annotations_from() {
    let query = json!({
        "result": "events",
        "filters": [{ "field": "symbol", "operator": "exists" }],
        "events": { "title": "{{symbol}}", "tags": ["portfolio_id", "level"] },
    });
    let frame = frame(corpus(), &query);
    let wanted = [
        ("time", "time.Time"),
        ("timeEnd", "*time.Time"),
        ("title", "string"),
        ("text", "string"),
        ("tags", "string"),
        ("id", "string"),
    ];
    assert_eq!(types(&frame), owned(&wanted));
    assert_eq!(column(&frame, "timeEnd"), [Value::Null]);
    assert_eq!(column(&frame, "title"), [json!("BTC/USDT")]);
    assert_eq!(column(&frame, "text"), [json!("filled &lt;b&gt;")]);
    assert_eq!(column(&frame, "tags"), [json!("pf-1,info")]);
}

#[test]
fn numbers_say_which_names_were_found_nowhere() {
    let filter =
        |operator: &str| json!([{ "field": "nosuch", "operator": operator, "values": ["1"] }]);
    let measure = json!({ "field": "nosuch", "aggregation": "sum" });
    for (query, said) in [
        (json!({ "result": "count", "filters": filter("=") }), true),
        (
            json!({ "result": "errorRate", "filters": filter("exists") }),
            true,
        ),
        (json!({ "result": "value", "measure": measure }), true),
        (json!({ "result": "count", "groupBy": ["nosuch"] }), true),
        (json!({ "result": "count", "filters": filter("!=") }), false),
        (json!({ "result": "count", "groupBy": ["symbol"] }), false),
    ] {
        let mut query = query;
        query["instant"] = json!(true);
        let result = ask(corpus(), &query);
        assert_eq!(result["status"], 200, "{query}: {result}");
        let notices = result["frames"][0]["schema"]["meta"]["notices"].to_string();
        assert_eq!(
            notices.contains("field \\\"nosuch\\\" is not in the schema"),
            said,
            "{query}: {result}"
        );
    }
}
