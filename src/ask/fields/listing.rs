//! Fields put together from what is known of each.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Said;
use crate::answer::is_internal;
use crate::ask::sample::Look;
use crate::loki::DetectedField;
use crate::query::bounds::LONGEST_NAME;
use crate::schema::{Field, FieldType, Role, Source, System};

/// The most names that are taken of the newest lines' labels and metadata.
const MOST_NAMES: usize = 1000;

/// All fields that somebody saw, the schema's first.
pub struct Listing<'l> {
    system: &'l System,
    look: &'l Look<'l>,
    pub entries: Vec<Entry>,
}

/// One field.
#[derive(Debug)]
pub struct Entry {
    field: Field,
    in_schema: bool,
    found: BTreeSet<&'static str>,
    example: Option<String>,
    cardinality: Option<u64>,
}

/// A place that has values.
#[derive(Debug, Clone, Copy)]
enum Place<'p> {
    Label(&'p str),
    Metadata(&'p str),
    Line(&'p [String]),
}

impl<'l> Listing<'l> {
    /// Lists what the witnesses saw.
    pub fn new(system: &'l System, look: &'l Look<'l>, said: &Said) -> Self {
        let of_schema = system.fields.iter().map(|field| {
            let found = look.find(field);
            Entry {
                field: found.field,
                in_schema: true,
                found: found.places.into_iter().collect(),
                example: found.example,
                cardinality: None,
            }
        });
        let mut listing = Self {
            system,
            look,
            entries: of_schema.collect(),
        };
        let (labels, metadata) = look.names();
        for (name, values) in &said.labels {
            listing.saw(Place::Label(name), FieldType::String, *values);
        }
        for name in labels.into_iter().take(MOST_NAMES) {
            listing.saw(Place::Label(name), FieldType::String, None);
        }
        for detected in &said.detected {
            listing.detected(detected, said);
        }
        for name in metadata.into_iter().take(MOST_NAMES) {
            listing.saw(Place::Metadata(name), FieldType::String, None);
        }
        let known = listing.entries.partition_point(|entry| entry.in_schema);
        if let Some(others) = listing.entries.get_mut(known..) {
            others.sort_by(|a, b| a.field.name.cmp(&b.field.name));
        }
        listing
    }

    /// Takes in what Loki detected.
    fn detected(&mut self, detected: &DetectedField, said: &Said) {
        let kind = match detected.field_type.as_str() {
            "int" | "float" => FieldType::Number,
            "boolean" => FieldType::Bool,
            _ => FieldType::String,
        };
        let values = Some(detected.cardinality);
        if detected.parsers.is_empty() {
            // Metadata named like a label of the stream is renamed.
            let base = detected.name.strip_suffix("_extracted");
            let base = base.filter(|base| said.labels.contains_key(*base));
            let name = base.unwrap_or(&detected.name);
            self.saw(Place::Metadata(name), kind, values);
            return;
        }
        let name = [detected.name.clone()];
        let by_logfmt = detected.parsers.iter().any(|parser| parser == "logfmt");
        match self.system.format.as_str() {
            "json" if !detected.json_path.is_empty() => {
                self.saw(Place::Line(&detected.json_path), kind, values);
            }
            "logfmt" if by_logfmt => self.saw(Place::Line(&name), kind, values),
            // Loki reads such lines as logfmt, which splits quoted text: what Ginkgo reads is there.
            "tskv" if by_logfmt && self.is_read(&name) => {
                self.saw(Place::Line(&name), FieldType::String, values);
            }
            _ => {}
        }
    }

    /// Says whether the newest lines have the key.
    fn is_read(&self, path: &[String]) -> bool {
        let field = name_of(Place::Line(path)).map(|name| Field::ad_hoc(&name));
        field.is_some_and(|field| self.look.find(&field).places.contains(&"line"))
    }

    fn saw(&mut self, place: Place<'_>, kind: FieldType, values: Option<u64>) {
        let mut known = self
            .entries
            .iter_mut()
            .filter(|entry| place.is_of(&entry.field));
        let mut is_known = false;
        for entry in known.by_ref() {
            is_known = true;
            entry.found.insert(place.name());
            entry.cardinality = entry.cardinality.max(values);
            if !entry.in_schema && entry.field.kind == FieldType::String {
                entry.field.kind = kind;
            }
        }
        if is_known {
            return;
        }
        // A name of the schema means the schema's field, wherever that stands.
        let is_free = |name: &String| !self.entries.iter().any(|entry| entry.field.name == *name);
        let Some(name) = name_of(place).filter(is_free) else {
            return;
        };
        let mut field = Field::ad_hoc(&name);
        let seen = self.look.find(&field);
        field.kind = kind;
        let mut found: BTreeSet<&'static str> = seen.places.into_iter().collect();
        found.insert(place.name());
        self.entries.push(Entry {
            field,
            in_schema: false,
            found,
            example: seen.example,
            cardinality: values,
        });
    }
}

impl Place<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::Label(_) => "label",
            Self::Metadata(_) => "metadata",
            Self::Line(_) => "line",
        }
    }

    fn is_of(self, field: &Field) -> bool {
        field.sources.iter().any(|source| match (self, source) {
            (Self::Label(name), Source::Label(known)) => name == known,
            (Self::Metadata(name), Source::Metadata(known)) => name == known,
            (Self::Line(path), Source::Line(known)) => path == known.0,
            _ => false,
        })
    }
}

/// Returns the name by which a place outside the schema can be asked for, if there is one.
fn name_of(place: Place<'_>) -> Option<String> {
    let names = match place {
        Place::Label(name) | Place::Metadata(name) => vec![name.to_owned()],
        Place::Line(path) => vec![path.join("."), json!(path).to_string()],
    };
    let mut names = names.into_iter();
    names.find(|name| {
        !is_internal(name) && name.len() <= LONGEST_NAME && place.is_of(&Field::ad_hoc(name))
    })
}

impl Entry {
    /// Returns the entry of the answer.
    pub fn described(&self) -> Value {
        let field = &self.field;
        let mut sources: Vec<&str> = field.sources.iter().map(Source::place).collect();
        sources.dedup();
        // In the order in which streams, entries and lines are looked at.
        let places = ["label", "metadata", "line"];
        let found = places
            .into_iter()
            .filter(|place| self.found.contains(place));
        json!({
            "name": field.name,
            "role": field.role.map(Role::as_str),
            "type": field.kind.as_str(),
            "unit": field.unit,
            "description": field.description,
            "sources": sources,
            "found": found.collect::<Vec<_>>(),
            "example": self.example,
            "inSchema": self.in_schema,
            "cardinality": self.cardinality,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &[&str]) -> Option<String> {
        let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        name_of(Place::Line(&path))
    }

    #[test]
    fn every_place_has_a_name_that_finds_it() {
        for (path, name) in [
            (&["a"][..], Some("a")),
            (&["a", "b"], Some("a.b")),
            (&["a.b"], Some("a.b")),
            (&["a.b", "c"], Some("[\"a.b\",\"c\"]")),
            (&["[x"], Some("[\"[x\"]")),
            (&["a.."], Some("[\"a..\"]")),
            (&["a", ""], None),
        ] {
            assert_eq!(named(path).as_deref(), name, "{path:?}");
        }
        assert_eq!(named(&["x".repeat(300).as_str()]), None);
        assert_eq!(name_of(Place::Label("pod")).as_deref(), Some("pod"));
        assert_eq!(name_of(Place::Label("__stream_shard__")), None);
        assert_eq!(
            name_of(Place::Metadata("a-b")),
            None,
            "nothing could ask for it"
        );
    }
}
