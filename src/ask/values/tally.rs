//! Values and how often they were seen.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::request::Asked;
use crate::schema::{Field, System};

/// The values found so far.
#[derive(Debug, Default)]
pub struct Tally {
    values: HashMap<String, f64>,
    places: BTreeSet<&'static str>,
    /// Whether values came that nobody counted.
    pub uncounted: bool,
    /// Whether values were read off some of the lines only.
    pub sampled: bool,
    /// What the user must know.
    pub notices: Vec<String>,
}

impl Tally {
    /// Adds a value, and how often it was counted; `place` is empty where it stands nowhere.
    pub fn add(&mut self, value: &str, count: Option<f64>, place: &'static str) {
        if !place.is_empty() {
            self.places.insert(place);
        }
        let count = count.unwrap_or_default();
        match self.values.get_mut(value) {
            Some(known) => *known += count,
            None => drop(self.values.insert(value.to_owned(), count)),
        }
    }

    /// Returns the answer: the most frequent values, then by value.
    pub fn finish(
        mut self,
        asked: &Asked,
        system: &System,
        field: &Field,
        is_known: bool,
    ) -> Value {
        let mut values: Vec<(String, f64)> = self.values.drain().collect();
        values.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        if values.is_empty() && asked.contains.is_none() {
            let (name, system) = (&field.name, &system.name);
            self.notices.push(if is_known {
                format!("no line of the range has a value of field \"{name}\"")
            } else {
                format!(
                    "field \"{name}\" is not in the schema of system \"{system}\", and no line of the range has it"
                )
            });
        }
        let has_counts = !self.uncounted && !self.sampled;
        let complete = !self.sampled && values.len() <= asked.limit;
        values.truncate(asked.limit);
        let values = values.into_iter().map(|(value, count)| {
            let count = has_counts.then_some(count.round() as u64);
            json!({ "value": value, "count": count })
        });
        let places: Vec<&str> = self.places.iter().copied().collect();
        let mut seen = BTreeSet::new();
        self.notices.retain(|notice| seen.insert(notice.clone()));
        json!({
            "field": field.name,
            "system": system.name,
            "type": field.kind.as_str(),
            "values": values.collect::<Vec<_>>(),
            "from": match places.as_slice() {
                [] => None,
                [only] => Some(*only),
                _ => Some("mixed"),
            },
            "complete": complete,
            "sampled": self.sampled,
            "notices": self.notices,
        })
    }
}
