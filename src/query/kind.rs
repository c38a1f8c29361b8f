//! The words of the query model.

use crate::schema::Role;

/// Makes the table of an enum's words: `as_str`, `from_name` and `ALL`.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// All of them, in the order of the contract.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the word, as the query model spells it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Returns what the word means.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|item| item.as_str() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryType {
    /// Lines of portfolios.
    Portfolio,
    /// Lines of strategies.
    Strategy,
    /// Lines of traces.
    Trace,
    /// Lines of runs.
    Run,
    /// Every line of the system.
    Any,
    /// LogQL as the user wrote it.
    Logql,
}

words!(QueryType {
    Portfolio = "portfolio",
    Strategy = "strategy",
    Trace = "trace",
    Run = "run",
    Any = "any",
    Logql = "logql",
});

impl QueryType {
    /// Returns the role whose values `ids` are; `any` and `logql` ask for none.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Portfolio => Some(Role::Portfolio),
            Self::Strategy => Some(Role::Strategy),
            Self::Trace => Some(Role::Trace),
            Self::Run => Some(Role::Run),
            Self::Any | Self::Logql => None,
        }
    }
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    /// A row a line, as Grafana's logs panel wants it.
    Logs,
    /// A row a line, with typed columns.
    Table,
    /// How many lines there are.
    Count,
    /// How many of them are errors.
    ErrorCount,
    /// The share of errors among all lines.
    ErrorRate,
    /// A number field, aggregated.
    Value,
    /// A row for each kind of error, the most frequent first.
    TopErrors,
    /// How long each group has been silent.
    LastSeen,
    /// Annotations.
    Events,
}

words!(ResultKind {
    Logs = "logs",
    Table = "table",
    Count = "count",
    ErrorCount = "errorCount",
    ErrorRate = "errorRate",
    Value = "value",
    TopErrors = "topErrors",
    LastSeen = "lastSeen",
    Events = "events",
});

impl ResultKind {
    /// Says whether the answer is numbers by group: over time, or one each.
    pub fn is_metric(self) -> bool {
        match self {
            Self::Count | Self::ErrorCount | Self::ErrorRate | Self::Value | Self::LastSeen => true,
            Self::Logs | Self::Table | Self::TopErrors | Self::Events => false,
        }
    }
}

/// How the values of a number field become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it; Rate is the sum per second")]
pub enum Aggregation {
    Avg,
    Min,
    Max,
    Sum,
    Last,
    P50,
    P90,
    P95,
    P99,
    Rate,
}

words!(Aggregation {
    Avg = "avg",
    Min = "min",
    Max = "max",
    Sum = "sum",
    Last = "last",
    P50 = "p50",
    P90 = "p90",
    P95 = "p95",
    P99 = "p99",
    Rate = "rate",
});

/// From which end of the range lines are taken, and their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// The newest first.
    #[default]
    Backward,
    /// The oldest first.
    Forward,
}

words!(Direction {
    Backward = "backward",
    Forward = "forward",
});

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the operators say it; semantics.md, 2 defines them by type"
)]
pub enum Operator {
    Equal,
    NotEqual,
    OneOf,
    NoneOf,
    Matches,
    NotMatches,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Exists,
    Missing,
}

words!(Operator {
    Equal = "=",
    NotEqual = "!=",
    OneOf = "=|",
    NoneOf = "!=|",
    Matches = "=~",
    NotMatches = "!~",
    Greater = ">",
    GreaterOrEqual = ">=",
    Less = "<",
    LessOrEqual = "<=",
    Exists = "exists",
    Missing = "missing",
});

/// How a search compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchOperator {
    /// The line contains the text.
    Contains,
    /// The line does not contain the text.
    NotContains,
    /// The line matches the expression somewhere.
    Matches,
    /// The line matches the expression nowhere.
    NotMatches,
}

words!(SearchOperator {
    Contains = "contains",
    NotContains = "not contains",
    Matches = "matches",
    NotMatches = "not matches",
});
