//! Reading the fields of a row, each from the first of its places that is not empty.

use std::borrow::Cow;

use super::Row;
use crate::line::{Extractor, Format};
use crate::schema::{Field, Source};

/// Reads a fixed list of fields from rows; the line is read once for all of them.
#[derive(Debug)]
pub struct Reader {
    fields: Vec<Field>,
    places: Vec<Vec<Place>>,
    extractor: Extractor,
}

/// One place of a field: a name, or a slot of the extractor.
#[derive(Debug)]
enum Place {
    Label(String),
    Metadata(String),
    Line(usize),
}

impl Reader {
    /// Makes a reader of these fields for lines of this format.
    pub fn new(fields: Vec<Field>, format: Format) -> Self {
        let mut paths = Vec::new();
        let places = fields.iter().map(|field| {
            let place = |source: &Source| match source {
                Source::Label(name) => Place::Label(name.clone()),
                Source::Metadata(name) => Place::Metadata(name.clone()),
                Source::Line(path) => {
                    let known = paths.iter().position(|known| known == path);
                    Place::Line(known.unwrap_or_else(|| {
                        paths.push(path.clone());
                        paths.len() - 1
                    }))
                }
            };
            field.sources.iter().map(place).collect()
        });
        let places = places.collect();
        Self {
            fields,
            places,
            extractor: Extractor::new(format, paths),
        }
    }

    /// Returns the fields, in the order of the values.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Fills `values` with the text of every field; `None` where it is absent or empty.
    pub fn read<'r>(&self, row: &'r Row, values: &mut Vec<Option<Cow<'r, str>>>) {
        let mut slots = Vec::new();
        if !self.extractor.paths().is_empty() {
            self.extractor.read(&row.line, &mut slots);
        }
        let value = |place: &Place| match place {
            Place::Label(name) => row.label(name).map(Cow::Borrowed),
            Place::Metadata(name) => row.metadata(name).map(Cow::Borrowed),
            Place::Line(slot) => slots.get(*slot).cloned().flatten(),
        };
        values.clear();
        values.extend(
            self.places
                .iter()
                .map(|places| places.iter().find_map(value)),
        );
    }
}
