//! Stream selectors.

use std::fmt;

use super::{LabelName, quote};

/// Which streams: all matchers must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The matchers.
    pub matchers: Vec<Matcher>,
}

/// One condition on a stream label. A stream without the label has it empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    /// The label.
    pub name: LabelName,
    /// The comparison.
    pub op: MatchOp,
    /// The value, or an RE2 expression that must match the whole value.
    pub value: String,
}

/// How a matcher compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchOp {
    /// Is the value.
    Equal,
    /// Is not the value.
    NotEqual,
    /// Matches the expression.
    Matches,
    /// Does not match the expression.
    NotMatches,
}

impl MatchOp {
    /// Returns the operator's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
        }
    }
}

impl Selector {
    /// Returns this selector with one more matcher.
    #[must_use]
    pub fn with(&self, matcher: Matcher) -> Self {
        let mut matchers = self.matchers.clone();
        matchers.push(matcher);
        Self { matchers }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, matcher) in self.matchers.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{matcher}")?;
        }
        f.write_str("}")
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = quote::string(&self.value);
        write!(f, "{}{}{value}", self.name, self.op.as_str())
    }
}
