//! The limit on how long a range of times a query may read.

use super::{Limits, QueryError};
use crate::syntax::{MetricExpr, duration_text, range_text};

/// Refuses a range that is too long.
pub(super) fn check(length_ns: i64, limits: &Limits) -> Result<(), QueryError> {
    let most_ns = i64::try_from(limits.max_query_length.as_nanos()).unwrap_or(i64::MAX);
    if most_ns == 0 || length_ns <= most_ns {
        return Ok(());
    }
    Err(QueryError::BadRequest(format!(
        "the query time range exceeds the limit (query length: {}, limit: {})",
        duration_text(length_ns),
        range_text(most_ns)
    )))
}

/// Refuses a query with a range that is too long together with the time between its points.
pub(super) fn check_ranges(
    expr: &MetricExpr,
    length_ns: i64,
    limits: &Limits,
) -> Result<(), QueryError> {
    match expr {
        MetricExpr::Range(range) => check(length_ns.saturating_add(range.range_ns), limits),
        MetricExpr::Vector(vector) => check_ranges(&vector.inner, length_ns, limits),
        MetricExpr::Binary(binary) => {
            check_ranges(&binary.left, length_ns, limits)?;
            check_ranges(&binary.right, length_ns, limits)
        }
        MetricExpr::LabelReplace(replace) => check_ranges(&replace.inner, length_ns, limits),
        MetricExpr::Number(_) | MetricExpr::ConstantVector(_) => Ok(()),
    }
}
