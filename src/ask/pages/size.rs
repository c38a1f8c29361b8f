//! How many lines a page may have.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::splitting::{Split, Trust};
use super::window::Window;
use crate::loki::LogAnswer;
use crate::loki::response::LINES_IN_A_BATCH;

/// The most lines of a first page, whose size is not known yet.
const FIRST_PAGE_LINES: u32 = 500;
/// What a page may have in bytes: half of what Loki sends at most by default.
const PAGE_BYTES: u64 = 2 << 20;

/// The bytes of a line, by system, as answers had them.
#[derive(Debug, Default)]
pub struct LineSizes(Mutex<HashMap<String, u64>>);

impl LineSizes {
    /// Returns how many lines a first page may have: as many as fit, if lines of this system have been
    /// seen before.
    pub fn first_page(&self, system: &str) -> u32 {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let a_line = known.get(system);
        a_line.map_or(FIRST_PAGE_LINES, |bytes| rounded(lines_of(*bytes)))
    }

    /// Says whether lines of this system have been seen before.
    pub fn is_known(&self, system: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains_key(system)
    }

    /// Notes the size of an answer's lines.
    pub fn saw(&self, system: &str, answer: &LogAnswer) {
        let Some(bytes) = bytes_of_a_line(answer) else {
            return;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get_mut(system) {
            // One answer with long lines is soon forgotten.
            Some(known) => *known = bytes.max((*known * 3 + bytes) / 4),
            None => drop(known.insert(system.to_owned(), bytes)),
        }
    }
}

/// Returns how many lines of the size seen fit into a page; `None` where none was seen.
pub fn fitting(answer: &LogAnswer) -> Option<u32> {
    bytes_of_a_line(answer).map(lines_of)
}

/// Says whether lines of the size seen are so long that some could have been lost on their way inside Loki,
/// which sends batches of them ([`crate::loki::Request::Check`]).
pub fn may_be_too_long(answer: &LogAnswer, asked: u32) -> bool {
    fitting(answer).is_some_and(|fitting| asked.min(LINES_IN_A_BATCH) > fitting)
}

/// Says whether a batch of lines is missing of an answer with fewer than were asked for, a whole window; as
/// far as the numbers can be believed.
pub fn misses_a_batch(answer: &LogAnswer, window: &Window, split: Split, trust: Trust) -> bool {
    let ingesters = &answer.stats.ingesters;
    let in_all = ingesters.lines.div_ceil(LINES_IN_A_BATCH.into());
    match trust {
        Trust::ByPart => ingesters.have_lost_some(batches_of(answer, window, split)),
        Trust::InAll => ingesters.have_lost_some(in_all),
        Trust::None => false,
    }
}

/// Returns in how many batches at least the ingesters sent these lines: each part of the range that Loki
/// splits is a request of its own, to each of its ingesters.
fn batches_of(answer: &LogAnswer, window: &Window, split: Split) -> u64 {
    let sent = answer.stats.ingesters;
    let parts = answer.stats.splits.max(1);
    let are_known = parts == split.parts(window.start_ns, window.end_ns);
    // Where a part is more than one request, several ingesters may have sent the same line, and the store
    // others: then nobody knows how many were sent of a part.
    if !are_known || (sent.lines != answer.len() as u64 && sent.requests > parts) {
        return sent.lines.div_ceil(LINES_IN_A_BATCH.into());
    }
    let mut lines: HashMap<i64, u64> = HashMap::new();
    for entry in answer.entries() {
        *lines.entry(split.part_of(entry.timestamp_ns)).or_default() += 1;
    }
    fewest_batches(lines.values().copied(), sent.lines)
}

/// Returns the least number of batches with so many lines in all, none of which is of more than one part:
/// of what came of a part the store may have sent any. Full batches hold the most, then the largest of
/// those that are not.
fn fewest_batches(parts: impl Iterator<Item = u64>, lines: u64) -> u64 {
    let batch = u64::from(LINES_IN_A_BATCH);
    let (mut full, mut others) = (0, Vec::new());
    for part in parts {
        full += part / batch;
        others.push(part % batch);
    }
    let mut left = lines.saturating_sub(full * batch);
    if left == 0 {
        return lines.div_ceil(batch);
    }
    others.sort_unstable_by(|a, b| b.cmp(a));
    let mut batches = full;
    for lines in others.into_iter().take_while(|lines| *lines > 0) {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(lines);
        batches += 1;
    }
    // More than there are: the same line twice.
    batches + left.div_ceil(batch)
}

fn bytes_of_a_line(answer: &LogAnswer) -> Option<u64> {
    answer.wire_bytes().checked_div(answer.len() as u64)
}

/// Returns how many lines of this size fit into a page. At least two: of one alone nobody knows
/// whether its nanosecond has more.
fn lines_of(bytes: u64) -> u32 {
    u32::try_from((PAGE_BYTES / bytes.max(1)).max(2)).unwrap_or(u32::MAX)
}

/// Returns a number rounded down to its three highest bits: what is made of an average that changes with
/// every answer would make equal questions different requests.
fn rounded(lines: u32) -> u32 {
    let low_bits = lines.checked_ilog2().unwrap_or(0).saturating_sub(2);
    lines >> low_bits << low_bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_pages_are_equal_for_lines_of_about_the_same_size() {
        let sizes = LineSizes::default();
        let set = |bytes| sizes.0.lock().unwrap().insert("x".to_owned(), bytes);
        for (bytes, lines) in [
            (840, 2048),
            (900, 2048),
            (1000, 2048),
            (1, 2 << 20),
            (3 << 20, 2),
        ] {
            set(bytes);
            assert_eq!(sizes.first_page("x"), lines, "{bytes}");
        }
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7, 8, 11, 12].map(rounded),
            [1, 2, 3, 4, 5, 6, 7, 8, 10, 12]
        );
    }

    #[test]
    fn the_fewest_batches_are_full_ones_and_the_largest_others() {
        for (name, parts, lines, batches) in [
            ("nothing", &[][..], 0, 0),
            ("nothing of the ingesters", &[5, 300], 0, 0),
            ("all of one part", &[300], 300, 3),
            ("all of several", &[10, 10, 10], 30, 3),
            ("some of one part", &[300], 130, 2),
            ("as many as fit into one", &[300, 10], 128, 1),
            ("more than full batches hold", &[300, 10], 257, 3),
            ("also of small parts", &[50, 50, 50], 120, 3),
            ("of two of the small parts", &[50, 50, 50], 100, 2),
            ("the same line twice", &[100], 200, 2),
        ] {
            let found = fewest_batches(parts.iter().copied(), lines);
            assert_eq!(found, batches, "{name}");
        }
    }

    /// An answer of Loki: lines in each hour, and what the ingesters say that they sent.
    fn answer(
        hours: &[u64],
        splits: u64,
        (requests, batches, lines): (u64, u64, u64),
    ) -> LogAnswer {
        let mut values = Vec::new();
        for (hour, count) in hours.iter().enumerate() {
            for number in 0..*count {
                let time = hour as u64 * 3_600_000_000_000 + number;
                values.push(serde_json::json!([time.to_string(), "line"]));
            }
        }
        let sent = serde_json::json!({
            "totalReached": requests, "totalBatches": batches, "totalLinesSent": lines
        });
        let body = serde_json::json!({ "status": "success", "data": {
            "resultType": "streams",
            "result": [{ "stream": { "job": "x" }, "values": values }],
            "stats": { "ingester": sent, "summary": { "splits": splits } },
        } });
        LogAnswer::decode(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_batch_that_is_missing_is_missed_also_beside_lines_of_the_store() {
        for (name, hours, (requests, batches, lines), lost) in [
            ("nothing missing", &[100][..], (1, 2, 40), false),
            ("the last one missing", &[100], (1, 1, 40), true),
            ("behind a full one", &[300], (1, 1, 128), true),
            ("behind two full ones", &[300], (1, 2, 256), true),
            (
                "two parts, nothing missing",
                &[200, 100],
                (2, 4, 150),
                false,
            ),
            ("two parts, one missing", &[200, 100], (2, 3, 150), true),
            (
                "three small parts, one missing",
                &[50, 50, 50],
                (3, 5, 120),
                true,
            ),
            // One part may hide what another lost: this could be 50 lines of one part, and nothing lost.
            ("hidden", &[100, 100], (2, 3, 50), false),
            // As many requests as parts and more: nobody knows which lines came twice.
            (
                "two ingesters, nothing missing",
                &[60, 30, 30],
                (6, 8, 118),
                false,
            ),
            ("two ingesters, one missing", &[200], (2, 2, 128), true),
            ("only of the store", &[500], (3, 3, 0), false),
        ] {
            let (window, split) = window_of(hours);
            let splits = if hours.len() > 1 {
                hours.len() as u64
            } else {
                0
            };
            let sent = (requests, batches, lines);
            let answer = answer(hours, splits, sent);
            let misses = |trust| misses_a_batch(&answer, &window, split, trust);
            assert_eq!(misses(Trust::ByPart), lost, "{name}");
            assert!(!misses(Trust::None), "{name}");
            assert!(lost || !misses(Trust::InAll), "{name}");
        }
    }

    #[test]
    fn nothing_is_missed_where_loki_splits_otherwise_than_is_believed() {
        let hours = [50, 50, 50, 50];
        let (window, split) = window_of(&hours);
        // Loki did not split: two batches of 200 lines, and the empty one behind them.
        let whole = answer(&hours, 0, (1, 3, 200));
        assert!(!misses_a_batch(&whole, &window, split, Trust::ByPart));
        let lost = answer(&hours, 0, (1, 2, 200));
        assert!(misses_a_batch(&lost, &window, split, Trust::ByPart));
        // Three ingesters, of which two answer, with all lines each.
        let parts = answer(&hours, 4, (8, 16, 400));
        assert!(!misses_a_batch(&parts, &window, split, Trust::ByPart));
    }

    fn window_of(hours: &[u64]) -> (Window, Split) {
        let hour_ns = 3_600_000_000_000;
        let window = Window {
            start_ns: 0,
            end_ns: hours.len() as i64 * hour_ns,
            one_after_another: false,
        };
        let interval_ns = Some(hour_ns);
        (window, Split { interval_ns })
    }
}
