//! The functions of Go's templates themselves, and `default`.

use super::Context;
use super::functions::{Failure, Outcome, argument};
use super::value::Value;
use std::cmp::Ordering;
use std::fmt::Write;

/// `and` and `or` are evaluated where their arguments are.
pub fn nothing(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(argument(arguments, 0).clone())
}

pub fn not(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let value = argument(arguments, 0);
    Ok(Value::Bool(!value.is_true(context.labels().len())))
}

pub fn len(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let length = match argument(arguments, 0) {
        Value::Text(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Labels => context.labels().len(),
        Value::Nil => return Err(Failure::Call("len of nil pointer".to_owned())),
        other => return Err(Failure::Call(format!("len of type {}", other.type_name()))),
    };
    Ok(Value::Int(length as i64))
}

pub fn index(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let mut value = argument(arguments, 0).clone();
    for step in arguments.iter().skip(1) {
        value = match (value, step) {
            (Value::List(list), Value::Int(at) | Value::Int64(at)) => {
                let element = usize::try_from(*at)
                    .ok()
                    .and_then(|at| list.get(at).cloned());
                element.ok_or_else(|| Failure::Call(format!("index out of range: {at}")))?
            }
            (Value::Text(text), Value::Int(at) | Value::Int64(at)) => {
                let byte = usize::try_from(*at)
                    .ok()
                    .and_then(|at| text.as_bytes().get(at).copied());
                let byte = byte.ok_or_else(|| {
                    Failure::Call("reflect: string index out of range".to_owned())
                })?;
                Value::Int(i64::from(byte))
            }
            (Value::Map(mut map), Value::Text(key)) => map.remove(key).unwrap_or(Value::Nil),
            (Value::Labels, Value::Text(name)) => {
                Value::Text(context.label(name).unwrap_or_default().to_owned())
            }
            (Value::Nil, _) => return Err(Failure::Call("index of untyped nil".to_owned())),
            (Value::Map(_) | Value::Labels, other) => {
                let problem = format!("value has type {}; should be string", other.type_name());
                return Err(Failure::Call(problem));
            }
            (Value::List(_) | Value::Text(_), other) => {
                let problem = format!("cannot index slice/array with type {}", other.type_name());
                return Err(Failure::Call(problem));
            }
            (other, _) => {
                return Err(Failure::Call(format!(
                    "can't index item of type {}",
                    other.type_name()
                )));
            }
        };
    }
    Ok(value)
}

pub fn slice(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let length = match argument(arguments, 0) {
        Value::Text(text) => text.len(),
        Value::List(list) => list.len(),
        other => {
            let problem = format!("can't slice item of type {}", other.type_name());
            return Err(Failure::Call(problem));
        }
    };
    let mut bounds = [0, length];
    for (bound, value) in bounds.iter_mut().zip(arguments.iter().skip(1)) {
        let (Value::Int(at) | Value::Int64(at)) = value else {
            let problem = format!("cannot index slice/array with type {}", value.type_name());
            return Err(Failure::Call(problem));
        };
        let valid = usize::try_from(*at).ok().filter(|at| *at <= length);
        *bound = valid.ok_or_else(|| Failure::Call(format!("index out of range: {at}")))?;
    }
    let [from, to] = bounds;
    if from > to {
        return Err(Failure::Call(format!("invalid slice index: {from} > {to}")));
    }
    Ok(match argument(arguments, 0) {
        Value::Text(text) => Value::Text(super::texts::bytes_of(text, from, to)),
        Value::List(list) => Value::List(list.get(from..to).unwrap_or_default().to_vec()),
        _ => Value::Nil,
    })
}

/// Joins values as `fmt.Sprint` does: with a blank between two that are no texts.
pub fn sprint(context: &dyn Context, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut before_is_text = true;
    for (at, value) in arguments.iter().enumerate() {
        let is_text = matches!(value, Value::Text(_));
        if at > 0 && !is_text && !before_is_text {
            out.push(' ');
        }
        value.print(&mut out, &|| context.labels());
        before_is_text = is_text;
    }
    out
}

pub fn print(context: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Text(sprint(context, arguments)))
}

pub fn println(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let mut out = String::new();
    for (at, value) in arguments.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        value.print(&mut out, &|| context.labels());
    }
    out.push('\n');
    Ok(Value::Text(out))
}

pub fn html(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let mut out = String::new();
    for c in sprint(context, arguments).chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    Ok(Value::Text(out))
}

pub fn js(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let mut out = String::new();
    for c in sprint(context, arguments).chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => {
                let written = write!(out, "\\u{:04X}", u32::from(c));
                debug_assert!(written.is_ok(), "a String takes everything");
            }
            c => out.push(c),
        }
    }
    Ok(Value::Text(out))
}

pub fn urlquery(context: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Text(super::encodings::query_escape(&sprint(
        context, arguments,
    ))))
}

pub fn call(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let problem = match argument(arguments, 0) {
        Value::Nil => "call of nil".to_owned(),
        other => format!("non-function of type {}", other.type_name()),
    };
    Err(Failure::Call(problem))
}

pub fn eq(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let first = argument(arguments, 0);
    if arguments.len() < 2 {
        return Err(Failure::Call("missing argument for comparison".to_owned()));
    }
    for other in arguments.iter().skip(1) {
        if first.equals(other).map_err(Failure::Call)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub fn ne(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let equal = argument(arguments, 0).equals(argument(arguments, 1));
    Ok(Value::Bool(!equal.map_err(Failure::Call)?))
}

fn ordered(arguments: &[Value], holds: impl Fn(Ordering) -> bool) -> Outcome {
    let order = argument(arguments, 0).order(argument(arguments, 1));
    let order = order.map_err(Failure::Call)?;
    Ok(Value::Bool(order.is_some_and(holds)))
}

pub fn lt(_: &dyn Context, arguments: &[Value]) -> Outcome {
    ordered(arguments, Ordering::is_lt)
}

pub fn le(_: &dyn Context, arguments: &[Value]) -> Outcome {
    ordered(arguments, Ordering::is_le)
}

pub fn gt(_: &dyn Context, arguments: &[Value]) -> Outcome {
    ordered(arguments, Ordering::is_gt)
}

pub fn ge(_: &dyn Context, arguments: &[Value]) -> Outcome {
    ordered(arguments, Ordering::is_ge)
}

/// `default a b`: `b` unless it is empty.
pub fn default(context: &dyn Context, arguments: &[Value]) -> Outcome {
    let labels = context.labels().len();
    let given = arguments.get(1).filter(|value| value.is_true(labels));
    Ok(given.unwrap_or(argument(arguments, 0)).clone())
}
