//! Numbers as Loki reads and prints them, and arithmetic on two of them.

use super::ast::BinaryOp;

/// Reads a number of the query's own.
///
/// # Errors
/// Go's words: its scanner takes more for numbers than its `ParseFloat`.
pub(super) fn literal(text: &str) -> Result<f64, String> {
    let problem = |what| format!("strconv.ParseFloat: parsing \"{text}\": {what}");
    let number = parse(text).ok_or_else(|| problem("invalid syntax"))?;
    if number.is_infinite() {
        return Err(problem("value out of range"));
    }
    Ok(number)
}

/// Reads the number of a label filter: what is none is 0 there, and what is too large infinite.
pub(super) fn filter_operand(text: &str) -> f64 {
    parse(text).unwrap_or(0.0)
}

fn parse(text: &str) -> Option<f64> {
    let digits = text.replace('_', "");
    let is_decimal = |c: char| c.is_ascii_digit() || ".eE+-".contains(c);
    if !digits.chars().all(is_decimal) {
        return None;
    }
    digits.parse().ok()
}

/// Works out an operation on two numbers. Comparisons are 1 or 0.
#[allow(clippy::float_cmp)]
pub(crate) fn fold(op: BinaryOp, left: f64, right: f64) -> f64 {
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Sub => left - right,
        BinaryOp::Mul => left * right,
        // Loki has no infinities of division.
        BinaryOp::Div | BinaryOp::Mod if right == 0.0 => f64::NAN,
        BinaryOp::Div => left / right,
        BinaryOp::Mod => left % right,
        BinaryOp::Pow => left.powf(right),
        BinaryOp::Equal => truth(left == right),
        BinaryOp::NotEqual => truth(left != right),
        BinaryOp::Greater => truth(left > right),
        BinaryOp::GreaterEqual => truth(left >= right),
        BinaryOp::Less => truth(left < right),
        BinaryOp::LessEqual => truth(left <= right),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => f64::NAN,
    }
}

/// Prints a number without an exponent, as short as it can be (`%f`, shortest).
pub(super) fn plain(number: f64) -> String {
    match number {
        n if n.is_nan() => "NaN".to_owned(),
        n if n.is_infinite() => if n > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
        n => n.to_string(),
    }
}

/// Prints a number as short as it can be, with an exponent from 1e21 on and below 1e-4 (Go's `%v`).
pub(super) fn short(number: f64) -> String {
    let exponent: i32 = match format!("{:e}", number.abs()).split_once('e') {
        Some((_, exponent)) => exponent.parse().unwrap_or(0),
        None => 0,
    };
    if !number.is_finite() || (-4..21).contains(&exponent) {
        return plain(number);
    }
    let text = format!("{number:e}");
    let (digits, _) = text.split_once('e').unwrap_or((&text, ""));
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
