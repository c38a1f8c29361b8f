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

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Envelope, Stats, answer};
use crate::loki::error::{Error, words};

const WHAT: &str = "answer to a log query";

/// Log lines by stream, with what they cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogAnswer {
    /// The streams in Loki's order; each one's entries are in the order asked for.
    pub streams: Vec<Stream>,
    /// What the query cost.
    pub stats: Stats,
    /// Loki's own warnings.
    pub warnings: Vec<String>,
}

/// The lines of one label set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(expecting = "an object with stream and values")]
pub struct Stream {
    /// The labels, sorted by name, each name once.
    #[serde(rename = "stream", deserialize_with = "shared_labels")]
    pub labels: Arc<Vec<(String, String)>>,
    /// The lines.
    #[serde(rename = "values")]
    pub entries: Vec<Entry>,
}

/// One log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in nanoseconds since 1970.
    pub timestamp_ns: i64,
    /// The text.
    pub line: String,
    /// Structured metadata, sorted by name.
    pub metadata: Vec<(String, String)>,
    /// Labels that the query's own stages made, sorted by name.
    pub parsed: Vec<(String, String)>,
}

impl LogAnswer {
    /// Adds the answer to another part of the same question.
    pub fn merge(&mut self, other: Self) {
        self.streams.extend(other.streams);
        self.stats.add(&other.stats);
        self.warnings.extend(other.warnings);
    }

    /// Decodes the body of an answer to `query_range`.
    ///
    /// # Errors
    /// [`Error::NotLogs`] when the query was a metric query, [`Error::Html`] for a web page,
    /// [`Error::Answer`] for everything else that is not such an answer.
    pub fn decode(body: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(
            rename_all = "camelCase",
            expecting = "an object with resultType and result"
        )]
        struct Data<'a> {
            result_type: String,
            #[serde(borrow)]
            result: Option<&'a RawValue>,
            #[serde(borrow)]
            stats: Option<&'a RawValue>,
        }

        let envelope = Envelope::open(WHAT, body)?;
        let data = envelope.data.map_or("null", RawValue::get);
        let data: Data<'_> =
            serde_json::from_str(data).map_err(|error| answer(WHAT, &error.to_string(), body))?;
        if data.result_type != "streams" {
            return Err(Error::NotLogs {
                result_type: words::bounded(&data.result_type, words::QUOTE),
            });
        }
        // `null` instead of an empty list is how Go writes a list that was never made.
        let streams: Option<Vec<Stream>> =
            serde_json::from_str(data.result.map_or("null", RawValue::get))
                .map_err(|error| answer(WHAT, &error.to_string(), body))?;
        Ok(Self {
            streams: streams.unwrap_or_default(),
            stats: data
                .stats
                .map(|stats| Stats::decode(stats.get()))
                .unwrap_or_default(),
            warnings: envelope.warnings.unwrap_or_default(),
        })
    }
}

/// Name and value pairs, sorted by name; of a name that comes twice the last counts.
#[derive(Default)]
struct Labels(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LabelsVisitor;
        impl<'de> Visitor<'de> for LabelsVisitor {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of label names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut labels: Vec<(String, String)> = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    labels.push(pair);
                }
                labels.sort_by(|a, b| a.0.cmp(&b.0));
                labels.dedup_by(|later, earlier| {
                    let same = later.0 == earlier.0;
                    if same {
                        std::mem::swap(&mut later.1, &mut earlier.1);
                    }
                    same
                });
                Ok(Labels(labels))
            }
        }
        deserializer.deserialize_map(LabelsVisitor)
    }
}

fn shared_labels<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Arc<Vec<(String, String)>>, D::Error> {
    Labels::deserialize(deserializer).map(|labels| Arc::new(labels.0))
}

/// The third element of an entry.
#[derive(Default, Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an object with structuredMetadata and parsed"
)]
struct Categories {
    structured_metadata: Option<Labels>,
    parsed: Option<Labels>,
}

/// Nanoseconds, which Loki writes as a string because JavaScript's numbers are too short.
struct Nanoseconds(i64);

impl<'de> Deserialize<'de> for Nanoseconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NanosecondsVisitor;
        impl Visitor<'_> for NanosecondsVisitor {
            type Value = Nanoseconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("nanoseconds as a string of digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Nanoseconds, E> {
                text.parse()
                    .map(Nanoseconds)
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(NanosecondsVisitor)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry: [nanoseconds, line] or [nanoseconds, line, categories]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entry, A::Error> {
                let Some(Nanoseconds(timestamp_ns)) = seq.next_element()? else {
                    return Err(de::Error::invalid_length(0, &self));
                };
                let Some(line) = seq.next_element()? else {
                    return Err(de::Error::invalid_length(1, &self));
                };
                let categories: Option<Option<Categories>> = seq.next_element()?;
                let categories = categories.flatten().unwrap_or_default();
                // A later Loki may say more.
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Entry {
                    timestamp_ns,
                    line,
                    metadata: categories.structured_metadata.unwrap_or_default().0,
                    parsed: categories.parsed.unwrap_or_default().0,
                })
            }
        }
        deserializer.deserialize_seq(EntryVisitor)
    }
}
