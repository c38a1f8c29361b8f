//! What a query cost, as Loki counts it.

use serde_json::Value;

/// The parts of Loki's statistics that a user can act on; what is missing or odd reads as zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Bytes that were read, decompressed (`summary.totalBytesProcessed`).
    pub bytes_processed: u64,
    /// Lines that were read (`summary.totalLinesProcessed`).
    pub lines_processed: u64,
    /// Lines that came back (`summary.totalEntriesReturned`).
    pub entries_returned: u64,
    /// Seconds of execution (`summary.execTime`).
    pub exec_seconds: f64,
    /// Seconds in the queue, summed over the parts of the query (`summary.queueTime`).
    pub queue_seconds: f64,
    /// Chunks that were read: those fetched from the store by queriers and ingesters
    /// (`store.totalChunksDownloaded`), and those in the ingesters' memory
    /// (`ingester.totalChunksMatched`).
    pub chunks: u64,
    /// Of how many parts of its range the answer was made; 0 for one (`summary.splits`).
    pub splits: u64,
    /// What the ingesters sent.
    pub ingesters: Ingesters,
}

/// What Loki's ingesters sent to its queriers, in batches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ingesters {
    /// The requests that they were sent (`ingester.totalReached`).
    pub requests: u64,
    /// The batches that arrived (`ingester.totalBatches`).
    pub batches: u64,
    /// The lines in them (`ingester.totalLinesSent`).
    pub lines: u64,
}

/// How many lines an ingester sends at once (`queryBatchSize`).
pub const LINES_IN_A_BATCH: u32 = 128;

impl Ingesters {
    /// Says whether some batch cannot have arrived, of an answer with fewer lines than were asked for
    /// that came in at least so many batches: behind them each request is sent an empty one.
    pub fn have_lost_some(&self, batches: u64) -> bool {
        self.batches < self.requests.saturating_add(batches)
    }
}

impl Stats {
    /// Adds the cost of another request.
    pub fn add(&mut self, other: &Self) {
        self.bytes_processed = self.bytes_processed.saturating_add(other.bytes_processed);
        self.lines_processed = self.lines_processed.saturating_add(other.lines_processed);
        self.entries_returned = self.entries_returned.saturating_add(other.entries_returned);
        self.exec_seconds += other.exec_seconds;
        self.queue_seconds += other.queue_seconds;
        self.chunks = self.chunks.saturating_add(other.chunks);
        self.splits = self.splits.saturating_add(other.splits);
        let (all, more) = (&mut self.ingesters, &other.ingesters);
        all.requests = all.requests.saturating_add(more.requests);
        all.batches = all.batches.saturating_add(more.batches);
        all.lines = all.lines.saturating_add(more.lines);
    }

    /// Reads `data.stats`; never fails.
    pub(super) fn decode(json: &str) -> Self {
        let stats: Value = serde_json::from_str(json).unwrap_or_default();
        let count = |path: &str| stats.pointer(path).and_then(Value::as_u64).unwrap_or(0);
        let seconds = |path: &str| stats.pointer(path).and_then(Value::as_f64).unwrap_or(0.0);
        Self {
            bytes_processed: count("/summary/totalBytesProcessed"),
            lines_processed: count("/summary/totalLinesProcessed"),
            entries_returned: count("/summary/totalEntriesReturned"),
            exec_seconds: seconds("/summary/execTime"),
            queue_seconds: seconds("/summary/queueTime"),
            chunks: count("/querier/store/totalChunksDownloaded")
                .saturating_add(count("/ingester/store/totalChunksDownloaded"))
                .saturating_add(count("/ingester/totalChunksMatched")),
            splits: count("/summary/splits"),
            ingesters: Ingesters {
                requests: count("/ingester/totalReached"),
                batches: count("/ingester/totalBatches"),
                lines: count("/ingester/totalLinesSent"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_did_not_arrive_is_missed() {
        // As Loki 3.7.8 said them: (requests, batches, lines), and whether lines were lost.
        for (requests, batches, lines, lost) in [
            (1, 1, 128, true),
            (1, 2, 256, true),
            (7, 8, 128, false),
            (7, 7, 128, true),
            (1, 4, 300, false),
            (7, 10, 300, false),
            (1, 3, 256, false),
            (1, 2, 16, false),
            (5, 5, 0, false),
            // A Loki that does not say.
            (0, 0, 0, false),
        ] {
            let ingesters = Ingesters {
                requests,
                batches,
                lines,
            };
            let batches = lines.div_ceil(LINES_IN_A_BATCH.into());
            assert_eq!(ingesters.have_lost_some(batches), lost, "{ingesters:?}");
        }
    }
}
