//! Rows: lines with an identity and an order that are the same in every run, page and direction.

use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::loki::response::LogAnswer;
use crate::query::Direction;

/// Pairs of name and value, by name.
pub type Pairs = Vec<(String, String)>;

/// One line of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    /// The line.
    pub line: String,
    /// The stream's labels.
    pub labels: Arc<Pairs>,
    /// The entry's structured metadata.
    pub metadata: Pairs,
    /// What the query's own pipeline extracted.
    pub parsed: Pairs,
    hash: u64,
    ordinal: u32,
}

impl Row {
    /// Returns the row's id: the hash of what the row is, and its number among equals.
    pub fn id(&self) -> String {
        match self.ordinal {
            0 => format!("{:016x}", self.hash),
            ordinal => format!("{:016x}-{ordinal}", self.hash),
        }
    }

    /// Returns the value of a stream label.
    pub fn label(&self, name: &str) -> Option<&str> {
        find(&self.labels, name)
    }

    /// Returns the value of the entry's metadata. Loki renames metadata whose name the stream has as
    /// a label.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        find(&self.metadata, name).or_else(|| {
            self.label(name)?;
            find(&self.metadata, &format!("{name}_extracted"))
        })
    }
}

fn find<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    let pair = pairs.iter().find(|(key, _)| key == name);
    pair.map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}

/// Returns the lines of an answer in order: by time in the direction asked, then by id.
pub fn rows(answer: LogAnswer, direction: Direction) -> Vec<Row> {
    let mut rows = Vec::new();
    for stream in answer.streams {
        for entry in stream.entries {
            let hash = hash(&entry, &stream.labels);
            rows.push(Row {
                timestamp_ns: entry.timestamp_ns,
                line: entry.line,
                labels: Arc::clone(&stream.labels),
                metadata: entry.metadata,
                parsed: entry.parsed,
                hash,
                ordinal: 0,
            });
        }
    }
    match direction {
        Direction::Backward => {
            rows.sort_by_key(|row| (std::cmp::Reverse(row.timestamp_ns), row.hash));
        }
        Direction::Forward => {
            rows.sort_by_key(|row| (row.timestamp_ns, row.hash));
        }
    }
    let mut last = None;
    let mut ordinal = 0;
    for row in &mut rows {
        let identity = Some((row.timestamp_ns, row.hash));
        ordinal = if identity == last { ordinal + 1 } else { 0 };
        row.ordinal = ordinal;
        last = identity;
    }
    rows
}

/// Hashes what a row is: nanosecond, stream labels (without Loki's internal `__…__`), metadata
/// (without what Loki detects by itself, `detected_…`), line. Lengths keep the parts apart.
fn hash(entry: &crate::loki::response::Entry, labels: &Pairs) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&entry.timestamp_ns.to_le_bytes());
    let mut text = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    for (name, value) in labels.iter().filter(|(name, _)| !is_internal(name)) {
        text(name);
        text(value);
    }
    text("");
    let mut metadata: Vec<&(String, String)> = entry.metadata.iter().collect();
    metadata.sort();
    for (name, value) in metadata {
        if !name.starts_with("detected_") {
            text(name);
            text(value);
        }
    }
    text("");
    text(&entry.line);
    hasher.digest()
}

/// Says whether a label is Loki's own (`__stream_shard__`).
pub fn is_internal(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loki::response::{Entry, Stream};

    fn stream(labels: &[(&str, &str)], entries: &[(i64, &str)]) -> Stream {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Stream {
            labels: Arc::new(labels.iter().map(pair).collect()),
            entries: entries
                .iter()
                .map(|(timestamp_ns, line)| Entry {
                    timestamp_ns: *timestamp_ns,
                    line: (*line).to_owned(),
                    metadata: vec![("detected_level".to_owned(), (*line).to_owned())],
                    parsed: Vec::new(),
                })
                .collect(),
        }
    }

    fn answer(streams: Vec<Stream>) -> LogAnswer {
        LogAnswer {
            streams,
            ..LogAnswer::default()
        }
    }

    #[test]
    fn rows_have_one_order_and_one_id_in_both_directions() {
        let streams = || {
            answer(vec![
                stream(&[("a", "1")], &[(2, "x"), (1, "y"), (1, "z")]),
                stream(&[("a", "2")], &[(1, "y")]),
            ])
        };
        let backward = rows(streams(), Direction::Backward);
        let forward = rows(streams(), Direction::Forward);
        let times: Vec<i64> = backward.iter().map(|row| row.timestamp_ns).collect();
        assert_eq!(times, [2, 1, 1, 1]);
        let ids = |rows: &[Row]| rows.iter().map(Row::id).collect::<Vec<_>>();
        let (backward, forward) = (ids(&backward), ids(&forward));
        assert_eq!(backward[0], forward[3]);
        assert_eq!(backward[1..], forward[..3], "equal times keep one order");
    }

    #[test]
    fn loki_s_own_labels_do_not_change_an_id_and_equals_are_numbered() {
        let plain = stream(&[("a", "1")], &[(1, "x")]);
        let sharded = stream(&[("__stream_shard__", "2"), ("a", "1")], &[(1, "x")]);
        let rows = rows(answer(vec![plain, sharded]), Direction::Forward);
        assert_eq!(rows[1].id(), format!("{}-1", rows[0].id()));
    }
}
