//! The answer to a log query.
//!
//! ```json
//! {"status":"success","warnings":["…"],"data":{"resultType":"streams","result":[
//!   {"stream":{"job":"ginkgo"},"values":[
//!     ["1700000000000000000","the line",{"structuredMetadata":{"k":"v"},"parsed":{"p":"v"}}]]}],
//!   "stats":{…}}}
//! ```
//! The third element of an entry is there when Loki heard `categorize-labels`; a proxy that drops
//! the header leaves two, and then `stream` holds metadata and parsed labels as well.
//!
//! The body is gone over once, and every line is decoded to where it stays. Only a body that is no
//! such answer is read again, slowly, to say what is wrong with it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::cursor::Problem;
use super::{Envelope, Pairs, Stats, answer, reading};
use crate::capacity::{Held, Lease};
use crate::loki::error::{Error, words};

const WHAT: &str = "answer to a log query";

/// Log lines by stream, with what they cost.
#[derive(Clone, Default)]
pub struct LogAnswer {
    /// What the query cost.
    pub stats: Stats,
    /// Loki's own warnings.
    pub warnings: Vec<String>,
    /// All lines, one behind the other.
    pub(super) text: String,
    pub(super) entries: Vec<Stored>,
    /// The sets of labels and metadata that lines have.
    pub(super) sets: Vec<Arc<Pairs>>,
    pub(super) held: Held,
}

/// One log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When, in nanoseconds since 1970.
    pub timestamp_ns: i64,
    /// The text.
    pub line: &'a str,
    /// The stream's labels; lines of one stream share them.
    pub labels: &'a Arc<Pairs>,
    /// Structured metadata; lines that have the same may share it.
    pub metadata: &'a Arc<Pairs>,
    /// Labels that the query's own stages made.
    pub parsed: &'a Arc<Pairs>,
}

/// A line as it is kept: its place in the text, the numbers of its sets.
#[derive(Clone)]
pub(super) struct Stored {
    pub timestamp_ns: i64,
    pub line: Range<usize>,
    pub labels: u32,
    pub metadata: u32,
    pub parsed: u32,
}

impl LogAnswer {
    /// Decodes the body of an answer to `query_range`.
    ///
    /// # Errors
    /// [`Error::NotLogs`] when the query was a metric query, [`Error::Html`] for a web page,
    /// [`Error::Answer`] for everything else that is not such an answer.
    pub fn decode(body: &[u8]) -> Result<Self, Error> {
        // Loki writes UTF-8 whatever it was given; what a proxy made of it must not cost the answer.
        let text = match std::str::from_utf8(body) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(body),
        };
        match reading::read(&text) {
            Ok(Some(answer)) => Ok(answer),
            read => Err(wrong(text.as_bytes(), read.err())),
        }
    }

    /// Returns the bytes that the answer takes.
    pub fn memory(&self) -> usize {
        let set = |set: &Arc<Pairs>| set.memory();
        let warnings = self.warnings.iter().map(String::capacity);
        self.text.capacity()
            + self.entries.capacity() * size_of::<Stored>()
            + self.sets.capacity() * size_of::<Arc<Pairs>>()
            + self.sets.iter().map(set).sum::<usize>()
            + warnings.sum::<usize>()
    }

    /// Keeps so much of a lease for as long as the answer is there.
    pub(in crate::loki) fn hold(&mut self, mut lease: Lease) {
        lease.shrink_to(self.memory());
        self.held = lease.into();
    }

    /// Returns the number of lines.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether there are no lines.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns about how many bytes the lines take between the parts of Loki, whose message size
    /// limits an answer.
    pub fn wire_bytes(&self) -> u64 {
        // A time and the lengths of the parts.
        const AROUND: usize = 24;
        let sizes = self
            .entries()
            .map(|entry| entry.line.len() + entry.metadata.bytes() + entry.parsed.bytes() + AROUND);
        sizes.sum::<usize>() as u64
    }

    /// Returns a line by its place in Loki's order: stream by stream, each in the order asked for.
    pub fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let stored = self.entries.get(index)?;
        Some(Entry {
            timestamp_ns: stored.timestamp_ns,
            line: self.text.get(stored.line.clone()).unwrap_or_default(),
            labels: self.sets.get(stored.labels as usize)?,
            metadata: self.sets.get(stored.metadata as usize)?,
            parsed: self.sets.get(stored.parsed as usize)?,
        })
    }

    /// Returns all lines in Loki's order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.len()).filter_map(|index| self.entry(index))
    }
}

impl PartialEq for LogAnswer {
    fn eq(&self, other: &Self) -> bool {
        (self.stats, &self.warnings) == (other.stats, &other.warnings)
            && self.entries().eq(other.entries())
    }
}

impl fmt::Debug for LogAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

/// Says what is wrong with a body that could not be read, or that is another answer.
fn wrong(body: &[u8], problem: Option<Problem>) -> Error {
    #[derive(Deserialize)]
    #[serde(
        rename_all = "camelCase",
        expecting = "an object with resultType and result"
    )]
    struct Data {
        result_type: String,
    }

    let envelope = match Envelope::open(WHAT, body) {
        Ok(envelope) => envelope,
        Err(error) => return error,
    };
    let data = envelope.data.map_or("null", RawValue::get);
    let data: Data = match serde_json::from_str(data) {
        Ok(data) => data,
        Err(error) => return answer(WHAT, &error.to_string(), body),
    };
    if data.result_type != "streams" {
        return Error::NotLogs {
            result_type: words::bounded(&data.result_type, words::QUOTE),
        };
    }
    let problem = problem.map(|problem| problem.to_string());
    answer(WHAT, &problem.unwrap_or_default(), body)
}
