//! From columns to answers.

use std::sync::Arc;

use super::column::{Column, Value, check_count};
use super::grid::Grid;
use super::{InstantValue, Limits, QueryError, Series};

/// Makes the answer to a range query, which Loki joins from parts where it `is_cut`. Columns of equal labels become one series, which has several points
/// at one time then.
pub(super) fn series(
    value: Value,
    grid: &Grid,
    is_cut: bool,
    limits: &Limits,
) -> Result<Vec<Series>, QueryError> {
    let columns = match value {
        Value::Number(number) => {
            let points = (0..grid.count).map(|step| (grid.time_ns(step), number));
            return Ok(vec![Series {
                labels: Arc::default(),
                points: points.collect(),
            }]);
        }
        Value::Vector(columns) => columns,
    };
    let mut series: Vec<Series> = Vec::with_capacity(columns.len());
    let columns = if is_cut {
        by_text(columns)
    } else {
        in_order(columns)
    };
    for column in columns {
        let points = column.points.iter();
        let points = points.map(|point| (grid.time_ns(point.step), point.value));
        match series.last_mut() {
            Some(last) if last.labels == column.labels => {
                last.points.extend(points);
                last.points.sort_by_key(|(time_ns, _)| *time_ns);
            }
            _ => series.push(Series {
                labels: column.labels,
                points: points.collect(),
            }),
        }
    }
    check_count(series.len(), limits)?;
    Ok(series)
}

/// Makes the answer to an instant query.
pub(super) fn instant(
    value: Value,
    is_sorted: bool,
    limits: &Limits,
) -> Result<InstantValue, QueryError> {
    let columns = match value {
        Value::Number(number) => return Ok(InstantValue::Scalar(number)),
        Value::Vector(columns) if is_sorted => columns,
        Value::Vector(columns) => in_order(columns),
    };
    check_count(columns.len(), limits)?;
    let columns = columns.into_iter();
    let values = columns.filter_map(|column| {
        let point = column.points.first()?;
        Some((column.labels, point.value))
    });
    Ok(InstantValue::Vector(values.collect()))
}

/// Sorts columns by what Loki writes for their labels, as it does when it joins parts; those without points go.
fn by_text(mut columns: Vec<Column>) -> Vec<Column> {
    columns.retain(|column| !column.points.is_empty());
    columns.sort_by_cached_key(|column| crate::store::label_text(&column.labels));
    columns
}

/// Sorts columns by their labels; those without points go.
fn in_order(mut columns: Vec<Column>) -> Vec<Column> {
    columns.retain(|column| !column.points.is_empty());
    columns.sort_by(|a, b| a.labels.cmp(&b.labels));
    columns
}
