//! Sending one query for numbers: to each part of the streams, in pieces where Loki refuses or cannot
//! manage the whole, into one grid.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::future::{join_all, try_join_all};

use super::run::Run;
use super::{
    Aggregation, Ask, Duration, Error, Field, Grid, Merge, MetricPlan, Notice, QueryError, Reading,
    Reason, Timing, loki, plans,
};
use crate::capacity::Slice;
use crate::loki::{MetricAnswer, Request};
use crate::query::timing::MOST_POINTS;
use crate::translate::{Condition, Facts};

/// How often a range is halved: into 32 pieces at most.
const MOST_HALVINGS: u32 = 5;

/// What goes with a query for numbers.
pub(super) struct Asked<'a> {
    pub by: &'a [Field],
    pub reading: &'a Reading,
    pub also: Vec<Condition>,
}

/// What Loki answered, each with what it was asked and for which points.
type Answers = Vec<(MetricPlan, Timing, Arc<MetricAnswer>)>;

/// Parts of the points, each with its answer.
type Pieces = Vec<(Timing, Result<Arc<MetricAnswer>, loki::Error>)>;

type Boxed<'f, T> = Pin<Box<dyn Future<Output = T> + Send + 'f>>;

impl Run<'_> {
    /// Asks for numbers by group.
    pub(super) async fn grid(
        &self,
        by: &[Field],
        reading: &Reading,
        also: Vec<Condition>,
        timing: &Timing,
    ) -> Result<Grid, Error> {
        let asked = &Asked { by, reading, also };
        let mut grid = Grid::new(*timing);
        // The parts of the streams together, in one deadline.
        let answers = self.facts.iter().map(|facts| async move {
            if timing.instant {
                self.instant(asked, facts, (timing, timing.window), 0, MOST_HALVINGS)
                    .await
            } else {
                self.range(asked, facts, timing).await
            }
        });
        for answers in try_join_all(answers).await? {
            for (plan, part, answer) in answers {
                self.fill(&plan, asked, &part, &answer, &mut grid).await?;
            }
        }
        not_too_many_numbers(&grid)?;
        Ok(grid)
    }

    fn plans(
        &self,
        asked: &Asked<'_>,
        facts: &Facts,
        window: Duration,
        offset: Duration,
    ) -> Result<Vec<MetricPlan>, Error> {
        let ask = Ask {
            by: asked.by,
            reading: asked.reading,
            also: asked.also.clone(),
            window,
            offset,
            by_value: self.by_value.load(Ordering::Relaxed),
        };
        let plans = plans(self.query, self.bound, self.system, facts, &ask)?;
        for plan in &plans {
            self.sent(&plan.plan.expr);
        }
        Ok(plans)
    }

    /// Numbers over time.
    async fn range(
        &self,
        asked: &Asked<'_>,
        facts: &Facts,
        timing: &Timing,
    ) -> Result<Answers, Error> {
        let shift = Duration::from_nanos(timing.shift_ns.unsigned_abs());
        let plans = self.plans(asked, facts, timing.window, shift)?;
        let mut pieces = Vec::new();
        let most = usize::try_from(MOST_POINTS).unwrap_or(usize::MAX);
        let points = timing.points();
        for plan in &plans {
            let mut first = 0;
            while first < points {
                let count = most.min(points - first);
                let part = timing.part(first, count);
                pieces.push((plan, self.pieces(&plan.plan.expr, part, MOST_HALVINGS)));
                first += count;
            }
        }
        let (mut answers, mut missing) = (Vec::new(), Vec::new());
        let pieces = pieces
            .into_iter()
            .map(|(plan, pieces)| async move { (plan, pieces.await) });
        for (plan, pieces) in join_all(pieces).await {
            for (part, outcome) in pieces {
                match outcome {
                    Ok(answer) => answers.push((plan.clone(), part, answer)),
                    Err(error) => missing.push((part, error)),
                }
            }
        }
        self.said_missing(missing, points * plans.len())?;
        Ok(answers)
    }

    /// A part that failed is missing and said; when all failed, or one for a reason that the others
    /// share, there is no answer.
    fn said_missing(
        &self,
        mut missing: Vec<(Timing, loki::Error)>,
        points: usize,
    ) -> Result<(), Error> {
        let missed: usize = missing.iter().map(|(part, _)| part.points()).sum();
        let shared = missing.iter().position(|(_, error)| !is_of_the_part(error));
        if let Some(number) = shared {
            return Err(missing.swap_remove(number).1.into());
        }
        if missed >= points
            && let Some((_, error)) = missing.pop()
        {
            return Err(error.into());
        }
        for (part, error) in missing {
            let time = |ns: i64| {
                jiff::Timestamp::from_nanosecond(i128::from(ns))
                    .map(|time| time.to_string())
                    .unwrap_or_default()
            };
            self.note(Notice::warning(format!(
                "the points from {} to {} are missing: {error}",
                time(part.start_ns),
                time(part.end_ns)
            )));
        }
        Ok(())
    }

    /// Asks for points; where that is refused or dies, for either half by itself.
    fn pieces<'f>(&'f self, expr: &'f str, part: Timing, halvings: u32) -> Boxed<'f, Pieces> {
        Box::pin(async move {
            let request = Request::Range {
                query: expr.to_owned(),
                start_ns: part.start_ns.saturating_add(part.shift_ns),
                end_ns: part.end_ns.saturating_add(part.shift_ns),
                step_ns: part.step_ns,
            };
            let outcome = self.data_source.client.metric(&request, self.call).await;
            let points = part.points();
            match outcome {
                Err(error) if halvings > 0 && points > 1 && self.may_halve(&error) => {
                    let half = points / 2;
                    let early = self.pieces(expr, part.part(0, half), halvings - 1);
                    let late = self.pieces(expr, part.part(half, points - half), halvings - 1);
                    let (mut early, late) = tokio::join!(early, late);
                    early.extend(late);
                    early
                }
                outcome => vec![(part, outcome)],
            }
        })
    }

    /// Says whether a smaller part may come where the whole did not, and there is time to ask.
    fn may_halve(&self, error: &loki::Error) -> bool {
        let now = tokio::time::Instant::now();
        let in_time = self.call.deadline.is_none_or(|deadline| now < deadline);
        in_time && is_of_the_part(error)
    }

    /// One number a group: of the window, or of its halves where Loki takes only shorter ones.
    fn instant<'f>(
        &'f self,
        asked: &'f Asked<'_>,
        facts: &'f Facts,
        (timing, window): (&'f Timing, Duration),
        back_ns: i64,
        halvings: u32,
    ) -> Boxed<'f, Result<Answers, Error>> {
        Box::pin(async move {
            let plans = self.plans(asked, facts, window, Duration::ZERO)?;
            let time_ns = timing.end_ns.saturating_sub(back_ns);
            let answers = match self.numbers_at(&plans, time_ns).await {
                Err(error) if halvings > 0 && self.may_halve(&error) => {
                    let half = Duration::from_secs(window.as_secs() / 2);
                    if !asked.reading.merges() || half.is_zero() {
                        return Err(error.into());
                    }
                    let older = window.checked_sub(half).unwrap_or(half);
                    let half_ns = i64::try_from(half.as_nanos()).unwrap_or(i64::MAX);
                    let halvings = halvings - 1;
                    let back = back_ns.saturating_add(half_ns);
                    let newer = self.instant(asked, facts, (timing, half), back_ns, halvings);
                    let older = self.instant(asked, facts, (timing, older), back, halvings);
                    let (mut answers, older) = tokio::try_join!(newer, older)?;
                    answers.extend(older);
                    return Ok(answers);
                }
                answers => answers?,
            };
            let answers = plans.into_iter().zip(answers);
            Ok(answers
                .map(|(plan, answer)| (plan, *timing, answer))
                .collect())
        })
    }

    /// Asks for the numbers of each plan at one time: all of them, or none.
    async fn numbers_at(
        &self,
        plans: &[MetricPlan],
        time_ns: i64,
    ) -> Result<Vec<Arc<MetricAnswer>>, loki::Error> {
        let mut answers = Vec::with_capacity(plans.len());
        for plan in plans {
            let request = Request::Instant {
                query: plan.plan.expr.clone(),
                time_ns,
            };
            answers.push(self.data_source.client.metric(&request, self.call).await?);
        }
        Ok(answers)
    }

    /// Puts an answer into the grid.
    async fn fill(
        &self,
        plan: &MetricPlan,
        asked: &Asked<'_>,
        part: &Timing,
        answer: &MetricAnswer,
        grid: &mut Grid,
    ) -> Result<(), Error> {
        self.came(&answer.stats, &answer.warnings);
        let merge = merge_of(asked.reading);
        let timing = *grid.timing();
        let groups = answer.series.len().min(grid.most_groups());
        let numbers = groups.saturating_mul(timing.points());
        // In the grid, and in the frames that are made of it.
        self.hold(numbers.saturating_mul(3 * size_of::<f64>()))
            .await?;
        let mut slice = Slice::begin(self.call.deadline);
        for series in &answer.series {
            if slice.is_over() {
                if slice.is_overdue() {
                    return Err(self.data_source.overdue());
                }
                tokio::task::yield_now().await;
                slice = Slice::begin(self.call.deadline);
            }
            let label = |name: &str| series.labels.get(name);
            let texts = plan.groups.texts(label);
            let group: Vec<Option<String>> = asked
                .by
                .iter()
                .zip(texts)
                .map(|(field, text)| self.group(field, text))
                .collect();
            let points = series.points.iter().filter_map(|(time, value)| {
                let point = if part.instant {
                    Some(0)
                } else {
                    timing.point_at(time.saturating_sub(part.shift_ns))
                };
                // No measure is NaN, since only finite values are measured.
                Some((point?, *value))
            });
            grid.add_series(&group, points, merge);
        }
        Ok(())
    }
}

/// Refuses a question for more numbers than an answer holds.
pub(super) fn not_too_many_numbers(grid: &Grid) -> Result<(), QueryError> {
    if !grid.overflowed() {
        return Ok(());
    }
    let problem = format!(
        "make more than {} groups of {} points each, more numbers than an answer holds: use a larger step, group by fewer fields, or add filters",
        grid.most_groups(),
        grid.timing().points()
    );
    Err(QueryError::new("groupBy", problem))
}

/// Says whether an error is about the size of what was asked, so that less may do.
fn is_of_the_part(error: &loki::Error) -> bool {
    let is_range = matches!(
        error,
        loki::Error::Refused {
            reason: Reason::Range,
            ..
        }
    );
    is_range || error.is_death()
}

fn merge_of(reading: &Reading) -> Merge {
    match reading {
        Reading::Count | Reading::Values(_) => Merge::Add,
        Reading::Newest { .. } => Merge::Max,
        Reading::Measure(_, aggregation) => match aggregation {
            Aggregation::Sum | Aggregation::Rate => Merge::Add,
            Aggregation::Min => Merge::Min,
            Aggregation::Max => Merge::Max,
            Aggregation::Avg
            | Aggregation::Last
            | Aggregation::P50
            | Aggregation::P90
            | Aggregation::P95
            | Aggregation::P99 => Merge::First,
        },
    }
}
