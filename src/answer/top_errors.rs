//! `topErrors`: a row for each kind of error, the most frequent first.
//!
//! A kind is an error type and the pattern of a message. A line without a message (unreadable, say)
//! stands for itself.

use std::collections::HashMap;
use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use super::pattern::pattern;
use super::telling::telling;
use super::{Asked, Ending, Page, Position, Reader, Row, Slots, Values, cut, shown};
use crate::frame::{
    Column, Field as FrameField, Frame, FrameType, Meta, Notice, OptionalTexts, Texts,
};
use crate::query::{Direction, Query};
use crate::schema::{Field, Role, System};

/// The rows where a question names no number.
pub const USUAL_ROWS: u32 = 100;
/// The longest sample, in bytes.
const LONGEST_SAMPLE: usize = 2 << 10;
/// The longest error type, value or trace that is shown, in bytes.
const LONGEST_VALUE: usize = 200;
/// How many of the values affected are named.
const VALUES_NAMED: usize = 3;
/// The roles of the fields that are looked at for what is affected, unless the question names some.
const AFFECTED: [Role; 3] = [Role::Service, Role::Strategy, Role::Portfolio];
/// The columns that every table has.
const OWN_COLUMNS: [&str; 8] = [
    "error_type",
    "message",
    "count",
    "share",
    "first_seen",
    "last_seen",
    "sample",
    "trace_id",
];

/// Kinds of errors under construction.
#[derive(Debug)]
pub struct Builder {
    reader: Reader,
    error_type: Option<usize>,
    message: Option<usize>,
    trace: Option<usize>,
    /// Where the fields begin whose values are affected.
    affected: usize,
    /// The order in which rows come.
    direction: Direction,
    kinds: HashMap<Kind, Errors>,
    read: u64,
    bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Kind {
    error_type: Option<String>,
    message: String,
}

/// The errors of one kind.
#[derive(Debug)]
struct Errors {
    count: u64,
    first_ns: i64,
    last_ns: i64,
    sample: Sample,
    affected: Vec<Affected>,
}

/// The newest line of a kind; one with a trace, if any has.
#[derive(Debug)]
struct Sample {
    line: String,
    trace: Option<String>,
}

/// The values of one field, by their hash.
type Affected = HashMap<u64, (String, u64)>;

/// Returns the fields whose values a table of errors names.
pub fn affected(query: &Query, system: &System) -> Vec<Field> {
    match &query.group_by {
        Some(names) => names.iter().map(|name| system.field(name)).collect(),
        None => AFFECTED
            .iter()
            .filter_map(|role| system.role(*role).cloned())
            .collect(),
    }
}

impl Builder {
    pub fn new(asked: &Asked<'_>) -> Self {
        let mut fields = Vec::new();
        let mut number_of = |role: Role| {
            fields.push(asked.system.role(role)?.clone());
            Some(fields.len() - 1)
        };
        let error_type = number_of(Role::ErrorType);
        let message = number_of(Role::Message);
        let trace = number_of(Role::Trace);
        let first_affected = fields.len();
        fields.extend(affected(asked.query, asked.system));
        Self {
            reader: Reader::new(fields, asked.system.format),
            error_type,
            message,
            trace,
            affected: first_affected,
            direction: asked.query.direction,
            kinds: HashMap::new(),
            read: 0,
            bytes: 0,
        }
    }

    pub fn push(&mut self, page: &Page, range: Range<usize>, system: &System) {
        let mut slots = Slots::new();
        for (position, row) in page.rows(range) {
            let values = self.reader.read(row, &mut slots);
            let get = |number: Option<usize>| number.and_then(|number| values.get(number));
            let kind = Kind {
                error_type: get(self.error_type).map(|text| cut(text, LONGEST_VALUE).to_owned()),
                message: pattern(&telling(get(self.message).unwrap_or(row.entry.line))),
            };
            let trace = get(self.trace);
            self.read += 1;
            let errors = self.kinds.entry(kind).or_insert_with_key(|kind| {
                self.bytes += kind.message.len() + LONGEST_VALUE;
                Errors::new(position, self.reader.fields().len() - self.affected)
            });
            self.bytes += errors.add(position, row, trace, self.direction);
            let fields = self.reader.fields().iter().enumerate().skip(self.affected);
            for (field, seen) in fields.zip(&mut errors.affected) {
                self.bytes += note(seen, field, &values, system);
            }
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn finish(self, asked: &Asked<'_>, ending: &Ending) -> Frame {
        let mut meta = Meta::new(FrameType::Table, asked.expr);
        let read = self.read as f64;
        let mut kinds: Vec<(Kind, Errors)> = self.kinds.into_iter().collect();
        kinds.sort_by(|(kind, errors), (other_kind, other)| {
            let by_count = other.count.cmp(&errors.count);
            let by_time = || other.last_ns.cmp(&errors.last_ns);
            by_count
                .then_with(by_time)
                .then_with(|| kind.cmp(other_kind))
        });
        meta.notices = notices(asked, ending, self.read, kinds.len());
        meta.custom.insert("resultType".into(), "topErrors".into());
        meta.custom.insert("read".into(), self.read.into());
        if let Some(total) = ending.total {
            meta.custom.insert("total".into(), total.into());
        }
        kinds.truncate(asked.limit as usize);
        let fields = self
            .reader
            .fields()
            .get(self.affected..)
            .unwrap_or_default();
        Frame {
            name: String::new(),
            fields: columns(&kinds, fields, read),
            meta,
        }
    }
}

impl Errors {
    fn new(at: Position, fields: usize) -> Self {
        Self {
            count: 0,
            first_ns: at.timestamp_ns,
            last_ns: at.timestamp_ns,
            sample: Sample {
                line: String::new(),
                trace: None,
            },
            affected: std::iter::repeat_with(HashMap::new).take(fields).collect(),
        }
    }

    /// Counts a line; returns by how many bytes this has grown.
    fn add(
        &mut self,
        at: Position,
        row: Row<'_>,
        trace: Option<&str>,
        direction: Direction,
    ) -> usize {
        let is_first = self.count == 0;
        self.count += 1;
        self.first_ns = self.first_ns.min(at.timestamp_ns);
        self.last_ns = self.last_ns.max(at.timestamp_ns);
        // Rows come in order, so the last one is the newest, or the first.
        let newer = || direction == Direction::Forward;
        let better = match (trace.is_some(), self.sample.trace.is_some()) {
            (true, false) => true,
            (false, true) => false,
            (true, true) | (false, false) => newer(),
        };
        if is_first || better {
            self.sample = Sample {
                line: shortened(row.entry.line, LONGEST_SAMPLE),
                trace: trace.map(|trace| cut(trace, LONGEST_VALUE).to_owned()),
            };
        }
        if is_first { LONGEST_SAMPLE } else { 0 }
    }
}

/// Counts a value; returns by how many bytes this has grown.
fn note(
    seen: &mut Affected,
    (number, field): (usize, &Field),
    values: &Values<'_, '_>,
    system: &System,
) -> usize {
    let Some(value) = shown(field, values.get(number), system) else {
        return 0;
    };
    let (_, count) = seen
        .entry(xxh3_64(value.as_bytes()))
        .or_insert_with(|| (shortened(value, LONGEST_VALUE), 0));
    *count += 1;
    if *count == 1 {
        value.len().min(LONGEST_VALUE) + 64
    } else {
        0
    }
}

fn shortened(text: &str, longest: usize) -> String {
    let short = cut(text, longest);
    let mark = if short.len() < text.len() { "…" } else { "" };
    format!("{short}{mark}")
}

/// Names the most frequent values, and says how many more there are.
fn named(values: &Affected) -> Option<String> {
    let mut ordered: Vec<&(String, u64)> = values.values().collect();
    ordered
        .sort_by(|(text, count), (other, others)| others.cmp(count).then_with(|| text.cmp(other)));
    let shown = ordered.iter().take(VALUES_NAMED);
    let mut texts: Vec<String> = shown.map(|(text, _)| text.clone()).collect();
    if ordered.len() > VALUES_NAMED {
        texts.push(format!("+{}", ordered.len() - VALUES_NAMED));
    }
    (!texts.is_empty()).then(|| texts.join(", "))
}

fn notices(asked: &Asked<'_>, ending: &Ending, read: u64, kinds: usize) -> Vec<Notice> {
    let mut notices = Vec::new();
    if !ending.whole && ending.total != Some(read) {
        let end = match asked.query.direction {
            Direction::Backward => "newest",
            Direction::Forward => "oldest",
        };
        let of = match ending.total {
            Some(total) => format!("of the {end} {read} of {total} errors"),
            None => format!("of the {end} {read} errors, and there may be more"),
        };
        notices.push(Notice::warning(format!(
            "the table is {of}: narrow the time range or add filters to see all of them"
        )));
    }
    if let Some(hidden) = kinds.checked_sub(asked.limit as usize).filter(|n| *n > 0) {
        notices.push(Notice::info(format!(
            "{hidden} more kinds of errors, each less frequent, are not shown: `limit` is {}",
            asked.limit
        )));
    }
    notices
}

fn columns(kinds: &[(Kind, Errors)], affected: &[Field], read: f64) -> Vec<FrameField> {
    let errors = || kinds.iter().map(|(_, errors)| errors);
    let error_types: OptionalTexts = kinds
        .iter()
        .map(|(kind, _)| kind.error_type.as_deref())
        .collect();
    let messages: Texts = kinds.iter().map(|(kind, _)| &kind.message).collect();
    let counts = errors().map(|errors| errors.count as f64);
    let shares = errors().map(|errors| errors.count as f64 / read);
    let samples: Texts = errors().map(|errors| &errors.sample.line).collect();
    let traces: OptionalTexts = errors()
        .map(|errors| errors.sample.trace.as_deref())
        .collect();
    let mut fields = vec![
        FrameField::new("error_type", Column::OptionalText(error_types)),
        FrameField::new("message", Column::Text(messages))
            .with_description("The message with its numbers, ids and quoted texts masked"),
        FrameField::new("count", Column::Number(counts.collect())),
        FrameField::new("share", Column::Number(shares.collect()))
            .with_unit("percentunit")
            .with_description("The share of the errors that were read"),
        FrameField::new(
            "first_seen",
            Column::Time(errors().map(|e| e.first_ns).collect()),
        ),
        FrameField::new(
            "last_seen",
            Column::Time(errors().map(|e| e.last_ns).collect()),
        ),
    ];
    for (number, field) in affected.iter().enumerate() {
        let values: OptionalTexts = errors()
            .map(|errors| errors.affected.get(number).and_then(named))
            .collect();
        // A frame's names are unique.
        let mut name = field.name.clone();
        if OWN_COLUMNS.contains(&name.as_str()) {
            name.push_str(" (field)");
        }
        if fields.iter().all(|field| field.name != name) {
            fields.push(
                FrameField::new(name, Column::OptionalText(values))
                    .with_description("The values affected, the most frequent first"),
            );
        }
    }
    fields.push(FrameField::new("sample", Column::Text(samples)));
    fields.push(
        FrameField::new("trace_id", Column::OptionalText(traces))
            .with_description("The sample's trace"),
    );
    fields
}

#[cfg(test)]
mod tests;
