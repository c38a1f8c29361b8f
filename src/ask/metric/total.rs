//! The number of all lines of a question.

use std::time::Duration;

use super::run::Run;
use super::{Ask, DataSource, Error, Ground, QueryError, Scope, plans};
use crate::frame::Notice;
use crate::loki::Stats;
use crate::query::Query;
use crate::query::timing::Timing;
use crate::translate::Plan;
use crate::translate::metric::{Metric, Reading};

const MILLISECOND_NS: u64 = 1_000_000;

/// How many lines there are, and how that was found out.
pub(in crate::ask) struct Total {
    /// Their number.
    pub lines: u64,
    /// The LogQL.
    pub expr: String,
    /// What it cost.
    pub stats: Stats,
    /// What the user must know.
    pub notices: Vec<Notice>,
}

impl DataSource {
    /// Counts the lines of a question: exactly those of the scope's range, if that is whole
    /// milliseconds long, which all ranges of Grafana are.
    ///
    /// # Errors
    /// What Loki said.
    pub(in crate::ask) async fn total(
        &self,
        query: &Query,
        ground: &Ground<'_>,
        scope: &Scope,
    ) -> Result<Total, Error> {
        let metric = Metric::total();
        let run = Run::new(self, query, ground, &metric);
        let range = scope.to_ns.abs_diff(scope.from_ns);
        let timing = whole(scope);
        if !range.is_multiple_of(MILLISECOND_NS) {
            run.note(Notice::info(
                "the total is of a range that begins up to 1 ms earlier: Loki counts whole milliseconds",
            ));
        }
        let grid = run.grid(&[], &Reading::Count, Vec::new(), &timing).await?;
        Ok(run.counted(grid.total()))
    }
}

/// Returns by which LogQL all lines of a question are counted: one query, or one for each part of the
/// streams.
pub(in crate::ask) fn total_plans(
    query: &Query,
    ground: &Ground<'_>,
    scope: &Scope,
) -> Result<Vec<Plan>, QueryError> {
    let ask = Ask {
        by: &[],
        reading: &Reading::Count,
        also: Vec::new(),
        window: whole(scope).window,
        offset: Duration::ZERO,
        by_value: false,
    };
    let of_part = |facts| plans(query, &ground.bound, ground.system, facts, &ask);
    let parts = ground.facts.iter().map(of_part);
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    Ok(parts.into_iter().flatten().map(|plan| plan.plan).collect())
}

/// Returns the point that counts a whole range. A number at t counts what is up to t and behind
/// t - window; the range ends before its end.
fn whole(scope: &Scope) -> Timing {
    let range = scope.to_ns.abs_diff(scope.from_ns);
    let window = Duration::from_millis(range.div_ceil(MILLISECOND_NS));
    Timing::at(scope.to_ns.saturating_sub(1), window)
}
