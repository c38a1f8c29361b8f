use serde_json::json;

use super::*;
use crate::schema::presets;

fn sources(places: &[Field]) -> Vec<String> {
    let text = |source: &Source| match source {
        Source::Label(name) => format!("label {name}"),
        Source::Metadata(name) => format!("metadata {name}"),
        Source::Line(path) => format!("line {}", path.0.join("/")),
    };
    let texts = |place: &Field| {
        place
            .sources
            .iter()
            .map(text)
            .collect::<Vec<_>>()
            .join(", ")
    };
    places.iter().map(texts).collect()
}

#[test]
fn a_field_is_read_only_where_streams_can_have_it() {
    let systems = presets();
    let field = |system: usize, name: &str| systems[system].field(name);
    let facts = |everywhere: &[&str], nowhere: &[&str]| {
        let names = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| LabelName::new(name))
                .collect()
        };
        Facts {
            everywhere: names(everywhere),
            nowhere: names(nowhere),
            somewhere: Vec::new(),
            part: Vec::new(),
        }
    };
    let trace = places(&field(0, "trace_id"));
    let service = places(&field(1, "service_name"));
    let line = "line trace/id, line trace.id";
    assert_eq!(
        sources(&trace),
        ["label trace_id", "metadata trace_id", line]
    );
    for (name, places, facts, expected) in [
        (
            "nothing known",
            &trace,
            facts(&[], &[]),
            &["label trace_id", "metadata trace_id", line][..],
        ),
        (
            "a label",
            &trace,
            facts(&["trace_id"], &[]),
            &["label trace_id"],
        ),
        (
            "no label",
            &trace,
            facts(&[], &["trace_id"]),
            &["metadata trace_id", line],
        ),
        (
            "a label behind others",
            &service,
            facts(&["service_name"], &[]),
            &[
                "line service_name",
                "metadata service_name",
                "label service_name",
            ],
        ),
        (
            "no such label behind others",
            &service,
            facts(&[], &["service_name"]),
            &["line service_name", "metadata service_name"],
        ),
    ] {
        assert_eq!(sources(&here(places, &facts)), expected, "{name}");
    }
}

#[test]
fn a_request_keeps_of_its_query_which_lines_are_meant() {
    let read = |query: Value| Asked::read(&json!({ "field": "level", "query": query }));
    let asked = read(json!({ "queryType": "run", "ids": ["a"], "result": "nonsense", "limit": -1, "measure": 5 })).unwrap();
    assert_eq!(
        (asked.lines.query.ids, asked.limit),
        (vec!["a".to_owned()], 100)
    );
    let asked = read(json!({ "expr": "{a=\"b\"} |= \"x" })).unwrap();
    assert_eq!(asked.lines.selector.unwrap().to_string(), "{a=\"b\"}");
    for typing in ["", "{a=", "sum("] {
        let asked = read(json!({ "queryType": "logql", "expr": typing })).unwrap();
        assert!(asked.lines.selector.is_none(), "{typing}");
    }
}
