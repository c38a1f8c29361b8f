//! Points in time as programs write them in resource requests.
//!
//! Epoch milliseconds, epoch nanoseconds (told apart by their size) or RFC 3339, as text or number.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// Milliseconds below this are before 1973-03-03: they are seconds that somebody forgot to multiply.
const SECONDS_END: u64 = 100_000_000_000;
/// Milliseconds end here (year 5138) …
const MILLISECONDS_END: u64 = 100_000_000_000_000;
/// … and nanoseconds begin here (1973-03-03).
const NANOSECONDS_START: u64 = 100_000_000_000_000_000;

/// What is asked for when a request gives no range.
const DEFAULT_RANGE: Duration = Duration::from_secs(3600);

/// Answers the present time in epoch nanoseconds.
pub fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    })
}

/// Answers the range of a request in epoch nanoseconds: an end that is missing is `now_ns`, a start
/// that is missing is an hour before the end.
///
/// # Errors
/// Names the parameter and quotes its value.
pub fn range(from: Option<&Value>, to: Option<&Value>, now_ns: i64) -> Result<(i64, i64), String> {
    let to_ns = to.map_or(Ok(now_ns), |value| parse("to", value))?;
    let default_ns = DEFAULT_RANGE.as_nanos() as i64;
    let from_ns = from.map_or(Ok(to_ns.saturating_sub(default_ns)), |value| {
        parse("from", value)
    })?;
    Ok((from_ns, to_ns))
}

fn parse(name: &str, value: &Value) -> Result<i64, String> {
    let nanoseconds = match value {
        Value::String(text) => match text.parse() {
            Ok(number) => epoch(number),
            Err(_) => text.parse::<jiff::Timestamp>().ok().and_then(nanoseconds),
        },
        other => other.as_i64().and_then(epoch),
    };
    nanoseconds.ok_or_else(|| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        format!(
            "{name} is no point in time: \"{text}\" (give epoch milliseconds, epoch nanoseconds \
             or a time like 2026-01-31T12:00:00Z)"
        )
    })
}

fn epoch(number: i64) -> Option<i64> {
    match number.unsigned_abs() {
        1..SECONDS_END | MILLISECONDS_END..NANOSECONDS_START => None,
        0..MILLISECONDS_END => number.checked_mul(1_000_000),
        NANOSECONDS_START.. => Some(number),
    }
}

fn nanoseconds(timestamp: jiff::Timestamp) -> Option<i64> {
    i64::try_from(timestamp.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const MARCH_NS: i64 = 1_772_366_400_000_000_000;

    #[test]
    fn points_in_time_are_read_in_each_notation() {
        for (name, value) in [
            ("milliseconds", json!(1_772_366_400_000_i64)),
            ("milliseconds as text", json!("1772366400000")),
            ("nanoseconds", json!(MARCH_NS)),
            ("nanoseconds as text", json!("1772366400000000000")),
            ("rfc 3339", json!("2026-03-01T12:00:00Z")),
            (
                "rfc 3339 with an offset",
                json!("2026-03-01T20:00:00+08:00"),
            ),
        ] {
            assert_eq!(parse("from", &value), Ok(MARCH_NS), "{name}");
        }
        assert_eq!(parse("from", &json!(0)), Ok(0));
    }

    #[test]
    fn anything_else_is_quoted_back() {
        for value in [
            json!("yesterday"),
            json!(""),
            json!("1772366400"),
            json!(1_772_366_400_000_000_i64),
            json!(1.5),
            json!(null),
            json!(["x"]),
            json!("2026-03-01"),
            json!("9999-01-01T00:00:00Z"),
            json!(u64::MAX),
        ] {
            let error = parse("from", &value).unwrap_err();
            assert!(error.starts_with("from is no point in time"), "{error}");
        }
    }

    #[test]
    fn a_missing_end_is_now_and_a_missing_start_an_hour_before() {
        let hour = 3_600_000_000_000;
        let march = json!(MARCH_NS);
        assert_eq!(range(None, None, hour), Ok((0, hour)));
        assert_eq!(
            range(None, Some(&march), 5),
            Ok((MARCH_NS - hour, MARCH_NS))
        );
        assert_eq!(range(Some(&march), None, 5), Ok((MARCH_NS, 5)));
        assert!(now_ns() > MARCH_NS - 365 * 24 * hour);
    }
}
