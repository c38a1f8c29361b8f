//! What is asked of the resource `values`.

use serde_json::Value;

use crate::ask::lines_of::{self, LinesOf};
use crate::query::bounds::LONGEST_NAME;
use crate::query::{QueryError, quoted};
use crate::translate::Contains;

/// How many values are listed where nobody says.
const DEFAULT_LIMIT: usize = 100;
/// The most values of a list.
const MOST_VALUES: usize = 10_000;
/// The longest searched text, in bytes.
const LONGEST_SEARCH: usize = 1024;

/// A request that can be answered.
#[derive(Debug)]
pub struct Asked {
    /// Which lines.
    pub lines: LinesOf,
    /// The field's name.
    pub field: String,
    /// What its values must contain.
    pub contains: Option<Contains>,
    /// The most values.
    pub limit: usize,
}

impl Asked {
    /// Reads a request.
    ///
    /// # Errors
    /// Names the key that is wrong.
    pub fn read(request: &Value) -> Result<Self, QueryError> {
        let field = text(request, "field", LONGEST_NAME)?.filter(|name| !name.is_empty());
        let field = field.ok_or_else(|| {
            let problem = "is missing: name a field, for example strategy_id";
            QueryError::new("field", problem)
        })?;
        let search = text(request, "search", LONGEST_SEARCH)?;
        let search = search.filter(|text| !text.is_empty());
        Ok(Self {
            lines: lines_of::read(request.get("query"))?,
            field,
            contains: search.map(|text| Contains::new(&text)).transpose()?,
            limit: limit(request.get("limit"))?,
        })
    }
}

fn text(request: &Value, key: &str, longest: usize) -> Result<Option<String>, QueryError> {
    match request.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= longest => Ok(Some(text.clone())),
        Some(Value::String(text)) => {
            let problem = format!("has {} bytes: at most {longest} are allowed", text.len());
            Err(QueryError::new(key, problem))
        }
        Some(other) => {
            let problem = format!("{} is not valid: expected a text", quoted(other));
            Err(QueryError::new(key, problem))
        }
    }
}

fn limit(value: Option<&Value>) -> Result<usize, QueryError> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = value.as_u64().and_then(|limit| usize::try_from(limit).ok());
    limit
        .filter(|limit| (1..=MOST_VALUES).contains(limit))
        .ok_or_else(|| {
            let problem = format!(
                "{} is not valid: use a whole number from 1 to {MOST_VALUES}",
                quoted(value)
            );
            QueryError::new("limit", problem)
        })
}
