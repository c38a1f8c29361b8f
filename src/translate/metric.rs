//! The LogQL of a question whose answer is numbers: the same lines as for logs, counted or measured by
//! group (semantics.md, 6).
//!
//! Counts, sums, minima and maxima merge, so their groups stay as the places where the value may stand,
//! and Ginkgo takes the first that is not empty. Means, newest values and quantiles do not merge: Loki
//! itself must bring a group's places under one name.

use std::collections::BTreeSet;
use std::time::Duration;

use super::condition::{Condition, Test};
use super::group::GroupLabels;
use super::join::{Joins, group_stages, measure_stages};
use super::pipeline::{self, Reads};
use super::place::{self, PREFIX, Place};
use super::{Bound, Facts, LONGEST_EXPRESSION, Part, Plan, not_too_long};
use crate::logql::{LabelName, MetricQuery, MetricUnion, RangeOp, Stage};
use crate::query::{Aggregation, Measure, Query, QueryError, ResultKind, quoted};
use crate::schema::{Field, FieldType, Level, Role, System};

/// More labels than that are not worth a query for the streams that lack each.
const MOST_APART: usize = 3;

/// What is measured of the lines.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Their number.
    Count,
    /// The values of a number field.
    Measure(Field, Aggregation),
    /// How many of them have a finite number in the field.
    Values(Field),
    /// Their time, the newest.
    Newest {
        /// From when on it counts, in nanoseconds since the epoch.
        since_ns: i64,
    },
}

/// A metric question held against its system.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// The fields by which the answer is grouped.
    pub groups: Vec<Field>,
    /// The field that is the level, where the result needs it.
    pub level: Option<Field>,
    /// What is measured.
    pub reading: Reading,
}

/// One query to Loki for numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask<'a> {
    /// The fields by which it is grouped.
    pub by: &'a [Field],
    /// What is measured.
    pub reading: &'a Reading,
    /// What must hold beside the question's own conditions.
    pub also: Vec<Condition>,
    /// How far back each point looks.
    pub window: Duration,
    /// How far back of each point the window ends.
    pub offset: Duration,
}

/// What Loki is asked for numbers, and how its labels are read.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPlan {
    /// The LogQL with its reasons.
    pub plan: Plan,
    /// Which labels of a series hold its group.
    pub groups: GroupLabels,
}

impl Metric {
    /// The number of all lines of a question together.
    pub fn total() -> Self {
        Self {
            groups: Vec::new(),
            level: None,
            reading: Reading::Count,
        }
    }

    /// Holds the question against the system.
    ///
    /// # Errors
    /// Names the key of the query: a measure that is no number field, a result without its role, a
    /// filter that LogQL cannot count by.
    pub fn new(query: &Query, bound: &Bound, system: &System) -> Result<Self, QueryError> {
        if let Some(condition) = bound.conditions.iter().find(|c| c.beyond_logql.is_some()) {
            let why = condition.beyond_logql.unwrap_or_default();
            let problem = format!(
                "cannot be counted by: {why}, so Ginkgo would have to read every line; use the result logs or table, or another filter"
            );
            return Err(QueryError::new(condition.at.as_str(), problem));
        }
        let level = match query.result {
            ResultKind::ErrorCount | ResultKind::ErrorRate => {
                let needed = system.needed(Role::Level);
                let level = needed.map_err(|problem| {
                    QueryError::new("result", format!("\"{}\" {problem}", query.result))
                })?;
                refuse_level_filter(query, system)?;
                Some(level.clone())
            }
            _ => None,
        };
        let groups = groups(query, system)?;
        let reading = match (&query.measure, query.result) {
            (Some(measure), ResultKind::Value) => measured(measure, system)?,
            (_, ResultKind::LastSeen) => Reading::Newest { since_ns: 0 },
            _ => Reading::Count,
        };
        Ok(Self {
            groups,
            level,
            reading,
        })
    }

    /// Returns the labels that spare Loki the reading of every line of the streams that have them all;
    /// none where lines must be read whatever the labels are.
    pub fn sparing_labels(&self, bound: &Bound) -> Vec<LabelName> {
        let mut labels = Vec::new();
        let asked = bound.conditions.iter().map(|condition| &condition.field);
        for field in asked.chain(self.fields()) {
            if field.line_paths().next().is_none() {
                continue;
            }
            match place::first_label(field) {
                Some(label) if labels.contains(&label) => {}
                Some(label) => labels.push(label),
                None => return Vec::new(),
            }
        }
        if self.reading.merges() && labels.len() <= MOST_APART {
            labels
        } else {
            Vec::new()
        }
    }

    /// Returns the fields that the pipeline reads beside those of the conditions.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        let measure = self.reading.field();
        self.groups.iter().chain(&self.level).chain(measure)
    }

    /// Returns the fields by which Loki is asked to group: the question's, and then the level.
    pub fn by(&self) -> Vec<Field> {
        self.groups.iter().chain(&self.level).cloned().collect()
    }

    /// Returns the names that a pipeline cannot tell apart ([`Bound::ambiguous_names`]).
    pub fn ambiguous_names(&self) -> BTreeSet<LabelName> {
        self.fields().flat_map(place::ambiguous_names).collect()
    }
}

impl Reading {
    /// Returns the field that is measured.
    pub fn field(&self) -> Option<&Field> {
        match self {
            Self::Measure(field, _) | Self::Values(field) => Some(field),
            Self::Count | Self::Newest { .. } => None,
        }
    }

    /// Says whether numbers of parts of the lines make the number of all.
    pub fn merges(&self) -> bool {
        match self {
            Self::Count | Self::Values(_) | Self::Newest { .. } => true,
            Self::Measure(_, aggregation) => match aggregation {
                Aggregation::Sum | Aggregation::Rate | Aggregation::Min | Aggregation::Max => true,
                Aggregation::Avg
                | Aggregation::Last
                | Aggregation::P50
                | Aggregation::P90
                | Aggregation::P95
                | Aggregation::P99 => false,
            },
        }
    }

    fn op(&self) -> RangeOp {
        match self {
            Self::Count | Self::Values(_) => RangeOp::Count,
            Self::Newest { .. } => RangeOp::Max,
            Self::Measure(_, aggregation) => match aggregation {
                // Per second, which Ginkgo divides by.
                Aggregation::Sum | Aggregation::Rate => RangeOp::Sum,
                Aggregation::Avg => RangeOp::Avg,
                Aggregation::Min => RangeOp::Min,
                Aggregation::Max => RangeOp::Max,
                Aggregation::Last => RangeOp::Last,
                Aggregation::P50 => RangeOp::Quantile(0.5),
                Aggregation::P90 => RangeOp::Quantile(0.9),
                Aggregation::P95 => RangeOp::Quantile(0.95),
                Aggregation::P99 => RangeOp::Quantile(0.99),
            },
        }
    }
}

/// Returns the condition that a line is an error.
pub fn is_error(level: &Field, system: &System) -> Condition {
    let levels = system.error_levels.iter().copied();
    condition(level, Test::Levels(levels.collect::<BTreeSet<Level>>()))
}

/// Returns the condition that the field has one of these texts.
pub fn is_one_of(field: &Field, texts: Vec<String>) -> Condition {
    condition(field, Test::OneOf(texts))
}

/// Returns the condition that the field has no value.
pub fn is_missing(field: &Field) -> Condition {
    condition(field, Test::Missing)
}

/// Returns the condition that the field passes the test.
fn condition(field: &Field, test: Test) -> Condition {
    Condition {
        field: field.clone(),
        test,
        at: "groupBy".to_owned(),
        beyond_logql: None,
    }
}

/// Writes the LogQL of one query for numbers.
///
/// # Errors
/// Fails when the expression is longer than Loki takes.
pub fn plan(
    query: &Query,
    bound: &Bound,
    system: &System,
    facts: &Facts,
    ask: &Ask<'_>,
) -> Result<MetricPlan, QueryError> {
    let apart = if ask.reading.merges() {
        facts.apart()
    } else {
        vec![facts.clone()]
    };
    let parts = apart.iter().enumerate();
    let parts = parts.map(|(number, part)| one(query, bound, system, part, ask, number > 0));
    let (queries, read): (Vec<_>, Vec<_>) = parts.unzip();
    let (groups, reasons): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let union = MetricUnion {
        mark: mark(&queries),
        queries,
    };
    let expr = union.to_string();
    if expr.len() > LONGEST_EXPRESSION && apart.len() > 1 {
        let together = Facts {
            somewhere: Vec::new(),
            ..facts.clone()
        };
        return plan(query, bound, system, &together, ask);
    }
    not_too_long(query, &expr)?;
    let parts = explained(&union, reasons, ask);
    Ok(MetricPlan {
        plan: Plan { expr, parts },
        groups: GroupLabels {
            mark: union.mark,
            queries: groups,
        },
    })
}

/// Returns a label that no query groups by.
fn mark(queries: &[MetricQuery]) -> LabelName {
    let is_free = |name: &LabelName| !queries.iter().any(|query| query.by.contains(name));
    LabelName::private(PREFIX, "part").or_numbered(is_free)
}

/// Writes the query for the lines of one part of the streams; returns it with the places of each group,
/// and the reason of the selector and of every stage. `is_marked` says whether its series get a mark.
fn one(
    query: &Query,
    bound: &Bound,
    system: &System,
    facts: &Facts,
    ask: &Ask<'_>,
    is_marked: bool,
) -> (MetricQuery, (Vec<Vec<Place>>, Vec<String>)) {
    let measure = ask.reading.field();
    let read: Vec<&Field> = ask.by.iter().chain(measure).collect();
    let reads = Reads::Fields {
        fields: &read,
        needed: measure,
    };
    let mut lines = pipeline::lines(query, bound, &ask.also, system, facts, &reads);
    let measured = measure.and_then(|_| lines.places.pop());
    let mut groups = lines.places.clone();
    let mut joins = Joins::new(groups.iter().chain(&measured));
    let unwrap = match (&measured, ask.reading) {
        (Some(places), reading) => {
            let name = measure_stages(&mut lines, places, &mut joins);
            matches!(reading, Reading::Measure(..)).then_some(name)
        }
        (None, Reading::Newest { since_ns }) => {
            let time = lines.extraction.computed("time");
            let reason = "the line's own time is what is measured";
            lines.push(Stage::Time(time.clone(), *since_ns), reason);
            Some(time)
        }
        (None, _) => None,
    };
    if !ask.reading.merges() {
        for (field, places) in ask.by.iter().zip(&mut groups) {
            *places = group_stages(&mut lines, field, places, &mut joins, system);
        }
    }
    let mut by: Vec<LabelName> = groups.iter().flatten().flat_map(Place::names).collect();
    let mut seen = BTreeSet::new();
    by.retain(|name| seen.insert(name.clone()));
    let extracted = by.iter().filter(|name| !facts.everywhere.contains(name));
    let extracted: Vec<LabelName> = extracted.cloned().collect();
    if is_marked && !extracted.is_empty() {
        // Loki writes a mark beside what is not empty: two series would become one, with points of both.
        let empty = Stage::DropEmpty(extracted);
        lines.push(empty, "an empty value is none");
    }
    let reasons = std::mem::take(&mut lines.reasons);
    let metric = MetricQuery {
        op: ask.reading.op(),
        lines: lines.query,
        unwrap,
        window: ask.window,
        offset: ask.offset,
        by,
    };
    (metric, (groups, reasons))
}

fn groups(query: &Query, system: &System) -> Result<Vec<Field>, QueryError> {
    let names = match (&query.group_by, query.query_type.role()) {
        (Some(names), _) => names.clone(),
        (None, Some(role)) if query.ids.len() > 1 => {
            let field = system.role(role);
            field.map(|field| field.name.clone()).into_iter().collect()
        }
        (None, _) => Vec::new(),
    };
    let field = |(i, name): (usize, &String)| {
        let field = system.field(name);
        speakable(&field, system, &format!("groupBy[{i}]"))?;
        Ok(field)
    };
    names.iter().enumerate().map(field).collect()
}

fn measured(measure: &Measure, system: &System) -> Result<Reading, QueryError> {
    let known = system
        .fields
        .iter()
        .any(|field| field.name == measure.field);
    let mut field = system.field(&measure.field);
    if known && field.kind != FieldType::Number {
        let numbers = system.fields.iter().filter(|f| f.kind == FieldType::Number);
        let numbers: Vec<&str> = numbers.map(|field| field.name.as_str()).collect();
        let numbers = if numbers.is_empty() {
            "none".to_owned()
        } else {
            numbers.join(", ")
        };
        let problem = format!(
            "{} is a field of type {}: only a number can be measured; the system's numbers are {numbers}",
            quoted(&measure.field.as_str().into()),
            field.kind
        );
        return Err(QueryError::new("measure.field", problem));
    }
    field.kind = FieldType::Number;
    speakable(&field, system, "measure.field")?;
    Ok(Reading::Measure(field, measure.aggregation))
}

fn speakable(field: &Field, system: &System, at: &str) -> Result<(), QueryError> {
    let Some(key) = place::unspeakable_key(field, system.format) else {
        return Ok(());
    };
    let problem = format!(
        "\"{}\" cannot be asked for: LogQL has no spelling for the JSON key {}; use a field with another source",
        field.name,
        quoted(&key.into())
    );
    Err(QueryError::new(at, problem))
}

/// The share of errors among errors says nothing: the denominator is all lines.
pub(super) fn refuse_level_filter(query: &Query, system: &System) -> Result<(), QueryError> {
    let is_level = |name: &str| system.field(name).role == Some(Role::Level);
    let found = query
        .filters
        .iter()
        .position(|filter| is_level(&filter.field));
    let Some(index) = found else {
        return Ok(());
    };
    let errors: Vec<&str> = system.error_levels.iter().map(|l| l.as_str()).collect();
    let other = if query.result.is_metric() {
        ResultKind::Count
    } else {
        ResultKind::Table
    };
    let problem = format!(
        "is the level, by which {} itself tells errors ({}) from other lines: remove the filter, or use the result {other}",
        query.result,
        errors.join(", ")
    );
    Err(QueryError::new(format!("filters[{index}].field"), problem))
}

/// Splits the LogQL into its parts: the aggregation around the lines, the lines, the window behind them.
fn explained(union: &MetricUnion, reasons: Vec<Vec<String>>, ask: &Ask<'_>) -> Vec<Part> {
    let mut names: Vec<&str> = ask.by.iter().map(|field| field.name.as_str()).collect();
    names.dedup();
    let what = match ask.reading {
        Reading::Count => "counts the lines".to_owned(),
        Reading::Values(field) => format!("counts the numbers of {}", field.name),
        Reading::Newest { .. } => "finds the newest line".to_owned(),
        Reading::Measure(field, aggregation) => format!("{aggregation} of {}", field.name),
    };
    let by = if names.is_empty() {
        "of all together".to_owned()
    } else {
        format!("by {}, in each place where it may stand", names.join(", "))
    };
    let window = if ask.offset.is_zero() {
        "how far back each point looks".to_owned()
    } else {
        "how far back each point looks; the offset puts days and hours where the dashboard's time zone has them".to_owned()
    };
    let mut parts = Vec::new();
    for (number, (metric, reasons)) in union.queries.iter().zip(reasons).enumerate() {
        let (before, behind) = union.around(number);
        let expr = metric.to_string();
        let lines = metric.lines.to_string();
        let (head, tail) = expr.split_once(&lines).unwrap_or((expr.as_str(), ""));
        let (what, window) = if number == 0 {
            (format!("{what}, {by}"), window.clone())
        } else {
            let what = "the same of other streams, whose lines are none of the others";
            let marked = "a mark keeps series apart that have the same labels; Ginkgo adds them up";
            (what.to_owned(), marked.to_owned())
        };
        parts.push(Part::new(format!("{before}{}", head.trim_end()), what));
        let selector = std::iter::once(metric.lines.selector.to_string());
        let stages = metric.lines.stages.iter().map(Stage::to_string);
        let texts = selector.chain(stages).zip(reasons);
        parts.extend(texts.map(|(text, reason)| Part::new(text, reason)));
        parts.push(Part::new(format!("{}{behind}", tail.trim_start()), window));
    }
    parts
}
