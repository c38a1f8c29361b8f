//! Metric queries: what they read, and when their points are.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::scan::{Counts, PAIR_BYTES};
use super::stats::{Stats, splits};
use super::{Fault, matchers};
use crate::metric::{
    Entries, InstantValue, Limits, QueryError, Series, evaluate_instant, evaluate_range,
};
use crate::pipeline::{Entry, LabelSet};
use crate::store::{Segment, Selected, Tenant};
use crate::syntax::{Matcher, MetricExpr};

/// A metric query.
#[derive(Debug, Clone)]
pub struct NumberQuery {
    /// The query.
    pub expr: MetricExpr,
    /// When.
    pub when: When,
    /// What it may take.
    pub limits: Limits,
}

/// Which points a metric query has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// One, ns.
    At(i64),
    /// Several; ns. They are moved to multiples of the step: the start back, the end on.
    Range {
        /// From, inclusive.
        start_ns: i64,
        /// To, inclusive.
        end_ns: i64,
        /// How far they are apart.
        step_ns: i64,
    },
}

/// The answer to a metric query.
#[derive(Debug)]
pub enum NumberAnswer {
    /// Series with points.
    Matrix(Vec<Series>),
    /// One value a series.
    Instant(InstantValue),
}

impl NumberQuery {
    /// Answers it.
    ///
    /// # Errors
    /// It cannot be answered, took too long, or has too many series.
    pub fn run(&self, tenant: &Tenant) -> Result<(NumberAnswer, Stats), Fault> {
        let begun = Instant::now();
        let reader = Reader {
            tenant,
            counts: Cell::default(),
        };
        let (answer, splits) = match self.when {
            When::At(time_ns) => {
                let value = evaluate_instant(&self.expr, &reader, time_ns, &self.limits)?;
                (NumberAnswer::Instant(value), 0)
            }
            When::Range {
                start_ns,
                end_ns,
                step_ns,
            } => {
                let series =
                    evaluate_range(&self.expr, &reader, start_ns, end_ns, step_ns, &self.limits)?;
                (NumberAnswer::Matrix(series), splits(start_ns, end_ns))
            }
        };
        let returned = match &answer {
            NumberAnswer::Matrix(series) => series.len(),
            NumberAnswer::Instant(InstantValue::Vector(values)) => values.len(),
            NumberAnswer::Instant(InstantValue::Scalar(_)) => 1,
        };
        let counts = reader.counts.get();
        let stats = Stats {
            counts,
            returned: returned as u64,
            splits,
            batches: counts.passed.div_ceil(128) + splits,
            sent: counts.passed,
            took: begun.elapsed(),
            waited: Duration::ZERO,
        };
        Ok((answer, stats))
    }
}

/// The entries of one tenant.
struct Reader<'t> {
    tenant: &'t Tenant,
    counts: Cell<Counts>,
}

impl Entries for Reader<'_> {
    fn visit(
        &self,
        selector: &[Matcher],
        from_ns: i64,
        to_ns: i64,
        visit: &mut dyn FnMut(&Arc<LabelSet>, &Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        let compiled = matchers(selector).map_err(|fault| match fault {
            Fault::Refused { words, .. } => QueryError::BadRequest(words),
            Fault::NoAnswer => QueryError::Timeout,
        })?;
        let (start_ns, end_ns) = (from_ns.saturating_add(1), to_ns.saturating_add(1));
        let mut counts = self.counts.get();
        for stream in self.tenant.select(&compiled, start_ns, end_ns) {
            counts.segments += stream.segments.len() as u64;
            let ended = visit_stream(&stream, start_ns, end_ns, &mut counts, visit).is_break();
            if ended {
                break;
            }
        }
        self.counts.set(counts);
        Ok(())
    }
}

fn visit_stream(
    stream: &Selected,
    start_ns: i64,
    end_ns: i64,
    counts: &mut Counts,
    visit: &mut dyn FnMut(&Arc<LabelSet>, &Entry<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut metadata = Vec::new();
    for (segment, place) in in_order(&stream.segments, start_ns, end_ns) {
        let Some(record) = segment.record(place) else {
            continue;
        };
        segment.read_metadata(record, &mut metadata);
        let line = segment.line(record);
        let bytes = PAIR_BYTES * metadata.len() as u64;
        let entry = Entry {
            timestamp_ns: record.timestamp_ns,
            line,
            metadata: &metadata,
        };
        for _ in 0..stream.copies {
            counts.lines += 1;
            counts.passed += 1;
            counts.line_bytes += line.len() as u64;
            counts.metadata_bytes += bytes;
            visit(&stream.labels, &entry)?;
        }
    }
    ControlFlow::Continue(())
}

/// Returns the places of the lines in `[start_ns, end_ns)` by time, those of one nanosecond as written.
fn in_order(
    segments: &[Arc<Segment>],
    start_ns: i64,
    end_ns: i64,
) -> Box<dyn Iterator<Item = (&Segment, usize)> + '_> {
    let places = move |segment: &Segment| segment.between(start_ns, end_ns);
    let overlap = segments.windows(2).any(|pair| match pair {
        [before, after] => {
            let ends = before.extent().map(|(_, last)| last);
            let begins = after.extent().map(|(first, _)| first);
            ends > begins
        }
        _ => false,
    });
    let all = segments
        .iter()
        .flat_map(move |segment| places(segment).map(move |place| (segment.as_ref(), place)));
    if !overlap {
        return Box::new(all);
    }
    let mut all: Vec<(&Segment, usize)> = all.collect();
    all.sort_by_key(|(segment, place)| segment.record(*place).map(|record| record.timestamp_ns));
    Box::new(all.into_iter())
}
