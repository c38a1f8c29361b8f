//! What a metric question's answer must be: the contract's words over what is known of each line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::corpus::Line;
use crate::metric::{Metric, SECOND};
use crate::oracle::{matching, value};
use crate::points::{Points, points};
use crate::schema::{Field, Kind, Place, Schema};
use crate::values::{level, number, truth};

/// A number that an answer must have.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Within so much of it: sums in another order differ in the last digits.
    Near(f64, f64),
    /// One of several: which of the lines of one nanosecond is the last, nobody knows.
    OneOf(Vec<f64>),
}

impl Number {
    pub fn is(&self, value: f64) -> bool {
        match self {
            Self::Near(wanted, slack) => (value - wanted).abs() <= *slack,
            Self::OneOf(wanted) => wanted.contains(&value),
        }
    }
}

/// A group's values, `None` where the field is missing; for `level` the canonical word.
pub type Group = Vec<Option<String>>;

/// The lines of a group that a question means, oldest first.
pub struct Members<'l> {
    pub lines: Vec<&'l Line>,
    /// Of `value`: each line's number.
    measured: Vec<f64>,
}

/// A question held against a corpus.
pub struct Meaning<'l> {
    metric: Metric,
    pub points: Points,
    pub fields: Vec<Field>,
    level: Field,
    pub groups: BTreeMap<Group, Members<'l>>,
    /// Groups of ids that were asked for by name, whose silence is a number.
    pub named: BTreeSet<Group>,
    /// Those of them without a line.
    pub silent: BTreeSet<Group>,
    /// How many series Loki itself would have to return, places and spellings apart.
    pub series_of_loki: usize,
}

impl<'l> Meaning<'l> {
    pub fn new(metric: &Metric, schema: &Schema, lines: &'l [Line]) -> Self {
        let points = points(metric);
        let names = metric.groups(schema);
        let fields: Vec<Field> = names.iter().map(|name| schema.field(name)).collect();
        let level = schema.role("level").expect("every system has it").clone();
        let measure = metric.measure.map(|(field, _)| schema.field(field));
        // Lines that some point counts: from the first window's open start to the last point.
        let first = points.times[0] - points.window + 1;
        let last = points.times.last().unwrap() + 1;
        let mut groups: BTreeMap<Group, Members> = BTreeMap::new();
        let mut spellings: BTreeSet<Vec<(Vec<Option<&str>>, [Option<String>; 2])>> =
            BTreeSet::new();
        for line in matching(&metric.lines, schema, lines, (first, last)) {
            let measured = match &measure {
                Some(_) if metric.result != "value" => 0.0,
                None => 0.0,
                Some(field) => match value(field, line).and_then(number) {
                    Some(number) => number,
                    None => continue,
                },
            };
            let group = fields.iter().map(|field| group_value(field, line));
            let members = groups.entry(group.collect()).or_insert(Members {
                lines: Vec::new(),
                measured: Vec::new(),
            });
            members.lines.push(line);
            members.measured.push(measured);
            let by_level = matches!(metric.result, "errorCount" | "errorRate").then_some(&level);
            let told_apart = fields.iter().chain(by_level);
            let told_apart = told_apart.map(|field| (places(field, line), spelled(field, line)));
            spellings.insert(told_apart.collect());
        }
        let mut meaning = Self {
            metric: metric.clone(),
            points,
            fields,
            level,
            groups,
            named: BTreeSet::new(),
            silent: BTreeSet::new(),
            series_of_loki: spellings.len(),
        };
        meaning.named = meaning.named_groups(schema);
        meaning.silent = meaning.named.clone();
        meaning
            .silent
            .retain(|group| !meaning.groups.contains_key(group));
        meaning
    }

    /// Groups that the question names, where the contract gives them a number also when they are silent: those of
    /// ids, of counts at once and of ages always, and of ages those of filters too. Each field must be named, and
    /// no more than one by several values.
    fn named_groups(&self, schema: &Schema) -> BTreeSet<Group> {
        let counts = match self.metric.result {
            "count" | "errorCount" => self.metric.instant,
            "lastSeen" => true,
            _ => false,
        };
        let mut named: Vec<(&str, BTreeSet<String>)> = Vec::new();
        let ids = self.metric.ids();
        let role = self.metric.lines.role().and_then(|role| schema.role(role));
        if let Some(role) = role.filter(|_| !ids.is_empty()) {
            named.push((role.name, ids.iter().map(|id| (*id).to_owned()).collect()));
        }
        if self.metric.result == "lastSeen" {
            let filters = self.metric.lines.filters.iter();
            for filter in filters.filter(|filter| ["=", "=|"].contains(&filter.operator)) {
                let field = schema.field(filter.field);
                let values = filter.values.iter().map(|text| meant(&field, text));
                named.push((filter.field, values.collect()));
            }
        }
        if !counts || named.is_empty() {
            return BTreeSet::new();
        }
        let mut groups: Vec<Group> = vec![Vec::new()];
        let mut several = 0;
        for field in &self.fields {
            let Some((_, values)) = named.iter().find(|(name, _)| *name == field.name) else {
                return BTreeSet::new();
            };
            several += usize::from(values.len() > 1);
            let mut longer = Vec::new();
            for group in &groups {
                let of = |value: &String| [group.clone(), vec![Some(value.clone())]].concat();
                longer.extend(values.iter().map(of));
            }
            groups = longer;
        }
        if several > 1 {
            return BTreeSet::new();
        }
        groups.into_iter().collect()
    }

    /// A group's points: those that it must have.
    pub fn series(&self, group: &Group) -> BTreeMap<i64, Number> {
        let members = self.groups.get(group);
        let mut points = members.map_or_else(BTreeMap::new, |members| self.series_of(members));
        if self.named.contains(group) {
            let length = self.points.window as f64 / SECOND as f64;
            for time in &self.points.times {
                let silent = match self.metric.result {
                    "lastSeen" => Number::Near(length, 1e-6),
                    _ => Number::Near(0.0, 0.0),
                };
                points.entry(*time).or_insert(silent);
            }
        }
        points
    }

    /// The points of these lines together.
    pub fn series_of(&self, members: &Members) -> BTreeMap<i64, Number> {
        let at = |time: &i64| {
            let from = *time - self.points.window;
            let begin = members.lines.partition_point(|line| line.ns <= from);
            let end = members.lines.partition_point(|line| line.ns <= *time);
            let number = (begin < end).then(|| self.number(*time, members, begin..end));
            Some((*time, number?))
        };
        self.points.times.iter().filter_map(at).collect()
    }

    /// The lines of all groups but some, as one group.
    pub fn rest(&self, chosen: &BTreeSet<Group>) -> Members<'l> {
        let left = self
            .groups
            .iter()
            .filter(|(group, _)| !chosen.contains(*group));
        let mut lines: Vec<&Line> = left
            .flat_map(|(_, members)| &members.lines)
            .copied()
            .collect();
        lines.sort_by_key(|line| line.ns);
        let measured = vec![0.0; lines.len()];
        Members { lines, measured }
    }

    fn number(&self, time: i64, members: &Members, at: std::ops::Range<usize>) -> Number {
        let lines = &members.lines[at.clone()];
        let count = lines.len() as f64;
        let is_error =
            |line: &&&Line| matches!(level(value(&self.level, line)), "critical" | "error");
        let errors = || lines.iter().filter(is_error).count() as f64;
        match self.metric.result {
            "count" => Number::Near(count, 0.0),
            "errorCount" => Number::Near(errors(), 0.0),
            "errorRate" => Number::Near(errors() / count, 1e-12),
            "lastSeen" => {
                let last = lines.last().unwrap().ns;
                // Loki computes in floats, whose steps at such nanoseconds are 256 ns.
                Number::Near((time - last) as f64 / SECOND as f64, 1e-6)
            }
            "value" => self.aggregated(lines, &members.measured[at]),
            other => panic!("no result {other}"),
        }
    }

    fn aggregated(&self, lines: &[&Line], values: &[f64]) -> Number {
        let (_, aggregation) = self.metric.measure.expect("a measure");
        let count = values.len() as f64;
        let sum: f64 = values.iter().sum();
        let size: f64 = values.iter().map(|value| value.abs()).sum();
        let seconds = self.points.window as f64 / SECOND as f64;
        let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let exact = |value| Number::Near(value, 0.0);
        match aggregation {
            "avg" => Number::Near(sum / count, size / count * 1e-9),
            "min" => exact(least),
            "max" => exact(largest),
            "sum" => Number::Near(sum, size * 1e-9),
            "rate" => Number::Near(sum / seconds, size / seconds * 1e-9),
            "last" => {
                let newest = lines.last().unwrap().ns;
                let begin = lines.partition_point(|line| line.ns < newest);
                Number::OneOf(values[begin..].to_vec())
            }
            "p50" => quantile(values, 0.5),
            "p90" => quantile(values, 0.9),
            "p95" => quantile(values, 0.95),
            "p99" => quantile(values, 0.99),
            other => panic!("no aggregation {other}"),
        }
    }
}

/// As Prometheus does: linear between the two nearest ranks.
fn quantile(values: &[f64], share: f64) -> Number {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = share * (sorted.len() - 1) as f64;
    let below = sorted[rank.floor() as usize];
    let above = sorted[(rank.floor() as usize + 1).min(sorted.len() - 1)];
    let weight = rank - rank.floor();
    let size = below.abs().max(above.abs());
    Number::Near(below * (1.0 - weight) + above * weight, size * 1e-9)
}

fn group_value(field: &Field, line: &Line) -> Option<String> {
    match (field.kind, value(field, line)) {
        (Kind::Level, text) => Some(level(text).to_owned()),
        (_, text) => text.map(|text| meant(field, text)),
    }
}

/// A value as a group shows it.
fn meant(field: &Field, text: &str) -> String {
    match field.kind {
        Kind::Level => level(Some(text)).to_owned(),
        Kind::Number => written_once(text),
        Kind::Bool => truth(text).map_or_else(|| text.to_owned(), |truth| truth.to_string()),
        _ => text.to_owned(),
    }
}

/// A number in one spelling; other text as it is.
fn written_once(text: &str) -> String {
    let whole = text.split_once('.').map_or(text, |(whole, fraction)| {
        if fraction.bytes().all(|digit| digit == b'0') {
            whole
        } else {
            ""
        }
    });
    match (number(text), whole.parse::<i128>()) {
        (Some(_), Ok(whole)) => whole.to_string(),
        (Some(number), Err(_)) => (number + 0.0).to_string(),
        (None, _) => text.to_owned(),
    }
}

/// What stands in each place of a field.
fn places<'l>(field: &Field, line: &'l Line) -> Vec<Option<&'l str>> {
    let at = |place: &Place| match place {
        Place::Label => line.labels.get(field.name),
        Place::Metadata => line.metadata.get(field.name),
        Place::Line => line.read.get(field.name),
    };
    let texts = field.places.iter().map(at);
    texts.map(|text| text.map(String::as_str)).collect()
}

/// What a line says of the field under its key nested and under its key with a dot (`"trace.id"`): it may
/// have either or both, with values of their own.
fn spelled(field: &Field, line: &Line) -> [Option<String>; 2] {
    if !field.places.contains(&Place::Line) {
        return [None, None];
    }
    let (object, name) = match field.name {
        "level" => ("log", "level"),
        "trace_id" => ("trace", "id"),
        name => ("ginkgo", name),
    };
    let written: Value = serde_json::from_str(&line.line).unwrap_or_default();
    let nested = written.get(object).and_then(|object| object.get(name));
    let dotted = written.get(format!("{object}.{name}"));
    [nested, dotted].map(|value| value.map(Value::to_string))
}

#[test]
fn quantiles_are_linear() {
    for (values, share, wanted) in [
        (&[4.0, 1.0, 2.0][..], 0.5, 2.0),
        (&[1.0, 2.0], 0.9, 1.9),
        (&[7.0], 0.99, 7.0),
    ] {
        let found = quantile(values, share);
        assert!(found.is(wanted), "{values:?} {share}: {found:?}");
        assert!(!found.is(wanted + 1e-6), "{values:?} {share}: {found:?}");
    }
}
