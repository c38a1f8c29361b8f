//! Numbers by their digits: groups are by value and not by spelling, and a float does not tell whole
//! numbers above 2^53 from their neighbours.

use std::fmt;

use super::value::number;

/// From here on a float may stand for several whole numbers: 2^53.
pub const FIRST_SHARED: f64 = 9_007_199_254_740_992.0;
/// Numbers with fewer zeros at either end are written without an exponent.
const MOST_ZEROS: i64 = 21;

/// A finite number, exactly as its digits say: `±0.digits × 10^exponent`. Equal if and only if the
/// numbers are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// Neither the first nor the last is 0; none for zero.
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads what [`number`] reads.
    pub fn new(text: &str) -> Option<Self> {
        number(text)?;
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let negative = mantissa.starts_with('-');
        let mantissa = mantissa.trim_start_matches(['+', '-']);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        // Of a finite number that is not zero, the exponent is about as long as its digits.
        let leading = i64::try_from(all.len() - digits.len()).ok()?;
        let whole = i64::try_from(whole.len()).ok()?;
        let exponent = exponent.parse::<i64>().ok()?;
        Some(Self {
            negative,
            digits: digits.trim_end_matches('0').to_owned(),
            exponent: exponent.checked_add(whole)?.checked_sub(leading)?,
        })
    }

    /// Returns the digits of a whole number which no float may stand for, and whether it is negative.
    pub fn beyond_floats(&self) -> Option<(bool, String)> {
        let digits = i64::try_from(self.digits.len()).ok()?;
        let zeros = self.exponent.checked_sub(digits)?;
        let is_beyond = (0..=MOST_ZEROS).contains(&zeros);
        let text = format!("{}{}", self.digits, "0".repeat(zeros.try_into().ok()?));
        (is_beyond && text.parse::<f64>().ok()? >= FIRST_SHARED).then_some((self.negative, text))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            negative,
            digits,
            exponent,
        } = self;
        if digits.is_empty() {
            return f.write_str("0");
        }
        if *negative {
            f.write_str("-")?;
        }
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
        let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        if *exponent < -MOST_ZEROS || *exponent - length > MOST_ZEROS {
            let (first, rest) = digits.split_at_checked(1).unwrap_or_default();
            let point = if rest.is_empty() { "" } else { "." };
            return write!(f, "{first}{point}{rest}e{}", exponent - 1);
        }
        if *exponent <= 0 {
            return write!(f, "0.{}{digits}", zeros(-exponent));
        }
        match usize::try_from(*exponent)
            .ok()
            .and_then(|at| digits.split_at_checked(at))
        {
            Some((whole, fraction)) if !fraction.is_empty() => write!(f, "{whole}.{fraction}"),
            _ => write!(f, "{digits}{}", zeros(exponent - length)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_a_number_are_one() {
        for (written, texts) in [
            (
                "1",
                &["1", "1.0", "1e0", "+1", "01", "10e-1", "0.1E1", "1."][..],
            ),
            ("0", &["0", "-0", "0.0", "0e5", "000"]),
            ("0.5", &[".5", "0.50", "5e-1", "+.5"]),
            ("-1250.25", &["-1250.25", "-1.25025e3"]),
            (
                "1234567890123456781",
                &[
                    "1234567890123456781",
                    "01234567890123456781.0",
                    "1.234567890123456781e18",
                ],
            ),
            ("1e300", &["1e300", "10e299"]),
            ("1.5e-30", &["1.5e-30"]),
            ("1000000000000000000000", &["1e21"]),
        ] {
            for text in texts {
                assert_eq!(Decimal::new(text).unwrap().to_string(), written, "{text}");
            }
        }
        for text in ["", "abc", "1e999", "1_0", "NaN", " 1"] {
            assert_eq!(Decimal::new(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_that_no_float_holds_are_known() {
        for (text, digits) in [
            ("9007199254740991", None),
            ("9007199254740992", Some((false, "9007199254740992"))),
            ("9007199254740994", Some((false, "9007199254740994"))),
            ("-1234567890123456781", Some((true, "1234567890123456781"))),
            ("1e18", Some((false, "1000000000000000000"))),
            ("1234567890123456781.5", None),
            ("1e300", None),
            ("3.5", None),
            ("0", None),
        ] {
            let found = Decimal::new(text).unwrap().beyond_floats();
            let found = found
                .as_ref()
                .map(|(negative, digits)| (*negative, digits.as_str()));
            assert_eq!(found, digits, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_as_the_same_number(text in "[+-]?[0-9]{0,25}[.]?[0-9]{0,25}(e[+-]?[0-9]{1,2})?") {
            if let Some(decimal) = Decimal::new(&text) {
                let written = decimal.to_string();
                prop_assert_eq!(Decimal::new(&written), Some(decimal));
                prop_assert_eq!(number(&written).map(|n| n + 0.0), number(&text).map(|n| n + 0.0));
            }
        }
    }
}
