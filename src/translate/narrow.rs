//! Byte searches in front of the parser: they leave out the lines that cannot have a value or a key, and
//! decide nothing.

use super::condition::{Condition, Test};
use super::place::{self, Extraction, Place};
use crate::line::Format;
use crate::logql::{LabelName, LineOp, Predicate, Stage, TextOp, quote};
use crate::schema::Field;

/// More alternatives than this make a line filter slower than none (measured: loki-facts.md).
const MOST_LINE_FILTER_VALUES: usize = 3;
/// The shortest beginning of a value and of a key, in bytes, that says as good as all of it: ids are often
/// numbered behind a prefix that all of them have, keys hardly ever.
const LEAST_OF_VALUE: usize = 7;
const LEAST_OF_KEY: usize = 2;

/// Returns the byte search that narrows an equality, where the value can only be in the line.
pub(super) fn line_filter(condition: &Condition, format: Format) -> Option<Stage> {
    let texts = searchable_texts(condition, format)?;
    place::is_line_only(&condition.field).then(|| Stage::Line(LineOp::Contains, texts.to_vec()))
}

/// Returns the same where the value can be a label or metadata as well. A line filter cannot be an
/// alternative to a label filter; what follows the text in the line can, and is a byte search too.
pub(super) fn by_value(
    condition: &Condition,
    places: &[Place],
    format: Format,
    extraction: &mut Extraction,
) -> Option<Vec<Stage>> {
    let texts = searchable_texts(condition, format)?;
    let field = &condition.field;
    if place::is_line_only(field)
        || field.line_paths().next().is_none()
        || !place::is_nameable(field)
    {
        return None;
    }
    let outside = outside_lines(places, extraction);
    let mut stages = Vec::new();
    let mut anywhere = Vec::new();
    for text in texts {
        let equal = |name: &LabelName| Predicate::Text(name.clone(), TextOp::Equal, text.clone());
        anywhere.extend(outside.iter().map(equal));
        let (stage, found) = found(text, LEAST_OF_VALUE, extraction.computed("found"));
        stages.push(stage);
        anywhere.push(found);
    }
    stages.push(Stage::Filter(Predicate::any(anywhere)));
    Some(stages)
}

/// Returns the names of the places that are no part of a line: labels and metadata.
fn outside_lines(places: &[Place], extraction: &Extraction) -> Vec<LabelName> {
    let extracted = extraction.names();
    let names = places.iter().flat_map(Place::names);
    names.filter(|name| !extracted.contains(name)).collect()
}

/// Returns a stage and a predicate that together keep the lines with a text, or hardly more: what follows
/// all of the text but its last byte is never empty, even where the line ends with the text. Where that
/// says too little, with fewer bytes than `least`, the text itself is captured.
fn found(text: &str, least: usize, name: LabelName) -> (Stage, Predicate) {
    let present = Predicate::present(&name);
    let start = text
        .get(..text.len().saturating_sub(1))
        .filter(|start| start.len() >= least && !start.contains('<'));
    let stage = match start {
        Some(start) => Stage::After(start.to_owned(), name),
        None => Stage::Regexp(format!("(?P<{name}>{})", quote::regex_literal(text))),
    };
    (stage, present)
}

/// Says why a text lacks its end.
pub(super) fn left_to_catch(stage: &Stage) -> &'static str {
    match stage {
        Stage::After(..) => " (its last letter is left to be caught behind it)",
        _ => "",
    }
}

/// Returns the stages that leave out lines which cannot have the field, by the bytes of its key. In JSON
/// a letter of a key can also be written as `\u00..`, so lines with such an escape stay.
pub(super) fn by_key(
    field: &Field,
    places: &[Place],
    format: Format,
    extraction: &mut Extraction,
) -> Vec<Stage> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let mut keys = Vec::new();
    for path in field.line_paths() {
        let key = path.0.last().map(String::as_str).unwrap_or_default();
        let key = key.rsplit('.').next().unwrap_or_default();
        if key.is_empty() || !key.bytes().all(plain) {
            return Vec::new();
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    match format {
        Format::Json => keys.push("\\u00"),
        Format::Tskv => {}
        // logfmt compares keys in a form of its own, and plain text has none.
        Format::Logfmt | Format::Text => return Vec::new(),
    }
    if keys.len() > MOST_LINE_FILTER_VALUES
        || field.line_paths().next().is_none()
        || !place::is_nameable(field)
    {
        return Vec::new();
    }
    if place::is_line_only(field) {
        let keys = keys.into_iter().map(str::to_owned).collect();
        return vec![Stage::Line(LineOp::Contains, keys)];
    }
    let outside = outside_lines(places, extraction);
    let mut anywhere: Vec<Predicate> = outside.iter().map(Predicate::present).collect();
    let mut stages = Vec::new();
    for key in keys {
        let (stage, found) = found(key, LEAST_OF_KEY, extraction.computed("key"));
        stages.push(stage);
        anywhere.push(found);
    }
    stages.push(Stage::Filter(Predicate::any(anywhere)));
    stages
}

/// Returns the texts of an equality if they stand in lines as they are: letters, digits and
/// `_ . : -` are never escaped.
fn searchable_texts(condition: &Condition, format: Format) -> Option<&[String]> {
    let Test::OneOf(texts) = &condition.test else {
        return None;
    };
    let plain = |text: &String| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
    };
    let worth =
        format != Format::Text && texts.len() <= MOST_LINE_FILTER_VALUES && texts.iter().all(plain);
    worth.then_some(texts)
}
