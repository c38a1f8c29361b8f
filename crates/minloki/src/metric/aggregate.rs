//! Aggregations of series at each step.

use std::sync::Arc;

use super::column::{Column, Cursor, Numbering, Point, check_time};
use super::grid::Grid;
use super::{Limits, QueryError, labels};
use crate::pipeline::LabelSet;
use crate::syntax::{VectorAggregation, VectorOp};

/// Evaluates an aggregation of series.
pub(super) fn evaluate(
    vector: &VectorAggregation,
    columns: Vec<Column>,
    grid: &Grid,
    limits: &Limits,
) -> Result<Vec<Column>, QueryError> {
    match vector.op {
        VectorOp::Sort | VectorOp::SortDesc => Ok(sorted(vector.op, columns)),
        VectorOp::Topk | VectorOp::Bottomk | VectorOp::ApproxTopk => {
            largest(vector, columns, grid, limits)
        }
        _ => grouped(vector, &columns, grid, limits),
    }
}

/// Sorts the series of an instant query by their values.
fn sorted(op: VectorOp, mut columns: Vec<Column>) -> Vec<Column> {
    let value = |column: &Column| column.points.first().map_or(f64::NAN, |point| point.value);
    columns.sort_by(|a, b| {
        let (a, b) = (value(a), value(b));
        // NaN comes last in both directions.
        let order = a.is_nan().cmp(&b.is_nan());
        order.then(if op == VectorOp::Sort {
            a.total_cmp(&b)
        } else {
            b.total_cmp(&a)
        })
    });
    columns
}

/// What is known of a group at a step.
#[derive(Clone, Copy, Default)]
struct State {
    count: f64,
    /// The sum, the least, the most or the mean.
    value: f64,
    /// Sum of squared differences from the mean.
    squares: f64,
}

impl State {
    fn add(&mut self, op: VectorOp, value: f64) {
        self.count += 1.0;
        let is_first = self.count < 1.5;
        match op {
            VectorOp::Sum => self.value += value,
            VectorOp::Min if is_first || value < self.value || self.value.is_nan() => {
                self.value = value;
            }
            VectorOp::Max if is_first || value > self.value || self.value.is_nan() => {
                self.value = value;
            }
            VectorOp::Avg => self.value += (value - self.value) / self.count,
            VectorOp::Stddev | VectorOp::Stdvar => {
                let delta = value - self.value;
                self.value += delta / self.count;
                self.squares += delta * (value - self.value);
            }
            _ => {}
        }
    }

    fn result(&self, op: VectorOp) -> f64 {
        match op {
            VectorOp::Count => self.count,
            VectorOp::Stddev => (self.squares / self.count).sqrt(),
            VectorOp::Stdvar => self.squares / self.count,
            _ => self.value,
        }
    }
}

/// Splits columns by the labels of their groups.
fn by_group(
    vector: &VectorAggregation,
    columns: &[Column],
) -> (Vec<Arc<LabelSet>>, Vec<Vec<usize>>) {
    let mut numbering = Numbering::default();
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let labels = Arc::new(labels::grouped(&column.labels, vector.grouping.as_ref()));
        let number = numbering.number(&labels);
        members.resize_with(numbering.len(), Vec::new);
        if let Some(members) = members.get_mut(number) {
            members.push(index);
        }
    }
    (numbering.into_sets(), members)
}

fn grouped(
    vector: &VectorAggregation,
    columns: &[Column],
    grid: &Grid,
    limits: &Limits,
) -> Result<Vec<Column>, QueryError> {
    let (sets, members) = by_group(vector, columns);
    let mut result = Vec::with_capacity(sets.len());
    for (labels, members) in sets.into_iter().zip(members) {
        check_time(limits)?;
        let mut states = vec![State::default(); grid.count as usize];
        let points = members.iter().filter_map(|index| columns.get(*index));
        for point in points.flat_map(|column| &column.points) {
            if let Some(state) = states.get_mut(point.step as usize) {
                state.add(vector.op, point.value);
            }
        }
        let steps = (0..grid.count).zip(states);
        let points = steps
            .filter(|(_, state)| state.count > 0.0)
            .map(|(step, state)| Point {
                step,
                value: state.result(vector.op),
            })
            .collect();
        result.push(Column { labels, points });
    }
    Ok(result)
}

/// `topk` and `bottomk`: at each step the k series of each group with the largest or smallest values; their
/// labels stay.
fn largest(
    vector: &VectorAggregation,
    columns: Vec<Column>,
    grid: &Grid,
    limits: &Limits,
) -> Result<Vec<Column>, QueryError> {
    let most = usize::try_from(vector.parameter.unwrap_or(0)).unwrap_or(usize::MAX);
    let (sets, members) = by_group(vector, &columns);
    let mut group_of = vec![0; columns.len()];
    for (group, members) in members.iter().enumerate() {
        for index in members {
            if let Some(of) = group_of.get_mut(*index) {
                *of = group;
            }
        }
    }
    let mut kept: Vec<Vec<Point>> = vec![Vec::new(); columns.len()];
    let mut cursor = Cursor::new(&columns);
    let mut groups: Vec<Vec<(usize, f64)>> = vec![Vec::new(); sets.len()];
    for step in 0..grid.count {
        check_time(limits)?;
        for (index, value) in cursor.at(step) {
            let group = group_of.get(index).and_then(|group| groups.get_mut(*group));
            if let Some(group) = group {
                group.push((index, value));
            }
        }
        for group in &mut groups {
            // NaN comes after all numbers; the sort is stable.
            group.sort_by(|(_, a), (_, b)| {
                let order = a.is_nan().cmp(&b.is_nan());
                order.then(if vector.op == VectorOp::Bottomk {
                    a.total_cmp(b)
                } else {
                    b.total_cmp(a)
                })
            });
            for (index, value) in group.drain(..).take(most) {
                if let Some(points) = kept.get_mut(index) {
                    points.push(Point { step, value });
                }
            }
        }
    }
    let columns = columns.into_iter().zip(kept);
    let columns = columns.filter(|(_, points)| !points.is_empty());
    Ok(columns
        .map(|(column, points)| Column {
            labels: column.labels,
            points,
        })
        .collect())
}
