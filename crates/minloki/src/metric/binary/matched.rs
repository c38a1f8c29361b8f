//! Arithmetic and comparisons of series with series that have the same labels.

use std::collections::HashMap;
use std::sync::Arc;

use super::operate;
use crate::metric::column::{Column, Cursor, Numbering, Point, check_time};
use crate::metric::grid::Grid;
use crate::metric::{Limits, QueryError, labels};
use crate::pipeline::LabelSet;
use crate::syntax::{Binary, Group};

/// Evaluates an operation on series. The labels of the result lose those that are empty.
pub(super) fn evaluate(
    binary: &Binary,
    left: &[Column],
    right: &[Column],
    grid: &Grid,
    limits: &Limits,
) -> Result<Vec<Column>, QueryError> {
    // With group_right the sides change places: "many" is what keeps its labels.
    let swapped = binary.group.as_ref().is_some_and(|group| group.right);
    let (many, one) = if swapped {
        (right, left)
    } else {
        (left, right)
    };
    let mut numbering = Numbering::default();
    let mut numbers = |columns: &[Column]| -> Vec<usize> {
        let signature = |column: &Column| {
            let signature = labels::signature(&column.labels, binary.matching.as_ref());
            numbering.number(&signature.into())
        };
        columns.iter().map(signature).collect()
    };
    let (many_numbers, one_numbers) = (numbers(many), numbers(one));
    let mut partners: Vec<Option<(usize, f64)>> = vec![None; numbering.len()];
    let mut taken: Vec<Option<u32>> = vec![None; numbering.len()];
    let mut output = Output::default();
    let (mut many_cursor, mut one_cursor) = (Cursor::new(many), Cursor::new(one));
    for step in 0..grid.count {
        check_time(limits)?;
        partners.fill(None);
        for (index, value) in one_cursor.at(step) {
            let number = one_numbers.get(index).copied().unwrap_or(0);
            if let Some(partner) = partners.get_mut(number) {
                if partner.is_some() {
                    return Err(duplicate_error(binary));
                }
                *partner = Some((index, value));
            }
        }
        for (index, value) in many_cursor.at(step) {
            let number = many_numbers.get(index).copied().unwrap_or(0);
            let Some(Some((partner, other))) = partners.get(number).copied() else {
                continue;
            };
            let (left_value, right_value) = if swapped {
                (other, value)
            } else {
                (value, other)
            };
            let result = operate(binary.op, binary.return_bool, left_value, right_value);
            if binary.group.is_none() {
                let taken = taken.get_mut(number);
                if taken.is_some_and(|taken| taken.replace(step) == Some(step)) {
                    return Err(QueryError::Internal(
                        "multiple matches for labels: many-to-one matching must be explicit \
                         (group_left/group_right)"
                            .to_owned(),
                    ));
                }
            }
            let Some(value) = result else { continue };
            let labels = || {
                let (many, one) = (many.get(index), one.get(partner));
                let empty = LabelSet::new();
                let many = many.map_or(&empty, |column| &column.labels);
                let one = one.map_or(&empty, |column| &column.labels);
                result_labels(binary, many, one)
            };
            output.push((index, partner), labels, Point { step, value })?;
        }
    }
    Ok(output.columns)
}

/// The labels of a pair's result.
fn result_labels(binary: &Binary, many: &LabelSet, one: &LabelSet) -> LabelSet {
    let Some(Group { include, .. }) = &binary.group else {
        return labels::signature(many, binary.matching.as_ref());
    };
    let mut result = labels::without_empty(many);
    for name in include {
        labels::set(&mut result, name, labels::value(one, name));
    }
    result
}

/// The series of the result.
#[derive(Default)]
struct Output {
    by_pair: HashMap<(usize, usize), usize>,
    by_labels: HashMap<Arc<LabelSet>, usize>,
    columns: Vec<Column>,
}

impl Output {
    fn push(
        &mut self,
        pair: (usize, usize),
        labels: impl FnOnce() -> LabelSet,
        point: Point,
    ) -> Result<(), QueryError> {
        let number = match self.by_pair.get(&pair) {
            Some(number) => *number,
            None => {
                let labels = Arc::new(labels());
                let number = match self.by_labels.get(&labels) {
                    Some(number) => *number,
                    None => {
                        let number = self.columns.len();
                        self.by_labels.insert(Arc::clone(&labels), number);
                        let points = Vec::new();
                        self.columns.push(Column { labels, points });
                        number
                    }
                };
                self.by_pair.insert(pair, number);
                number
            }
        };
        let Some(column) = self.columns.get_mut(number) else {
            return Ok(());
        };
        if column
            .points
            .last()
            .is_some_and(|last| last.step == point.step)
        {
            return Err(QueryError::Internal(
                "multiple matches for labels: grouping labels must ensure unique matches"
                    .to_owned(),
            ));
        }
        column.points.push(point);
        Ok(())
    }
}

fn duplicate_error(binary: &Binary) -> QueryError {
    let side = match &binary.group {
        Some(group) if group.right => "left",
        _ => "right",
    };
    QueryError::Internal(format!(
        "found duplicate series on the {side} hand-side;many-to-many matching not allowed: matching labels \
         must be unique on one side"
    ))
}
