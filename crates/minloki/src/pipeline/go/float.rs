//! `strconv.ParseFloat`. Source: <https://pkg.go.dev/strconv#ParseFloat>.

use super::quote::quote;

/// Reads a number as Go does: `1e3`, `.5`, `5.`, `1_0`, `0x1p4`, `inf`, `NaN`, but not `0x10`.
///
/// # Errors
/// Go's words, for what is no number and for what is larger than any.
pub fn parse_float(text: &str) -> Result<f64, String> {
    let problem = |what: &str| format!("strconv.ParseFloat: parsing {}: {what}", quote(text));
    let value = number(text).ok_or_else(|| problem("invalid syntax"))?;
    if value.is_infinite() && !is_special(text) {
        return Err(problem("value out of range"));
    }
    Ok(value)
}

fn is_special(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    ["inf", "infinity"]
        .iter()
        .any(|word| unsigned.eq_ignore_ascii_case(word))
}

fn number(text: &str) -> Option<f64> {
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    let value = if is_special(text) {
        f64::INFINITY
    } else if let Some(hex) = unsigned
        .strip_prefix("0x")
        .or_else(|| unsigned.strip_prefix("0X"))
    {
        hexadecimal(hex)?
    } else {
        decimal(unsigned)?
    };
    Some(if negative { -value } else { value })
}

/// Removes underscores, which must stand between digits.
fn without_underscores(text: &str, starts_behind_digit: bool) -> Option<String> {
    let is_digit = |c: char| c.is_ascii_hexdigit();
    let mut plain = String::with_capacity(text.len());
    let mut before = if starts_behind_digit { '0' } else { ' ' };
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '_' {
            let between = is_digit(before) && chars.peek().copied().is_some_and(is_digit);
            if !between {
                return None;
            }
        } else {
            plain.push(c);
        }
        before = c;
    }
    Some(plain)
}

fn decimal(text: &str) -> Option<f64> {
    let plain = without_underscores(text, false)?;
    let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (plain.as_str(), None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || whole.len() + fraction.len() == 0 {
        return None;
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !are_digits(digits) {
            return None;
        }
    }
    plain.parse().ok()
}

/// Reads `1.8p3` from behind `0x`; the exponent, of two, is obligatory.
fn hexadecimal(text: &str) -> Option<f64> {
    let plain = without_underscores(text, true)?;
    let (mantissa, exponent) = plain.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = exponent.parse().unwrap_or(if exponent.starts_with('-') {
        i64::from(i32::MIN)
    } else {
        i64::from(i32::MAX)
    });
    let mut value = 0_u64;
    let mut power = exponent.clamp(-1_000_000, 1_000_000);
    for (digit, is_fraction) in whole
        .chars()
        .map(|c| (c, false))
        .chain(fraction.chars().map(|c| (c, true)))
    {
        let digit = u64::from(digit.to_digit(16)?);
        // Beyond 60 bits the digits only move the point; the lowest bit says that there was more.
        if value >> 60 == 0 {
            value = value << 4 | digit;
            power -= if is_fraction { 4 } else { 0 };
        } else {
            value |= u64::from(digit != 0);
            power += if is_fraction { 0 } else { 4 };
        }
    }
    let half = (power / 2) as i32;
    let rest = power as i32 - half;
    Some(value as f64 * 2_f64.powi(half) * 2_f64.powi(rest))
}

#[cfg(test)]
mod tests {
    use super::parse_float;

    #[test]
    fn reads_what_go_reads() {
        for (text, value) in [
            ("1", 1.0),
            ("-1.5e3", -1500.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1_0", 10.0),
            ("0x1p4", 16.0),
            ("0x1.8p1", 3.0),
            ("0x_1p0", 1.0),
            ("+Inf", f64::INFINITY),
            ("-infinity", f64::NEG_INFINITY),
            ("-0", 0.0),
        ] {
            assert_eq!(
                parse_float(text).unwrap().to_bits() << 1,
                f64::to_bits(value) << 1,
                "{text}"
            );
        }
        assert!(parse_float("NaN").unwrap().is_nan());
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in [
            "", "abc", "1__0", "_1", "1_", "0x10", "0b11", "1e", "1e+", ".", "+nan", " 1", "1 ",
            "1,0",
        ] {
            assert_eq!(
                parse_float(text).unwrap_err(),
                format!("strconv.ParseFloat: parsing {text:?}: invalid syntax")
            );
        }
        assert_eq!(
            parse_float("1e999").unwrap_err(),
            "strconv.ParseFloat: parsing \"1e999\": value out of range"
        );
    }
}
