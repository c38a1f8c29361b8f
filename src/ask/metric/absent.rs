//! What an answer says of who is not in it: ids and other named values that are silent, names that nothing
//! has, numbers that are none.

use std::collections::BTreeSet;

use super::run::Run;
use super::{
    Bound, Condition, Duration, Field, Grid, Merge, Notice, ResultKind, Scope, Timing, translate,
};
use crate::answer::metric::Group;
use crate::answer::not_found;
use crate::ask::sample::quoted_few;
use crate::query::{MacroContext, Operator};
use crate::translate::group_of;

/// How long it may take to find out why there is no number.
const LONGEST_LOOK: Duration = Duration::from_secs(3);
/// So few points are looked at one by one.
const FEW_POINTS: usize = 20;
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
        // Over time too, or an alert could not tell somebody who vanished from health.
        let is_age = self.query.result == ResultKind::LastSeen;
        let named = self.named(is_age);
        let counts = (timing.instant || is_age) && !named.is_empty();
        // Where groups are left out, what is missing need not be silent.
        if !counts || self.is_cut() {
            return;
        }
        let Some(groups) = named_groups(&self.metric.groups, &named) else {
            return;
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
                silent.push(shown(&group, &self.metric.groups, &named));
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
                let verb = if named.len() == 1 { "was" } else { "were" };
                format!("{} {verb} not", named.join(", "))
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

    /// Says that the last of few points is of a step that is not over; among many nobody looks for it.
    pub(super) fn notes_of_the_running_step(&self, scope: &Scope, timing: &Timing) {
        let now = jiff::Timestamp::now().as_nanosecond();
        let is_running = i128::from(timing.end_ns) > now && timing.end_ns > scope.to_ns;
        if !timing.instant && is_running && timing.points() <= FEW_POINTS {
            let end = jiff::Timestamp::from_nanosecond(i128::from(timing.end_ns));
            let end = end.map(|end| end.to_string()).unwrap_or_default();
            self.note(Notice::info(format!(
                "the last point is partial: its step ends at {end}, and has the lines up to now"
            )));
        }
    }

    /// Says what stands where numbers are measured and there is none.
    pub(super) async fn note_no_number(&self, grid: &Grid, scope: &Scope) {
        // A rule sees no notices.
        let is_shown = grid.is_empty() && !scope.caller.is_alert();
        let Some(field) = self.metric.reading.field().filter(|_| is_shown) else {
            return;
        };
        let there = Condition::exists(field, self.system);
        let bound = Bound {
            conditions: self.bound.conditions.iter().cloned().chain(there).collect(),
            ..self.bound.clone()
        };
        let macros = MacroContext {
            interval_ms: 1000,
            range_ms: 1000,
            instant: true,
        };
        let plan = |facts| translate::plan(self.query, &bound, self.system, facts, &macros);
        // It explains an answer, and is none: without it the answer is the same.
        let Ok(plans) = self.facts.iter().map(plan).collect::<Result<Vec<_>, _>>() else {
            return;
        };
        let exprs: Vec<&str> = plans.iter().map(|plan| plan.expr.as_str()).collect();
        let look = self.data_source.look(self.system, &exprs, scope, self.call);
        let misfits = match tokio::time::timeout(LONGEST_LOOK, look).await {
            Ok(Ok(look)) => look.misfits(field),
            Ok(Err(_)) | Err(_) => return,
        };
        if !misfits.is_empty() {
            self.note(Notice::warning(format!(
                "no line has a number in \"{}\"; seen were {}",
                field.name,
                quoted_few(&misfits)
            )));
        }
    }

    /// Returns the fields whose values are asked for by name, each with these: the ids, and where `filters`
    /// says so what filters name too.
    fn named(&self, filters: bool) -> Vec<(String, Vec<String>)> {
        let mut named = Vec::new();
        let role = self.query.query_type.role();
        if let Some(field) = role.and_then(|role| self.system.role(role))
            && !self.query.ids.is_empty()
        {
            named.push((field.name.clone(), self.query.ids.clone()));
        }
        let filters = self.query.filters.iter().filter(|_| filters);
        let equal = filters.filter(|f| matches!(f.operator, Operator::Equal | Operator::OneOf));
        for filter in equal {
            let field = self.system.field(&filter.field);
            let value = |text: &String| group_of(&field, Some(text.clone()), self.system);
            let mut values: Vec<String> = filter.values.iter().filter_map(value).collect();
            values.sort();
            values.dedup();
            named.push((field.name.clone(), values));
        }
        named
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

/// Returns the groups that were asked for by name: their fields must be, and at most one by several values,
/// since nobody says which of two fields' values go together.
fn named_groups(fields: &[Field], named: &[(String, Vec<String>)]) -> Option<Vec<Group>> {
    let mut groups: Vec<Group> = vec![Vec::new()];
    let mut has_several = false;
    for field in fields {
        let (_, values) = named.iter().find(|(name, _)| *name == field.name)?;
        if values.len() > 1 && std::mem::replace(&mut has_several, true) {
            return None;
        }
        let with = |group: &Group| {
            let group = group.clone();
            values.iter().map(move |value| {
                let mut group = group.clone();
                group.push(Some(value.clone()));
                group
            })
        };
        groups = groups.iter().flat_map(with).collect();
    }
    Some(groups)
}

/// Returns what a notice calls a group: the value of the field that was asked for by several, else of the
/// first.
fn shown(group: &Group, fields: &[Field], named: &[(String, Vec<String>)]) -> Option<String> {
    let is_several = |field: &Field| {
        let values = named.iter().find(|(name, _)| *name == field.name);
        values.is_some_and(|(_, values)| values.len() > 1)
    };
    let number = fields.iter().position(is_several).unwrap_or_default();
    group.get(number).cloned().flatten()
}
