//! The syntax tree of LogQL.
//! Source: <https://grafana.com/docs/loki/latest/query/>.

/// A whole query.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Answers lines.
    Log(LogExpr),
    /// Answers numbers.
    Metric(MetricExpr),
}

/// A stream selector and what happens to each line, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct LogExpr {
    /// `{name="value", …}`; all must hold.
    pub selector: Vec<Matcher>,
    /// The pipeline.
    pub stages: Vec<Stage>,
}

/// `name="value"` in a selector, a label filter, `drop` or `keep`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// How its value is compared; a label that is absent is empty.
    pub op: MatchOp,
    /// The text, or the expression as written.
    pub value: String,
}

/// `=`, `!=`, `=~`, `!~`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

/// One stage of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// `|= "a" or "b"`
    LineFilter(LineFilter),
    /// `| json`, `| json name="path", …`: no extractions means all keys.
    Json(Vec<Extraction>),
    /// `| logfmt [--strict] [--keep-empty] [name="key", …]`
    Logfmt {
        /// Stops at the first error.
        strict: bool,
        /// Keeps keys without a value.
        keep_empty: bool,
        /// None means all keys.
        extractions: Vec<Extraction>,
    },
    /// `| regexp "…(?P<name>…)…"`
    Regexp(String),
    /// `| pattern "<name> … <_>"`
    Pattern(String),
    /// `| unpack`
    Unpack,
    /// `| name="value" and other > 5`
    LabelFilter(LabelFilter),
    /// `` | line_format "{{.name}}" ``
    LineFormat(String),
    /// `` | label_format to=from, name="{{.template}}" ``
    LabelFormat(Vec<LabelFormat>),
    /// `| decolorize`
    Decolorize,
    /// `| drop name, other="value"`
    Drop(Vec<NameOrMatcher>),
    /// `| keep name, other="value"`
    Keep(Vec<NameOrMatcher>),
}

/// A line filter with its alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFilter {
    /// What is asked of the line.
    pub op: LineOp,
    /// At least one; one of them must match, or for the negative operators none.
    pub alternatives: Vec<LineMatch>,
}

/// `|=`, `!=`, `|~`, `!~`, `|>`, `!>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOp {
    /// `|=`
    Contains,
    /// `!=`
    NotContains,
    /// `|~`
    Regex,
    /// `!~`
    NotRegex,
    /// `|>`
    Pattern,
    /// `!>`
    NotPattern,
}

/// One alternative of a line filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineMatch {
    /// `"text"`
    Text(String),
    /// `ip("192.168.0.0/16")`
    Ip(String),
}

/// `name="path"`; `name` alone is `name="name"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extraction {
    /// The label that it sets.
    pub name: String,
    /// JSON path or logfmt key.
    pub expression: String,
}

/// A predicate on labels.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelFilter {
    /// `a and b`, `a, b`, `a b`
    And(Box<LabelFilter>, Box<LabelFilter>),
    /// `a or b`
    Or(Box<LabelFilter>, Box<LabelFilter>),
    /// `name = "text"`
    Text(Matcher),
    /// `name > 5`
    Number {
        /// The label.
        name: String,
        /// The comparison.
        op: CompareOp,
        /// The number.
        value: f64,
    },
    /// `name > 5m`
    Duration {
        /// The label.
        name: String,
        /// The comparison.
        op: CompareOp,
        /// Nanoseconds.
        value: i64,
        /// As written.
        text: String,
    },
    /// `name > 5KB`
    Bytes {
        /// The label.
        name: String,
        /// The comparison.
        op: CompareOp,
        /// Bytes.
        value: u64,
        /// As written.
        text: String,
    },
    /// `name = ip("…")`
    Ip {
        /// The label.
        name: String,
        /// Whether it must not match.
        negated: bool,
        /// Address, range or CIDR.
        pattern: String,
    },
}

/// A comparison of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`, `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
}

/// One assignment of `label_format`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelFormat {
    /// `to=from`
    Rename {
        /// The new name.
        to: String,
        /// The old one.
        from: String,
    },
    /// `to="{{ template }}"`
    Template {
        /// The label that it sets.
        to: String,
        /// Go's template.
        template: String,
    },
}

/// What `drop` and `keep` take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameOrMatcher {
    /// `name`
    Name(String),
    /// `name="value"`
    Matcher(Matcher),
}

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
