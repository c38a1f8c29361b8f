//! Lines of many segments through one pipeline, as few as the limit lets be read, on several threads.
//!
//! Segments are taken by their times, in batches that grow. Once there are as many lines as the limit
//! allows, only what lies before the last of them counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::order::{Row, Rows};
use super::{Direction, Fault};
use crate::pipeline::{Entry, Pipeline};
use crate::store::{Segment, Selected};
use crate::syntax::Stage;

/// The most threads of one query.
const MOST_THREADS: usize = 4;
/// The most segments of a batch.
const MOST_IN_BATCH: usize = 256;
/// After so many lines a thread looks at the clock.
const LINES_BETWEEN_LOOKS: usize = 256;

/// What a real Loki counts for a pair of metadata in memory: two numbers of symbols.
pub const PAIR_BYTES: u64 = 8;

/// What is read.
#[derive(Debug)]
pub struct Scan<'q> {
    /// The streams, in the order in which their lines of one nanosecond come.
    pub streams: &'q [Selected],
    /// The pipeline.
    pub stages: &'q [Stage],
    /// Inclusive, ns.
    pub start_ns: i64,
    /// Exclusive, ns.
    pub end_ns: i64,
    /// Which side the limit cuts.
    pub direction: Direction,
    /// The most lines.
    pub limit: usize,
    /// When it must be done.
    pub deadline: Instant,
}

/// What was read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Lines, as often as they count.
    pub lines: u64,
    /// Their bytes.
    pub line_bytes: u64,
    /// Bytes of their metadata, [`PAIR_BYTES`] a pair.
    pub metadata_bytes: u64,
    /// Lines that the pipeline let through.
    pub passed: u64,
    /// Segments.
    pub segments: u64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.line_bytes += other.line_bytes;
        self.metadata_bytes += other.metadata_bytes;
        self.passed += other.passed;
        self.segments += other.segments;
    }
}

/// A segment and where it belongs.
struct Unit<'q> {
    segment: &'q Arc<Segment>,
    stream: usize,
    /// Its place among the stream's segments.
    number: usize,
    first_ns: i64,
    last_ns: i64,
}

/// What one thread found.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    counts: Counts,
    is_late: bool,
}

impl Scan<'_> {
    /// Reads. The lines are in order, without repeats, and at most as many as the limit.
    ///
    /// # Errors
    /// A stage that cannot be compiled, or the deadline passed.
    pub fn run(&self) -> Result<(Vec<Row>, Counts), Fault> {
        let units = self.units();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.min(MOST_THREADS);
        let compile = |_| Pipeline::for_lines(self.stages);
        let mut pipelines: Vec<Pipeline> = (0..threads)
            .map(compile)
            .collect::<Result<_, _>>()
            .map_err(|error| Fault::bad(error.to_string()))?;
        let mut rows = Rows::new(self.direction, self.limit);
        let mut counts = Counts::default();
        let mut rest = units.as_slice();
        let mut size = threads;
        while let Some(next) = rest.first() {
            if rows.cut().is_some_and(|cut| self.is_behind(next, cut)) {
                break;
            }
            let (batch, behind) = rest.split_at(size.min(rest.len()));
            let found = self.batch(batch, rows.cut(), &mut pipelines);
            for part in found {
                if part.is_late {
                    return Err(Fault::timeout());
                }
                counts.add(&part.counts);
                rows.add(part.rows);
            }
            rows.settle();
            rest = behind;
            size = (size * 2).min(MOST_IN_BATCH);
        }
        Ok((rows.into_vec(), counts))
    }

    /// Returns the segments in the order in which they are read.
    fn units(&self) -> Vec<Unit<'_>> {
        let mut units = Vec::new();
        for (stream, selected) in self.streams.iter().enumerate() {
            for (number, segment) in selected.segments.iter().enumerate() {
                let Some((first_ns, last_ns)) = segment.extent() else {
                    continue;
                };
                units.push(Unit {
                    segment,
                    stream,
                    number,
                    first_ns,
                    last_ns,
                });
            }
        }
        match self.direction {
            Direction::Forward => units.sort_by_key(|unit| unit.first_ns),
            Direction::Backward => units.sort_by_key(|unit| std::cmp::Reverse(unit.last_ns)),
        }
        units
    }

    /// Says whether all lines of a unit, and of those after it, lie behind this time.
    fn is_behind(&self, unit: &Unit<'_>, cut_ns: i64) -> bool {
        match self.direction {
            Direction::Forward => unit.first_ns > cut_ns,
            Direction::Backward => unit.last_ns < cut_ns,
        }
    }

    fn batch(
        &self,
        batch: &[Unit<'_>],
        cut: Option<i64>,
        pipelines: &mut [Pipeline],
    ) -> Vec<Found> {
        let next = AtomicUsize::new(0);
        let work = |pipeline: &mut Pipeline| {
            let mut found = Found::default();
            let mut metadata = Vec::new();
            while let Some(unit) = batch.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.unit(unit, cut, pipeline, &mut metadata, &mut found);
                if found.is_late {
                    break;
                }
            }
            found
        };
        if batch.len() == 1 {
            return pipelines.iter_mut().take(1).map(work).collect();
        }
        std::thread::scope(|scope| {
            let work = &work;
            let threads: Vec<_> = pipelines
                .iter_mut()
                .map(|pipeline| scope.spawn(move || work(pipeline)))
                .collect();
            threads
                .into_iter()
                .map(|thread| match thread.join() {
                    Ok(found) => found,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        })
    }

    fn unit(
        &self,
        unit: &Unit<'_>,
        cut: Option<i64>,
        pipeline: &mut Pipeline,
        metadata: &mut Vec<(String, String)>,
        found: &mut Found,
    ) {
        let Some(stream) = self.streams.get(unit.stream) else {
            return;
        };
        found.counts.segments += 1;
        let places = unit.segment.between(self.start_ns, self.end_ns);
        let (mut times, mut last_hit) = (0, None);
        for step in 0..places.len() {
            let place = match self.direction {
                Direction::Forward => places.start + step,
                Direction::Backward => places.end - 1 - step,
            };
            let Some(record) = unit.segment.record(place) else {
                continue;
            };
            let time = record.timestamp_ns;
            if cut.is_some_and(|cut| self.is_later(time, cut)) {
                break;
            }
            // So many moments have lines that the limit cannot reach further.
            if times >= self.limit && last_hit != Some(time) {
                break;
            }
            if step % LINES_BETWEEN_LOOKS == 0 && Instant::now() >= self.deadline {
                found.is_late = true;
                return;
            }
            unit.segment.read_metadata(record, metadata);
            let line = unit.segment.line(record);
            let copies = u64::from(stream.copies);
            found.counts.lines += copies;
            found.counts.line_bytes += copies * line.len() as u64;
            found.counts.metadata_bytes += copies * PAIR_BYTES * metadata.len() as u64;
            let entry = Entry {
                timestamp_ns: time,
                line,
                metadata,
            };
            let Some(processed) = pipeline.process(&stream.labels, &entry) else {
                continue;
            };
            found.counts.passed += copies;
            if last_hit != Some(time) {
                (times, last_hit) = (times + 1, Some(time));
            }
            found.rows.push(Row {
                timestamp_ns: time,
                line: processed.line.into(),
                labels: processed.labels,
                stream: unit.stream,
                written: (unit.number, place),
            });
        }
    }

    /// Says whether a time comes behind another in the answer.
    fn is_later(&self, time_ns: i64, than_ns: i64) -> bool {
        match self.direction {
            Direction::Forward => time_ns > than_ns,
            Direction::Backward => time_ns < than_ns,
        }
    }
}
