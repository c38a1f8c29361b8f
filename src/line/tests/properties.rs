//! What holds for every line, not only for those somebody thought of.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::read;
use crate::line::{Extractor, Format, Path, python_repr, python_unescape};

const PATHS: [&[&str]; 6] = [&["a"], &["b"], &["a", "b"], &["a.b"], &["a", "a", "a"], &[]];

/// Lines made of what the readers look at, which random text hardly ever hits.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", ":", ",", "\"", "'", "\\", "=", " ", "\t", "\n", "a", "b", "a=",
        "\"a\":", "\"b\" : ", "{\"a\":{", "None", "null", "1", "\\u", "d83d", "\\ude00", "\\x4",
        "é", "😀", "\u{fffd}", "\u{a0}", "\u{0}", "a='x' ", "b=\"y\" ",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn any_line() -> impl Strategy<Value = String> {
    let bytes = prop::collection::vec(any::<u8>(), 0..80);
    prop_oneof![
        hostile(),
        any::<String>(),
        bytes.prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

/// JSON objects; a map, so their keys are unique.
fn json_object() -> impl Strategy<Value = Value> {
    let text = "[^\u{fffd}]{0,8}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    let object = |inner| {
        let fields = prop::collection::btree_map("[^\u{fffd}]{1,4}", inner, 0..5);
        fields.prop_map(|fields: BTreeMap<String, Value>| Value::from_iter(fields))
    };
    let value = leaf.prop_recursive(3, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner),
        ]
    });
    object(value.boxed())
}

/// Every path of a document with its value, arrays not looked into.
fn leaves(document: &Value) -> Vec<(Path, &Value)> {
    let mut found = Vec::new();
    let mut open = vec![(Vec::new(), document)];
    while let Some((keys, value)) = open.pop() {
        for (key, value) in value.as_object().into_iter().flatten() {
            let mut keys = keys.clone();
            keys.push(key.clone());
            open.push((keys.clone(), value));
            found.push((Path(keys), value));
        }
    }
    found
}

/// The text of a value, none where Loki's differs from the raw one for a reason tested elsewhere.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) => Some(value.to_string()).filter(|raw| !raw.contains('\\')),
        _ => Some(value.to_string()),
    }
}

/// The quote that CPython takes.
fn python_quote(text: &str) -> char {
    if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    }
}

proptest! {
    #[test]
    fn no_line_breaks_a_reader(line in any_line()) {
        for format in Format::ALL {
            let together = read(format, &line, &PATHS);
            prop_assert!(together.iter().all(|value| value.as_deref() != Some("")));
            for (path, value) in PATHS.iter().zip(&together) {
                // The value of a path does not depend on what else is asked for.
                let alone = read(format, &line, &[path]);
                prop_assert_eq!(alone.first(), Some(value));
            }
        }
    }

    #[test]
    fn well_formed_json_reads_as_serde_reads_it(document in json_object()) {
        let line = document.to_string();
        let (paths, values): (Vec<_>, Vec<_>) = leaves(&document).into_iter().unzip();
        let extractor = Extractor::new(Format::Json, paths);
        let mut out = Vec::new();
        extractor.read(&line, &mut out);
        for (value, read) in values.into_iter().zip(&out) {
            if let Some(text) = text_of(value) {
                prop_assert_eq!(read.as_deref().unwrap_or_default(), text);
            }
        }
    }

    #[test]
    fn a_cut_off_line_gives_no_other_values(document in json_object(), cut in any::<prop::sample::Index>()) {
        let line = document.to_string();
        let kept: String = line.chars().take(cut.index(line.len())).collect();
        let paths = leaves(&document).into_iter().map(|(path, _)| path).collect();
        let extractor = Extractor::new(Format::Json, paths);
        let (mut whole, mut part) = (Vec::new(), Vec::new());
        extractor.read(&line, &mut whole);
        extractor.read(&kept, &mut part);
        for (whole, part) in whole.into_iter().zip(part) {
            // A number may be cut in its middle.
            let part = part.unwrap_or_default();
            prop_assert!(whole.unwrap_or_default().starts_with(part.as_ref()));
        }
    }

    #[test]
    fn what_python_writes_is_read_back(text in any_line()) {
        for quote in ['\'', '"', python_quote(&text)] {
            let literal = python_repr(&text, quote);
            prop_assert_eq!(python_unescape(&literal), text.as_str());
            let line = format!("a='k=1 ' k={quote}{literal}{quote} b=2");
            let expected = [Some(text.clone()).filter(|text| !text.is_empty()), Some("2".to_owned())];
            prop_assert_eq!(read(Format::Tskv, &line, &[&["k"], &["b"]]), expected);
        }
    }

    #[test]
    fn notations_never_fail_badly(notation in any_line()) {
        for path in Path::parse_key(&notation).into_iter().flatten() {
            prop_assert!(path.0.iter().all(|key| !key.is_empty()));
        }
        let array = serde_json::to_string(&[&notation]).expect("an array of one string");
        let keys = Path::parse_key(&array);
        if !notation.is_empty() && !notation.contains('\u{fffd}') && !notation.contains(char::is_control) {
            prop_assert_eq!(keys, Ok(vec![Path(vec![notation])]));
        }
    }
}
