//! `and`, `or`, `unless`: series are chosen by their labels, their values stay.

use crate::metric::column::{Column, Cursor, Numbering, Point, check_time};
use crate::metric::grid::Grid;
use crate::metric::{Limits, QueryError, labels};
use crate::syntax::{Binary, BinaryOp};

/// Evaluates a set operation. Two series match by their labels without the empty ones.
pub(super) fn evaluate(
    binary: &Binary,
    left: Vec<Column>,
    right: Vec<Column>,
    grid: &Grid,
    limits: &Limits,
) -> Result<Vec<Column>, QueryError> {
    let mut numbering = Numbering::default();
    let mut numbers = |columns: &[Column]| -> Vec<usize> {
        let signature = |column: &Column| {
            let signature = labels::signature(&column.labels, binary.matching.as_ref());
            numbering.number(&signature.into())
        };
        columns.iter().map(signature).collect()
    };
    let (left_numbers, right_numbers) = (numbers(&left), numbers(&right));
    // At which step a signature was last seen on the side that decides.
    let mut seen: Vec<Option<u32>> = vec![None; numbering.len()];
    let is_or = binary.op == BinaryOp::Or;
    let mut kept_left: Vec<Vec<Point>> = vec![Vec::new(); left.len()];
    let mut kept_right: Vec<Vec<Point>> = vec![Vec::new(); right.len()];
    let (mut left_cursor, mut right_cursor) = (Cursor::new(&left), Cursor::new(&right));
    for step in 0..grid.count {
        check_time(limits)?;
        let (deciding, decided) = if is_or {
            (&left_numbers, &right_numbers)
        } else {
            (&right_numbers, &left_numbers)
        };
        let mut mark = |index: usize| {
            let number = deciding.get(index).and_then(|number| seen.get_mut(*number));
            if let Some(number) = number {
                *number = Some(step);
            }
        };
        let mut right_points: Vec<(usize, f64)> = right_cursor.at(step).collect();
        let mut left_points: Vec<(usize, f64)> = left_cursor.at(step).collect();
        if is_or {
            for (index, _) in &left_points {
                mark(*index);
            }
        } else {
            for (index, _) in right_points.drain(..) {
                mark(index);
            }
        }
        let is_marked = |index: usize| {
            let number = decided.get(index).and_then(|number| seen.get(*number));
            number == Some(&Some(step))
        };
        match binary.op {
            BinaryOp::Or => right_points.retain(|(index, _)| !is_marked(*index)),
            BinaryOp::And => left_points.retain(|(index, _)| is_marked(*index)),
            _ => left_points.retain(|(index, _)| !is_marked(*index)),
        }
        for (points, kept) in [
            (left_points, &mut kept_left),
            (right_points, &mut kept_right),
        ] {
            for (index, value) in points {
                if let Some(points) = kept.get_mut(index) {
                    points.push(Point { step, value });
                }
            }
        }
    }
    let columns = left.into_iter().zip(kept_left);
    let columns = columns.chain(right.into_iter().zip(kept_right));
    let columns = columns.filter(|(_, points)| !points.is_empty());
    Ok(columns
        .map(|(column, points)| Column {
            labels: column.labels,
            points,
        })
        .collect())
}
