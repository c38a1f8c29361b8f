//! A metric question, as the tests have it and as the query model writes it.

use serde_json::{Value, json};

use crate::query::Query;
use crate::schema::Schema;

pub const MS: i64 = 1_000_000;
pub const SECOND: i64 = 1_000_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;

/// A duration of the query model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// As it is written, and its nanoseconds.
    Fixed(&'static str, i64),
    /// `$__interval`: only where the interval is the step.
    Interval,
    Range,
    RateInterval,
    Auto,
}

impl Span {
    pub fn text(self) -> &'static str {
        match self {
            Self::Fixed(text, _) => text,
            Self::Interval => "$__interval",
            Self::Range => "${__range_ms}ms",
            Self::RateInterval => "$__rate_interval",
            Self::Auto => "${__auto}",
        }
    }
}

/// A metric question.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Which lines: query type, ids, filters, search.
    pub lines: Query,
    pub result: &'static str,
    /// The field and the aggregation.
    pub measure: Option<(&'static str, &'static str)>,
    pub group_by: Option<Vec<&'static str>>,
    pub window: Option<Span>,
    pub step: Option<Span>,
    pub instant: bool,
    pub legend: Option<&'static str>,
    pub utc_offset_s: i64,
    pub delay: Option<Span>,
    pub limit: Option<usize>,
    /// The range in nanoseconds since the epoch, whole milliseconds: Grafana sends no more.
    pub range: (i64, i64),
    pub interval_ms: i64,
    pub max_data_points: i64,
    /// Whether an alert rule asks.
    pub is_alert: bool,
}

/// What Grafana's alerting sends.
pub const ALERT: [(&str, &str); 6] = [
    ("FromAlert", "true"),
    ("X-Cache-Skip", "true"),
    ("X-Rule-Name", "Error rate"),
    ("X-Rule-Uid", "rule-uid-7"),
    ("X-Rule-Folder", "Ginkgo"),
    ("X-Rule-Type", "alerting"),
];

impl Metric {
    /// A question over a range, as a panel of 500 points and 15 s asks it.
    pub fn new(lines: Query, result: &'static str, range: (i64, i64)) -> Self {
        Self {
            lines,
            result,
            measure: None,
            group_by: None,
            window: None,
            step: None,
            instant: false,
            legend: None,
            utc_offset_s: 0,
            delay: None,
            limit: None,
            range,
            interval_ms: 15_000,
            max_data_points: 500,
            is_alert: false,
        }
    }

    pub fn by(mut self, fields: &[&'static str]) -> Self {
        self.group_by = Some(fields.to_vec());
        self
    }

    pub fn measure(mut self, field: &'static str, aggregation: &'static str) -> Self {
        self.measure = Some((field, aggregation));
        self
    }

    pub fn window(mut self, text: &'static str, ns: i64) -> Self {
        self.window = Some(Span::Fixed(text, ns));
        self
    }

    pub fn step(mut self, text: &'static str, ns: i64) -> Self {
        self.step = Some(Span::Fixed(text, ns));
        self
    }

    pub fn instant(mut self) -> Self {
        self.instant = true;
        self
    }

    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// As an alert rule asks.
    pub fn alert(mut self) -> Self {
        self.is_alert = true;
        self.interval_ms = 1000;
        self.max_data_points = 43_200;
        self
    }

    /// The ids that are asked for by name, each once.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for id in &self.lines.ids {
            if !id.is_empty() && !ids.contains(&id.as_str()) {
                ids.push(id);
            }
        }
        ids
    }

    /// The fields by which the answer is grouped.
    pub fn groups(&self, schema: &Schema) -> Vec<&'static str> {
        match &self.group_by {
            Some(fields) => fields.clone(),
            None => {
                let role = self.lines.role().filter(|_| self.ids().len() > 1);
                let field = role.and_then(|role| schema.role(role));
                field.map(|field| field.name).into_iter().collect()
            }
        }
    }

    /// The query model.
    pub fn json(&self) -> Value {
        let mut model = self.lines.json("");
        model["result"] = self.result.into();
        model["intervalMs"] = self.interval_ms.into();
        model["maxDataPoints"] = self.max_data_points.into();
        for key in ["direction", "columns"] {
            model.as_object_mut().unwrap().remove(key);
        }
        if let Some((field, aggregation)) = self.measure {
            model["measure"] = json!({ "field": field, "aggregation": aggregation });
        }
        if let Some(fields) = &self.group_by {
            model["groupBy"] = fields.clone().into();
        }
        for (key, span) in [
            ("window", self.window),
            ("step", self.step),
            ("delay", self.delay),
        ] {
            if let Some(span) = span {
                model[key] = span.text().into();
            }
        }
        if self.instant {
            model["instant"] = true.into();
        }
        if let Some(legend) = self.legend {
            model["legendFormat"] = legend.into();
        }
        if self.utc_offset_s != 0 {
            model["utcOffsetSec"] = self.utc_offset_s.into();
        }
        if let Some(limit) = self.limit {
            model["limit"] = limit.into();
        }
        model
    }
}
