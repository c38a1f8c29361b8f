//! Case, as Loki's expressions and Ginkgo's columns see it: what a filter finds is what a column says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::{BASE_NS, column, frame, put};
use crate::support::loki;

/// Words that only Unicode's folding makes equal (`ſ` and s, the Kelvin sign and k), words that it does
/// not (`ı` and i, `ß` and ss), and plain ones. Truths are folded in ASCII alone: `(?i:false)|0` is no
/// expression to Loki but a comparison of texts.
const WORDS: [&str; 18] = [
    "verbose",
    "VERBO\u{17f}E",
    "kaputt",
    "\u{212a}APUTT",
    "ОШИБКА",
    "ошибка",
    "\u{398}eta",
    "\u{3f4}ETA",
    "fal\u{17f}e",
    "FALSE",
    "TRUE",
    "GROß",
    "GROSS",
    "GROẞ",
    "ınfo",
    "İNFO",
    "\u{a0}info",
    " Info\t",
];

#[test]
fn filters_and_columns_fold_words_alike() {
    let entry = |(number, word): (usize, &&str)| {
        let line = json!({ "level": word, "ok": word, "number": number }).to_string();
        json!([(BASE_NS + number as i64).to_string(), line])
    };
    let values: Vec<Value> = WORDS.iter().enumerate().map(entry).collect();
    let stream = json!({ "stream": { "job": "folding" }, "values": values });
    loki().push_json(&json!({ "streams": [stream] }));
    let system = json!({
        "name": "folding",
        "selector": "{job=\"folding\"}",
        "fields": [
            { "name": "level", "role": "level", "type": "level", "source": "line" },
            { "name": "ok", "type": "bool", "source": "line" },
        ],
        "levelMap": { "kaputt": "error", "Ошибка": "critical", "θeta": "debug", "groß": "warning" },
    });
    put("folding", &loki().url, json!({ "systems": [system] }));
    let table = json!({ "result": "table", "columns": ["level", "ok"] });
    let all = frame("folding", &table);
    let lines = column(&all, "line");
    assert_eq!(lines.len(), WORDS.len());
    let mut levels = BTreeSet::new();
    let of = |name: &str, value: &Value| -> Vec<Value> {
        let values = column(&all, name).iter().zip(lines);
        let of_it = values.filter(|(known, _)| *known == value);
        of_it.map(|(_, line)| line.clone()).collect()
    };
    let filtered = |field: &str, value: &Value| {
        let text = value.as_str().map_or(value.to_string(), str::to_owned);
        let filters = json!([{ "field": field, "operator": "=", "values": [text] }]);
        let mut query = table.clone();
        query["filters"] = filters;
        column(&frame("folding", &query), "line").to_vec()
    };
    for level in [
        "critical", "error", "warning", "info", "debug", "trace", "unknown",
    ] {
        let level = json!(level);
        let found = filtered("level", &level);
        assert_eq!(found, of("level", &level), "{level}");
        if !found.is_empty() {
            levels.insert(level.to_string());
        }
    }
    assert_eq!(levels.len(), 7, "each level has lines: {levels:?}");
    for truth in [json!(true), json!(false)] {
        let found = filtered("ok", &truth);
        assert_eq!(found, of("ok", &truth), "{truth}");
        assert_eq!(found.len(), 1, "{truth}");
    }
}
