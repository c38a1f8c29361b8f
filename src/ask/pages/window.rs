//! How much of a range one request covers.
//!
//! Loki splits a range at full hours, starts all parts at once, and cancels the rest as soon as the
//! newest have filled the limit. A cancelled part puts a worker of the querier to sleep for up to 5 s
//! (`pkg/querier/worker/scheduler_processor.go` of Loki 3.7: its backoff is never reset), and after a
//! few of them the next queries, anybody's, find nobody awake. So a request covers as many parts as
//! it is not expected to fill; only a few parts, which Loki then takes one after another, while
//! nothing is known.

use crate::query::Direction;

/// The parts that Loki splits a range into by default (`split_queries_by_interval`).
const SPLIT_NS: i64 = 3_600_000_000_000;
/// How many parts the first request covers: in one alone nothing is ever cancelled.
const FIRST_SPLITS: i64 = 1;
/// So many more parts than the request before, as long as little is found.
const GROWTH: i64 = 4;
/// Up to so many parts are taken one after another; more would miss Loki's parallel work.
const MOST_IN_SEQUENCE: i64 = 4;

/// What the first request of a question with sparse rows covers: a week.
const SPARSE_SPLITS: i64 = 7 * 24;

/// The part of a range that one request covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Inclusive.
    pub start_ns: i64,
    /// Exclusive.
    pub end_ns: i64,
    /// Whether Loki is to take its parts one after another.
    pub one_after_another: bool,
}

impl Window {
    /// Returns the number of parts that Loki splits it into.
    pub fn splits(&self) -> i64 {
        split_of(self.end_ns.saturating_sub(1)) - split_of(self.start_ns) + 1
    }
}

/// How densely the rows of a question lie, as far as it has been read.
#[derive(Debug, Clone)]
pub struct Density {
    rows: u64,
    nanoseconds: u64,
    /// The parts that the last window had.
    splits: i64,
    /// More than these Loki does not take at once (`max_query_length`).
    most_splits: i64,
}

impl Density {
    /// Begins with nothing known, but for what the question lets expect: `sparse` rows, all of which
    /// one request finds fastest in parallel.
    pub fn new(sparse: bool) -> Self {
        Self {
            rows: 0,
            nanoseconds: 0,
            splits: if sparse { SPARSE_SPLITS / GROWTH } else { 0 },
            most_splits: i64::MAX,
        }
    }

    /// Notes what one request found in the time that it went through.
    pub fn saw(&mut self, rows: usize, nanoseconds: u64) {
        self.rows += rows as u64;
        self.nanoseconds = self.nanoseconds.saturating_add(nanoseconds);
    }

    /// Makes windows smaller from now on, since Loki refused a range of that length. `false` when they
    /// cannot be smaller.
    pub fn shrink(&mut self) -> bool {
        let can_be_smaller = self.splits > 1;
        self.most_splits = (self.splits / 2).max(1);
        self.splits = self.most_splits;
        can_be_smaller
    }

    /// Returns what a request for so many lines is to cover of what is left.
    pub fn window(
        &mut self,
        start_ns: i64,
        end_ns: i64,
        direction: Direction,
        lines: u32,
    ) -> Window {
        self.splits = self.next_splits(lines);
        let reach = SPLIT_NS.saturating_mul(self.splits - 1);
        let mut window = Window {
            start_ns,
            end_ns,
            one_after_another: false,
        };
        match direction {
            Direction::Backward => {
                let split = floor(end_ns.saturating_sub(1));
                window.start_ns = start_ns.max(split.saturating_sub(reach));
            }
            Direction::Forward => {
                let next = floor(start_ns).saturating_add(SPLIT_NS);
                window.end_ns = end_ns.min(next.saturating_add(reach));
            }
        }
        window.one_after_another = (2..=MOST_IN_SEQUENCE).contains(&window.splits());
        window
    }

    fn next_splits(&self, lines: u32) -> i64 {
        if self.splits == 0 {
            return FIRST_SPLITS;
        }
        let larger = self.splits.saturating_mul(GROWTH).min(self.most_splits);
        // Half of what would fill the request, at the density seen so far.
        let rows = self.rows.saturating_mul(2 * SPLIT_NS.cast_unsigned());
        let filling = u64::from(lines).saturating_mul(self.nanoseconds);
        let safe = filling.checked_div(rows).unwrap_or(u64::MAX);
        larger.min(i64::try_from(safe).unwrap_or(i64::MAX)).max(1)
    }
}

/// Returns the number of the part that holds this nanosecond.
pub fn split_of(nanosecond: i64) -> i64 {
    nanosecond.div_euclid(SPLIT_NS)
}

/// Returns the start of the part that holds this nanosecond.
fn floor(nanosecond: i64) -> i64 {
    split_of(nanosecond).saturating_mul(SPLIT_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = SPLIT_NS;
    /// A quarter past some hour.
    const END: i64 = 500_000 * HOUR + HOUR / 4;

    fn hours(density: &mut Density, end: i64, lines: u32) -> (i64, bool) {
        let window = density.window(0, end, Direction::Backward, lines);
        assert_eq!((window.end_ns, window.start_ns % HOUR), (end, 0));
        let hours = (end - window.start_ns + HOUR - 1) / HOUR;
        (hours, window.one_after_another)
    }

    #[test]
    fn windows_grow_while_nothing_is_found() {
        let mut density = Density::new(false);
        let mut end = END;
        for (splits, in_sequence) in [(1, false), (4, true), (16, false), (64, false)] {
            assert_eq!(hours(&mut density, end, 500), (splits, in_sequence));
            let window = density.clone().window(0, end, Direction::Backward, 500);
            density.saw(0, window.end_ns.abs_diff(window.start_ns));
            end = floor(end - 1) - (splits - 1) * HOUR;
        }
    }

    #[test]
    fn a_sparse_question_takes_a_week_at_once() {
        let mut density = Density::new(true);
        assert_eq!(hours(&mut density, END, 500), (7 * 24, false));
    }

    #[test]
    fn dense_rows_keep_a_request_within_one_part() {
        let mut density = Density::new(false);
        hours(&mut density, END, 500);
        density.saw(500, 60_000_000_000);
        assert_eq!(hours(&mut density, END, 2000), (1, false));
    }

    #[test]
    fn sparse_rows_take_as_many_parts_as_they_do_not_fill() {
        let mut density = Density::new(false);
        hours(&mut density, END, 500);
        density.saw(200, HOUR.cast_unsigned());
        assert_eq!(hours(&mut density, END, 1300), (3, true));
        assert_eq!(hours(&mut density, END, 13_000), (12, false));
    }

    #[test]
    fn a_refused_range_makes_windows_smaller_until_they_are_one_part() {
        let mut density = Density::new(false);
        for _ in 0..5 {
            density.window(0, END, Direction::Backward, 500);
        }
        assert_eq!(density.splits, 256);
        assert!(density.shrink());
        for _ in 0..5 {
            density.window(0, END, Direction::Backward, 500);
        }
        assert_eq!(density.splits, 128, "never more again");
        while density.shrink() {
            let before = density.splits;
            density.window(0, END, Direction::Backward, 500);
            assert_eq!(density.splits, before);
        }
        assert_eq!(hours(&mut density, END, 500), (1, false));
    }

    #[test]
    fn a_window_never_leaves_the_range() {
        for (start, end) in [(i64::MIN, i64::MAX), (5, 6), (-HOUR - 1, HOUR + 1)] {
            for direction in Direction::ALL {
                let mut density = Density::new(false);
                for _ in 0..40 {
                    let window = density.window(start, end, *direction, 10);
                    assert!(start <= window.start_ns && window.end_ns <= end);
                    assert!(window.start_ns < window.end_ns, "{window:?}");
                    density.saw(0, 1);
                }
            }
        }
    }
}
