//! `strconv.FormatFloat`. Source: <https://pkg.go.dev/strconv#FormatFloat>.

use super::time::Time;

/// Writes a number with one of the verbs `e`, `f`, `g`; without a precision with as few digits as it
/// needs.
pub fn format_float(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    match (verb, precision) {
        ('f', None) => format!("{value}"),
        ('f', Some(places)) => format!("{value:.places$}"),
        ('e', None) => exponent_of_two_digits(&format!("{value:e}")),
        ('e', Some(places)) => exponent_of_two_digits(&format!("{value:.places$e}")),
        (_, precision) => general(value, precision),
    }
}

/// `%g`: with an exponent where it is below -4 or not below the number of digits.
fn general(value: f64, precision: Option<usize>) -> String {
    let digits = precision.map(|precision| precision.max(1));
    let written = match digits {
        None => format!("{value:e}"),
        Some(digits) => format!("{value:.0$e}", digits - 1),
    };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i64 = exponent.parse().unwrap_or_default();
    // `%g` leaves zeros out.
    let trimmed = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    let significant = trimmed.bytes().filter(u8::is_ascii_digit).count() as i64;
    let mut limit = digits.map_or(6, |digits| digits as i64);
    if digits.is_some() && limit > significant && significant > exponent {
        limit = significant;
    }
    if exponent < -4 || exponent >= limit {
        return exponent_of_two_digits(&format!("{trimmed}e{exponent}"));
    }
    let places = (significant - 1 - exponent).max(0) as usize;
    format!("{value:.places$}")
}

/// Go writes at least two digits of an exponent, and its sign.
fn exponent_of_two_digits(written: &str) -> String {
    let Some((mantissa, exponent)) = written.split_once('e') else {
        return written.to_owned();
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Writes a time as Go prints it.
pub fn format_time_of(time: &Time) -> String {
    time.format("2006-01-02 15:04:05.999999999 -0700 MST")
}

#[cfg(test)]
mod tests {
    use super::format_float;

    #[test]
    fn writes_as_go_does() {
        for (value, verb, precision, text) in [
            (1.0, 'g', None, "1"),
            (0.3, 'g', None, "0.3"),
            (1e6, 'g', None, "1e+06"),
            (100_000.0, 'g', None, "100000"),
            (123_456_789.0, 'g', None, "1.23456789e+08"),
            (0.000_01, 'g', None, "1e-05"),
            (1234.5678, 'g', Some(3), "1.23e+03"),
            (1234.5678, 'g', Some(6), "1234.57"),
            (2.5, 'f', Some(2), "2.50"),
            (2.5, 'e', None, "2.5e+00"),
            (100.0, 'g', Some(10), "100"),
            (-0.0, 'g', None, "-0"),
            (f64::INFINITY, 'g', None, "+Inf"),
        ] {
            assert_eq!(format_float(value, verb, precision), text);
        }
    }
}
