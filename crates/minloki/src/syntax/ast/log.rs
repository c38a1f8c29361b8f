//! Log queries: selectors and pipelines.

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
