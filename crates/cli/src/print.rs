//! Answers on the screen: for people as tables, for programs as JSON.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use ginkgo::ask::{Answer, Explanation, Health};
use ginkgo::frame::{Column, Field, Frame, Severity};
use ginkgo::text::visible;
use serde_json::{Map, Value, json};

use crate::args::{Output, Question};
use crate::{numbers, out};

/// Prints an error on standard error.
pub fn error(message: &str) {
    // Nothing is left to do when even that fails.
    let _ = writeln!(out::stderr(), "ginkgo: {message}");
}

/// Prints an answer; notices go to standard error.
///
/// `message` is the field that says what a line is about: where a table has a column for it, a line without
/// one (plain text among JSON, say) is shown as it is.
pub fn answer(answer: &Answer, question: &Question, message: Option<&str>) -> io::Result<()> {
    let mut out = out::stdout();
    match question.output {
        Output::Json => {
            let frames: Vec<Value> = answer.frames.iter().map(frame_json).collect();
            writeln!(out, "{}", json!({ "frames": frames }))?;
        }
        Output::Table => {
            if let Some((table, rows)) = numbers::table(&answer.frames) {
                writeln!(out, "{table}\n{}", counted(rows))?;
            } else {
                for frame in &answer.frames {
                    let table = table(frame, question.lines, message);
                    writeln!(out, "{table}\n{}", counted(frame.rows()))?;
                }
            }
        }
    }
    out.flush()?;
    for notice in answer.frames.iter().flat_map(|frame| &frame.meta.notices) {
        let word = match notice.severity {
            Severity::Info => "note",
            Severity::Warning => "warning",
        };
        writeln!(out::stderr(), "{word}: {}", notice.text)?;
    }
    Ok(())
}

/// Prints the LogQL of a question with its reasons.
pub fn explanation(explanation: &Explanation, output: Output) -> io::Result<()> {
    let mut out = out::stdout();
    if output == Output::Json {
        return writeln!(out, "{}", json!(explanation));
    }
    let asked = std::iter::once((&explanation.expr, &explanation.parts));
    let counting = explanation.counting.iter();
    for (number, (expr, parts)) in asked
        .chain(counting.map(|counting| (&counting.expr, &counting.parts)))
        .enumerate()
    {
        if number > 0 {
            writeln!(
                out,
                "\ncounts the lines where there are more than are read:"
            )?;
        }
        writeln!(out, "{expr}\n")?;
        // Below each other: a part is often longer than a terminal is wide.
        for part in parts {
            writeln!(out, "{}\n    {}", part.logql, part.reason)?;
        }
    }
    for notice in &explanation.notices {
        writeln!(out, "note: {notice}")?;
    }
    Ok(())
}

/// Prints a check-up.
pub fn health(health: &Health, output: Output) -> io::Result<()> {
    let mut out = out::stdout();
    if output == Output::Json {
        let json = json!({ "ok": health.ok, "message": health.message, "details": health.details });
        return writeln!(out, "{json}");
    }
    let word = if health.ok { "ok" } else { "not ok" };
    writeln!(out, "{word}: {}", health.message)?;
    let verbose = health.details.get("verboseMessage");
    let verbose = verbose.and_then(Value::as_str).unwrap_or_default();
    if verbose != health.message {
        for line in verbose.lines() {
            writeln!(out, "  {line}")?;
        }
    }
    Ok(())
}

/// Says how many rows there are.
fn counted(rows: usize) -> String {
    match rows {
        0 => "no rows".to_owned(),
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    }
}

/// Draws a frame; columns in which nothing stands are left out, raw lines unless asked for, or unless they
/// have no message.
fn table(frame: &Frame, with_lines: bool, message: Option<&str>) -> Table {
    let last = frame.fields.len().saturating_sub(1);
    let is_raw_line = |index: usize, field: &Field| {
        // The table of errors has a line of each kind, and its trace behind it.
        let (line, sample) = (index == last, index + 1 == last);
        (line && field.name == "line") || (sample && field.name == "sample")
    };
    let cells = |field: &Field| {
        (0..frame.rows())
            .map(|row| cell(field, row))
            .collect::<Vec<_>>()
    };
    let mut messages = frame
        .fields
        .iter()
        .filter(|field| Some(field.name.as_str()) == message);
    let message = messages.next();
    let is_line = |index: usize, field: &Field| index == last && field.name == "line";
    let line_or_message = |index: usize, field: &Field| {
        let mut cells = cells(field);
        if let Some(message) = message.filter(|_| !with_lines && is_line(index, field)) {
            for (row, cell) in cells.iter_mut().enumerate() {
                if !self::cell(message, row).is_empty() {
                    cell.clear();
                }
            }
        }
        cells
    };
    let columns: Vec<(&str, Vec<String>)> = frame
        .fields
        .iter()
        .enumerate()
        .filter(|(index, field)| {
            let instead = message.is_some() && is_line(*index, field);
            with_lines || instead || !is_raw_line(*index, field)
        })
        .map(|(index, field)| (field.name.as_str(), line_or_message(index, field)))
        .filter(|(_, cells)| frame.rows() == 0 || cells.iter().any(|cell| !cell.is_empty()))
        .collect();
    let mut table = plain_table();
    table.set_header(columns.iter().map(|(name, _)| *name));
    for row in 0..frame.rows() {
        table.add_row(columns.iter().filter_map(|(_, cells)| cells.get(row)));
    }
    table
}

/// Returns an empty table without lines, as wide as the terminal.
pub fn plain_table() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table
}

/// Writes one value for people.
pub fn cell(field: &Field, row: usize) -> String {
    match value(&field.column, row) {
        Value::Null => String::new(),
        Value::String(text) => visible(&text).into_owned(),
        // 2300, not 2300.0.
        Value::Number(number) => number.as_f64().map_or_else(String::new, |n| n.to_string()),
        other => other.to_string(),
    }
}

/// Returns one value: times as RFC 3339 with nanoseconds.
fn value(column: &Column, row: usize) -> Value {
    let time = |nanoseconds: &i64| {
        let timestamp = jiff::Timestamp::from_nanosecond(i128::from(*nanoseconds));
        Value::from(timestamp.map(|t| format!("{t:.9}")).unwrap_or_default())
    };
    let found = match column {
        Column::Time(values) => values.get(row).map(time),
        Column::OptionalTime(values) => values.get(row).and_then(Option::as_ref).map(time),
        Column::Text(values) => values.get(row).map(Value::from),
        Column::OptionalText(values) => values.get(row).map(Value::from),
        Column::Number(values) => values.get(row).map(|value| Value::from(*value)),
        Column::OptionalNumber(values) => values.get(row).copied().flatten().map(Value::from),
        Column::OptionalBool(values) => values.get(row).copied().flatten().map(Value::from),
        Column::Json(values) => values.get(row).and_then(|v| serde_json::from_str(v).ok()),
    };
    found.unwrap_or(Value::Null)
}

/// Writes a frame as rows of objects, with its metadata.
fn frame_json(frame: &Frame) -> Value {
    let row = |row: usize| -> Value {
        let pairs = frame.fields.iter();
        let pairs = pairs.map(|field| (field.name.clone(), value(&field.column, row)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    let rows: Vec<Value> = (0..frame.rows()).map(row).collect();
    let labels = frame.fields.iter().flat_map(|field| &field.labels);
    let labels = labels.map(|(name, value)| (name.clone(), value.as_str().into()));
    let labels: Map<String, Value> = labels.collect();
    json!({ "name": frame.name, "meta": frame.meta.to_json(), "labels": labels, "rows": rows })
}
