//! The options of an answer: how it is measured, grouped, timed and named.

use std::time::Duration;

use serde_json::{Map, Value};

use super::bounds::{self, LONGEST_NAME, LONGEST_TEXT, MOST_COLUMNS};
use super::convert::{list, names_of, text, texts, unknown};
use super::{
    Aggregation, EventOptions, MacroContext, Measure, QueryError, ResultKind, quoted, span,
};

/// The most words that begin or end a region.
const MOST_EVENTS: usize = 100;
/// The most labels that name a stream.
const MOST_LABELS: usize = 100;
/// Farther from UTC than any zone on Earth.
const MOST_OFFSET_S: i64 = 86_400;

/// Stands for the panel's own values while a text is only checked.
const ANY_MACROS: MacroContext = MacroContext {
    interval_ms: 1000,
    range_ms: 3_600_000,
    instant: false,
};

fn object<'v>(
    at: &str,
    value: Option<&'v Value>,
) -> Result<Option<&'v Map<String, Value>>, QueryError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(other) => {
            let problem = format!("{} is not valid: expected an object", quoted(other));
            Err(QueryError::new(at, problem))
        }
    }
}

/// Reads a short text; an empty one is missing.
fn short(at: &str, value: Option<&Value>, longest: usize) -> Result<Option<String>, QueryError> {
    let text = text(at, value)?.filter(|text| !text.is_empty());
    bounds::length(at, text.as_deref().unwrap_or_default(), longest)?;
    Ok(text)
}

pub fn measure(value: Option<&Value>) -> Result<Measure, QueryError> {
    let missing = || {
        let problem = "is missing: the result value needs a number field, for example {\"field\": \"duration_ms\", \"aggregation\": \"avg\"}";
        QueryError::new("measure", problem)
    };
    let measure = object("measure", value)?.ok_or_else(missing)?;
    let field = short("measure.field", measure.get("field"), LONGEST_NAME)?.ok_or_else(missing)?;
    let name = text("measure.aggregation", measure.get("aggregation"))?;
    let aggregation = match name.filter(|name| !name.is_empty()) {
        None => Aggregation::Avg,
        Some(name) => Aggregation::from_name(&name).ok_or_else(|| {
            let valid = Aggregation::ALL.iter().map(|a| a.as_str());
            unknown("measure.aggregation", &name, valid)
        })?,
    };
    Ok(Measure { field, aggregation })
}

/// Reads a duration that may hold macros, which only the panel knows: checked, and kept as it is.
pub fn span_text(at: &str, value: Option<&Value>) -> Result<Option<String>, QueryError> {
    let text = match value {
        Some(Value::Number(number)) => Some(number.to_string()),
        other => text(at, other)?,
    };
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    bounds::length(at, &text, LONGEST_NAME)?;
    span(at, &text, &ANY_MACROS)?;
    Ok(Some(text))
}

pub fn delay(value: Option<&Value>) -> Result<Duration, QueryError> {
    let none = |value: &&Value| match value {
        Value::String(text) => !is_zero(text),
        other => other.as_f64() != Some(0.0),
    };
    let Some(text) = span_text("delay", value.filter(none))? else {
        return Ok(Duration::ZERO);
    };
    if text.contains('$') {
        let problem = format!(
            "{} is not valid: a delay takes no macros, use a duration such as 30s",
            quoted(&Value::from(text))
        );
        return Err(QueryError::new("delay", problem));
    }
    span("delay", &text, &ANY_MACROS)
}

fn is_zero(text: &str) -> bool {
    text.trim()
        .trim_end_matches(|c: char| c.is_ascii_lowercase())
        == "0"
}

pub fn legend(value: Option<&Value>) -> Result<String, QueryError> {
    let legend = short("legendFormat", value, LONGEST_TEXT)?.unwrap_or_default();
    // What Loki's own editor stores for "choose a name by yourself".
    Ok(if legend == "__auto" {
        String::new()
    } else {
        legend
    })
}

pub fn utc_offset(value: Option<&Value>) -> Result<i32, QueryError> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(0);
    };
    let whole = value.as_f64().filter(|offset| offset.fract() == 0.0);
    let offset = whole.map(|offset| offset as i64);
    offset
        .filter(|offset| offset.abs() <= MOST_OFFSET_S)
        .and_then(|offset| i32::try_from(offset).ok())
        .ok_or_else(|| {
            let problem = format!(
                "{} is not valid: use whole seconds from -{MOST_OFFSET_S} to {MOST_OFFSET_S}",
                quoted(value)
            );
            QueryError::new("utcOffsetSec", problem)
        })
}

pub fn row_id(
    key: &'static str,
    value: Option<&Value>,
    result: ResultKind,
) -> Result<Option<String>, QueryError> {
    let id = short(key, value, LONGEST_NAME)?;
    if id.is_some() && !matches!(result, ResultKind::Logs | ResultKind::Table) {
        let problem = format!("does not go with the result {result}, which has no rows of lines");
        return Err(QueryError::new(key, problem));
    }
    Ok(id)
}

pub fn stream(value: Option<&Value>) -> Result<Vec<(String, String)>, QueryError> {
    let Some(labels) = object("stream", value)? else {
        return Ok(Vec::new());
    };
    bounds::count("stream", labels.len(), MOST_LABELS)?;
    let label = |(name, value): (&String, &Value)| {
        let at = format!("stream.{name}");
        bounds::length("stream", name, LONGEST_NAME)?;
        let value = text(&at, Some(value))?.unwrap_or_default();
        bounds::length(&at, &value, LONGEST_TEXT)?;
        Ok((name.clone(), value))
    };
    labels.iter().map(label).collect()
}

pub fn events(value: Option<&Value>) -> Result<EventOptions, QueryError> {
    let Some(events) = object("events", value)? else {
        return Ok(EventOptions::default());
    };
    let name = |key: &str| short(&format!("events.{key}"), events.get(key), LONGEST_NAME);
    let template = |key: &str| short(&format!("events.{key}"), events.get(key), LONGEST_TEXT);
    let words = |key: &str| {
        let at = format!("events.{key}");
        let words = list(&at, events.get(key), MOST_EVENTS)?.unwrap_or_default();
        let mut words = texts(&at, words, LONGEST_TEXT)?;
        words.retain(|word| !word.is_empty());
        Ok(words)
    };
    let (start, end) = (words("start")?, words("end")?);
    if start.is_empty() != end.is_empty() {
        let missing = if start.is_empty() { "start" } else { "end" };
        let problem = "is missing: a region needs the events that start it and those that end it";
        return Err(QueryError::new(format!("events.{missing}"), problem));
    }
    Ok(EventOptions {
        field: name("field")?,
        start,
        end,
        key: name("key")?,
        title: template("title")?,
        text: template("text")?,
        tags: match list("events.tags", events.get("tags"), MOST_COLUMNS)? {
            Some(tags) => Some(names_of("events.tags", tags)?),
            None => None,
        },
    })
}
