//! What an answer says of who is not in it: ids that are silent, names that nothing has.

use std::collections::BTreeSet;

use super::run::Run;
use super::{Grid, Merge, Notice, ResultKind};
use crate::answer::metric::Group;
use crate::answer::not_found;

/// The most ids that a notice names.
const MOST_NAMED: usize = 5;

impl Run<'_> {
    /// Adds what is said of ids that were asked for by name and have no line.
    pub(super) fn add_silent(&self, grid: &mut Grid) {
        let timing = *grid.timing();
        let value = match self.query.result {
            ResultKind::Count | ResultKind::ErrorCount => 0.0,
            ResultKind::LastSeen => timing.window.as_secs_f64(),
            _ => return,
        };
        let role = self.query.query_type.role();
        let field = role.and_then(|role| self.system.role(role));
        // Over time too, or an alert could not tell somebody who vanished from health.
        let is_age = self.query.result == ResultKind::LastSeen;
        let counts = (timing.instant || is_age) && !self.query.ids.is_empty();
        // Where groups are left out, what is missing need not be silent.
        let Some(field) = field.filter(|_| counts && !self.is_cut()) else {
            return;
        };
        let groups: Vec<Group> = match self.metric.groups.as_slice() {
            [] => vec![Vec::new()],
            [only] if only.name == field.name => {
                let ids = self.query.ids.iter();
                ids.map(|id| vec![Some(id.clone())]).collect()
            }
            _ => return,
        };
        let mut silent = Vec::new();
        for group in groups {
            let is_silent = grid.get(&group).is_none();
            if is_silent || is_age {
                // No age is longer than the window.
                let points = (0..timing.points()).map(|point| (point, value));
                grid.add_series(&group, points, Merge::Min);
            }
            if is_silent {
                silent.push(group.first().cloned().flatten());
            }
        }
        if is_age && !silent.is_empty() {
            let named: Vec<&str> = silent.iter().flatten().map(String::as_str).collect();
            let who = if named.is_empty() {
                "nothing that was asked for".to_owned()
            } else if named.len() > MOST_NAMED {
                let shown = named.iter().take(MOST_NAMED).copied().collect::<Vec<_>>();
                format!(
                    "{} and {} more were not",
                    shown.join(", "),
                    named.len() - MOST_NAMED
                )
            } else {
                format!("{} was not", named.join(", "))
            };
            let who = if named.is_empty() {
                format!("{who} was")
            } else {
                who
            };
            let window = crate::query::duration_text(timing.window);
            self.note(Notice::info(format!(
                "{who} seen within the last {window}: the number is that window"
            )));
        }
    }

    /// Says which names of the query nothing has.
    pub(super) fn note_unknown(&self, grid: &Grid) {
        let unseen: BTreeSet<&str> = if grid.is_empty() {
            let asked = self.bound.conditions.iter();
            let asked = asked.filter(|condition| !condition.test.is_negative());
            let asked = asked.map(|condition| &condition.field);
            let fields = asked.chain(self.metric.reading.field());
            fields.map(|field| field.name.as_str()).collect()
        } else {
            let groups = self.metric.groups.iter().enumerate();
            let is_in =
                |number: usize, group: &Group| group.get(number).is_some_and(Option::is_some);
            let unseen =
                groups.filter(|(number, _)| !grid.iter().any(|(group, _)| is_in(*number, group)));
            unseen.map(|(_, field)| field.name.as_str()).collect()
        };
        for name in unseen {
            if self.system.fields.iter().all(|field| field.name != name) {
                self.note(not_found(name, self.system));
            }
        }
    }
}
