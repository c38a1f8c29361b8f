//! Label filters.
//!
//! Numbers, durations and sizes let a line through whose value is none, and mark it with an error; a
//! line that lacks the label is filtered out. An address is not looked for in a line that has an error.
//! Source: <https://grafana.com/docs/loki/latest/query/log_queries/#label-filter-expression>.

use super::PipelineError;
use super::go::duration::parse_duration;
use super::go::float::parse_float;
use super::go::size::parse_size;
use super::ip::IpPattern;
use super::labels::{ERROR, ErrorKind, Labels};
use super::text_test::{Anchoring, TextTest};
use crate::syntax::{CompareOp, LabelFilter, MatchOp, Matcher, regex_words};

/// A compiled filter.
#[derive(Debug, Clone)]
pub enum LabelTest {
    /// Both hold; the second is asked only where the first does.
    And(Box<LabelTest>, Box<LabelTest>),
    /// One holds; the second is asked only where the first does not.
    Or(Box<LabelTest>, Box<LabelTest>),
    /// A condition on one label.
    One(LabelCondition),
}

/// A condition on one label.
#[derive(Debug, Clone)]
pub struct LabelCondition {
    name: String,
    test: ValueTest,
}

#[derive(Debug, Clone)]
enum ValueTest {
    Equal { text: String, negated: bool },
    Regex { test: TextTest, negated: bool },
    Number(CompareOp, f64),
    Duration(CompareOp, i64),
    Size(CompareOp, u64),
    Ip { pattern: IpPattern, negated: bool },
}

impl LabelTest {
    /// Compiles a filter.
    ///
    /// # Errors
    /// Loki's words, without the stage.
    pub fn new(filter: &LabelFilter) -> Result<Self, PipelineError> {
        let one = |name: &str, test| {
            Self::One(LabelCondition {
                name: name.to_owned(),
                test,
            })
        };
        Ok(match filter {
            LabelFilter::And(a, b) => Self::And(Box::new(Self::new(a)?), Box::new(Self::new(b)?)),
            LabelFilter::Or(a, b) => Self::Or(Box::new(Self::new(a)?), Box::new(Self::new(b)?)),
            LabelFilter::Text(matcher) => one(&matcher.name, text_test(matcher)?),
            // `-0` is a duration of nothing for Loki.
            LabelFilter::Number { name, op, value }
                if *value == 0.0 && value.is_sign_negative() =>
            {
                one(name, ValueTest::Duration(*op, 0))
            }
            LabelFilter::Number { name, op, value } => one(name, ValueTest::Number(*op, *value)),
            LabelFilter::Duration {
                name, op, value, ..
            } => one(name, ValueTest::Duration(*op, *value)),
            LabelFilter::Bytes {
                name, op, value, ..
            } => one(name, ValueTest::Size(*op, *value)),
            LabelFilter::Ip {
                name,
                negated,
                pattern,
            } => {
                let pattern = IpPattern::new(pattern).map_err(|problem| {
                    PipelineError(format!("parse error : stage '| {filter}' : {problem}"))
                })?;
                let negated = *negated;
                one(name, ValueTest::Ip { pattern, negated })
            }
        })
    }

    /// Says whether the filter lets an entry through; it may mark it with an error.
    pub fn passes(&self, labels: &mut Labels<'_>) -> bool {
        match self {
            Self::And(a, b) => a.passes(labels) && b.passes(labels),
            Self::Or(a, b) => a.passes(labels) || b.passes(labels),
            Self::One(condition) => condition.passes(labels),
        }
    }

    /// Calls `each` with the labels that are asked.
    pub fn for_each_name(&self, each: &mut dyn FnMut(&str)) {
        match self {
            Self::And(a, b) | Self::Or(a, b) => {
                a.for_each_name(each);
                b.for_each_name(each);
            }
            Self::One(condition) if condition.holds_always() => {}
            Self::One(condition) => each(&condition.name),
        }
    }
}

fn text_test(matcher: &Matcher) -> Result<ValueTest, PipelineError> {
    let negated = matches!(matcher.op, MatchOp::NotEqual | MatchOp::NotRegex);
    Ok(match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => ValueTest::Equal {
            text: matcher.value.clone(),
            negated,
        },
        MatchOp::Regex | MatchOp::NotRegex => ValueTest::Regex {
            test: TextTest::regex(&matcher.value, Anchoring::Value).map_err(|problem| {
                PipelineError(format!("parse error : {}", regex_words(&problem)))
            })?,
            negated,
        },
    })
}

impl LabelCondition {
    /// Says whether nothing is asked.
    pub fn holds_always(&self) -> bool {
        let ValueTest::Regex { test, negated } = &self.test else {
            return false;
        };
        matches!(test, TextTest::All) && !negated
    }

    /// The label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says whether an entry satisfies it; it may be marked with an error.
    pub fn passes(&self, labels: &mut Labels<'_>) -> bool {
        let value = match self.name.as_str() {
            ERROR => labels.error().or_else(|| labels.get(ERROR)),
            // What describes the error is no label that a filter sees.
            name => labels.get(name),
        };
        let compared = match &self.test {
            ValueTest::Equal { text, negated } => {
                return (value.unwrap_or_default() == text) != *negated;
            }
            ValueTest::Regex { test, negated } => {
                return test.holds(value.unwrap_or_default()) != *negated;
            }
            ValueTest::Ip { pattern, negated } => {
                return labels.error().is_some()
                    || value.is_some_and(|value| pattern.is_in(value) != *negated);
            }
            ValueTest::Number(op, wanted) => {
                value.map(|value| parse_float(value).map(|value| compare(*op, &value, wanted)))
            }
            ValueTest::Duration(op, wanted) => {
                value.map(|value| parse_duration(value).map(|value| compare(*op, &value, wanted)))
            }
            ValueTest::Size(op, wanted) => {
                value.map(|value| parse_size(value).map(|value| compare(*op, &value, wanted)))
            }
        };
        match compared {
            None => false,
            Some(Ok(holds)) => holds,
            Some(Err(problem)) => {
                if labels.error().is_none() {
                    labels.set_error(ErrorKind::Filter, Some(problem));
                }
                true
            }
        }
    }
}

fn compare<T: PartialOrd>(op: CompareOp, value: &T, wanted: &T) -> bool {
    match op {
        CompareOp::Equal => value == wanted,
        CompareOp::NotEqual => value != wanted,
        CompareOp::Greater => value > wanted,
        CompareOp::GreaterEqual => value >= wanted,
        CompareOp::Less => value < wanted,
        CompareOp::LessEqual => value <= wanted,
    }
}
