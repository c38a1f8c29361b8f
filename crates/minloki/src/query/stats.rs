//! Statistics of an answer, in Loki's shape.
//!
//! What it did is told as an ingester's work, since all lines are in memory. A real ingester sends its lines
//! in batches of 128 for each hour that a range is split into, and one empty batch behind them; the numbers
//! here are those of such an ingester.
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#statistics>.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::scan::Counts;

/// The parts that Loki splits a range into.
const SPLIT_NS: i64 = 3_600_000_000_000;
/// The lines of a batch.
pub const LINES_IN_A_BATCH: usize = 128;

/// What an answer cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// What was read.
    pub counts: Counts,
    /// Lines or series in the answer.
    pub returned: u64,
    /// Hours of the range.
    pub splits: u64,
    /// Batches that an ingester would have sent.
    pub batches: u64,
    /// Lines in them.
    pub sent: u64,
    /// How long it took.
    pub took: Duration,
    /// How long it waited for its turn.
    pub waited: Duration,
}

impl Stats {
    /// Counts the batches in which lines of these times come.
    pub fn batches_of(times: impl Iterator<Item = i64>, splits: u64) -> u64 {
        let mut by_split: BTreeMap<i64, usize> = BTreeMap::new();
        for time in times {
            *by_split.entry(split_of(time)).or_default() += 1;
        }
        let full = by_split
            .values()
            .map(|lines| lines.div_ceil(LINES_IN_A_BATCH) as u64);
        full.sum::<u64>() + splits
    }

    /// Writes it.
    pub fn json(&self) -> Value {
        let counts = &self.counts;
        let bytes = counts.line_bytes + counts.metadata_bytes;
        let seconds = self.took.as_secs_f64();
        let per_second = |count: u64| (count as f64 / seconds.max(1e-9)) as u64;
        let ingester = json!({
            "totalReached": self.splits,
            "totalChunksMatched": counts.segments,
            "totalBatches": self.batches,
            "totalLinesSent": self.sent,
            "store": store(counts.lines, bytes, counts.metadata_bytes, counts.passed),
        });
        let caches = [
            "chunk",
            "index",
            "result",
            "statsResult",
            "volumeResult",
            "seriesResult",
            "labelResult",
            "instantMetricResult",
        ];
        let caches: serde_json::Map<String, Value> = caches
            .into_iter()
            .map(|name| (name.to_owned(), cache()))
            .collect();
        json!({
            "summary": {
                "bytesProcessedPerSecond": per_second(bytes),
                "linesProcessedPerSecond": per_second(counts.lines),
                "totalBytesProcessed": bytes,
                "totalLinesProcessed": counts.lines,
                "execTime": seconds,
                "queueTime": self.waited.as_secs_f64(),
                "subqueries": 0,
                "totalEntriesReturned": self.returned,
                "splits": self.splits,
                "shards": 1,
                "totalPostFilterLines": counts.passed,
                "totalStructuredMetadataBytesProcessed": counts.metadata_bytes,
            },
            "querier": { "store": store(0, 0, 0, 0), "querierExecTime": seconds },
            "ingester": ingester,
            "cache": caches,
            "index": {
                "totalChunks": 0,
                "postFilterChunks": 0,
                "shardsDuration": 0,
                "usedBloomFilters": false,
                "totalStreams": 0,
            },
        })
    }
}

/// Returns the number of the hour that holds this nanosecond.
pub fn split_of(ns: i64) -> i64 {
    ns.div_euclid(SPLIT_NS)
}

/// Returns how many hours a range touches; at least one. `end_ns` is exclusive.
pub fn splits(start_ns: i64, end_ns: i64) -> u64 {
    let last = end_ns.saturating_sub(1).max(start_ns);
    split_of(last).abs_diff(split_of(start_ns)) + 1
}

fn store(lines: u64, bytes: u64, metadata: u64, passed: u64) -> Value {
    json!({
        "totalChunksRef": 0,
        "totalChunksDownloaded": 0,
        "chunksDownloadTime": 0,
        "queryReferencedStructuredMetadata": false,
        "queryUsedV2Engine": false,
        "chunk": {
            "headChunkBytes": bytes,
            "headChunkLines": lines,
            "decompressedBytes": 0,
            "decompressedLines": 0,
            "compressedBytes": 0,
            "totalDuplicates": 0,
            "postFilterLines": passed,
            "headChunkStructuredMetadataBytes": metadata,
            "decompressedStructuredMetadataBytes": 0,
        },
        "chunkRefsFetchTime": 0,
        "congestionControlLatency": 0,
        "pipelineWrapperFilteredLines": 0,
    })
}

fn cache() -> Value {
    json!({
        "entriesFound": 0,
        "entriesRequested": 0,
        "entriesStored": 0,
        "bytesReceived": 0,
        "bytesSent": 0,
        "requests": 0,
        "downloadTime": 0,
        "queryLengthServed": 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_of_one_hour_each() {
        let hour = SPLIT_NS;
        let lines = |count: i64, hour_number: i64| (0..count).map(move |n| hour_number * hour + n);
        assert_eq!(Stats::batches_of(lines(0, 0), 1), 1);
        assert_eq!(Stats::batches_of(lines(128, 0), 1), 2);
        assert_eq!(Stats::batches_of(lines(129, 0), 1), 3);
        assert_eq!(Stats::batches_of(lines(10, 0).chain(lines(10, 1)), 2), 4);
        assert_eq!(splits(0, hour), 1);
        assert_eq!(splits(0, hour + 1), 2);
        assert_eq!(splits(5, 5), 1);
    }
}
