//! Labels that tell streams apart for a person: not those whose values are all ids or numbers.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{StreamMatcher, Tenant};

/// Labels that count whatever their values are.
const ALWAYS: [&str; 4] = ["cluster", "namespace", "instance", "pod"];

/// Returns labels with the number of their values, by name.
pub fn labels(tenant: &Tenant, matchers: &[StreamMatcher]) -> Vec<(String, usize)> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (labels, _) in tenant.shares(matchers, i64::MIN, i64::MAX) {
        for (name, value) in labels.iter() {
            known.entry(name.clone()).or_default().insert(value.clone());
        }
    }
    let tells = |name: &str, values: &BTreeSet<String>| {
        ALWAYS.contains(&name) || values.iter().any(|value| !is_id(value))
    };
    known
        .into_iter()
        .filter(|(name, values)| tells(name, values))
        .map(|(name, values)| (name, values.len()))
        .collect()
}

/// Says whether a value is a number or a UUID.
fn is_id(value: &str) -> bool {
    value.parse::<f64>().is_ok() || is_uuid(value)
}

fn is_uuid(value: &str) -> bool {
    let value = value.strip_prefix("urn:uuid:").unwrap_or(value);
    let has_dashes = value.len() == 36;
    let is_right = |(place, c): (usize, char)| {
        if has_dashes && [8, 13, 18, 23].contains(&place) {
            c == '-'
        } else {
            c.is_ascii_hexdigit()
        }
    };
    (has_dashes || value.len() == 32) && value.char_indices().all(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for value in [
            "550e8400-e29b-41d4-a716-446655440000",
            "550e8400e29b41d4a716446655440000",
            "5",
            "-1.5",
            "1234567890123",
        ] {
            assert!(is_id(value), "{value}");
        }
        for value in ["5x", "deadbeef", "", "a"] {
            assert!(!is_id(value), "{value}");
        }
    }
}
