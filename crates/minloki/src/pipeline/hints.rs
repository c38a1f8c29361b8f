//! What parsers know of the rest of the query.
//!
//! The first is a fault of Loki's, the second shows where a query for numbers asks for few labels:
//!
//! - A parser that takes every field ends as soon as a value fails **any** label filter of the query on
//!   that name alone, wherever it stands: `| json | label_format a="x" | a="x"` filters out a line whose
//!   own `a` is something else.
//! - Under `sum by (…)`, or another grouping by labels, parsers set only labels that the query names, and
//!   end when they have all: what is broken behind them is no error, and a template sees no others.
//!   Filters are not asked then, unless the grouping is empty. Where it is empty and the query names no
//!   label, parsers do nothing.

use std::ops::ControlFlow;

use super::label_filter::LabelCondition;
use super::labels::{ERROR, Labels};

/// Why a parser ends before the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A label filter fails.
    Filtered,
    /// All is found.
    Found,
}

/// What parsers know of the rest of the query.
#[derive(Debug, Default)]
pub struct Hints {
    conditions: Vec<LabelCondition>,
    required: Option<Vec<String>>,
}

impl Hints {
    /// For queries that want every label.
    pub fn all_labels(conditions: Vec<LabelCondition>) -> Self {
        Self {
            conditions,
            required: None,
        }
    }

    /// For queries that group by labels: `required` are all that the query names.
    pub fn some_labels(conditions: Vec<LabelCondition>, mut required: Vec<String>) -> Self {
        required.sort_unstable();
        required.dedup();
        Self {
            conditions,
            required: Some(required),
        }
    }

    /// Says whether the query groups by labels and names `__error__`.
    pub fn name_errors(&self) -> bool {
        self.required.is_some() && self.wants(ERROR)
    }

    /// Says whether nobody wants a label.
    pub fn skips_parsers(&self) -> bool {
        self.required.as_ref().is_some_and(Vec::is_empty)
    }

    /// Says whether a label is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.required.is_none() || self.number_of(name).is_some()
    }

    /// Says whether labels that begin with a name are wanted.
    pub fn wants_within(&self, name: &str) -> bool {
        let begins = |required: &String| required.starts_with(name);
        self.required
            .as_ref()
            .is_none_or(|required| required.iter().any(begins))
    }

    fn number_of(&self, name: &str) -> Option<usize> {
        self.required
            .as_ref()?
            .iter()
            .position(|known| known == name)
    }

    /// Sets a label that a parser found.
    pub fn found(&self, labels: &mut Labels<'_>, name: &str, value: &str) -> ControlFlow<End> {
        let Some(name) = self.set(labels, name, value) else {
            return ControlFlow::Continue(());
        };
        self.check_conditions(labels, &name)?;
        self.check_required(labels)
    }

    /// Sets a label that `json` found: what is found last is asked by no filter.
    pub fn found_in_json(
        &self,
        labels: &mut Labels<'_>,
        name: &str,
        value: &str,
    ) -> ControlFlow<End> {
        let Some(name) = self.set(labels, name, value) else {
            return ControlFlow::Continue(());
        };
        self.check_required(labels)?;
        self.check_conditions(labels, &name)
    }

    /// Sets a label, unless it is not wanted or was set before; returns its name.
    fn set<'n>(
        &self,
        labels: &mut Labels<'_>,
        name: &'n str,
        value: &str,
    ) -> Option<std::borrow::Cow<'n, str>> {
        let name = labels.extracted_name(name);
        let number = self.number_of(&name);
        if (self.required.is_some() && number.is_none()) || labels.was_set(&name) {
            return None;
        }
        labels.set_extracted(&name, value);
        if let Some(number) = number {
            labels.recorded |= 1_u64.checked_shl(number as u32).unwrap_or_default();
        }
        Some(name)
    }

    fn check_conditions(&self, labels: &mut Labels<'_>, name: &str) -> ControlFlow<End> {
        for condition in &self.conditions {
            if condition.name() == name && !condition.passes(labels) {
                return ControlFlow::Break(End::Filtered);
            }
        }
        ControlFlow::Continue(())
    }

    fn check_required(&self, labels: &Labels<'_>) -> ControlFlow<End> {
        match &self.required {
            Some(required) if labels.recorded.count_ones() as usize == required.len() => {
                ControlFlow::Break(End::Found)
            }
            _ => ControlFlow::Continue(()),
        }
    }
}
