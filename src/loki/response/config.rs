//! Loki's configuration, as `/config` shows it: YAML, of which one line matters.

use std::time::Duration;

use crate::loki::error::Error;

/// Returns the interval at which ranges are split; `None` where the text does not say.
///
/// # Errors
/// None: what is no configuration does not say it.
pub fn split_interval(body: &[u8]) -> Result<Option<Duration>, Error> {
    let text = String::from_utf8_lossy(body);
    let mut lines = text.lines();
    // Under `limits_config`, and not in a comment.
    let value = lines.find_map(|line| line.trim().strip_prefix("split_queries_by_interval:"));
    Ok(value.and_then(|value| duration(value.trim().trim_matches('"'))))
}

/// Reads a duration as Go writes it, or as Prometheus does: `24h0m0s`, `1h`, `1d`, `0s`.
fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = rest.split_at_checked(digits)?;
        let letters = behind.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, behind) = behind.split_at_checked(letters)?;
        let of_unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 86_400,
            "w" => 604_800,
            "y" => 31_536_000,
            _ => return None,
        };
        let number: u64 = number.parse().ok()?;
        seconds = seconds.checked_add(number.checked_mul(of_unit)?)?;
        rest = behind;
    }
    (!text.is_empty()).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_stands_among_the_limits() {
        let read = |text: &str| {
            let interval = split_interval(text.as_bytes()).unwrap();
            interval.map(|interval| interval.as_secs())
        };
        let config = |value: &str| {
            format!(
                "target: all\nlimits_config:\n  max_query_length: 30d1h\n  split_queries_by_interval: {value}\n  x: 1\n"
            )
        };
        for (value, seconds) in [
            ("1h", Some(3600)),
            ("15m", Some(900)),
            ("24h0m0s", Some(86_400)),
            ("1d", Some(86_400)),
            ("0s", Some(0)),
            ("0", Some(0)),
            ("1h30m", Some(5400)),
            ("\"30m\"", Some(1800)),
            ("", None),
            ("soon", None),
            ("500ms", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(read(&config(value)), seconds, "{value}");
        }
        for other in ["", "<html>", "# split_queries_by_interval: 1h", "\u{0}"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
