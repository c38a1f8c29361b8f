//! Series while they are worked with.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::{Limits, QueryError};
use crate::pipeline::LabelSet;

/// A value at a step of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) step: u32,
    pub(super) value: f64,
}

/// A series: its labels, and its points in the order of their steps. Columns of one vector may have equal
/// labels (behind `label_replace`).
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) labels: Arc<LabelSet>,
    pub(super) points: Vec<Point>,
}

/// What an expression is worth.
#[derive(Debug)]
pub(super) enum Value {
    /// The same number at every step.
    Number(f64),
    /// Series.
    Vector(Vec<Column>),
}

/// Numbers label sets in the order in which they come.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    known: HashMap<Arc<LabelSet>, usize>,
    sets: Vec<Arc<LabelSet>>,
    last: Option<(Arc<LabelSet>, usize)>,
}

impl Numbering {
    /// Returns the number of a set.
    pub(super) fn number(&mut self, labels: &Arc<LabelSet>) -> usize {
        if let Some((last, number)) = &self.last
            && Arc::ptr_eq(last, labels)
        {
            return *number;
        }
        let number = match self.known.get(labels) {
            Some(number) => *number,
            None => {
                let number = self.sets.len();
                self.sets.push(Arc::clone(labels));
                self.known.insert(Arc::clone(labels), number);
                number
            }
        };
        self.last = Some((Arc::clone(labels), number));
        number
    }

    /// Returns the sets in the order of their numbers.
    pub(super) fn into_sets(self) -> Vec<Arc<LabelSet>> {
        self.sets
    }

    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }
}

/// Goes through columns step by step.
pub(super) struct Cursor<'c> {
    columns: &'c [Column],
    next: Vec<usize>,
}

impl<'c> Cursor<'c> {
    pub(super) fn new(columns: &'c [Column]) -> Self {
        Self {
            columns,
            next: vec![0; columns.len()],
        }
    }

    /// Returns the columns with a point at a step, by their number, with its value. Steps must not fall.
    pub(super) fn at(&mut self, step: u32) -> impl Iterator<Item = (usize, f64)> {
        let columns = self.columns.iter().zip(&mut self.next).enumerate();
        columns.filter_map(move |(number, (column, next))| {
            let mut found = None;
            while let Some(point) = column.points.get(*next).filter(|p| p.step <= step) {
                *next += 1;
                if point.step == step {
                    found = Some((number, point.value));
                    break;
                }
            }
            found
        })
    }
}

/// Refuses more series than the limit.
pub(super) fn check_count(count: usize, limits: &Limits) -> Result<(), QueryError> {
    if count <= limits.max_series {
        return Ok(());
    }
    let most = limits.max_series;
    Err(QueryError::BadRequest(format!(
        "maximum number of series ({most}) reached for a single query; consider reducing query \
         cardinality by adding more specific stream selectors, reducing the time range, or aggregating \
         results with functions like sum(), count() or topk()"
    )))
}

/// Says that the time is up.
pub(super) fn check_time(limits: &Limits) -> Result<(), QueryError> {
    match limits.deadline {
        Some(deadline) if Instant::now() >= deadline => Err(QueryError::Timeout),
        _ => Ok(()),
    }
}
