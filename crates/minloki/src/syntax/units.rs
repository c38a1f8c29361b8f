//! Durations and sizes: how LogQL writes them, and how Loki prints them.
//!
//! Loki has two readers of durations. A range (`[5m]`) is Prometheus' one: whole numbers, units in
//! falling order, down to milliseconds. Everywhere else Go's comes first (`1.5h`, `5ns`), then
//! Prometheus' (`1d`, `1w`).

use std::fmt::Write as _;

use super::quote::quote;

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLISECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Prometheus' units in their order; a year has 365 days.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * DAY),
    ("w", 7 * DAY),
    ("d", DAY),
    ("h", HOUR),
    ("m", MINUTE),
    ("s", SECOND),
    ("ms", MILLISECOND),
];

/// Reads a duration of a range, in nanoseconds.
///
/// # Errors
/// Loki's words.
pub(super) fn range(text: &str) -> Result<i64, String> {
    match text {
        "" => return Err("empty duration string".to_owned()),
        "0" => return Ok(0),
        _ => {}
    }
    let quoted = quote(text);
    let invalid = || format!("not a valid duration string: {quoted}");
    let mut total = 0_i64;
    let mut units = UNITS.iter();
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, after) = split_while(rest, |c| c.is_ascii_digit());
        let (unit, after) = split_while(after, |c| !c.is_ascii_digit());
        if digits.is_empty() || unit.is_empty() {
            return Err(invalid());
        }
        if !UNITS.iter().any(|(name, _)| *name == unit) {
            return Err(format!("unknown unit {} in duration {quoted}", quote(unit)));
        }
        let (_, ns) = units.find(|(name, _)| *name == unit).ok_or_else(invalid)?;
        let sum = digits.parse::<i64>().ok().and_then(|n| n.checked_mul(*ns));
        let sum = sum.and_then(|n| total.checked_add(n));
        total = sum.ok_or("duration out of range")?;
        rest = after;
    }
    Ok(total)
}

/// Reads a duration outside a range, in nanoseconds.
pub(super) fn duration(text: &str) -> Option<i64> {
    go_duration(text).or_else(|| range(text).ok())
}

/// Go's `time.ParseDuration`: decimal numbers with the units h, m, s, ms, us (µs), ns, in any order.
fn go_duration(text: &str) -> Option<i64> {
    let mut total = 0.0_f64;
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, after) = split_while(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split_while(after, |c| !c.is_ascii_digit() && c != '.');
        let number: f64 = digits.parse().ok()?;
        let ns = match unit {
            "h" => HOUR,
            "m" => MINUTE,
            "s" => SECOND,
            "ms" => MILLISECOND,
            "us" | "µs" | "μs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        total += number * ns as f64;
        rest = after;
    }
    // A float holds every duration below 104 days to the nanosecond.
    (!text.is_empty() && total < i64::MAX as f64).then_some(total as i64)
}

/// Reads a size in bytes: `5KB`, `1.5MiB`, `5B`.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let (digits, unit) = split_while(text, |c| c.is_ascii_digit() || c == '.');
    let number: f64 = digits.parse().ok()?;
    let unit = unit.to_ascii_lowercase();
    let (prefix, base) = match unit.strip_suffix('b').unwrap_or(&unit) {
        "" => ("", 1000.0_f64),
        other => match other.strip_suffix('i') {
            Some(prefix) => (prefix, 1024.0),
            None => (other, 1000.0),
        },
    };
    let power = match prefix {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        "e" => 6,
        _ => return None,
    };
    Some((number * base.powi(power)) as u64)
}

/// Splits behind the characters that a predicate takes.
pub(super) fn split_while(text: &str, take: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !take(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// Prints a range: `1h30m`, `1d`, as Prometheus does.
pub(crate) fn range_text(ns: i64) -> String {
    let mut ms = ns / MILLISECOND;
    if ms == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, length) in UNITS {
        let length = length / MILLISECOND;
        // Years and weeks are written only where nothing is left over.
        let exact = matches!(unit, "y" | "w");
        if ms / length > 0 && (!exact || ms % length == 0) {
            let _ = write!(text, "{}{unit}", ms / length);
            ms %= length;
        }
    }
    text
}

/// Prints a duration as Go does: `1h30m0s`, `1.5ms`.
pub(crate) fn duration_text(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let length = ns.unsigned_abs();
    let fraction = |unit: i64| {
        let whole = length / unit as u64;
        let digits = unit.ilog10() as usize;
        let rest = format!("{:0digits$}", length % unit as u64);
        let rest = rest.trim_end_matches('0');
        match rest {
            "" => format!("{sign}{whole}"),
            rest => format!("{sign}{whole}.{rest}"),
        }
    };
    match length {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{length}ns"),
        1_000..1_000_000 => fraction(1_000) + "µs",
        1_000_000..1_000_000_000 => fraction(MILLISECOND) + "ms",
        _ => {
            let minutes = length / MINUTE as u64;
            let seconds = (length % MINUTE as u64) as i64;
            let seconds = match duration_seconds(seconds) {
                text if minutes == 0 => return format!("{sign}{text}s"),
                text => text,
            };
            match minutes / 60 {
                0 => format!("{sign}{minutes}m{seconds}s"),
                hours => format!("{sign}{hours}h{}m{seconds}s", minutes % 60),
            }
        }
    }
}

/// Seconds below a minute, with what is behind the point.
fn duration_seconds(ns: i64) -> String {
    let text = format!("{}.{:09}", ns / SECOND, ns % SECOND);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Prints a size as Loki does: three digits at most, so not exact.
pub(super) fn bytes_text(bytes: u64) -> String {
    if bytes < 10 {
        return format!("{bytes}B");
    }
    let mut scaled = bytes as f64;
    let mut units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"].iter();
    let mut unit = units.next().unwrap_or(&"B");
    while scaled >= 1000.0 {
        let Some(next) = units.next() else { break };
        (unit, scaled) = (next, scaled / 1000.0);
    }
    let rounded = (scaled * 10.0 + 0.5).floor() / 10.0;
    if rounded < 10.0 {
        format!("{rounded:.1}{unit}")
    } else {
        format!("{rounded:.0}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_prometheus_does() {
        assert_eq!(range("1h30m"), Ok(90 * MINUTE));
        assert_eq!(
            range("1y2w3d4h5m6s7ms").map(range_text).as_deref(),
            Ok("382d4h5m6s7ms")
        );
        assert_eq!(range("0"), Ok(0));
        assert_eq!(
            range("5ns").unwrap_err(),
            "unknown unit \"ns\" in duration \"5ns\""
        );
        assert_eq!(
            range("1.5h").unwrap_err(),
            "unknown unit \".\" in duration \"1.5h\""
        );
        assert_eq!(
            range("5m1h").unwrap_err(),
            "not a valid duration string: \"5m1h\""
        );
        assert_eq!(range("").unwrap_err(), "empty duration string");
        assert_eq!(range("500y").unwrap_err(), "duration out of range");
    }

    #[test]
    fn ranges_are_printed_as_prometheus_does() {
        for (ns, text) in [
            (0, "0s"),
            (300 * SECOND, "5m"),
            (14 * DAY, "2w"),
            (8 * DAY, "8d"),
            (365 * DAY, "1y"),
            (90 * MINUTE, "1h30m"),
            (1_500 * MILLISECOND, "1s500ms"),
        ] {
            assert_eq!(range_text(ns), text);
        }
    }

    #[test]
    fn durations_are_go_s_or_prometheus_s() {
        for (text, printed) in [
            ("1h30m", "1h30m0s"),
            ("1.5h", "1h30m0s"),
            ("5ns", "5ns"),
            ("5us", "5µs"),
            ("1500us", "1.5ms"),
            ("1d12h", "36h0m0s"),
            ("1y", "8760h0m0s"),
            ("90s", "1m30s"),
            ("1.25s", "1.25s"),
            ("0s", "0s"),
        ] {
            assert_eq!(
                duration(text).map(duration_text).as_deref(),
                Some(printed),
                "{text}"
            );
        }
        assert_eq!(duration("1.5d"), None);
        assert_eq!(duration("1h1d"), None);
    }

    #[test]
    fn sizes_are_read_exactly_and_printed_in_three_digits() {
        for (text, size, printed) in [
            ("5KB", 5_000, "5.0kB"),
            ("5KiB", 5_120, "5.1kB"),
            ("5Ki", 5_120, "5.1kB"),
            ("5B", 5, "5B"),
            ("5.5MB", 5_500_000, "5.5MB"),
            ("1234567B", 1_234_567, "1.2MB"),
            ("50K", 50_000, "50kB"),
        ] {
            assert_eq!(bytes(text), Some(size), "{text}");
            assert_eq!(bytes_text(size), printed);
        }
        assert_eq!(bytes("5foo"), None);
    }
}
