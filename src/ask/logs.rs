//! The resource `logs`: lines for a program, by role.

use serde_json::{Map, Value, json};

use super::{DataSource, Error, Scope};
use crate::frame::{Column, Frame};
use crate::query::QueryError;
use crate::schema::{Role, System};

/// The keys that ask for values of a role.
const ROLES: [(&str, Role); 5] = [
    ("portfolio", Role::Portfolio),
    ("strategy", Role::Strategy),
    ("trace", Role::Trace),
    ("run", Role::Run),
    ("level", Role::Level),
];

/// The other keys.
const OTHERS: [&str; 6] = ["system", "search", "limit", "direction", "from", "to"];

impl DataSource {
    /// Answers `{portfolio, strategy, trace, run, level, system, search, limit, direction}`, each a
    /// text or (for the first five) a list of texts, with `{"logs": [{timestamp, timestampNs, level,
    /// id, line, labels}], "expr", "notices"}`. The range is the scope's.
    ///
    /// # Errors
    /// A key that does not exist or a value that is none, or what Loki said.
    pub async fn logs(&self, request: &Value, scope: &Scope) -> Result<Value, Error> {
        let empty = Map::new();
        let request = match request {
            Value::Null => &empty,
            Value::Object(request) => request,
            other => {
                let problem = format!("{other} is not valid: expected a JSON object");
                return Err(QueryError::new("request", problem).into());
            }
        };
        let name = match request.get("system") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.as_str()).filter(|name| !name.is_empty()),
            Some(other) => {
                let problem = format!("{other} is not valid: expected a text");
                return Err(QueryError::new("system", problem).into());
            }
        };
        let system = self.named_system(name)?;
        let query = query_of(request, system)?;
        let answer = self.query(&query, scope).await?;
        Ok(answer.frames.first().map_or(Value::Null, page))
    }
}

/// Returns the question in the query model.
fn query_of(request: &Map<String, Value>, system: &System) -> Result<Value, QueryError> {
    let mut filters = Vec::new();
    for (key, value) in request {
        if let Some((_, role)) = ROLES.iter().find(|(name, _)| name == key) {
            filters.extend(filter(key, *role, value, system)?);
        } else if !OTHERS.contains(&key.as_str()) {
            let keys: Vec<&str> = ROLES.iter().map(|(name, _)| *name).chain(OTHERS).collect();
            let problem = format!("is not known: use {}", keys.join(", "));
            return Err(QueryError::new(key, problem));
        }
    }
    let text = request.get("search").filter(|text| !text.is_null());
    let search = text.map(|text| json!([{ "operator": "contains", "text": text }]));
    Ok(json!({
        "queryType": "any",
        "system": system.name,
        "filters": filters,
        "search": search,
        "limit": request.get("limit"),
        "direction": request.get("direction"),
    }))
}

fn filter(
    key: &str,
    role: Role,
    value: &Value,
    system: &System,
) -> Result<Option<Value>, QueryError> {
    let values = match value {
        Value::Null => return Ok(None),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => vec![Value::from(text.as_str())],
        Value::Array(values) => values.clone(),
        other => {
            let problem = format!("{other} is not valid: expected a text or a list of texts");
            return Err(QueryError::new(key, problem));
        }
    };
    let needed = system.needed(role);
    let field = needed.map_err(|problem| QueryError::new(key, problem))?;
    Ok(Some(
        json!({ "field": field.name, "operator": "=|", "values": values }),
    ))
}

/// Returns the rows of a `logs` frame as JSON.
fn page(frame: &Frame) -> Value {
    let texts = |name: &str| match frame.field(name).map(|field| &field.column) {
        Some(Column::Text(values) | Column::Json(values)) => values.as_slice(),
        _ => &[],
    };
    let times = match frame.field("timestamp").map(|field| &field.column) {
        Some(Column::Time(values)) => values.as_slice(),
        _ => &[],
    };
    let (lines, levels) = (texts("body"), texts("severity"));
    let (ids, labels) = (texts("id"), texts("labels"));
    let rows = times.iter().enumerate().map(|(i, time)| {
        let text = |values: &[String]| values.get(i).cloned().unwrap_or_default();
        let timestamp = jiff::Timestamp::from_nanosecond(i128::from(*time));
        json!({
            "timestamp": timestamp.map(|t| t.to_string()).unwrap_or_default(),
            "timestampNs": time.to_string(),
            "level": text(levels),
            "id": text(ids),
            "line": text(lines),
            "labels": serde_json::from_str(&text(labels)).unwrap_or(Value::Null),
        })
    });
    json!({
        "logs": rows.collect::<Vec<_>>(),
        "expr": frame.meta.executed_query,
        "notices": frame.meta.notices.iter().map(|notice| &notice.text).collect::<Vec<_>>(),
    })
}
