//! Which group a series is of: each field's value is in the first of its places that is not empty.

use super::place::Place;
use crate::line::python_unescape;
use crate::logql::LabelName;
use crate::schema::{Field, Role, System};

/// The places of each field that an answer is grouped by, in order, as labels of its series.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupLabels {
    /// The label that says of which query a series is: absent for the first, `1` for the second.
    pub(super) mark: LabelName,
    /// For each query the places of each field.
    pub(super) queries: Vec<Vec<Vec<Place>>>,
}

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
        let mark = there(&self.mark).and_then(|number| number.parse::<usize>().ok());
        let places = self.queries.get(mark.unwrap_or_default());
        let places = places.map(Vec::as_slice).unwrap_or_default();
        fields.iter().zip(places).map(group).collect()
    }
}
