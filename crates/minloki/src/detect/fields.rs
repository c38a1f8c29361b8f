//! Fields of lines and their values.
//!
//! A line is read as JSON, and where that fails as logfmt. Fields are what these find, what the query's own
//! stages made, and the metadata. The kind of a field is that of the value that is read last: the oldest of the
//! last stream.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::kind::kind_of;
use crate::pipeline::{Entry, LabelSet, Pipeline};
use crate::query::{Fault, LogAnswer, Row};
use crate::syntax::Stage;

/// A field as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Its name.
    pub label: String,
    /// What its values look like.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How many different values it has.
    pub cardinality: usize,
    /// What finds it in lines; none for metadata.
    pub parsers: Option<Vec<&'static str>>,
    /// Where it stands in a JSON object.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub json_path: Vec<String>,
}

/// A field in one line.
struct Seen {
    name: String,
    value: String,
    /// What found it.
    parser: Option<&'static str>,
    path: Vec<String>,
}

/// Returns the fields of these lines, by name, at most `limit`.
///
/// # Errors
/// The stages that read lines cannot be compiled.
pub fn fields(answer: &LogAnswer, limit: usize) -> Result<Vec<Field>, Fault> {
    #[derive(Default)]
    struct Known {
        kind: &'static str,
        values: BTreeSet<String>,
        parsers: Vec<&'static str>,
        path: Vec<String>,
    }
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut reader = Reader::new()?;
    for row in rows(answer) {
        for seen in reader.read(row) {
            if known.len() >= limit && !known.contains_key(&seen.name) {
                continue;
            }
            let field = known.entry(seen.name).or_default();
            field.kind = kind_of(&seen.value);
            field.values.insert(seen.value);
            if let Some(parser) = seen.parser
                && !field.parsers.contains(&parser)
            {
                field.parsers.push(parser);
            }
            if !seen.path.is_empty() {
                field.path = seen.path;
            }
        }
    }
    let fields = known.into_iter().map(|(label, field)| Field {
        label,
        kind: field.kind,
        cardinality: field.values.len(),
        parsers: (!field.parsers.is_empty()).then_some(field.parsers),
        json_path: field.path,
    });
    Ok(fields.collect())
}

/// Returns the values of a field in these lines, at most `limit`.
///
/// # Errors
/// As [`fields`].
pub fn values(answer: &LogAnswer, name: &str, limit: usize) -> Result<Vec<String>, Fault> {
    let mut values: Vec<String> = Vec::new();
    let mut reader = Reader::new()?;
    for row in rows(answer) {
        for seen in reader.read(row) {
            if seen.name == name && !values.contains(&seen.value) {
                values.push(seen.value);
            }
        }
    }
    values.truncate(limit);
    Ok(values)
}

/// Returns the lines stream by stream.
fn rows(answer: &LogAnswer) -> impl Iterator<Item = &Row> {
    answer.streams.iter().flat_map(|(_, rows)| rows)
}

/// Reads lines as JSON and as logfmt.
struct Reader {
    json: Pipeline,
    logfmt: Pipeline,
}

impl Reader {
    fn new() -> Result<Self, Fault> {
        let compile = |stage: Stage| {
            Pipeline::for_lines(&[stage]).map_err(|error| Fault::bad(error.to_string()))
        };
        Ok(Self {
            json: compile(Stage::Json(Vec::new()))?,
            logfmt: compile(Stage::Logfmt {
                strict: false,
                keep_empty: false,
                extractions: Vec::new(),
            })?,
        })
    }

    fn read(&mut self, row: &Row) -> Vec<Seen> {
        let metadata = &row.labels.metadata;
        let mut seen: Vec<Seen> = metadata
            .iter()
            .map(|(name, value)| Seen {
                name: name.clone(),
                value: value.clone(),
                parser: None,
                path: Vec::new(),
            })
            .collect();
        let (parser, found) = self.parsed(row);
        let paths = if parser == "json" {
            paths(&row.line)
        } else {
            BTreeMap::new()
        };
        let path_of = |name: &str| {
            let plain = name.strip_suffix("_extracted").unwrap_or(name);
            let path = paths.get(name).or_else(|| paths.get(plain));
            path.cloned().unwrap_or_default()
        };
        let own = row.labels.parsed.iter();
        let own = own.filter(|(name, _)| found.iter().all(|(known, _)| known != name));
        for (name, value) in own.chain(&found) {
            if name.starts_with("__error") {
                continue;
            }
            seen.push(Seen {
                path: path_of(name),
                name: name.clone(),
                value: value.clone(),
                parser: Some(parser),
            });
        }
        seen
    }

    fn parsed(&mut self, row: &Row) -> (&'static str, LabelSet) {
        let entry = Entry {
            timestamp_ns: row.timestamp_ns,
            line: &row.line,
            // Without metadata: a name that stands there and in the line is one field.
            metadata: &[],
        };
        let stream = &row.labels.stream;
        let json = self.json.process(stream, &entry);
        let json = json.map(|line| line.labels.parsed).unwrap_or_default();
        if !json.is_empty() && json.iter().all(|(name, _)| name != "__error__") {
            return ("json", json);
        }
        let logfmt = self.logfmt.process(stream, &entry);
        let logfmt = logfmt.map(|line| line.labels.parsed).unwrap_or_default();
        ("logfmt", logfmt)
    }
}

/// Returns where the fields of a JSON object are, by their names; of equal names the first.
fn paths(line: &str) -> BTreeMap<String, Vec<String>> {
    let mut objects = serde_json::Deserializer::from_str(line).into_iter();
    let mut found = BTreeMap::new();
    if let Some(Ok(object)) = objects.next() {
        walk(&object, &mut Vec::new(), &mut found);
    }
    found
}

fn walk(
    value: &serde_json::Value,
    path: &mut Vec<String>,
    found: &mut BTreeMap<String, Vec<String>>,
) {
    if let serde_json::Value::Object(fields) = value {
        for (key, value) in fields {
            path.push(key.clone());
            walk(value, path, found);
            path.pop();
        }
        return;
    }
    let names: Vec<String> = path.iter().map(|key| sanitized(key)).collect();
    let mut name = names.join("_");
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    found.entry(name).or_insert_with(|| path.clone());
}

fn sanitized(key: &str) -> String {
    let character = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    key.trim().chars().map(character).collect()
}
