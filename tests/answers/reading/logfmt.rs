//! logfmt lines, good and broken.

use std::borrow::Cow;

use ginkgo::line::{Format, logfmt_label};
use ginkgo::logql::Stage;

use super::json::mutate;
use super::{Kind, name, path};
use crate::roll::Dice;

const KEYS: [&str; 12] = [
    "a", "b", "level", "msg", "a.b", "a-b", "a_b", "1a", "_1a", "é", "订单", "A",
];

const PIECES: [&str; 24] = [
    "a=",
    "b=",
    " ",
    "\t",
    "\n",
    "=",
    "\"",
    "\\",
    "'",
    "a",
    "level=",
    "a=\"",
    "\" ",
    "\\\"",
    "é",
    "\u{fffd}",
    "\u{0}",
    "\u{a0}",
    "\u{7f}",
    "==",
    "\\u",
    "=\"\"",
    "\u{feff}",
    "\u{1b}[31m",
];

const TEXTS: [&str; 26] = [
    "x",
    "two words",
    "1.5",
    " ",
    "",
    "é",
    "订单",
    "😀",
    "\\n",
    "\\\"",
    "\\\\",
    "\\/",
    "\\'",
    "\\u0041",
    "\\ud83d\\ude00",
    "\\ud83d",
    "\\ude00",
    "\\ud83dx",
    "\\ud83d\\ud83d",
    "\\u12",
    "\\x",
    "\\0",
    "'",
    "=",
    "\u{fffd}",
    "\n",
];

pub fn kind() -> Kind {
    // Loki fills one of two expressions for one key by chance: a name is asked for once.
    let mut labels: Vec<String> = KEYS.iter().map(|key| logfmt_label(key)).collect();
    labels.sort();
    labels.dedup();
    Kind {
        format: Format::Logfmt,
        line,
        paths: labels.iter().map(|label| path(&[label])).collect(),
        stages: |paths| {
            let keys = paths.iter().enumerate();
            let keys = keys.map(|(number, path)| (name(number, ""), logfmt_label(&path.0[0])));
            vec![Stage::Logfmt(keys.collect())]
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

fn line(dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.chance(15) {
        for _ in 0..dice.below(25) {
            text += dice.word(&PIECES);
        }
        return text;
    }
    if dice.chance(5) {
        text += dice.word(&[" ", "\u{feff}", "\u{1b}[32m", "INFO ", "\n"]);
    }
    for _ in 0..=dice.below(8) {
        text += dice.word(&KEYS);
        if dice.chance(92) {
            text += "=";
            value(dice, &mut text);
        }
        text += if dice.chance(90) {
            " "
        } else {
            dice.word(&["", "  ", "\t", "\n", "\r\n", ",", "\u{b}"])
        };
    }
    if dice.chance(30) {
        for _ in 0..=dice.below(3) {
            mutate(dice, &mut text, &PIECES);
        }
    }
    text
}

fn value(dice: &mut Dice, text: &mut String) {
    if dice.chance(50) {
        *text += "\"";
        for _ in 0..dice.below(5) {
            *text += dice.word(&TEXTS);
        }
        *text += "\"";
    } else {
        *text += dice.word(&[
            "x",
            "1",
            "-1.5e3",
            "true",
            "null",
            "None",
            "",
            "é",
            "订单😀",
            "a=b",
            "it's",
            "'quoted'",
            "\\n",
            "x\"y",
            "{\"a\":1}",
            "\u{fffd}",
            "a\u{fffd}b",
            "[1,2]",
            "\u{7f}",
            "\u{a0}",
        ]);
    }
}
