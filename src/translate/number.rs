//! Conditions on numbers. The obvious LogQL is wrong: a line whose label is absent, no number, or
//! carries an old error mark passes every numeric filter. So: nothing but numbers may reach the
//! comparison, and what does not fit a float (`1e999`) is thrown out behind it.

use super::place::{Extraction, Place};
use super::text;
use crate::logql::{Comparison, LabelName, Predicate, Stage, TextOp};
use crate::schema::{Field, value::NUMBER};

/// Returns the stages that keep lines whose value is a number that compares so with one of `numbers`.
pub fn holds(
    field: &Field,
    places: &[Place],
    op: Comparison,
    numbers: &[f64],
    extraction: &mut Extraction,
) -> Option<Vec<Stage>> {
    let (name, mut stages) = one_name(field, places, true, extraction)?;
    let compare = |number: &f64| Predicate::Number(name.clone(), op, *number);
    stages.push(Stage::Filter(is_number(&name)));
    let comparisons = numbers.iter().map(compare).collect();
    stages.push(Stage::Filter(Predicate::any(comparisons)));
    stages.extend(no_error_mark());
    Some(stages)
}

/// Returns the stages that keep lines whose value is no number, or none of `numbers`.
pub fn fails(
    field: &Field,
    places: &[Place],
    numbers: &[f64],
    extraction: &mut Extraction,
) -> Option<Vec<Stage>> {
    let (name, mut stages) = one_name(field, places, false, extraction)?;
    let differs = |number: &f64| Predicate::Number(name.clone(), Comparison::NotEqual, *number);
    let no_number = Predicate::Text(name.clone(), TextOp::NotMatches, NUMBER.to_owned());
    let all_differ = Predicate::all(numbers.iter().map(differs).collect());
    stages.push(Stage::Filter(Predicate::any(vec![no_number, all_differ])));
    stages.push(Stage::drop_error_marks());
    Some(stages)
}

/// Brings the value under one name. Numeric comparisons over two places lose or keep rows by the
/// order of operands, so several places are joined by a template.
fn one_name(
    field: &Field,
    places: &[Place],
    only_present: bool,
    extraction: &mut Extraction,
) -> Option<(LabelName, Vec<Stage>)> {
    let names: Vec<LabelName> = places.iter().flat_map(Place::names).collect();
    if let [name] = names.as_slice() {
        return Some((name.clone(), Vec::new()));
    }
    let mut stages = Vec::new();
    if only_present {
        // Spares the template on lines without the field: it is the dear part.
        stages.push(Stage::Filter(text::exists(places)?));
    }
    let joined = extraction.computed(&format!("{}_number", field.name));
    stages.push(Stage::Coalesce(joined.clone(), names));
    Some((joined, stages))
}

fn is_number(name: &LabelName) -> Predicate {
    Predicate::Text(name.clone(), TextOp::Matches, NUMBER.to_owned())
}

fn no_error_mark() -> Option<Stage> {
    let mark = LabelName::new("__error__")?;
    Some(Stage::Filter(Predicate::absent(&mark)))
}
