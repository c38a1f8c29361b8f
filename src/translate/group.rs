//! Which group a series is of: each field's value is in the first of its places that is not empty.

use super::place::Place;
use crate::line::python_unescape;
use crate::logql::LabelName;
use crate::schema::{Field, Role, System};

/// The places of each field that an answer is grouped by, in order, as labels of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLabels(pub(super) Vec<Vec<Place>>);

impl GroupLabels {
    /// Reads the group of a series: a value for each of `fields`, which are those of the question.
    /// `label` returns a label's value. A level is the canonical one, and never absent.
    pub fn read<'l>(
        &self,
        fields: &[Field],
        system: &System,
        label: impl Fn(&str) -> Option<&'l str>,
    ) -> Vec<Option<String>> {
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
        let group = |(field, places): (&Field, &Vec<Place>)| {
            let value = places.iter().find_map(value_in);
            if field.role == Some(Role::Level) {
                let raw = value.unwrap_or_default();
                return Some(system.levels.canonical(&raw).as_str().to_owned());
            }
            value
        };
        fields.iter().zip(&self.0).map(group).collect()
    }
}
