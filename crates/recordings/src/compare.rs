//! Whether two answers to one request mean the same.
//!
//! Rows are compared as sets of nanosecond, labels, metadata and line, numbers to a relative 1e-9, lists as sets,
//! errors by status and class. Two things are left open, since a real Loki leaves them open: the order of lines
//! within a nanosecond, and which lines of one nanosecond a limit cuts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::exchange::{Answer, Request};

/// How far two numbers may lie apart, relative to the larger one.
const TOLERANCE: f64 = 1e-9;

/// Says what is different, in one line; `want` is the recorded answer.
///
/// # Errors
/// The difference.
pub fn compare(request: &Request, want: &Answer, got: &Answer) -> Result<(), String> {
    if want.status != got.status {
        return Err(format!(
            "status {} instead of {}: {}",
            got.status,
            want.status,
            cut(&got.body)
        ));
    }
    if want.status >= 400 {
        let (want_class, got_class) = (class(&want.body), class(&got.body));
        return if want_class == got_class {
            Ok(())
        } else {
            Err(format!(
                "error {} instead of {}",
                cut(&got.body),
                cut(&want.body)
            ))
        };
    }
    let parsed = |answer: &Answer| serde_json::from_str::<Value>(&answer.body).ok();
    let (Some(want), Some(got)) = (parsed(want), parsed(got)) else {
        // `ready` and its like.
        return same(&want.body.trim(), &got.body.trim(), "text");
    };
    let what = request.path.rsplit('/').next().unwrap_or_default();
    match what {
        "query" | "query_range" => results(request, &want, &got),
        "labels" | "values" | "label" if request.path.contains("detected_field") => {
            values(&want["values"], &got["values"])
        }
        "labels" | "values" | "series" => values(&want["data"], &got["data"]),
        "format_query" => same(&want["data"], &got["data"], "format"),
        "detected_fields" => fields(&want, &got),
        "detected_labels" => {
            let names = |answer: &Value| named(&answer["detectedLabels"], "label");
            same(&names(&want), &names(&got), "detected labels")
        }
        "drilldown-limits" => same(
            &want["limits"]["max_entries_limit_per_query"],
            &got["limits"]["max_entries_limit_per_query"],
            "limit",
        ),
        // Estimates of an index, of a server's own.
        _ => same(&keys(&want), &keys(&got), "keys"),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(want: &T, got: &T, what: &str) -> Result<(), String> {
    if want == got {
        return Ok(());
    }
    Err(format!(
        "{what}: {} instead of {}",
        cut(&format!("{got:?}")),
        cut(&format!("{want:?}"))
    ))
}

fn keys(value: &Value) -> Vec<String> {
    let map = value.as_object().map(|map| map.keys().cloned().collect());
    let mut keys: Vec<String> = map.unwrap_or_default();
    keys.sort();
    keys
}

fn named(list: &Value, key: &str) -> BTreeSet<String> {
    let entries = list.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry[key].as_str()?.to_owned()))
        .collect()
}

fn values(want: &Value, got: &Value) -> Result<(), String> {
    let set = |value: &Value| -> BTreeSet<String> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .map(sorted_text)
            .collect()
    };
    let (want, got) = (set(want), set(got));
    difference(&want, &got)
}

/// Names, types and parsers; how many values there are is an estimate.
fn fields(want: &Value, got: &Value) -> Result<(), String> {
    let set = |answer: &Value| -> BTreeSet<String> {
        let fields = answer["fields"].as_array().into_iter().flatten();
        fields
            .map(|field| {
                format!(
                    "{} {} {} {}",
                    field["label"], field["type"], field["parsers"], field["jsonPath"]
                )
            })
            .collect()
    };
    difference(&set(want), &set(got))
}

fn difference(want: &BTreeSet<String>, got: &BTreeSet<String>) -> Result<(), String> {
    let missing: Vec<&String> = want.difference(got).take(3).collect();
    let extra: Vec<&String> = got.difference(want).take(3).collect();
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} instead of {}: missing {}, extra {}",
        got.len(),
        want.len(),
        cut(&format!("{missing:?}")),
        cut(&format!("{extra:?}"))
    ))
}

/// A value's text with the keys of objects in order.
fn sorted_text(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, String> = map
                .iter()
                .map(|(key, value)| (key, sorted_text(value)))
                .collect();
            format!("{sorted:?}")
        }
        value => value.to_string(),
    }
}

fn results(request: &Request, want: &Value, got: &Value) -> Result<(), String> {
    let kind = |answer: &Value| {
        answer["data"]["resultType"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    same(&kind(want), &kind(got), "result type")?;
    let flags = |answer: &Value| answer["data"]["encodingFlags"].to_string();
    same(&flags(want), &flags(got), "encoding flags")?;
    let result = |answer: &Value| answer["data"]["result"].clone();
    match kind(want).as_str() {
        "streams" => rows(request, &result(want), &result(got)),
        "matrix" => series(&result(want), &result(got), "values"),
        "vector" => series(&result(want), &result(got), "value"),
        _ => number(&result(want), &result(got)),
    }
}

/// A row: nanosecond, labels, metadata and what stages made, line.
type Row = (String, String);

fn rows(request: &Request, want: &Value, got: &Value) -> Result<(), String> {
    let (mut want, mut got) = (read_rows(want), read_rows(got));
    same(&want.len(), &got.len(), "rows")?;
    let limit = request
        .param("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(100);
    if want.len() >= limit {
        // Which lines of the last nanosecond are cut is the server's choice.
        let times = want.iter().map(|(at, _)| at);
        let last = if request.param("direction") == Some("forward") {
            times.max()
        } else {
            times.min()
        };
        if let Some(last) = last.cloned() {
            want.retain(|(at, _)| *at != last);
            got.retain(|(at, _)| *at != last);
        }
    }
    want.sort();
    got.sort();
    let different = want.iter().zip(&got).find(|(want, got)| want != got);
    match different {
        None => same(&want.len(), &got.len(), "rows before the last nanosecond"),
        Some((want, got)) => Err(format!(
            "row {} instead of {}",
            cut(&format!("{got:?}")),
            cut(&format!("{want:?}"))
        )),
    }
}

fn read_rows(result: &Value) -> Vec<Row> {
    let streams = result.as_array().into_iter().flatten();
    let mut rows = Vec::new();
    for stream in streams {
        let labels = sorted_text(&stream["stream"]);
        for value in stream["values"].as_array().into_iter().flatten() {
            let at = value[0].as_str().unwrap_or_default();
            rows.push((
                format!("{at:0>20}"),
                format!("{labels} {} {}", sorted_text(&value[2]), value[1]),
            ));
        }
    }
    rows
}

fn series(want: &Value, got: &Value, key: &str) -> Result<(), String> {
    let read = |result: &Value| -> BTreeMap<String, Value> {
        let series = result.as_array().into_iter().flatten();
        series
            .map(|one| (sorted_text(&one["metric"]), one[key].clone()))
            .collect()
    };
    let (want, got) = (read(want), read(got));
    let names = |series: &BTreeMap<String, Value>| series.keys().cloned().collect::<BTreeSet<_>>();
    difference(&names(&want), &names(&got))?;
    for (name, want) in &want {
        let Some(got) = got.get(name) else { continue };
        number(want, got).map_err(|what| format!("{}: {what}", cut(name)))?;
    }
    Ok(())
}

/// Compares times and numbers at any depth.
fn number(want: &Value, got: &Value) -> Result<(), String> {
    match (want, got) {
        (Value::Array(want), Value::Array(got)) => {
            if want.len() != got.len() {
                return Err(format!("{} points instead of {}", got.len(), want.len()));
            }
            want.iter()
                .zip(got)
                .try_for_each(|(want, got)| number(want, got))
        }
        (want, got) => {
            let read = |value: &Value| match value {
                Value::String(text) => text.parse::<f64>().ok(),
                value => value.as_f64(),
            };
            let (Some(a), Some(b)) = (read(want), read(got)) else {
                return same(want, got, "value");
            };
            let near = (a - b).abs() <= TOLERANCE * a.abs().max(b.abs());
            let is_same = a.total_cmp(&b).is_eq() || (a.is_nan() && b.is_nan());
            if near || is_same {
                return Ok(());
            }
            Err(format!("{got} instead of {want}"))
        }
    }
}

/// What an error is about, without its figures and names.
fn class(body: &str) -> String {
    const CLASSES: [&str; 16] = [
        "parse error",
        "pipeline error",
        "maximum of series",
        "max entries limit",
        "exceeded maximum resolution",
        "the query time range exceeds the limit",
        "context deadline exceeded",
        "context canceled",
        "would read too many bytes",
        "message larger than max",
        "multiple matches for labels",
        "many-to-many matching not allowed",
        "invalid query",
        "error parsing regexp",
        "not found",
        "queries require at least one",
    ];
    let text = body.to_lowercase();
    let found = CLASSES.iter().find(|class| text.contains(**class));
    found.map_or_else(
        || format!("other: {}", cut(body.trim())),
        ToString::to_string,
    )
}

fn cut(text: &str) -> String {
    const MOST: usize = 1500;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let head: String = text.chars().take(MOST).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests;
