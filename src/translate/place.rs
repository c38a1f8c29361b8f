//! The names under which a pipeline sees a field: its places, in the order of its sources.

use std::collections::BTreeSet;

use super::Facts;
use crate::line::{Format, Path, logfmt_label, tskv_regexp};
use crate::logql::{JsonPath, LabelName, Predicate, Stage, is_name};
use crate::schema::{Field, Source};

/// The prefix of the names that we give. A name that a stream already has would come out as
/// `…_extracted`, so these are ours alone.
pub const PREFIX: &str = "gk_";

/// One place of a field, as the pipeline names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The label holds the value's text.
    Plain(LabelName),
    /// A TSKV value: the inner text of single quotes, of double quotes (both as Python escaped it),
    /// or a bare word; at most one of the three is not empty.
    Repr {
        /// Between single quotes.
        single: LabelName,
        /// Between double quotes.
        double: LabelName,
        /// Without quotes.
        bare: LabelName,
    },
}

impl Place {
    /// Returns the labels of the place.
    pub fn names(&self) -> Vec<LabelName> {
        match self {
            Self::Plain(name) => vec![name.clone()],
            Self::Repr {
                single,
                double,
                bare,
            } => vec![single.clone(), double.clone(), bare.clone()],
        }
    }
}

/// Returns the label that is the first of the field's places.
pub fn first_label(field: &Field) -> Option<LabelName> {
    match field.sources.first() {
        Some(Source::Label(name)) => LabelName::new(name),
        _ => None,
    }
}

/// Says whether the field can only be a label: matchers then say everything about its text.
pub fn is_label_only(field: &Field) -> bool {
    matches!(field.sources.as_slice(), [Source::Label(_)])
}

/// Returns the names of a field's labels and metadata that a pipeline reads rightly only with
/// knowledge of the streams. A label with the metadata of its name right behind it needs none: the
/// one name is the label where there is one, else the metadata.
pub fn ambiguous_names(field: &Field) -> Vec<LabelName> {
    let mut names = Vec::new();
    let mut rest = field.sources.as_slice();
    loop {
        rest = match rest {
            [Source::Label(label), Source::Metadata(metadata), after @ ..] if label == metadata => {
                after
            }
            [Source::Label(name) | Source::Metadata(name), after @ ..] => {
                names.extend(LabelName::new(name));
                after
            }
            [Source::Line(_), after @ ..] => after,
            [] => return names,
        };
    }
}

/// Says whether LogQL can name the field's labels and metadata.
pub fn is_nameable(field: &Field) -> bool {
    field.sources.iter().all(|source| match source {
        Source::Label(name) | Source::Metadata(name) => LabelName::new(name).is_some(),
        Source::Line(_) => true,
    })
}

/// Says whether the field can only be inside the line.
pub fn is_line_only(field: &Field) -> bool {
    let in_line = |source: &Source| matches!(source, Source::Line(_));
    !field.sources.is_empty() && field.sources.iter().all(in_line)
}

/// How extraction names what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// By the field, for people who read the LogQL: `gk_strategy_id`.
    Fields,
    /// By number: `_1`. Loki writes the labels that it groups by into memory anew for every line, names
    /// and all: these cost 2 to 5 % less than names of fields, and no more than single letters.
    Numbers,
}

/// What one query extracts from its lines, each path once.
#[derive(Debug)]
pub struct Extraction {
    naming: Naming,
    keys: Vec<(Key, Place)>,
    taken: BTreeSet<LabelName>,
    made: Vec<LabelName>,
}

impl Extraction {
    /// Starts with nothing.
    pub fn new(naming: Naming) -> Self {
        Self {
            naming,
            keys: Vec::new(),
            taken: BTreeSet::new(),
            made: Vec::new(),
        }
    }

    /// Returns the places of a field, and notes what must be extracted for them.
    pub fn places(&mut self, field: &Field, format: Format, facts: &Facts) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        let mut push = |place: Option<Place>| {
            places.extend(place.filter(|place| !places.contains(place)));
        };
        for (index, source) in field.sources.iter().enumerate() {
            match source {
                Source::Label(name) if contains(&facts.nowhere, name) => {}
                Source::Label(name) => {
                    push(self.named_place(field, name));
                    // No place behind it is ever the first.
                    if contains(&facts.everywhere, name) {
                        break;
                    }
                }
                Source::Metadata(name) => {
                    // Metadata named like a stream label is renamed by Loki. Behind the label it
                    // never decides; before it, it must be asked for by that other name first.
                    let label = Source::Label(name.clone());
                    let label_first = field.sources.iter().take(index).any(|s| *s == label);
                    let renamed = contains(&facts.everywhere, name);
                    if renamed || !(label_first || contains(&facts.nowhere, name)) {
                        push(self.named_place(field, &format!("{name}_extracted")));
                    }
                    if !renamed {
                        push(self.named_place(field, name));
                    }
                }
                Source::Line(path) => {
                    let key = key_in_line(path, format);
                    push(key.map(|key| self.extracted(field, key)));
                }
            }
        }
        places
    }

    /// Returns the place of a label or metadata; one that LogQL cannot name is read under a private name.
    fn named_place(&mut self, field: &Field, name: &str) -> Option<Place> {
        match LabelName::new(name) {
            Some(name) => Some(Place::Plain(name)),
            None => is_name(name).then(|| self.extracted(field, Key::Reserved(name.to_owned()))),
        }
    }

    fn extracted(&mut self, field: &Field, key: Key) -> Place {
        if let Some((_, place)) = self.keys.iter().find(|(known, _)| *known == key) {
            return place.clone();
        }
        let name = self.free_name(&field.name);
        let place = match key {
            Key::Json(_) | Key::Logfmt(_) | Key::Reserved(_) => Place::Plain(name),
            Key::Tskv(_) => Place::Repr {
                single: name.suffixed("_s"),
                double: name.suffixed("_d"),
                bare: name.suffixed("_b"),
            },
        };
        self.made.extend(place.names());
        self.keys.push((key, place.clone()));
        place
    }

    /// Returns a private name for a value that the pipeline computes.
    pub fn computed(&mut self, what: &str) -> LabelName {
        let name = self.free_name(what);
        self.made.push(name.clone());
        name
    }

    /// Returns a private name that nothing else of this query has.
    fn free_name(&mut self, field: &str) -> LabelName {
        let name = match self.naming {
            Naming::Fields => LabelName::private(PREFIX, field),
            Naming::Numbers => LabelName::private("_", &(self.taken.len() + 1).to_string()),
        };
        name.or_numbered(|name| self.taken.insert(name.clone()))
    }

    /// Returns the stages that extract: one parser for JSON and logfmt, one a key for TSKV.
    pub fn stages(&self) -> Vec<Stage> {
        let mut json = Vec::new();
        let mut logfmt = Vec::new();
        let mut stages = Vec::new();
        for (key, place) in &self.keys {
            match (key, place) {
                (Key::Json(path), Place::Plain(name)) => json.push((name.clone(), path.clone())),
                (Key::Logfmt(key), Place::Plain(name)) => {
                    if self.naming == Naming::Numbers {
                        stages.push(named(name, key));
                    }
                    logfmt.push((name.clone(), key.clone()));
                }
                (Key::Reserved(word), Place::Plain(name)) => {
                    stages.push(Stage::Reserved(name.clone(), word.clone()));
                }
                (Key::Tskv(key), place) => {
                    let names = place.names();
                    let mut names = names.iter().map(LabelName::as_str);
                    let groups = [(); 3].map(|()| names.next().unwrap_or_default());
                    stages.push(Stage::Regexp(tskv_regexp(key, groups)));
                }
                (Key::Json(_) | Key::Logfmt(_) | Key::Reserved(_), Place::Repr { .. }) => {}
            }
        }
        if !json.is_empty() {
            stages.push(Stage::Json(json));
        }
        if !logfmt.is_empty() {
            stages.push(Stage::Logfmt(logfmt));
        }
        stages
    }

    /// Returns every private name of the query, for the `drop` at its end.
    pub fn names(&self) -> &[LabelName] {
        &self.made
    }
}

/// What a parser of Loki is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    /// A path of the `json` stage.
    Json(JsonPath),
    /// A key of the `logfmt` stage, in the form in which Loki compares it.
    Logfmt(String),
    /// A key of a TSKV line.
    Tskv(String),
    /// A label or metadata whose name is a word of LogQL.
    Reserved(String),
}

/// Returns a stage that keeps every line and names a key of it. For numbers Loki's `logfmt` reads only the
/// keys that a query names elsewhere, by the key itself and not by what it is called
/// (`LogfmtExpressionParser.Process`); what this sets under `name`, the parser sets anew.
fn named(name: &LabelName, key: &str) -> Stage {
    match LabelName::new(key) {
        Some(key) => Stage::Filter(Predicate::any(vec![
            Predicate::absent(&key),
            Predicate::present(&key),
        ])),
        None => Stage::Reserved(name.clone(), key.to_owned()),
    }
}

/// Returns what a parser must be asked for; `None` where lines of the format have no such place:
/// key-value lines have no depth, plain text has no fields.
fn key_in_line(path: &Path, format: Format) -> Option<Key> {
    let flat = || path.flat();
    match format {
        Format::Json => JsonPath::new(&path.0).map(Key::Json),
        Format::Logfmt => flat().map(|key| Key::Logfmt(logfmt_label(&key))),
        Format::Tskv => flat().map(|key| Key::Tskv(key.into_owned())),
        Format::Text => None,
    }
}

/// Returns a label that no stream has: where a field has no place, it stands for its absence.
pub fn nowhere() -> LabelName {
    LabelName::private(PREFIX, "nowhere")
}

/// Returns a key of the field that stands in lines, but for which LogQL has no spelling.
pub fn unspeakable_key(field: &Field, format: Format) -> Option<&str> {
    let unspeakable = |path: &&Path| format == Format::Json && JsonPath::new(&path.0).is_none();
    let path = field.line_paths().find(unspeakable)?;
    path.0
        .iter()
        .map(String::as_str)
        .find(|key| JsonPath::new(&[(*key).to_owned()]).is_none())
}

fn contains(names: &BTreeSet<LabelName>, name: &str) -> bool {
    names.iter().any(|known| known.as_str() == name)
}
