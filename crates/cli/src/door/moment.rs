//! Time ranges as Grafana's front end sends them, in milliseconds, which is what the plugin protocol has.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A range: epoch milliseconds (a number, or as text), RFC 3339, or `now` and `now-1h`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Range {
    pub from: Value,
    pub to: Value,
}

impl Range {
    /// Returns both ends in milliseconds since the epoch.
    ///
    /// # Errors
    /// Names the end that is no time, and quotes it.
    pub fn milliseconds(&self, now: Timestamp) -> Result<(i64, i64), String> {
        let end = |name: &str, value: &Value| {
            let read = read(value, now);
            read.ok_or_else(|| format!("bad time range: {name} is no time: {value}"))
        };
        Ok((end("from", &self.from)?, end("to", &self.to)?))
    }
}

fn read(value: &Value, now: Timestamp) -> Option<i64> {
    let text = match value {
        Value::Number(number) => return number.as_i64(),
        Value::String(text) => text.trim(),
        _ => return None,
    };
    if text == "now" {
        return Some(now.as_millisecond());
    }
    if let Some(back) = text.strip_prefix("now-") {
        let nanoseconds = crate::time::duration_ns("from", back).ok()?;
        let back = Duration::from_nanos(u64::try_from(nanoseconds).ok()?);
        return Some(now.checked_sub(back).ok()?.as_millisecond());
    }
    let milliseconds = text.parse().ok();
    milliseconds.or_else(|| Some(text.parse::<Timestamp>().ok()?.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_notation_is_read_and_nothing_else() {
        let now = Timestamp::from_millisecond(1_772_366_400_000).unwrap();
        for (value, expected) in [
            (json!(1_772_366_400_000_i64), Some(1_772_366_400_000)),
            (json!("1772366400000"), Some(1_772_366_400_000)),
            (json!("2026-03-01T12:00:00Z"), Some(1_772_366_400_000)),
            (
                json!("2026-03-01T12:00:00.123456789Z"),
                Some(1_772_366_400_123),
            ),
            (json!("now"), Some(1_772_366_400_000)),
            (json!("now-1h"), Some(1_772_362_800_000)),
            (json!("now-7d"), Some(1_771_761_600_000)),
            (json!("now-x"), None),
            (json!("yesterday"), None),
            (json!(""), None),
            (json!(null), None),
            (json!(1.5), None),
        ] {
            assert_eq!(read(&value, now), expected, "{value}");
        }
        let range = Range {
            from: json!("now"),
            to: json!({}),
        };
        let error = range.milliseconds(now).unwrap_err();
        assert_eq!(error, "bad time range: to is no time: {}");
    }
}
