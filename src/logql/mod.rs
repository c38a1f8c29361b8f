//! LogQL as types: what is built here prints as a well-formed query, whatever its values are.
//!
//! Structure comes from code, text from users: names are checked when they are made
//! ([`LabelName`]), values are quoted when they are printed ([`quote`], the one file that escapes).
//! Grammar: <https://grafana.com/docs/loki/latest/query/>.

mod metric;
mod name;
mod parse;
mod predicate;
pub mod quote;
mod selector;
mod stage;

pub use metric::{MetricQuery, MetricUnion, RangeOp};
pub use name::{JsonPath, LabelName, is_name};
pub use parse::{ParseError, parse_selector, selectors};
pub use predicate::{Comparison, Predicate, TextOp};
pub use selector::{MatchOp, Matcher, Selector};
pub use stage::{LineOp, Stage, Taken, Typed, Word};

use std::fmt;

/// A log query: the streams and what happens to their lines, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct LogQuery {
    /// Which streams.
    pub selector: Selector,
    /// The pipeline.
    pub stages: Vec<Stage>,
}

impl fmt::Display for LogQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.selector)?;
        for stage in &self.stages {
            write!(f, " {stage}")?;
        }
        Ok(())
    }
}
