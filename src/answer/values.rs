//! Reading the fields of a row, each from the first of its places that is not empty.

use std::borrow::Cow;

use super::Row;
use crate::line::{Extractor, Format};
use crate::loki::response::{Pairs, Recent};
use crate::schema::{Field, Source};

/// Reads a fixed list of fields from rows; the line is read once for all of them.
#[derive(Debug)]
pub struct Reader {
    fields: Vec<Field>,
    places: Vec<Vec<Place>>,
    /// The places that are no line.
    around: Vec<Around>,
    extractor: Extractor,
}

/// One place of a field.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The number of a label or metadata.
    Around(usize),
    /// The number of a path of the extractor.
    Line(usize),
}

/// A name beside the line.
#[derive(Debug, PartialEq)]
enum Around {
    Label(String),
    Metadata(String),
}

/// What was read of a row. Kept from row to row: rows that share labels and metadata share what is
/// read of them.
#[derive(Debug, Default)]
pub struct Slots<'p> {
    line: Vec<Option<Cow<'p, str>>>,
    /// For each field the number of its place that has it, or [`NOWHERE`].
    found: Vec<u16>,
    /// The last few labels and metadata, in turns.
    beside: Recent<Beside<'p>>,
    /// Those of the row.
    current: usize,
}

/// What stands beside lines that share labels and metadata.
#[derive(Debug)]
struct Beside<'p> {
    labels: &'p Pairs,
    metadata: &'p Pairs,
    texts: Vec<Option<&'p str>>,
}

/// Stands for a field that a row does not have. No field has that many places.
const NOWHERE: u16 = u16::MAX;

impl Slots<'_> {
    /// Makes room for the values of rows.
    pub fn new() -> Self {
        Self::default()
    }
}

/// The fields of one row.
#[derive(Debug)]
pub struct Values<'s, 'p> {
    reader: &'s Reader,
    slots: &'s Slots<'p>,
}

impl Reader {
    /// Makes a reader of these fields for lines of this format.
    pub fn new(fields: Vec<Field>, format: Format) -> Self {
        let mut paths = Vec::new();
        let mut around = Vec::new();
        let places = fields.iter().map(|field| {
            let place = |source: &Source| match source {
                Source::Label(name) => {
                    Place::Around(number_of(&mut around, Around::Label(name.clone())))
                }
                Source::Metadata(name) => {
                    Place::Around(number_of(&mut around, Around::Metadata(name.clone())))
                }
                Source::Line(path) => Place::Line(number_of(&mut paths, path.clone())),
            };
            field.sources.iter().map(place).collect()
        });
        let places = places.collect();
        Self {
            fields,
            places,
            around,
            extractor: Extractor::new(format, paths),
        }
    }

    /// Returns the fields, in the order of their numbers.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Reads a row; `slots` are those of this reader's rows before.
    pub fn read<'s, 'p>(&'s self, row: Row<'p>, slots: &'s mut Slots<'p>) -> Values<'s, 'p> {
        self.read_beside(row, slots);
        slots.line.clear();
        if !self.extractor.paths().is_empty() {
            self.extractor.read(row.entry.line, &mut slots.line);
        }
        let mut found = std::mem::take(&mut slots.found);
        found.clear();
        found.extend(self.places.iter().map(|places| {
            let first = places.iter().position(|place| slots.at(*place).is_some());
            first.map_or(NOWHERE, |first| first as u16)
        }));
        slots.found = found;
        Values {
            reader: self,
            slots,
        }
    }
}

impl Slots<'_> {
    fn at(&self, place: Place) -> Option<&str> {
        match place {
            Place::Around(number) => *self.beside.get(self.current)?.texts.get(number)?,
            Place::Line(number) => self.line.get(number)?.as_deref(),
        }
    }
}

impl Reader {
    /// Reads what stands beside the line of a row.
    fn read_beside<'p>(&self, row: Row<'p>, slots: &mut Slots<'p>) {
        let (labels, metadata) = (&**row.entry.labels, &**row.entry.metadata);
        let same = |beside: &Beside<'_>| {
            std::ptr::eq(beside.labels, labels) && std::ptr::eq(beside.metadata, metadata)
        };
        if slots.beside.get(slots.current).is_some_and(same) {
            return;
        }
        if let Some(known) = slots.beside.iter().position(same) {
            slots.current = known;
            return;
        }
        let text = |place: &Around| match place {
            Around::Label(name) => row.label(name),
            Around::Metadata(name) => row.metadata(name),
        };
        slots.current = slots.beside.keep(Beside {
            labels,
            metadata,
            texts: self.around.iter().map(text).collect(),
        });
    }
}

/// Returns the place of an item in a list, at its end if it is new.
fn number_of<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    let known = list.iter().position(|known| *known == item);
    known.unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

impl Values<'_, '_> {
    /// Returns the text of the field with this number; `None` where it is absent or empty.
    pub fn get(&self, number: usize) -> Option<&str> {
        let place = self.reader.places.get(number)?.get(self.place(number)?)?;
        self.slots.at(*place)
    }

    /// Returns the source of the field that has its text; `None` where it is absent.
    pub fn source(&self, number: usize) -> Option<&Source> {
        let field = self.reader.fields.get(number)?;
        field.sources.get(self.place(number)?)
    }

    fn place(&self, number: usize) -> Option<usize> {
        let place = *self.slots.found.get(number)?;
        (place != NOWHERE).then_some(place.into())
    }

    /// Returns for each field the number of the source that has its text: rows with equal places have
    /// the same fields from the same sources.
    pub fn places(&self) -> &[u16] {
        &self.slots.found
    }

    /// Returns the texts of all fields in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.reader.fields.len()).map(|number| self.get(number))
    }
}
