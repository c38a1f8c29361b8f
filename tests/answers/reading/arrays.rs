//! JSON lines with arrays, and paths into them.

use std::borrow::Cow;

use ginkgo::line::{Format, Path};
use ginkgo::logql::{JsonPath, Stage};

use super::{Kind, name, path};
use crate::roll::Dice;

const KEYS: [&str; 4] = ["a", "b", "exc_type", "it's"];

pub fn kind() -> Kind {
    let paths: [&[&str]; 14] = [
        &["a", "[0]"],
        &["a", "[1]"],
        &["a", "[2]"],
        &["a", "[0]", "b"],
        &["a", "[1]", "a"],
        &["b", "[0]", "exc_type"],
        &["a", "[0]", "[1]"],
        &["a", "[0]", "b", "[0]"],
        &["a", "b", "[0]"],
        &["a", "b", "[1]", "it's"],
        &["it's", "[0]", "a", "b"],
        &["a", "[12]"],
        &["a"],
        &["b", "a"],
    ];
    Kind {
        format: Format::Json,
        line,
        paths: paths.map(path).to_vec(),
        stages: |paths: &[Path]| {
            let paths = paths.iter().enumerate().map(|(number, path)| {
                let path = JsonPath::new(&path.0).expect("a spelling");
                (name(number, ""), path)
            });
            vec![Stage::Json(paths.collect())]
        },
        groups: &[""],
        value: |found, number| {
            let value = found.get(name(number, "").as_str());
            Cow::Borrowed(value.map_or("", String::as_str))
        },
    }
}

fn line(dice: &mut Dice) -> String {
    let mut text = String::new();
    object(dice, 0, &mut text);
    text
}

fn blank(dice: &mut Dice, text: &mut String) {
    if dice.chance(15) {
        *text += dice.word(&[" ", "\t", "  "]);
    }
}

fn object(dice: &mut Dice, depth: usize, text: &mut String) {
    *text += "{";
    let least = usize::from(depth == 0) * 2;
    for number in 0..least + dice.below(5) {
        if number > 0 {
            *text += ",";
        }
        blank(dice, text);
        text.extend(["\"", dice.word(&KEYS), "\""]);
        blank(dice, text);
        *text += ":";
        blank(dice, text);
        value(dice, depth + 1, text);
        blank(dice, text);
    }
    *text += "}";
}

fn value(dice: &mut Dice, depth: usize, text: &mut String) {
    // Most lines have arrays of something.
    let kind = match depth {
        1 => 2 + dice.below(8),
        2 | 3 => dice.below(12),
        _ => dice.below(4),
    };
    match kind {
        0 | 1 => {
            *text += dice.word(&[
                "\"x\"",
                "\"two words\"",
                "\"\"",
                "\"\\u8ba2\\u5355\"",
                "\"订单, ]\"",
                "\"a \\\"quote\\\"\"",
                "\"true\"",
                "\"-1\"",
                "\"{\\\"b\\\":1}\"",
                "\"[1]\"",
            ]);
        }
        2 => *text += dice.word(&["0", "-1.5e3", "12345678901234567890"]),
        3 => *text += dice.word(&["true", "false", "null", "{}", "[]"]),
        4..=8 => {
            *text += "[";
            for number in 0..dice.below(4) {
                if number > 0 {
                    *text += ",";
                }
                blank(dice, text);
                value(dice, depth + 1, text);
                blank(dice, text);
            }
            *text += "]";
        }
        _ => object(dice, depth, text),
    }
}
