//! TSKV lines, good and broken, and the expression by which Loki reads them.

use std::borrow::Cow;

use ginkgo::line::{Format, Path, python_unescape, tskv_regexp};
use ginkgo::logql::Stage;

use super::json::mutate;
use super::looked_up::Found;
use super::{Kind, name, path};
use crate::roll::Dice;

const KEYS: [&str; 10] = [
    "a",
    "b",
    "level",
    "event",
    "http.route",
    "weird-key",
    "订单",
    "a[0]",
    "x+y*",
    "(?i)",
];

const PIECES: [&str; 30] = [
    "a=",
    "b='",
    "level=\"",
    "'",
    "\"",
    " ",
    "\t",
    "\n",
    "\\",
    "\\'",
    "\\\"",
    "=",
    "None",
    "a=None ",
    "x",
    "é",
    "😀",
    "\u{fffd}",
    "\u{0}",
    "\u{a0}",
    "\u{b}",
    "\u{c}",
    "\r",
    "a='' ",
    "==",
    "b=1 ",
    "\u{1b}[0m",
    "word ",
    "\\x1b",
    "\u{85}",
];

const TEXTS: [&str; 24] = [
    "x",
    "two words",
    " a=1 ",
    "",
    "\\'",
    "\\\"",
    "\\\\",
    "\\n",
    "\\x1b[31m",
    "\\x00",
    "\\u2028",
    "\\U0001f600",
    "\\ud83d",
    "é",
    "订单",
    "😀",
    "\"",
    "=",
    "\\777",
    "\\N{DASH}",
    "\\x4",
    "\u{fffd}",
    "{'a': 1}",
    "\t",
];

pub fn kind() -> Kind {
    Kind {
        format: Format::Tskv,
        line,
        paths: KEYS.iter().map(|key| path(&[key])).collect(),
        stages,
        groups: &GROUPS,
        value,
    }
}

/// One expression a key.
pub fn stages(paths: &[Path]) -> Vec<Stage> {
    let paths = paths.iter().enumerate().map(|(number, path)| {
        let groups = GROUPS.map(|group| name(number, group));
        let [single, double, bare] = &groups;
        let groups = [single.as_str(), double.as_str(), bare.as_str()];
        Stage::Regexp(tskv_regexp(&path.0[0], groups))
    });
    paths.collect()
}

pub const GROUPS: [&str; 3] = ["s", "d", "n"];

/// The value in what the groups caught; only one of them has anything.
pub fn value(found: &Found, number: usize) -> Cow<'_, str> {
    let group = |group| {
        found
            .get(name(number, group).as_str())
            .map_or("", String::as_str)
    };
    let [single, double, bare] = GROUPS.map(group);
    let held = [single, double, bare]
        .into_iter()
        .filter(|text| !text.is_empty());
    assert!(held.count() <= 1, "{found:?}");
    if bare.is_empty() {
        python_unescape(if single.is_empty() { double } else { single })
    } else {
        Cow::Borrowed(bare)
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
        text += "=";
        value_text(dice, &mut text);
        text += if dice.chance(92) {
            " "
        } else {
            dice.word(&["", "  ", "\t", "\n", "\r\n", ", ", "\u{b}", " word "])
        };
    }
    if dice.chance(30) {
        for _ in 0..=dice.below(3) {
            mutate(dice, &mut text, &PIECES);
        }
    }
    text
}

fn value_text(dice: &mut Dice, text: &mut String) {
    match dice.below(3) {
        0 => {
            *text += dice.word(&[
                "1",
                "-1.5e3",
                "True",
                "None",
                "Nonesuch",
                "None'",
                "",
                "é",
                "订单😀",
                "a=b",
                "it's",
                "x\"y",
                "[1,",
                "{}",
                "UUID('00000000-0000-0000-0000-000000000001')",
                "\u{fffd}",
                "\\n",
                "\u{a0}x",
                "b'bytes'",
            ]);
        }
        choice => {
            let quote = if choice == 1 { "'" } else { "\"" };
            *text += quote;
            for _ in 0..dice.below(5) {
                *text += dice.word(&TEXTS);
            }
            *text += quote;
        }
    }
}
