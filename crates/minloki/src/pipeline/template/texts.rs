//! Functions of texts.

use re2::Search;

use super::Context;
use super::eval::LONGEST;
use super::functions::{Failure, Outcome, int, text};
use super::value::Value;
use crate::syntax::regex_words;

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
    Search::new(expression).map_err(|problem| Failure::Call(regex_words(&problem)))
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
