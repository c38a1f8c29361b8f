//! Durations as people write them: `30s`, `5m`, `1h30m`, `2d`.

use std::time::Duration;

use serde_json::Value;

use super::{MacroContext, QueryError, expand, quoted};

/// The longest duration: a year.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Milliseconds of each unit; the longer names first, since `m` begins `ms`.
const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
    ("y", 31_536_000_000),
];

/// Reads a duration with its macros replaced; a bare number is seconds.
///
/// # Errors
/// Names the key, quotes the input and says what is valid.
pub fn span(at: &str, text: &str, macros: &MacroContext) -> Result<Duration, QueryError> {
    let expanded = expand(text.trim(), macros);
    let read = read(&expanded).filter(|span| !span.is_zero() && *span <= LONGEST);
    read.ok_or_else(|| {
        let problem = format!(
            "{} is not valid: use a duration from 1ms to 366d such as 30s, 5m, 1h30m or 2d",
            quoted(&Value::from(text))
        );
        QueryError::new(at, problem)
    })
}

fn read(text: &str) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().ok()?));
    }
    let mut rest = text;
    let mut milliseconds = 0_u64;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let units = UNITS.iter();
        let (unit, after) = units
            .map(|(name, unit)| (unit, after.strip_prefix(name)))
            .find_map(|(unit, after)| Some((unit, after?)))?;
        milliseconds = milliseconds.checked_add(number.checked_mul(*unit)?)?;
        if after.is_empty() {
            return Some(Duration::from_millis(milliseconds));
        }
        rest = after;
    }
}

/// Writes a duration in the largest unit of which it is a whole number, up to hours.
pub fn duration_text(span: Duration) -> String {
    let milliseconds = span.as_millis();
    let units = [("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    let whole = units
        .into_iter()
        .find(|(_, unit)| milliseconds.is_multiple_of(*unit));
    let (unit, size) = whole.unwrap_or(("ms", 1));
    format!("{}{unit}", milliseconds / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACROS: MacroContext = MacroContext {
        interval_ms: 30_000,
        range_ms: 3_600_000,
        instant: false,
    };

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("30s", 30.0),
            ("5m", 300.0),
            ("1h30m", 5400.0),
            ("500ms", 0.5),
            ("2d", 172_800.0),
            ("1w", 604_800.0),
            ("90", 90.0),
            (" 5m ", 300.0),
            ("$__interval", 30.0),
            ("${__range}", 3600.0),
            ("$__rate_interval", 60.0),
        ] {
            let span = span("window", text, &MACROS).unwrap();
            assert!((span.as_secs_f64() - seconds).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_named() {
        for text in [
            "",
            "0s",
            "m",
            "5x",
            "5m3",
            "-5m",
            "1.5h",
            "400d",
            "$x",
            "5m]",
            "５m",
            "\u{0}",
            "99999999999999999999s",
        ] {
            let error = span("window", text, &MACROS).unwrap_err().to_string();
            assert!(error.starts_with("window \""), "{error}");
            assert!(error.contains("use a duration"), "{error}");
        }
    }

    #[test]
    fn durations_are_written_for_logql() {
        assert_eq!(duration_text(Duration::from_secs(90)), "90s");
        assert_eq!(duration_text(Duration::from_secs(300)), "5m");
        assert_eq!(duration_text(Duration::from_secs(86_400)), "24h");
        assert_eq!(duration_text(Duration::from_millis(1500)), "1500ms");
    }
}
