//! Which group a series is of: each field's value is in the first of its places that is not empty.

use super::place::Place;
use crate::line::python_unescape;
use crate::logql::LabelName;
use crate::schema::{Decimal, Field, FieldType, Role, System, value};

/// The places of each field that an answer is grouped by, in order, as labels of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLabels {
    /// The label that says of which query a series is: absent for the first, `1` for the second.
    pub(super) mark: LabelName,
    /// For each query the places of each field.
    pub(super) queries: Vec<Vec<Vec<Place>>>,
}

impl GroupLabels {
    /// Reads the texts of a series' group, one for each field of the question, as the lines have them.
    /// `label` returns a label's value.
    pub fn texts<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> Vec<Option<String>> {
        let there = |name: &LabelName| label(name.as_str()).filter(|value| !value.is_empty());
        let value_in = |place: &Place| match place {
            Place::Plain(name) => there(name).map(str::to_owned),
            Place::Repr {
                single,
                double,
                bare,
            } => {
                let quoted = there(single).or_else(|| there(double));
                let quoted = quoted.map(|text| python_unescape(text).into_owned());
                quoted.or_else(|| there(bare).map(str::to_owned))
            }
        };
        let mark = there(&self.mark).and_then(|number| number.parse::<usize>().ok());
        let places = self.queries.get(mark.unwrap_or_default());
        let places = places.map(Vec::as_slice).unwrap_or_default();
        let texts = places.iter().map(|places| places.iter().find_map(value_in));
        texts.collect()
    }

    /// Reads the group of a series: a value for each of `fields`, which are those of the question. A
    /// level is the canonical one, and never absent; numbers and truths have one spelling each.
    pub fn read<'l>(
        &self,
        fields: &[Field],
        system: &System,
        label: impl Fn(&str) -> Option<&'l str>,
    ) -> Vec<Option<String>> {
        let texts = self.texts(label);
        let group = |(field, text): (&Field, Option<String>)| group_of(field, text, system);
        fields.iter().zip(texts).map(group).collect()
    }
}

/// Returns the group that a text of the field belongs to: texts that filters take for the same are one.
pub fn group_of(field: &Field, text: Option<String>, system: &System) -> Option<String> {
    if field.role == Some(Role::Level) {
        let raw = text.unwrap_or_default();
        return Some(system.levels.canonical(&raw).as_str().to_owned());
    }
    let text = text?;
    let value = match field.kind {
        FieldType::Number => Decimal::new(&text).map(|number| number.to_string()),
        FieldType::Bool => value::boolean(&text).map(|truth| truth.to_string()),
        _ => None,
    };
    Some(value.unwrap_or(text))
}
