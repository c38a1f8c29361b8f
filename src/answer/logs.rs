//! `logs`: a frame of the contract `log-lines` 0.0 (dataplane, `docs/contract/logs.md`).

use std::collections::BTreeMap;

use super::row::is_internal;
use super::{Asked, Reader, Row, shows_parsed};
use crate::frame::{Column, Field, Frame, FrameType, Meta};
use crate::schema::Role;

/// Makes the frame: `timestamp`, `body`, `severity` (canonical), `id`, `labels` (JSON, a row's stream
/// labels, metadata and the fields that have a role).
pub fn frame(asked: &Asked<'_>, rows: &[Row]) -> Frame {
    let system = asked.system;
    let fields: Vec<_> = system
        .role_fields()
        .map(|(_, field)| field.clone())
        .collect();
    let level = fields
        .iter()
        .position(|field| field.role == Some(Role::Level));
    let reader = Reader::new(fields, system.format);
    let mut severities = Vec::with_capacity(rows.len());
    let mut labels = Vec::with_capacity(rows.len());
    let mut values = Vec::new();
    for row in rows {
        reader.read(row, &mut values);
        let raw = level.and_then(|index| values.get(index)?.as_deref());
        let severity = system.levels.canonical(raw.unwrap_or_default());
        severities.push(severity.as_str().to_owned());
        let mut pairs = own_labels(row, shows_parsed(asked.query));
        for (field, value) in reader.fields().iter().zip(&values) {
            if let Some(value) = value {
                pairs.insert(&field.name, value);
            }
        }
        labels.push(serde_json::to_string(&pairs).unwrap_or_default());
    }
    let mut meta = Meta::new(FrameType::LogLines, asked.expr);
    if !asked.search_words.is_empty() {
        let words = asked.search_words.to_vec().into();
        meta.custom.insert("searchWords".into(), words);
    }
    let times = rows.iter().map(|row| row.timestamp_ns).collect();
    let bodies = rows.iter().map(|row| row.line.clone()).collect();
    let ids = rows.iter().map(Row::id).collect();
    Frame {
        name: String::new(),
        fields: vec![
            Field::new("timestamp", Column::Time(times)),
            Field::new("body", Column::Text(bodies)),
            Field::new("severity", Column::Text(severities)),
            Field::new("id", Column::Text(ids)),
            Field::new("labels", Column::Json(labels)),
        ],
        meta,
    }
}

fn own_labels(row: &Row, with_parsed: bool) -> BTreeMap<&str, &str> {
    let stream = row.labels.iter().filter(|(name, _)| !is_internal(name));
    let parsed = row.parsed.iter().filter(|_| with_parsed);
    stream
        .chain(&row.metadata)
        .chain(parsed)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
