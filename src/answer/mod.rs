//! From Loki's answer to frames: pure.
//!
//! Fields are read from where they stand (label, metadata, line) in the order of their sources, the
//! same value for filters, columns and row labels. A line that is not what the schema says keeps its
//! row. A frame is built page by page, so that no more than one page is held beside it.

mod events;
mod identity;
mod label_types;
mod logs;
pub mod metric;
mod order;
mod pattern;
mod row;
mod table;
mod telling;
mod template;
mod top_errors;
mod unknown_levels;
mod values;

use std::ops::Range;

use crate::frame::{Frame, Notice, Stat};
use crate::loki::response::Stats;
use crate::query::{Query, QueryType, ResultKind};
use crate::schema::{Field, FieldType, System};

pub use order::{Place, Tie, Written};
pub use pattern::pattern;
pub use row::{NoId, Page, Position, Row, is_internal};
pub use top_errors::USUAL_ROWS as USUAL_ERROR_ROWS;
pub use unknown_levels::UnknownLevels;
pub use values::{Reader, Slots, Values};

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
    /// The most lines; of `topErrors` the most rows.
    pub limit: u32,
}

/// How the reading of a question's lines ended, as far as an answer says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The time from which and up to which all lines were read.
    pub covered: Range<i64>,
    /// Whether that is the whole range.
    pub whole: bool,
    /// How many lines there are, where that was found out.
    pub total: Option<u64>,
}

impl Default for Ending {
    fn default() -> Self {
        Self {
            covered: i64::MIN..i64::MAX,
            whole: true,
            total: None,
        }
    }
}

/// The frame of a question's answer under construction.
#[derive(Debug)]
pub struct Builder<'a> {
    asked: Asked<'a>,
    kind: Kind,
    unknown: UnknownNames,
    rows: usize,
    ending: Ending,
}

#[derive(Debug)]
enum Kind {
    Logs(Box<logs::Builder>),
    Table(Box<table::Builder>),
    TopErrors(Box<top_errors::Builder>),
    Events(Box<events::Builder>),
}

impl<'a> Builder<'a> {
    /// Begins the frame.
    pub fn new(asked: Asked<'a>) -> Self {
        Self {
            kind: match asked.query.result {
                ResultKind::Table => Kind::Table(Box::new(table::Builder::new(&asked))),
                ResultKind::TopErrors => {
                    Kind::TopErrors(Box::new(top_errors::Builder::new(&asked)))
                }
                ResultKind::Events => Kind::Events(Box::new(events::Builder::new(&asked))),
                _ => Kind::Logs(Box::new(logs::Builder::new(&asked))),
            },
            unknown: UnknownNames::new(&asked),
            asked,
            rows: 0,
            ending: Ending::default(),
        }
    }

    /// Notes how the reading ended.
    pub fn ended(&mut self, ending: Ending) {
        self.ending = ending;
    }

    /// Returns the number of lines so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns about how many bytes the frame has so far.
    pub fn bytes(&self) -> usize {
        match &self.kind {
            Kind::Logs(logs) => logs.bytes(),
            Kind::Table(table) => table.bytes(),
            Kind::TopErrors(errors) => errors.bytes(),
            Kind::Events(events) => events.bytes(),
        }
    }

    /// Returns about how many bytes the frame under construction takes.
    pub fn memory(&self) -> usize {
        match &self.kind {
            Kind::Logs(logs) => logs.memory(),
            Kind::Table(table) => table.memory(),
            // Small texts, each with what stands around it.
            Kind::TopErrors(errors) => 2 * errors.bytes(),
            Kind::Events(events) => 2 * events.bytes(),
        }
    }

    /// Adds rows of a page, in their order.
    pub fn push(&mut self, page: &Page, range: Range<usize>) {
        let system = self.asked.system;
        self.rows += range.len();
        self.unknown.look(page, range.clone());
        match &mut self.kind {
            Kind::Logs(logs) => logs.push(page, range, system),
            Kind::Table(table) => table.push(page, range, system),
            Kind::TopErrors(errors) => errors.push(page, range, system),
            Kind::Events(events) => events.push(page, range, system),
        }
    }

    /// Ends the frame. `notices` are what the reading of the pages has to say.
    pub fn finish(self, stats: &Stats, warnings: &[String], notices: Vec<Notice>) -> Frame {
        let mut frame = match self.kind {
            Kind::Logs(logs) => logs.finish(&self.asked),
            Kind::Table(table) => table.finish(&self.asked),
            Kind::TopErrors(errors) => errors.finish(&self.asked, &self.ending),
            Kind::Events(events) => events.finish(&self.asked, &self.ending),
        };
        let said = warnings
            .iter()
            .map(|text| Notice::warning(format!("Loki says: {text}")));
        frame.meta.notices.extend(said);
        frame.meta.notices.extend(notices);
        frame.meta.notices.extend(self.unknown.notices(&self.asked));
        frame.meta.stats = stats_of(stats);
        let limit = self.asked.limit;
        frame.meta.custom.insert("limit".into(), limit.into());
        frame
    }
}

/// The names of a query that its schema does not know, and whether any line has them.
#[derive(Debug)]
struct UnknownNames {
    reader: Reader,
    seen: Vec<bool>,
}

impl UnknownNames {
    fn new(asked: &Asked<'_>) -> Self {
        let system = asked.system;
        let known = |name: &str| system.fields.iter().any(|field| field.name == name);
        let filters = asked.query.filters.iter().map(|filter| &filter.field);
        let mut names: Vec<String> = filters.cloned().collect();
        match asked.query.result {
            ResultKind::Table => names.extend(asked.query.columns.iter().flatten().cloned()),
            ResultKind::TopErrors => names.extend(asked.query.group_by.iter().flatten().cloned()),
            ResultKind::Events => names.extend(events::names(asked.query, system)),
            _ => {}
        }
        names.retain(|name| !known(name));
        names.sort();
        names.dedup();
        let fields = names.iter().map(|name| system.field(name)).collect();
        Self {
            seen: vec![false; names.len()],
            reader: Reader::new(fields, system.format),
        }
    }

    fn look(&mut self, page: &Page, range: Range<usize>) {
        if self.seen.iter().all(|seen| *seen) {
            return;
        }
        let mut slots = Slots::new();
        for (_, row) in page.rows(range) {
            let values = self.reader.read(row, &mut slots);
            for (seen, value) in self.seen.iter_mut().zip(values.iter()) {
                *seen |= value.is_some();
            }
        }
    }

    fn notices(&self, asked: &Asked<'_>) -> Vec<Notice> {
        let fields = self.reader.fields().iter().zip(&self.seen);
        let unseen = fields.filter(|(_, seen)| !**seen);
        unseen
            .map(|(field, _)| not_found(&field.name, asked.system))
            .collect()
    }
}

/// Says that a name is found nowhere.
pub fn not_found(name: &str, system: &System) -> Notice {
    Notice::info(format!(
        "field \"{name}\" is not in the schema of system \"{}\", and no line of this answer has it",
        system.name
    ))
}

/// Returns what Loki's figures are called in Grafana's query inspector.
pub fn stats_of(stats: &Stats) -> Vec<Stat> {
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

/// Returns what is shown of a field's value: of a level the canonical word.
fn shown<'v>(field: &Field, value: Option<&'v str>, system: &System) -> Option<&'v str> {
    match field.kind {
        FieldType::Level => Some(system.levels.canonical(value.unwrap_or_default()).as_str()),
        _ => value,
    }
}

/// Returns as much of a text as has at most so many bytes.
fn cut(text: &str, longest: usize) -> &str {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
