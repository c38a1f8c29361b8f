//! How much of a range one request covers.
//!
//! Loki splits a range at the multiples of an interval ([`Split`]), starts all parts at once, and cancels
//! the rest as soon as the newest have filled the limit. A cancelled part puts a worker of the querier to sleep for up to 5 s
//! (`pkg/querier/worker/scheduler_processor.go` of Loki 3.7: its backoff is never reset), and after a
//! few of them the next queries, anybody's, find nobody awake. So a request covers as many parts as
//! it is not expected to fill; only a few parts, which Loki then takes one after another, while
//! nothing is known.

use super::splitting::Split;
use crate::query::Direction;

/// How many units the first request covers: in one alone nothing is ever cancelled.
const FIRST_UNITS: i64 = 1;
/// So many times the units of the request before, as long as little is found.
const GROWTH: i64 = 4;
/// Up to so many parts are taken one after another; more would miss Loki's parallel work.
const MOST_IN_SEQUENCE: u64 = 4;
/// What a request covers at most, in units: beyond any range.
const ALL: i64 = i64::MAX;

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

/// How densely the rows of a question lie, as far as it has been read.
#[derive(Debug, Clone)]
pub struct Density {
    rows: u64,
    nanoseconds: u64,
    /// The units that the last window had.
    units: i64,
    /// More than these Loki does not take at once (`max_query_length`).
    most_units: i64,
    /// What the next window has of them at most, as a multiple.
    growth: i64,
}

/// What a question lets expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Any,
    /// Few rows: what one request does not find, the next may look for in all that is left.
    Few,
    /// Fewer rows than one request holds, which finds them fastest in all parts at once.
    FewerThanAPage,
}

impl Density {
    /// Begins with nothing known, but for what the question lets expect.
    pub fn new(expected: Expected) -> Self {
        Self {
            rows: 0,
            nanoseconds: 0,
            units: match expected {
                Expected::Any | Expected::Few => 0,
                Expected::FewerThanAPage => ALL,
            },
            most_units: ALL,
            growth: match expected {
                Expected::Any => GROWTH,
                Expected::Few | Expected::FewerThanAPage => ALL,
            },
        }
    }

    /// Notes what one request found in the time that it went through.
    pub fn saw(&mut self, rows: usize, nanoseconds: u64) {
        self.rows += rows as u64;
        self.nanoseconds = self.nanoseconds.saturating_add(nanoseconds);
    }

    /// Makes windows smaller from now on, since Loki refused a range of that length. `false` when they
    /// cannot be smaller.
    pub fn shrink(&mut self, refused: &Window, split: Split) -> bool {
        let length = refused.end_ns.saturating_sub(refused.start_ns);
        let units = (length / split.unit_ns()).saturating_add(1).min(self.units);
        self.most_units = (units / 2).max(1);
        self.units = self.most_units;
        units > 1
    }

    /// Returns what a request for so many lines is to cover of what is left.
    pub fn window(
        &mut self,
        (start_ns, end_ns): (i64, i64),
        direction: Direction,
        lines: u32,
        split: Split,
    ) -> Window {
        let unit = split.unit_ns();
        let floor = |nanosecond: i64| nanosecond.div_euclid(unit).saturating_mul(unit);
        self.units = self.next_units(lines, unit);
        let reach = unit.saturating_mul(self.units - 1);
        let mut window = Window {
            start_ns,
            end_ns,
            one_after_another: false,
        };
        match direction {
            Direction::Backward => {
                let first = floor(end_ns.saturating_sub(1));
                window.start_ns = start_ns.max(first.saturating_sub(reach));
            }
            Direction::Forward => {
                let next = floor(start_ns).saturating_add(unit);
                window.end_ns = end_ns.min(next.saturating_add(reach));
            }
        }
        let parts = split.parts(window.start_ns, window.end_ns);
        let is_unsure = self.growth != ALL;
        window.one_after_another = is_unsure && (2..=MOST_IN_SEQUENCE).contains(&parts);
        window
    }

    fn next_units(&self, lines: u32, unit: i64) -> i64 {
        if self.units == 0 {
            return FIRST_UNITS;
        }
        let larger = self.units.saturating_mul(self.growth).min(self.most_units);
        // Half of what would fill the request, at the density seen so far.
        let rows = u128::from(self.rows) * 2 * u128::from(unit.unsigned_abs());
        let filling = u128::from(lines) * u128::from(self.nanoseconds);
        let safe = filling.checked_div(rows).unwrap_or(u128::MAX);
        larger.min(i64::try_from(safe).unwrap_or(ALL)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;
    const HOURLY: Split = Split {
        interval_ns: Some(HOUR),
    };
    /// A quarter past some hour.
    const END: i64 = 500_000 * HOUR + HOUR / 4;

    fn hours(density: &mut Density, end: i64, lines: u32) -> (i64, bool) {
        let window = density.window((0, end), Direction::Backward, lines, HOURLY);
        assert_eq!((window.end_ns, window.start_ns % HOUR), (end, 0));
        let hours = (end - window.start_ns + HOUR - 1) / HOUR;
        (hours, window.one_after_another)
    }

    #[test]
    fn windows_grow_while_nothing_is_found() {
        let mut density = Density::new(Expected::Any);
        let mut end = END;
        for (splits, in_sequence) in [(1, false), (4, true), (16, false), (64, false)] {
            assert_eq!(hours(&mut density, end, 500), (splits, in_sequence));
            let window = density
                .clone()
                .window((0, end), Direction::Backward, 500, HOURLY);
            density.saw(0, window.end_ns.abs_diff(window.start_ns));
            end = (end - 1).div_euclid(HOUR) * HOUR - (splits - 1) * HOUR;
        }
    }

    #[test]
    fn what_is_expected_to_be_few_is_looked_for_at_once() {
        let mut density = Density::new(Expected::FewerThanAPage);
        assert_eq!(hours(&mut density, END, 500), (500_001, false));
        let mut density = Density::new(Expected::Few);
        assert_eq!(hours(&mut density, END, 500), (1, false));
        density.saw(0, HOUR.unsigned_abs() / 4);
        assert_eq!(hours(&mut density, END - HOUR / 4, 500), (500_000, false));
        density.saw(100, HOUR.unsigned_abs());
        assert_eq!(
            hours(&mut density, END, 500),
            (3, false),
            "not as few as that"
        );
    }

    #[test]
    fn windows_go_by_the_interval_of_the_server() {
        let quarter = HOUR / 4;
        for (interval_ns, expected) in [
            (Some(quarter), [quarter, 4 * quarter, 16 * quarter]),
            (Some(24 * HOUR), [quarter, 4 * HOUR, 16 * HOUR]),
            (None, [quarter, 4 * HOUR, 16 * HOUR]),
        ] {
            let split = Split { interval_ns };
            let mut density = Density::new(Expected::Any);
            let mut end = END;
            for length in expected {
                let window = density.window((0, end), Direction::Backward, 500, split);
                assert_eq!(window.end_ns - window.start_ns, length, "{interval_ns:?}");
                let parts = split.parts(window.start_ns, window.end_ns);
                assert_eq!(window.one_after_another, (2..=4).contains(&parts));
                end = window.start_ns;
            }
        }
    }

    #[test]
    fn dense_rows_keep_a_request_within_one_part() {
        let mut density = Density::new(Expected::Any);
        hours(&mut density, END, 500);
        density.saw(500, 60_000_000_000);
        assert_eq!(hours(&mut density, END, 2000), (1, false));
    }

    #[test]
    fn sparse_rows_take_as_many_parts_as_they_do_not_fill() {
        let mut density = Density::new(Expected::Any);
        hours(&mut density, END, 500);
        density.saw(200, HOUR.cast_unsigned());
        assert_eq!(hours(&mut density, END, 1300), (3, true));
        assert_eq!(hours(&mut density, END, 13_000), (12, false));
    }

    #[test]
    fn a_refused_range_makes_windows_smaller_until_they_are_one_unit() {
        for expected in [Expected::Any, Expected::FewerThanAPage] {
            let mut density = Density::new(expected);
            let window =
                |density: &mut Density| density.window((0, END), Direction::Backward, 500, HOURLY);
            for _ in 0..5 {
                window(&mut density);
            }
            let refused = window(&mut density);
            assert!(density.shrink(&refused, HOURLY));
            let smaller = window(&mut density);
            let length = |window: &Window| window.end_ns - window.start_ns;
            assert!(length(&smaller) <= length(&refused) / 2 + HOUR);
            for _ in 0..5 {
                assert_eq!(window(&mut density), smaller, "never more again");
            }
            let mut refused = smaller;
            while density.shrink(&refused, HOURLY) {
                refused = window(&mut density);
            }
            assert_eq!(hours(&mut density, END, 500), (1, false));
        }
    }

    #[test]
    fn a_window_never_leaves_the_range() {
        for (start, end) in [(i64::MIN, i64::MAX), (5, 6), (-HOUR - 1, HOUR + 1)] {
            for direction in Direction::ALL {
                let mut density = Density::new(Expected::Any);
                for _ in 0..40 {
                    let window = density.window((start, end), *direction, 10, HOURLY);
                    assert!(start <= window.start_ns && window.end_ns <= end);
                    assert!(window.start_ns < window.end_ns, "{window:?}");
                    density.saw(0, 1);
                }
            }
        }
    }
}
