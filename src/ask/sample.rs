//! A look at a system's newest lines: which of its fields are really there, and where.

use std::collections::BTreeSet;

use super::{DataSource, Error, Scope};
use crate::answer::{Page, Position, Reader, Row, Slots};
use crate::loki::{self, Call, Pairs, Request};
use crate::query::Direction;
use crate::schema::{Field, System};

/// Lines that a sample reads: enough to see the usual fields, few enough for any answer size.
const SAMPLE_LINES: u32 = 50;

/// Where a field was found in the sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The field.
    pub field: Field,
    /// The places that had it: `label`, `metadata`, `line`.
    pub places: Vec<&'static str>,
    /// One of its values.
    pub example: Option<String>,
}

/// The newest lines of a system.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How many there were, at most [`SAMPLE_LINES`].
    pub lines: usize,
    /// The system's fields, each with where it was found.
    pub fields: Vec<Found>,
}

/// Lines to look fields up in.
#[derive(Debug)]
pub struct Look<'s> {
    system: &'s System,
    pages: Vec<Page>,
}

impl DataSource {
    /// Reads the newest lines of a system in the scope's range.
    pub(super) async fn sample(
        &self,
        system: &System,
        scope: &Scope,
        purpose: &str,
    ) -> Result<Sample, Error> {
        let call = self.call(&scope.caller, Some(system), purpose);
        let selector = system.selector.to_string();
        let look = self.look(system, &[&selector], scope, &call).await?;
        Ok(Sample {
            lines: look.lines(),
            fields: system.fields.iter().map(|field| look.find(field)).collect(),
        })
    }

    /// Reads the newest lines of each of these log queries.
    pub(super) async fn look<'s>(
        &self,
        system: &'s System,
        exprs: &[&str],
        scope: &Scope,
        call: &Call,
    ) -> Result<Look<'s>, Error> {
        let mut pages = Vec::new();
        for expr in exprs {
            let request = Request::Logs {
                query: (*expr).to_owned(),
                start_ns: scope.from_ns,
                end_ns: scope.to_ns,
                limit: SAMPLE_LINES,
                direction: loki::Direction::Backward,
            };
            let answer = self.client.logs(&request, call).await?;
            pages.push(Page::new(answer, Direction::Backward));
        }
        Ok(Look { system, pages })
    }
}

impl Look<'_> {
    /// Returns the number of lines.
    pub fn lines(&self) -> usize {
        self.pages.iter().map(Page::len).sum()
    }

    /// Says whether there may be more lines.
    pub fn is_sample(&self) -> bool {
        let is_full = |page: &Page| page.len() >= SAMPLE_LINES as usize;
        self.pages.iter().any(is_full)
    }

    /// Looks for a field in each of its places by itself.
    pub fn find(&self, field: &Field) -> Found {
        let alone = |source| Field {
            sources: vec![source],
            ..field.clone()
        };
        let fields: Vec<Field> = field.sources.iter().cloned().map(alone).collect();
        let reader = Reader::new(fields, self.system.format);
        let mut found = Found {
            field: field.clone(),
            places: Vec::new(),
            example: None,
        };
        let mut slots = Slots::new();
        for (_, row) in self.rows() {
            let values = reader.read(row, &mut slots);
            for (source, value) in field.sources.iter().zip(values.iter()) {
                let Some(value) = value else { continue };
                if !found.places.contains(&source.place()) {
                    found.places.push(source.place());
                }
                if found.example.is_none() {
                    found.example = Some(shortened(value));
                }
            }
        }
        found
    }

    /// Returns the names of the labels and of the metadata that the lines have.
    pub fn names(&self) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let (mut labels, mut metadata) = (BTreeSet::new(), BTreeSet::new());
        for (_, row) in self.rows() {
            let entry = row.entry;
            labels.extend(entry.labels.iter().map(|(name, _)| name));
            let names = entry.metadata.iter().map(|(name, _)| name);
            metadata.extend(names.map(|name| own_name(entry.labels, name)));
        }
        (labels, metadata)
    }

    fn rows(&self) -> impl Iterator<Item = (Position, Row<'_>)> {
        self.pages.iter().flat_map(|page| page.rows(0..page.len()))
    }
}

/// Returns the name that metadata was written with: Loki renames what the stream has as a label.
fn own_name<'n>(labels: &Pairs, name: &'n str) -> &'n str {
    let base = name.strip_suffix("_extracted");
    base.filter(|base| labels.get(base).is_some())
        .unwrap_or(name)
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
