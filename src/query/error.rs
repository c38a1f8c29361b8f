//! What is wrong with a question.

use serde_json::Value;

/// A key of the query that cannot be answered: which, what stands there and what is valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at} {problem}")]
pub struct QueryError {
    /// The key's path in the query model: `filters[0].operator`. The editor shows the error there.
    pub at: String,
    /// What is wrong, with the user's input quoted, and what is valid.
    pub problem: String,
}

impl QueryError {
    /// Makes an error about the key at this path.
    pub fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            problem: problem.into(),
        }
    }
}

/// Quotes the user's input as JSON, cut where it is long.
pub fn quoted(value: &Value) -> String {
    const LONGEST: usize = 100;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
