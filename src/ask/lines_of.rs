//! Which lines a resource's query means: of a query model, only what says that.

use serde_json::{Map, Value, json};

use crate::logql::{Selector, parse_selector, selectors};
use crate::query::{Query, QueryError, QueryType, quoted};
use crate::schema::System;

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

/// The lines that a query means.
#[derive(Debug)]
pub struct LinesOf {
    /// Which lines.
    pub query: Query,
    /// The streams of a query in LogQL.
    pub selector: Option<Selector>,
    /// What the user must know of the query.
    pub notice: Option<String>,
}

impl LinesOf {
    /// Returns the system with the streams that are meant.
    pub fn system(&self, system: &System) -> System {
        let mut system = system.clone();
        if let Some(selector) = &self.selector {
            system.selector = selector.clone();
        }
        system
    }
}

/// Reads a query of which only the lines count; of LogQL only its first selector.
///
/// # Errors
/// Names the key that is wrong.
pub fn read(query: Option<&Value>) -> Result<LinesOf, QueryError> {
    let (query, selector) = kept(query)?;
    let notice = selector
        .as_ref()
        .map(|_| "the streams of the LogQL are meant, whatever its pipeline does".to_owned());
    Ok(LinesOf {
        query: Query::try_from(&query)?,
        selector,
        notice,
    })
}

fn kept(query: Option<&Value>) -> Result<(Value, Option<Selector>), QueryError> {
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
