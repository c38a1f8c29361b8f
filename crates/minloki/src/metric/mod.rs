//! Numbers: the evaluation of metric queries, as Loki 3.7 does it.
//!
//! A point at t is worked out from the entries in (t - range, t]. The entries of each range aggregation are visited once; what they
//! count for is collected by series and then cut into windows.
//! Source: <https://grafana.com/docs/loki/latest/query/metric_queries/>.

mod aggregate;
mod answer;
mod binary;
mod collect;
mod column;
mod error;
mod evaluate;
mod grid;
mod labels;
mod length;
mod parts;
#[cfg(test)]
mod tests;
mod window;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use error::QueryError;

use crate::pipeline::{Entry, LabelSet};
use crate::syntax::{Matcher, MetricExpr, VectorOp};

use evaluate::Evaluation;
use grid::Grid;

/// Where the entries come from.
pub trait Entries {
    /// Visits the entries of the streams that satisfy all matchers, with times in `(from_ns, to_ns]`
    /// (nanoseconds since the epoch). The streams come one after another, each in the order of its
    /// entries' times; an entry is visited as often as it counts. It ends early when `visit` breaks.
    ///
    /// # Errors
    /// What prevents reading, as an answer to the query.
    fn visit(
        &self,
        selector: &[Matcher],
        from_ns: i64,
        to_ns: i64,
        visit: &mut dyn FnMut(&Arc<LabelSet>, &Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), QueryError>;
}

/// What an evaluation may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The most series of an answer, and of what a range aggregation works with.
    pub max_series: usize,
    /// The most points of a series.
    pub max_points: u64,
    /// The longest range of times that a query may read; zero is no limit.
    pub max_query_length: Duration,
    /// When the query has taken too long.
    pub deadline: Option<Instant>,
}

/// One series of a range query's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: Arc<LabelSet>,
    /// Times in nanoseconds since the epoch, ascending, and values.
    pub points: Vec<(i64, f64)>,
}

/// The answer to an instant query.
#[derive(Debug, Clone, PartialEq)]
pub enum InstantValue {
    /// Series with their values, in the order of the answer.
    Vector(Vec<(Arc<LabelSet>, f64)>),
    /// A number without labels.
    Scalar(f64),
}

/// Evaluates a query at the multiples of the step from `start_ns` (rounded down to one) to `end_ns`
/// (rounded up). The series are sorted by their labels.
///
/// # Errors
/// Loki's refusals: too many points or series, `__error__` in a sample, series that cannot be matched.
pub fn evaluate_range(
    expr: &MetricExpr,
    entries: &dyn Entries,
    start_ns: i64,
    end_ns: i64,
    step_ns: i64,
    limits: &Limits,
) -> Result<Vec<Series>, QueryError> {
    let times = (start_ns, end_ns);
    length::check(end_ns.saturating_sub(start_ns), limits)?;
    let grid = Grid::range(times, step_ns, has_ranges(expr), limits.max_points)?;
    length::check_ranges(expr, grid.length_ns(), limits)?;
    let evaluation = Evaluation {
        grid,
        entries,
        limits,
        is_instant: false,
    };
    let is_cut = grid.is_cut(longest_range_ns(expr));
    answer::series(evaluation.value(expr)?, &grid, is_cut, limits)
}

/// Evaluates a query at `time_ns`. A vector is sorted by its labels, unless the query sorts it.
///
/// # Errors
/// As [`evaluate_range`].
pub fn evaluate_instant(
    expr: &MetricExpr,
    entries: &dyn Entries,
    time_ns: i64,
    limits: &Limits,
) -> Result<InstantValue, QueryError> {
    let evaluation = Evaluation {
        grid: Grid::instant(time_ns),
        entries,
        limits,
        is_instant: true,
    };
    let sorts = sorts(expr);
    answer::instant(evaluation.value(expr)?, sorts, limits)
}

/// Says whether an expression sorts its series somewhere.
fn sorts(expr: &MetricExpr) -> bool {
    match expr {
        MetricExpr::Vector(vector) => {
            matches!(vector.op, VectorOp::Sort | VectorOp::SortDesc) || sorts(&vector.inner)
        }
        MetricExpr::Binary(binary) => sorts(&binary.left) || sorts(&binary.right),
        MetricExpr::LabelReplace(replace) => sorts(&replace.inner),
        MetricExpr::Range(_) | MetricExpr::Number(_) | MetricExpr::ConstantVector(_) => false,
    }
}

/// Returns the longest range in an expression; 0 if there is none.
fn longest_range_ns(expr: &MetricExpr) -> i64 {
    match expr {
        MetricExpr::Range(range) => range.range_ns,
        MetricExpr::Vector(vector) => longest_range_ns(&vector.inner),
        MetricExpr::Binary(binary) => {
            longest_range_ns(&binary.left).max(longest_range_ns(&binary.right))
        }
        MetricExpr::LabelReplace(replace) => longest_range_ns(&replace.inner),
        MetricExpr::Number(_) | MetricExpr::ConstantVector(_) => 0,
    }
}

/// Says whether an aggregation over a range is part of an expression.
fn has_ranges(expr: &MetricExpr) -> bool {
    match expr {
        MetricExpr::Range(_) => true,
        MetricExpr::Vector(vector) => has_ranges(&vector.inner),
        MetricExpr::Binary(binary) => has_ranges(&binary.left) || has_ranges(&binary.right),
        MetricExpr::LabelReplace(replace) => has_ranges(&replace.inner),
        MetricExpr::Number(_) | MetricExpr::ConstantVector(_) => false,
    }
}
