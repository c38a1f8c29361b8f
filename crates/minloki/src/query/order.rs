//! The order of answered lines, and which of them are one.
//!
//! By time in the direction asked for. Lines of one nanosecond come by their stream (the hash of its labels),
//! then **by their labels**, metadata and parsed ones included, both in either direction alike; only then as
//! written, backward in reverse. So what a stream wrote within a nanosecond comes in another order when its
//! metadata differ.
//!
//! Lines of one stream, nanosecond and label set whose text is equal are **one line**, also when a stage made
//! them equal. Lines of different streams never are.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Direction;
use crate::pipeline::{CategorizedLabels, LabelSet};
use crate::store::label_text;

/// A line of an answer.
#[derive(Debug, Clone)]
pub struct Row {
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    /// The text.
    pub line: Box<str>,
    /// Its labels.
    pub labels: CategorizedLabels,
    /// Its stream's place among those selected.
    pub stream: usize,
    /// Segment and place in it: among lines of one nanosecond of a stream the order of writing.
    pub written: (usize, usize),
}

/// Lines in order, at most as many as a limit.
#[derive(Debug)]
pub struct Rows {
    direction: Direction,
    limit: usize,
    kept: Vec<Keyed>,
    keys: HashMap<LabelSet, Arc<str>>,
}

#[derive(Debug)]
struct Keyed {
    /// All labels as text.
    key: Arc<str>,
    row: Row,
}

impl Rows {
    /// No lines yet.
    pub fn new(direction: Direction, limit: usize) -> Self {
        Self {
            direction,
            limit,
            kept: Vec::new(),
            keys: HashMap::new(),
        }
    }

    /// Adds lines in any order.
    pub fn add(&mut self, rows: Vec<Row>) {
        for row in rows {
            let labels = row.labels.merged();
            let key = match self.keys.get(&labels) {
                Some(key) => Arc::clone(key),
                None => {
                    let key: Arc<str> = label_text(&labels).into();
                    self.keys.insert(labels, Arc::clone(&key));
                    key
                }
            };
            self.kept.push(Keyed { key, row });
        }
    }

    /// Brings the lines into order, drops repeats and what the limit cuts.
    pub fn settle(&mut self) {
        let direction = self.direction;
        self.kept.sort_by(|a, b| compare(a, b, direction));
        let mut seen: HashSet<(usize, Arc<str>, Box<str>)> = HashSet::new();
        let mut time = None;
        self.kept.retain(|keyed| {
            if time != Some(keyed.row.timestamp_ns) {
                time = Some(keyed.row.timestamp_ns);
                seen.clear();
            }
            let row = &keyed.row;
            seen.insert((row.stream, Arc::clone(&keyed.key), row.line.clone()))
        });
        self.kept.truncate(self.limit);
    }

    /// The time of the last line, once there are as many as the limit allows: what comes behind it does not
    /// count. Needs [`Self::settle`] before.
    pub fn cut(&self) -> Option<i64> {
        let last = self.limit.checked_sub(1)?;
        self.kept.get(last).map(|keyed| keyed.row.timestamp_ns)
    }

    /// Returns the lines, in order.
    pub fn into_vec(self) -> Vec<Row> {
        self.kept.into_iter().map(|keyed| keyed.row).collect()
    }
}

fn compare(a: &Keyed, b: &Keyed, direction: Direction) -> Ordering {
    let forward = |ordering: Ordering| match direction {
        Direction::Forward => ordering,
        Direction::Backward => ordering.reverse(),
    };
    forward(a.row.timestamp_ns.cmp(&b.row.timestamp_ns))
        .then_with(|| a.row.stream.cmp(&b.row.stream))
        .then_with(|| a.key.cmp(&b.key))
        .then_with(|| forward(a.row.written.cmp(&b.row.written)))
}
