//! Fields: what users name, and the places where its value may stand.

use std::fmt;

use super::Role;
use crate::line::Path;

/// A field of a system: one thing that users ask for, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What users see: `portfolio_id`.
    pub name: String,
    /// What it means across systems.
    pub role: Option<Role>,
    /// What its values are.
    pub kind: FieldType,
    /// Grafana's name of its unit (`ms`, `µs`); empty without one.
    pub unit: String,
    /// One sentence for users.
    pub description: String,
    /// Where the value may stand, in this order: the first place that is not empty has it.
    pub sources: Vec<Source>,
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Any text.
    String,
    /// A finite 64-bit float.
    Number,
    /// true or false.
    Bool,
    /// An instant.
    Time,
    /// A level word.
    Level,
    /// JSON text.
    Json,
}

impl FieldType {
    /// All types.
    pub const ALL: [Self; 6] = [
        Self::String,
        Self::Number,
        Self::Bool,
        Self::Time,
        Self::Level,
        Self::Json,
    ];

    /// Returns the type's name, as settings spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Time => "time",
            Self::Level => "level",
            Self::Json => "json",
        }
    }

    /// Returns the type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place where a field's value may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An index label of the stream.
    Label(String),
    /// Structured metadata of the entry.
    Metadata(String),
    /// A path or key inside the line.
    Line(Path),
}

impl Source {
    /// Returns `label`, `metadata` or `line`.
    pub fn place(&self) -> &'static str {
        match self {
            Self::Label(_) => "label",
            Self::Metadata(_) => "metadata",
            Self::Line(_) => "line",
        }
    }
}

impl Field {
    /// Makes the field that an unknown name stands for: a string that may be a label, metadata or in
    /// the line. A name that can be no label is in the line only.
    pub fn ad_hoc(name: &str) -> Self {
        let mut sources = Vec::new();
        if crate::logql::is_name(name) {
            sources.push(Source::Label(name.to_owned()));
            sources.push(Source::Metadata(name.to_owned()));
        }
        let paths = Path::parse_key(name).unwrap_or_default();
        sources.extend(paths.into_iter().map(Source::Line));
        Self {
            name: name.to_owned(),
            role: None,
            kind: FieldType::String,
            unit: String::new(),
            description: String::new(),
            sources,
        }
    }

    /// Returns the places of the field inside the line, in order.
    pub fn line_paths(&self) -> impl Iterator<Item = &Path> {
        self.sources.iter().filter_map(|source| match source {
            Source::Line(path) => Some(path),
            Source::Label(_) | Source::Metadata(_) => None,
        })
    }
}
