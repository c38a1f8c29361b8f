//! How a site ships a line: which fields become labels or metadata, and what goes wrong.

use std::collections::BTreeMap;

use super::catalog::portfolios;
use super::config::{Config, Layout, System};
use super::dice::Dice;
use super::draft::{Draft, Field, Format};
use super::entry::{Entry, Truth};
use super::json::{self, Written};
use super::mess::Mess;
use super::{spoil, tskv};

/// A site's collector.
pub(super) struct Shipper {
    system: System,
    layout: Layout,
    mess: f64,
    /// Decides on places.
    site: Dice,
    /// Decides on mess: another stream, so that more mess does not move the ids elsewhere.
    chaos: Dice,
    /// Ids that a wrong label may name instead.
    others: Vec<(&'static str, String)>,
}

/// Where the ids of one line go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Labels,
    Metadata,
    Line,
    Everywhere,
}

impl Shipper {
    /// A site as configured.
    pub(super) fn new(config: &Config, system: System, stream: u64) -> Self {
        let mut others = Vec::new();
        for portfolio in portfolios(config.seed) {
            others.push(("portfolio_id", portfolio.id));
            let ids = portfolio.strategies.into_iter().map(|strategy| strategy.id);
            others.extend(ids.map(|id| ("strategy_id", id)));
        }
        Self {
            system,
            layout: config.layout,
            mess: config.mess,
            site: Dice::new(config.seed, stream),
            chaos: Dice::new(config.seed, stream + 1),
            others,
        }
    }

    /// Ships a line; `previous_ns` is the time of the entry before it.
    pub(super) fn ship(&mut self, mut draft: Draft, previous_ns: Option<i64>) -> Entry {
        let mut place = self.place();
        let kind = self.kind(&draft, previous_ns.is_some());
        let mut is_replaced = false;
        if let Some(kind) = kind {
            is_replaced = spoil::replaces(kind, &draft.format);
            if is_replaced {
                // Collectors find a level in plain text, too, but no ids.
                let keeps_level = self.chaos.chance(0.5);
                draft
                    .fields
                    .retain(|field| keeps_level && field.name == "level");
            }
            spoil::fields(&mut self.chaos, kind, &mut draft);
            if kind == Mess::Conflict && place == Place::Metadata {
                place = Place::Line;
            }
        }
        let mut labels = to_map(&draft.labels);
        let mut metadata = to_map(&draft.metadata);
        self.attach(place, &draft, &mut labels, &mut metadata);
        if kind == Some(Mess::Conflict) {
            self.contradict(&draft, &mut labels, &mut metadata);
        }

        let is_moved =
            |field: &Field| place == Place::Metadata && self.system.ids().contains(&field.name);
        let (moved, in_line) = draft.fields.into_iter().partition::<Vec<_>, _>(is_moved);
        let written = match &draft.format {
            Format::Json(style) => json::write(&in_line, *style),
            Format::Tskv => tskv::write(&in_line),
            Format::Foreign(line) => Written {
                line: line.clone(),
                ..Written::default()
            },
        };
        let spoiled = match kind {
            Some(kind) => spoil::line(&mut self.chaos, kind, &draft.format, &written),
            None => spoil::whole(written.line.clone()),
        };

        let mut truth = Truth {
            mess: kind.map(Mess::name),
            ..Truth::default()
        };
        if !is_replaced {
            let mut unread = Vec::new();
            for read in written.read {
                if read.end <= spoiled.readable {
                    insert(&mut truth.line, read.name, read.text);
                } else {
                    unread.push(read);
                }
            }
            truth.fields = truth.line.clone();
            for read in unread {
                insert(&mut truth.fields, read.name, read.text);
            }
            // What a foreign line means was not read out of it.
            let is_foreign = matches!(draft.format, Format::Foreign(_));
            let rest = in_line.iter().filter(|_| is_foreign);
            for field in moved.iter().chain(rest) {
                if let Some(text) = field.value.plain() {
                    insert(&mut truth.fields, field.name, text);
                }
            }
        }
        for (name, value) in labels.iter().chain(&metadata) {
            insert(&mut truth.fields, name, value.clone());
        }
        let timestamp_ns = match (kind, previous_ns) {
            (Some(Mess::SameNanosecond), Some(previous)) => previous,
            _ => draft.timestamp_ns,
        };
        Entry {
            system: self.system,
            timestamp_ns,
            labels,
            metadata,
            line: spoiled.line,
            truth,
        }
    }

    fn place(&mut self) -> Place {
        match self.layout {
            Layout::Labels => Place::Labels,
            Layout::Metadata => Place::Metadata,
            Layout::Line => Place::Line,
            Layout::Mixed => self.site.weighted(&[
                (3, Place::Labels),
                (3, Place::Metadata),
                (3, Place::Line),
                (1, Place::Everywhere),
            ]),
        }
    }

    fn kind(&mut self, draft: &Draft, has_previous: bool) -> Option<Mess> {
        if !self.chaos.chance(self.mess) {
            return None;
        }
        let site = (self.system, self.layout);
        Some(Mess::pick(&mut self.chaos, draft, site, has_previous))
    }

    fn attach(
        &self,
        place: Place,
        draft: &Draft,
        labels: &mut BTreeMap<String, String>,
        metadata: &mut BTreeMap<String, String>,
    ) {
        if matches!(place, Place::Labels | Place::Everywhere) {
            labels.extend(to_map(&draft.site_labels));
            for name in self.system.promoted() {
                let is_thinned = (*name == "trace_id" && !draft.trace_label)
                    || (*name == "task_id" && !draft.run_label);
                if !is_thinned {
                    copy(&draft.fields, name, labels);
                }
            }
        }
        if matches!(place, Place::Metadata | Place::Everywhere) {
            for name in self.system.ids() {
                copy(&draft.fields, name, metadata);
            }
        }
    }

    /// Lets a label or metadata name another id than the line.
    fn contradict(
        &mut self,
        draft: &Draft,
        labels: &mut BTreeMap<String, String>,
        metadata: &mut BTreeMap<String, String>,
    ) {
        let ids = self.system.ids();
        let has_text = |field: &&Field| ids.contains(&field.name) && field.value.plain().is_some();
        let fields: Vec<&Field> = draft.fields.iter().filter(has_text).collect();
        if fields.is_empty() {
            return;
        }
        let field = *self.chaos.pick(&fields);
        let said = field.value.plain().unwrap_or_default();
        let others = self.others.iter();
        let others: Vec<&String> = others
            .filter(|(name, id)| *name == field.name && *id != said)
            .map(|(_, id)| id)
            .collect();
        if others.is_empty() {
            // Made-up traces as labels would make too many streams.
            metadata.insert(field.name.to_owned(), self.chaos.hex(32));
            return;
        }
        let other = (*self.chaos.pick(&others)).clone();
        if self.chaos.chance(0.5) {
            labels.insert(field.name.to_owned(), other);
        } else {
            metadata.insert(field.name.to_owned(), other);
        }
    }
}

fn to_map(pairs: &[(&'static str, String)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

/// Copies a field's text, if it has one, from the line into labels or metadata.
fn copy(fields: &[Field], name: &'static str, into: &mut BTreeMap<String, String>) {
    let field = fields.iter().find(|field| field.name == name);
    if let Some(text) = field.and_then(|field| field.value.plain()) {
        into.insert(name.to_owned(), text);
    }
}

/// The first of equal names stays.
fn insert(into: &mut BTreeMap<String, String>, name: &str, text: String) {
    into.entry(name.to_owned()).or_insert(text);
}
