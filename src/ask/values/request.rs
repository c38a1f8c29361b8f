//! What is asked of the resource `values`.

use serde_json::{Map, Value, json};

use crate::logql::{Selector, parse_selector, selectors};
use crate::query::bounds::LONGEST_NAME;
use crate::query::{Query, QueryError, QueryType, quoted};
use crate::translate::Contains;

/// How many values are listed where nobody says.
const DEFAULT_LIMIT: usize = 100;
/// The most values of a list.
const MOST_VALUES: usize = 10_000;
/// The longest searched text, in bytes.
const LONGEST_SEARCH: usize = 1024;

/// The keys of a query that say which lines are meant; the others say what is made of them.
const KEYS: [&str; 8] = [
    "queryType",
    "system",
    "ids",
    "filters",
    "search",
    "stream",
    "delay",
    "expr",
];

/// A request that can be answered.
#[derive(Debug)]
pub struct Asked {
    /// Which lines.
    pub query: Query,
    /// The streams of a query in LogQL.
    pub selector: Option<Selector>,
    /// The field's name.
    pub field: String,
    /// What its values must contain.
    pub contains: Option<Contains>,
    /// The most values.
    pub limit: usize,
    /// What the user must know of the query.
    pub notice: Option<String>,
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
        let (query, selector) = query(request.get("query"))?;
        let query = Query::try_from(&query)?;
        let notice = selector.as_ref().map(|_| {
            "these are the values in the streams of the LogQL, whatever its pipeline does"
                .to_owned()
        });
        Ok(Self {
            query,
            selector,
            field,
            contains: search.map(|text| Contains::new(&text)).transpose()?,
            limit: limit(request.get("limit"))?,
            notice,
        })
    }
}

/// Returns the question for the lines; of LogQL its first selector.
fn query(query: Option<&Value>) -> Result<(Value, Option<Selector>), QueryError> {
    let empty = Map::new();
    let query = match query {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(query)) => query,
        Some(other) => {
            let problem = format!("{} is not valid: expected an object", quoted(other));
            return Err(QueryError::new("query", problem));
        }
    };
    let kept = query.iter().filter(|(key, _)| KEYS.contains(&key.as_str()));
    let kept: Map<String, Value> = kept
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let is_logql =
        query.get("queryType").and_then(Value::as_str) == Some(QueryType::Logql.as_str());
    let read = Query::try_from(&Value::Object(kept.clone()));
    if !is_logql && !read.is_ok_and(|query| query.query_type == QueryType::Logql) {
        return Ok((Value::Object(kept), None));
    }
    // Somebody may be typing: what is not complete yet is left out.
    let expr = query
        .get("expr")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut written = selectors(expr).into_iter();
    let selector = written.find_map(|text| parse_selector(text).ok());
    let any =
        json!({ "queryType": "any", "system": query.get("system"), "delay": query.get("delay") });
    Ok((any, selector))
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
