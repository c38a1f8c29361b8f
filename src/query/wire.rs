//! The query model as it arrives: every key optional, of any type, unknown keys ignored.

use serde::Deserialize;
use serde_json::Value;

/// A query as dashboards and alert rules store it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the keys of semantics.md, 1")]
pub struct Wire {
    pub query_type: Option<Value>,
    pub system: Option<Value>,
    pub ids: Option<Value>,
    pub filters: Option<Value>,
    pub search: Option<Value>,
    pub result: Option<Value>,
    pub columns: Option<Value>,
    pub measure: Option<Value>,
    pub group_by: Option<Value>,
    pub limit: Option<Value>,
    pub direction: Option<Value>,
    pub expr: Option<Value>,
    pub window: Option<Value>,
    pub step: Option<Value>,
    pub instant: Option<Value>,
    pub legend_format: Option<Value>,
    pub utc_offset_sec: Option<Value>,
    pub delay: Option<Value>,
    pub after: Option<Value>,
    pub before: Option<Value>,
    pub stream: Option<Value>,
    pub events: Option<Value>,
}
