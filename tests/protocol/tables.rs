//! Table frames as Grafana's Go SDK decodes them.

use serde_json::json;

use crate::kit::{LINES, column, corpus, field, frame};

#[test]
fn columns_are_typed_and_in_the_order_asked() {
    let query = json!({
        "result": "table", "direction": "forward",
        "columns": ["duration_ms", "paper", "level", "business_timestamp", "symbol"],
    });
    let frame = frame(corpus(), &query);
    let fields = frame["schema"]["fields"].as_array().expect("fields");
    let described: Vec<(&str, &str)> = fields
        .iter()
        .filter_map(|field| Some((field["name"].as_str()?, field["type"].as_str()?)))
        .collect();
    let wanted = [
        ("time", "time"),
        ("duration_ms", "number"),
        ("paper", "boolean"),
        ("level", "string"),
        ("business_timestamp", "time"),
        ("symbol", "string"),
        ("line", "string"),
    ];
    assert_eq!(described, wanted);
    assert_eq!(
        column(&frame, "duration_ms"),
        [json!(12.5), json!(3), json!(null), json!(null)]
    );
    assert_eq!(
        column(&frame, "paper"),
        [json!(true), json!(false), json!(null), json!(null)]
    );
    let levels = ["info", "critical", "warning", "unknown"].map(|level| json!(level));
    assert_eq!(column(&frame, "level"), levels);
}

#[test]
fn units_and_descriptions_are_in_the_fields_configuration() {
    let frame = frame(
        corpus(),
        &json!({ "result": "table", "columns": ["duration_ms", "paper"] }),
    );
    assert_eq!(field(&frame, "duration_ms")["config"]["unit"], "ms");
    assert_eq!(
        field(&frame, "paper")["config"]["description"],
        "Paper money"
    );
}

#[test]
fn values_of_another_type_are_a_notice_and_unreadable_lines_keep_their_row() {
    let frame = frame(
        corpus(),
        &json!({ "result": "table", "columns": ["duration_ms", "paper"], "direction": "forward" }),
    );
    let meta = &frame["schema"]["meta"];
    let notices = meta["notices"].as_array().expect("notices");
    for part in ["column \"duration_ms\": 1 of 3", "column \"paper\": 1 of 3"] {
        let found = notices.iter().find(|notice| {
            notice["text"]
                .as_str()
                .is_some_and(|text| text.contains(part))
        });
        let found = found.unwrap_or_else(|| panic!("{part}: {meta}"));
        assert_eq!(found["severity"], "warning", "{found}");
    }
    assert_eq!(column(&frame, "line"), LINES.map(|(_, line)| json!(line)));
}

#[test]
fn no_column_appears_twice() {
    for (name, columns) in [
        ("the row's own time", json!(["time", "level"])),
        ("the line", json!(["level", "line"])),
        ("asked for twice", json!(["symbol", "symbol"])),
    ] {
        let frame = frame(corpus(), &json!({ "result": "table", "columns": columns }));
        let fields = frame["schema"]["fields"].as_array().expect("fields");
        let mut names: Vec<&str> = fields
            .iter()
            .filter_map(|field| field["name"].as_str())
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{name}: {frame}");
    }
}

#[test]
fn a_full_page_says_that_there_may_be_more() {
    let frame = frame(corpus(), &json!({ "result": "table", "limit": 2 }));
    let meta = &frame["schema"]["meta"];
    let notices = meta["notices"].as_array().expect("notices");
    let texts: Vec<&str> = notices
        .iter()
        .filter_map(|notice| notice["text"].as_str())
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("the limit of 2 lines is reached")),
        "{texts:?}"
    );
    assert_eq!(meta["preferredVisualisationType"], "table");
    assert!(meta["executedQueryString"].is_string(), "{meta}");
}
