//! Log queries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::order::Row;
use super::scan::Scan;
use super::stats::{LINES_IN_A_BATCH, Stats, split_of, splits};
use super::ties::shuffle;
use super::{Direction, Fault, matchers};
use crate::pipeline::LabelSet;
use crate::store::{Tenant, label_text};
use crate::syntax::LogExpr;

/// About what a line takes in a message beside its text, and a pair of metadata beside its own.
const LINE_BYTES: usize = 20;
const PAIR_BYTES: usize = 8;

/// A log query.
#[derive(Debug, Clone)]
pub struct LogQuery {
    /// The query.
    pub expr: LogExpr,
    /// Inclusive, ns.
    pub start_ns: i64,
    /// Exclusive, ns.
    pub end_ns: i64,
    /// The most lines.
    pub limit: usize,
    /// The order, and which side the limit cuts.
    pub direction: Direction,
    /// The least time between two lines of the answer, ns; 0 for none.
    pub interval_ns: i64,
    /// Whether metadata and parsed labels are told apart from the stream's (`categorize-labels`).
    pub categorize: bool,
    /// When it must be done.
    pub deadline: Instant,
    /// The most bytes of a message.
    pub message_bytes: u64,
}

/// The answer to a log query.
#[derive(Debug)]
pub struct LogAnswer {
    /// Streams by their labels, in the order of the answer.
    pub streams: Vec<(Arc<LabelSet>, Vec<Row>)>,
    /// What it cost.
    pub stats: Stats,
}

impl LogQuery {
    /// Answers it.
    ///
    /// # Errors
    /// It cannot be answered, took too long, or the answer is above the message size.
    pub fn run(&self, tenant: &Tenant) -> Result<LogAnswer, Fault> {
        let begun = Instant::now();
        let matchers = matchers(&self.expr.selector)?;
        let streams = tenant.select(&matchers, self.start_ns, self.end_ns);
        let scan = Scan {
            streams: &streams,
            stages: &self.expr.stages,
            start_ns: self.start_ns,
            end_ns: self.end_ns,
            direction: self.direction,
            limit: self.limit,
            deadline: self.deadline,
        };
        let splits = splits(self.start_ns, self.end_ns);
        let (mut rows, counts) = match scan.run() {
            Ok(found) => found,
            Err(fault) if self.categorize && is_lost(&fault) => Default::default(),
            Err(fault) => return Err(fault),
        };
        let mut batches = Stats::batches_of(rows.iter().map(|row| row.timestamp_ns), splits);
        if let Some((place, bytes)) = self.large_batch(&rows) {
            if !self.categorize {
                return Err(Fault::message(bytes, self.message_bytes));
            }
            // Such a batch never arrives: what came before it is all there is.
            rows.truncate(place);
            let sent = Stats::batches_of(rows.iter().map(|row| row.timestamp_ns), splits);
            batches = sent.saturating_sub(1);
        }
        let bytes: u64 = rows.iter().map(message_size).sum();
        if bytes > self.message_bytes {
            return Err(Fault::NoAnswer);
        }
        let sent = rows.len() as u64;
        self.keep_intervals(&mut rows);
        let returned = rows.len() as u64;
        Ok(LogAnswer {
            streams: self.grouped(rows),
            stats: Stats {
                counts,
                returned,
                splits,
                batches,
                sent,
                took: begun.elapsed(),
                waited: Duration::ZERO,
            },
        })
    }

    /// Returns where the first batch begins that is above the message size, and its bytes.
    fn large_batch(&self, rows: &[Row]) -> Option<(usize, u64)> {
        let hour = |row: &Row| split_of(row.timestamp_ns);
        let mut place = 0;
        for part in rows.chunk_by(|a, b| hour(a) == hour(b)) {
            for batch in part.chunks(LINES_IN_A_BATCH) {
                let bytes: u64 = batch.iter().map(message_size).sum();
                if bytes > self.message_bytes {
                    return Some((place, bytes));
                }
                place += batch.len();
            }
        }
        None
    }

    /// Leaves out lines that come too soon behind the one before. A real Loki does so in each hour of the
    /// range, and cuts by the limit only then.
    fn keep_intervals(&self, rows: &mut Vec<Row>) {
        if self.interval_ns == 0 {
            return;
        }
        let least = self.interval_ns.cast_unsigned();
        let mut last: Option<i64> = None;
        rows.retain(|row| {
            let time = row.timestamp_ns;
            // Each hour is a question by itself.
            let far = last.is_none_or(|last| {
                split_of(last) != split_of(time) || time.abs_diff(last) >= least
            });
            if far {
                last = Some(time);
            }
            far
        });
    }

    /// Brings lines of equal labels together, sorted by these.
    fn grouped(&self, rows: Vec<Row>) -> Vec<(Arc<LabelSet>, Vec<Row>)> {
        let mut streams: BTreeMap<String, (Arc<LabelSet>, Vec<Row>)> = BTreeMap::new();
        for row in rows {
            let labels = if self.categorize {
                Arc::clone(&row.labels.stream)
            } else {
                Arc::new(row.labels.merged())
            };
            let key = label_text(&labels);
            let stream = streams.entry(key).or_insert_with(|| (labels, Vec::new()));
            stream.1.push(row);
        }
        let shuffled = |(labels, rows)| (labels, shuffle(rows, self.direction));
        streams.into_values().map(shuffled).collect()
    }
}

/// Says whether a real Loki loses a fault of the pipeline with `categorize-labels`. What only this one cannot
/// do is told.
fn is_lost(fault: &Fault) -> bool {
    match fault {
        Fault::Refused { status: 400, words } => !words.contains("not in the embedded Loki"),
        Fault::Refused { .. } | Fault::NoAnswer => false,
    }
}

/// Returns about how many bytes a line takes in a message.
fn message_size(row: &Row) -> u64 {
    let pairs = row.labels.metadata.iter().chain(&row.labels.parsed);
    let pairs: usize = pairs.map(|(n, v)| n.len() + v.len() + PAIR_BYTES).sum();
    (row.line.len() + pairs + LINE_BYTES) as u64
}
