//! A question, as the tests have it and as the query model writes it.

use ginkgo_demo::System;
use serde_json::{Value, json};

/// A filter.
#[derive(Debug, Clone)]
pub struct Filter {
    pub field: &'static str,
    pub operator: &'static str,
    pub values: Vec<String>,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Search {
    pub operator: &'static str,
    pub text: String,
    pub case_sensitive: bool,
}

/// A question.
#[derive(Debug, Clone)]
pub struct Query {
    pub query_type: &'static str,
    pub system: System,
    pub ids: Vec<String>,
    pub filters: Vec<Filter>,
    pub search: Vec<Search>,
    /// `logs` or `table`.
    pub result: &'static str,
    pub columns: Option<Vec<&'static str>>,
    pub limit: Option<usize>,
    pub forward: bool,
    /// For `logql`: text behind the selector `{job=…, corpus=…}`; only line filters that `search`
    /// says in the oracle's words.
    pub pipeline: &'static str,
    /// The range in milliseconds since the corpus' start; `None` is the whole corpus.
    pub range_ms: Option<(i64, i64)>,
}

/// The most rows where a question names no limit.
pub const MAX_LINES: usize = 1000;

impl Query {
    /// Every line of a system.
    pub fn any(system: System) -> Self {
        Self {
            query_type: "any",
            system,
            ids: Vec::new(),
            filters: Vec::new(),
            search: Vec::new(),
            result: "logs",
            columns: None,
            limit: None,
            forward: false,
            pipeline: "",
            range_ms: None,
        }
    }

    /// The lines of a query type with these ids.
    pub fn of(query_type: &'static str, system: System, ids: &[&str]) -> Self {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        Self {
            query_type,
            ids,
            ..Self::any(system)
        }
    }

    pub fn filter(mut self, field: &'static str, operator: &'static str, values: &[&str]) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        self.filters.push(Filter {
            field,
            operator,
            values,
        });
        self
    }

    pub fn search(mut self, operator: &'static str, text: &str, case_sensitive: bool) -> Self {
        let text = text.to_owned();
        self.search.push(Search {
            operator,
            text,
            case_sensitive,
        });
        self
    }

    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    pub fn forward(mut self) -> Self {
        self.forward = true;
        self
    }

    pub fn table(mut self) -> Self {
        self.result = "table";
        self
    }

    pub fn columns(mut self, columns: &[&'static str]) -> Self {
        self.columns = Some(columns.to_vec());
        self.table()
    }

    pub fn range_ms(mut self, from: i64, to: i64) -> Self {
        self.range_ms = Some((from, to));
        self
    }

    /// The role that the ids are values of.
    pub fn role(&self) -> Option<&'static str> {
        match self.query_type {
            "any" | "logql" => None,
            role => Some(role),
        }
    }

    /// Whether the question names a column that every table has itself: such a frame would have two
    /// columns of one name.
    pub fn names_a_tables_own_column(&self) -> bool {
        let filtered = self.filters.iter().map(|filter| filter.field);
        let mut named = filtered.chain(self.columns.iter().flatten().copied());
        named.any(|name| matches!(name, "time" | "line"))
    }

    /// The query model; `selector` is for `logql`.
    pub fn json(&self, selector: &str) -> Value {
        let mut model = json!({
            "queryType": self.query_type,
            "system": self.system.name(),
            "result": self.result,
            "direction": if self.forward { "forward" } else { "backward" },
        });
        if self.query_type == "logql" {
            model["expr"] = format!("{selector}{}", self.pipeline).into();
        } else {
            let filters = self.filters.iter().map(|filter| {
                json!({ "field": filter.field, "operator": filter.operator, "values": filter.values })
            });
            let search = self.search.iter().map(|search| {
                json!({
                    "operator": search.operator,
                    "text": search.text,
                    "caseSensitive": search.case_sensitive,
                })
            });
            model["filters"] = filters.collect();
            model["search"] = search.collect();
            if self.role().is_some() {
                model["ids"] = self.ids.clone().into();
            }
        }
        if let Some(columns) = &self.columns {
            model["columns"] = columns.clone().into();
        }
        if let Some(limit) = self.limit {
            model["limit"] = limit.into();
        }
        model
    }
}
