//! The times that a query is evaluated at.

use super::QueryError;

const MILLISECOND: i64 = 1_000_000;

/// Times in nanoseconds since the epoch: `start_ns + k * step_ns` for k below `count`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) start_ns: i64,
    pub(super) step_ns: i64,
    pub(super) count: u32,
    /// How many of the times range aggregations have points at: all, but for one of Loki's faults.
    pub(super) count_of_ranges: u32,
}

/// Nanoseconds.
const HOUR_NS: i64 = 3600 * 1_000_000_000;

impl Grid {
    /// One time.
    pub(super) fn instant(time_ns: i64) -> Self {
        Self {
            start_ns: time_ns,
            step_ns: MILLISECOND,
            count: 1,
            count_of_ranges: 1,
        }
    }

    /// The times of a range query, as Loki's query front end rounds them: to milliseconds, and then to
    /// multiples of the step, the start downwards and the end upwards.
    ///
    /// `has_ranges` says whether the query has an aggregation over a range. A step whose milliseconds are
    /// cut when they are written as seconds in a float (1001 ms) yields no point behind the first then.
    ///
    /// # Errors
    /// More points than the limit, which Loki counts before it rounds; a step below a millisecond.
    pub(super) fn range(
        (start_ns, end_ns): (i64, i64),
        step_ns: i64,
        has_ranges: bool,
        max_points: u64,
    ) -> Result<Self, QueryError> {
        let length = end_ns.saturating_sub(start_ns);
        let steps = length.checked_div(step_ns).unwrap_or(i64::MAX);
        if steps > i64::try_from(max_points).unwrap_or(i64::MAX) {
            return Err(QueryError::BadRequest(format!(
                "exceeded maximum resolution of {} points per time series. Try increasing the value of \
                 the step parameter",
                with_commas(max_points)
            )));
        }
        let step_ms = step_ns / MILLISECOND;
        if step_ms <= 0 {
            return Err(QueryError::not_here("a step below a millisecond"));
        }
        let start_ms = start_ns.div_euclid(MILLISECOND).div_euclid(step_ms) * step_ms;
        let end_ms = end_ns.div_euclid(MILLISECOND);
        let end_ms = end_ms.saturating_add(step_ms - 1).div_euclid(step_ms) * step_ms;
        let sent_ns = (step_ms as f64 / 1000.0 * 1e9) as i64;
        let is_cut = sent_ns != step_ms * MILLISECOND;
        let step_ms = if is_cut && !has_ranges {
            sent_ns / MILLISECOND
        } else {
            step_ms
        };
        let steps = (end_ms - start_ms).checked_div(step_ms).unwrap_or(0);
        let count = u32::try_from(steps + 1).map_err(|_| QueryError::not_here("so many steps"))?;
        Ok(Self {
            start_ns: start_ms * MILLISECOND,
            step_ns: step_ms * MILLISECOND,
            count,
            count_of_ranges: if is_cut { 1 } else { count },
        })
    }

    /// Says whether Loki cuts the query into parts: at full hours, or at multiples of its longest range if
    /// that is longer.
    pub(super) fn is_cut(&self, longest_range_ns: i64) -> bool {
        let part_ns = longest_range_ns.max(HOUR_NS);
        let last_ns = self.time_ns(self.count.saturating_sub(1));
        last_ns > self.start_ns
            && self.start_ns.div_euclid(part_ns) != (last_ns - 1).div_euclid(part_ns)
    }

    /// Returns the time between the first and the last time.
    pub(super) fn length_ns(&self) -> i64 {
        i64::from(self.count.saturating_sub(1)) * self.step_ns
    }

    /// Returns a time of the grid, in nanoseconds since the epoch.
    pub(super) fn time_ns(&self, step: u32) -> i64 {
        self.start_ns + i64::from(step) * self.step_ns
    }

    /// Returns the first and the last step whose windows `(t - range_ns, t]` hold a time.
    pub(super) fn windows_with(&self, time_ns: i64, range_ns: i64) -> Option<(u32, u32)> {
        let since = time_ns - self.start_ns;
        // The smallest k with start + k * step >= time, and the largest with time > start + k * step - range.
        let first = (since.saturating_add(self.step_ns - 1))
            .div_euclid(self.step_ns)
            .max(0);
        let last = (since.saturating_add(range_ns) - 1).div_euclid(self.step_ns);
        let last = last.min(i64::from(self.count_of_ranges) - 1);
        if first > last {
            return None;
        }
        Some((u32::try_from(first).ok()?, u32::try_from(last).ok()?))
    }
}

/// Writes a number with commas between thousands.
fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(start: i64, end: i64, step: i64) -> Vec<i64> {
        let grid = Grid::range((start, end), step, true, 11_000).unwrap();
        (0..grid.count).map(|k| grid.time_ns(k)).collect()
    }

    #[test]
    fn start_and_end_are_rounded_to_multiples_of_the_step() {
        let second = 1_000 * MILLISECOND;
        assert_eq!(
            times(7 * second, 97 * second, 30 * second),
            [0, 30, 60, 90, 120].map(|s| s * second)
        );
        assert_eq!(times(7 * second, 7 * second, 30 * second), [0, 30 * second]);
        assert_eq!(times(30 * second, 30 * second, 30 * second), [30 * second]);
    }

    #[test]
    fn steps_that_a_float_of_seconds_cuts_have_one_point() {
        for (ms, is_cut) in [
            (1000, false),
            (1001, true),
            (1011, true),
            (2022, true),
            (1500, false),
        ] {
            let grid =
                Grid::range((0, 20_000 * MILLISECOND), ms * MILLISECOND, true, 11_000).unwrap();
            assert_eq!(grid.count_of_ranges == 1, is_cut, "{ms} ms");
            assert!(grid.count > 1);
        }
    }

    #[test]
    fn more_points_than_the_limit_are_refused() {
        let error = Grid::range((0, 11_001 * 1_000_000_000), 1_000_000_000, true, 11_000);
        assert_eq!(
            error.unwrap_err().to_string(),
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the \
             step parameter"
        );
        assert!(Grid::range((0, 11_000 * 1_000_000_000), 1_000_000_000, true, 11_000).is_ok());
    }

    #[test]
    fn windows_begin_behind_their_start_and_hold_their_end() {
        let grid = Grid {
            start_ns: 100,
            step_ns: 10,
            count: 5,
            count_of_ranges: 5,
        };
        // Ends: 100, 110, 120, 130, 140; each window is 25 long.
        assert_eq!(grid.windows_with(100, 25), Some((0, 2)));
        assert_eq!(grid.windows_with(101, 25), Some((1, 2)));
        assert_eq!(grid.windows_with(75, 25), None);
        assert_eq!(grid.windows_with(76, 25), Some((0, 0)));
        assert_eq!(grid.windows_with(140, 25), Some((4, 4)));
        assert_eq!(grid.windows_with(141, 25), None);
    }
}
