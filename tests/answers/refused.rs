//! Questions that are wrong: status 400, the user's fault, and words that help.

use ginkgo_demo::{Layout, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source, range};
use crate::corpus::corpus;
use crate::query::Query;

/// Name, query, and what the error must say.
type Row = (&'static str, Value, &'static [&'static str]);

fn filter(system: &str, field: &str, operator: &str, values: Value) -> Value {
    let filter = json!({ "field": field, "operator": operator, "values": values });
    json!({ "system": system, "filters": [filter] })
}

fn rows() -> Vec<Row> {
    vec![
        (
            "no time",
            filter("ginkgo", "business_timestamp", ">", json!(["2020-03-02"])),
            &[
                "filters[0].values[0]",
                "\"2020-03-02\"",
                "time",
                "2020-03-02 09:35:00",
                "UTC",
            ],
        ),
        (
            "one is no time",
            filter("fastapi", "time", "!=|", json!(["1583141700", "158314170"])),
            &["filters[0].values[1]", "\"158314170\"", "digits"],
        ),
        (
            "time as a regex",
            filter("fastapi", "time", "=~", json!(["2020.*"])),
            &["filters[0].operator", "\"=~\"", "time", ">="],
        ),
        (
            "number as a regex",
            filter("fastapi", "status_code", "=~", json!(["5.."])),
            &["filters[0].operator", "\"=~\"", "number"],
        ),
        (
            "bool as a regex",
            filter("fastapi", "cached", "!~", json!(["t.*"])),
            &["filters[0].operator", "\"!~\"", "bool"],
        ),
        (
            "level as a regex",
            filter("ginkgo", "level", "=~", json!(["e.*"])),
            &["filters[0].operator", "\"=~\"", "level"],
        ),
        (
            "text in order",
            filter("ginkgo", "symbol", ">", json!(["a"])),
            &["filters[0].operator", "\">\"", "string"],
        ),
        (
            "bool in order",
            filter("fastapi", "cached", "<", json!(["true"])),
            &["filters[0].operator", "\"<\"", "bool"],
        ),
        (
            "json in order",
            filter("ginkgo", "origin", ">=", json!(["{}"])),
            &["filters[0].operator", "\">=\"", "json"],
        ),
        (
            "ad hoc text in order",
            filter("ginkgo", "own", "<=", json!(["1"])),
            &["filters[0].operator", "\"<=\"", "string"],
        ),
        (
            "no number",
            filter("fastapi", "status_code", ">", json!(["abc"])),
            &["filters[0].values", "\"abc\"", "number"],
        ),
        (
            "not a finite number",
            filter("fastapi", "status_code", "=", json!(["1e999"])),
            &["filters[0].values", "\"1e999\""],
        ),
        (
            "one is no number",
            filter("fastapi", "status_code", "=|", json!(["200", "NaN"])),
            &["filters[0].values", "\"NaN\""],
        ),
        (
            "no truth",
            filter("fastapi", "cached", "=", json!(["maybe"])),
            &["filters[0].values", "\"maybe\"", "true"],
        ),
        (
            "no level",
            filter("ginkgo", "level", "=", json!(["loud"])),
            &["filters[0].values", "\"loud\"", "critical"],
        ),
        (
            "equal to several",
            filter("ginkgo", "symbol", "=", json!(["a", "b"])),
            &["filters[0].values", "=|"],
        ),
        (
            "not equal to several",
            filter("ginkgo", "symbol", "!=", json!(["a", "b"])),
            &["filters[0].values", "!=|"],
        ),
        (
            "equal to nothing",
            filter("ginkgo", "symbol", "=", json!([""])),
            &["filters[0].values", "missing"],
        ),
        (
            "equal to no value",
            filter("ginkgo", "symbol", "!=", json!([])),
            &["filters[0].values"],
        ),
        (
            "one of none",
            filter("ginkgo", "symbol", "=|", json!([])),
            &["filters[0].values"],
        ),
        (
            "none of none",
            filter("ginkgo", "symbol", "!=|", json!([])),
            &["filters[0].values"],
        ),
        (
            "a broken regex",
            filter("ginkgo", "symbol", "=~", json!(["a("])),
            &["filters[0]", "\"a(\""],
        ),
        (
            "a regex with another's parentheses",
            filter("ginkgo", "symbol", "!~", json!(["a)(b"])),
            &["filters[0].values", "\"a)(b\"", "without its ("],
        ),
        (
            "a broken regex that Ginkgo would decide",
            filter("tskv", "event", "=~", json!(["a**"])),
            &["filters[0].values", "\"a**\"", "RE2", "**"],
        ),
        (
            "a regex that Ginkgo cannot decide",
            filter("tskv", "event", "=~", json!(["\\x{D800}"])),
            &["filters[0].values", "x{D800}", "Ginkgo", "event"],
        ),
        (
            "no operator",
            filter("ginkgo", "symbol", "like", json!(["a"])),
            &["filters[0].operator", "\"like\"", "!=|"],
        ),
        (
            "a broken search",
            json!({ "search": [{ "operator": "matches", "text": "[a" }] }),
            &["search[0]", "\"[a\""],
        ),
        (
            "a search with another's parentheses",
            json!({ "search": [{ "operator": "not matches", "text": "a)(b" }] }),
            &["search[0].text", "\"a)(b\"", "without its ("],
        ),
        (
            "no search operator",
            json!({ "search": [{ "operator": "like", "text": "a" }] }),
            &["search[0].operator", "\"like\"", "not contains"],
        ),
        (
            "ids of any",
            json!({ "queryType": "any", "ids": ["a"] }),
            &["ids"],
        ),
        (
            "ids of logql",
            json!({ "expr": "{job=\"ginkgo\"}", "ids": ["a"] }),
            &["ids"],
        ),
        (
            "filters of logql",
            json!({ "expr": "{job=\"ginkgo\"}", "filters": [{ "field": "a", "operator": "exists" }] }),
            &["filters"],
        ),
        (
            "search of logql",
            json!({ "expr": "{job=\"ginkgo\"}", "search": [{ "operator": "contains", "text": "a" }] }),
            &["search"],
        ),
        (
            "ids that are no list",
            json!({ "queryType": "trace", "ids": "a" }),
            &["ids", "\"a\""],
        ),
        (
            "filters that are no list",
            json!({ "filters": {} }),
            &["filters"],
        ),
        (
            "search that is no list",
            json!({ "search": "a" }),
            &["search", "\"a\""],
        ),
        (
            "no query type",
            json!({ "queryType": "order" }),
            &["queryType", "\"order\"", "portfolio"],
        ),
        (
            "no result",
            json!({ "result": "chart" }),
            &["result", "\"chart\"", "table"],
        ),
        (
            "no direction",
            json!({ "direction": "up" }),
            &["direction", "\"up\"", "forward"],
        ),
        (
            "no system",
            json!({ "system": "nginx" }),
            &["system", "\"nginx\"", "fastapi"],
        ),
        ("limit zero", json!({ "limit": 0 }), &["limit", "0"]),
        ("limit below zero", json!({ "limit": -5 }), &["limit", "-5"]),
    ]
}

/// What is wrong with the answer to a wrong question.
fn wrong(name: &str, model: &Value, words: &[&str]) -> Option<String> {
    let site = Site::new(Layout::Line, Source::Auto);
    let range = range(&Query::any(System::Ginkgo).range_ms(0, 60_000));
    let refusal = match site.ask_json(corpus(Layout::Line), model, range, true) {
        Ok(answer) => return Some(format!("{name}: answered, {} rows", answer.rows.len())),
        Err(refusal) => refusal,
    };
    let is_users = refusal.status == 400 && refusal.source == "downstream";
    let unsaid: Vec<&&str> = words
        .iter()
        .filter(|word| !refusal.text.contains(**word))
        .collect();
    (!is_users || !unsaid.is_empty()).then(|| format!("{name}: {unsaid:?} missing in {refusal:?}"))
}

#[test]
fn wrong_questions_are_refused_with_their_reason() {
    let rows = rows();
    let rows = rows.iter();
    let all: Vec<String> = rows
        .filter_map(|(name, model, words)| wrong(name, model, words))
        .collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_role_that_a_system_lacks_is_named_with_those_it_has() {
    let mut all = Vec::new();
    for system in [System::Fastapi, System::Tskv, System::Dynamo] {
        let schema = Site::new(Layout::Line, Source::Auto).schema(system);
        let has: Vec<&str> = schema.role_fields().map(|field| field.role).collect();
        for role in ["portfolio", "strategy", "run"] {
            for ids in [json!([]), json!(["x"])] {
                let model = json!({ "queryType": role, "system": system.name(), "ids": ids });
                let mut words = vec!["queryType", role, system.name()];
                words.extend(&has);
                all.extend(wrong(&format!("{role} of {system}"), &model, &words));
            }
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}
