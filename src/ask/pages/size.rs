//! How many lines a page may have.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::loki::LogAnswer;

/// The most lines of a first page, whose size is not known yet.
const FIRST_PAGE_LINES: u32 = 500;
/// What a page may have in bytes: half of what Loki sends at most by default.
const PAGE_BYTES: u64 = 2 << 20;
/// How many lines an ingester of Loki sends at once (`queryBatchSize`).
const LINES_IN_A_BATCH: u32 = 128;

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

/// Says whether lines of the size seen could have been lost on their way inside Loki, which sends
/// batches of them ([`crate::loki::Request::Check`]).
pub fn may_have_lost_lines(asked: u32, fitting: Option<u32>) -> bool {
    fitting.is_some_and(|fitting| asked.min(LINES_IN_A_BATCH) > fitting)
}

fn bytes_of_a_line(answer: &LogAnswer) -> Option<u64> {
    answer.wire_bytes().checked_div(answer.len() as u64)
}

/// Returns how many lines of this size fit into a page. At least two: of one alone nobody knows
/// whether its nanosecond has more.
fn lines_of(bytes: u64) -> u32 {
    u32::try_from((PAGE_BYTES / bytes.max(1)).max(2)).unwrap_or(u32::MAX)
}
