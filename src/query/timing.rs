//! When a metric question is asked: its points, its window.
//!
//! Points lie at multiples of the step, for steps of an hour and more in the dashboard's time zone;
//! a point counts the lines behind it, up to one window (semantics.md, 6). The last point is that of the
//! step in which the range ends, so that the newest lines are shown before their step is over.

use std::time::Duration;

use super::{MacroContext, Query, QueryError, ResultKind, span};

/// The most points a series that Loki takes.
pub const MOST_POINTS: i64 = 11_000;
/// Steps from here on are aligned to the dashboard's time zone.
const LOCAL_FROM: Duration = Duration::from_secs(3600);
/// Steps below this one have a longer default window.
const SHORT_STEP: Duration = Duration::from_secs(10);
/// The default window of short steps and of alerts, at least.
const LEAST_WINDOW: Duration = Duration::from_secs(60);
/// How far `lastSeen` looks back.
const LAST_SEEN_WINDOW: Duration = Duration::from_secs(86_400);
/// By less than that is a step made longer for Loki; no step of centuries has one that a float keeps.
const LONGER_MS: u64 = 20;
const SECOND_NS: i64 = 1_000_000_000;

/// The range of a question and what the panel says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The range's start, in nanoseconds since the epoch.
    pub from_ns: i64,
    /// Its end.
    pub to_ns: i64,
    /// The panel's interval.
    pub interval: Duration,
    /// The most points that the panel draws; 0 = it does not say.
    pub max_data_points: i64,
    /// Whether an alert rule asks.
    pub is_alert: bool,
}

/// The points of a metric question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The first point, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// The last point.
    pub end_ns: i64,
    /// How far points are apart; an instant has one point.
    pub step_ns: i64,
    /// How far back each point looks.
    pub window: Duration,
    /// How far the points lie before multiples of the step: Loki puts points on those by itself.
    pub shift_ns: i64,
    /// Whether one number is asked for, at the range's end.
    pub instant: bool,
    /// Whether the step that the query names was too small.
    pub step_raised: bool,
}

impl Timing {
    /// From when on lines count, in nanoseconds since 1970, not itself: as far back as the first point looks.
    pub fn from_ns(&self) -> i64 {
        let window_ns = i64::try_from(self.window.as_nanos()).unwrap_or(i64::MAX);
        self.start_ns.saturating_sub(window_ns)
    }

    /// Finds the points of a question.
    ///
    /// # Errors
    /// A `step` or a `window` that is none.
    pub fn new(query: &Query, span_of: &Span) -> Result<Self, QueryError> {
        let range = Duration::from_nanos(span_of.to_ns.abs_diff(span_of.from_ns));
        let least = least_step(range, span_of.max_data_points);
        let macros = |step: Duration| MacroContext {
            interval_ms: milliseconds(step),
            range_ms: milliseconds(whole_ms(range)),
            instant: query.instant,
        };
        let interval = span_of.interval.max(least);
        let asked = query.step.as_ref();
        let asked = asked.map(|text| span("step", text, &macros(interval)));
        let asked = asked.transpose()?;
        let step = kept_step(asked.unwrap_or(interval).max(least));
        let default = || {
            if query.result == ResultKind::LastSeen {
                return LAST_SEEN_WINDOW;
            }
            let window = if query.instant { whole_ms(range) } else { step };
            if span_of.is_alert || (!query.instant && step < SHORT_STEP) {
                window.max(LEAST_WINDOW)
            } else {
                window
            }
        };
        let window = match &query.window {
            Some(text) => span("window", text, &macros(step))?,
            None => default(),
        };
        if query.instant {
            return Ok(Self {
                step_ns: nanoseconds(step),
                ..Self::at(span_of.to_ns, window)
            });
        }
        let step_ns = nanoseconds(step);
        let offset_ns = i64::from(query.utc_offset_s) * SECOND_NS;
        let shift_ns = if step >= LOCAL_FROM {
            offset_ns.rem_euclid(step_ns)
        } else {
            0
        };
        let floor = |time: i64| {
            let local = time.saturating_add(shift_ns);
            let floor = local.saturating_sub(local.rem_euclid(step_ns));
            floor.saturating_sub(shift_ns)
        };
        let start_ns = floor(span_of.from_ns);
        let last_whole = floor(span_of.to_ns);
        let running = last_whole.saturating_add(step_ns);
        // An alert must not judge a step that is not over, and an age is that of a time that was.
        let is_shown = !span_of.is_alert && query.result != ResultKind::LastSeen;
        let fits = i128::from(running) - i128::from(start_ns)
            <= i128::from(MOST_POINTS) * i128::from(step_ns);
        let is_running = is_shown && last_whole < span_of.to_ns && fits && running > last_whole;
        Ok(Self {
            start_ns,
            end_ns: if is_running { running } else { last_whole },
            step_ns,
            window,
            shift_ns,
            instant: false,
            step_raised: asked.is_some_and(|asked| asked < step),
        })
    }

    /// Makes the timing of one number.
    pub fn at(time_ns: i64, window: Duration) -> Self {
        Self {
            start_ns: time_ns,
            end_ns: time_ns,
            step_ns: SECOND_NS,
            window,
            shift_ns: 0,
            instant: true,
            step_raised: false,
        }
    }

    /// Returns the number of points.
    pub fn points(&self) -> usize {
        // The longest range has more nanoseconds than an `i64` holds.
        let range_ns = i128::from(self.end_ns) - i128::from(self.start_ns);
        usize::try_from(range_ns / i128::from(self.step_ns)).unwrap_or(0) + 1
    }

    /// Returns the number of the point at this time.
    pub fn point_at(&self, time_ns: i64) -> Option<usize> {
        let behind = time_ns.checked_sub(self.start_ns)?;
        let number = usize::try_from(behind / self.step_ns).ok()?;
        (behind % self.step_ns == 0 && number < self.points()).then_some(number)
    }

    /// Returns the time of a point.
    pub fn time_of(&self, point: usize) -> i64 {
        let point = i64::try_from(point).unwrap_or(i64::MAX);
        self.start_ns
            .saturating_add(self.step_ns.saturating_mul(point))
    }

    /// Returns the points from number `first` on, `count` of them.
    #[must_use]
    pub fn part(&self, first: usize, count: usize) -> Self {
        Self {
            start_ns: self.time_of(first),
            end_ns: self.time_of(first + count.max(1) - 1),
            ..*self
        }
    }
}

/// Returns the smallest whole second with which the range has no more points than allowed.
fn least_step(range: Duration, max_data_points: i64) -> Duration {
    let most = if max_data_points > 0 {
        max_data_points.min(MOST_POINTS)
    } else {
        MOST_POINTS
    };
    let points = u128::from(most.unsigned_abs()) * 1_000_000_000;
    let seconds = range.as_nanos().div_ceil(points).max(1);
    Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX))
}

/// Returns the step, or the next longer one with which Loki keeps its points: inside Loki a step is a number
/// of seconds, of which 1.011 comes out as 1.010999999 and then 1.010, and no point is where it should be.
pub fn kept_step(step: Duration) -> Duration {
    let step = whole_ms(step);
    // As Loki does: a division of milliseconds, and nanoseconds cut off.
    let is_kept = |step: &Duration| {
        let nanoseconds = (milliseconds(*step) as f64 / 1000.0 * 1e9) as u64;
        u128::from(nanoseconds) == step.as_nanos()
    };
    let mut longer = (0..LONGER_MS).map(|ms| step.saturating_add(Duration::from_millis(ms)));
    longer.find(is_kept).unwrap_or(step)
}

/// Rounds up to whole milliseconds: LogQL has no smaller unit that Ginkgo writes, and a window that is cut
/// would lose lines, or be no window at all.
pub fn whole_ms(span: Duration) -> Duration {
    let milliseconds = span.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}

fn milliseconds(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

fn nanoseconds(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const HOUR: i64 = 3600 * SECOND_NS;

    fn timing(query: &Value, from_s: i64, to_s: i64, interval_s: u64, points: i64) -> Timing {
        let query = Query::try_from(query).unwrap();
        let span = Span {
            from_ns: from_s * SECOND_NS,
            to_ns: to_s * SECOND_NS,
            interval: Duration::from_secs(interval_s),
            max_data_points: points,
            is_alert: false,
        };
        Timing::new(&query, &span).unwrap()
    }

    #[test]
    fn points_lie_on_multiples_of_the_step() {
        let timing = timing(&json!({}), 100, 1000, 30, 500);
        assert_eq!(timing.start_ns, 90 * SECOND_NS);
        assert_eq!(timing.end_ns, 1020 * SECOND_NS);
        assert_eq!(timing.points(), 32);
        assert_eq!(timing.window, Duration::from_secs(30));
        assert_eq!(timing.point_at(120 * SECOND_NS), Some(1));
        assert_eq!(timing.point_at(121 * SECOND_NS), None);
        assert_eq!(timing.point_at(1050 * SECOND_NS), None);
        let whole = self::timing(&json!({}), 90, 990, 30, 500);
        assert_eq!(
            (whole.start_ns, whole.end_ns),
            (90 * SECOND_NS, 990 * SECOND_NS)
        );
        // As many as Loki answers, and no more.
        let most = self::timing(&json!({"step": "1s"}), 1, 11_001, 1, 0);
        assert_eq!(most.end_ns, 11_001 * SECOND_NS);
        let query = Query::try_from(&json!({"step": "1s"})).unwrap();
        let span = Span {
            from_ns: SECOND_NS - 1,
            to_ns: 11_000 * SECOND_NS - 1,
            interval: Duration::from_secs(1),
            max_data_points: 0,
            is_alert: false,
        };
        assert_eq!(Timing::new(&query, &span).unwrap().points(), 11_001);
    }

    #[test]
    fn a_running_step_is_shown_to_people() {
        let of = |result: &str, is_alert: bool| {
            let query = Query::try_from(&json!({"result": result, "step": "1h"})).unwrap();
            let span = Span {
                from_ns: 600 * SECOND_NS,
                to_ns: 4200 * SECOND_NS,
                interval: Duration::from_secs(30),
                max_data_points: 100,
                is_alert,
            };
            let timing = Timing::new(&query, &span).unwrap();
            (timing.start_ns / HOUR, timing.end_ns / HOUR)
        };
        assert_eq!(of("count", false), (0, 2));
        assert_eq!(of("count", true), (0, 1));
        assert_eq!(of("lastSeen", false), (0, 1));
    }

    #[test]
    fn the_step_is_raised_to_what_the_panel_and_loki_draw() {
        for (name, query, points, seconds, raised) in [
            ("interval", json!({}), 10_000, 30, false),
            ("panel", json!({}), 100, 36, false),
            ("its own", json!({"step": "1m"}), 100, 60, false),
            ("raised", json!({"step": "1s"}), 100, 36, true),
            ("no panel", json!({"step": "1s"}), 0, 1, false),
        ] {
            let timing = timing(&query, 0, 3600, 30, points);
            assert_eq!(timing.step_ns, seconds * SECOND_NS, "{name}");
            assert_eq!(timing.step_raised, raised, "{name}");
        }
        let day = timing(&json!({"step": "1s"}), 0, 86_400, 1, 43_200);
        assert_eq!(day.step_ns, 8 * SECOND_NS);
    }

    #[test]
    fn steps_are_those_that_loki_keeps() {
        for (asked, kept) in [
            (1000, 1000),
            (1001, 1002),
            (1010, 1010),
            (1011, 1012),
            (1235, 1235),
            (1500, 1500),
            (2022, 2023),
        ] {
            let step = kept_step(Duration::from_millis(asked));
            assert_eq!(step, Duration::from_millis(kept), "{asked}");
        }
        // However long: no more than a few milliseconds are added.
        for asked in (1..200_000).chain((86_399_000..86_401_000).step_by(7)) {
            let step = kept_step(Duration::from_millis(asked));
            assert!(step < Duration::from_millis(asked + 20), "{asked}");
        }
        assert_eq!(kept_step(Duration::MAX), whole_ms(Duration::MAX));
        let timing = timing(&json!({"step": "1011ms"}), 0, 60, 1, 500);
        assert_eq!(timing.step_ns, 1_012_000_000);
        assert!(timing.step_raised);
    }

    #[test]
    fn long_steps_follow_the_dashboards_zone() {
        let query = json!({"step": "1d", "utcOffsetSec": 28_800});
        let timing = timing(&query, 5 * 86_400 + 100, 8 * 86_400, 30, 500);
        // Midnight in Shanghai is 16:00 in UTC.
        assert_eq!(timing.start_ns, (4 * 24 + 16) * HOUR);
        assert_eq!(timing.end_ns, (8 * 24 + 16) * HOUR);
        assert_eq!((timing.start_ns + timing.shift_ns) % (24 * HOUR), 0);
        let west = json!({"step": "1h", "utcOffsetSec": -12_600});
        let west = self::timing(&west, 7200, 14_400, 30, 500);
        assert_eq!(west.start_ns, 5400 * SECOND_NS);
    }

    #[test]
    fn the_longest_range_has_points_too() {
        for query in [
            json!({}),
            json!({"instant": true}),
            json!({"step": "1d", "utcOffsetSec": 3600}),
        ] {
            let query = Query::try_from(&query).unwrap();
            let span = Span {
                from_ns: i64::MIN,
                to_ns: i64::MAX,
                interval: Duration::from_secs(30),
                max_data_points: 100,
                is_alert: false,
            };
            let timing = Timing::new(&query, &span).unwrap();
            assert!((1..=102).contains(&timing.points()), "{}", timing.points());
            assert!(timing.time_of(timing.points()) >= timing.time_of(0));
        }
    }

    #[test]
    fn windows_have_sensible_defaults() {
        let of = |query: &Value, interval| timing(query, 0, 600, interval, 500).window.as_secs();
        assert_eq!(of(&json!({}), 15), 15);
        assert_eq!(of(&json!({}), 2), 60);
        assert_eq!(of(&json!({"window": "5m"}), 2), 300);
        assert_eq!(of(&json!({"window": "$__interval"}), 15), 15);
        assert_eq!(of(&json!({"instant": true}), 15), 600);
        assert_eq!(of(&json!({"instant": true, "window": "5s"}), 15), 5);
        let query = Query::try_from(&json!({"instant": true})).unwrap();
        let alert = Span {
            from_ns: 0,
            to_ns: 10 * SECOND_NS,
            interval: Duration::from_secs(1),
            max_data_points: 43_200,
            is_alert: true,
        };
        assert_eq!(Timing::new(&query, &alert).unwrap().window.as_secs(), 60);
    }
}
