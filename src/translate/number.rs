//! Conditions on numbers. The obvious LogQL is wrong: a line whose label is absent, no number, or
//! carries an old error mark passes every numeric filter. So: nothing but numbers may reach the
//! comparison, and what does not fit a float (`1e999`) is thrown out behind it.

use super::place::{Extraction, Place};
use super::text;
use crate::logql::{Comparison, LabelName, Predicate, Stage, TextOp};
use crate::schema::{Decimal, Field, value, value::NUMBER};

/// A number to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// As a float. Loki reads -0 as another number than 0, so this is never -0.
    value: f64,
    /// The digits of a whole number that no float may stand for, and whether it is negative: Loki
    /// compares floats, so what is equal as a float is compared by its text.
    digits: Option<(bool, String)>,
}

impl Number {
    /// Reads a finite number.
    pub fn new(text: &str) -> Option<Self> {
        Some(Self {
            value: value::number(text)? + 0.0,
            digits: Decimal::new(text)?.beyond_floats(),
        })
    }

    /// Holds when the label, which has a number, compares so with this one.
    fn compared(&self, name: &LabelName, op: Comparison) -> Predicate {
        let Some((negative, digits)) = &self.digits else {
            return Predicate::Number(name.clone(), op, self.value);
        };
        let text = |op, texts: &str| Predicate::Text(name.clone(), op, format!("^(?:{texts})$"));
        let same = written(*negative, digits);
        let beside = match (op, negative) {
            (Comparison::Equal, _) => return text(TextOp::Matches, &same),
            (Comparison::NotEqual, _) => return text(TextOp::NotMatches, &same),
            (Comparison::Greater | Comparison::GreaterOrEqual, false)
            | (Comparison::Less | Comparison::LessOrEqual, true) => farther(*negative, digits),
            _ => nearer(*negative, digits),
        };
        let (strictly, beside) = match op {
            Comparison::GreaterOrEqual => (Comparison::Greater, format!("{beside}|{same}")),
            Comparison::LessOrEqual => (Comparison::Less, format!("{beside}|{same}")),
            op => (op, beside),
        };
        let as_float = |op| Predicate::Number(name.clone(), op, self.value);
        let equal = vec![as_float(Comparison::Equal), text(TextOp::Matches, &beside)];
        Predicate::any(vec![as_float(strictly), Predicate::all(equal)])
    }
}

/// Returns an expression for the ways in which a whole number is written: by its digits, or with the
/// exponent that leaves one digit before the point.
fn written(negative: bool, digits: &str) -> String {
    let sign = sign(negative);
    let exponent = digits.len().saturating_sub(1);
    let (first, rest) = digits.split_at_checked(1).unwrap_or_default();
    let rest = match rest.trim_end_matches('0') {
        "" => "(?:[.]0*)?".to_owned(),
        rest => format!("[.]{rest}0*"),
    };
    format!("{sign}0*{digits}(?:[.]0*)?|{sign}0*{first}{rest}[eE][+]?0*{exponent}")
}

/// Returns an expression for the numbers of equal sign that are farther from zero, by their digits.
fn farther(negative: bool, digits: &str) -> String {
    let longer = format!("[0-9]{{{},}}", digits.len());
    let mut whole = vec![format!("[1-9]{longer}")];
    whole.extend(differing(digits, |digit| {
        (digit < 9).then(|| (digit + 1, 9))
    }));
    let (sign, whole) = (sign(negative), whole.join("|"));
    format!("{sign}0*(?:(?:{whole})(?:[.][0-9]*)?|{digits}[.]0*[1-9][0-9]*)")
}

/// Returns an expression for the numbers of equal sign that are nearer to zero, by their digits.
fn nearer(negative: bool, digits: &str) -> String {
    let mut whole = vec![format!("[0-9]{{1,{}}}", digits.len().saturating_sub(1))];
    whole.extend(differing(digits, |digit| {
        (digit > 0).then(|| (0, digit - 1))
    }));
    let (sign, whole) = (sign(negative), whole.join("|"));
    format!("{sign}0*(?:{whole})(?:[.][0-9]*)?")
}

/// Returns expressions for the numbers of as many digits that first differ in a digit between these.
fn differing(digits: &str, between: impl Fn(u32) -> Option<(u32, u32)>) -> Vec<String> {
    let differs = |(at, digit): (usize, char)| {
        let (from, to) = between(digit.to_digit(10)?)?;
        let before = digits.get(..at)?;
        let behind = digits.len().checked_sub(at + 1)?;
        Some(format!("{before}[{from}-{to}][0-9]{{{behind}}}"))
    };
    digits.char_indices().filter_map(differs).collect()
}

fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "[+]?" }
}

/// Returns the stages that keep lines whose value is a number that compares so with one of `numbers`.
pub fn holds(
    field: &Field,
    places: &[Place],
    op: Comparison,
    numbers: &[Number],
    extraction: &mut Extraction,
) -> Option<Vec<Stage>> {
    let (name, mut stages) = one_name(field, places, true, extraction)?;
    stages.push(Stage::Filter(is_number(&name)));
    let comparisons = numbers.iter().map(|number| number.compared(&name, op));
    let comparisons = comparisons.collect();
    stages.push(Stage::Filter(Predicate::any(comparisons)));
    stages.extend(no_error_mark());
    Some(stages)
}

/// Returns the stages that keep lines whose value is no number, or none of `numbers`.
pub fn fails(
    field: &Field,
    places: &[Place],
    numbers: &[Number],
    extraction: &mut Extraction,
) -> Option<Vec<Stage>> {
    let (name, mut stages) = one_name(field, places, false, extraction)?;
    let differs = |number: &Number| number.compared(&name, Comparison::NotEqual);
    let no_number = Predicate::Text(name.clone(), TextOp::NotMatches, NUMBER.to_owned());
    let all_differ = Predicate::all(numbers.iter().map(differs).collect());
    stages.push(Stage::Filter(Predicate::any(vec![no_number, all_differ])));
    stages.push(Stage::drop_error_marks());
    Some(stages)
}

/// Brings the value under one name. Numeric comparisons over two places lose or keep rows by the
/// order of operands, so several places are joined by a template.
fn one_name(
    field: &Field,
    places: &[Place],
    only_present: bool,
    extraction: &mut Extraction,
) -> Option<(LabelName, Vec<Stage>)> {
    let names: Vec<LabelName> = places.iter().flat_map(Place::names).collect();
    if let [name] = names.as_slice() {
        return Some((name.clone(), Vec::new()));
    }
    let mut stages = Vec::new();
    if only_present {
        // Spares the template on lines without the field: it is the dear part.
        stages.push(Stage::Filter(text::exists(places)?));
    }
    let joined = extraction.computed(&format!("{}_number", field.name));
    stages.push(Stage::Coalesce(joined.clone(), names));
    Some((joined, stages))
}

fn is_number(name: &LabelName) -> Predicate {
    Predicate::Text(name.clone(), TextOp::Matches, NUMBER.to_owned())
}

fn no_error_mark() -> Option<Stage> {
    let mark = LabelName::new("__error__")?;
    Some(Stage::Filter(Predicate::absent(&mark)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use re2::Re2;

    /// What the predicate says of a number, compared as Loki compares.
    fn holds(predicate: &Predicate, text: &str) -> bool {
        let matches = |expression: &str| Re2::new(expression).unwrap().matches(text);
        match predicate {
            Predicate::Number(_, op, other) => op.holds(&text.parse().unwrap(), other),
            Predicate::Text(_, TextOp::Matches, expression) => matches(expression),
            Predicate::Text(_, TextOp::NotMatches, expression) => !matches(expression),
            Predicate::Text(..) => unreachable!(),
            Predicate::All(parts) => parts.iter().all(|part| holds(part, text)),
            Predicate::Any(parts) => parts.iter().any(|part| holds(part, text)),
        }
    }

    const OPS: [Comparison; 6] = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
    ];

    proptest! {
        #[test]
        fn whole_numbers_compare_exactly(
            wanted in prop_oneof![-200_i128..200, any::<i64>().prop_map(i128::from)],
            distance in prop_oneof![-3_i128..4, -3000_i128..3000, any::<i64>().prop_map(i128::from)],
            form in 0_usize..5,
            base in prop::sample::select(vec![0_i128, 1 << 53, -(1 << 53), 1_234_567_890_123_456_781, 10_i128.pow(18), -10_i128.pow(19), 10_i128.pow(20) - 1]),
        ) {
            let wanted = base + wanted;
            let other = wanted + distance;
            let text = match form {
                0 if other >= 0 => format!("+{other}"),
                1 => format!("{other}.0"),
                2 if other >= 0 => format!("00{other}."),
                3 => {
                    let digits = other.unsigned_abs().to_string();
                    let sign = if other < 0 { "-" } else { "" };
                    let (first, rest) = digits.split_at(1);
                    format!("{sign}{first}.{rest}0e+{}", rest.len())
                }
                _ => other.to_string(),
            };
            let number = Number::new(&wanted.to_string()).unwrap();
            let name = LabelName::new("x").unwrap();
            for op in OPS {
                // Neighbours with an exponent are written by floats, which have rounded them already.
                let are_neighbours = (other as f64).total_cmp(&(wanted as f64)).is_eq() && other != wanted;
                if form == 3 && are_neighbours {
                    continue;
                }
                let predicate = number.compared(&name, op);
                prop_assert_eq!(holds(&predicate, &text), op.holds(&other, &wanted), "{} {:?} {}: {}", text, op, wanted, predicate);
            }
        }

        #[test]
        fn a_fraction_is_more_than_none(wanted in (1_i64 << 53) + 2..i64::MAX, other in -2_i64..3, fraction in "[0-9]{1,4}") {
            let digits = wanted.saturating_add(other);
            let text = format!("{digits}.{fraction}");
            let is_more = fraction.bytes().any(|digit| digit != b'0');
            let order = digits.cmp(&wanted).then(if is_more { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Equal });
            let number = Number::new(&wanted.to_string()).unwrap();
            let name = LabelName::new("x").unwrap();
            for op in OPS {
                let expected = op.holds(&(order as i8), &0);
                prop_assert_eq!(holds(&number.compared(&name, op), &text), expected, "{} {:?} {}", text, op, wanted);
            }
        }
    }
}
