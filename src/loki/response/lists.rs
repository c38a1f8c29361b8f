//! The small answers: streams, labels, fields, a formatted query, version and limits.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use super::{Envelope, answer, parse, parse_data};
use crate::loki::error::{Error, words};

/// The most characters of a version; `3.7.8-abcdef` is one.
const LONGEST_VERSION: usize = 64;

/// A field that Loki found in a sample of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectedField {
    /// Loki's name for it; a path inside JSON is joined with `_`.
    pub name: String,
    /// `string`, `int`, `float`, `boolean`, `duration` or `bytes`; kept as Loki says it.
    pub field_type: String,
    /// About how many different values the sample had.
    pub cardinality: u64,
    /// The parsers that found it, `json` or `logfmt`; none when it is structured metadata only.
    pub parsers: Vec<String>,
    /// The path inside a JSON line; empty for every other field.
    pub json_path: Vec<String>,
}

/// What a Loki allows, as far as it says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerLimits {
    /// The most lines of one query (`max_entries_limit_per_query`); [`u32::MAX`] when Loki sets no
    /// limit, `None` when it does not say.
    pub max_entries: Option<u32>,
}

/// What the index knows of streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IndexStats {
    /// How many there are.
    pub streams: u64,
    /// Their chunks.
    pub chunks: u64,
    /// Their lines.
    pub entries: u64,
    /// The bytes of their lines.
    pub bytes: u64,
}

/// Decodes the answer to `index/stats`.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body of another shape.
pub fn index_stats(body: &[u8]) -> Result<IndexStats, Error> {
    parse("statistics of the index", body)
}

/// Decodes the answer to `series`: whether there is a label set. None of them is kept.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body of another shape.
pub fn has_series(body: &[u8]) -> Result<bool, Error> {
    const WHAT: &str = "list of streams";
    let envelope = Envelope::open(WHAT, body)?;
    let sets: Sets = parse_data(WHAT, envelope.data, body)?;
    Ok(sets.any)
}

/// Whether a list has anything in it, each of which is an object of texts.
#[derive(Default)]
struct Sets {
    any: bool,
}

impl<'de> Deserialize<'de> for Sets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Sets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of label sets")
            }

            fn visit_unit<E>(self) -> Result<Sets, E> {
                Ok(Sets::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sets, A::Error> {
                let mut sets = Sets::default();
                while list
                    .next_element::<BTreeMap<Cow<'de, str>, Cow<'de, str>>>()?
                    .is_some()
                {
                    sets.any = true;
                }
                Ok(sets)
            }
        }

        deserializer.deserialize_any(List)
    }
}

/// Decodes the answer to `labels` or to `label/…/values`: the names or the values.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body of another shape.
pub fn labels(body: &[u8]) -> Result<Vec<String>, Error> {
    const WHAT: &str = "list of labels";
    let envelope = Envelope::open(WHAT, body)?;
    parse_data(WHAT, envelope.data, body)
}

/// Decodes the answer to `detected_labels`: each label with the number of its values.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body of another shape.
pub fn detected_labels(body: &[u8]) -> Result<Vec<(String, u64)>, Error> {
    #[derive(Deserialize)]
    struct Answer {
        // Without labels there is nothing, or null.
        #[serde(rename = "detectedLabels")]
        labels: Option<Vec<Label>>,
    }
    #[derive(Deserialize)]
    struct Label {
        label: String,
        #[serde(default)]
        cardinality: u64,
    }
    let decoded: Answer = parse("list of detected labels", body)?;
    let labels = decoded.labels.unwrap_or_default().into_iter();
    Ok(labels
        .map(|label| (label.label, label.cardinality))
        .collect())
}

/// Decodes the answer to `format_query`: the query as Loki writes it.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body of another shape.
pub fn format_query(body: &[u8]) -> Result<String, Error> {
    const WHAT: &str = "formatted query";
    let envelope = Envelope::open(WHAT, body)?;
    if envelope.data.is_none() {
        return Err(answer(WHAT, "no data", body));
    }
    parse_data(WHAT, envelope.data, body)
}

/// Decodes the answer to `status/buildinfo`: the version, such as `3.7.8`; empty when whoever built
/// that Loki did not set one.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body of another shape.
pub fn version(body: &[u8]) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct BuildInfo {
        version: String,
    }
    let info: BuildInfo = parse("version of loki", body)?;
    Ok(words::bounded(&info.version, LONGEST_VERSION))
}

/// Decodes the answer to `detected_fields`, in Loki's order.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body of another shape.
pub fn detected_fields(body: &[u8]) -> Result<Vec<DetectedField>, Error> {
    const WHAT: &str = "list of detected fields";

    #[derive(Deserialize)]
    struct Answer {
        // Go leaves out what is empty or zero: without fields the limit stands alone, or nothing.
        fields: Option<Vec<Field>>,
        limit: Option<u64>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Field {
        label: String,
        #[serde(default, rename = "type")]
        kind: String,
        #[serde(default)]
        cardinality: u64,
        parsers: Option<Vec<String>>,
        json_path: Option<Vec<String>>,
    }

    let decoded: Answer = parse(WHAT, body)?;
    let nothing = decoded.fields.is_none() && decoded.limit.is_none();
    if nothing && body.trim_ascii() != b"{}" {
        return Err(answer(WHAT, "neither fields nor limit", body));
    }
    let fields = decoded.fields.unwrap_or_default();
    Ok(fields
        .into_iter()
        .map(|field| DetectedField {
            name: field.label,
            field_type: field.kind,
            cardinality: field.cardinality,
            parsers: field.parsers.unwrap_or_default(),
            json_path: field.json_path.unwrap_or_default(),
        })
        .collect())
}

/// Decodes the answer to `drilldown-limits`; what is missing or of another type counts as not said.
///
/// # Errors
/// [`Error::Answer`] or [`Error::Html`] for a body that is no JSON object.
pub fn server_limits(body: &[u8]) -> Result<ServerLimits, Error> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        limits: Value,
    }
    let decoded: Answer = parse("list of loki's limits", body)?;
    let max_entries = decoded.limits.get("max_entries_limit_per_query");
    let max_entries = max_entries
        .and_then(Value::as_u64)
        .map(|limit| match limit {
            // Loki's way of saying that there is none.
            0 => u32::MAX,
            limit => u32::try_from(limit).unwrap_or(u32::MAX),
        });
    Ok(ServerLimits { max_entries })
}
