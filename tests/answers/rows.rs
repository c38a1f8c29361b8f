//! Rows, expected or answered, in one form that can be compared.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub ns: i64,
    pub line: String,
    /// `logs`: labels and severity; `table`: the cells between time and line, each as text.
    pub rest: String,
}

impl Row {
    /// A row of `logs`; what Loki detects by itself is left out.
    pub fn log(ns: i64, line: &str, severity: &str, mut labels: BTreeMap<String, String>) -> Self {
        labels.remove("detected_level");
        Self {
            ns,
            line: line.to_owned(),
            rest: json!({ "severity": severity, "labels": labels }).to_string(),
        }
    }

    /// A row of `table`.
    pub fn table(ns: i64, line: &str, cells: &[Value]) -> Self {
        Self {
            ns,
            line: line.to_owned(),
            rest: Value::from(cells).to_string(),
        }
    }

    /// Puts another value into a cell of `table`.
    pub fn set_cell(&mut self, number: usize, cell: Value) {
        let mut cells: Value = serde_json::from_str(&self.rest).expect("cells");
        cells[number] = cell;
        self.rest = cells.to_string();
    }

    /// The row in few words.
    pub fn brief(&self) -> String {
        let cut = |text: &str| text.chars().take(700).collect::<String>();
        format!(
            "{} {}\n        {}",
            self.ns,
            cut(&self.rest),
            cut(&self.line)
        )
    }
}
