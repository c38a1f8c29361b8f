//! Makes a mess of a line, so that it stays known what can still be read.

use super::dice::Dice;
use super::draft::{Draft, Field, Format, Value, flat, keyed, rfc3339};
use super::json::Written;
use super::mess::{LOSABLE, Mess};
use super::phrases::{CONSOLE, NASTY, PLAIN, TRACEBACK};

/// Bytes of a big line's message.
const BIG: usize = 65_536;

/// A line as it is in the end.
pub(super) struct Spoiled {
    pub(super) line: String,
    /// Values that end at this byte or before can be read; zero: none.
    pub(super) readable: usize,
}

/// Whether another text takes the line's place, so that nothing of it is left.
pub(super) fn replaces(kind: Mess, format: &Format) -> bool {
    match kind {
        Mess::PlainText | Mess::StackTrace | Mess::BlankLine => true,
        // A colour code before a pair would be part of its key: a console's line instead.
        Mess::AnsiLine => !matches!(format, Format::Json(_)),
        _ => false,
    }
}

/// Spoils what a line says, before it is written and shipped.
pub(super) fn fields(dice: &mut Dice, kind: Mess, draft: &mut Draft) {
    match kind {
        Mess::AnsiMessage => rephrase(draft, |text| format!("\u{1b}[31m{text}\u{1b}[0m")),
        Mess::OddText => rephrase(draft, |text| format!("{NASTY} {text}")),
        Mess::BigLine => rephrase(draft, |text| {
            let filler = format!("{text} | ");
            filler.repeat(BIG / filler.len() + 1)
        }),
        Mess::Replaced => {
            // Replaced by the collector, behind the logger: so never escaped.
            if let Format::Json(style) = &mut draft.format {
                style.ascii = false;
            }
            rephrase(draft, |text| format!("caf\u{fffd} {text} \u{fffd}\u{fffd}"));
        }
        Mess::Late => {
            let delay_ns = dice.between(1_000_000_000, 600_000_000_000);
            let time = rfc3339(draft.timestamp_ns.saturating_sub(delay_ns), draft.precision);
            set(draft, "time", Value::Text(time));
        }
        Mess::MissingField => {
            for _ in 0..dice.between(1, 2) {
                let present = |name: &&str| draft.fields.iter().any(|field| field.name == *name);
                let names: Vec<&str> = LOSABLE.into_iter().filter(present).collect();
                if names.is_empty() {
                    return;
                }
                let lost = *dice.pick(&names);
                draft.fields.retain(|field| field.name != lost);
            }
        }
        Mess::WrongType => mistype(dice, draft),
        Mess::OddKeys => odd_keys(dice, draft),
        Mess::DuplicateKey => duplicate(dice, draft),
        _ => {}
    }
}

fn set(draft: &mut Draft, name: &str, value: Value) {
    if let Some(field) = draft.fields.iter_mut().find(|field| field.name == name) {
        field.value = value;
    }
}

fn rephrase(draft: &mut Draft, change: impl Fn(&str) -> String) {
    let is_message = |field: &&mut Field| matches!(field.name, "message" | "event");
    let message = draft.fields.iter_mut().find(is_message);
    if let Some(Field {
        value: Value::Text(text),
        ..
    }) = message
    {
        *text = change(text);
    }
}

fn mistype(dice: &mut Dice, draft: &mut Draft) {
    let numbers = draft.fields.iter_mut();
    let mut numbers: Vec<&mut Field> = numbers
        .filter(|field| matches!(field.value, Value::Number(_)))
        .collect();
    let chosen = dice.between(0, numbers.len() as i64 - 1) as usize;
    if let Some(field) = numbers.get_mut(chosen) {
        let keeps_text = field.name == "status_code" || dice.chance(0.5);
        let text = field.value.plain().filter(|_| keeps_text);
        field.value = Value::Text(text.unwrap_or_else(|| "n/a".to_owned()));
    }
}

fn odd_keys(dice: &mut Dice, draft: &mut Draft) {
    let mut odd = vec![
        flat("weird-key", "dash"),
        flat("订单", dice.between(1, 99)),
        flat("http.route", "/a/{b}"),
        flat("naïve🚀", "x y"),
    ];
    if draft.format != Format::Tskv {
        // A key-value line cannot have these.
        odd.push(keyed("a\"b", "a\"b", true));
        odd.push(flat("two words", "it's"));
        odd.push(flat("back\\slash", 1));
    }
    for field in odd {
        if dice.chance(0.6) {
            let last = draft.fields.len() as i64;
            let place = dice.between(1, last) as usize;
            draft.fields.insert(place.min(draft.fields.len()), field);
        }
    }
    draft.fields.push(flat("x-always.there", "yes"));
}

fn duplicate(dice: &mut Dice, draft: &mut Draft) {
    // Ids are left alone: a collector that moves them out of the line moves the first only.
    let eligible = |field: &&Field| {
        field.value.plain().is_some() && field.name != "time" && !field.name.ends_with("_id")
    };
    let fields: Vec<&Field> = draft.fields.iter().filter(eligible).collect();
    if fields.is_empty() {
        return;
    }
    let mut second = (*dice.pick(&fields)).clone();
    second.value = match second.value {
        Value::Text(text) => Value::Text(format!("{text}-second")),
        Value::Number(_) => Value::Number("987654321".to_owned()),
        Value::Bool(value) => Value::Bool(!value),
        other => other,
    };
    draft.fields.push(second);
}

/// Spoils a written line.
pub(super) fn line(dice: &mut Dice, kind: Mess, format: &Format, written: &Written) -> Spoiled {
    let text = written.line.as_str();
    let is_json = matches!(format, Format::Json(_));
    let unreadable = |line: String| Spoiled { line, readable: 0 };
    match kind {
        Mess::PlainText => unreadable((*dice.pick(&PLAIN)).to_owned()),
        Mess::StackTrace => unreadable(TRACEBACK.to_owned()),
        Mess::BlankLine => unreadable(" ".to_owned()),
        Mess::AnsiLine if is_json => unreadable(format!("\u{1b}[32m{text}\u{1b}[0m")),
        Mess::AnsiLine => unreadable(CONSOLE.to_owned()),
        Mess::LeadingBlank => {
            let blanks: &[&str] = if is_json {
                &[" ", "\t", "\u{feff}"]
            } else {
                &[" ", "\t"]
            };
            unreadable(format!("{}{text}", dice.pick(blanks)))
        }
        Mess::Truncated => {
            let cut = cut(dice, written);
            Spoiled {
                line: text.get(..cut).unwrap_or_default().to_owned(),
                readable: cut,
            }
        }
        Mess::TrailingText => {
            let tails: &[&str] = if is_json {
                &[
                    " <- flushed at shutdown",
                    "\nat worker 4, retry later",
                    "garbage",
                ]
            } else {
                &["\n  File app.py, line 3 level='debug' event='not read'"]
            };
            whole(format!("{text}{}", dice.pick(tails)))
        }
        Mess::StrayWords => {
            let gap = *dice.pick(&written.gaps);
            let (head, tail) = text.split_at_checked(gap).unwrap_or((text, ""));
            whole(format!("{head} slow (2 of 3){tail}"))
        }
        _ => whole(text.to_owned()),
    }
}

/// A line of which everything can be read.
pub(super) fn whole(line: String) -> Spoiled {
    let readable = usize::MAX;
    Spoiled { line, readable }
}

/// Where to cut a line: inside its last text, or between two fields in its second half.
fn cut(dice: &mut Dice, written: &Written) -> usize {
    if let Some((from, to)) = written.last_text {
        let content = written.line.get(from..to).unwrap_or_default();
        // Not inside an escape, nor inside a character.
        let plain = content.split('\\').next().unwrap_or_default();
        let ends: Vec<usize> = plain
            .char_indices()
            .map(|(at, c)| from + at + c.len_utf8())
            .collect();
        if !ends.is_empty() && dice.chance(0.5) {
            return *dice.pick(&ends);
        }
    }
    let later = written.cuts.get(written.cuts.len() / 2..);
    match later {
        Some(cuts) if !cuts.is_empty() => *dice.pick(cuts),
        _ => written.line.len(),
    }
}
