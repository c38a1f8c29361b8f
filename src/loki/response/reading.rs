//! The one pass over the body of an answer to a log query: serde hands over each part, and lines, labels
//! and metadata go straight to where they stay.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::logs::{LogAnswer, Stored};
use super::pairs::{Pairs, PairsOf, Sharing};
use super::stats::Stats;
use super::text::{AppendTo, Nanoseconds};

/// An answer as far as it is read.
#[derive(Default)]
pub(super) struct Reading {
    /// What is read.
    pub answer: LogAnswer,
    sharing: Sharing,
    success: bool,
    of_streams: bool,
}

impl Reading {
    /// Says whether it is the answer to a log query.
    pub fn is_answer(&self) -> bool {
        self.success && self.of_streams
    }
}

/// The whole body.
pub(super) struct Outer<'r>(pub &'r mut Reading);

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
pub(super) struct Streams<'r>(pub &'r mut Reading);

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
