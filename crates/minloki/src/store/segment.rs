//! Lines of a stream that are kept together: one piece of text, and records that say what is where in it.
//!
//! Names and values of metadata stand in the text once a segment, however many lines have them.

use std::collections::HashMap;
use std::ops::Range;

/// The bytes of text behind which a segment takes no more lines.
const FULL_BYTES: usize = 256 << 10;
/// The lines behind which it takes no more.
const FULL_LINES: usize = 4096;

/// A piece of a segment's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    length: u32,
}

/// Where the parts of a line are.
#[derive(Debug, Clone, Copy)]
pub struct Record {
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    line: Span,
    /// Into `Segment::pairs`.
    first_pair: u32,
    pairs: u32,
}

/// Lines of one stream, sorted by time; those of one nanosecond as they were written.
#[derive(Debug, Clone, Default)]
pub struct Segment {
    text: String,
    records: Vec<Record>,
    /// Names and values of metadata, into `symbols`.
    pairs: Vec<(u32, u32)>,
    symbols: Vec<Span>,
}

/// The names and values that a segment has already, while it takes lines.
pub type Symbols = HashMap<Box<str>, u32>;

impl Segment {
    /// Returns the number of lines.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Says whether it takes no more lines.
    pub fn is_full(&self) -> bool {
        self.text.len() >= FULL_BYTES || self.records.len() >= FULL_LINES
    }

    /// Returns the times of the first and of the last line, both inclusive, in nanoseconds.
    pub fn extent(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.records.first()?, self.records.last()?);
        Some((first.timestamp_ns, last.timestamp_ns))
    }

    /// Returns the places of the lines in `[start_ns, end_ns)`.
    pub fn between(&self, start_ns: i64, end_ns: i64) -> Range<usize> {
        let before = |ns: i64| self.records.partition_point(|r| r.timestamp_ns < ns);
        let start = before(start_ns);
        start..before(end_ns).max(start)
    }

    /// Returns a line's record by its place.
    pub fn record(&self, place: usize) -> Option<&Record> {
        self.records.get(place)
    }

    /// Returns a line.
    pub fn line(&self, record: &Record) -> &str {
        self.piece(record.line)
    }

    /// Returns a line's metadata, sorted by name.
    pub fn metadata(&self, record: &Record) -> impl Iterator<Item = (&str, &str)> {
        let first = record.first_pair as usize;
        let pairs = self.pairs.get(first..first + record.pairs as usize);
        pairs
            .unwrap_or_default()
            .iter()
            .map(|(name, value)| (self.symbol(*name), self.symbol(*value)))
    }

    /// Writes a line's metadata over what `into` holds, whose allocations are used again.
    pub fn read_metadata(&self, record: &Record, into: &mut Vec<(String, String)>) {
        into.resize_with(record.pairs as usize, Default::default);
        for (pair, (name, value)) in into.iter_mut().zip(self.metadata(record)) {
            name.clone_into(&mut pair.0);
            value.clone_into(&mut pair.1);
        }
    }

    /// Says whether it has this very entry.
    pub fn contains(&self, timestamp_ns: i64, line: &str, metadata: &[(String, String)]) -> bool {
        let equal = self.between(timestamp_ns, timestamp_ns.saturating_add(1));
        let records = self.records.get(equal).unwrap_or_default();
        records.iter().any(|record| {
            self.line(record) == line
                && record.pairs as usize == metadata.len()
                && self
                    .metadata(record)
                    .eq(metadata.iter().map(|(n, v)| (n.as_str(), v.as_str())))
        })
    }

    /// Adds an entry behind those of its nanosecond. `known` belongs to this segment.
    pub fn insert(
        &mut self,
        timestamp_ns: i64,
        line: &str,
        metadata: &[(String, String)],
        known: &mut Symbols,
    ) {
        let first_pair = self.pairs.len() as u32;
        for (name, value) in metadata {
            let pair = (self.intern(name, known), self.intern(value, known));
            self.pairs.push(pair);
        }
        let record = Record {
            timestamp_ns,
            line: self.append(line),
            first_pair,
            pairs: metadata.len() as u32,
        };
        match self.records.last() {
            Some(last) if last.timestamp_ns > timestamp_ns => {
                let place = self
                    .records
                    .partition_point(|r| r.timestamp_ns <= timestamp_ns);
                self.records.insert(place, record);
            }
            _ => self.records.push(record),
        }
    }

    /// Gives back the memory that more lines would have taken.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.records.shrink_to_fit();
        self.pairs.shrink_to_fit();
        self.symbols.shrink_to_fit();
    }

    fn intern(&mut self, text: &str, known: &mut Symbols) -> u32 {
        if let Some(symbol) = known.get(text) {
            return *symbol;
        }
        let symbol = self.symbols.len() as u32;
        let span = self.append(text);
        self.symbols.push(span);
        known.insert(text.into(), symbol);
        symbol
    }

    fn append(&mut self, text: &str) -> Span {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        Span {
            start,
            length: text.len() as u32,
        }
    }

    fn symbol(&self, symbol: u32) -> &str {
        let span = self.symbols.get(symbol as usize);
        span.map_or("", |span| self.piece(*span))
    }

    fn piece(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.text
            .get(start..start + span.length as usize)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn lines(segment: &Segment) -> Vec<(i64, &str)> {
        segment
            .records
            .iter()
            .map(|record| (record.timestamp_ns, segment.line(record)))
            .collect()
    }

    #[test]
    fn lines_are_sorted_by_time_and_else_as_written() {
        let (mut segment, mut known) = (Segment::default(), Symbols::new());
        for (time, line) in [(5, "a"), (3, "b"), (5, "c"), (4, "d"), (3, "e")] {
            segment.insert(time, line, &[], &mut known);
        }
        let expected = [(3, "b"), (3, "e"), (4, "d"), (5, "a"), (5, "c")];
        assert_eq!(lines(&segment), expected);
        assert_eq!(segment.extent(), Some((3, 5)));
        assert_eq!(segment.between(4, 5), 2..3);
        assert_eq!(segment.between(6, 2), 5..5);
    }

    #[test]
    fn metadata_comes_back_and_is_part_of_an_entry() {
        let (mut segment, mut known) = (Segment::default(), Symbols::new());
        let (one, two) = (pairs(&[("a", "1"), ("b", "1")]), pairs(&[("a", "2")]));
        segment.insert(1, "x", &one, &mut known);
        segment.insert(1, "x", &two, &mut known);
        let mut read = pairs(&[("old", "old"), ("old", "old"), ("old", "old")]);
        segment.read_metadata(&segment.records[0].clone(), &mut read);
        assert_eq!(read, one);
        segment.read_metadata(&segment.records[1].clone(), &mut read);
        assert_eq!(read, two);
        assert!(segment.contains(1, "x", &one) && segment.contains(1, "x", &two));
        assert!(!segment.contains(1, "x", &[]) && !segment.contains(2, "x", &one));
        assert!(!segment.contains(1, "x", &pairs(&[("a", "1")])));
    }

    #[test]
    fn a_value_is_kept_once() {
        let (mut segment, mut known) = (Segment::default(), Symbols::new());
        let metadata = pairs(&[("trace_id", "0123456789")]);
        for time in 0..100 {
            segment.insert(time, "", &metadata, &mut known);
        }
        assert_eq!(segment.text, "trace_id0123456789");
    }
}
