//! From flags to the query model: the same JSON that Grafana sends.

use std::io::Read;

use ginkgo::ask::Scope;
use ginkgo::query::Operator;
use ginkgo::schema::{Role, System};
use ginkgo::settings::Settings;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::args::{Output, Question};

impl Question {
    /// Returns the query and its scope.
    pub fn read(&self, settings: &Settings) -> Result<(Value, Scope), Failure> {
        let scope = self.range.scope()?;
        let mut query = match (&self.query, &self.expr) {
            (Some(json), _) => model(json)?,
            (None, Some(expr)) => {
                let logql = json!({ "queryType": "logql", "expr": expr });
                logql.as_object().cloned().unwrap_or_default()
            }
            (None, None) => self.business(settings)?,
        };
        self.set_options(&mut query, settings);
        Ok((Value::Object(query), scope))
    }

    /// Builds a question from the flags: the first kind of ids is the query type, others are filters.
    fn business(&self, settings: &Settings) -> Result<Map<String, Value>, Failure> {
        let kinds = [
            ("portfolio", Role::Portfolio, &self.portfolio),
            ("strategy", Role::Strategy, &self.strategy),
            ("trace", Role::Trace, &self.trace),
            ("run", Role::Run, &self.run),
        ];
        let mut query = Map::new();
        let mut filters = Vec::new();
        let given = kinds.into_iter().filter(|(_, _, ids)| !ids.is_empty());
        for (index, (name, role, ids)) in given.enumerate() {
            if index == 0 {
                query.insert("queryType".to_owned(), json!(name));
                query.insert("ids".to_owned(), json!(ids));
                continue;
            }
            let field = self.role_field(role, settings)?;
            let values: Vec<&String> = ids.iter().filter(|id| !id.is_empty()).collect();
            let operator = if values.is_empty() { "exists" } else { "=|" };
            filters.push(json!({ "field": field, "operator": operator, "values": values }));
        }
        if !self.level.is_empty() {
            let field = self.role_field(Role::Level, settings)?;
            filters.push(json!({ "field": field, "operator": "=|", "values": self.level }));
        }
        for text in &self.filter {
            filters.push(filter(text)?);
        }
        query.insert("filters".to_owned(), json!(filters));
        let contains = |text: &String| json!({ "operator": "contains", "text": text });
        query.insert(
            "search".to_owned(),
            self.search.iter().map(contains).collect(),
        );
        Ok(query)
    }

    /// Adds the flags that go with every question, also with one that is written as JSON.
    fn set_options(&self, query: &mut Map<String, Value>, settings: &Settings) {
        let mut set = |key: &str, value: Value| {
            query.insert(key.to_owned(), value);
        };
        if let Some(system) = &self.system {
            set("system", json!(system));
        }
        if let Some(limit) = self.limit {
            set("limit", json!(limit));
        }
        if self.forward {
            set("direction", json!("forward"));
        }
        if let Some(step) = &self.step {
            set("step", json!(step));
        }
        if let Some(window) = &self.window {
            set("window", json!(window));
        }
        if !self.group_by.is_empty() {
            set("groupBy", json!(self.group_by));
        }
        if let Some(measure) = &self.measure {
            let (field, how) = measure.split_once(':').unwrap_or((measure, ""));
            set("measure", json!({ "field": field, "aggregation": how }));
        }
        if self.query.is_none() {
            set("result", json!(self.result.as_deref().unwrap_or("table")));
            set("instant", json!(self.step.is_none()));
            let for_people = self.output == Output::Table;
            if let Some(system) = self.system(settings).filter(|_| for_people) {
                set("columns", json!(self.usual_columns(system)));
            }
        }
        if let (Some(result), Some(_)) = (&self.result, &self.query) {
            set("result", json!(result));
        }
        if !self.columns.is_empty() {
            set("columns", json!(self.columns));
        }
    }

    /// A terminal is narrower than a dashboard: who, what, and what the question names.
    fn usual_columns(&self, system: &System) -> Vec<String> {
        // One id is the same on every row.
        let varies = |ids: &[String]| match ids {
            [] => false,
            [only] => only.is_empty(),
            _ => true,
        };
        let named = |role: Role| match role {
            Role::Portfolio => varies(&self.portfolio),
            Role::Strategy => varies(&self.strategy),
            Role::Trace => varies(&self.trace),
            Role::Run => varies(&self.run),
            Role::Level | Role::Service | Role::Event | Role::Message => true,
            _ => false,
        };
        let roles = system.role_fields().filter(|(role, _)| named(*role));
        let message_last = |role: Role| u8::from(role == Role::Message);
        let mut roles: Vec<(Role, String)> =
            roles.map(|(role, f)| (role, f.name.clone())).collect();
        roles.sort_by_key(|(role, _)| message_last(*role));
        let mut columns: Vec<String> = roles.into_iter().map(|(_, name)| name).collect();
        let filters = self.filter.iter().filter_map(|text| filter(text).ok());
        let fields = filters.filter_map(|filter| Some(filter.get("field")?.as_str()?.to_owned()));
        for field in fields {
            if !columns.contains(&field) {
                columns.insert(columns.len().saturating_sub(1), field);
            }
        }
        columns
    }

    /// Returns the name of the field with the message; where a system has none, no column has it, and all
    /// lines are shown.
    pub fn message_field(&self, settings: &Settings) -> Option<String> {
        let field = self.system(settings)?.role(Role::Message)?;
        Some(field.name.clone())
    }

    fn system<'s>(&self, settings: &'s Settings) -> Option<&'s System> {
        let name = self.system.as_deref().unwrap_or(&settings.default_system);
        settings.system(name)
    }

    fn role_field(&self, role: Role, settings: &Settings) -> Result<String, Failure> {
        // An unknown system is named by the answer to the question.
        let Some(system) = self.system(settings) else {
            return Ok(role.to_string());
        };
        let needed = system.needed(role);
        let field = needed.map_err(|problem| Failure::usage(format!("--{role} {problem}")))?;
        Ok(field.name.clone())
    }
}

fn model(json: &str) -> Result<Map<String, Value>, Failure> {
    let mut text = json.to_owned();
    if json == "-" {
        text.clear();
        let read = std::io::stdin().read_to_string(&mut text);
        read.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
    }
    let query: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("--query is no JSON: {error}")))?;
    match query {
        Value::Object(query) => Ok(query),
        _ => Err(Failure::usage("--query is no JSON object")),
    }
}

/// Reads `field=value`, `field>=value`, `field=|a,b`, `field exists`.
fn filter(text: &str) -> Result<Value, Failure> {
    let wrong = || {
        let operators: Vec<&str> = Operator::ALL.iter().map(|o| o.as_str()).collect();
        Failure::usage(format!(
            "--filter {text:?} is no filter: write a field, one of {}, and a value",
            operators.join(" ")
        ))
    };
    let is_sign = ['=', '!', '<', '>'];
    let unsigned = text
        .trim()
        .rsplit_once(' ')
        .filter(|_| !text.contains(is_sign));
    if let Some((field, word @ ("exists" | "missing"))) = unsigned {
        return Ok(json!({ "field": field.trim(), "operator": word }));
    }
    let start = text.find(is_sign).ok_or_else(wrong)?;
    let (field, rest) = text.split_at(start);
    // The longest operator that fits: `=|` before `=`.
    let operators = Operator::ALL.iter().map(|operator| operator.as_str());
    let operator = operators
        .filter(|operator| rest.starts_with(operator))
        .max_by_key(|operator| operator.len())
        .ok_or_else(wrong)?;
    let value = rest.strip_prefix(operator).unwrap_or_default().trim();
    let values: Vec<&str> = match operator {
        "=|" | "!=|" => value.split(',').map(str::trim).collect(),
        _ => vec![value],
    };
    Ok(json!({ "field": field.trim(), "operator": operator, "values": values }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read() {
        for (text, field, operator, values) in [
            ("symbol=BTC/USDT", "symbol", "=", json!(["BTC/USDT"])),
            ("duration_ms >= 1.5", "duration_ms", ">=", json!(["1.5"])),
            (
                "level=|error, fatal",
                "level",
                "=|",
                json!(["error", "fatal"]),
            ),
            ("a!=|x", "a", "!=|", json!(["x"])),
            ("a=~b=c", "a", "=~", json!(["b=c"])),
            ("a exists", "a", "exists", Value::Null),
            (" a  missing ", "a", "missing", Value::Null),
            (
                "message=order already exists",
                "message",
                "=",
                json!(["order already exists"]),
            ),
            (
                "message != price missing",
                "message",
                "!=",
                json!(["price missing"]),
            ),
            ("a=~.* exists", "a", "=~", json!([".* exists"])),
            (
                "a=|x exists,y missing",
                "a",
                "=|",
                json!(["x exists", "y missing"]),
            ),
        ] {
            let read = filter(text).unwrap();
            assert_eq!(read["field"], field, "{text}");
            assert_eq!(read["operator"], operator, "{text}");
            assert_eq!(read["values"], values, "{text}");
        }
        assert!(
            filter("symbol")
                .unwrap_err()
                .message
                .contains("is no filter")
        );
    }
}
