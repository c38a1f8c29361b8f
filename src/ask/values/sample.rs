//! Values that nobody can count: those of some lines.

use super::{Error, Listing, Tally, Uncounted};
use crate::answer::{Asked, Builder};
use crate::ask::Start;
use crate::ask::pages::Wanted;
use crate::frame::Column;
use crate::query::{Direction, Query, ResultKind};
use crate::schema::System;
use crate::translate::{self, Facts};

/// How many lines are read at each moment of the range.
const LINES: u32 = 500;
/// How many moments there are; [`Listing::sample`] asks for that many at once.
const MOMENTS: i64 = 4;

/// What is read at one moment.
struct Slice {
    /// A value, if there is one, and its place, for each line.
    values: Vec<(Option<String>, &'static str)>,
    /// Whether these are all lines between this moment and the one before.
    whole: bool,
}

impl Listing<'_> {
    /// Reads values off the newest lines before each of some moments that divide the range. Where that
    /// turns out to be all of the lines, it is as good as a count.
    pub(super) async fn sample(
        &self,
        parts: &[&Facts],
        why: &Uncounted,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let mut bound = self.ground.bound.clone();
        let (system, call) = (self.ground.system, &self.ground.call);
        let decisions = self.data_source.decisions(&bound, system, call).await?;
        if translate::is_speakable(self.field, self.ground.system) {
            bound.conditions.extend(self.condition(&self.places));
        }
        let exprs = parts.iter().map(|facts| Ok(self.plan(&bound, facts)?.expr));
        let exprs = exprs.collect::<Result<Vec<String>, Error>>()?;
        let system = System {
            fields: self.places.clone(),
            ..self.ground.system.clone()
        };
        let query = Query {
            result: ResultKind::Table,
            columns: Some(self.places.iter().map(|place| place.name.clone()).collect()),
            filters: Vec::new(),
            ..self.query.clone()
        };
        let slice = |number: i64| {
            let range_ns = self.scope.to_ns.saturating_sub(self.scope.from_ns);
            let at = |number: i64| self.scope.from_ns + range_ns / MOMENTS * number;
            let to_ns = if number == MOMENTS {
                self.scope.to_ns
            } else {
                at(number)
            };
            let wanted = Wanted {
                exprs: exprs.clone(),
                from_ns: at(number - 1),
                to_ns,
                direction: Direction::Backward,
                limit: LINES,
                start: Start::default(),
                system: &system,
                decisions: decisions.clone(),
                is_sparse: false,
                all_lines: None,
                call: self.ground.call.clone(),
            };
            self.slice(wanted, &query, &system)
        };
        let (a, b, c, d) = tokio::join!(slice(1), slice(2), slice(3), slice(4));
        let mut failed = None;
        let (mut whole, mut lines) = (true, 0);
        for slice in [d, c, b, a] {
            let slice = match slice {
                Ok(slice) => slice,
                Err(error) => {
                    whole = false;
                    failed = Some(error);
                    continue;
                }
            };
            whole &= slice.whole;
            lines += slice.values.len();
            for (value, place) in slice.values {
                self.add(tally, value.as_deref(), Some(1.0), place);
            }
        }
        if let Some(error) = failed.filter(|_| lines == 0) {
            return Err(error);
        }
        if !whole {
            tally.sampled = true;
            tally.notices.push(format!(
                "{}: these are the values of {lines} lines from {MOMENTS} moments of the range, the most frequent there first; a search or other conditions narrow them",
                why.0
            ));
        }
        Ok(())
    }

    async fn slice(
        &self,
        wanted: Wanted<'_>,
        query: &Query,
        system: &System,
    ) -> Result<Slice, Error> {
        let mut builder = Builder::new(Asked {
            query,
            system,
            expr: "",
            search_words: &[],
            limit: LINES,
        });
        let read = self.data_source.read(&wanted, &mut builder).await?;
        let whole = read.more_behind.is_none() && read.notices.is_empty();
        let frame = builder.finish(&read.stats, &read.warnings, Vec::new());
        let mut columns = Vec::new();
        for (place, field) in self
            .places
            .iter()
            .zip(frame.fields.get(1..).unwrap_or_default())
        {
            if let Column::OptionalText(texts) = &field.column {
                let place = place.sources.first().map_or("", |source| source.place());
                columns.push((texts, place));
            }
        }
        let value = |row: usize| {
            let mut found = columns.iter();
            let found = found.find_map(|(texts, place)| Some((texts.get(row)?, *place)));
            found.map_or((None, ""), |(text, place)| (Some(text.to_owned()), place))
        };
        Ok(Slice {
            values: (0..frame.rows()).map(value).collect(),
            whole,
        })
    }
}
