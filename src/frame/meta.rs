//! A frame's metadata, with the JSON spelling of Grafana's `FrameMeta` (`data/frame_meta.go`).

use serde::Serialize;
use serde_json::{Map, Value};

use crate::text::message;

/// The data-plane contract that a frame keeps, with its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameType {
    /// `log-lines` 0.0: one row a log line.
    LogLines,
    /// `timeseries-multi` 0.1: one frame a series, a time and a number.
    TimeSeriesMulti,
    /// `numeric-multi` 0.1: one frame a group, a number.
    NumericMulti,
    /// A table of its own columns; no contract.
    Table,
}

impl FrameType {
    /// Returns the contract's name and version; `None` for a frame without contract.
    pub fn contract(self) -> Option<(&'static str, [u8; 2])> {
        match self {
            Self::LogLines => Some(("log-lines", [0, 0])),
            Self::TimeSeriesMulti => Some(("timeseries-multi", [0, 1])),
            Self::NumericMulti => Some(("numeric-multi", [0, 1])),
            Self::Table => None,
        }
    }
}

/// How Explore draws a frame when nobody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Visualisation {
    /// The logs panel. Without it Explore draws a table.
    Logs,
    /// Lines over time.
    Graph,
    /// The table panel.
    Table,
}

/// How urgent a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The answer is not all that was asked for.
    Warning,
}

/// A sentence for the user about this answer: what was cut, late, dropped or degraded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// How urgent it is.
    pub severity: Severity,
    /// The sentence.
    pub text: String,
}

impl Notice {
    /// Makes a notice about something worth knowing.
    pub fn info(text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Info,
            text: message(&text.into()),
        }
    }

    /// Makes a notice about an answer that is not all that was asked for.
    pub fn warning(text: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            text: message(&text.into()),
        }
    }
}

/// The most notices of a frame.
const MOST_NOTICES: usize = 20;

/// One figure about what the answer cost, shown in Grafana's query inspector.
#[derive(Debug, Clone, PartialEq)]
pub struct Stat {
    /// The figure's name.
    pub name: &'static str,
    /// The figure.
    pub value: f64,
    /// Grafana's unit for it (`decbytes`, `s`, …); empty for plain counts.
    pub unit: &'static str,
}

/// What a frame is, what was run for it, what it cost and what the user must know.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// The contract that the frame keeps.
    pub frame_type: FrameType,
    /// How Explore draws it.
    pub visualisation: Visualisation,
    /// The LogQL that was sent; empty where another frame of the answer says it.
    pub executed_query: String,
    /// What it cost.
    pub stats: Vec<Stat>,
    /// What the user must know.
    pub notices: Vec<Notice>,
    /// Grafana's free part: `limit`, `searchWords`, ….
    pub custom: Map<String, Value>,
}

impl Meta {
    /// Makes the metadata of a frame of this type without costs or notices.
    pub fn new(frame_type: FrameType, executed_query: impl Into<String>) -> Self {
        Self {
            frame_type,
            visualisation: match frame_type {
                FrameType::LogLines => Visualisation::Logs,
                FrameType::TimeSeriesMulti => Visualisation::Graph,
                FrameType::NumericMulti | FrameType::Table => Visualisation::Table,
            },
            executed_query: executed_query.into(),
            stats: Vec::new(),
            notices: Vec::new(),
            custom: Map::new(),
        }
    }

    /// Keeps the first notices, where there are more than a panel can show; the last says how many are missing.
    pub fn bound_notices(&mut self) {
        let missing = self.notices.len().saturating_sub(MOST_NOTICES);
        if missing > 0 {
            self.notices.truncate(MOST_NOTICES - 1);
            let missing = missing + 1;
            self.notices.push(Notice::warning(format!(
                "{missing} more notices are left out"
            )));
        }
    }

    /// Returns Grafana's JSON of it.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        if let Some((name, version)) = self.frame_type.contract() {
            json.insert("type".into(), name.into());
            json.insert("typeVersion".into(), serde_json::json!(version));
        }
        json.insert(
            "preferredVisualisationType".into(),
            serde_json::json!(self.visualisation),
        );
        if !self.executed_query.is_empty() {
            json.insert(
                "executedQueryString".into(),
                self.executed_query.as_str().into(),
            );
        }
        if !self.stats.is_empty() {
            json.insert("stats".into(), self.stats.iter().map(stat_json).collect());
        }
        if !self.notices.is_empty() {
            json.insert(
                "notices".into(),
                self.notices.iter().map(notice_json).collect(),
            );
        }
        if !self.custom.is_empty() {
            json.insert("custom".into(), Value::Object(self.custom.clone()));
        }
        Value::Object(json)
    }
}

/// Grafana's `QueryStat` is a field config with a value (`data/frame_meta.go`).
fn stat_json(stat: &Stat) -> Value {
    let mut json = Map::new();
    json.insert("displayName".into(), stat.name.into());
    if !stat.unit.is_empty() {
        json.insert("unit".into(), stat.unit.into());
    }
    json.insert("value".into(), stat.value.into());
    Value::Object(json)
}

fn notice_json(notice: &Notice) -> Value {
    serde_json::json!({ "severity": notice.severity, "text": notice.text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_at_most_twenty_notices() {
        for (made, kept) in [(0, 0), (20, 20), (21, 20), (5000, 20)] {
            let mut meta = Meta::new(FrameType::Table, "");
            let notices = (0..made).map(|number| Notice::info(number.to_string()));
            meta.notices.extend(notices);
            meta.bound_notices();
            assert_eq!(meta.notices.len(), kept);
            if made > kept {
                let last = &meta.notices[kept - 1].text;
                assert_eq!(*last, format!("{} more notices are left out", made - 19));
            }
        }
    }
}
