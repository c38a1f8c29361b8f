//! Binary operations.

mod matched;
mod sets;

use super::column::{Column, Point, Value};
use super::grid::Grid;
use super::{Limits, QueryError};
use crate::syntax::{Binary, BinaryOp, fold};

/// Evaluates an operation on two values.
pub(super) fn evaluate(
    binary: &Binary,
    left: Value,
    right: Value,
    grid: &Grid,
    limits: &Limits,
) -> Result<Value, QueryError> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            Ok(Value::Number(fold(binary.op, left, right)))
        }
        (Value::Vector(columns), Value::Number(number)) => {
            Ok(with_number(binary, columns, number, false))
        }
        (Value::Number(number), Value::Vector(columns)) => {
            Ok(with_number(binary, columns, number, true))
        }
        (Value::Vector(left), Value::Vector(right)) if binary.op.is_set() => {
            sets::evaluate(binary, left, right, grid, limits).map(Value::Vector)
        }
        (Value::Vector(left), Value::Vector(right)) => {
            matched::evaluate(binary, &left, &right, grid, limits).map(Value::Vector)
        }
    }
}

/// Works out one pair; `None` where a comparison without `bool` does not hold.
fn operate(op: BinaryOp, return_bool: bool, left: f64, right: f64) -> Option<f64> {
    let result = fold(op, left, right);
    if !op.is_comparison() || return_bool {
        return Some(result);
    }
    (result > 0.0).then_some(left)
}

/// An operation on series and a number; `number_left` says on which side the number is.
fn with_number(binary: &Binary, columns: Vec<Column>, number: f64, number_left: bool) -> Value {
    let value = |value: f64| {
        if !number_left {
            return operate(binary.op, binary.return_bool, value, number);
        }
        let result = operate(binary.op, binary.return_bool, number, value)?;
        // What a comparison lets through is always the value of the series.
        let is_filter = binary.op.is_comparison() && !binary.return_bool;
        Some(if is_filter { value } else { result })
    };
    let apply = |mut column: Column| {
        let points = column.points.iter().filter_map(|point| {
            let value = value(point.value)?;
            Some(Point {
                step: point.step,
                value,
            })
        });
        column.points = points.collect();
        column
    };
    let columns = columns.into_iter().map(apply);
    Value::Vector(columns.filter(|c| !c.points.is_empty()).collect())
}
