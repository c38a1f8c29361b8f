//! Times and durations as people write them.

use std::time::Duration;

use ginkgo::ask::{Caller, Scope};
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};

use crate::Failure;
use crate::args::Range;

impl Range {
    /// Returns the range as a query's scope, with an interval for about a thousand points.
    pub fn scope(&self) -> Result<Scope, Failure> {
        const POINTS: i64 = 1000;
        let to_ns = match &self.to {
            Some(text) => instant_ns("--to", text)?,
            // The range's end is exclusive: a line of this very nanosecond belongs to it.
            None => now_ns().saturating_add(1),
        };
        let from_ns = match &self.from {
            Some(text) => instant_ns("--from", text)?,
            None => to_ns.saturating_sub(duration_ns("--since", &self.since)?),
        };
        if from_ns >= to_ns {
            return Err(Failure::usage(
                "the time range is empty: its end must be after its start",
            ));
        }
        let interval = Duration::from_nanos(to_ns.abs_diff(from_ns) / POINTS as u64);
        Ok(Scope {
            from_ns,
            to_ns,
            interval: interval.max(Duration::from_secs(1)),
            max_data_points: POINTS,
            caller: Caller::default(),
        })
    }
}

/// Returns the present, in nanoseconds since the epoch.
pub fn now_ns() -> i64 {
    i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
}

/// Reads a duration such as 90s, 15m, 1h or 7d, in nanoseconds.
pub fn duration_ns(flag: &str, text: &str) -> Result<i64, Failure> {
    let read = || -> Option<i64> {
        let span: Span = text.parse().ok()?;
        let days = SpanRelativeTo::days_are_24_hours();
        let nanoseconds = span.total((Unit::Nanosecond, days)).ok()?;
        (1.0..1e18)
            .contains(&nanoseconds)
            .then_some(nanoseconds as i64)
    };
    read().ok_or_else(|| {
        Failure::usage(format!(
            "{flag} {text:?} is no duration: use one such as 90s, 15m, 1h or 7d"
        ))
    })
}

fn instant_ns(flag: &str, text: &str) -> Result<i64, Failure> {
    let milliseconds = text
        .parse::<i64>()
        .ok()
        .and_then(|ms| ms.checked_mul(1_000_000));
    let instant = || i64::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok();
    milliseconds.or_else(instant).ok_or_else(|| {
        Failure::usage(format!(
            "{flag} {text:?} is no time: use RFC 3339 such as 2026-02-26T10:30:00Z, or milliseconds since the epoch"
        ))
    })
}
