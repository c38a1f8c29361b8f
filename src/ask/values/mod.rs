//! The resource `values`: the values of a field under a question's conditions, most frequent first.
//!
//! Where the field is a label of every stream and the conditions are a matter of the streams alone, the
//! label's values are all there is, and cheap. Else one query counts the lines by value: complete, with
//! numbers. What Loki cannot count (more values than `max_query_series`, too many bytes, conditions that
//! LogQL cannot say) is read off some lines, and the answer says that it is a sample.

mod request;
mod sample;
mod tally;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::prepare::Ground;
use super::{DataSource, Error, Scope};
use crate::logql::{LabelName, MatchOp, Matcher};
use crate::loki::{Call, Layer, Request};
use crate::query::timing::{Timing, whole_ms};
use crate::query::{MacroContext, Query, QueryError};
use crate::schema::{Field, FieldType, Role, Source, System};
use crate::translate::metric::{Metric, Reading};
use crate::translate::{self, Bound, Condition, Contains, Facts, Plan};
use request::Asked;
use tally::Tally;

/// Lines of so many bytes are counted beside a list of values that needs no count.
const CHEAP_BYTES: u64 = 64 << 20;
/// Lines of more bytes are not counted for a list: it would keep Loki busy for long.
const MOST_BYTES: u64 = 8 << 30;
/// So many series Loki counts at once by default (`max_query_series`).
const MOST_SERIES: usize = 500;
/// After so long a count is given up for a sample: somebody waits before an open list.
const LONGEST_COUNT: Duration = Duration::from_secs(10);
/// For so many labels of conditions it is found out whether every stream has them.
const MOST_LABELS: usize = 4;

/// The values of one field under way.
struct Listing<'l> {
    data_source: &'l DataSource,
    query: &'l Query,
    scope: &'l Scope,
    ground: &'l Ground<'l>,
    field: &'l Field,
    /// The field's sources, those of one kind that follow each other as a field.
    places: Vec<Field>,
    contains: Option<&'l Contains>,
}

/// Why values are not counted.
struct Uncounted(String);

impl DataSource {
    /// Answers `{query, field, search, limit}` with `{field, system, type, values: [{value, count}], from,
    /// complete, sampled, notices}`: the most frequent values of any field first, by value where nothing
    /// was counted (`count` is then `null`). `from` says where they stand: `label`, `metadata`, `line` or
    /// `mixed`; `complete` whether these are all of them.
    ///
    /// # Errors
    /// What is wrong with the request or its query, or what Loki said.
    pub async fn values(&self, request: &Value, scope: &Scope) -> Result<Value, Error> {
        let asked = Asked::read(request)?;
        let query = &asked.lines.query;
        let scope = scope.delayed(query.delay);
        let system = self.named_system(query.system.as_deref())?;
        let system = asked.lines.system(system);
        let field = system.field(&asked.field);
        let places = places(&field);
        let names = |_: &Bound, _: &System| Ok(of_places(&places).ambiguous_names());
        let mut ground = self.ground_in(&system, query, &scope, names).await?;
        if let Some(error) = ground.unresolved.take() {
            return Err(error);
        }
        let listing = Listing {
            data_source: self,
            query,
            scope: &scope,
            ground: &ground,
            field: &field,
            places,
            contains: asked.contains.as_ref(),
        };
        let mut tally = Tally::default();
        tally.notices.extend(asked.lines.notice.clone());
        listing.run(&mut tally).await?;
        let is_known = system.fields.iter().any(|known| known.name == field.name);
        Ok(tally.finish(&asked, &system, &field, is_known))
    }

    /// Looks up how many bytes the lines of a selector have; `None` where Loki does not say.
    async fn bytes_of(&self, selector: &str, scope: &Scope, call: &Call) -> Option<u64> {
        let request = Request::IndexStats {
            selector: selector.to_owned(),
            start_ns: scope.from_ns,
            end_ns: scope.to_ns,
        };
        let stats = self.client.index_stats(&request, call).await;
        stats.ok().map(|stats| stats.bytes)
    }
}

impl Listing<'_> {
    async fn run(&self, tally: &mut Tally) -> Result<(), Error> {
        let mut uncounted = Vec::new();
        let mut why = None;
        for facts in &self.ground.facts {
            match Box::pin(self.part(facts, tally)).await? {
                Ok(()) => {}
                Err(reason) => {
                    uncounted.push(facts);
                    why = Some(reason);
                }
            }
        }
        match why {
            Some(why) => Box::pin(self.sample(&uncounted, &why, tally)).await,
            None => Ok(()),
        }
    }

    /// Finds the values in one part of the streams.
    async fn part(&self, facts: &Facts, tally: &mut Tally) -> Result<Result<(), Uncounted>, Error> {
        let here = here(&self.places, facts);
        if let [only] = here.as_slice()
            && let [Source::Label(label)] = only.sources.as_slice()
            && !self.ground.bound.is_beyond_logql()
        {
            let facts = self.with_labels_of_conditions(facts).await?;
            let plan = self.plan(&self.ground.bound, &facts)?;
            let is_selector = plan.parts.len() == 1;
            if is_selector && self.label_values(label, &plan.expr, &facts, tally).await? {
                return Ok(Ok(()));
            }
        }
        self.count(&here, facts, tally).await
    }

    /// Writes the LogQL of the lines that are meant.
    fn plan(&self, bound: &Bound, facts: &Facts) -> Result<Plan, QueryError> {
        let macros = MacroContext {
            interval_ms: 1000,
            range_ms: 1000,
            instant: true,
        };
        translate::plan(self.query, bound, self.ground.system, facts, &macros)
    }

    /// Finds out which of the labels that the conditions ask for every stream has.
    async fn with_labels_of_conditions(&self, facts: &Facts) -> Result<Facts, Error> {
        let mut facts = facts.clone();
        let labels = self.ground.bound.first_labels();
        if labels.len() > MOST_LABELS {
            return Ok(facts);
        }
        let mut selector = self.ground.bound.selector(self.ground.system);
        selector.matchers.extend(facts.part.iter().cloned());
        for label in labels {
            let lacking = selector.with(Matcher {
                name: label.clone(),
                op: MatchOp::Equal,
                value: String::new(),
            });
            let call = &self.ground.call;
            let lacks = self
                .data_source
                .may_have_streams(&lacking, self.scope, call);
            if !lacks.await? {
                facts.everywhere.insert(label);
            }
        }
        Ok(facts)
    }

    /// Lists the values of a label that every stream has; `false` where this Loki does not list them.
    async fn label_values(
        &self,
        label: &str,
        selector: &str,
        facts: &Facts,
        tally: &mut Tally,
    ) -> Result<bool, Error> {
        let call = &self.ground.call;
        let request = Request::LabelValues {
            label: label.to_owned(),
            selector: selector.to_owned(),
            start_ns: self.scope.from_ns,
            end_ns: self.scope.to_ns,
        };
        let client = &self.data_source.client;
        let (listed, bytes) = tokio::join!(
            client.labels(&request, call),
            self.data_source.bytes_of(selector, self.scope, call)
        );
        let values = match listed {
            Ok(values) => values,
            Err(error) if matches!(error.layer(), Layer::NotFound | Layer::TooLarge) => {
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        if values.len() <= MOST_SERIES && bytes.is_some_and(|bytes| bytes <= CHEAP_BYTES) {
            let only = [of(&self.places, Source::Label(label.to_owned()))];
            // Without the numbers the list is still whole.
            if let Ok(Ok(())) = self.count(&only, facts, tally).await {
                return Ok(true);
            }
        }
        tally.uncounted = true;
        for value in values {
            self.add(tally, Some(&value), None, "label");
        }
        Ok(true)
    }

    /// Counts the lines of the range by value.
    async fn count(
        &self,
        here: &[Field],
        facts: &Facts,
        tally: &mut Tally,
    ) -> Result<Result<(), Uncounted>, Error> {
        if here.is_empty() && !self.is_level() {
            return Ok(Ok(()));
        }
        let system = self.ground.system;
        if self.ground.bound.is_beyond_logql() {
            let why = "a condition of the query is beyond what LogQL can count by";
            return Ok(Err(Uncounted(why.to_owned())));
        }
        if !here
            .iter()
            .all(|field| translate::is_speakable(field, system))
        {
            let why = "LogQL has no spelling for the field's key inside the line";
            return Ok(Err(Uncounted(why.to_owned())));
        }
        let call = &self.ground.call;
        let selector = self
            .plan(&self.ground.bound, facts)?
            .parts
            .into_iter()
            .next();
        let selector = selector.map(|part| part.logql).unwrap_or_default();
        let bytes = self.data_source.bytes_of(&selector, self.scope, call).await;
        if bytes.is_some_and(|bytes| bytes > MOST_BYTES) {
            let gigabytes = bytes.unwrap_or_default() >> 30;
            return Ok(Err(Uncounted(format!(
                "there are {gigabytes} GiB of lines"
            ))));
        }
        let metric = of_places(here);
        let range = Duration::from_nanos(self.scope.to_ns.abs_diff(self.scope.from_ns));
        let window = whole_ms(range);
        // A point counts the lines up to itself, and the range's end is no part of it.
        let timing = Timing::at(self.scope.to_ns - 1, window);
        let also = self.condition(here).into_iter().collect();
        let in_time = self.in_time();
        let counting = self.data_source.counts(
            self.query,
            self.ground,
            (facts, &metric, also),
            &timing,
            &in_time,
        );
        let (grid, said) = match counting.await {
            Ok(counted) => counted,
            Err(error) => return why_uncounted(error).map(Err),
        };
        tally.notices.extend(said);
        for (group, values) in grid.iter() {
            let count: f64 = values.iter().sum();
            let found = group.iter().zip(here);
            let mut found = found.filter_map(|(value, place)| Some((value.as_deref()?, place)));
            let (value, place) = match found.next() {
                Some((value, place)) => (Some(value), place.sources.first()),
                None => (None, None),
            };
            self.add(tally, value, Some(count), place.map_or("", Source::place));
        }
        Ok(Ok(()))
    }

    /// Returns the search as a condition for Loki: levels are canonical here and not there.
    fn condition(&self, here: &[Field]) -> Option<Condition> {
        let contains = self.contains.filter(|_| !self.is_level())?;
        let field = Field {
            sources: here
                .iter()
                .flat_map(|place| place.sources.clone())
                .collect(),
            ..self.field.clone()
        };
        let speakable = translate::is_speakable(&field, self.ground.system);
        speakable.then(|| contains.condition(&field))
    }

    fn is_level(&self) -> bool {
        self.field.role == Some(Role::Level) || self.field.kind == FieldType::Level
    }

    /// Adds a value that was found in this place.
    fn add(&self, tally: &mut Tally, value: Option<&str>, count: Option<f64>, place: &'static str) {
        let system = self.ground.system;
        let value = if self.is_level() {
            let level = system.levels.canonical(value.unwrap_or_default());
            Some(level.as_str().to_owned())
        } else {
            translate::group_of(self.field, value.map(str::to_owned), system)
        };
        let value = value.as_deref().filter(|value| !value.is_empty());
        let wanted = |value: &&str| self.contains.is_none_or(|contains| contains.holds(value));
        if let Some(value) = value.filter(wanted) {
            tally.add(value, count, place);
        }
    }

    /// Returns a call that leaves time for a sample.
    fn in_time(&self) -> Call {
        let now = Instant::now();
        let left = |deadline: Instant| deadline.saturating_duration_since(now) / 2;
        let half = self.ground.call.deadline.map_or(LONGEST_COUNT, left);
        Call {
            deadline: Some(now + half.min(LONGEST_COUNT)),
            ..self.ground.call.clone()
        }
    }
}

/// Says why values could not be counted, where some lines may tell.
fn why_uncounted(error: Error) -> Result<Uncounted, Error> {
    let Some(cause) = error.loki() else {
        return Err(error);
    };
    let why = if super::metric::is_too_many(&error) {
        "there are more values than Loki counts at once (`max_query_series`)".to_owned()
    } else if cause.is_death() || cause.layer() == Layer::Timeout {
        "Loki did not count them in time".to_owned()
    } else if matches!(cause.layer(), Layer::Limit | Layer::TooLarge) {
        format!("Loki did not count them: {cause}")
    } else {
        return Err(error);
    };
    Ok(Uncounted(why))
}

/// Splits a field into its places, in order: fields of text whose sources are of one kind.
fn places(field: &Field) -> Vec<Field> {
    let kinds = field.sources.chunk_by(|a, b| a.place() == b.place());
    let place = |(number, sources): (usize, &[Source])| Field {
        name: format!("{}_{number}", field.name),
        role: None,
        kind: FieldType::String,
        sources: sources.to_vec(),
        ..field.clone()
    };
    kinds.enumerate().map(place).collect()
}

/// Returns the one place that this source is.
fn of(places: &[Field], source: Source) -> Field {
    let mut place = places.first().cloned().unwrap_or_else(|| Field::ad_hoc(""));
    place.sources = vec![source];
    place
}

fn of_places(places: &[Field]) -> Metric {
    Metric {
        groups: places.to_vec(),
        level: None,
        reading: Reading::Count,
    }
}

/// Returns the places that streams of this part can have: none behind a label that all of them have, and
/// no label that none has.
fn here(places: &[Field], facts: &Facts) -> Vec<Field> {
    let contains = |names: &BTreeSet<LabelName>, name: &String| {
        names.iter().any(|known| known.as_str() == name)
    };
    let mut here: Vec<Field> = Vec::new();
    for place in places {
        let mut place = place.clone();
        place.sources.retain(|source| match source {
            Source::Label(name) => !contains(&facts.nowhere, name),
            Source::Metadata(_) | Source::Line(_) => true,
        });
        let everywhere = place.sources.iter().position(|source| match source {
            Source::Label(name) => contains(&facts.everywhere, name),
            Source::Metadata(_) | Source::Line(_) => false,
        });
        if let Some(last) = everywhere {
            place.sources.truncate(last + 1);
            here.push(place);
            return here;
        }
        if !place.sources.is_empty() {
            here.push(place);
        }
    }
    here
}

#[cfg(test)]
mod tests;
