//! Dashboard variables: what they offer, and what a question becomes with them, as the front end does it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::board::{Board, list};
use crate::support::host;

/// What is chosen.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// One text.
    One(String),
    /// All that a variable offers.
    All,
}

/// The variables of a dashboard by their names.
pub type Choice = BTreeMap<String, Chosen>;

/// How a dashboard is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// As it is, with *All* where that is offered.
    Fresh,
    /// With the first value of every variable that has values.
    Narrowed,
}

/// Chooses the values of a dashboard's variables, one after the other, as Grafana does.
pub fn choose(board: &Board, uid: &str, range: (i64, i64), opened: Opened) -> Choice {
    let mut choice = Choice::new();
    for variable in board.variables() {
        let name = variable["name"].as_str().expect("a name");
        let chosen = match variable["type"].as_str().expect("a type") {
            "datasource" => Chosen::One(uid.to_owned()),
            "textbox" => Chosen::One(variable["query"].as_str().expect("a text").to_owned()),
            "custom" if variable["includeAll"] == true => Chosen::All,
            "custom" => {
                let names = variable["query"].as_str().expect("a text");
                Chosen::One(names.split(',').next().expect("a name").to_owned())
            }
            "query" => {
                let values = offered(variable, uid, range, &choice);
                let at = format!("{}: {name}", board.file);
                assert!(!values.is_empty(), "{at} offers nothing");
                if variable["includeAll"] == true && opened == Opened::Fresh {
                    Chosen::All
                } else {
                    Chosen::One(values[0].clone())
                }
            }
            other => panic!("{}: variable {name} is of type {other}", board.file),
        };
        choice.insert(name.to_owned(), chosen);
    }
    choice
}

/// What a variable offers: the resource that the front end asks.
pub fn offered(variable: &Value, uid: &str, range: (i64, i64), choice: &Choice) -> Vec<String> {
    let mut query = filled(&variable["query"], choice);
    let members = query.as_object_mut().expect("an object");
    let field = members.remove("field").expect("a field");
    let limit = members.remove("limit").unwrap_or(json!(1000));
    // A field's own filters would leave only what is chosen already.
    if let Some(filters) = members.get_mut("filters").and_then(Value::as_array_mut) {
        filters.retain(|filter| filter["field"] != field);
    }
    let millis = |ns: i64| (ns / 1_000_000).to_string();
    let body = json!({ "query": query, "field": field, "limit": limit,
        "from": millis(range.0), "to": millis(range.1) });
    let answer = host().post_resource(uid, "values", &body);
    assert_eq!(answer.status, 200, "{body}: {answer:?}");
    let values = answer.json();
    let texts = list(&values["values"]).iter().map(|value| &value["value"]);
    texts
        .map(|text| text.as_str().expect("a text").to_owned())
        .collect()
}

/// Fills variables into a question.
pub fn filled(query: &Value, choice: &Choice) -> Value {
    let mut query = query.clone();
    let members = query.as_object_mut().expect("an object");
    members.remove("datasource");
    for key in ["system", "legendFormat", "window"] {
        if let Some(Value::String(text)) = members.get_mut(key) {
            let chosen = text.strip_prefix('$').map(|name| one(name, choice));
            *text = chosen.unwrap_or_else(|| text.clone());
        }
    }
    if let Some(ids) = members.get_mut("ids") {
        let texts = list(ids).iter().filter_map(|id| value(id, choice));
        *ids = texts.collect();
    }
    if let Some(filters) = members.get_mut("filters").and_then(Value::as_array_mut) {
        filters.retain_mut(|filter| {
            let values = list(&filter["values"]).to_vec();
            let texts: Vec<Value> = values
                .iter()
                .filter_map(|text| value(text, choice))
                .collect();
            let is_kept = texts.len() == values.len();
            filter["values"] = texts.into();
            is_kept
        });
    }
    if let Some(search) = members.get_mut("search").and_then(Value::as_array_mut) {
        for entry in search.iter_mut() {
            entry["text"] = value(&entry["text"], choice).unwrap_or_default();
        }
        search.retain(|entry| entry["text"] != "");
    }
    query
}

/// A value with its variable replaced; none where *All* is chosen.
fn value(value: &Value, choice: &Choice) -> Option<Value> {
    let Some(name) = value.as_str().and_then(|text| text.strip_prefix('$')) else {
        return Some(value.clone());
    };
    match choice
        .get(name)
        .unwrap_or_else(|| panic!("no variable {name}"))
    {
        Chosen::One(text) => Some(text.as_str().into()),
        Chosen::All => None,
    }
}

fn one(name: &str, choice: &Choice) -> String {
    match choice.get(name) {
        Some(Chosen::One(text)) => text.clone(),
        other => panic!("{name} is {other:?}"),
    }
}
