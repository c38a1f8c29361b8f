//! Why a metric query has no answer.

use std::fmt;

/// Why a metric query has no answer. `Display` is the text of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryError {
    /// The query asks for what there cannot be, or too much: status 400.
    BadRequest(String),
    /// Loki takes it for a failure of its own: status 500.
    Internal(String),
    /// The deadline passed: status 504.
    Timeout,
}

impl QueryError {
    /// A query that a real Loki answers and this one does not.
    pub(crate) fn not_here(what: impl fmt::Display) -> Self {
        Self::BadRequest(format!("not in the embedded Loki: {what}"))
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(message) | Self::Internal(message) => f.write_str(message),
            Self::Timeout => f.write_str("context deadline exceeded"),
        }
    }
}

impl std::error::Error for QueryError {}
