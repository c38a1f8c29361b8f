//! Where a question's points lie and how far back each looks.

use crate::metric::{HOUR, MINUTE, MS, Metric, SECOND, Span};

/// The points of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    /// In nanoseconds; one for an instant.
    pub times: Vec<i64>,
    pub window: i64,
    pub step: i64,
}

/// Loki's own bound.
const MOST: i64 = 11_000;

/// Works out the points.
pub fn points(metric: &Metric) -> Points {
    let delay = metric.delay.map_or(0, fixed);
    let (from, to) = (metric.range.0 - delay, metric.range.1 - delay);
    let range = to - from;
    let most = match metric.max_data_points {
        0 => MOST,
        points => points.min(MOST),
    };
    // The smallest whole second that is at least the range through the points.
    let least = (range + most * SECOND - 1) / (most * SECOND) * SECOND;
    let interval = (metric.interval_ms * MS).max(least);
    let step = match metric.step {
        None | Some(Span::Interval) => interval,
        Some(span) => span_ns(span, interval, range, metric.instant).max(least),
    };
    let instant = metric.instant;
    let window = match metric.window {
        Some(span) => span_ns(span, step, range, instant),
        None if metric.result == "lastSeen" => 24 * HOUR,
        None => {
            let default = if instant { range } else { step };
            if metric.is_alert || (!instant && step < 10 * SECOND) {
                default.max(MINUTE)
            } else {
                default
            }
        }
    };
    let times = if instant {
        vec![to]
    } else {
        // Steps of an hour or more lie on multiples of the dashboard's own clock.
        let shift = match step {
            HOUR.. => metric.utc_offset_s * SECOND,
            _ => 0,
        };
        let first = (from + shift).div_euclid(step);
        // Of the step that is running, unless an alert rule asks, or for ages.
        let last = if metric.is_alert || metric.result == "lastSeen" {
            (to + shift).div_euclid(step)
        } else {
            -(-(to + shift)).div_euclid(step)
        };
        (first..=last).map(|k| k * step - shift).collect()
    };
    Points {
        times,
        window,
        step,
    }
}

fn span_ns(span: Span, step: i64, range: i64, instant: bool) -> i64 {
    match span {
        Span::Fixed(_, ns) => ns,
        Span::Interval => step,
        Span::Range => range,
        Span::RateInterval => (step + 15 * SECOND).max(MINUTE),
        Span::Auto if instant => range,
        Span::Auto => step,
    }
}

fn fixed(span: Span) -> i64 {
    match span {
        Span::Fixed(_, ns) => ns,
        other => panic!("{other:?} is no delay"),
    }
}

#[test]
fn points_lie_where_the_contract_says() {
    let day = 24 * HOUR;
    let lines = crate::query::Query::any(ginkgo_demo::System::Ginkgo);
    let metric = Metric::new(lines, "count", (100 * SECOND, 1000 * SECOND));
    let found = points(&metric);
    assert_eq!(found.times[0], 90 * SECOND);
    assert_eq!(found.times.last(), Some(&(1005 * SECOND)));
    assert_eq!((found.times.len(), found.window), (62, 15 * SECOND));
    let mut days = metric.clone().step("1d", day);
    days.range = (5 * day + 100, 8 * day);
    days.utc_offset_s = 28_800;
    assert_eq!(points(&days).times[0], 4 * day + 16 * HOUR);
    let mut alert = metric.alert();
    alert.range = (0, day);
    assert_eq!(points(&alert).step, 8 * SECOND);
    assert_eq!(points(&alert).window, MINUTE);
}
