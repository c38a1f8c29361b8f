//! A look at a system's newest lines: which of its fields are really there, and where.

use super::{DataSource, Error, Scope};
use crate::answer::{Page, Reader, Slots};
use crate::loki::{self, Request};
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

impl DataSource {
    /// Reads the newest lines of a system in the scope's range.
    pub(super) async fn sample(
        &self,
        system: &System,
        scope: &Scope,
        purpose: &str,
    ) -> Result<Sample, Error> {
        let request = Request::Logs {
            query: system.selector.to_string(),
            start_ns: scope.from_ns,
            end_ns: scope.to_ns,
            limit: SAMPLE_LINES,
            direction: loki::Direction::Backward,
        };
        let call = self.call(&scope.caller, Some(system), purpose);
        let answer = self.client.logs(&request, &call).await?;
        let page = Page::new(answer, Direction::Backward);
        Ok(Sample {
            lines: page.len(),
            fields: system
                .fields
                .iter()
                .map(|field| find(field, system, &page))
                .collect(),
        })
    }
}

/// Looks for a field in each of its places by itself.
fn find(field: &Field, system: &System, page: &Page) -> Found {
    let alone = |source| Field {
        sources: vec![source],
        ..field.clone()
    };
    let fields: Vec<Field> = field.sources.iter().cloned().map(alone).collect();
    let reader = Reader::new(fields, system.format);
    let mut found = Found {
        field: field.clone(),
        places: Vec::new(),
        example: None,
    };
    let mut slots = Slots::new();
    for (_, row) in page.rows(0..page.len()) {
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

fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
