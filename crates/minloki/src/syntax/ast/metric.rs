//! Queries for numbers.

use super::{LabelFilter, LogExpr};

/// A query for numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricExpr {
    /// `count_over_time({…} | … [5m] offset 1m) by (…)`
    Range(RangeAggregation),
    /// `sum by (…) (…)`
    Vector(VectorAggregation),
    /// `a / on (x) b`
    Binary(Box<Binary>),
    /// `1.5`
    Number(f64),
    /// `vector(1.5)`
    ConstantVector(f64),
    /// `label_replace(v, "to", "replacement", "from", "regex")`
    LabelReplace(Box<LabelReplace>),
}

/// An aggregation of lines over a range.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeAggregation {
    /// The function.
    pub op: RangeOp,
    /// φ of `quantile_over_time`.
    pub parameter: Option<f64>,
    /// The lines.
    pub lines: LogExpr,
    /// `| unwrap …`, always the last stage but for filters behind it.
    pub unwrap: Option<Unwrap>,
    /// Length of the range, ns.
    pub range_ns: i64,
    /// `offset`, ns; negative looks ahead.
    pub offset_ns: i64,
    /// `by (…)` or `without (…)` of the aggregation itself.
    pub grouping: Option<Grouping>,
}

/// The functions over a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RangeOp {
    Rate,
    RateCounter,
    CountOverTime,
    BytesRate,
    BytesOverTime,
    AbsentOverTime,
    SumOverTime,
    AvgOverTime,
    MinOverTime,
    MaxOverTime,
    FirstOverTime,
    LastOverTime,
    StdvarOverTime,
    StddevOverTime,
    QuantileOverTime,
}

/// `| unwrap duration_seconds(name) | filters`
#[derive(Debug, Clone, PartialEq)]
pub struct Unwrap {
    /// The label whose value is the sample.
    pub label: String,
    /// How it is read.
    pub conversion: Option<Conversion>,
    /// Label filters behind it.
    pub filters: Vec<LabelFilter>,
}

/// Conversions of `unwrap`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// `duration(…)`: seconds.
    Duration,
    /// `duration_seconds(…)`: seconds.
    DurationSeconds,
    /// `bytes(…)`
    Bytes,
}

/// `by (…)`, `without (…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// `without` instead of `by`.
    pub without: bool,
    /// The labels; may be empty.
    pub labels: Vec<String>,
}

/// An aggregation of series at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorAggregation {
    /// The function.
    pub op: VectorOp,
    /// k of `topk`, `bottomk`, `approx_topk`.
    pub parameter: Option<i64>,
    /// `by` or `without`; `None` is one group of all.
    pub grouping: Option<Grouping>,
    /// The series.
    pub inner: Box<MetricExpr>,
}

/// The functions over series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum VectorOp {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    ApproxTopk,
    Sort,
    SortDesc,
}

/// An operation on two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Binary {
    /// The operator.
    pub op: BinaryOp,
    /// Left side.
    pub left: MetricExpr,
    /// Right side.
    pub right: MetricExpr,
    /// `bool`: comparisons answer 0 or 1.
    pub return_bool: bool,
    /// `on (…)` (`without` is false) or `ignoring (…)` (`without` is true).
    pub matching: Option<Grouping>,
    /// `group_left` or `group_right` with its labels.
    pub group: Option<Group>,
}

/// Many-to-one matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// `group_right` instead of `group_left`.
    pub right: bool,
    /// Labels taken from the one side.
    pub include: Vec<String>,
}

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    And,
    Or,
    Unless,
}

/// `label_replace`.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelReplace {
    /// The series.
    pub inner: MetricExpr,
    /// The label that it sets.
    pub to: String,
    /// With `$1` for groups of the expression.
    pub replacement: String,
    /// The label that it reads.
    pub from: String,
    /// Anchored.
    pub regex: String,
}
