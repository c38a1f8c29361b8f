//! Times as Loki writes and reads them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Returns the time now in nanoseconds since the epoch.
pub fn now_ns() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or(Duration::ZERO).as_nanos();
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// Writes a time in seconds: `2026-11-29T14:40:54Z`.
pub fn rfc3339(ns: i64) -> String {
    let seconds = ns.div_euclid(1_000_000_000);
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// Writes a time as Go does: `2026-11-29 14:59:41.358504935 +0000 UTC`.
pub fn go_time(ns: i64) -> String {
    let time = Timestamp::from_nanosecond(i128::from(ns));
    time.map_or_else(
        |_| ns.to_string(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S%.f +0000 UTC").to_string(),
    )
}

/// Reads a time: nanoseconds, seconds with up to ten digits or with a point, or RFC 3339.
///
/// # Errors
/// Says about what Go's parser would say.
pub fn parse(text: &str) -> Result<i64, String> {
    let wrong = || format!("strconv.ParseInt: parsing \"{text}\": invalid syntax");
    if text.contains('.')
        && let Ok(seconds) = text.parse::<f64>()
    {
        let whole = seconds.trunc();
        let fraction = ((seconds - whole) * 1e3).round() / 1e3;
        return Ok((whole as i64)
            .saturating_mul(1_000_000_000)
            .saturating_add((fraction * 1e9) as i64));
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text
            .parse()
            .map_err(|_| format!("strconv.ParseInt: parsing \"{text}\": value out of range"))?;
        let is_seconds = text.len() <= 10;
        return Ok(if is_seconds {
            number.saturating_mul(1_000_000_000)
        } else {
            number
        });
    }
    let time: Timestamp = text.parse().map_err(|_| wrong())?;
    i64::try_from(time.as_nanosecond()).map_err(|_| wrong())
}

/// Reads a duration as Prometheus writes it (`1h30m`, `5m`, `100ms`) or a number of seconds; in nanoseconds.
pub fn step(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        let nanoseconds = seconds * 1e9;
        return (nanoseconds.abs() < 9.2e18).then_some(nanoseconds as i64);
    }
    duration(text)
}

/// Reads a duration as Prometheus writes it; in nanoseconds.
pub fn duration(text: &str) -> Option<i64> {
    let units = [
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
        ("w", 604_800_000_000_000),
        ("y", 31_536_000_000_000_000),
    ];
    if text.is_empty() {
        return None;
    }
    let (mut rest, mut sum) = (text, 0i64);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(end);
        let number: i64 = number.parse().ok()?;
        let (unit, size) = units.iter().find(|(unit, _)| behind.starts_with(unit))?;
        sum = sum.checked_add(number.checked_mul(*size)?)?;
        rest = behind.strip_prefix(unit)?;
    }
    Some(sum)
}

/// Writes a duration as Go does: `960h0m0s`, `1m30s`, `1.5s`.
pub fn go_duration(ns: i64) -> String {
    let seconds = ns / 1_000_000_000;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = ns % 1_000_000_000;
    let rest = if fraction == 0 {
        rest.to_string()
    } else {
        let text = format!("{rest}.{fraction:09}");
        text.trim_end_matches('0').to_owned()
    };
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, minutes) => format!("{minutes}m{rest}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}s"),
    }
}

/// Writes a duration as Prometheus does: `30d1h`, `1m`, `0s`.
pub fn duration_text(duration: Duration) -> String {
    let units = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let parts = units.into_iter().filter_map(|(unit, size)| {
        let count = left / size;
        left %= size;
        (count > 0).then(|| format!("{count}{unit}"))
    });
    let text: String = parts.collect();
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form() {
        for (text, ns) in [
            ("1795963254", 1_795_963_254_000_000_000),
            ("1795963254.5", 1_795_963_254_500_000_000),
            ("1795963254790423790", 1_795_963_254_790_423_790),
            ("2026-11-29T14:40:54Z", 1_795_963_254_000_000_000),
            ("2026-11-29T15:40:54.25+01:00", 1_795_963_254_250_000_000),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Ok(ns), "{text}");
        }
        for text in ["abc", "1e9", "", "2026-11-29"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("1h30m"), Some(5_400_000_000_000));
        assert_eq!(duration("100ms"), Some(100_000_000));
        assert_eq!(step("0.5"), Some(500_000_000));
        for text in ["", "5", "m", "abc", "-1m"] {
            assert_eq!(duration(text), None, "{text}");
        }
        assert_eq!(duration_text(Duration::from_secs(721 * 3600)), "30d1h");
        assert_eq!(duration_text(Duration::ZERO), "0s");
        assert_eq!(go_duration(960 * 3_600_000_000_000), "960h0m0s");
        assert_eq!(go_duration(1_500_000_000), "1.5s");
    }

    #[test]
    fn times_are_written_as_go_does() {
        let ns = 1_795_964_381_358_504_935;
        assert_eq!(rfc3339(ns), "2026-11-29T14:59:41Z");
        assert_eq!(go_time(ns), "2026-11-29 14:59:41.358504935 +0000 UTC");
    }
}
