//! A line as its program writes it, before a site ships it and before anything goes wrong.

use jiff::Timestamp;

use super::dice::{Dice, thinned};
use super::json::Style;

/// A value as the program has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Text; empty text is as good as none.
    Text(String),
    /// A number, as it is spelled in the line.
    Number(String),
    /// A truth value, spelled as the writer's language does.
    Bool(bool),
    /// A nested object that is one field.
    Object(Vec<(&'static str, Value)>),
    /// Null, or Python's `None`.
    Null,
}

impl Value {
    /// The value as text, `None` if there is none; objects have text only once written.
    pub(super) fn plain(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) if !text.is_empty() => Some(text.clone()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Text(_) | Self::Number(_) | Self::Object(_) | Self::Null => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.to_string())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        // The debug form keeps `.0` as Python does, which gives an exponent two digits as well.
        let text = format!("{number:?}");
        Self::Number(match text.split_once("e-") {
            Some((digits, exponent)) => format!("{digits}e-{exponent:0>2}"),
            None => text,
        })
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// A field: its name in the preset, its place in the line, its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    /// The name in the preset, or the key itself if no preset has it.
    pub(super) name: &'static str,
    /// The key, or the keys from the outside in; unused places are empty.
    pub(super) path: [&'static str; 3],
    /// The value.
    pub(super) value: Value,
}

/// A field whose key is its name.
pub(super) fn flat(name: &'static str, value: impl Into<Value>) -> Field {
    keyed(name, name, value)
}

/// A field with another key than its name.
pub(super) fn keyed(name: &'static str, key: &'static str, value: impl Into<Value>) -> Field {
    nested(name, [key, "", ""], value)
}

/// A field inside objects.
pub(super) fn nested(
    name: &'static str,
    path: [&'static str; 3],
    value: impl Into<Value>,
) -> Field {
    let value = value.into();
    Field { name, path, value }
}

/// How a program writes its lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Format {
    /// One JSON object a line.
    Json(Style),
    /// Tagged key-values with Python's `repr`.
    Tskv,
    /// A line of another writer in the system's streams: nothing of it is readable.
    Foreign(String),
}

/// A line as its program writes it.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// When it is written.
    pub(super) timestamp_ns: i64,
    /// The stream's labels at every site.
    pub(super) labels: Vec<(&'static str, String)>,
    /// Labels that a site adds only if it promotes fields to labels.
    pub(super) site_labels: Vec<(&'static str, String)>,
    /// Structured metadata at every site.
    pub(super) metadata: Vec<(&'static str, String)>,
    /// What the line says.
    pub(super) fields: Vec<Field>,
    /// How it says it.
    pub(super) format: Format,
    /// Digits of the second in the line's own time.
    pub(super) precision: usize,
    /// Whether the trace id may become a label.
    pub(super) trace_label: bool,
    /// Whether the run's id may become a label.
    pub(super) run_label: bool,
}

/// A program: something that writes lines.
pub(super) trait Program {
    /// Writes what happens next: one or more lines, in any order, none of them before `at_ns`.
    ///
    /// Called with ever later times; the lines of a call should lie within seconds.
    fn act(&mut self, dice: &mut Dice, at_ns: i64) -> Vec<Draft>;
}

/// Lets few traces become labels: at most one in two minutes, ever fewer later on.
pub(super) struct TraceLabels {
    start_ns: i64,
    last_slot: Option<u64>,
}

impl TraceLabels {
    /// Counts from the start of the range.
    pub(super) fn new(start_ns: i64) -> Self {
        let last_slot = None;
        Self {
            start_ns,
            last_slot,
        }
    }

    /// Whether a trace that begins now may become a label.
    pub(super) fn admit(&mut self, at_ns: i64) -> bool {
        let slot = at_ns.saturating_sub(self.start_ns).max(0) as u64 / 120_000_000_000;
        if self.last_slot == Some(slot) {
            return false;
        }
        self.last_slot = Some(slot);
        thinned(slot, 30)
    }
}

/// A time as RFC 3339 in UTC with this many digits of the second, cut, not rounded.
pub(super) fn rfc3339(at_ns: i64, digits: usize) -> String {
    let time = Timestamp::from_nanosecond(i128::from(at_ns)).unwrap_or(Timestamp::UNIX_EPOCH);
    let format = match digits {
        0 => "%Y-%m-%dT%H:%M:%SZ",
        3 => "%Y-%m-%dT%H:%M:%S%.3fZ",
        _ => "%Y-%m-%dT%H:%M:%S%.6fZ",
    };
    time.strftime(format).to_string()
}

/// Milliseconds in nanoseconds.
pub(super) const MS: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::{Value, rfc3339};

    #[test]
    fn floats_are_spelled_as_in_python() {
        for (number, text) in [(10.0, "10.0"), (0.25, "0.25"), (3e-5, "3e-05")] {
            assert_eq!(Value::from(number), Value::Number(text.to_owned()));
        }
    }

    #[test]
    fn times_are_cut() {
        let at = 1_700_000_000_123_456_789;
        assert_eq!(rfc3339(at, 6), "2023-11-14T22:13:20.123456Z");
        assert_eq!(rfc3339(at, 3), "2023-11-14T22:13:20.123Z");
        assert_eq!(
            rfc3339(1_700_000_000_000_000_999, 3),
            "2023-11-14T22:13:20.000Z"
        );
        assert_eq!(rfc3339(at, 0), "2023-11-14T22:13:20Z");
    }
}
