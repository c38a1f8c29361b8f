//! Grafana's data frame, as a value: named, typed columns with metadata.
//!
//! A frame is what every answer ends as. [`ipc`] writes it in the Arrow form that Grafana's Go SDK
//! reads (`data/arrow.go` there); the command line prints the same value as a table. The model holds
//! exactly what Ginkgo emits, so a frame that Grafana cannot read cannot be built.

mod column;
pub mod ipc;
mod meta;

pub use column::{Column, OptionalTexts, Texts};
pub use meta::{FrameType, Meta, Notice, Severity, Stat, Visualisation};

use serde_json::{Map, Value};

/// A table of columns of equal length with metadata; the unit of every answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The frame's name; empty where it has none.
    pub name: String,
    /// The columns, all of one length.
    pub fields: Vec<Field>,
    /// What the frame is, what it cost and what the user must know.
    pub meta: Meta,
}

impl Frame {
    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.fields.first().map_or(0, |field| field.column.len())
    }

    /// Returns the bytes that the columns take.
    pub fn memory(&self) -> usize {
        self.fields.iter().map(|field| field.column.memory()).sum()
    }

    /// Returns the field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// One named column of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The column's name, by which Grafana's readers find it.
    pub name: String,
    /// The values.
    pub column: Column,
    /// Grafana's display options of the field (`unit`, `displayNameFromDS`, …).
    pub config: Map<String, Value>,
    /// Names and values that tell the numbers of one frame from those of another.
    pub labels: Vec<(String, String)>,
}

impl Field {
    /// Makes a field without display options.
    pub fn new(name: impl Into<String>, column: Column) -> Self {
        Self {
            name: name.into(),
            column,
            config: Map::new(),
            labels: Vec::new(),
        }
    }

    /// Sets the unit by Grafana's name for it (`ms`, `µs`, `percentunit`, …).
    #[must_use]
    pub fn with_unit(mut self, unit: &str) -> Self {
        self.config.insert("unit".to_owned(), unit.into());
        self
    }

    /// Sets the description that Grafana shows beside the column's name.
    #[must_use]
    pub fn with_description(mut self, description: &str) -> Self {
        self.config
            .insert("description".to_owned(), description.into());
        self
    }
}
