//! Functions of texts.

use std::collections::BTreeMap;

use re2::Search;

use super::Context;
use super::eval::LONGEST;
use super::functions::{Failure, Outcome, argument, int, text, wrong_type};
use super::value::Value;

fn done(text: impl Into<String>) -> Outcome {
    Ok(Value::Text(text.into()))
}

/// Returns bytes of a text, with U+FFFD in place of each that is no character by itself.
pub fn bytes_of(text: &str, from: usize, to: usize) -> String {
    let bytes = text.as_bytes().get(from..to).unwrap_or_default();
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}

pub fn line(context: &dyn Context, _: &[Value]) -> Outcome {
    done(context.line())
}

pub fn lower(_: &dyn Context, arguments: &[Value]) -> Outcome {
    // Go lowers character by character.
    let lower = |c: char| match c {
        'İ' => 'i',
        c => c.to_lowercase().next().unwrap_or(c),
    };
    done(text(arguments, 0)?.chars().map(lower).collect::<String>())
}

fn upper_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

pub fn upper(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(
        text(arguments, 0)?
            .chars()
            .map(upper_char)
            .collect::<String>(),
    )
}

pub fn title(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let mut out = String::new();
    let mut before = ' ';
    for c in text(arguments, 0)?.chars() {
        let is_separator = if before.is_ascii() {
            !(before.is_ascii_alphanumeric() || before == '_')
        } else {
            !before.is_alphanumeric() && before.is_whitespace()
        };
        out.push(if is_separator { upper_char(c) } else { c });
        before = c;
    }
    done(out)
}

/// `replace old new text`
pub fn replace(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (old, new) = (text(arguments, 0)?, text(arguments, 1)?);
    let text = text(arguments, 2)?;
    if old.is_empty() && (new.len() + 1) * (text.len() + 1) > LONGEST {
        return Err(too_long());
    }
    done(text.replace(old, new))
}

/// `Replace text old new count`
pub fn replace_some(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (old, new) = (text(arguments, 1)?, text(arguments, 2)?);
    let count = int(arguments, 3)?;
    let text = text(arguments, 0)?;
    done(match usize::try_from(count) {
        Ok(count) => text.replacen(old, new, count),
        Err(_) => text.replace(old, new),
    })
}

fn in_set(set: &str) -> impl Fn(char) -> bool + '_ {
    |c| set.contains(c)
}

pub fn trim_set(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(text(arguments, 0)?.trim_matches(in_set(text(arguments, 1)?)))
}

pub fn trim_left(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(text(arguments, 0)?.trim_start_matches(in_set(text(arguments, 1)?)))
}

pub fn trim_right(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(text(arguments, 0)?.trim_end_matches(in_set(text(arguments, 1)?)))
}

/// `TrimPrefix text prefix`
pub fn trim_prefix_of(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (text, prefix) = (text(arguments, 0)?, text(arguments, 1)?);
    done(text.strip_prefix(prefix).unwrap_or(text))
}

/// `TrimSuffix text suffix`
pub fn trim_suffix_of(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (text, suffix) = (text(arguments, 0)?, text(arguments, 1)?);
    done(text.strip_suffix(suffix).unwrap_or(text))
}

pub fn trim(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(text(arguments, 0)?.trim())
}

/// `trimAll set text`
pub fn trim_all(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(text(arguments, 1)?.trim_matches(in_set(text(arguments, 0)?)))
}

/// `trimPrefix prefix text`
pub fn trim_prefix(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (prefix, text) = (text(arguments, 0)?, text(arguments, 1)?);
    done(text.strip_prefix(prefix).unwrap_or(text))
}

/// `trimSuffix suffix text`
pub fn trim_suffix(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (suffix, text) = (text(arguments, 0)?, text(arguments, 1)?);
    done(text.strip_suffix(suffix).unwrap_or(text))
}

/// `trunc count text`: bytes from the front, or for a negative count from the end.
pub fn trunc(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (count, text) = (int(arguments, 0)?, text(arguments, 1)?);
    let length = text.len();
    let bytes = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if bytes >= length {
        return done(text);
    }
    done(if count < 0 {
        bytes_of(text, length - bytes, length)
    } else {
        bytes_of(text, 0, bytes)
    })
}

/// `substr from to text`, in bytes.
pub fn substr(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let (from, to, text) = (int(arguments, 0)?, int(arguments, 1)?, text(arguments, 2)?);
    let length = text.len() as i64;
    let from_end = if to < 0 || to > length { length } else { to };
    let (from, to) = if from < 0 { (0, to) } else { (from, from_end) };
    if to < 0 || to > length || from > to {
        let problem = if from > to && to == length && from > length {
            format!("runtime error: slice bounds out of range [{from}:{length}]")
        } else if to > length {
            format!("runtime error: slice bounds out of range [:{to}] with length {length}")
        } else if to < 0 {
            format!("runtime error: slice bounds out of range [:{to}]")
        } else {
            format!("runtime error: slice bounds out of range [{from}:{to}]")
        };
        return Err(Failure::Call(problem));
    }
    done(bytes_of(text, from as usize, to as usize))
}

/// `contains part text`
pub fn contains(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Bool(
        text(arguments, 1)?.contains(text(arguments, 0)?),
    ))
}

/// `hasPrefix prefix text`
pub fn has_prefix(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Bool(
        text(arguments, 1)?.starts_with(text(arguments, 0)?),
    ))
}

/// `hasSuffix suffix text`
pub fn has_suffix(_: &dyn Context, arguments: &[Value]) -> Outcome {
    Ok(Value::Bool(
        text(arguments, 1)?.ends_with(text(arguments, 0)?),
    ))
}

fn too_long() -> Failure {
    Failure::Call("not in the embedded Loki: a text so long from a template".to_owned())
}

fn repeated(text: &str, count: i64) -> Result<String, Failure> {
    let Ok(count) = usize::try_from(count) else {
        return Err(Failure::Call("strings: negative Repeat count".to_owned()));
    };
    if text
        .len()
        .checked_mul(count)
        .is_none_or(|length| length > LONGEST)
    {
        return Err(too_long());
    }
    Ok(text.repeat(count))
}

fn indented(arguments: &[Value]) -> Result<String, Failure> {
    let pad = repeated(" ", int(arguments, 0)?)?;
    let text = text(arguments, 1)?;
    let lines = text.matches('\n').count() + 1;
    if pad.len().saturating_mul(lines) > LONGEST {
        return Err(too_long());
    }
    Ok(format!("{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}

pub fn indent(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(indented(arguments)?)
}

pub fn nindent(_: &dyn Context, arguments: &[Value]) -> Outcome {
    done(format!("\n{}", indented(arguments)?))
}

/// `repeat count text`
pub fn repeat(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let count = int(arguments, 0)?;
    done(repeated(text(arguments, 1)?, count)?)
}

/// The characters of a text, cut or filled with blanks to a width.
fn aligned(arguments: &[Value], to_left: bool) -> Outcome {
    let (width, text) = (int(arguments, 0)?, text(arguments, 1)?);
    let Ok(width) = usize::try_from(width) else {
        return done(text);
    };
    let length = text.chars().count();
    let kept = width.min(length);
    let pad = repeated(" ", (width - kept) as i64)?;
    done(if to_left {
        format!("{}{pad}", text.chars().take(kept).collect::<String>())
    } else {
        format!(
            "{pad}{}",
            text.chars().skip(length - kept).collect::<String>()
        )
    })
}

pub fn align_left(_: &dyn Context, arguments: &[Value]) -> Outcome {
    aligned(arguments, true)
}

pub fn align_right(_: &dyn Context, arguments: &[Value]) -> Outcome {
    aligned(arguments, false)
}

fn search(expression: &str) -> Result<Search, Failure> {
    Search::new(expression)
        .map_err(|problem| Failure::Call(format!("error parsing regexp: {}", problem.go)))
}

/// `count expression text`
pub fn count(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let expression = search(text(arguments, 0)?)?;
    let count = expression.count(text(arguments, 1)?);
    Ok(Value::Int(count as i64))
}

/// `regexReplaceAll expression text replacement`
pub fn regex_replace(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let expression = search(text(arguments, 0)?)?;
    done(expression.replace_all(text(arguments, 1)?, text(arguments, 2)?))
}

/// `regexReplaceAllLiteral expression text replacement`
pub fn regex_replace_literal(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let expression = search(text(arguments, 0)?)?;
    done(expression.replace_all_literal(text(arguments, 1)?, text(arguments, 2)?))
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

pub fn from_json(_: &dyn Context, arguments: &[Value]) -> Outcome {
    let text = match argument(arguments, 0) {
        Value::Text(text) => text,
        other => return Err(wrong_type(0, "string", other)),
    };
    // A text that is no JSON is no value.
    let parsed: Option<serde_json::Value> = serde_json::from_str(text).ok();
    Ok(parsed.map_or(Value::Nil, of_json))
}

fn of_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(value),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(list) => Value::List(list.into_iter().map(of_json).collect()),
        serde_json::Value::Object(map) => {
            let members = map.into_iter().map(|(key, value)| (key, of_json(value)));
            Value::Map(members.collect::<BTreeMap<_, _>>())
        }
    }
}
