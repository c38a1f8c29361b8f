//! The syntax tree of LogQL.
//! Source: <https://grafana.com/docs/loki/latest/query/>.

mod log;
mod metric;
mod words;

pub use log::*;
pub use metric::*;

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Answers lines.
    Log(LogExpr),
    /// Answers numbers.
    Metric(MetricExpr),
}
