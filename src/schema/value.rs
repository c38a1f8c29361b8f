//! The typed reading of a field's text: what is a number, a truth, an instant.
//!
//! Loki's filters and Ginkgo's columns must agree, so a number is exactly what [`NUMBER`] says.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What a number looks like (RE2 and Rust's `regex` alike); it must also be finite.
pub const NUMBER: &str = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?";

/// Reads a finite number.
pub fn number(text: &str) -> Option<f64> {
    // Rust also reads words (inf, nan, infinity) and nothing else beyond NUMBER.
    let shaped = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if !shaped {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Reads a truth: true, false, 1 or 0, in any case.
pub fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") || text == "1" {
        return Some(true);
    }
    (text.eq_ignore_ascii_case("false") || text == "0").then_some(false)
}

/// Reads an instant as nanoseconds since the epoch: RFC 3339, `YYYY-MM-DD HH:MM:SS[.f]` (or with a
/// `T`) in `zone`, or a number of seconds, milli-, micro- or nanoseconds by its length (10, 13, 16, 19
/// digits), with or without a fraction. The fraction of an ISO time may stand behind a comma.
pub fn time(text: &str, zone: &TimeZone) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(whole) && is_digits(fraction) {
        return since_epoch(whole, fraction);
    }
    let text = &in_nanoseconds(text);
    let bytes = text.as_bytes();
    // jiff reads more forms than the contract has (dates alone, week dates, zones in brackets).
    let civil = bytes
        .get(10)
        .is_some_and(|b| matches!(b, b'T' | b't' | b' '))
        && bytes.get(4) == Some(&b'-')
        && bytes.get(16) == Some(&b':')
        && !text.contains('[');
    if !civil {
        return None;
    }
    let timestamp = match text.parse::<jiff::Timestamp>() {
        Ok(timestamp) => timestamp,
        Err(_) => {
            let civil: DateTime = text.parse().ok()?;
            zone.to_timestamp(civil).ok()?
        }
    };
    i64::try_from(timestamp.as_nanosecond()).ok()
}

/// Reads a number of seconds or their fractions since the epoch; what is below a nanosecond is cut.
fn since_epoch(whole: &str, fraction: &str) -> Option<i64> {
    let places = match whole.len() {
        10 => 9,
        13 => 6,
        16 => 3,
        19 => 0,
        _ => return None,
    };
    let kept = fraction.get(..places).unwrap_or(fraction);
    format!("{whole}{kept:0<places$}").parse().ok()
}

/// Cuts the fraction of a second behind its nanoseconds.
fn in_nanoseconds(text: &str) -> Cow<'_, str> {
    let Some((before, fraction)) = text.split_once(['.', ',']) else {
        return Cow::Borrowed(text);
    };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    match (fraction.get(..9), fraction.get(digits..)) {
        (Some(kept), Some(after)) if digits > 9 => Cow::Owned(format!("{before}.{kept}{after}")),
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_the_expression_says() {
        let regex = regex::Regex::new(&format!("^(?:{NUMBER})$")).unwrap();
        for text in [
            "1", "+1", "-1.5", ".5", "5.", "1e5", "1E-3", "007", "1e999", "-0", "", ".", "+", "e5",
            "1e", "inf", "NaN", "1_0", "0x1f", " 1", "1 ", "１", "1.2.3", "--1", "1e5.0",
        ] {
            let expected = regex.is_match(text) && text != "1e999";
            assert_eq!(number(text).is_some(), expected, "{text:?}");
        }
    }

    #[test]
    fn truths_come_in_any_case() {
        for (text, truth) in [
            ("TRUE", Some(true)),
            ("1", Some(true)),
            ("False", Some(false)),
            ("0", Some(false)),
            ("yes", None),
            ("", None),
        ] {
            assert_eq!(boolean(text), truth, "{text:?}");
        }
    }

    #[test]
    fn instants_come_in_the_forms_of_the_contract() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        let second = 1_700_000_000;
        for (text, expected) in [
            ("2023-11-14T22:13:20Z", Some(second * 1_000_000_000)),
            (
                "2023-11-14T22:13:20.123456789+00:00",
                Some(second * 1_000_000_000 + 123_456_789),
            ),
            ("2023-11-15 06:13:20", Some(second * 1_000_000_000)),
            (
                "2023-11-14T22:13:20.1234567891Z",
                Some(second * 1_000_000_000 + 123_456_789),
            ),
            (
                "2023-11-15T06:13:20.5",
                Some(second * 1_000_000_000 + 500_000_000),
            ),
            ("1700000000", Some(second * 1_000_000_000)),
            ("1700000000123", Some(second * 1_000_000_000 + 123_000_000)),
            (
                "1700000000123456",
                Some(second * 1_000_000_000 + 123_456_000),
            ),
            (
                "1700000000123456789",
                Some(second * 1_000_000_000 + 123_456_789),
            ),
            (
                "1700000000.123456",
                Some(second * 1_000_000_000 + 123_456_000),
            ),
            ("1700000000.0", Some(second * 1_000_000_000)),
            ("1700000000.", Some(second * 1_000_000_000)),
            (
                "1700000000.1234567899",
                Some(second * 1_000_000_000 + 123_456_789),
            ),
            (
                "1700000000123.25",
                Some(second * 1_000_000_000 + 123_250_000),
            ),
            (
                "1700000000123456.5",
                Some(second * 1_000_000_000 + 123_456_500),
            ),
            (
                "1700000000123456789.5",
                Some(second * 1_000_000_000 + 123_456_789),
            ),
            (
                "2023-11-15 06:13:20,123",
                Some(second * 1_000_000_000 + 123_000_000),
            ),
            (
                "2023-11-14T22:13:20,1234567891Z",
                Some(second * 1_000_000_000 + 123_456_789),
            ),
            ("17000000.5", None),
            ("1700000000.5.5", None),
            ("-1700000000.5", None),
            (".1700000000", None),
            ("2023-11-14", None),
            ("170000000", None),
            ("soon", None),
            ("", None),
            ("2023-13-14T22:13:20Z", None),
            ("9999999999999999999", None),
        ] {
            assert_eq!(time(text, &shanghai), expected, "{text:?}");
        }
    }
}
