//! What a question's answer must be.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::corpus::Line;
use crate::oracle::{matching, value};
use crate::query::{MAX_LINES, Query};
use crate::rows::Row;
use crate::schema::{Field, Kind, Schema};
use crate::values::{level, number, time, truth};

/// The rows that must be there, and those of the last nanosecond of which some must be.
pub struct Expected {
    pub sure: Vec<Row>,
    /// Rows of one nanosecond, of which this many fit.
    pub some: (usize, Vec<Row>),
    /// How many lines there are beyond any limit.
    pub total: usize,
    /// The order within each nanosecond of several lines.
    pub instants: BTreeMap<i64, Vec<InOrder>>,
}

/// The lines of one stream and nanosecond, in the order of the answer.
pub struct InOrder {
    pub rows: Vec<Row>,
    /// Whether Loki can say which was written first.
    pub is_known: bool,
}

impl Expected {
    /// How many rows the answer has.
    pub fn count(&self) -> usize {
        self.sure.len() + self.some.0
    }
}

/// Works out the answer.
pub fn expect(query: &Query, schema: &Schema, lines: &[Line], range_ns: (i64, i64)) -> Expected {
    let mut lines = matching(query, schema, lines, range_ns);
    let total = lines.len();
    if !query.forward {
        lines.reverse();
    }
    let all = lines.clone();
    let limit = query.limit.unwrap_or(MAX_LINES);
    let mut some = (0, Vec::new());
    if let (Some(last), Some(beyond)) = (lines.get(limit - 1), lines.get(limit)) {
        // A limit inside a nanosecond: any of its lines will do.
        if last.ns == beyond.ns {
            let ns = last.ns;
            let group: Vec<&Line> = lines.iter().copied().filter(|l| l.ns == ns).collect();
            let before = lines.iter().position(|line| line.ns == ns).unwrap();
            some.0 = limit - before;
            some.1 = group.iter().map(|line| row(query, schema, line)).collect();
            lines.truncate(before);
        }
        lines.truncate(limit);
    }
    // Numbers of which floats have only some are texts, if any line of the answer has one.
    let mut as_texts = Vec::new();
    if query.result == "table" {
        for (number, field) in columns(query, schema).into_iter().enumerate() {
            let mut texts = lines.iter().filter_map(|line| value(&field, line));
            if field.kind == Kind::Number && texts.any(is_beyond_floats) {
                as_texts.push((number, field));
            }
        }
    }
    let row = |line: &Line| {
        let mut row = row(query, schema, line);
        for (number, field) in &as_texts {
            row.set_cell(*number, written(value(field, line)));
        }
        row
    };
    let sure = lines.iter().map(|line| row(line)).collect();
    let instants = instants(query, schema, &all, row);
    Expected {
        sure,
        some,
        total,
        instants,
    }
}

/// The lines of each nanosecond that has several, by their streams: by their own times where all have one
/// that is finer than Loki's, then as they were written.
fn instants(
    query: &Query,
    schema: &Schema,
    lines: &[&Line],
    row: impl Fn(&Line) -> Row,
) -> BTreeMap<i64, Vec<InOrder>> {
    let mut all: BTreeMap<i64, BTreeMap<&BTreeMap<String, String>, Vec<&Line>>> = BTreeMap::new();
    for line in lines {
        let streams = all.entry(line.ns).or_default();
        streams.entry(&line.labels).or_default().push(line);
    }
    all.retain(|_, streams| streams.values().map(Vec::len).sum::<usize>() > 1);
    let in_order = |(ns, streams): (i64, BTreeMap<_, Vec<&Line>>)| {
        let streams = streams.into_values().map(|mut lines| {
            if let Some(times) = own_times(schema, ns, &lines) {
                let mut timed: Vec<(i64, &Line)> = times.into_iter().zip(lines).collect();
                timed.sort_by_key(|(time, _)| if query.forward { *time } else { -*time });
                lines = timed.into_iter().map(|(_, line)| line).collect();
            }
            InOrder {
                is_known: lines.len() <= 12,
                rows: lines.iter().map(|line| row(line)).collect(),
            }
        });
        (ns, streams.collect())
    };
    all.into_iter().map(in_order).collect()
}

/// The times in the lines of a nanosecond, if all have one and it is finer.
fn own_times(schema: &Schema, ns: i64, lines: &[&Line]) -> Option<Vec<i64>> {
    let field = schema.role("time")?;
    let times = lines.iter().map(|line| time(value(field, line)?));
    let times: Vec<i64> = times.collect::<Option<_>>()?;
    let zeros = |number: i64| {
        let digits = number.to_string();
        (digits.len() - digits.trim_end_matches('0').len()) / 3
    };
    let unit = 1000_i64.pow(zeros(ns).min(3) as u32);
    let finer = |own: &i64| zeros(*own).min(3) < zeros(ns).min(3) || (own - ns).abs() < unit;
    (unit > 1 && times.iter().any(finer)).then_some(times)
}

/// Whole, and one of those of which a float has only some.
fn is_beyond_floats(text: &str) -> bool {
    let whole = text.split_once('.').map_or(text, |(whole, fraction)| {
        if fraction.trim_end_matches('0').is_empty() {
            whole
        } else {
            ""
        }
    });
    number(text).is_some() && whole.parse::<i128>().is_ok_and(|n| n.abs() >= 1 << 53)
}

/// A number as text: whole ones by their digits.
fn written(text: Option<&str>) -> Value {
    let whole = |text: &str| {
        let whole = text.split_once('.').map_or(text, |(whole, fraction)| {
            if fraction.trim_end_matches('0').is_empty() {
                whole
            } else {
                ""
            }
        });
        whole.parse::<i128>().ok()
    };
    match text {
        Some(text) if number(text).is_some() => match whole(text) {
            Some(whole) => json!(whole.to_string()),
            None => json!(number(text).unwrap().to_string()),
        },
        _ => Value::Null,
    }
}

fn row(query: &Query, schema: &Schema, line: &Line) -> Row {
    if query.result == "logs" {
        let raw = schema.role("level").and_then(|field| value(field, line));
        return Row::log(line.ns, &line.line, level(raw), labels(schema, line));
    }
    let cell = |field: &Field| cell(field, value(field, line));
    let cells: Vec<Value> = columns(query, schema).iter().map(cell).collect();
    Row::table(line.ns, &line.line, &cells)
}

/// A row's labels: the stream's, the metadata, the fields with a role.
fn labels(schema: &Schema, line: &Line) -> BTreeMap<String, String> {
    let mut labels = line.labels.clone();
    for (name, value) in &line.metadata {
        let name = if line.labels.contains_key(name) {
            format!("{name}_extracted")
        } else {
            name.clone()
        };
        labels.insert(name, value.clone());
    }
    for field in schema.role_fields() {
        if let Some(value) = value(field, line) {
            labels.insert(field.name.to_owned(), value.to_owned());
        }
    }
    labels
}

/// The columns of a table between time and line, in order; without `columns` only the first two
/// places, level and message, are fixed, so the rest is sorted by name.
pub fn columns(query: &Query, schema: &Schema) -> Vec<Field> {
    if let Some(names) = &query.columns {
        return names.iter().map(|name| schema.field(name)).collect();
    }
    let first = ["level", "message"].map(|role| schema.role(role).expect("every system has it"));
    let mut rest: Vec<Field> = schema.role_fields().cloned().collect();
    rest.extend(
        query
            .filters
            .iter()
            .map(|filter| schema.field(filter.field)),
    );
    rest.retain(|field| field.role != "time" && !first.contains(&field));
    rest.sort_by_key(|field| field.name);
    rest.dedup();
    first.into_iter().cloned().chain(rest).collect()
}

fn cell(field: &Field, text: Option<&str>) -> Value {
    let typed = match field.kind {
        Kind::Level => return json!(level(text)),
        Kind::Text | Kind::Json => text.map(|text| json!(text)),
        Kind::Number => text.and_then(number).map(|number| json!(number)),
        Kind::Bool => text.and_then(truth).map(|truth| json!(truth)),
        Kind::Time => text.and_then(time).map(|ns| json!(ns)),
    };
    typed.unwrap_or(Value::Null)
}
