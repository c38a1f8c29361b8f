//! What is counted or measured of the lines, and by which groups (semantics.md, 6).

mod plan;

use std::collections::BTreeSet;

use super::condition::{Condition, Test};
use super::number::Number;
use super::{Bound, place};
use crate::logql::{Comparison, LabelName, RangeOp};
use crate::query::{Aggregation, Measure, Query, QueryError, ResultKind, quoted};
use crate::schema::{Field, FieldType, Level, Role, System, value};

pub use plan::{Ask, MetricPlan, plans};

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

/// Returns the condition that the field has one of these groups: numbers and truths are those that read as
/// them, however they are written.
pub fn is_one_of(field: &Field, groups: Vec<String>) -> Condition {
    let all = |test: Option<Test>| test.unwrap_or_else(|| Test::OneOf(groups.clone()));
    let test = match field.kind {
        FieldType::Number => {
            let numbers = groups.iter().map(|text| Number::new(text));
            let numbers = numbers.collect::<Option<_>>();
            all(numbers.map(|numbers| Test::Number(Comparison::Equal, numbers)))
        }
        FieldType::Bool => {
            let truths = groups.iter().map(|text| value::boolean(text));
            all(truths.collect::<Option<_>>().map(Test::Bools))
        }
        _ => Test::OneOf(groups),
    };
    condition(field, test)
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
