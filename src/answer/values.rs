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

/// What was read from a line, by slot. Kept from row to row, so that it is made once.
pub type Slots<'p> = Vec<Option<Cow<'p, str>>>;

/// The fields of one row.
#[derive(Debug)]
pub struct Values<'s, 'p> {
    reader: &'s Reader,
    row: Row<'p>,
    slots: &'s Slots<'p>,
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

    /// Returns the fields, in the order of their numbers.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Reads the line of a row into `slots`; what it held before is gone.
    pub fn read<'s, 'p>(&'s self, row: Row<'p>, slots: &'s mut Slots<'p>) -> Values<'s, 'p> {
        slots.clear();
        if !self.extractor.paths().is_empty() {
            self.extractor.read(row.entry.line, slots);
        }
        Values {
            reader: self,
            row,
            slots,
        }
    }
}

impl Values<'_, '_> {
    /// Returns the text of the field with this number; `None` where it is absent or empty.
    pub fn get(&self, number: usize) -> Option<&str> {
        let places = self.reader.places.get(number)?;
        places.iter().find_map(|place| match place {
            Place::Label(name) => self.row.label(name),
            Place::Metadata(name) => self.row.metadata(name),
            Place::Line(slot) => self.slots.get(*slot)?.as_deref(),
        })
    }

    /// Returns the texts of all fields in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.reader.fields.len()).map(|number| self.get(number))
    }
}
