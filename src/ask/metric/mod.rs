//! Questions whose answer is numbers: what is asked of Loki, and what is made of it (semantics.md, 6).

mod absent;
mod largest;
pub(super) mod logql;
mod run;
mod sample;
mod send;
mod total;

use std::collections::BTreeSet;
use std::time::Duration;

use super::explain::Planned;
use super::prepare::Ground;
use super::{Answer, DataSource, Error, Scope};
use crate::answer::metric::{self, Grid, Merge, Numbers};
use crate::answer::stats_of;
use crate::frame::{Frame, Notice};
use crate::loki::{self, Call, Reason};
use crate::query::timing::{Span, Timing};
use crate::query::{Aggregation, Query, QueryError, QueryType, ResultKind};
use crate::schema::{Field, System};
use crate::translate::metric::{Ask, Metric, MetricPlan, Reading, plans};
use crate::translate::{self, Bound, Condition, Facts};
use run::Run;

pub(super) use total::total_plans;

/// The most groups of an answer where the question does not say: a frame each, and nobody reads them.
const MOST_GROUPS: usize = 5000;

/// A metric question that is ready to be sent.
pub(super) struct PreparedMetric<'d> {
    /// What is known.
    pub ground: Ground<'d>,
    /// The question held against its system.
    pub metric: Metric,
    /// Its points.
    pub timing: Timing,
    /// The range that they look back on.
    pub lookback: Scope,
}

impl DataSource {
    /// Prepares a metric question.
    async fn prepare_metric(
        &self,
        query: &Query,
        scope: &Scope,
    ) -> Result<PreparedMetric<'_>, Error> {
        let timing = timing(query, scope)?;
        // Points look back beyond the range, and so must what is found out of the streams. Whoever asks
        // for the same points finds out the same.
        let lookback = Scope {
            from_ns: timing.from_ns(),
            // The last point counts a line of its own time.
            to_ns: timing.end_ns.saturating_add(1),
            ..scope.clone()
        };
        let mut held = None;
        let more = |bound: &Bound, system: &System| {
            let metric = Metric::new(query, bound, system)?;
            let names: BTreeSet<_> = metric.ambiguous_names();
            held = Some(metric);
            Ok(names)
        };
        let mut ground = self.ground(query, &lookback, more).await?;
        let mut metric = match held {
            Some(metric) => metric,
            None => Metric::new(query, &ground.bound, ground.system)?,
        };
        if let Reading::Newest { since_ns } = &mut metric.reading {
            // Loki's numbers tell nanoseconds apart only when they are small.
            *since_ns = timing.from_ns();
        }
        self.count_apart(&metric, &mut ground, &lookback).await;
        Ok(PreparedMetric {
            ground,
            metric,
            timing,
            lookback,
        })
    }

    /// Has streams asked apart that have all labels which are asked for, if there are such streams.
    async fn count_apart(&self, metric: &Metric, ground: &mut Ground<'_>, lookback: &Scope) {
        let labels = metric.sparing_labels(&ground.bound);
        if labels.is_empty() || ground.unresolved.is_some() {
            return;
        }
        let selector = ground.bound.selector(ground.system);
        let seen = self.labels_seen(&selector, lookback, &ground.call).await;
        if labels.iter().all(|label| seen.contains(label.as_str())) {
            for facts in &mut ground.facts {
                facts.somewhere.clone_from(&labels);
            }
        }
    }

    /// Returns what a metric question sends and the range that it reads, for `explain`.
    pub(super) async fn metric_plans(
        &self,
        query: &Query,
        scope: &Scope,
    ) -> Result<(Planned<'_>, Scope), Error> {
        let prepared = self.prepare_metric(query, scope).await?;
        let PreparedMetric {
            ground,
            metric,
            timing,
            ..
        } = &prepared;
        let by = metric.by();
        let ask = Ask {
            by: &by,
            reading: &metric.reading,
            also: Vec::new(),
            window: timing.window,
            offset: Duration::from_nanos(timing.shift_ns.unsigned_abs()),
            by_value: false,
        };
        let of_part = |facts| plans(query, &ground.bound, ground.system, facts, &ask);
        let parts = ground.facts.iter().map(of_part);
        let parts = parts.collect::<Result<Vec<_>, QueryError>>()?;
        let plans = Planned {
            system: ground.system,
            plans: parts.into_iter().flatten().map(|plan| plan.plan).collect(),
            counting: Vec::new(),
            unresolved: prepared.ground.unresolved,
        };
        Ok((plans, prepared.lookback))
    }

    /// Counts lines of one part of the streams by group, over one window; says also what Loki said. What
    /// is counted is no question of its own, so that nothing is made of what Loki refuses.
    pub(super) async fn counts(
        &self,
        query: &Query,
        ground: &Ground<'_>,
        (part, metric, also): (&Facts, &Metric, Vec<Condition>),
        timing: &Timing,
        call: &Call,
    ) -> Result<(Grid, Vec<String>), Error> {
        let mut run = Run::new(self, query, ground, metric);
        (run.facts, run.call) = (std::slice::from_ref(part), call);
        let grid = run
            .grid(&metric.groups, &metric.reading, also, timing)
            .await?;
        Ok((grid, run.said()))
    }

    /// Says whether the answer to a question is numbers.
    pub(super) fn is_metric(query: &Query) -> bool {
        match query.query_type {
            QueryType::Logql => logql::makes_numbers(&query.expr),
            _ => query.result.is_metric(),
        }
    }

    /// Answers a question whose answer is numbers.
    pub(super) async fn metric(&self, query: &Query, scope: &Scope) -> Result<Answer, Error> {
        if query.query_type == QueryType::Logql {
            return self.logql_numbers(query, scope).await;
        }
        let prepared = self.prepare_metric(query, scope).await?;
        let PreparedMetric {
            ground,
            metric,
            timing,
            lookback,
        } = prepared;
        if let Some(error) = ground.unresolved {
            return Err(error);
        }
        let run = Run::new(self, query, &ground, &metric);
        let mut grid = match query.result {
            ResultKind::ErrorCount | ResultKind::ErrorRate => run.errors(&timing).await?,
            ResultKind::LastSeen => run.last_seen(&timing).await?,
            ResultKind::Value => run.value(&timing).await?,
            _ => run.count(&timing).await?,
        };
        let timing = *grid.timing();
        run.note_unknown(&grid);
        run.note_no_number(&grid, &lookback).await;
        run.add_silent(&mut grid);
        if timing.step_raised {
            let seconds = timing.step_ns as f64 / 1e9;
            run.note(Notice::info(format!(
                "the step is {seconds} s: a smaller one makes more points than the panel or Loki draws, or Loki would lose them"
            )));
        }
        run.notes_of_the_running_step(scope, &timing);
        let expr = run.exprs();
        let asked = Numbers {
            query,
            system: ground.system,
            groups: &metric.groups,
            measure: metric.reading.field(),
            expr: &expr,
            timing: &timing,
        };
        let frames = metric::frames(&asked, grid);
        Ok(run.answer(frames))
    }
}

/// The most groups that a question shows.
fn most_groups(query: &Query) -> usize {
    let limit = query.limit.map(usize::try_from);
    limit.and_then(Result::ok).unwrap_or(MOST_GROUPS)
}

/// Finds the points of a question.
fn timing(query: &Query, scope: &Scope) -> Result<Timing, QueryError> {
    let span = Span {
        from_ns: scope.from_ns,
        to_ns: scope.to_ns,
        interval: scope.interval,
        max_data_points: scope.max_data_points,
        is_alert: scope.caller.is_alert(),
    };
    Timing::new(query, &span)
}

/// Says whether more series came about than Loki counts at once.
pub(super) fn is_too_many(error: &Error) -> bool {
    matches!(
        error.loki(),
        Some(loki::Error::Refused {
            reason: Reason::Series,
            ..
        })
    )
}
