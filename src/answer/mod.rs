//! From Loki's answer to frames: pure.
//!
//! Fields are read from where they stand (label, metadata, line) in the order of their sources, the
//! same value for filters, columns and row labels. A line that is not what the schema says keeps its
//! row.

mod logs;
mod row;
mod table;
mod values;

use crate::frame::{Frame, Notice, Stat};
use crate::loki::response::{LogAnswer, Stats};
use crate::query::{Query, QueryType, ResultKind};
use crate::schema::System;

pub use row::{Row, rows};
pub use values::Reader;

/// What an answer is made for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The question.
    pub query: &'a Query,
    /// Its system.
    pub system: &'a System,
    /// The LogQL that Loki was asked.
    pub expr: &'a str,
    /// What the logs panel highlights (regular expressions).
    pub search_words: &'a [String],
    /// The most lines.
    pub limit: u32,
}

/// Makes the frame of a question's answer.
pub fn frame(asked: &Asked<'_>, answer: LogAnswer) -> Frame {
    let stats = stats(&answer.stats);
    let warnings = answer.warnings.clone();
    let mut rows = rows(answer, asked.query.direction);
    // An answer in parts has as many lines as the limit from each part.
    rows.truncate(asked.limit as usize);
    let mut frame = match asked.query.result {
        ResultKind::Logs => logs::frame(asked, &rows),
        ResultKind::Table => table::frame(asked, &rows),
    };
    let said = warnings
        .iter()
        .map(|text| Notice::warning(format!("Loki says: {text}")));
    frame.meta.notices.extend(said);
    frame.meta.notices.extend(found_nowhere(asked, &rows));
    frame.meta.stats = stats;
    frame.meta.custom.insert("limit".into(), asked.limit.into());
    frame
}

/// Says which names of the query are neither in the schema nor on any line of the answer.
fn found_nowhere(asked: &Asked<'_>, rows: &[Row]) -> Vec<Notice> {
    let system = asked.system;
    let known = |name: &str| system.fields.iter().any(|field| field.name == name);
    let filters = asked.query.filters.iter().map(|filter| &filter.field);
    let mut names: Vec<&String> = filters.collect();
    if asked.query.result == ResultKind::Table {
        names.extend(asked.query.columns.iter().flatten());
    }
    names.retain(|name| !known(name));
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Vec::new();
    }
    let fields = names.iter().map(|name| system.field(name)).collect();
    let reader = Reader::new(fields, system.format);
    let mut seen = vec![false; names.len()];
    let mut values = Vec::new();
    for row in rows {
        reader.read(row, &mut values);
        for (seen, value) in seen.iter_mut().zip(&values) {
            *seen |= value.is_some();
        }
    }
    let unseen = names.iter().zip(seen).filter(|(_, seen)| !seen);
    unseen
        .map(|(name, _)| {
            Notice::info(format!(
                "field \"{name}\" is not in the schema of system \"{}\", and no line of this answer has it",
                system.name
            ))
        })
        .collect()
}

fn stats(stats: &Stats) -> Vec<Stat> {
    let stat = |name, value, unit| Stat { name, value, unit };
    vec![
        stat("Loki: bytes read", stats.bytes_processed as f64, "decbytes"),
        stat("Loki: lines read", stats.lines_processed as f64, ""),
        stat("Loki: execution time", stats.exec_seconds, "s"),
        stat("Loki: queue time", stats.queue_seconds, "s"),
    ]
}

/// Says whether labels that the user's own pipeline extracted belong to the rows.
fn shows_parsed(query: &Query) -> bool {
    query.query_type == QueryType::Logql
}
