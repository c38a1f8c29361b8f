//! `printf`. Source: <https://pkg.go.dev/fmt>.

use super::Context;
use super::eval::LONGEST;
use super::functions::{Failure, Outcome, text};
use super::value::Value;
use crate::pipeline::go::number::format_float;
use crate::pipeline::go::quote::push_escaped;

/// Flags, width and precision of a verb.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
}

pub fn printf(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let format = text(arguments, 0)?;
    let mut values = arguments.iter().skip(1);
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let spec = spec(&mut chars)?;
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match values.next() {
                Some(value) => push_value(context, &mut out, value, verb, &spec),
                None => out.extend(["%!", &verb.to_string(), "(MISSING)"]),
            },
        }
        if out.len() > LONGEST {
            let problem = "not in the embedded Loki: a text so long from a template";
            return Err(Failure::Call(problem.to_owned()));
        }
    }
    let extra: Vec<_> = values.collect();
    if !extra.is_empty() {
        let shown = extra.iter().map(|value| match value {
            Value::Nil => "<nil>".to_owned(),
            value => format!("{}={}", value.type_name(), plain(context, value)),
        });
        out.extend(["%!(EXTRA ", &shown.collect::<Vec<_>>().join(", "), ")"]);
    }
    Ok(Value::Text(out))
}

fn spec(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Spec, Failure> {
    let mut spec = Spec::default();
    while let Some(c) = chars.peek() {
        match c {
            '-' => spec.minus = true,
            '+' => spec.plus = true,
            ' ' => spec.space = true,
            '0' => spec.zero = true,
            '#' => spec.sharp = true,
            _ => break,
        }
        chars.next();
    }
    let unsupported = || {
        let problem = "not in the embedded Loki: widths of printf from arguments";
        Failure::Call(problem.to_owned())
    };
    let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        let mut value: Option<usize> = None;
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            let next = value.unwrap_or_default() * 10 + digit as usize;
            value = Some(next.min(1_000_000));
            chars.next();
        }
        if matches!(chars.peek(), Some('*' | '[')) {
            return Err(unsupported());
        }
        Ok(value)
    };
    spec.width = number(chars)?.unwrap_or_default();
    if chars.peek() == Some(&'.') {
        chars.next();
        spec.precision = Some(number(chars)?.unwrap_or_default());
    }
    Ok(spec)
}

fn plain(context: &dyn Context, value: &Value) -> String {
    let mut out = String::new();
    value.print(&mut out, &|| context.labels());
    out
}

fn push_value(context: &dyn Context, out: &mut String, value: &Value, verb: char, spec: &Spec) {
    match verb {
        'T' => return push_padded(out, value.type_name(), spec, false),
        'v' if !matches!(
            value,
            Value::Int(_) | Value::Int64(_) | Value::Float(_) | Value::Text(_)
        ) =>
        {
            return push_padded(out, &plain(context, value), spec, false);
        }
        _ => {}
    }
    let written = match value {
        Value::Text(text) => of_text(text, verb, spec).map(|text| (text, false)),
        Value::Int(value) | Value::Int64(value) => {
            of_int(*value, verb, spec).map(|text| (text, true))
        }
        Value::Float(value) => of_float(*value, verb, spec).map(|text| (text, true)),
        Value::Bool(value) if verb == 't' => Some((value.to_string(), false)),
        Value::List(list) => {
            let mut inner = String::from("[");
            for (at, element) in list.iter().enumerate() {
                if at > 0 {
                    inner.push(' ');
                }
                push_value(context, &mut inner, element, verb, spec);
            }
            inner.push(']');
            return out.push_str(&inner);
        }
        Value::Map(map) => {
            let pairs = map.iter().map(|(key, value)| (key.clone(), value.clone()));
            return push_map(context, out, pairs.collect(), verb, spec);
        }
        Value::Labels => {
            let labels = context.labels().into_iter();
            let pairs = labels.map(|(name, value)| (name, Value::Text(value)));
            return push_map(context, out, pairs.collect(), verb, spec);
        }
        Value::Time(_) if verb == 's' => Some((plain(context, value), false)),
        _ => None,
    };
    match written {
        Some((text, is_number)) => push_padded(out, &text, spec, is_number),
        None => {
            let shown = match value {
                Value::Nil => "<nil>".to_owned(),
                value => format!("{}={}", value.type_name(), plain(context, value)),
            };
            out.extend(["%!", &verb.to_string(), "(", &shown, ")"]);
        }
    }
}

fn push_map(
    context: &dyn Context,
    out: &mut String,
    pairs: Vec<(String, Value)>,
    verb: char,
    spec: &Spec,
) {
    out.push_str("map[");
    for (at, (key, value)) in pairs.into_iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        push_value(context, out, &Value::Text(key), verb, spec);
        out.push(':');
        push_value(context, out, &value, verb, spec);
    }
    out.push(']');
}

/// Fills a text to the width: with blanks, or with zeros behind the sign of a number.
fn push_padded(out: &mut String, text: &str, spec: &Spec, is_number: bool) {
    let missing = spec.width.saturating_sub(text.chars().count());
    if spec.minus {
        out.push_str(text);
        out.extend(std::iter::repeat_n(' ', missing));
        return;
    }
    if spec.zero {
        let (sign, digits) = match text.strip_prefix(['+', '-', ' ']) {
            Some(digits) if is_number => text.split_at(text.len() - digits.len()),
            _ => ("", text),
        };
        out.push_str(sign);
        out.extend(std::iter::repeat_n('0', missing));
        out.push_str(digits);
        return;
    }
    out.extend(std::iter::repeat_n(' ', missing));
    out.push_str(text);
}

fn of_text(text: &str, verb: char, spec: &Spec) -> Option<String> {
    let cut: String = match spec.precision {
        Some(most) if matches!(verb, 's' | 'v' | 'q') => text.chars().take(most).collect(),
        _ => text.to_owned(),
    };
    let hex = |upper: bool| {
        let digits = text.bytes().map(|byte| {
            if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            }
        });
        digits
            .collect::<Vec<_>>()
            .join(if spec.space { " " } else { "" })
    };
    Some(match verb {
        's' | 'v' => cut,
        'q' if spec.sharp && !cut.contains('`') => format!("`{cut}`"),
        'q' => {
            let mut out = String::from("\"");
            for c in cut.chars() {
                push_escaped(&mut out, c, '"');
            }
            out.push('"');
            out
        }
        'x' => hex(false),
        'X' => hex(true),
        _ => return None,
    })
}

fn signed(digits: &str, negative: bool, spec: &Spec) -> String {
    let sign = match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    let least = spec.precision.unwrap_or_default();
    format!("{sign}{digits:0>least$}")
}

fn of_int(value: i64, verb: char, spec: &Spec) -> Option<String> {
    let magnitude = value.unsigned_abs();
    let character = || {
        u32::try_from(value)
            .ok()
            .and_then(char::from_u32)
            .unwrap_or('\u{fffd}')
    };
    let prefixed = |prefix: &str, digits: String| {
        if spec.sharp {
            format!("{prefix}{digits}")
        } else {
            digits
        }
    };
    let digits = match verb {
        'd' | 'v' => magnitude.to_string(),
        'x' => prefixed("0x", format!("{magnitude:x}")),
        'X' => prefixed("0X", format!("{magnitude:X}")),
        'o' => prefixed("0", format!("{magnitude:o}")),
        'O' => format!("0o{magnitude:o}"),
        'b' => prefixed("0b", format!("{magnitude:b}")),
        'c' => return Some(character().to_string()),
        'q' => {
            let mut out = String::from("'");
            push_escaped(&mut out, character(), '\'');
            out.push('\'');
            return Some(out);
        }
        'U' => return Some(format!("U+{magnitude:04X}")),
        _ => return None,
    };
    Some(signed(&digits, value < 0, spec))
}

fn of_float(value: f64, verb: char, spec: &Spec) -> Option<String> {
    let text = match verb {
        'v' => format_float(value, 'g', spec.precision),
        'g' | 'G' => format_float(value, 'g', spec.precision),
        'f' | 'F' => format_float(value, 'f', Some(spec.precision.unwrap_or(6))),
        'e' | 'E' => format_float(value, 'e', Some(spec.precision.unwrap_or(6))),
        _ => return None,
    };
    let text = if verb.is_ascii_uppercase() {
        text.to_ascii_uppercase()
    } else {
        text
    };
    Some(if spec.plus && !text.starts_with(['-', '+']) {
        format!("+{text}")
    } else if spec.space && !text.starts_with(['-', '+']) {
        format!(" {text}")
    } else if !spec.plus && text == "+Inf" {
        "+Inf".to_owned()
    } else {
        text
    })
}
