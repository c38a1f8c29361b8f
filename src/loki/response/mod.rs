//! Loki's answers as values.
//!
//! Decoding is strict about the shape that carries the rows and lenient about what accompanies
//! them: an odd statistic must not cost an answer. Anything else is [`Error::Answer`], which
//! quotes how the body begins.

mod config;
mod cursor;
mod lists;
mod logs;
mod metric;
mod pairs;
mod reading;
mod recent;
mod stats;

pub use config::split_interval;
pub use lists::{
    DetectedField, IndexStats, ServerLimits, detected_fields, detected_labels, format_query,
    has_series, index_stats, labels, server_limits, version,
};
pub use logs::{Entry, LogAnswer};
pub use metric::{MetricAnswer, Series};
pub use pairs::Pairs;
pub use recent::Recent;
pub use stats::{Ingesters, LINES_IN_A_BATCH, Stats};

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::error::{Error, words};

/// What stands around the data of every answer but the version and the detected fields.
#[derive(Deserialize)]
struct Envelope<'a> {
    status: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    error: Option<String>,
    #[serde(borrow)]
    warnings: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// The raw data; `what` names the answer in errors. `None` when Loki had nothing to list.
    fn open<'a>(what: &'static str, body: &'a [u8]) -> Result<Envelope<'a>, Error> {
        let envelope: Envelope<'a> = parse(what, body)?;
        if envelope.status.as_deref() == Some("success") {
            return Ok(envelope);
        }
        let problem = match (&envelope.error, &envelope.status) {
            (Some(error), _) => words::bounded(error, words::QUOTE),
            (None, Some(status)) => format!("status is {status:?}, not \"success\""),
            (None, None) => "no status".to_owned(),
        };
        Err(answer(what, &problem, body))
    }
}

/// The most warnings of one answer that are kept.
const MOST_WARNINGS: usize = 20;

/// Returns the first warnings, each once; the last says how many more there were.
fn some_of(warnings: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    let mut left_out = 0_usize;
    for warning in warnings {
        if seen.contains(&warning) {
            continue;
        }
        seen.insert(warning.clone());
        if kept.len() < MOST_WARNINGS {
            kept.push(words::bounded(&warning, words::EXPLANATION));
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        kept.push(format!("{left_out} more warnings"));
    }
    kept
}

/// Reads a whole body as `T`.
fn parse<'a, T: Deserialize<'a>>(what: &'static str, body: &'a [u8]) -> Result<T, Error> {
    // serde would take a list for the fields in order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(answer(what, "it is no JSON object", body));
    }
    serde_json::from_slice(body).map_err(|error| answer(what, &error.to_string(), body))
}

/// Reads the data of an envelope; `body` is the whole body, for the error.
fn parse_data<T: DeserializeOwned + Default>(
    what: &'static str,
    data: Option<&RawValue>,
    body: &[u8],
) -> Result<T, Error> {
    // Loki leaves `data` out when a list is empty.
    let Some(data) = data else {
        return Ok(T::default());
    };
    serde_json::from_str(data.get()).map_err(|error| answer(what, &error.to_string(), body))
}

/// The error for a body of another shape; a web page gets its own, since the cause is another.
fn answer(what: &'static str, problem: &str, body: &[u8]) -> Error {
    if let Some(title) = words::html_title(body) {
        return Error::Html { title };
    }
    Error::Answer {
        what,
        // serde quotes the value it did not expect, which can be a whole log line.
        problem: words::bounded(problem, words::QUOTE),
        start: words::start_of(body),
    }
}

#[cfg(test)]
mod tests;
