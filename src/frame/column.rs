//! The value types of a column.

/// The values of a field. Only types that Grafana's host accepts exist here
/// (`data/arrow.go`: no large strings, dictionaries, lists or dates).
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Nanoseconds since the epoch, never absent.
    Time(Vec<i64>),
    /// Nanoseconds since the epoch.
    OptionalTime(Vec<Option<i64>>),
    /// Text, never absent.
    Text(Vec<String>),
    /// Text.
    OptionalText(Vec<Option<String>>),
    /// 64-bit floats.
    OptionalNumber(Vec<Option<f64>>),
    /// Booleans.
    OptionalBool(Vec<Option<bool>>),
    /// JSON text a row (Arrow Binary, which Grafana reads as raw JSON), never absent.
    Json(Vec<String>),
}

impl Column {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Time(values) => values.len(),
            Self::OptionalTime(values) => values.len(),
            Self::Text(values) | Self::Json(values) => values.len(),
            Self::OptionalText(values) => values.len(),
            Self::OptionalNumber(values) => values.len(),
            Self::OptionalBool(values) => values.len(),
        }
    }

    /// Says whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
