//! The resource `logs`: lines for a program, by role.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::cursor::Cursor;
use super::{DataSource, Error, Scope, Start};
use crate::capacity::Lease;
use crate::frame::{Column, Frame};
use crate::query::{MAX_LIMIT, Query, QueryError, quoted};
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
const OTHERS: [&str; 8] = [
    "system",
    "search",
    "limit",
    "direction",
    "from",
    "to",
    "cursor",
    "offset",
];

impl DataSource {
    /// Answers `{portfolio, strategy, trace, run, level, system, search, limit, direction}`, each a
    /// text or (for the first five) a list of texts, with `{"logs": [{timestamp, timestampNs, level,
    /// id, line, labels}], "cursor", "expr", "notices"}`. The range is the scope's.
    ///
    /// `cursor` is there when there may be more lines. Sent back with the same request, it goes on
    /// behind the last line, in the range of the first request. `offset` leaves out so many lines; it
    /// wants a `to`, since the lines before a moving end are never the same.
    ///
    /// # Errors
    /// A key that does not exist or a value that is none, or what Loki said.
    pub async fn logs(&self, request: &Value, scope: &Scope) -> Result<LogsPage, Error> {
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
        let (query, scope, start) = start_of(request, query_of(request, system)?, scope)?;
        let (mut answer, more_behind) = self.query_from(&query, &scope, start).await?;
        let direction = Query::try_from(&query)?.direction;
        let cursor = more_behind.map(|after| Cursor {
            from_ns: scope.from_ns,
            to_ns: scope.to_ns,
            direction,
            after,
        });
        Ok(LogsPage {
            frame: answer.frames.pop(),
            cursor: cursor.map(|cursor| cursor.to_string()),
            next: Next::Head,
            _memory: answer.memory.take(),
        })
    }
}

/// The answer of the resource `logs`, written part by part: as one text it would be the lines once more.
#[derive(Debug)]
pub struct LogsPage {
    frame: Option<Frame>,
    cursor: Option<String>,
    next: Next,
    /// What the frame takes.
    _memory: Option<(Lease, Instant)>,
}

/// What of the answer is to be written next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Head,
    Row(usize),
    End,
}

/// The bytes from which on a part is large enough.
const PART_BYTES: usize = 256 << 10;

impl Iterator for LogsPage {
    type Item = String;

    /// Writes the next part of the JSON text.
    fn next(&mut self) -> Option<String> {
        let frame = self.frame.as_ref();
        let rows = frame.map_or(0, Frame::rows);
        let mut part = String::new();
        let mut row = match self.next {
            Next::Head => {
                part.push_str("{\"logs\":[");
                0
            }
            Next::Row(row) => row,
            Next::End => return None,
        };
        while row < rows && part.len() < PART_BYTES {
            if row > 0 {
                part.push(',');
            }
            if let Some(frame) = frame {
                write_row(frame, row, &mut part);
            }
            row += 1;
        }
        self.next = Next::Row(row);
        if row >= rows {
            self.write_end(&mut part);
            self.next = Next::End;
        }
        Some(part)
    }
}

impl LogsPage {
    fn write_end(&self, part: &mut String) {
        let meta = self.frame.as_ref().map(|frame| &frame.meta);
        let notices = meta.map(|meta| meta.notices.iter().map(|notice| &notice.text));
        let mut end = json!({
            "expr": meta.map(|meta| &meta.executed_query),
            "notices": notices.into_iter().flatten().collect::<Vec<_>>(),
        });
        if let (Some(cursor), Some(end)) = (&self.cursor, end.as_object_mut()) {
            end.insert("cursor".to_owned(), cursor.as_str().into());
        }
        let end = end.to_string();
        part.push_str("],");
        part.push_str(end.trim_start_matches('{'));
    }
}

/// Returns where the answer begins: with the first row, behind a cursor, or after an offset.
fn start_of(
    request: &Map<String, Value>,
    mut query: Value,
    scope: &Scope,
) -> Result<(Value, Scope, Start), QueryError> {
    let given = |key: &str| {
        let value = request.get(key).filter(|value| !value.is_null());
        value.filter(|value| value.as_str() != Some(""))
    };
    let mut scope = scope.clone();
    let mut start = Start::default();
    if let Some(cursor) = given("cursor") {
        let cursor = Cursor::read(cursor)?;
        let direction = Value::from(cursor.direction.as_str());
        if given("direction").is_some_and(|given| *given != direction) {
            let problem = format!("is not the cursor's: use {direction}, or leave it out");
            return Err(QueryError::new("direction", problem));
        }
        if given("offset").is_some() {
            let problem = "does not go with cursor, which knows where to go on: leave it out";
            return Err(QueryError::new("offset", problem));
        }
        (scope.from_ns, scope.to_ns) = (cursor.from_ns, cursor.to_ns);
        start.after = Some(cursor.after);
        if let Some(query) = query.as_object_mut() {
            query.insert("direction".to_owned(), direction);
        }
    }
    if let Some(offset) = given("offset") {
        start.offset = offset_of(offset)?;
        if start.offset > 0 && given("to").is_none() {
            let problem = "goes with an explicit to, since lines before a moving end are never the same: send to, or use cursor";
            return Err(QueryError::new("offset", problem));
        }
    }
    Ok((query, scope, start))
}

/// Reads an offset: a whole number, as text in a URL.
fn offset_of(value: &Value) -> Result<u32, QueryError> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    };
    let offset = number.and_then(|number| u32::try_from(number).ok());
    offset.filter(|offset| *offset <= MAX_LIMIT).ok_or_else(|| {
        let problem = format!(
            "{} is not valid: use a whole number from 0 to {MAX_LIMIT}",
            quoted(value)
        );
        QueryError::new("offset", problem)
    })
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

/// Writes a row of a `logs` frame as JSON.
fn write_row(frame: &Frame, row: usize, out: &mut String) {
    let text = |name: &str| match frame.field(name).map(|field| &field.column) {
        Some(Column::Text(texts) | Column::Json(texts)) => texts.get(row).unwrap_or_default(),
        _ => "",
    };
    let time = match frame.field("timestamp").map(|field| &field.column) {
        Some(Column::Time(values)) => values.get(row).copied().unwrap_or_default(),
        _ => 0,
    };
    let timestamp = jiff::Timestamp::from_nanosecond(i128::from(time));
    let labels: Option<&RawValue> = serde_json::from_str(text("labels")).ok();
    let row = LogRow {
        timestamp: timestamp.map(|t| t.to_string()).unwrap_or_default(),
        timestamp_ns: time.to_string(),
        level: text("severity"),
        id: text("id"),
        line: text("body"),
        labels,
    };
    // Texts and raw JSON: there is nothing that cannot be written.
    out.push_str(&serde_json::to_string(&row).unwrap_or_default());
}

/// A row as programs get it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRow<'r> {
    timestamp: String,
    timestamp_ns: String,
    level: &'r str,
    id: &'r str,
    line: &'r str,
    labels: Option<&'r RawValue>,
}
