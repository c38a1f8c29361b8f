//! A stream: its labels and its lines.

use std::sync::Arc;

use xxhash_rust::xxh64::Xxh64;

use super::segment::{Segment, Symbols};
use crate::pipeline::LabelSet;

/// About what a stream takes beside its lines: its tables, and its places in the index.
const STREAM_BYTES: u64 = 512;
/// About what a label of it takes beside its text.
const LABEL_BYTES: u64 = 128;

/// An entry that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    /// The line.
    pub line: String,
    /// Structured metadata, sorted by name.
    pub metadata: LabelSet,
}

impl NewEntry {
    /// Returns about how many bytes it takes once it is stored.
    pub fn cost(&self) -> u64 {
        let metadata = self.metadata.iter();
        let metadata: usize = metadata.map(|(n, v)| n.len() + v.len() + 16).sum();
        (self.line.len() + metadata + 32) as u64
    }
}

/// Hashes a label set as Loki does: of lines of one nanosecond those come first whose stream has the smaller
/// hash.
fn hash(labels: &LabelSet) -> u64 {
    let mut hasher = Xxh64::new(0);
    for (name, value) in labels {
        for part in [name, value] {
            hasher.update(part.as_bytes());
            hasher.update(&[0xff]);
        }
    }
    hasher.digest()
}

/// The lines of one label set. What is full is never changed again, so whoever reads holds on to segments
/// and not to the stream.
#[derive(Debug)]
pub struct Stream {
    /// The labels, sorted by name.
    pub labels: Arc<LabelSet>,
    /// Their hash.
    pub hash: u64,
    full: Vec<Arc<Segment>>,
    /// The newest time in `full`.
    full_until_ns: i64,
    /// Takes what comes.
    head: Arc<Segment>,
    /// Of `head`.
    known: Symbols,
    /// First and last line, inclusive.
    extent: Option<(i64, i64)>,
    entries: u64,
    bytes: u64,
}

impl Stream {
    /// A stream without lines.
    pub fn new(labels: Arc<LabelSet>) -> Self {
        Self {
            hash: hash(&labels),
            labels,
            full: Vec::new(),
            full_until_ns: i64::MIN,
            head: Arc::default(),
            known: Symbols::new(),
            extent: None,
            entries: 0,
            bytes: 0,
        }
    }

    /// Returns about how many bytes a stream of these labels takes without a line.
    pub fn cost(labels: &LabelSet) -> u64 {
        let text: usize = labels.iter().map(|(n, v)| n.len() + v.len()).sum();
        STREAM_BYTES + LABEL_BYTES * labels.len() as u64 + 2 * text as u64
    }

    /// Stores an entry; `false` for one that it has already.
    pub fn push(&mut self, entry: &NewEntry) -> bool {
        let time = entry.timestamp_ns;
        if self.contains(entry) {
            return false;
        }
        // Copies the segment if somebody reads it now.
        let head = Arc::make_mut(&mut self.head);
        head.insert(time, &entry.line, &entry.metadata, &mut self.known);
        if head.is_full() {
            head.shrink();
            let until = head.extent().map_or(i64::MIN, |(_, last)| last);
            self.full_until_ns = self.full_until_ns.max(until);
            self.full.push(std::mem::take(&mut self.head));
            self.known = Symbols::new();
        }
        let (first, last) = self.extent.unwrap_or((time, time));
        self.extent = Some((first.min(time), last.max(time)));
        self.entries += 1;
        let metadata = entry.metadata.iter();
        let metadata: usize = metadata.map(|(n, v)| n.len() + v.len()).sum();
        self.bytes += (entry.line.len() + metadata) as u64;
        true
    }

    /// Returns the segments with lines in `[start_ns, end_ns)`, in the order in which they were begun.
    pub fn segments(&self, start_ns: i64, end_ns: i64) -> Vec<Arc<Segment>> {
        let all = self.full.iter().chain(std::iter::once(&self.head));
        all.filter(|segment| {
            let extent = segment.extent();
            extent.is_some_and(|(first, last)| first < end_ns && start_ns <= last)
        })
        .map(Arc::clone)
        .collect()
    }

    /// Returns what an index would know of the part in `[start_ns, end_ns]`, both inclusive: lines are taken
    /// to be spread evenly.
    pub fn share(&self, start_ns: i64, end_ns: i64) -> Option<Share> {
        let (first, last) = self.extent?;
        if first > end_ns || last < start_ns {
            return None;
        }
        let length = last.abs_diff(first);
        let inside = last.min(end_ns).abs_diff(first.max(start_ns));
        let factor = if length == 0 {
            1.0
        } else {
            inside as f64 / length as f64
        };
        let part = |whole: u64| (whole as f64 * factor) as u64;
        Some(Share {
            chunks: self.full.len() as u64 + u64::from(self.head.len() > 0),
            entries: part(self.entries),
            bytes: part(self.bytes),
        })
    }

    fn contains(&self, entry: &NewEntry) -> bool {
        let time = entry.timestamp_ns;
        if self.extent.is_none_or(|(_, last)| time > last) {
            return false;
        }
        let has = |segment: &Segment| {
            let extent = segment.extent();
            extent.is_some_and(|(first, last)| first <= time && time <= last)
                && segment.contains(time, &entry.line, &entry.metadata)
        };
        let in_full = time <= self.full_until_ns && self.full.iter().any(|segment| has(segment));
        in_full || has(&self.head)
    }
}

/// A part of a stream, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Segments.
    pub chunks: u64,
    /// Lines.
    pub entries: u64,
    /// Bytes of lines and metadata.
    pub bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(timestamp_ns: i64, line: &str) -> NewEntry {
        NewEntry {
            timestamp_ns,
            line: line.to_owned(),
            metadata: Vec::new(),
        }
    }

    #[test]
    fn an_exact_repeat_is_dropped_also_behind_full_segments() {
        let mut stream = Stream::new(Arc::default());
        let long = "x".repeat(100_000);
        for time in 0..10 {
            assert!(stream.push(&entry(time, &long)));
        }
        assert!(stream.full.len() >= 2);
        for time in 0..10 {
            assert!(!stream.push(&entry(time, &long)), "{time}");
            assert!(stream.push(&entry(time, "other")), "{time}");
        }
        assert_eq!(stream.entries, 20);
    }

    #[test]
    fn who_reads_is_not_disturbed_by_who_writes() {
        let mut stream = Stream::new(Arc::default());
        stream.push(&entry(1, "a"));
        let before = stream.segments(0, 10);
        stream.push(&entry(2, "b"));
        assert_eq!(before.iter().map(|s| s.len()).sum::<usize>(), 1);
        let after = stream.segments(0, 10);
        assert_eq!(after.iter().map(|s| s.len()).sum::<usize>(), 2);
    }

    #[test]
    fn an_index_takes_lines_to_be_spread_evenly() {
        let mut stream = Stream::new(Arc::default());
        for time in [0, 100] {
            stream.push(&entry(time, "12345"));
        }
        let bytes = |start, end| stream.share(start, end).map(|share| share.bytes);
        assert_eq!(bytes(0, 100), Some(10));
        assert_eq!(bytes(50, 1000), Some(5));
        assert_eq!(bytes(101, 1000), None);
    }
}
