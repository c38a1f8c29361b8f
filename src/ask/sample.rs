//! A look at a system's newest lines: which of its fields are really there, and where.

use std::collections::BTreeSet;

use super::{DataSource, Error, Scope};
use crate::answer::{Page, Position, Reader, Row, Slots, UnknownLevels, Wrapper};
use crate::loki::{self, Call, Pairs, Request};
use crate::query::Direction;
use crate::schema::{Field, FieldType, Role, System, value};

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
    /// What is not as the schema says, each a sentence with its remedy.
    pub remarks: Vec<String>,
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
            remarks: look.remarks(),
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

    /// Returns the levels' words that the system does not know.
    pub fn unknown_levels(&self) -> UnknownLevels {
        let mut unknown = UnknownLevels::default();
        let Some(level) = self.system.role(Role::Level) else {
            return unknown;
        };
        let reader = Reader::new(vec![level.clone()], self.system.format);
        let mut slots = Slots::new();
        for (_, row) in self.rows() {
            if let Some(raw) = reader.read(row, &mut slots).get(0) {
                unknown.saw(raw, self.system);
            }
        }
        unknown
    }

    /// Returns the texts of a field that are no values of its type.
    pub fn misfits(&self, field: &Field) -> BTreeSet<String> {
        let reader = Reader::new(vec![field.clone()], self.system.format);
        let mut slots = Slots::new();
        let mut found = BTreeSet::new();
        for (_, row) in self.rows() {
            let values = reader.read(row, &mut slots);
            let Some(text) = values.get(0) else { continue };
            let fits = match field.kind {
                FieldType::Number => value::number(text).is_some(),
                FieldType::Bool => value::boolean(text).is_some(),
                FieldType::Time => value::time(text, &self.system.time_zone).is_some(),
                FieldType::Level | FieldType::String | FieldType::Json => true,
            };
            if !fits {
                found.insert(shortened(text));
            }
        }
        found
    }

    /// Says what is not as the schema has it, with what to do.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if let Some(words) = self.unknown_levels().said() {
            remarks.push(format!(
                "levels that are no known words, and so no errors: {words}; say what they mean in the system's level words (levelMap)"
            ));
        }
        let typed = self.system.fields.iter();
        let misfits = typed.map(|field| (field, self.misfits(field)));
        for (field, texts) in misfits.filter(|(_, texts)| !texts.is_empty()) {
            remarks.push(format!(
                "{} has values that are no {}: {}",
                field.name,
                field.kind,
                quoted_few(&texts)
            ));
        }
        if self.system.format.as_str() != "text" {
            let lines = self.rows().map(|(_, row)| row.entry.line);
            let wrapped: BTreeSet<Wrapper> = lines.filter_map(Wrapper::of).collect();
            remarks.extend(wrapped.iter().map(|wrapper| wrapper.remedy().to_owned()));
        }
        remarks
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

/// Names a few texts.
pub fn quoted_few(texts: &BTreeSet<String>) -> String {
    const MOST: usize = 3;
    let named: Vec<String> = texts
        .iter()
        .take(MOST)
        .map(|text| format!("{text:?}"))
        .collect();
    let more = match texts.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
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
