//! Instant queries over more than an hour: Loki works them out hour by hour, from the end back, and joins the
//! parts. That shows: empty labels are lost on the way, and an aggregation of the series is done within each
//! part, so that `max(count_over_time({…}[2h]))` is the sum of each hour's largest count.

use std::collections::HashMap;
use std::sync::Arc;

use super::column::{Column, Numbering, Point};
use super::labels;
use crate::syntax::{RangeAggregation, RangeOp, VectorOp};

/// The longest range of one part.
const LONGEST_NS: i64 = 3600 * 1_000_000_000;

/// How the parts of an aggregation over a range become one; `None` where Loki does not split it.
pub(super) fn join_of(range: &RangeAggregation) -> Option<fn(f64, f64) -> f64> {
    if range.range_ns <= LONGEST_NS {
        return None;
    }
    match range.op {
        RangeOp::CountOverTime
        | RangeOp::Rate
        | RangeOp::BytesOverTime
        | RangeOp::BytesRate
        | RangeOp::SumOverTime => Some(|a, b| a + b),
        RangeOp::MinOverTime => Some(f64::min),
        RangeOp::MaxOverTime => Some(f64::max),
        _ => None,
    }
}

/// Says whether Loki does an aggregation of the series within each part, and it makes a difference.
pub(super) fn is_pushed_into_parts(range: &RangeAggregation, outer: VectorOp) -> bool {
    // Rates of values are sums that are divided at the end.
    if range.op == RangeOp::Rate && range.unwrap.is_some() {
        return false;
    }
    match outer {
        VectorOp::Avg => true,
        VectorOp::Max => range.op != RangeOp::MaxOverTime,
        VectorOp::Min => range.op != RangeOp::MinOverTime,
        VectorOp::Sum => matches!(range.op, RangeOp::MaxOverTime | RangeOp::MinOverTime),
        _ => false,
    }
}

/// Cuts a range into its parts, and says what each part's value is to be multiplied with: rates are by the
/// whole range.
pub(super) fn split(range: &RangeAggregation) -> Vec<(RangeAggregation, f64)> {
    let mut parts = Vec::new();
    let mut done = 0;
    while done < range.range_ns {
        let length = LONGEST_NS.min(range.range_ns - done);
        let factor = match range.op {
            RangeOp::Rate | RangeOp::BytesRate => length as f64 / range.range_ns as f64,
            _ => 1.0,
        };
        let part = RangeAggregation {
            range_ns: length,
            offset_ns: range.offset_ns.saturating_add(done),
            ..range.clone()
        };
        parts.push((part, factor));
        done += length;
    }
    parts
}

/// Joins the columns of all parts; `by (…)` of the range keeps its empty labels.
pub(super) fn joined(
    range: &RangeAggregation,
    join: fn(f64, f64) -> f64,
    columns: Vec<Column>,
) -> Vec<Column> {
    let keeps_empty = range
        .grouping
        .as_ref()
        .is_some_and(|grouping| !grouping.without);
    let mut numbering = Numbering::default();
    let mut values: HashMap<usize, f64> = HashMap::new();
    for column in columns {
        let Some(point) = column.points.first() else {
            continue;
        };
        let labels = if keeps_empty {
            column.labels
        } else {
            Arc::new(labels::without_empty(&column.labels))
        };
        let value = values.entry(numbering.number(&labels));
        value
            .and_modify(|value| *value = join(*value, point.value))
            .or_insert(point.value);
    }
    let sets = numbering.into_sets().into_iter().enumerate();
    sets.map(|(number, labels)| {
        let value = values.get(&number).copied().unwrap_or(f64::NAN);
        Column {
            labels,
            points: vec![Point { step: 0, value }],
        }
    })
    .collect()
}
