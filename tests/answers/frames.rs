//! Reads Grafana's JSON of an answer.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::rows::Row;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub rows: Vec<Row>,
    /// Of `logs`: each row's id.
    pub ids: Vec<String>,
    /// Of `table`: the columns' names, sorted behind the first three as in the expectation.
    pub columns: Vec<String>,
    pub executed: String,
    pub notices: Vec<String>,
    /// What Grafana's rules say against the frame.
    pub broken_rules: Vec<String>,
}

/// An answer that is an error.
#[derive(Debug)]
pub struct Refusal {
    pub status: u64,
    pub source: String,
    pub text: String,
}

/// Reads the result of a query; `fixed` columns keep their place, those between are sorted.
pub fn read(result: &Value, fixed_columns: bool) -> Result<Answer, Refusal> {
    if let Some(text) = result["error"].as_str() {
        return Err(Refusal {
            status: result["status"].as_u64().unwrap_or_default(),
            source: result["errorSource"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            text: text.to_owned(),
        });
    }
    let frames = result["frames"].as_array().expect("frames");
    let [frame] = frames.as_slice() else {
        panic!("{} frames", frames.len())
    };
    let meta = &frame["schema"]["meta"];
    let notices = meta["notices"].as_array().into_iter().flatten();
    let mut answer = Answer {
        rows: Vec::new(),
        ids: Vec::new(),
        columns: Vec::new(),
        executed: text(&meta["executedQueryString"]),
        notices: notices.map(|notice| text(&notice["text"])).collect(),
        broken_rules: Vec::new(),
    };
    let rules = result["checks"].as_array().expect("checks");
    answer.broken_rules = rules.iter().map(text).collect();
    let mut columns = columns(frame);
    if columns.iter().any(|(name, _)| name == "body") {
        logs(&columns, &mut answer);
    } else {
        if !fixed_columns && columns.len() > 4 {
            let last = columns.len() - 1;
            columns[3..last].sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        table(&columns, &mut answer);
    }
    Ok(answer)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The frame's columns: name and values, times in nanoseconds.
pub fn columns(frame: &Value) -> Vec<(String, Vec<Value>)> {
    let fields = frame["schema"]["fields"].as_array().expect("fields");
    let columns =
        fields.iter().enumerate().map(|(index, field)| {
            let values = &frame["data"]["values"][index];
            let nanos = &frame["data"]["nanos"][index];
            let values = values.as_array().expect("a column");
            let values = values.iter().enumerate().map(|(row, value)| {
                match (field["type"].as_str(), value) {
                    (Some("time"), Value::Number(ms)) => {
                        let ms = ms.as_i64().expect("milliseconds");
                        json!(ms * 1_000_000 + nanos[row].as_i64().unwrap_or(0))
                    }
                    (Some("number"), Value::Number(number)) => json!(number.as_f64()),
                    _ => value.clone(),
                }
            });
            (text(&field["name"]), values.collect())
        });
    columns.collect()
}

fn logs(columns: &[(String, Vec<Value>)], answer: &mut Answer) {
    let column = |name: &str| {
        let found = columns.iter().find(|(own, _)| own == name);
        &found.unwrap_or_else(|| panic!("no column {name}")).1
    };
    let [times, bodies, severities] = ["timestamp", "body", "severity"].map(column);
    let [ids, labels] = ["id", "labels"].map(column);
    for row in 0..times.len() {
        let labels: BTreeMap<String, String> =
            serde_json::from_value(labels[row].clone()).expect("labels are texts");
        let severity = severities[row].as_str().expect("a severity");
        let body = bodies[row].as_str().expect("a body");
        let ns = times[row].as_i64().expect("a time");
        answer.rows.push(Row::log(ns, body, severity, labels));
        answer.ids.push(text(&ids[row]));
    }
}

fn table(columns: &[(String, Vec<Value>)], answer: &mut Answer) {
    answer.columns = columns.iter().map(|(name, _)| name.clone()).collect();
    let [(_, times), between @ .., (_, lines)] = columns else {
        panic!("a table has a time and a line: {:?}", answer.columns)
    };
    for (row, time) in times.iter().enumerate() {
        let cells: Vec<Value> = between
            .iter()
            .map(|(_, values)| values[row].clone())
            .collect();
        let line = lines[row].as_str().expect("a line");
        let ns = time.as_i64().expect("a time");
        answer.rows.push(Row::table(ns, line, &cells));
    }
}
