//! How large a system may be: what is larger is an error that names the part, says what is there and
//! what is allowed.

use super::{OneOrMany, RawField, RawSystem, SchemaError};

/// The most fields of a system.
const MOST_FIELDS: usize = 500;
/// The most sources, and the most keys, of a field.
const MOST_PLACES: usize = 32;
/// The most words for levels.
const MOST_WORDS: usize = 1000;
/// The longest name of a system, a field, a unit or a level's word, in bytes.
const LONGEST_NAME: usize = 256;
/// The longest selector, key, source or description, in bytes.
const LONGEST_TEXT: usize = 4096;

/// Refuses a system of which any part is too large.
pub(super) fn check(system: &RawSystem) -> Result<(), SchemaError> {
    length("name", &system.name, LONGEST_NAME)?;
    length("selector", &system.selector, LONGEST_TEXT)?;
    count("fields", system.fields.len(), MOST_FIELDS)?;
    for (index, field) in system.fields.iter().enumerate() {
        check_field(index, field)?;
    }
    let levels = system.error_levels.as_ref().map_or(0, Vec::len);
    count("errorLevels", levels, MOST_WORDS)?;
    count("levelMap", system.level_map.len(), MOST_WORDS)?;
    for word in system.level_map.keys() {
        length("levelMap", word, LONGEST_NAME)?;
    }
    Ok(())
}

fn check_field(index: usize, field: &RawField) -> Result<(), SchemaError> {
    let at = |part: &str| format!("fields[{index}].{part}");
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    length(&at("name"), &field.name, LONGEST_NAME)?;
    length(&at("unit"), &text(&field.unit), LONGEST_NAME)?;
    length(&at("description"), &text(&field.description), LONGEST_TEXT)?;
    for (part, places) in [("source", &field.source), ("key", &field.key)] {
        let places = places.as_ref().map_or(&[][..], OneOrMany::as_slice);
        count(&at(part), places.len(), MOST_PLACES)?;
        for place in places {
            length(&at(part), place, LONGEST_TEXT)?;
        }
    }
    Ok(())
}

fn count(at: &str, entries: usize, most: usize) -> Result<(), SchemaError> {
    if entries <= most {
        return Ok(());
    }
    let problem = format!("has {entries} entries: at most {most} are allowed");
    Err(SchemaError::new(at, problem))
}

fn length(at: &str, text: &str, longest: usize) -> Result<(), SchemaError> {
    if text.len() <= longest {
        return Ok(());
    }
    let start: String = text.chars().take(50).collect();
    let problem = format!(
        "has {} bytes, beginning {start:?}: at most {longest} are allowed",
        text.len()
    );
    Err(SchemaError::new(at, problem))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::schema::System;

    fn system(key: &str, value: Value) -> Result<System, SchemaError> {
        let mut system = json!({ "preset": "ginkgo", "name": "s" });
        system[key] = value;
        System::try_from(serde_json::from_value::<RawSystem>(system).unwrap())
    }

    #[test]
    fn every_bound_is_kept_and_said() {
        let fields = |count: usize| -> Value {
            let field = |n| json!({ "name": format!("f{n}") });
            (0..count).map(field).collect()
        };
        let field = |key: &str, value: Value| {
            let mut field = json!({ "name": "f" });
            field[key] = value;
            json!([field])
        };
        let many = |count: usize| Value::from(vec!["line"; count]);
        let words = |count: usize| -> Value {
            let word = |n| (format!("w{n}"), json!("info"));
            Value::Object((0..count).map(word).collect())
        };
        let text = |bytes: usize| "x".repeat(bytes);
        let selector = |bytes: usize| json!(format!("{{a=\"{}\"}}", text(bytes - 6)));
        let long = |bytes: usize, most: usize| {
            let start = text(50);
            format!("has {bytes} bytes, beginning \"{start}\": at most {most} are allowed")
        };
        for (key, right, wrong, said) in [
            (
                "name",
                json!(text(256)),
                json!(text(257)),
                format!("name {}", long(257, 256)),
            ),
            (
                "selector",
                selector(4096),
                selector(4097),
                format!(
                    "selector has 4097 bytes, beginning \"{{a=\\\"{}\": at most 4096 are allowed",
                    text(46)
                ),
            ),
            (
                "fields",
                fields(500),
                fields(501),
                "fields has 501 entries: at most 500 are allowed".to_owned(),
            ),
            (
                "fields",
                field("name", json!(text(256))),
                field("name", json!(text(257))),
                format!("fields[0].name {}", long(257, 256)),
            ),
            (
                "fields",
                field("unit", json!(text(256))),
                field("unit", json!(text(257))),
                format!("fields[0].unit {}", long(257, 256)),
            ),
            (
                "fields",
                field("description", json!(text(4096))),
                field("description", json!(text(4097))),
                format!("fields[0].description {}", long(4097, 4096)),
            ),
            (
                "fields",
                field("key", json!(text(4096))),
                field("key", json!(text(4097))),
                format!("fields[0].key {}", long(4097, 4096)),
            ),
            (
                "fields",
                field("source", many(32)),
                field("source", many(33)),
                "fields[0].source has 33 entries: at most 32 are allowed".to_owned(),
            ),
            (
                "levelMap",
                words(1000),
                words(1001),
                "levelMap has 1001 entries: at most 1000 are allowed".to_owned(),
            ),
            (
                "errorLevels",
                Value::from(vec!["error"; 1000]),
                Value::from(vec!["error"; 1001]),
                "errorLevels has 1001 entries: at most 1000 are allowed".to_owned(),
            ),
        ] {
            let kept = system(key, right);
            assert!(kept.is_ok(), "{said}: {kept:?}");
            assert_eq!(system(key, wrong).unwrap_err().to_string(), said);
        }
    }
}
