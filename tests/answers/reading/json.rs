//! JSON lines as no library would write them.

use std::borrow::Cow;
use std::fmt::Write as _;

use ginkgo::line::{Format, Path};
use ginkgo::logql::{JsonPath, Stage};

use super::{Kind, name, path};
use crate::roll::Dice;

/// Keys that are looked for, at any depth; those with `"` or `]` have no spelling in LogQL.
const KEYS: [&str; 16] = [
    "a",
    "b",
    "a.b",
    "level",
    "msg",
    "A",
    "a b",
    "订单",
    "é",
    "it's",
    "\\",
    "🚀",
    "@timestamp",
    "x-y",
    "\u{7f}",
    "a\nb",
];

/// Keys that stand in between.
const OTHERS: [&str; 8] = ["c", "", "\"", "a]", "[0]", "\u{fffd}", "null", "{"];

pub fn kind() -> Kind {
    let mut paths: Vec<Path> = KEYS.iter().map(|key| path(&[key])).collect();
    for first in ["a", "b", "a.b", "订单", "\\"] {
        for second in ["a", "b", "level", "it's"] {
            paths.push(path(&[first, second]));
        }
    }
    paths.push(path(&["a", "b", "a"]));
    paths.push(path(&["a", "a", "a", "a"]));
    paths.push(path(&["a"; 16]));
    Kind {
        format: Format::Json,
        line,
        paths,
        stages: |paths| {
            let paths = paths.iter().enumerate().map(|(number, path)| {
                (
                    name(number, ""),
                    JsonPath::new(&path.0).expect("a spelling"),
                )
            });
            vec![Stage::Json(paths.collect())]
        },
        groups: &[""],
        value: |found, number| {
            Cow::Borrowed(
                found
                    .get(name(number, "").as_str())
                    .map_or("", String::as_str),
            )
        },
    }
}

/// What the reader looks at, and what surprises it.
const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\\"",
    " ",
    "\t",
    "\n",
    "\r",
    "\u{b}",
    "a",
    "\"a\":",
    "\"b\" : ",
    "{\"a\":{",
    "\"a\":{\"b\":",
    "null",
    "true",
    "false",
    "tru",
    "-",
    "1",
    "0.5e+3",
    "\\u",
    "\\ud83d",
    "\\ude00",
    "\\u0061",
    "\\x",
    "é",
    "😀",
    "\u{fffd}",
    "\u{0}",
    "\u{feff}",
    "\u{1b}[31m",
    "//",
    "'",
    "NaN",
];

/// Escapes and characters inside of strings, some of them wrong.
const TEXTS: [&str; 40] = [
    "x",
    "some words",
    "1",
    "",
    " ",
    "é",
    "订单",
    "😀",
    "\\n",
    "\\t",
    "\\r",
    "\\b",
    "\\f",
    "\\/",
    "\\\\",
    "\\\"",
    "\\u0041",
    "\\u00e9",
    "\\u8ba2",
    "\\ud83d\\ude00",
    "\\uD83D\\uDE00",
    "\\ud800",
    "\\udc00",
    "\\ud83dx",
    "\\ud83d\\n",
    "\\ud83d\\ud83d",
    "\\udc00\\udc00",
    "\\u12",
    "\\u12G4",
    "\\x41",
    "\\'",
    "\\0",
    "\\u0000",
    "\\ufffd",
    "\u{fffd}",
    "\\ufeff",
    "\n",
    "\u{1}",
    "{\"a\":1}",
    "\\ud83dxxdc00",
];

fn line(dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.chance(15) {
        for _ in 0..dice.below(30) {
            text += dice.word(&PIECES);
        }
        if dice.chance(60) {
            text.insert(0, '{');
        }
        return text;
    }
    if dice.chance(6) {
        text += dice.word(&[
            "\u{feff}",
            " ",
            "\t",
            "\n",
            "\u{1b}[32m",
            "x",
            "[",
            "\"",
            "INFO ",
        ]);
    }
    object(dice, 0, &mut text);
    if dice.chance(10) {
        text += dice.word(&[
            " ",
            "\n",
            "}",
            "]",
            "garbage",
            ",",
            "{\"a\":1}",
            "\u{1b}[0m",
            "\"",
        ]);
    }
    if dice.chance(5) {
        let depth = 1 + dice.below(20);
        text = "{\"a\":".repeat(depth) + &text + &"}".repeat(dice.below(depth + 2));
    }
    if dice.chance(35) {
        for _ in 0..=dice.below(3) {
            mutate(dice, &mut text, &PIECES);
        }
    }
    text
}

/// A line of about a megabyte: what is looked for stands in front of the long text, in it and
/// behind it.
pub fn long(dice: &mut Dice) -> String {
    let (before, behind) = (line(dice), line(dice));
    let piece = dice.word(&["long ", "订单", "\\n", "\\u8ba2", "{\"a\":1},", "[1,2],"]);
    let filler = piece.repeat((700 << 10) / piece.len());
    let filler = if piece.ends_with(',') {
        format!("[{filler}0]")
    } else {
        format!("\"{filler}\"")
    };
    format!("{{\"b\":{before},\"a\":{filler},\"level\":\"x\",\"msg\":{behind}}}")
}

/// Deletes, doubles, cuts or inserts something somewhere.
pub fn mutate(dice: &mut Dice, text: &mut String, pieces: &[&str]) {
    let places: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let at = *dice.pick(&places);
    match dice.below(6) {
        0 => text.truncate(at),
        1 if at < text.len() => {
            text.remove(at);
        }
        2 => {
            let to = *dice.pick(&places);
            let piece = text[at.min(to)..at.max(to)].to_owned();
            text.insert_str(*dice.pick(&places), &piece);
        }
        3 => {
            let to = *dice.pick(&places);
            text.replace_range(at.min(to)..at.max(to), "");
        }
        _ => text.insert_str(at, dice.word(pieces)),
    }
}

fn blank(dice: &mut Dice, text: &mut String) {
    if dice.chance(12) {
        *text += dice.word(&[" ", "  ", "\t", "\n", "\r\n", "\u{b}", "\u{a0}", "\u{c}"]);
    }
}

fn object(dice: &mut Dice, depth: usize, text: &mut String) {
    *text += "{";
    let count = 1 + dice.below(9);
    for number in 0..count {
        blank(dice, text);
        let key = match dice.below(10) {
            0..=4 => dice.word(&KEYS[..3]),
            5..=8 => dice.word(&KEYS),
            _ => dice.word(&OTHERS),
        };
        string(dice, key, text);
        blank(dice, text);
        *text += if dice.chance(98) {
            ":"
        } else {
            dice.word(&["", "::", "=", ": :"])
        };
        blank(dice, text);
        value(dice, depth, text);
        blank(dice, text);
        if number + 1 < count || dice.chance(3) {
            *text += if dice.chance(98) {
                ","
            } else {
                dice.word(&["", ";", ",,"])
            };
        }
    }
    *text += "}";
}

/// A string's text between quotes, each character plain or as an escape.
fn string(dice: &mut Dice, inside: &str, text: &mut String) {
    let escaped = dice.chance(8);
    *text += "\"";
    for character in inside.chars() {
        if escaped && dice.chance(50) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else if matches!(character, '"' | '\\') && dice.chance(98) {
            text.extend(['\\', character]);
        } else if character == '\n' && dice.chance(80) {
            *text += "\\n";
        } else {
            text.push(character);
        }
    }
    *text += "\"";
}

fn value(dice: &mut Dice, depth: usize, text: &mut String) {
    match dice.below(if depth < 4 { 20 } else { 14 }) {
        0..=6 => {
            *text += "\"";
            let sound = dice.chance(70);
            for _ in 0..=dice.below(4) {
                *text += dice.word(if sound { &TEXTS[..21] } else { &TEXTS });
            }
            *text += "\"";
        }
        7..=9 => {
            *text += dice.word(&[
                "0",
                "-1",
                "3.14",
                "1e5",
                "-0.0E-7",
                "01",
                "1.",
                ".5",
                "+1",
                "--",
                "1_0",
                "0x1F",
                "NaN",
                "Infinity",
                "-Infinity",
                "1e999",
                "123456789012345678901234567890",
                "1a",
                "-\"a\"",
                "1\\u0030",
                "9\u{fffd}",
            ]);
        }
        10 | 11 => {
            *text += dice.word(&[
                "null",
                "true",
                "false",
                "True",
                "nul",
                "nulll",
                "",
                "undefined",
            ]);
        }
        12 => *text += dice.word(&["\"\"", "{}", "[]", "[ ]", "{ }", "[[]]", "[\"\"]"]),
        13 => {
            let inside = dice.word(&KEYS);
            string(dice, inside, text);
        }
        14 | 15 => {
            *text += "[";
            for _ in 0..dice.below(4) {
                value(dice, depth + 1, text);
                *text += if dice.chance(97) { "," } else { "]" };
            }
            *text += "]";
        }
        _ => object(dice, depth + 1, text),
    }
}
