//! How many lines a page may have.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::window::split_of;
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
        a_line.map_or(FIRST_PAGE_LINES, |bytes| lines_of(*bytes))
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

/// Says whether lines of an answer with fewer than were asked for were lost on their way inside Loki,
/// which sends batches of them ([`crate::loki::Request::Check`]): lines of the size seen could have
/// been, or a batch is missing.
pub fn may_have_lost_lines(answer: &LogAnswer, asked: u32) -> bool {
    let too_large = |fitting| asked.min(LINES_IN_A_BATCH) > fitting;
    let ingesters = &answer.stats.ingesters;
    fitting(answer).is_some_and(too_large) || ingesters.have_lost_some(batches_of(answer))
}

/// Returns in how many batches at least the ingesters sent these lines: each part of the range that Loki
/// splits is a request of its own.
fn batches_of(answer: &LogAnswer) -> u64 {
    let batch = u64::from(LINES_IN_A_BATCH);
    let lines = answer.stats.ingesters.lines;
    if lines != answer.len() as u64 {
        // Some came from the store, and nobody says which.
        return lines.div_ceil(batch);
    }
    let mut parts: HashMap<i64, u64> = HashMap::new();
    for entry in answer.entries() {
        *parts.entry(split_of(entry.timestamp_ns)).or_default() += 1;
    }
    parts.values().map(|lines| lines.div_ceil(batch)).sum()
}

fn bytes_of_a_line(answer: &LogAnswer) -> Option<u64> {
    answer.wire_bytes().checked_div(answer.len() as u64)
}

/// Returns how many lines of this size fit into a page. At least two: of one alone nobody knows
/// whether its nanosecond has more.
fn lines_of(bytes: u64) -> u32 {
    u32::try_from((PAGE_BYTES / bytes.max(1)).max(2)).unwrap_or(u32::MAX)
}
