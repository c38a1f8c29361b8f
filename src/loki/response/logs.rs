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
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::pairs::{PairsOf, Sharing};
use super::text::{AppendTo, Nanoseconds};
use super::{Envelope, Pairs, Stats, answer};
use crate::loki::error::{Error, words};

const WHAT: &str = "answer to a log query";

/// Log lines by stream, with what they cost.
#[derive(Clone, Default, PartialEq)]
pub struct LogAnswer {
    /// What the query cost.
    pub stats: Stats,
    /// Loki's own warnings.
    pub warnings: Vec<String>,
    /// All lines, one behind the other.
    text: String,
    entries: Vec<Stored>,
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

#[derive(Clone, PartialEq)]
struct Stored {
    timestamp_ns: i64,
    line: Range<usize>,
    labels: Arc<Pairs>,
    metadata: Arc<Pairs>,
    parsed: Arc<Pairs>,
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
        let mut reading = Reading::default();
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        let outer = deserializer.deserialize_map(Outer(&mut reading));
        match outer.and_then(|()| deserializer.end()) {
            Ok(()) if reading.is_answer() => Ok(reading.answer),
            read => Err(wrong(text.as_bytes(), read)),
        }
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
        let sizes = self.entries.iter().map(|stored| {
            stored.line.len() + stored.metadata.bytes() + stored.parsed.bytes() + AROUND
        });
        sizes.sum::<usize>() as u64
    }

    /// Returns a line by its place in Loki's order: stream by stream, each in the order asked for.
    pub fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let stored = self.entries.get(index)?;
        Some(Entry {
            timestamp_ns: stored.timestamp_ns,
            line: self.text.get(stored.line.clone()).unwrap_or_default(),
            labels: &stored.labels,
            metadata: &stored.metadata,
            parsed: &stored.parsed,
        })
    }

    /// Returns all lines in Loki's order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.len()).filter_map(|index| self.entry(index))
    }
}

impl fmt::Debug for LogAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}

/// Says what is wrong with a body that could not be read, or that is another answer.
fn wrong(body: &[u8], read: Result<(), serde_json::Error>) -> Error {
    #[derive(Deserialize)]
    #[serde(
        rename_all = "camelCase",
        expecting = "an object with resultType and result"
    )]
    struct Data<'a> {
        result_type: String,
        #[serde(borrow)]
        result: Option<&'a RawValue>,
    }

    let envelope = match Envelope::open(WHAT, body) {
        Ok(envelope) => envelope,
        Err(error) => return error,
    };
    let data = envelope.data.map_or("null", RawValue::get);
    let data: Data<'_> = match serde_json::from_str(data) {
        Ok(data) => data,
        Err(error) => return answer(WHAT, &error.to_string(), body),
    };
    if data.result_type != "streams" {
        return Error::NotLogs {
            result_type: words::bounded(&data.result_type, words::QUOTE),
        };
    }
    let mut reading = Reading::default();
    let result = data.result.map_or("null", RawValue::get);
    let mut deserializer = serde_json::Deserializer::from_str(result);
    let problem = Streams(&mut reading).deserialize(&mut deserializer).err();
    let problem = problem.or(read.err()).map(|error| error.to_string());
    answer(WHAT, &problem.unwrap_or_default(), body)
}

/// An answer as far as it is read.
#[derive(Default)]
struct Reading {
    answer: LogAnswer,
    sharing: Sharing,
    success: bool,
    of_streams: bool,
}

impl Reading {
    fn is_answer(&self) -> bool {
        self.success && self.of_streams
    }
}

/// The whole body.
struct Outer<'r>(&'r mut Reading);

impl<'de> Visitor<'de> for Outer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Status => self.0.success = map.next_value::<String>()? == "success",
                Key::Data => map.next_value_seed(Data(self.0))?,
                Key::Warnings => {
                    let warnings: Option<Vec<String>> = map.next_value()?;
                    self.0.answer.warnings = warnings.unwrap_or_default();
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The keys of an answer that matter, at any depth.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Status,
    Data,
    Warnings,
    ResultType,
    Result,
    Stats,
    Stream,
    Values,
    StructuredMetadata,
    Parsed,
    #[serde(other)]
    Other,
}

/// What is inside `data`.
struct Data<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for Data<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Data<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with resultType and result")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::ResultType => self.0.of_streams = map.next_value::<String>()? == "streams",
                Key::Result => map.next_value_seed(Streams(self.0))?,
                Key::Stats => {
                    let stats: Box<RawValue> = map.next_value()?;
                    self.0.answer.stats = Stats::decode(stats.get());
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The list of streams; `null` is how Go writes a list that was never made.
struct Streams<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for Streams<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Streams<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of streams")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(OneStream(self.0))?.is_some() {}
        Ok(())
    }
}

/// One stream.
struct OneStream<'r>(&'r mut Reading);

impl<'de> DeserializeSeed<'de> for OneStream<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneStream<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with stream and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reading = self.0;
        let first = reading.answer.entries.len();
        let mut labels = None;
        let mut values = None;
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Stream => labels = Some(map.next_value_seed(PairsOf(&mut reading.sharing))?),
                Key::Values => {
                    // The labels come first; where they do not, the entries get them at the end.
                    let labels = labels.clone().unwrap_or_else(|| reading.sharing.none());
                    values = Some(map.next_value_seed(Entries { reading, labels })?);
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let labels = labels.ok_or_else(|| de::Error::missing_field("stream"))?;
        values.ok_or_else(|| de::Error::missing_field("values"))?;
        for entry in reading.answer.entries.iter_mut().skip(first) {
            if !Arc::ptr_eq(&entry.labels, &labels) {
                entry.labels = Arc::clone(&labels);
            }
        }
        Ok(())
    }
}

/// The entries of one stream.
struct Entries<'r> {
    reading: &'r mut Reading,
    labels: Arc<Pairs>,
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(OneEntry(&mut self))?.is_some() {}
        Ok(())
    }
}

/// One entry.
struct OneEntry<'e, 'r>(&'e mut Entries<'r>);

impl<'de> DeserializeSeed<'de> for OneEntry<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OneEntry<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry: [nanoseconds, line] or [nanoseconds, line, categories]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Reading {
            answer, sharing, ..
        } = &mut *self.0.reading;
        let Some(timestamp_ns) = seq.next_element_seed(Nanoseconds)? else {
            return Err(de::Error::invalid_length(0, &"a time and a line"));
        };
        let start = answer.text.len();
        if seq.next_element_seed(AppendTo(&mut answer.text))?.is_none() {
            return Err(de::Error::invalid_length(1, &"a time and a line"));
        }
        let mut stored = Stored {
            timestamp_ns,
            line: start..answer.text.len(),
            labels: Arc::clone(&self.0.labels),
            metadata: sharing.none(),
            parsed: sharing.none(),
        };
        let entry = &mut stored;
        seq.next_element_seed(Categories { sharing, entry })?;
        // A later Loki may say more.
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        answer.entries.push(stored);
        Ok(())
    }
}

/// The third element of an entry.
struct Categories<'e> {
    sharing: &'e mut Sharing,
    entry: &'e mut Stored,
}

impl<'de> DeserializeSeed<'de> for Categories<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Categories<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with structuredMetadata and parsed")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { sharing, entry } = self;
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::StructuredMetadata => {
                    entry.metadata = map.next_value_seed(PairsOf(sharing))?;
                }
                Key::Parsed => entry.parsed = map.next_value_seed(PairsOf(sharing))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
