//! Texts of an answer, decoded straight to where they stay.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

/// Reads a text and appends it.
pub(super) struct AppendTo<'s>(pub &'s mut String);

impl<'de> DeserializeSeed<'de> for AppendTo<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for AppendTo<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text);
        Ok(())
    }
}

/// Reads nanoseconds, which Loki writes as a string because JavaScript's numbers are too short.
pub(super) struct Nanoseconds;

impl<'de> DeserializeSeed<'de> for Nanoseconds {
    type Value = i64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<i64, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Nanoseconds {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nanoseconds as a string of digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        let wrong = |_| E::invalid_value(serde::de::Unexpected::Str(text), &self);
        text.parse().map_err(wrong)
    }
}
