//! The labels of one entry while it runs through the stages.
//!
//! A name is looked for among what stages made, then in the structured metadata, then among the
//! stream's labels. What Loki makes of equal names: metadata named like a label of the stream is
//! `name_extracted`, and so is what a parser finds under the name of either.

use std::borrow::Cow;
use std::sync::Arc;

pub use super::error_kind::{ERROR, ERROR_DETAILS, ErrorKind};
use super::{CategorizedLabels, LabelSet};

/// A label that a stage made.
#[derive(Debug, Default)]
struct Field {
    name: String,
    value: String,
    /// Whether it is still there: parsers do not set again what was taken away.
    is_live: bool,
    /// Whether a parser has set it.
    is_extracted: bool,
}

/// Memory that is used entry after entry.
#[derive(Debug, Default)]
pub struct Scratch {
    fields: Vec<Field>,
    removed: Vec<String>,
    hidden_labels: Vec<bool>,
    hidden_metadata: Vec<bool>,
}

/// The labels of one entry.
#[derive(Debug)]
pub struct Labels<'e> {
    stream: &'e Arc<LabelSet>,
    metadata: &'e [(String, String)],
    /// Which names of the metadata are the stream's as well.
    doubled: Vec<usize>,
    scratch: Scratch,
    /// The fields in use: those behind keep their memory.
    len: usize,
    /// Whether samples lose their empty labels: behind `drop`, and where a stage took a label away.
    pub loses_empty: bool,
    /// Whether a parser has failed.
    pub has_parser_error: bool,
    /// Which of the labels that parsers are to find they have found, a bit each.
    pub recorded: u64,
    error: Option<ErrorKind>,
    details: Option<String>,
}

impl<'e> Labels<'e> {
    /// Begins an entry.
    pub fn new(
        stream: &'e Arc<LabelSet>,
        metadata: &'e [(String, String)],
        mut scratch: Scratch,
    ) -> Self {
        scratch.removed.clear();
        scratch.hidden_labels.clear();
        scratch.hidden_labels.resize(stream.len(), false);
        scratch.hidden_metadata.clear();
        // An empty value is none.
        let is_empty = |(_, value): &(String, String)| value.is_empty();
        scratch
            .hidden_metadata
            .extend(metadata.iter().map(is_empty));
        let is_label =
            |(_, (name, _)): &(usize, &(String, String))| position(stream, name).is_some();
        let doubled = metadata.iter().enumerate();
        Self {
            stream,
            metadata,
            doubled: doubled.filter(is_label).map(|(at, _)| at).collect(),
            scratch,
            len: 0,
            loses_empty: false,
            has_parser_error: false,
            recorded: 0,
            error: None,
            details: None,
        }
    }

    /// Ends the entry and returns its memory.
    pub fn into_scratch(self) -> Scratch {
        self.scratch
    }

    /// Returns the value of a label as stages see it.
    pub fn get(&self, name: &str) -> Option<&str> {
        if let Some(field) = self.live_field(name) {
            return Some(&field.value);
        }
        if let Some(at) = self.visible_metadata(name) {
            return self.metadata.get(at).map(|(_, value)| value.as_str());
        }
        let at = position(self.stream, name)?;
        if is_hidden(&self.scratch.hidden_labels, at) {
            return None;
        }
        self.stream.get(at).map(|(_, value)| value.as_str())
    }

    /// Returns the name of the last error.
    pub fn error(&self) -> Option<&'static str> {
        self.error.map(ErrorKind::name)
    }

    /// Returns what describes the error.
    pub fn error_details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    /// Marks the entry with an error.
    pub fn set_error(&mut self, kind: ErrorKind, details: Option<String>) {
        self.error = Some(kind);
        self.has_parser_error |= matches!(kind, ErrorKind::Json | ErrorKind::Logfmt);
        if details.is_some() {
            self.details = details;
        }
    }

    /// Takes the name of the error away.
    pub fn clear_error(&mut self) {
        self.error = None;
    }

    /// Takes the description of the error away.
    pub fn clear_error_details(&mut self) {
        self.details = None;
    }

    /// Sets a label, in place of those of that name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.hide(name);
        self.write_field(name, value);
    }

    /// Sets a label that a parser found.
    pub fn set_extracted(&mut self, name: &str, value: &str) {
        self.set(name, value);
        let len = self.len;
        let mut fields = self.scratch.fields.iter_mut().take(len);
        if let Some(field) = fields.find(|field| field.name == name) {
            field.is_extracted = true;
        }
    }

    /// Says whether a parser has set the label before, be it that it was taken away since.
    pub fn was_extracted(&self, name: &str) -> bool {
        self.fields()
            .any(|field| field.is_extracted && field.name == name)
    }

    /// Says whether the stream has the label, be it that it was taken away, or the metadata.
    pub fn is_given(&self, name: &str) -> bool {
        position(self.stream, name).is_some() || self.visible_metadata(name).is_some()
    }

    /// Returns the name that a parser's finding gets: names of the stream and of metadata are taken.
    pub fn extracted_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.is_given(name) {
            Cow::Owned(format!("{name}_extracted"))
        } else {
            Cow::Borrowed(name)
        }
    }

    /// Says whether a stage has set the label before, be it that it was taken away since.
    pub fn was_set(&self, name: &str) -> bool {
        self.fields().any(|field| field.name == name)
    }

    /// Says whether a label was taken away, be it that it was set again since.
    pub fn was_removed(&self, name: &str) -> bool {
        self.scratch.removed.iter().any(|removed| removed == name)
    }

    /// Takes a label away.
    pub fn remove(&mut self, name: &str) {
        self.scratch.removed.push(name.to_owned());
        self.loses_empty = true;
        self.hide(name);
        let len = self.len;
        for field in self.scratch.fields.iter_mut().take(len) {
            if field.name == name {
                field.is_live = false;
            }
        }
    }

    /// Takes away all labels for which `keeps` is false.
    pub fn retain(&mut self, keeps: impl Fn(&str, &str) -> bool) {
        let mut removed = std::mem::take(&mut self.scratch.removed);
        let mut pairs = Vec::new();
        self.collect(&mut pairs);
        let lost = pairs.iter().filter(|(name, value)| !keeps(name, value));
        removed.extend(lost.map(|(name, _)| name.to_string()));
        self.loses_empty |= !removed.is_empty();
        self.scratch.removed = removed;
        for (hidden, (name, value)) in self
            .scratch
            .hidden_labels
            .iter_mut()
            .zip(self.stream.iter())
        {
            *hidden = *hidden || !keeps(name, value);
        }
        for (at, (name, value)) in self.metadata.iter().enumerate() {
            let name = metadata_name(name, self.doubled.contains(&at));
            if let Some(hidden) = self.scratch.hidden_metadata.get_mut(at) {
                *hidden = *hidden || !keeps(&name, value);
            }
        }
        let len = self.len;
        for field in self.scratch.fields.iter_mut().take(len) {
            let is_error = matches!(field.name.as_str(), ERROR | ERROR_DETAILS);
            field.is_live = field.is_live && (is_error || keeps(&field.name, &field.value));
        }
    }

    /// Adds all labels, with those of an error.
    pub fn collect<'l>(&'l self, pairs: &mut Vec<(Cow<'l, str>, &'l str)>) {
        let errors = self.error_labels();
        pairs.extend(errors.map(|(name, value)| (Cow::Borrowed(name), value)));
        let is_error = |name: &str| match name {
            ERROR => self.error.is_some(),
            ERROR_DETAILS => self.details.is_some(),
            _ => false,
        };
        let labels = self.scratch.hidden_labels.iter().zip(self.stream.iter());
        let labels = labels.filter(|(hidden, _)| !**hidden);
        pairs.extend(
            labels.map(|(_, (name, value))| (Cow::Borrowed(name.as_str()), value.as_str())),
        );
        pairs.extend(self.visible_metadata_labels());
        let fields = self
            .fields()
            .filter(|field| field.is_live && !is_error(&field.name));
        pairs
            .extend(fields.map(|field| (Cow::Borrowed(field.name.as_str()), field.value.as_str())));
    }

    /// Returns the labels by where they come from.
    pub fn categorized(&mut self) -> CategorizedLabels {
        let metadata = self
            .visible_metadata_labels()
            .map(|(name, value)| (name.into_owned(), value.to_owned()));
        let mut metadata: LabelSet = metadata.collect();
        metadata.sort_unstable();
        CategorizedLabels {
            stream: self.stream_labels(),
            metadata,
            parsed: self.take_parsed(),
        }
    }

    /// Returns the labels of the error.
    pub fn error_labels(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let error = self.error().map(|error| (ERROR, error));
        let details = self
            .details
            .as_deref()
            .map(|details| (ERROR_DETAILS, details));
        error.into_iter().chain(details)
    }

    fn stream_labels(&self) -> Arc<LabelSet> {
        if !self.scratch.hidden_labels.contains(&true) {
            return Arc::clone(self.stream);
        }
        let labels = self.scratch.hidden_labels.iter().zip(self.stream.iter());
        let visible = labels.filter(|(hidden, _)| !**hidden);
        Arc::new(visible.map(|(_, label)| label.clone()).collect())
    }

    fn take_parsed(&mut self) -> LabelSet {
        let (has_error, has_details) = (self.error.is_some(), self.details.is_some());
        let len = self.len;
        let fields = self.scratch.fields.iter_mut().take(len);
        let mut parsed: LabelSet = fields
            .filter(|field| field.is_live)
            .filter(|field| match field.name.as_str() {
                // A field of the line can have the name; an error has it first.
                ERROR => !has_error,
                ERROR_DETAILS => !has_details,
                _ => true,
            })
            .map(|field| {
                (
                    std::mem::take(&mut field.name),
                    std::mem::take(&mut field.value),
                )
            })
            .collect();
        self.len = 0;
        let errors = self.error_labels();
        parsed.extend(errors.map(|(name, value)| (name.to_owned(), value.to_owned())));
        parsed.sort_unstable();
        parsed
    }

    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.scratch.fields.iter().take(self.len)
    }

    fn live_field(&self, name: &str) -> Option<&Field> {
        self.fields()
            .find(|field| field.is_live && field.name == name)
    }

    /// Writes the field of a name, an old one or a new one.
    fn write_field(&mut self, name: &str, value: &str) {
        let at = self.fields().position(|field| field.name == name);
        let was_there = at.is_some();
        let at = at.unwrap_or(self.len);
        if at == self.scratch.fields.len() {
            self.scratch.fields.push(Field::default());
        }
        self.len = self.len.max(at + 1);
        if let Some(field) = self.scratch.fields.get_mut(at) {
            if field.name != name {
                field.name.clear();
                field.name.push_str(name);
            }
            field.value.clear();
            field.value.push_str(value);
            field.is_live = true;
            field.is_extracted = was_there && field.is_extracted;
        }
    }

    fn visible_metadata_labels(&self) -> impl Iterator<Item = (Cow<'e, str>, &'e str)> {
        self.metadata
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_hidden(&self.scratch.hidden_metadata, *at))
            .map(|(at, (name, value))| {
                (
                    metadata_name(name, self.doubled.contains(&at)),
                    value.as_str(),
                )
            })
    }

    fn visible_metadata(&self, name: &str) -> Option<usize> {
        self.metadata_of(name)
            .filter(|at| !is_hidden(&self.scratch.hidden_metadata, *at))
    }

    fn metadata_of(&self, name: &str) -> Option<usize> {
        let named = |at: &usize| self.metadata.get(*at).map(|(name, _)| name.as_str());
        if !self.doubled.is_empty()
            && let Some(original) = name.strip_suffix("_extracted")
            && let Some(at) = self.doubled.iter().find(|at| named(at) == Some(original))
        {
            return Some(*at);
        }
        let at = self.metadata.iter().position(|(known, _)| known == name)?;
        (!self.doubled.contains(&at)).then_some(at)
    }

    /// Hides a label of the stream and of the metadata.
    fn hide(&mut self, name: &str) {
        if let Some(hidden) = self
            .metadata_of(name)
            .and_then(|at| self.scratch.hidden_metadata.get_mut(at))
        {
            *hidden = true;
        }
        if let Some(hidden) =
            position(self.stream, name).and_then(|at| self.scratch.hidden_labels.get_mut(at))
        {
            *hidden = true;
        }
    }
}

fn metadata_name(name: &str, is_doubled: bool) -> Cow<'_, str> {
    if is_doubled {
        Cow::Owned(format!("{name}_extracted"))
    } else {
        Cow::Borrowed(name)
    }
}

fn is_hidden(hidden: &[bool], at: usize) -> bool {
    hidden.get(at).copied().unwrap_or_default()
}

fn position(labels: &LabelSet, name: &str) -> Option<usize> {
    labels
        .binary_search_by(|(known, _)| known.as_str().cmp(name))
        .ok()
}
