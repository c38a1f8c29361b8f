//! Functions of encodings: base64, addresses, JSON.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::Context;
use super::functions::{Failure, Outcome, argument, text, wrong_type};
use super::value::Value;
use crate::pipeline::go::float::parse_float;

fn done(text: impl Into<String>) -> Outcome {
    Ok(Value::Text(text.into()))
}

pub fn b64enc(_: &dyn Context, arguments: &[Value]) -> Outcome {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text(arguments, 0)?.as_bytes().chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let at = (bits >> (18 - 6 * digit)) & 63;
            let digit_byte = DIGITS.get(at as usize).copied().unwrap_or(b'=');
            out.push(if digit > chunk.len() {
                '='
            } else {
                char::from(digit_byte)
            });
        }
    }
    done(out)
}

/// What is no base64 becomes the words of the error.
pub fn b64dec(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let encoded = text(arguments, 0)?;
    let illegal = |at: usize| done(format!("illegal base64 data at input byte {at}"));
    let mut bytes = Vec::new();
    let mut group: Vec<u32> = Vec::new();
    let mut padding = 0;
    for (at, byte) in encoded.bytes().enumerate() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\n' | b'\r' => continue,
            b'=' if group.len() >= 2 => {
                padding += 1;
                0
            }
            _ => return illegal(at),
        };
        if padding > 0 && byte != b'=' {
            return illegal(at);
        }
        group.push(u32::from(digit));
        if group.len() == 4 {
            let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit);
            let [_, a, b, c] = bits.to_be_bytes();
            bytes.extend([a, b, c].iter().take(3_usize.saturating_sub(padding)));
            group.clear();
        }
    }
    if !group.is_empty() {
        return illegal(encoded.len());
    }
    let decoded = String::from_utf8_lossy(&bytes);
    done(decoded)
}

/// Encodes a text for a query of an address.
pub fn query_escape(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            byte => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.extend(HEX.get(usize::from(digit)).map(|digit| char::from(*digit)));
                }
            }
        }
    }
    out
}

pub fn urlencode(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(query_escape(text(arguments, 0)?))
}

pub fn urldecode(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let mut bytes = Vec::new();
    let mut rest = text(arguments, 0)?.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let shown: Vec<u8> = std::iter::once(b'%').chain(rest.by_ref().take(2)).collect();
                let digits = shown
                    .get(1..)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                let digits = digits.filter(|digits| {
                    digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit())
                });
                let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let Some(code) = code else {
                    let shown = String::from_utf8_lossy(&shown);
                    return Err(Failure::Call(format!("invalid URL escape \"{shown}\"")));
                };
                bytes.push(code);
            }
            byte => bytes.push(byte),
        }
    }
    done(String::from_utf8_lossy(&bytes))
}

/// The deepest JSON that is read.
const DEEPEST: usize = 200;

pub fn from_json(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let text = match argument(arguments, 0) {
        Value::Text(text) => text,
        other => return Err(wrong_type(0, "string", other)),
    };
    // A text that is no JSON is no value.
    let parsed: Option<&RawValue> = serde_json::from_str(text).ok();
    Ok(parsed.map_or(Value::Nil, |json| of_json(json.get(), 0)))
}

/// Decodes JSON, with nothing in place of numbers that are none for Go.
fn of_json(json: &str, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Nil;
    }
    match json.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> =
                serde_json::from_str(json).unwrap_or_default();
            let decoded =
                |(key, value): (String, &RawValue)| (key, of_json(value.get(), depth + 1));
            Value::Map(members.into_iter().map(decoded).collect())
        }
        Some(b'[') => {
            let list: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
            let decoded = |value: &RawValue| of_json(value.get(), depth + 1);
            Value::List(list.into_iter().map(decoded).collect())
        }
        Some(b'"') => serde_json::from_str(json).map_or(Value::Nil, Value::Text),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') | None => Value::Nil,
        Some(_) => parse_float(json).map_or(Value::Nil, Value::Float),
    }
}
