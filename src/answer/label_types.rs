//! The column `labelTypes`: for each label of a row whether it is an index label, structured metadata,
//! or was parsed from the line, as Grafana's Loki data source writes them: `I`, `S`, `P`.

use std::sync::Arc;

use super::Row;
use super::logs::push_json;
use super::row::each_beside_fields;
use super::values::Values;
use crate::loki::response::{Pairs, Recent};
use crate::schema::Source;

const LABEL: char = 'I';
const METADATA: char = 'S';
const PARSED: char = 'P';

/// Writes the types of the labels that `LabelsWriter` writes.
#[derive(Debug)]
pub struct TypesWriter {
    /// The fields that are labels of a row.
    fields: Vec<String>,
    with_parsed: bool,
    /// The last few objects: neighbours differ in values, and seldom in where these stand.
    known: Recent<Known>,
    /// The types of the row's fields.
    types: Vec<Option<char>>,
}

/// An object, and the rows that have it.
#[derive(Debug)]
struct Known {
    labels: Arc<Pairs>,
    metadata: Arc<Pairs>,
    /// [`Values::places`].
    places: Vec<u16>,
    types: Vec<Option<char>>,
    json: String,
}

impl TypesWriter {
    /// Makes a writer for rows with these fields.
    pub fn new<'n>(fields: impl Iterator<Item = &'n str>, with_parsed: bool) -> Self {
        Self {
            fields: fields.map(str::to_owned).collect(),
            with_parsed,
            known: Recent::default(),
            types: Vec::new(),
        }
    }

    /// Appends the object.
    pub fn write(&mut self, out: &mut String, row: Row<'_>, values: &Values<'_, '_>) {
        let (labels, metadata) = (row.entry.labels, row.entry.metadata);
        let none = Pairs::default();
        let parsed = if self.with_parsed {
            row.entry.parsed
        } else {
            &none
        };
        let sets = [
            (labels.as_ref(), LABEL),
            (metadata.as_ref(), METADATA),
            (parsed, PARSED),
        ];
        if parsed.is_empty() {
            let same = |known: &&Known| {
                known.places == values.places()
                    && Arc::ptr_eq(&known.labels, labels)
                    && Arc::ptr_eq(&known.metadata, metadata)
            };
            if let Some(known) = self.known.iter().find(same) {
                out.push_str(&known.json);
                return;
            }
        }
        self.types.clear();
        for (number, name) in self.fields.iter().enumerate() {
            let own = || {
                let mut sets = sets.iter().rev();
                sets.find_map(|(pairs, kind)| pairs.get(name).map(|_| *kind))
            };
            self.types.push(type_of(values, number).or_else(own));
        }
        if !parsed.is_empty() {
            out.push_str(&self.object(&sets));
            return;
        }
        let alike = |known: &Known| {
            known.types == self.types
                && have_same_names(&known.labels, labels)
                && have_same_names(&known.metadata, metadata)
        };
        if let Some(known) = self.known.iter_mut().find(|known| alike(known)) {
            out.push_str(&known.json);
            known.labels = Arc::clone(labels);
            known.metadata = Arc::clone(metadata);
            known.places = values.places().to_vec();
            return;
        }
        let json = self.object(&sets);
        out.push_str(&json);
        self.known.keep(Known {
            labels: Arc::clone(labels),
            metadata: Arc::clone(metadata),
            places: values.places().to_vec(),
            types: self.types.clone(),
            json,
        });
    }

    fn object(&self, sets: &[(&Pairs, char); 3]) -> String {
        let mut out = String::from("{");
        let mut push = |name: &str, kind: char| {
            if out.len() > 1 {
                out.push(',');
            }
            push_json(&mut out, name);
            out.push_str(":\"");
            out.push(kind);
            out.push('"');
        };
        let is_field = |name: &str| self.fields.iter().any(|field| field == name);
        each_beside_fields(sets, is_field, |name, _, kind| push(name, kind));
        for (name, kind) in self.fields.iter().zip(&self.types) {
            if let Some(kind) = kind {
                push(name, *kind);
            }
        }
        out.push('}');
        out
    }
}

/// Returns the type of the place that a field's value stands in.
fn type_of(values: &Values<'_, '_>, number: usize) -> Option<char> {
    Some(match values.source(number)? {
        Source::Label(_) => LABEL,
        Source::Metadata(_) => METADATA,
        Source::Line(_) => PARSED,
    })
}

fn have_same_names(a: &Arc<Pairs>, b: &Arc<Pairs>) -> bool {
    Arc::ptr_eq(a, b)
        || a.iter()
            .map(|(name, _)| name)
            .eq(b.iter().map(|(name, _)| name))
}
