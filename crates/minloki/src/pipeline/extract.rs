//! The stages that find labels in a line.
//!
//! Those that take every field (`json`, `logfmt`, `regexp`, `pattern`, `unpack`) leave alone what a
//! stage has set before, and end as soon as a value fails **any** label filter of the query on that name
//! alone, wherever it stands: `| json | label_format a="x" | a="x"` filters out a line whose own `a` is
//! something else. Those with expressions (`json a="b"`) do neither: they set, and what they do not find
//! is empty.

use std::borrow::Cow;
use std::ops::ControlFlow;

use re2::Search;

use super::hints::{End, Hints};
use super::json::{self, Kind, Step, Value};
use super::labels::{ErrorKind, Labels};
use super::logfmt::{Pairs, parse_key};
use super::name::push_sanitized;
use super::pattern::Pattern;
use super::stage::Current;
use crate::syntax::Extraction;

/// A compiled parser.
#[derive(Debug)]
pub enum Parser {
    /// `json`
    Json,
    /// `json name="path"`
    JsonPaths(JsonPaths),
    /// `logfmt`
    Logfmt {
        /// Ends at what is broken.
        strict: bool,
        /// Keeps keys without a value.
        keep_empty: bool,
    },
    /// `logfmt name="key"`
    LogfmtKeys(LogfmtKeys),
    /// `regexp`
    Regexp(Box<Search>),
    /// `pattern`
    Pattern(Pattern),
    /// `unpack`
    Unpack,
}

/// `json name="path", …`
#[derive(Debug)]
pub struct JsonPaths {
    names: Vec<String>,
    paths: Vec<Vec<Step>>,
}

impl JsonPaths {
    /// Compiles the paths.
    ///
    /// # Errors
    /// Loki's words.
    pub fn new(extractions: &[Extraction]) -> Result<Self, String> {
        let paths = extractions
            .iter()
            .map(|one| json::parse_path(&one.expression));
        Ok(Self {
            names: extractions.iter().map(|one| one.name.clone()).collect(),
            paths: paths.collect::<Result<_, _>>()?,
        })
    }
}

/// `logfmt name="key", …`
#[derive(Debug)]
pub struct LogfmtKeys {
    /// Names and keys.
    keys: Vec<(String, String)>,
    strict: bool,
}

impl LogfmtKeys {
    /// Compiles the keys.
    ///
    /// # Errors
    /// Loki's words.
    pub fn new(extractions: &[Extraction], strict: bool) -> Result<Self, String> {
        let key = |one: &Extraction| Ok((one.name.clone(), parse_key(&one.expression)?));
        Ok(Self {
            keys: extractions.iter().map(key).collect::<Result<_, String>>()?,
            strict,
        })
    }
}

impl Parser {
    /// Runs the parser; false where a label filter of the query is known to fail.
    pub fn run(&self, current: &mut Current<'_, '_>, hints: &Hints) -> bool {
        if hints.skips_parsers() {
            return true;
        }
        let Current { line, labels, .. } = current;
        let flow = match self {
            Self::Json => all_json(line, labels, hints),
            Self::JsonPaths(paths) => {
                some_json(paths, line, labels);
                ControlFlow::Continue(())
            }
            Self::Logfmt { strict, keep_empty } => {
                all_logfmt(line, labels, hints, *strict, *keep_empty)
            }
            Self::LogfmtKeys(keys) => {
                some_logfmt(keys, line, labels, hints);
                ControlFlow::Continue(())
            }
            Self::Regexp(search) => groups(search, line, labels, hints),
            Self::Pattern(pattern) => {
                let mut flow = ControlFlow::Continue(());
                pattern.captures(line, |name, value| {
                    if flow.is_continue() {
                        flow = hints.found(labels, name, value);
                    }
                });
                flow
            }
            Self::Unpack => unpack(line, labels, hints),
        };
        flow != ControlFlow::Break(End::Filtered)
    }
}

/// Sets the labels of a JSON line.
struct JsonLabels<'c, 'e> {
    labels: &'c mut Labels<'e>,
    hints: &'c Hints,
    flow: ControlFlow<End>,
}

impl json::Members for JsonLabels<'_, '_> {
    fn wants_within(&self, name: &str) -> bool {
        self.hints.wants_within(name)
    }

    fn take(&mut self, name: &str, value: &str) -> ControlFlow<()> {
        self.flow = self.hints.found_in_json(self.labels, name, value);
        match self.flow {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(_) => ControlFlow::Break(()),
        }
    }
}

fn all_json(line: &str, labels: &mut Labels<'_>, hints: &Hints) -> ControlFlow<End> {
    let mut members = JsonLabels {
        labels,
        hints,
        flow: ControlFlow::Continue(()),
    };
    let result = json::flatten(line, &mut members);
    let flow = members.flow;
    if let Err(problem) = result {
        labels.set_error(ErrorKind::Json, Some(problem.to_owned()));
    }
    flow
}

fn some_json(wanted: &JsonPaths, line: &str, labels: &mut Labels<'_>) {
    if line.is_empty() {
        return;
    }
    if !line.starts_with(['{', '[', '"']) {
        labels.set_error(ErrorKind::Json, None);
        return;
    }
    json::each_key(line, &wanted.paths, &mut |number, found| {
        let Some(name) = wanted.names.get(number) else {
            return;
        };
        match found {
            Ok(value) => {
                let name = labels.extracted_name(name);
                labels.set_extracted(&name, &shown(value));
            }
            Err(problem) => labels.set_error(ErrorKind::Json, Some(problem.to_owned())),
        }
    });
    for name in &wanted.names {
        if labels.get(name).is_none() {
            labels.set(name, "");
        }
    }
}

/// The text that a value has as a label.
fn shown(value: Value<'_>) -> Cow<'_, str> {
    match value.kind {
        Kind::Null => Cow::Borrowed(""),
        Kind::Object => Cow::Borrowed(value.text),
        // Numbers too: a scanner that checks little takes `1\u0030` for one.
        Kind::String | Kind::Array | Kind::Number | Kind::Boolean => json::decoded(value.text),
    }
}

fn without_replacements(value: Cow<'_, str>) -> Cow<'_, str> {
    if value.contains(char::REPLACEMENT_CHARACTER) {
        return Cow::Owned(value.replace(char::REPLACEMENT_CHARACTER, " "));
    }
    value
}

fn all_logfmt(
    line: &str,
    labels: &mut Labels<'_>,
    hints: &Hints,
    strict: bool,
    keep_empty: bool,
) -> ControlFlow<End> {
    let mut pairs = Pairs::new(line);
    let mut name = String::new();
    while let Some(pair) = pairs.next() {
        match pair {
            Ok(pair) if pair.value.is_empty() && !keep_empty => {}
            Ok(pair) => {
                name.clear();
                push_sanitized(&mut name, pair.key);
                hints.found(labels, &name, &without_replacements(pair.value))?;
            }
            Err(problem) if strict => {
                labels.set_error(ErrorKind::Logfmt, Some(problem.text()));
                break;
            }
            Err(_) => pairs.skip_to_blank(),
        }
    }
    ControlFlow::Continue(())
}

/// Sets what has the key of an extraction, or the name of one. The last of equal keys counts; of those
/// whose name is taken, the first. A key that is no name is left alone where a parser has set a label of
/// that name.
fn some_logfmt(wanted: &LogfmtKeys, line: &str, labels: &mut Labels<'_>, hints: &Hints) {
    let mut pairs = Pairs::new(line);
    let mut key = String::new();
    let mut is_found = vec![false; wanted.keys.len()];
    while let Some(pair) = pairs.next() {
        match pair {
            Ok(pair) => {
                key.clear();
                push_sanitized(&mut key, pair.key);
                let by_name = wanted.keys.iter().position(|(name, _)| *name == key);
                // Among hints, what counts is the key and not the name that it gets.
                if by_name.is_none() && (!hints.wants(&key) || labels.was_extracted(&key)) {
                    continue;
                }
                let by_key = wanted.keys.iter().position(|(_, wanted)| *wanted == key);
                let Some(number) = by_key.or(by_name) else {
                    continue;
                };
                let Some((name, _)) = wanted.keys.get(number) else {
                    continue;
                };
                if let Some(is_found) = is_found.get_mut(number) {
                    *is_found = true;
                }
                let set_name = labels.extracted_name(name);
                if set_name != *name && !hints.wants(&set_name) {
                    // Loki reads no further then.
                    break;
                }
                if set_name != *name && labels.was_extracted(&set_name) {
                    continue;
                }
                let is_invalid = pair.value.contains(char::REPLACEMENT_CHARACTER);
                labels.set_extracted(&set_name, if is_invalid { "" } else { &pair.value });
            }
            Err(problem) if wanted.strict => {
                labels.set_error(ErrorKind::Logfmt, Some(problem.text()));
                break;
            }
            Err(_) => pairs.skip_to_blank(),
        }
    }
    for ((name, _), is_found) in wanted.keys.iter().zip(is_found) {
        if !is_found && !labels.is_given(name) {
            labels.set(name, "");
        }
    }
}

fn groups(search: &Search, line: &str, labels: &mut Labels<'_>, hints: &Hints) -> ControlFlow<End> {
    let Some(groups) = search.groups(line) else {
        return ControlFlow::Continue(());
    };
    for (name, group) in search.names().iter().zip(groups) {
        if !name.is_empty() {
            hints.found(labels, name, group.unwrap_or_default())?;
        }
    }
    ControlFlow::Continue(())
}

fn unpack(line: &mut Cow<'_, str>, labels: &mut Labels<'_>, hints: &Hints) -> ControlFlow<End> {
    if line.is_empty() {
        return ControlFlow::Continue(());
    }
    if !line.starts_with('{') {
        let problem = "expecting json object(6), but it is not".to_owned();
        labels.set_error(ErrorKind::Json, Some(problem));
        return ControlFlow::Continue(());
    }
    let mut members: Vec<(String, String)> = Vec::new();
    let mut entry = None;
    let result = json::unpack(line, &mut |key, value| {
        if key == "_entry" {
            entry = Some(value.to_owned());
            return;
        }
        let mut name = String::new();
        push_sanitized(&mut name, key);
        match members.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => value.clone_into(known),
            None => members.push((name, value.to_owned())),
        }
    });
    if let Err(problem) = result {
        labels.set_error(ErrorKind::Json, Some(problem.to_owned()));
        return ControlFlow::Continue(());
    }
    if let Some(entry) = entry {
        for (name, value) in &members {
            hints.found(labels, name, value)?;
        }
        *line = Cow::Owned(entry);
    }
    ControlFlow::Continue(())
}
