//! Functions of numbers. Texts are read as numbers where they are some, and are 0 otherwise.

use super::Context;
use super::functions::{Failure, Outcome, argument, text};
use super::value::Value;
use crate::pipeline::go::duration::parse_duration;
use crate::pipeline::go::float::parse_float;
use crate::pipeline::go::size::parse_size;

fn to_int(value: &Value) -> i64 {
    match value {
        Value::Int(value) | Value::Int64(value) => *value,
        Value::Float(value) => *value as i64,
        Value::Bool(value) => i64::from(*value),
        Value::Text(text) => parse_int(whole_part(text)).unwrap_or_default(),
        Value::Nil | Value::Time(_) | Value::List(_) | Value::Map(_) | Value::Labels => 0,
    }
}

/// Takes the fraction off a decimal number.
fn whole_part(text: &str) -> &str {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction))
            if digits(fraction) && digits(whole.strip_prefix(['+', '-']).unwrap_or(whole)) =>
        {
            whole
        }
        _ => text,
    }
}

/// Go's `strconv.ParseInt` with any base.
fn parse_int(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let (digits, base) = match lower.get(..2) {
        Some("0x") => (lower.get(2..)?, 16),
        Some("0b") => (lower.get(2..)?, 2),
        Some("0o") => (lower.get(2..)?, 8),
        _ if lower.len() > 1 && lower.starts_with('0') => (lower.get(1..)?, 8),
        _ => (lower.as_str(), 10),
    };
    if digits.starts_with(['+', '-']) || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let digits = digits.replace('_', "");
    let magnitude = i128::from_str_radix(&digits, base).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn to_float(value: &Value) -> f64 {
    match value {
        Value::Int(value) | Value::Int64(value) => *value as f64,
        Value::Float(value) => *value,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Text(text) => parse_float(text).unwrap_or_default(),
        Value::Nil | Value::Time(_) | Value::List(_) | Value::Map(_) | Value::Labels => 0.0,
    }
}

fn fold_ints(arguments: &[Value], fold: fn(i64, i64) -> i64) -> Outcome {
    let values = arguments.iter().map(to_int);
    Ok(Value::Int64(values.reduce(fold).unwrap_or_default()))
}

pub fn add(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_ints(arguments, i64::wrapping_add)
}

pub fn sub(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_ints(arguments, i64::wrapping_sub)
}

pub fn mul(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_ints(arguments, i64::wrapping_mul)
}

pub fn max(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_ints(arguments, i64::max)
}

pub fn min(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_ints(arguments, i64::min)
}

fn divided(arguments: &[Value], divide: fn(i64, i64) -> i64) -> Outcome {
    let (a, b) = (
        to_int(argument(arguments, 0)),
        to_int(argument(arguments, 1)),
    );
    if b == 0 {
        return Err(Failure::Call(
            "runtime error: integer divide by zero".to_owned(),
        ));
    }
    Ok(Value::Int64(divide(a, b)))
}

pub fn div(_: &dyn Context, arguments: &[Value]) -> Outcome {
    divided(arguments, i64::wrapping_div)
}

pub fn modulo(_: &dyn Context, arguments: &[Value]) -> Outcome {
    divided(arguments, i64::wrapping_rem)
}

pub fn int(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Int(to_int(argument(arguments, 0))))
}

pub fn float64(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Float(to_float(argument(arguments, 0))))
}

fn fold_floats(arguments: &[Value], fold: fn(f64, f64) -> f64) -> Outcome {
    let values = arguments.iter().map(to_float);
    Ok(Value::Float(values.reduce(fold).unwrap_or_default()))
}

pub fn maxf(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_floats(arguments, f64::max)
}

pub fn minf(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_floats(arguments, f64::min)
}

/// A decimal number: `digits * 10^exponent`. Loki adds and multiplies these without rounding.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// Takes the shortest decimal number that is read as `value`.
    fn new(value: f64) -> Option<Self> {
        let written = format!("{value:e}");
        let (mantissa, exponent) = written.split_once('e')?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Some(Self {
            digits: format!("{whole}{fraction}").parse().ok()?,
            exponent: exponent.parse::<i32>().ok()? - fraction.len() as i32,
        })
    }

    fn to_float(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent)
            .parse()
            .unwrap_or_default()
    }

    fn scaled(self, exponent: i32) -> Option<i128> {
        let factor = 10_i128.checked_pow(u32::try_from(self.exponent - exponent).ok()?)?;
        self.digits.checked_mul(factor)
    }

    fn combine(self, other: Self, combine: fn(i128, i128) -> Option<i128>) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        Some(Self {
            digits: combine(self.scaled(exponent)?, other.scaled(exponent)?)?,
            exponent,
        })
    }

    fn times(self, other: Self) -> Option<Self> {
        Some(Self {
            digits: self.digits.checked_mul(other.digits)?,
            exponent: self.exponent + other.exponent,
        })
    }

    /// Divides to 16 digits behind the point.
    fn over(self, other: Self) -> Option<Self> {
        let shift = self.exponent - other.exponent + 17;
        let factor = |shift: i32| 10_i128.checked_pow(u32::try_from(shift).ok()?);
        let quotient = if shift >= 0 {
            self.digits
                .checked_mul(factor(shift)?)?
                .checked_div(other.digits)?
        } else {
            self.digits
                .checked_div(other.digits.checked_mul(factor(-shift)?)?)?
        };
        let rounding = if quotient < 0 { -5 } else { 5 };
        Some(Self {
            digits: (quotient + rounding) / 10,
            exponent: -16,
        })
    }
}

type Exactly = fn(Decimal, Decimal) -> Option<Decimal>;

/// Combines numbers as decimals, and where these get too long as they are.
fn fold_decimals(arguments: &[Value], exactly: Exactly, roughly: fn(f64, f64) -> f64) -> Outcome {
    let mut values = arguments.iter().map(to_float);
    let Some(mut result) = values.next() else {
        return Ok(Value::Float(0.0));
    };
    let mut decimal = Decimal::new(result);
    for value in values {
        decimal = match (decimal, Decimal::new(value)) {
            (Some(a), Some(b)) => exactly(a, b),
            _ => None,
        };
        result = decimal.map_or_else(|| roughly(result, value), Decimal::to_float);
        decimal = decimal.or_else(|| Decimal::new(result));
    }
    Ok(Value::Float(result))
}

pub fn addf(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_decimals(
        arguments,
        |a, b| a.combine(b, i128::checked_add),
        |a, b| a + b,
    )
}

pub fn subf(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_decimals(
        arguments,
        |a, b| a.combine(b, i128::checked_sub),
        |a, b| a - b,
    )
}

pub fn mulf(_: &dyn Context, arguments: &[Value]) -> Outcome {
    fold_decimals(arguments, Decimal::times, |a, b| a * b)
}

pub fn divf(_: &dyn Context, arguments: &[Value]) -> Outcome {
    if arguments.iter().skip(1).any(|value| to_float(value) == 0.0) {
        return Err(Failure::Call("decimal division by 0".to_owned()));
    }
    fold_decimals(arguments, Decimal::over, |a, b| a / b)
}

pub fn ceil(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Float(to_float(argument(arguments, 0)).ceil()))
}

pub fn floor(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Float(to_float(argument(arguments, 0)).floor()))
}

/// `round value places`, and from which fraction on up.
pub fn round(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let value = to_float(argument(arguments, 0));
    let places = super::functions::int(arguments, 1)?;
    let up_from = match arguments.get(2) {
        None => 0.5,
        Some(Value::Float(value)) => *value,
        Some(Value::Int(value)) => *value as f64,
        Some(other) => return Err(super::functions::wrong_type(2, "float64", other)),
    };
    let power = 10_f64.powf(places as f64);
    let shifted = power * value;
    let whole = if shifted.fract() >= up_from {
        shifted.ceil()
    } else {
        shifted.floor()
    };
    Ok(Value::Float(whole / power))
}

/// A size as a number of bytes.
pub fn bytes(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let size = parse_size(text(arguments, 0)?).map_err(Failure::Call)?;
    Ok(Value::Float(size as f64))
}

/// A duration in seconds.
pub fn duration(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let nanoseconds = parse_duration(text(arguments, 0)?).map_err(Failure::Call)?;
    Ok(Value::Float(crate::pipeline::go::duration::seconds(
        nanoseconds,
    )))
}
