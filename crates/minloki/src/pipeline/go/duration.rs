//! `time.ParseDuration`. Source: <https://pkg.go.dev/time#ParseDuration>.

use std::fmt::Write;

/// Reads `1h15m30.5s`; returns nanoseconds.
///
/// # Errors
/// Go's words.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let largest = 1_u64 << 63;
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let (whole, after) = split_digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => split_digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let value = parse_digits(whole).ok_or_else(invalid)?;
        let end = after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end).unwrap_or((after, ""));
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quoted(text)));
        }
        let nanoseconds = unit_of(unit).ok_or_else(|| {
            format!(
                "time: unknown unit {} in duration {}",
                quoted(unit),
                quoted(text)
            )
        })?;
        let part = value
            .checked_mul(nanoseconds)
            .filter(|part| *part <= largest)
            .ok_or_else(invalid)?
            .checked_add(fraction_of(fraction, nanoseconds))
            .ok_or_else(invalid)?;
        sum = sum
            .checked_add(part)
            .filter(|sum| *sum <= largest)
            .ok_or_else(invalid)?;
        rest = after;
    }
    if negative {
        return Ok((sum as i64).wrapping_neg());
    }
    i64::try_from(sum).map_err(|_| invalid())
}

/// Returns nanoseconds as seconds, as `Duration.Seconds` rounds them.
pub fn seconds(nanoseconds: i64) -> f64 {
    (nanoseconds / 1_000_000_000) as f64 + (nanoseconds % 1_000_000_000) as f64 / 1e9
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn parse_digits(digits: &str) -> Option<u64> {
    if digits.is_empty() {
        return Some(0);
    }
    digits.parse().ok().filter(|value| *value <= 1 << 63)
}

/// Digits behind the point beyond what 63 bits hold do not count.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let mut value = 0_u64;
    let mut scale = 1.0_f64;
    for digit in digits.bytes() {
        let next = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(u64::from(digit - b'0')))
            .filter(|value| i64::try_from(*value).is_ok());
        let Some(next) = next else {
            break;
        };
        value = next;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

fn unit_of(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Quotes as Go's `time` does: bytes beyond ASCII as `\x…`.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=0x7f => out.push(char::from(byte)),
            _ => {
                let written = write!(out, "\\x{byte:02x}");
                debug_assert!(written.is_ok(), "a String takes everything");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn reads_what_go_reads() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("1h", 3_600_000_000_000),
            ("1h5m", 3_900_000_000_000),
            ("-1.5s", -1_500_000_000),
            (".5h", 1_800_000_000_000),
            ("1us", 1_000),
            ("1µs", 1_000),
            ("2562047h", 9_223_369_200_000_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn errors_are_gos() {
        for (text, error) in [
            ("", "time: invalid duration \"\""),
            ("1.5", "time: missing unit in duration \"1.5\""),
            ("1 MB", "time: unknown unit \" MB\" in duration \"1 MB\""),
            ("2562048h", "time: invalid duration \"2562048h\""),
            ("é", "time: invalid duration \"\\xc3\\xa9\""),
            (
                "99999999999999999999h",
                "time: invalid duration \"99999999999999999999h\"",
            ),
        ] {
            assert_eq!(parse_duration(text), Err(error.to_owned()));
        }
    }
}
