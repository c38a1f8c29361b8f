//! The LogQL of a question whose answer is numbers: the same lines as for logs, counted or measured by
//! group.
//!
//! Counts, sums, minima and maxima merge, so their groups stay as the places where the value may stand,
//! and Ginkgo takes the first that is not empty. Means, newest values and quantiles do not merge: Loki
//! itself must bring a group's places under one name.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Reading;
use crate::logql::{LabelName, LineOp, MetricQuery, MetricUnion, Stage};
use crate::query::{Query, QueryError};
use crate::schema::{Field, FieldType, System};
use crate::translate::condition::Condition;
use crate::translate::group::GroupLabels;
use crate::translate::join::{Joins, group_stages, measure_stages};
use crate::translate::pipeline::{self, Reads};
use crate::translate::place::{Extraction, Naming, PREFIX, Place};
use crate::translate::{Bound, Facts, LONGEST_EXPRESSION, Part, Plan, not_too_long};

/// What stands for bytes that are no UTF-8, and how Python escapes it between quotes.
const REPLACED: &str = "\u{fffd}";
const ESCAPED: &str = r"\ufffd";

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
    /// Whether Loki brings the spellings of numbers and truths that are groups to one: dear, and needed
    /// only for what does not merge, where a value is written in several ways.
    pub by_value: bool,
}

/// What Loki is asked for numbers, and how its labels are read.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPlan {
    /// The LogQL with its reasons.
    pub plan: Plan,
    /// Which labels of a series hold its group.
    pub groups: GroupLabels,
}

/// Writes the LogQL of a question for numbers: one query, or where that is longer than Loki takes and its
/// numbers add up, one for each part of the lines.
///
/// # Errors
/// Fails when an expression is longer than Loki takes.
pub fn plans(
    query: &Query,
    bound: &Bound,
    system: &System,
    facts: &Facts,
    ask: &Ask<'_>,
) -> Result<Vec<MetricPlan>, QueryError> {
    let mut apart = if ask.reading.merges() {
        facts.apart()
    } else {
        vec![facts.clone()]
    };
    let mut whole = union(query, bound, system, lots(&apart, system, ask), ask);
    if whole.plan.expr.len() > LONGEST_EXPRESSION && apart.len() > 1 {
        apart = vec![Facts {
            somewhere: Vec::new(),
            ..facts.clone()
        }];
        whole = union(query, bound, system, lots(&apart, system, ask), ask);
    }
    let mut plans = vec![whole];
    if plans
        .iter()
        .any(|plan| plan.plan.expr.len() > LONGEST_EXPRESSION)
    {
        let each = lots(&apart, system, ask).into_iter();
        plans = each
            .map(|lot| union(query, bound, system, vec![lot], ask))
            .collect();
    }
    for plan in &plans {
        not_too_long(query, &plan.plan.expr)?;
    }
    Ok(plans)
}

/// Splits the lines of some streams into the parts that are asked for apart.
fn lots<'f>(apart: &'f [Facts], system: &System, ask: &Ask<'_>) -> Vec<(&'f Facts, Replaced)> {
    let lots = apart.iter().flat_map(|facts| {
        let is_text = ask.reading.merges() && has_text(ask.by, system, facts);
        let which: &[Replaced] = if is_text {
            &[Replaced::Without, Replaced::With]
        } else {
            &[Replaced::Unasked]
        };
        which.iter().map(move |replaced| (facts, *replaced))
    });
    lots.collect()
}

/// Writes one query for these parts of the lines.
fn union(
    query: &Query,
    bound: &Bound,
    system: &System,
    lots: Vec<(&Facts, Replaced)>,
    ask: &Ask<'_>,
) -> MetricPlan {
    let parts = lots.into_iter().enumerate();
    let parts = parts.map(|(number, (facts, replaced))| {
        let lot = Lot {
            facts,
            replaced,
            is_marked: number > 0,
        };
        written(query, bound, system, &lot, ask)
    });
    let mut union = MetricUnion {
        mark: LabelName::private(PREFIX, "part"),
        queries: Vec::new(),
    };
    let (mut groups, mut reasons) = (Vec::new(), Vec::new());
    for part in parts {
        union.queries.push(part.query);
        groups.push(part.groups);
        reasons.push(part.reasons);
    }
    let is_free = |name: &LabelName| !union.queries.iter().any(|query| query.by.contains(name));
    union.mark = union.mark.or_numbered(is_free);
    let expr = union.to_string();
    let parts = explained(&union, reasons, ask);
    MetricPlan {
        plan: Plan { expr, parts },
        groups: GroupLabels {
            mark: union.mark,
            queries: groups,
        },
    }
}

/// A part of the lines, for a query of its own.
struct Lot<'f> {
    /// Which streams.
    facts: &'f Facts,
    /// Which lines of them.
    replaced: Replaced,
    /// Whether the series get a mark.
    is_marked: bool,
}

/// Which lines, by the character that stands for bytes which are no UTF-8.
///
/// Loki loses series that have it in a label. JSON and logfmt never give it one; a group that a
/// TSKV line has as text does, and is asked for in those lines apart, written as Python would escape it:
/// a look for its bytes costs a quarter, to replace it in all lines would cost half.
#[derive(Clone, Copy)]
enum Replaced {
    Unasked,
    Without,
    With,
}

/// The query for one part of the lines.
struct Written {
    query: MetricQuery,
    /// The places of each group.
    groups: Vec<Vec<Place>>,
    /// Of the selector and of every stage.
    reasons: Vec<String>,
}

/// Says whether a group is a text of a TSKV line; levels are words, and any other is unknown.
fn has_text(by: &[Field], system: &System, facts: &Facts) -> bool {
    let mut extraction = Extraction::new(Naming::Numbers);
    let texts = by.iter().filter(|field| field.kind != FieldType::Level);
    let mut places = texts.flat_map(|field| extraction.places(field, system.format, facts));
    places.any(|place| matches!(place, Place::Repr { .. }))
}

/// Writes the query for one part of the lines.
fn written(query: &Query, bound: &Bound, system: &System, lot: &Lot<'_>, ask: &Ask<'_>) -> Written {
    let Lot {
        facts,
        replaced,
        is_marked,
    } = *lot;
    let measure = ask.reading.field();
    let read: Vec<&Field> = ask.by.iter().chain(measure).collect();
    let reads = Reads::Fields {
        fields: &read,
        needed: measure,
    };
    let mut lines = pipeline::lines(query, bound, &ask.also, system, facts, &reads);
    let which = match replaced {
        Replaced::Unasked => None,
        Replaced::Without => Some(LineOp::NotContains),
        Replaced::With => Some(LineOp::Contains),
    };
    if let Some(op) = which {
        let stage = Stage::Line(op, vec![REPLACED.to_owned()]);
        lines.push_first(
            stage,
            "lines with bytes that are no UTF-8 are counted apart",
        );
    }
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
            let how = (system, ask.by_value);
            *places = group_stages(&mut lines, field, places, &mut joins, how);
        }
    }
    let mut by: Vec<LabelName> = groups.iter().flatten().flat_map(Place::names).collect();
    let mut seen = BTreeSet::new();
    by.retain(|name| seen.insert(name.clone()));
    if matches!(replaced, Replaced::With) {
        let reason = "Loki loses series with this character in a label";
        lines.push(escaped(&by, &groups), reason);
    }
    let extracted = by.iter().filter(|name| !facts.everywhere.contains(name));
    let extracted: Vec<LabelName> = extracted.cloned().collect();
    if is_marked && !extracted.is_empty() {
        // Loki writes a mark beside what is not empty: two series would become one, with points of both.
        let empty = Stage::DropEmpty(extracted);
        lines.push(empty, "an empty value is none");
    }
    let reasons = std::mem::take(&mut lines.reasons);
    let query = MetricQuery {
        op: ask.reading.op(),
        lines: lines.query,
        unwrap,
        window: ask.window,
        offset: ask.offset,
        by,
    };
    Written {
        query,
        groups,
        reasons,
    }
}

/// Returns the stage that writes the character as Python does between quotes, and as a blank without them.
fn escaped(by: &[LabelName], groups: &[Vec<Place>]) -> Stage {
    let text_in = |name: &LabelName| {
        groups.iter().flatten().find_map(|place| match place {
            Place::Repr { bare, .. } if bare == name => Some(" "),
            Place::Repr { single, double, .. } if [single, double].contains(&name) => Some(ESCAPED),
            Place::Repr { .. } | Place::Plain(_) => None,
        })
    };
    let texts = by
        .iter()
        .filter_map(|name| Some((name.clone(), text_in(name)?.to_owned())));
    Stage::Replace(REPLACED.to_owned(), texts.collect())
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
            let what = "the same of other lines, which are none of the others";
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::presets;
    use crate::translate::metric::Metric;

    fn exprs(values: usize) -> Result<Vec<String>, QueryError> {
        let names: Vec<String> = (0..values)
            .map(|i| format!("logger.of.module.{i:05}"))
            .collect();
        let filters = json!([{ "field": "logger", "operator": "=|", "values": names }]);
        let query = json!({ "system": "tskv", "result": "count", "groupBy": ["logger"], "filters": filters });
        let query = Query::try_from(&query).unwrap();
        let systems = presets();
        let system = systems.iter().find(|system| system.name == "tskv").unwrap();
        let bound = Bound::new(&query, system).unwrap();
        let metric = Metric::new(&query, &bound, system).unwrap();
        let ask = Ask {
            by: &metric.by(),
            reading: &metric.reading,
            also: Vec::new(),
            window: Duration::from_secs(60),
            offset: Duration::ZERO,
            by_value: false,
        };
        let plans = plans(&query, &bound, system, &Facts::default(), &ask)?;
        Ok(plans.into_iter().map(|plan| plan.plan.expr).collect())
    }

    #[test]
    fn a_question_that_loki_takes_only_in_parts_is_asked_in_parts() {
        let together = exprs(1).unwrap();
        assert_eq!(together.len(), 1);
        assert!(
            together[0].contains(" or label_replace("),
            "{}",
            together[0]
        );

        let parts = exprs(800).unwrap();
        assert_eq!(parts.len(), 2);
        let bytes: usize = parts.iter().map(String::len).sum();
        assert!(
            bytes > LONGEST_EXPRESSION,
            "{bytes}: else it were one query"
        );
        for (part, filter) in parts.iter().zip(["!= \"\u{fffd}\"", "|= \"\u{fffd}\""]) {
            assert!(part.len() <= LONGEST_EXPRESSION);
            assert!(part.contains(filter), "{filter}");
            assert!(
                !part.contains("label_replace"),
                "nothing tells it from another"
            );
        }
        let error = exprs(9000).unwrap_err();
        assert!(error.problem.contains("Loki takes at most"), "{error}");
    }
}
