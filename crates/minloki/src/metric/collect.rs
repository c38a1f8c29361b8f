//! From entries to the points of a range aggregation, in one pass over the entries.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::column::{Column, Numbering, Point, check_time};
use super::grid::Grid;
use super::window::{self, Sample};
use super::{Entries, Limits, QueryError, labels};
use crate::pipeline::{LabelSet, Pipeline};
use crate::syntax::{Grouping, RangeAggregation, RangeOp};

/// How often the time is looked at, in entries.
const ENTRIES_PER_LOOK: u32 = 1024;

/// Evaluates an aggregation over a range. `outer` is the grouping of the `sum` right around it.
pub(super) fn range_columns(
    aggregation: &RangeAggregation,
    outer: Option<&Grouping>,
    grid: &Grid,
    entries: &dyn Entries,
    limits: &Limits,
) -> Result<Vec<Column>, QueryError> {
    let mut pipeline =
        Pipeline::for_numbers(aggregation, outer).map_err(|e| QueryError::BadRequest(e.0))?;
    let mut collector = Collector {
        grid: *grid,
        numbering: Numbering::default(),
        series: Vec::new(),
        additive: is_additive(aggregation),
    };
    let last = grid.count_of_ranges.saturating_sub(1);
    let shift = |time_ns: i64| time_ns.saturating_sub(aggregation.offset_ns);
    let from_ns = shift(grid.start_ns).saturating_sub(aggregation.range_ns);
    let to_ns = shift(grid.time_ns(last));
    let mut until_look = ENTRIES_PER_LOOK;
    let mut stopped = Ok(());
    entries.visit(
        &aggregation.lines.selector,
        from_ns,
        to_ns,
        &mut |stream, entry| {
            until_look -= 1;
            if until_look == 0 {
                until_look = ENTRIES_PER_LOOK;
                stopped = check_time(limits);
                if stopped.is_err() {
                    return ControlFlow::Break(());
                }
            }
            let time_ns = entry.timestamp_ns.saturating_add(aggregation.offset_ns);
            // Most entries of a short range with long steps are in no window.
            if let Some(windows) = grid.windows_with(time_ns, aggregation.range_ns)
                && let Some(sample) = pipeline.sample(stream, entry)
            {
                collector.add(&sample.labels, time_ns, sample.value, windows);
            }
            ControlFlow::Continue(())
        },
    )?;
    stopped?;
    collector.finish(aggregation, limits)
}

/// Says whether windows are sums of what falls into them: then no sample need be kept.
fn is_additive(aggregation: &RangeAggregation) -> bool {
    match aggregation.op {
        RangeOp::CountOverTime
        | RangeOp::BytesOverTime
        | RangeOp::BytesRate
        | RangeOp::AbsentOverTime => true,
        // Unwrapped values may be NaN or infinite, and sums of differences are not exact.
        RangeOp::Rate => aggregation.unwrap.is_none(),
        _ => false,
    }
}

struct Collector {
    grid: Grid,
    numbering: Numbering,
    series: Vec<Collected>,
    additive: bool,
}

/// What has been seen of a series.
#[derive(Default)]
struct Collected {
    /// For sums: what is added to the windows of a run of steps.
    runs: Vec<Run>,
    /// For all else.
    samples: Vec<Sample>,
}

/// Entries that fall into the same windows.
struct Run {
    first: u32,
    last: u32,
    entries: u64,
    sum: f64,
}

impl Collector {
    fn add(&mut self, labels: &Arc<LabelSet>, time_ns: i64, value: f64, (first, last): (u32, u32)) {
        let number = self.numbering.number(labels);
        if number >= self.series.len() {
            self.series.push(Collected::default());
        }
        let Some(series) = self.series.get_mut(number) else {
            return;
        };
        if !self.additive {
            series.samples.push(Sample { time_ns, value });
            return;
        }
        match series.runs.last_mut() {
            Some(run) if (run.first, run.last) == (first, last) => {
                run.entries += 1;
                run.sum += value;
            }
            _ => series.runs.push(Run {
                first,
                last,
                entries: 1,
                sum: value,
            }),
        }
    }

    fn finish(
        self,
        aggregation: &RangeAggregation,
        limits: &Limits,
    ) -> Result<Vec<Column>, QueryError> {
        let Self {
            grid,
            numbering,
            series,
            additive,
        } = self;
        let mut columns = Vec::with_capacity(numbering.len());
        for (labels, mut series) in numbering.into_sets().into_iter().zip(series) {
            check_time(limits)?;
            // Loki loses such a series where it reads its labels again.
            if labels
                .iter()
                .any(|(_, value)| value.contains(char::REPLACEMENT_CHARACTER))
            {
                continue;
            }
            let points = if additive {
                sums(aggregation, &series.runs, &grid)
            } else {
                // Streams that became one series came one after another.
                series.samples.sort_by_key(|sample| sample.time_ns);
                windows(aggregation, &series.samples, &grid, limits)?
            };
            refuse_errors(&labels)?;
            columns.push(Column { labels, points });
        }
        Ok(columns)
    }
}

/// Adds up runs of steps.
fn sums(aggregation: &RangeAggregation, runs: &[Run], grid: &Grid) -> Vec<Point> {
    let from = runs.iter().map(|run| run.first).min().unwrap_or(0);
    let to = runs.iter().map(|run| run.last).max().unwrap_or(0);
    let width = (to - from) as usize + 1;
    // What begins and ends at each step; whole numbers, so that the sums are exact.
    let mut changes = vec![(0_i64, 0.0_f64); width + 1];
    for run in runs {
        let entries = run.entries as i64;
        if let Some((count, sum)) = changes.get_mut((run.first - from) as usize) {
            (*count, *sum) = (*count + entries, *sum + run.sum);
        }
        if let Some((count, sum)) = changes.get_mut((run.last - from) as usize + 1) {
            (*count, *sum) = (*count - entries, *sum - run.sum);
        }
    }
    let per_second = match aggregation.op {
        RangeOp::Rate | RangeOp::BytesRate => aggregation.range_ns as f64 / 1e9,
        _ => 1.0,
    };
    let (mut entries, mut sum) = (0, 0.0);
    let mut points = Vec::new();
    for (step, (count, change)) in (from..=to.min(grid.count - 1)).zip(changes) {
        (entries, sum) = (entries + count, sum + change);
        if entries > 0 {
            let value = sum / per_second;
            points.push(Point { step, value });
        }
    }
    points
}

/// Works out the window of each step from sorted samples.
fn windows(
    aggregation: &RangeAggregation,
    samples: &[Sample],
    grid: &Grid,
    limits: &Limits,
) -> Result<Vec<Point>, QueryError> {
    let range_ns = aggregation.range_ns;
    let mut points = Vec::new();
    let (mut low, mut high) = (0, 0);
    for step in 0..grid.count_of_ranges {
        check_time(limits)?;
        let end_ns = grid.time_ns(step);
        let is_in = |at: usize, limit: i64| samples.get(at).is_some_and(|s| s.time_ns <= limit);
        while is_in(high, end_ns) {
            high += 1;
        }
        while is_in(low, end_ns.saturating_sub(range_ns)) {
            low += 1;
        }
        if let Some(window) = samples.get(low..high).filter(|window| !window.is_empty()) {
            let value = window::evaluate(aggregation, window);
            points.push(Point { step, value });
        }
    }
    Ok(points)
}

/// Refuses a series whose lines have an error.
fn refuse_errors(labels: &LabelSet) -> Result<(), QueryError> {
    let error = labels::value(labels, "__error__");
    if error.is_empty() {
        return Ok(());
    }
    let series = crate::store::label_text(labels);
    Err(QueryError::BadRequest(format!(
        "pipeline error: '{error}' for series: '{series}'.\n\
         Use a label filter to intentionally skip this error. (e.g | __error__!=\"{error}\").\n\
         To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n\
         The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n"
    )))
}
