//! Label sets: grouping, matching, replacing.

use crate::pipeline::LabelSet;
use crate::syntax::Grouping;

/// Returns the value of a label; one that is absent is empty.
pub(super) fn value<'l>(labels: &'l LabelSet, name: &str) -> &'l str {
    let found = labels.binary_search_by(|(known, _)| known.as_str().cmp(name));
    let pair = found.ok().and_then(|at| labels.get(at));
    pair.map_or("", |(_, value)| value.as_str())
}

/// Sets a label; an empty value removes it.
pub(super) fn set(labels: &mut LabelSet, name: &str, value: &str) {
    match labels.binary_search_by(|(known, _)| known.as_str().cmp(name)) {
        Ok(at) if value.is_empty() => drop(labels.remove(at)),
        Ok(at) => {
            if let Some((_, known)) = labels.get_mut(at) {
                value.clone_into(known);
            }
        }
        Err(_) if value.is_empty() => {}
        Err(at) => labels.insert(at, (name.to_owned(), value.to_owned())),
    }
}

/// Returns the labels whose values are not empty.
pub(super) fn without_empty(labels: &LabelSet) -> LabelSet {
    let full = labels.iter().filter(|(_, value)| !value.is_empty());
    full.cloned().collect()
}

/// Returns the labels of a group. `by` keeps empty labels, so that a group without the label and one where
/// it is empty are two; `without` drops them.
pub(super) fn grouped(labels: &LabelSet, grouping: Option<&Grouping>) -> LabelSet {
    let Some(grouping) = grouping else {
        return LabelSet::new();
    };
    let named = |name: &String| grouping.labels.contains(name);
    let kept = labels.iter().filter(|(name, value)| {
        if grouping.without {
            !value.is_empty() && !named(name)
        } else {
            named(name)
        }
    });
    kept.cloned().collect()
}

/// Returns what two series must have in common to match: the labels named by `on`, or all but those named by
/// `ignoring`. Empty labels count for nothing.
pub(super) fn signature(labels: &LabelSet, matching: Option<&Grouping>) -> LabelSet {
    let kept = labels.iter().filter(|(name, value)| {
        let named = || matching.is_some_and(|m| m.labels.contains(name));
        let ignoring = matching.is_none_or(|m| m.without);
        !value.is_empty() && (named() != ignoring)
    });
    kept.cloned().collect()
}
