//! `logs`: a frame of the contract `log-lines` 0.0 (dataplane, `docs/contract/logs.md`).

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use super::label_types::TypesWriter;
use super::row::each_beside_fields;
use super::{Asked, Page, Reader, Row, Slots, UnknownLevels, shows_parsed};
use crate::frame::{Column, Field, Frame, FrameType, Meta, Texts};
use crate::loki::response::{Entry, Pairs, Recent};
use crate::schema::{Level, Role, System};

/// The columns `timestamp`, `body`, `severity` (canonical), `id`, `labels` (JSON: a row's stream
/// labels, metadata and the fields that have a role), `labelTypes` (JSON: where each of them stands).
#[derive(Debug)]
pub struct Builder {
    reader: Reader,
    /// The number of the field that is the level.
    level: Option<usize>,
    unknown_levels: UnknownLevels,
    labels_writer: LabelsWriter,
    types_writer: TypesWriter,
    times: Vec<i64>,
    bodies: Texts,
    severities: Texts,
    ids: Texts,
    labels: Texts,
    /// The most rows.
    limit: usize,
    label_types: Texts,
}

impl Builder {
    pub fn new(asked: &Asked<'_>) -> Self {
        let fields: Vec<_> = asked
            .system
            .role_fields()
            .map(|(_, field)| field.clone())
            .collect();
        let is_level = |field: &crate::schema::Field| field.role == Some(Role::Level);
        let level = fields.iter().position(is_level);
        let names = || fields.iter().map(|field| field.name.as_str());
        let with_parsed = shows_parsed(asked.query);
        Self {
            level,
            unknown_levels: UnknownLevels::default(),
            labels_writer: LabelsWriter::new(names(), with_parsed),
            types_writer: TypesWriter::new(names(), with_parsed),
            reader: Reader::new(fields, asked.system.format),
            times: Vec::new(),
            bodies: Texts::default(),
            severities: Texts::default(),
            ids: Texts::default(),
            labels: Texts::default(),
            limit: asked.limit as usize,
            label_types: Texts::default(),
        }
    }

    pub fn push(&mut self, page: &Page, range: Range<usize>, system: &System) {
        self.make_room(page, range.clone());
        let mut slots = Slots::new();
        for (position, row) in page.rows(range) {
            let values = self.reader.read(row, &mut slots);
            let raw = self.level.and_then(|number| values.get(number));
            let severity = system.levels.canonical(raw.unwrap_or_default());
            if let Some(raw) = raw.filter(|_| severity == Level::Unknown) {
                self.unknown_levels.saw(raw, system);
            }
            self.times.push(position.timestamp_ns);
            self.bodies.push(row.entry.line);
            self.severities.push(severity.as_str());
            // Writing to a `String` cannot fail.
            self.ids.push_with(|ids| {
                let _ = write!(ids, "{position}");
            });
            let writer = &mut self.labels_writer;
            self.labels
                .push_with(|labels| writer.write(labels, row, values.iter()));
            let writer = &mut self.types_writer;
            self.label_types
                .push_with(|types| writer.write(types, row, &values));
        }
    }

    /// Makes room in the columns, as if all rows to come were like those of this page.
    fn make_room(&mut self, page: &Page, range: Range<usize>) {
        let (rows, known) = (range.len(), self.times.len());
        let all = self.limit.saturating_sub(known).max(rows);
        if self.times.capacity() - known < rows {
            self.times.reserve_exact(all);
            for texts in self.texts_mut() {
                texts.make_rows(all);
            }
            self.ids.make_room(rows * ID_BYTES, all * ID_BYTES);
        }
        let likely = |bytes: usize| bytes.saturating_mul(all) / rows.max(1);
        let lines = page.rows(range).map(|(_, row)| row.entry.line.len());
        let lines = lines.sum();
        self.bodies.make_room(lines, likely(lines));
        // As much as those before had, and a little more.
        for texts in [&mut self.labels, &mut self.label_types] {
            let before = texts.bytes().saturating_mul(rows);
            let more = (before + before / 100).checked_div(known).unwrap_or(0);
            texts.make_room(more, likely(more));
        }
    }

    fn texts_mut(&mut self) -> [&mut Texts; 5] {
        [
            &mut self.bodies,
            &mut self.severities,
            &mut self.ids,
            &mut self.labels,
            &mut self.label_types,
        ]
    }

    pub fn bytes(&self) -> usize {
        let rest = [&self.labels, &self.label_types];
        let texts = [&self.bodies, &self.severities, &self.ids];
        texts.into_iter().chain(rest).map(Texts::bytes).sum()
    }

    pub fn memory(&self) -> usize {
        let rest = [&self.labels, &self.label_types];
        let texts = [&self.bodies, &self.severities, &self.ids];
        let texts = texts.into_iter().chain(rest).map(Texts::memory);
        texts.sum::<usize>() + self.times.capacity() * size_of::<i64>()
    }

    pub fn finish(self, asked: &Asked<'_>) -> Frame {
        let mut meta = Meta::new(FrameType::LogLines, asked.expr);
        meta.notices
            .extend(self.unknown_levels.notice(asked.system));
        if !asked.search_words.is_empty() {
            let words = asked.search_words.to_vec().into();
            meta.custom.insert("searchWords".into(), words);
        }
        Frame {
            name: String::new(),
            fields: vec![
                Field::new("timestamp", Column::Time(self.times)),
                Field::new("body", Column::Text(self.bodies)),
                Field::new("severity", Column::Text(self.severities)),
                Field::new("id", Column::Text(self.ids)),
                Field::new("labels", Column::Json(self.labels)),
                Field::new("labelTypes", Column::Json(self.label_types)),
            ],
            meta,
        }
    }
}

/// The bytes of a row's id, but for the number among equals.
const ID_BYTES: usize = 32;

/// Writes the labels of a row as a JSON object.
#[derive(Debug)]
struct LabelsWriter {
    /// The fields' names, each also as it begins its pair (`"name":`).
    fields: Vec<(String, String)>,
    with_parsed: bool,
    /// What rows of the last few labels and metadata have in common, in turns.
    known: Recent<Common>,
}

/// What is the same in all rows with these labels and metadata.
#[derive(Debug)]
struct Common {
    labels: Arc<Pairs>,
    metadata: Arc<Pairs>,
    /// The pairs that are no field's, each with a comma behind it.
    json: String,
    /// For each field, whether the labels or the metadata have its name.
    has: Vec<bool>,
}

impl LabelsWriter {
    fn new<'n>(names: impl Iterator<Item = &'n str>, with_parsed: bool) -> Self {
        let field = |name: &str| {
            let mut key = String::new();
            push_json(&mut key, name);
            key.push(':');
            (name.to_owned(), key)
        };
        Self {
            fields: names.map(field).collect(),
            with_parsed,
            known: Recent::default(),
        }
    }

    /// Appends the object. A field's value stands for the label or metadata of its name.
    fn write<'v>(
        &mut self,
        out: &mut String,
        row: Row<'_>,
        values: impl Iterator<Item = Option<&'v str>>,
    ) {
        let Entry {
            labels, metadata, ..
        } = row.entry;
        let none = Pairs::default();
        let parsed = if self.with_parsed {
            row.entry.parsed
        } else {
            &none
        };
        out.push('{');
        let start = out.len();
        let mut has = None;
        if parsed.is_empty() {
            let number = self.common(labels, metadata);
            if let Some(common) = self.known.get(number) {
                out.push_str(&common.json);
                has = Some(common.has.as_slice());
            }
        } else {
            self.write_own(out, [labels, metadata, parsed]);
        }
        for (number, ((name, key), value)) in self.fields.iter().zip(values).enumerate() {
            let has = has.is_none_or(|has| has.get(number).is_some_and(|has| *has));
            let own = || {
                let sets: [&Pairs; 3] = [parsed, metadata, labels];
                sets.into_iter().find_map(|pairs| pairs.get(name))
            };
            if let Some(value) = value.or_else(|| has.then(own)?) {
                out.push_str(key);
                push_json(out, value);
                out.push(',');
            }
        }
        if out.len() > start {
            out.pop();
        }
        out.push('}');
    }

    /// Returns the number of what rows with these labels and metadata have in common.
    fn common(&mut self, labels: &Arc<Pairs>, metadata: &Arc<Pairs>) -> usize {
        let same = |common: &Common| {
            Arc::ptr_eq(&common.labels, labels) && Arc::ptr_eq(&common.metadata, metadata)
        };
        if let Some(known) = self.known.iter().position(same) {
            return known;
        }
        let mut json = String::new();
        self.write_own(&mut json, [labels, metadata, &Pairs::default()]);
        let has = |name: &str| labels.get(name).or_else(|| metadata.get(name)).is_some();
        self.known.keep(Common {
            labels: Arc::clone(labels),
            metadata: Arc::clone(metadata),
            json,
            has: self.fields.iter().map(|(name, _)| has(name)).collect(),
        })
    }

    /// Appends the pairs of these sets that are no field's, each with a comma behind it.
    fn write_own(&self, out: &mut String, sets: [&Pairs; 3]) {
        let is_field = |name: &str| self.fields.iter().any(|(field, _)| field == name);
        each_beside_fields(&sets.map(|set| (set, ())), is_field, |name, value, ()| {
            push_json(out, name);
            out.push(':');
            push_json(out, value);
            out.push(',');
        });
    }
}

/// Appends a text as a JSON string.
pub fn push_json(out: &mut String, text: &str) {
    if is_plain(text.as_bytes()) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        // Cannot fail: a string is JSON.
        out.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

/// Says whether a text is the same inside a JSON string.
fn is_plain(bytes: &[u8]) -> bool {
    // All of a piece are looked at, whatever they are: so the compiler can look at them at once.
    let special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    let (pieces, rest) = bytes.as_chunks::<16>();
    let plain = |piece: &[u8; 16]| {
        !piece
            .iter()
            .fold(false, |found, byte| found | special(*byte))
    };
    pieces.iter().all(plain) && !rest.iter().any(|byte| special(*byte))
}
