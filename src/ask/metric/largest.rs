//! More groups than Loki counts at once (`max_query_series`): the largest ones by name, and the rest as
//! one.
//!
//! Loki counts every group before it could choose some, so `topk` fails like the plain query. Which
//! groups are large is found out from samples: a few short spans of the range, so short that they
//! cannot have more groups than Loki counts. What is shown of a chosen group is exact, and so is the rest.

use std::collections::{BTreeSet, HashMap};

use super::run::Run;
use super::sample::{SAMPLES, denser, density, resized, samples};
use super::{
    Error, Field, Grid, Merge, Notice, QueryError, Reading, Timing, is_too_many, most_groups,
};
use crate::answer::metric::Group;
use crate::translate::Condition;
use crate::translate::metric::{is_missing, is_one_of};

/// How many groups are shown: one can make several series when its value stands in several places.
const MOST_SHOWN: usize = 200;
/// With so few groups none is left out for the sake of those that come along, but those of another form.
const FEWEST_SHOWN: usize = 10;
/// How often samples are sought: the second time in the fullest bucket, where the first ones met too many lines
/// or none.
const MOST_LOOKS: usize = 2;
/// By how much a sample with too many groups is shortened, and one without any lengthened.
const SHORTER: f64 = 0.125;
const LONGER: f64 = 4.0;
/// What the rest is called, where no group of its own is called so.
const OTHER: &str = "other";

/// The groups that are shown.
struct Chosen {
    /// Which lines to ask for: all of these groups, and others that share a value with one.
    also: Vec<Condition>,
    /// The groups.
    groups: Vec<Group>,
    /// How many lines the samples had.
    sampled: f64,
    /// The field without which a line is among the rest.
    needed: Option<String>,
}

impl Run<'_> {
    /// Counts of the largest groups, and of the others together.
    pub(super) async fn largest_counts(&self, timing: &Timing) -> Result<Grid, Error> {
        let total = self.total(Vec::new(), timing).await?;
        let mut chosen = self.chosen(timing).await?;
        let counts = |also| self.grid(&self.metric.groups, &Reading::Count, also, timing);
        let all = self.shown(&mut chosen, counts).await?;
        let other = other_than(&all, self.metric.groups.len());
        self.say(&chosen, Some(&other));
        Ok(with_other(all, &total, &other))
    }

    /// All lines and errors of the largest groups, and of the others together.
    pub(super) async fn largest_errors(&self, timing: &Timing) -> Result<(Grid, Grid), Error> {
        let level: Vec<Field> = self.metric.level.iter().cloned().collect();
        let counts = self
            .grid(&level, &Reading::Count, Vec::new(), timing)
            .await?;
        let (mut total, mut total_errors) = (Grid::new(*timing), Grid::new(*timing));
        for (group, values) in counts.iter() {
            let points = || values.iter().copied().enumerate();
            total.add_series(&Vec::new(), points(), Merge::Add);
            if self.is_error(group.first().and_then(Option::as_deref)) {
                total_errors.add_series(&Vec::new(), points(), Merge::Add);
            }
        }
        let mut chosen = self.chosen(timing).await?;
        let counts = |also| self.grid(&self.metric.groups, &Reading::Count, also, timing);
        let all = self.shown(&mut chosen, counts).await?;
        let mut also = self.errors_only();
        also.extend(chosen.also.iter().cloned());
        let errors = self.grid(&self.metric.groups, &Reading::Count, also, timing);
        let errors = errors.await?.only(&chosen.groups);
        let other = other_than(&all, self.metric.groups.len());
        self.say(&chosen, Some(&other));
        Ok((
            with_other(all, &total, &other),
            with_other(errors, &total_errors, &other),
        ))
    }

    /// Cuts numbers with more groups than an answer has: lines by group, and errors among them.
    pub(super) fn cut(&self, all: Grid, errors: Option<Grid>) -> (Grid, Option<Grid>) {
        let most = most_groups(self.query);
        if all.len() <= most {
            return (all, errors);
        }
        let (largest, rest) = all.split_largest(most);
        let other = other_than(&all, self.metric.groups.len());
        let errors = errors.map(|errors| {
            let kept = errors.only(&largest);
            let rest = kept.rest_of(&errors.sums());
            with_rest(kept, rest, &other)
        });
        self.note(Notice::warning(format!(
            "{} groups: shown are the {most} largest, and {} is exactly the rest",
            all.len(),
            said(&other)
        )));
        self.was_cut();
        (with_rest(all.only(&largest), rest, &other), errors)
    }

    /// Cuts numbers that do not add up.
    pub(super) fn cut_values(&self, grid: Grid) -> Grid {
        let most = most_groups(self.query);
        if grid.len() <= most {
            return grid;
        }
        self.note(Notice::warning(format!(
            "{} groups: shown are the {most} with the largest numbers; add filters, or group by fewer fields",
            grid.len()
        )));
        self.was_cut();
        grid.only(&grid.split_largest(most).0)
    }

    /// Values of the largest groups.
    pub(super) async fn largest_values(&self, timing: &Timing) -> Result<Grid, Error> {
        let mut chosen = self.chosen(timing).await?;
        let reading = &self.metric.reading;
        let values = |also| self.grid(&self.metric.groups, reading, also, timing);
        let grid = self.shown(&mut chosen, values).await?;
        let grid = self.finished(grid, chosen.also.clone(), timing).await?;
        self.say(&chosen, None);
        Ok(grid.only(&chosen.groups))
    }

    /// The newest lines of the largest groups.
    pub(super) async fn largest_newest(
        &self,
        reading: &Reading,
        timing: &Timing,
    ) -> Result<Grid, Error> {
        let mut chosen = self.chosen(timing).await?;
        let newest = |also| self.newest(reading, also, timing);
        let grid = self.shown(&mut chosen, newest).await?;
        self.say(&chosen, None);
        Ok(grid)
    }

    /// Counts all lines together.
    async fn total(&self, also: Vec<Condition>, timing: &Timing) -> Result<Grid, Error> {
        self.grid(&[], &Reading::Count, also, timing).await
    }

    /// Asks for the chosen groups. Those that share a value with one come along: where they are too many,
    /// half of the groups are shown.
    async fn shown<F, A>(&self, chosen: &mut Chosen, ask: F) -> Result<Grid, Error>
    where
        F: Fn(Vec<Condition>) -> A,
        A: Future<Output = Result<Grid, Error>>,
    {
        loop {
            match ask(chosen.also.clone()).await {
                Err(error) if is_too_many(&error) => {
                    let mut groups = chosen.groups.clone();
                    if groups.len() > FEWEST_SHOWN {
                        groups.truncate(groups.len() / 2);
                    } else {
                        keep_alike(&mut groups);
                    }
                    let fewer = self.choose(groups, chosen.sampled);
                    let fewer = fewer.filter(|fewer| fewer.groups.len() < chosen.groups.len());
                    *chosen = fewer.ok_or(error)?;
                }
                grid => return Ok(grid?.only(&chosen.groups)),
            }
        }
    }

    /// Finds the groups that are largest in samples of the range.
    async fn chosen(&self, timing: &Timing) -> Result<Chosen, Error> {
        let mut buckets = density(timing);
        let mut counts: HashMap<Group, f64> = HashMap::new();
        let mut failed = None;
        for _ in 0..MOST_LOOKS {
            let lines = self.total(Vec::new(), &buckets).await?;
            let lines = lines.get(&Vec::new()).unwrap_or_default();
            for sample in samples(&buckets, lines) {
                match self.sampled(&sample).await {
                    Ok(grid) => {
                        for (group, values) in grid.iter() {
                            *counts.entry(group.clone()).or_default() += values.iter().sum::<f64>();
                        }
                    }
                    // Lines that came all at once: the other samples may do.
                    Err(error) if is_too_many(&error) => failed = Some(error),
                    Err(error) => return Err(error),
                }
            }
            match denser(&buckets, lines) {
                Some(denser) if counts.is_empty() => buckets = denser,
                _ => break,
            }
        }
        let sampled = counts.values().sum();
        let mut counts: Vec<(Group, f64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate(MOST_SHOWN.min(most_groups(self.query)));
        let groups: Vec<Group> = counts.into_iter().map(|(group, _)| group).collect();
        let chosen = self.choose(groups, sampled);
        chosen.ok_or_else(|| failed.unwrap_or_else(no_groups))
    }

    /// Counts the lines of a sample by group. Within a bucket lines may lie close together: then a
    /// shorter sample does, or a longer one.
    async fn sampled(&self, sample: &Timing) -> Result<Grid, Error> {
        let groups = &self.metric.groups;
        let counted = |timing| async move {
            let counted = self.grid(groups, &Reading::Count, Vec::new(), &timing);
            counted.await
        };
        let grid = counted(*sample).await;
        let factor = match &grid {
            Err(error) if is_too_many(error) => SHORTER,
            Ok(grid) if grid.is_empty() => LONGER,
            _ => return grid,
        };
        match resized(sample, factor) {
            Some(other) => counted(other).await,
            None => grid,
        }
    }

    /// Asks for the values of the field that tells most groups apart: groups that have none are left to the
    /// rest. Likewise of each other field that has few, if all groups have one; or for lines that lack it.
    fn choose(&self, mut groups: Vec<Group>, sampled: f64) -> Option<Chosen> {
        // Levels are canonical here and are not in the lines.
        let fields = self.metric.groups.iter().enumerate();
        let fields = fields.filter(|(_, field)| field.kind != crate::schema::FieldType::Level);
        let fields: Vec<(usize, &Field)> = fields.collect();
        let values = |number: usize, groups: &[Group]| -> BTreeSet<String> {
            let values = groups.iter().filter_map(|group| group.get(number)?.clone());
            values.collect()
        };
        let count = |(number, _): &&(usize, &Field)| values(*number, &groups).len();
        let (most_telling, needed) = *fields.iter().max_by_key(count)?;
        if groups.is_empty() {
            return None;
        }
        let before = groups.len();
        let has = |number: usize, group: &Group| group.get(number).is_some_and(Option::is_some);
        if !values(most_telling, &groups).is_empty() {
            groups.retain(|group| has(most_telling, group));
        }
        let needed = (groups.len() < before).then(|| needed.name.clone());
        let mut also = Vec::new();
        for (number, field) in fields {
            let there = values(number, &groups);
            let few = number == most_telling || there.len() <= FEWEST_SHOWN;
            if there.is_empty() {
                also.push(is_missing(field));
            } else if few && groups.iter().all(|group| has(number, group)) {
                also.push(is_one_of(field, there.into_iter().collect()));
            }
        }
        Some(Chosen {
            also,
            groups,
            sampled,
            needed,
        })
    }

    fn say(&self, chosen: &Chosen, other: Option<&Group>) {
        let rest = other.map_or_else(
            || "the others are not shown".to_owned(),
            |other| format!("{} is exactly the rest", said(other)),
        );
        let with = chosen.needed.as_ref();
        let with = with.map_or_else(String::new, |field| format!(" with a value of {field}"));
        self.note(Notice::warning(format!(
            "more groups than Loki counts at once (`max_query_series`): shown are the {}{with} that were most frequent in a sample of {} lines from {SAMPLES} moments of the range; their numbers are exact, and {rest}",
            chosen.groups.len(),
            chosen.sampled
        )));
        self.was_cut();
    }
}

fn no_groups() -> Error {
    let problem = "make more groups than Loki counts at once (`max_query_series`), and no sample of the range shows which are large: group by fewer fields, or add filters";
    QueryError::new("groupBy", problem).into()
}

/// Keeps the groups that have a value where the first has one, and none where it has none.
fn keep_alike(groups: &mut Vec<Group>) {
    let there = |group: &Group| group.iter().map(Option::is_some).collect::<Vec<bool>>();
    if let Some(first) = groups.first().map(there) {
        groups.retain(|group| there(group) == first);
    }
}

/// Returns the group that the rest is: `other` in each field, or where the lines themselves have such a
/// group among those that were counted, the first of `other (rest)`, `other (rest 2)`, … that they have not.
/// Two series of the same labels would be an error to Grafana's alerting, and added up a wrong number.
fn other_than(counted: &Grid, fields: usize) -> Group {
    let group = |name: String| vec![Some(name); fields];
    let mut other = group(OTHER.to_owned());
    let mut number = 1;
    while counted.get(&other).is_some() {
        other = group(match number {
            1 => format!("{OTHER} (rest)"),
            number => format!("{OTHER} (rest {number})"),
        });
        number += 1;
    }
    other
}

/// Returns the name of the rest as a notice has it.
fn said(other: &Group) -> String {
    let name = other.first().and_then(Option::as_deref);
    format!("`{}`", name.unwrap_or(OTHER))
}

/// Adds what the groups leave of the total.
fn with_other(grid: Grid, total: &Grid, other: &Group) -> Grid {
    let Some(total) = total.get(&Vec::new()) else {
        return grid;
    };
    let rest = grid.rest_of(total);
    with_rest(grid, rest, other)
}

/// Adds the rest as a group of its own.
fn with_rest(mut grid: Grid, rest: Vec<f64>, other: &Group) -> Grid {
    let points = rest
        .into_iter()
        .enumerate()
        .filter(|(_, value)| *value > 0.0);
    grid.add_series(other, points, Merge::Add);
    grid
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn grid(groups: &[&[&str]]) -> Grid {
        let mut grid = Grid::new(Timing::at(0, Duration::from_secs(1)));
        for group in groups {
            let group = group
                .iter()
                .map(|value| Some((*value).to_owned()))
                .collect();
            grid.add(&group, 0, 1.0, Merge::Add);
        }
        grid
    }

    #[test]
    fn the_rest_is_no_group_that_there_is() {
        for (name, groups, fields, wanted) in [
            ("nobody is called so", &[&["a"][..]][..], 1, "other"),
            ("somebody is", &[&["other"], &["a"]], 1, "other (rest)"),
            (
                "of two fields one is no group",
                &[&["other", "a"]],
                2,
                "other",
            ),
            ("both are", &[&["other", "other"]], 2, "other (rest)"),
            (
                "also by that name",
                &[&["other (rest)"], &["other"], &["other (rest 2)"]],
                1,
                "other (rest 3)",
            ),
        ] {
            let other = other_than(&grid(groups), fields);
            assert_eq!(other, vec![Some(wanted.to_owned()); fields], "{name}");
        }
    }
}
