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
        }
    }
}
