//! From the wire form to the strict one: one conversion, every error with the key's path.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::bounds::{
    self, LONGEST_NAME, LONGEST_TEXT, MOST_COLUMNS, MOST_FILTERS, MOST_SEARCHES, MOST_VALUES,
};
use super::error::quoted;
use super::{
    Direction, EventOptions, Filter, MAX_ERROR_ROWS, MAX_LIMIT, Operator, Query, QueryError,
    QueryType, ResultKind, Search, SearchOperator, Wire, options,
};
use crate::schema::listed;

/// What Grafana sends for *All* where a variable has no value of its own for it.
const ALL: &str = "$__all";

impl TryFrom<&Value> for Query {
    type Error = QueryError;

    fn try_from(json: &Value) -> Result<Self, QueryError> {
        if !json.is_object() {
            let problem = format!("is {}, expected a JSON object", quoted(json));
            return Err(QueryError::new("query", problem));
        }
        // Cannot fail: every key of an object fits an optional value.
        let wire: Wire = serde_json::from_value(json.clone())
            .map_err(|error| QueryError::new("query", format!("cannot be read: {error}")))?;
        Self::try_from(wire)
    }
}

impl TryFrom<Wire> for Query {
    type Error = QueryError;

    fn try_from(wire: Wire) -> Result<Self, QueryError> {
        let expr = text("expr", wire.expr.as_ref())?.unwrap_or_default();
        let query_type = query_type(&wire, &expr)?;
        let is_lokis_instant = wire.query_type.as_ref() == Some(&Value::from("instant"));
        let ids = match list("ids", wire.ids.as_ref(), MOST_VALUES)? {
            Some(values) => ids(values)?,
            None => Vec::new(),
        };
        if !ids.is_empty() && query_type.role().is_none() {
            let problem = format!(
                "{} go with portfolio, strategy, trace or run; a query of type {query_type} takes none",
                quoted(&Value::from(ids))
            );
            return Err(QueryError::new("ids", problem));
        }
        let filters = objects("filters", wire.filters.as_ref(), MOST_FILTERS)?
            .enumerate()
            .map(|(i, entry)| filter(&format!("filters[{i}]"), entry?))
            .collect::<Result<Vec<_>, _>>()?;
        let mut search = Vec::new();
        for (i, entry) in objects("search", wire.search.as_ref(), MOST_SEARCHES)?.enumerate() {
            search.extend(search_entry(&format!("search[{i}]"), entry?)?);
        }
        let group_by = list("groupBy", wire.group_by.as_ref(), MOST_COLUMNS)?;
        let group_by = match group_by {
            Some(names) => Some(names_of("groupBy", names)?),
            None => None,
        };
        let result = result(wire.result.as_ref())?;
        if query_type == QueryType::Logql {
            let taken = [
                ("filters", !filters.is_empty()),
                ("search", !search.is_empty()),
                (
                    "groupBy",
                    group_by.as_ref().is_some_and(|names| !names.is_empty()),
                ),
                ("measure", wire.measure.as_ref().is_some_and(is_set)),
                ("stream", wire.stream.as_ref().is_some_and(is_set)),
            ];
            if let Some((key, _)) = taken.into_iter().find(|(_, set)| *set) {
                let problem = "does not go with a query of type logql: write it into expr";
                return Err(QueryError::new(key, problem));
            }
            if expr.trim().is_empty() {
                let problem =
                    "is empty: a query of type logql needs LogQL, for example {job=\"ginkgo\"}";
                return Err(QueryError::new("expr", problem));
            }
            if !matches!(result, ResultKind::Logs | ResultKind::Table) {
                let problem = format!(
                    "\"{result}\" does not go with a query of type logql: use logs or table; LogQL that makes numbers is answered with them"
                );
                return Err(QueryError::new("result", problem));
            }
        }
        let columns = match list("columns", wire.columns.as_ref(), MOST_COLUMNS)? {
            Some(values) => Some(texts("columns", values, LONGEST_NAME)?),
            None => None,
        };
        let system = text("system", wire.system.as_ref())?.filter(|name| !name.is_empty());
        bounds::length(
            "system",
            system.as_deref().unwrap_or_default(),
            LONGEST_NAME,
        )?;
        Ok(Self {
            query_type,
            system,
            ids,
            filters,
            search,
            result,
            columns: columns.filter(|columns| !columns.is_empty()),
            measure: match result {
                ResultKind::Value => Some(options::measure(wire.measure.as_ref())?),
                _ => None,
            },
            group_by,
            window: options::span_text("window", wire.window.as_ref())?,
            step: options::span_text("step", wire.step.as_ref())?,
            instant: truth("instant", wire.instant.as_ref())? || is_lokis_instant,
            legend_format: options::legend(wire.legend_format.as_ref())?,
            utc_offset_s: options::utc_offset(wire.utc_offset_sec.as_ref())?,
            delay: options::delay(wire.delay.as_ref())?,
            after: options::row_id("after", wire.after.as_ref(), result)?,
            before: options::row_id("before", wire.before.as_ref(), result)?,
            stream: options::stream(wire.stream.as_ref())?,
            events: match result {
                ResultKind::Events => options::events(wire.events.as_ref())?,
                _ => EventOptions::default(),
            },
            limit: limit(wire.limit.as_ref(), result)?,
            direction: direction(wire.direction.as_ref())?,
            expr: match query_type {
                QueryType::Logql => expr,
                _ => String::new(),
            },
        })
    }
}

fn is_set(value: &Value) -> bool {
    !matches!(value, Value::Null) && value != &Value::Object(Map::new())
}

fn query_type(wire: &Wire, expr: &str) -> Result<QueryType, QueryError> {
    let has_expr = !expr.trim().is_empty();
    match text("queryType", wire.query_type.as_ref())?.as_deref() {
        None | Some("") if has_expr => Ok(QueryType::Logql),
        None | Some("") => Ok(QueryType::Any),
        // Loki's own words: Grafana copies the model when the data source is switched.
        Some("range" | "instant") if has_expr => Ok(QueryType::Logql),
        Some(name) => QueryType::from_name(name)
            .ok_or_else(|| unknown("queryType", name, QueryType::ALL.iter().map(|t| t.as_str()))),
    }
}

fn result(value: Option<&Value>) -> Result<ResultKind, QueryError> {
    let Some(name) = text("result", value)?.filter(|name| !name.is_empty()) else {
        return Ok(ResultKind::Logs);
    };
    ResultKind::from_name(&name)
        .ok_or_else(|| unknown("result", &name, ResultKind::ALL.iter().map(|r| r.as_str())))
}

fn direction(value: Option<&Value>) -> Result<Direction, QueryError> {
    let Some(name) = text("direction", value)?.filter(|name| !name.is_empty()) else {
        return Ok(Direction::Backward);
    };
    Direction::from_name(&name).ok_or_else(|| {
        unknown(
            "direction",
            &name,
            Direction::ALL.iter().map(|d| d.as_str()),
        )
    })
}

/// Reads the limit: a whole number, also as text because a dashboard variable arrives as text.
fn limit(value: Option<&Value>, result: ResultKind) -> Result<Option<u32>, QueryError> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = match value {
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    let (most, what) = match result {
        ResultKind::TopErrors => (MAX_ERROR_ROWS, ", the rows of the table"),
        _ => (MAX_LIMIT, ""),
    };
    let limit = number
        .filter(|n| n.fract() == 0.0 && *n >= 1.0 && *n <= f64::from(most))
        .map(|n| n as u32);
    match limit {
        Some(limit) => Ok(Some(limit)),
        None => Err(QueryError::new(
            "limit",
            format!(
                "{} is not valid: use a whole number from 1 to {most}{what}",
                quoted(value)
            ),
        )),
    }
}

fn ids(values: &[Value]) -> Result<Vec<String>, QueryError> {
    let mut ids = texts("ids", values, LONGEST_TEXT)?;
    if ids.iter().any(|id| id == ALL) {
        return Ok(Vec::new());
    }
    let mut seen = HashSet::new();
    ids.retain(|id| !id.is_empty() && seen.insert(id.clone()));
    Ok(ids)
}

fn filter(at: &str, entry: &Map<String, Value>) -> Result<Filter, QueryError> {
    let key = |name: &str| format!("{at}.{name}");
    let field = text(&key("field"), entry.get("field"))?.unwrap_or_default();
    bounds::length(&key("field"), &field, LONGEST_NAME)?;
    if field.is_empty() {
        return Err(QueryError::new(key("field"), "is missing: name a field"));
    }
    let operators = || Operator::ALL.iter().map(|operator| operator.as_str());
    let operator = match text(&key("operator"), entry.get("operator"))? {
        Some(name) => Operator::from_name(&name)
            .ok_or_else(|| unknown(&key("operator"), &name, operators()))?,
        None => {
            let problem = format!("is missing: use {}", listed(operators()));
            return Err(QueryError::new(key("operator"), problem));
        }
    };
    let values = list(&key("values"), entry.get("values"), MOST_VALUES)?.unwrap_or_default();
    let mut values = texts(&key("values"), values, LONGEST_TEXT)?;
    check_values(&key("values"), operator, &mut values)?;
    Ok(Filter {
        field,
        operator,
        values,
    })
}

fn check_values(at: &str, operator: Operator, values: &mut Vec<String>) -> Result<(), QueryError> {
    match operator {
        Operator::Exists | Operator::Missing => values.clear(),
        Operator::OneOf | Operator::NoneOf => {
            values.retain(|value| !value.is_empty());
            if values.is_empty() {
                let problem = format!(
                    "is empty: operator {operator} needs at least one value; to ask for lines without the field use missing"
                );
                return Err(QueryError::new(at, problem));
            }
        }
        Operator::Equal | Operator::NotEqual => {
            if values.len() > 1 {
                let many = if operator == Operator::Equal {
                    "=|"
                } else {
                    "!=|"
                };
                let problem = format!(
                    "{} are several: operator {operator} takes one value, for several use {many}",
                    quoted(&Value::from(std::mem::take(values)))
                );
                return Err(QueryError::new(at, problem));
            }
            one_value(at, operator, values)?;
        }
        Operator::Matches
        | Operator::NotMatches
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Less
        | Operator::LessOrEqual => {
            if values.len() > 1 {
                let problem = format!(
                    "{} are several: operator {operator} takes one value",
                    quoted(&Value::from(std::mem::take(values)))
                );
                return Err(QueryError::new(at, problem));
            }
            one_value(at, operator, values)?;
        }
    }
    Ok(())
}

fn one_value(at: &str, operator: Operator, values: &[String]) -> Result<(), QueryError> {
    if values.first().is_none_or(String::is_empty) {
        let problem = format!(
            "is empty: operator {operator} needs a value; to ask for lines with or without the field use exists or missing"
        );
        return Err(QueryError::new(at, problem));
    }
    Ok(())
}

/// Reads one search; an empty text asks for nothing (the editor's empty row).
fn search_entry(at: &str, entry: &Map<String, Value>) -> Result<Option<Search>, QueryError> {
    let key = |name: &str| format!("{at}.{name}");
    let operators = || SearchOperator::ALL.iter().map(|operator| operator.as_str());
    let operator = match text(&key("operator"), entry.get("operator"))? {
        Some(name) => SearchOperator::from_name(&name)
            .ok_or_else(|| unknown(&key("operator"), &name, operators()))?,
        None => SearchOperator::Contains,
    };
    let case_sensitive = truth(&key("caseSensitive"), entry.get("caseSensitive"))?;
    let text = text(&key("text"), entry.get("text"))?.unwrap_or_default();
    bounds::length(&key("text"), &text, LONGEST_TEXT)?;
    Ok((!text.is_empty()).then_some(Search {
        operator,
        text,
        case_sensitive,
    }))
}

/// Reads a truth; `null` is false.
pub(super) fn truth(at: &str, value: Option<&Value>) -> Result<bool, QueryError> {
    match value {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(truth)) => Ok(*truth),
        Some(other) => {
            let problem = format!("{} is not valid: use true or false", quoted(other));
            Err(QueryError::new(at, problem))
        }
    }
}

/// Reads names of fields; empty ones (the editor's empty row) and repetitions do not count.
pub(super) fn names_of(at: &str, values: &[Value]) -> Result<Vec<String>, QueryError> {
    let mut names = texts(at, values, LONGEST_NAME)?;
    let mut seen = HashSet::new();
    names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
    Ok(names)
}

/// Reads a text; `null` is missing.
pub(super) fn text(at: &str, value: Option<&Value>) -> Result<Option<String>, QueryError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(QueryError::new(
            at,
            format!("{} is not valid: expected a text", quoted(other)),
        )),
    }
}

/// Reads a list of at most so many entries; `null` is missing.
pub(super) fn list<'v>(
    at: &str,
    value: Option<&'v Value>,
    most: usize,
) -> Result<Option<&'v [Value]>, QueryError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) => {
            bounds::count(at, values.len(), most)?;
            Ok(Some(values))
        }
        Some(other) => Err(QueryError::new(
            at,
            format!("{} is not valid: expected a list", quoted(other)),
        )),
    }
}

/// Reads a list of texts; numbers and truths count as their text (a variable may hold them).
pub(super) fn texts(at: &str, values: &[Value], longest: usize) -> Result<Vec<String>, QueryError> {
    let texts = values.iter().enumerate().map(|(i, value)| match value {
        Value::String(text) => {
            bounds::length(&format!("{at}[{i}]"), text, longest)?;
            Ok(text.clone())
        }
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        other => Err(QueryError::new(
            format!("{at}[{i}]"),
            format!("{} is not valid: expected a text", quoted(other)),
        )),
    });
    texts.collect()
}

type Entry<'v> = Result<&'v Map<String, Value>, QueryError>;

/// Reads a list of objects.
fn objects<'v>(
    at: &'static str,
    value: Option<&'v Value>,
    most: usize,
) -> Result<impl Iterator<Item = Entry<'v>>, QueryError> {
    let values = list(at, value, most)?.unwrap_or_default();
    Ok(values.iter().enumerate().map(move |(i, value)| {
        value.as_object().ok_or_else(|| {
            QueryError::new(
                format!("{at}[{i}]"),
                format!("{} is not valid: expected an object", quoted(value)),
            )
        })
    }))
}

pub(super) fn unknown<'w>(
    at: &str,
    input: &str,
    valid: impl IntoIterator<Item = &'w str>,
) -> QueryError {
    let (input, valid) = (quoted(&Value::from(input)), listed(valid));
    QueryError::new(at, format!("{input} is not known: use {valid}"))
}
