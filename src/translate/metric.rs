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
use super::pipeline::{self, Lines, Reads};
use super::place::{self, Place};
use super::{Bound, Facts, LONGEST_EXPRESSION, Part, Plan};
use crate::logql::{Comparison, LabelName, MetricQuery, Predicate, RangeOp, Stage, Taken, TextOp};
use crate::query::{Aggregation, Measure, Query, QueryError, ResultKind, quoted};
use crate::schema::{Field, FieldType, Level, Role, System, value::NUMBER};

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

/// Returns the condition that the field has a value that matches the RE2 expression.
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
    let reasons = std::mem::take(&mut lines.reasons);
    let metric = MetricQuery {
        op: ask.reading.op(),
        lines: lines.query,
        unwrap,
        window: ask.window,
        offset: ask.offset,
        by,
    };
    let expr = metric.to_string();
    if expr.len() > LONGEST_EXPRESSION {
        let at = if query.ids.is_empty() {
            "filters"
        } else {
            "ids"
        };
        let problem = format!(
            "make an expression of {} bytes, and Loki takes at most {LONGEST_EXPRESSION}: ask for fewer values at once",
            expr.len()
        );
        return Err(QueryError::new(at, problem));
    }
    let parts = parts(&metric, reasons, ask);
    Ok(MetricPlan {
        plan: Plan { expr, parts },
        groups: GroupLabels(groups),
    })
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

/// Brings several names under one without losing any that is still needed.
struct Joins {
    /// Names that more than one of the joined values may stand under: a renamed label is gone.
    shared: BTreeSet<LabelName>,
}

impl Joins {
    fn new<'p>(values: impl Iterator<Item = &'p Vec<Place>>) -> Self {
        let mut seen = BTreeSet::new();
        let mut shared = BTreeSet::new();
        for places in values {
            let names: BTreeSet<LabelName> = places.iter().flat_map(Place::names).collect();
            for name in names {
                if !seen.insert(name.clone()) {
                    shared.insert(name);
                }
            }
        }
        Self { shared }
    }

    /// Returns the one name, after the stages that bring the first non-empty of `names` under it.
    ///
    /// Renaming is far cheaper than a template (measured: under 5 % against 30 to 90 %), but it takes
    /// the old name away, and it also moves an empty value.
    fn one(&self, lines: &mut Lines, names: &[LabelName], what: &str) -> Option<LabelName> {
        let (last, before) = names.split_last()?;
        if before.is_empty() {
            return Some(last.clone());
        }
        let joined = lines.extraction.computed(what);
        if names.iter().any(|name| self.shared.contains(name)) {
            let stage = Stage::Coalesce(joined.clone(), names.to_vec());
            lines.push(
                stage,
                "brings the first place that is not empty under one name",
            );
            return Some(joined);
        }
        let empty = Stage::DropEmpty(names.to_vec());
        lines.push(empty, "an empty place is none");
        for name in names.iter().rev() {
            let rename = Stage::Rename(joined.clone(), name.clone());
            lines.push(rename, "the first place comes last, and stays");
        }
        Some(joined)
    }
}

/// Lets only lines with a finite number through; returns the label to unwrap.
fn measure_stages(lines: &mut Lines, places: &[Place], joins: &mut Joins) -> LabelName {
    let names: Vec<LabelName> = places.iter().flat_map(Place::names).collect();
    let nowhere = || LabelName::private("gk_", "nowhere");
    if names.len() > 1 {
        let there = names.iter().map(Predicate::present).collect();
        let reason = "only lines that have the value somewhere are measured";
        lines.push(Stage::Filter(Predicate::any(there)), reason);
    }
    let name = joins.one(lines, &names, "measure").unwrap_or_else(nowhere);
    let number = Predicate::Text(name.clone(), TextOp::Matches, NUMBER.to_owned());
    lines.push(Stage::Filter(number), "what is no number is left out");
    // Turns what is written like a number and is not finite into an error mark.
    let finite = [Comparison::NotEqual, Comparison::Equal];
    let finite = finite.map(|op| Predicate::Number(name.clone(), op, 0.0));
    let finite = Stage::Filter(Predicate::any(finite.to_vec()));
    lines.push(finite, "marks a number that no float holds");
    if let Some(mark) = LabelName::new("__error__") {
        let unmarked = Stage::Filter(Predicate::absent(&mark));
        lines.push(unmarked, "and leaves it out");
    }
    name
}

/// Brings a group's places under one name. What TSKV has between quotes stays apart where it has
/// escapes, which only Ginkgo reads; a level's spellings become one.
fn group_stages(
    lines: &mut Lines,
    field: &Field,
    places: &[Place],
    joins: &mut Joins,
    system: &System,
) -> Vec<Place> {
    if field.role == Some(Role::Level) {
        return level_stages(lines, places, joins, system);
    }
    let is_plain = |place: &Place| matches!(place, Place::Plain(_));
    if places.iter().all(is_plain) {
        let names: Vec<LabelName> = places.iter().flat_map(Place::names).collect();
        let name = joins.one(lines, &names, "group");
        return name.map(Place::Plain).into_iter().collect();
    }
    let spellings: Vec<(LabelName, bool)> = places.iter().flat_map(spellings).collect();
    let chosen = |quoted: Taken, bare: Taken| {
        let taken = |(name, is_quoted): &(LabelName, bool)| {
            (name.clone(), if *is_quoted { quoted } else { bare })
        };
        spellings.iter().map(taken).collect::<Vec<_>>()
    };
    let bare = choose(lines, chosen(Taken::Plain, Taken::Always));
    let single = choose(lines, chosen(Taken::Escaped, Taken::Never));
    // Nothing stands in `double` any more; an escape means the same between either quotes.
    vec![Place::Repr {
        double: single.clone(),
        single,
        bare,
    }]
}

/// Brings a level's places under one name, and its spellings under one word.
fn level_stages(
    lines: &mut Lines,
    places: &[Place],
    joins: &mut Joins,
    system: &System,
) -> Vec<Place> {
    let names: Vec<LabelName> = places.iter().flat_map(Place::names).collect();
    let Some(raw) = joins.one(lines, &names, "group") else {
        return Vec::new();
    };
    // The first spelling stands for all: Ginkgo reads it as it would read any other.
    let words = Level::ALL.iter().filter_map(|level| {
        let spellings = system.levels.words_of(std::slice::from_ref(level));
        let spellings: Vec<String> = spellings.map(str::to_owned).collect();
        Some((spellings.first()?.clone(), spellings))
    });
    let name = lines.extraction.computed("level");
    let stage = Stage::Word(name.clone(), raw, words.collect());
    lines.push(stage, "brings the spellings of a level under one word");
    vec![Place::Plain(name)]
}

fn choose(lines: &mut Lines, from: Vec<(LabelName, Taken)>) -> LabelName {
    let name = lines.extraction.computed("group");
    let stage = Stage::Chosen(name.clone(), from);
    lines.push(
        stage,
        "brings the first place that is not empty under one name",
    );
    name
}

/// Returns the labels of a place, each with whether its text has Python's escapes.
fn spellings(place: &Place) -> Vec<(LabelName, bool)> {
    match place {
        Place::Plain(name) => vec![(name.clone(), false)],
        Place::Repr {
            single,
            double,
            bare,
        } => vec![
            (single.clone(), true),
            (double.clone(), true),
            (bare.clone(), false),
        ],
    }
}

/// Splits the LogQL into its parts: the aggregation around the lines, the lines, the window behind them.
fn parts(metric: &MetricQuery, reasons: Vec<String>, ask: &Ask<'_>) -> Vec<Part> {
    let expr = metric.to_string();
    let lines = metric.lines.to_string();
    let (head, tail) = expr.split_once(&lines).unwrap_or((expr.as_str(), ""));
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
    let mut parts = vec![Part::new(head.trim_end(), format!("{what}, {by}"))];
    let selector = std::iter::once(metric.lines.selector.to_string());
    let stages = metric.lines.stages.iter().map(Stage::to_string);
    let texts = selector.chain(stages);
    parts.extend(
        texts
            .zip(reasons)
            .map(|(text, reason)| Part::new(text, reason)),
    );
    let window = if ask.offset.is_zero() {
        "how far back each point looks".to_owned()
    } else {
        "how far back each point looks; the offset puts days and hours where the dashboard's time zone has them".to_owned()
    };
    parts.push(Part::new(tail.trim_start(), window));
    parts
}
