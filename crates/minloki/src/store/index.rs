//! Which streams a selector means.

use std::collections::{BTreeMap, BTreeSet};

use super::matcher::StreamMatcher;
use crate::pipeline::LabelSet;

/// Streams by label and value.
#[derive(Debug, Default)]
pub struct Index {
    by_name: BTreeMap<String, BTreeMap<String, Vec<u32>>>,
    streams: u32,
}

/// A stream that was selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Its number.
    pub stream: u32,
    /// How often its lines count ([`super::matcher`]).
    pub copies: u32,
}

impl Index {
    /// Adds a stream; its number is one more than that of the one before.
    pub fn add(&mut self, labels: &LabelSet) -> u32 {
        let stream = self.streams;
        for (name, value) in labels {
            let values = self.by_name.entry(name.clone()).or_default();
            values.entry(value.clone()).or_default().push(stream);
        }
        self.streams += 1;
        stream
    }

    /// Returns the names of labels.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// Returns the values of a label.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.by_name.get(name).into_iter();
        values.flat_map(BTreeMap::keys).map(String::as_str)
    }

    /// Returns the streams that satisfy all matchers, by number. `labels` says the labels of a stream.
    pub fn select<'l>(
        &self,
        matchers: &[StreamMatcher],
        labels: impl Fn(u32) -> Option<&'l LabelSet>,
    ) -> Vec<Hit> {
        let (looked_up, others): (Vec<_>, Vec<_>) =
            matchers.iter().partition(|matcher| matcher.is_looked_up());
        let mut hits: Option<BTreeMap<u32, u32>> = None;
        for matcher in looked_up {
            let found = self.look_up(matcher);
            hits = Some(match hits {
                None => found,
                Some(before) => intersection(&before, &found),
            });
        }
        let hits = hits.unwrap_or_else(|| (0..self.streams).map(|stream| (stream, 1)).collect());
        let satisfied = |stream: u32| {
            labels(stream).is_some_and(|labels| {
                others
                    .iter()
                    .all(|matcher| matcher.matches(value_of(labels, &matcher.name)))
            })
        };
        hits.into_iter()
            .filter(|(stream, _)| satisfied(*stream))
            .map(|(stream, copies)| Hit { stream, copies })
            .collect()
    }

    fn look_up(&self, matcher: &StreamMatcher) -> BTreeMap<u32, u32> {
        let mut hits = BTreeMap::new();
        let Some(values) = self.by_name.get(&matcher.name) else {
            return hits;
        };
        let mut add = |streams: &[u32]| {
            for stream in streams {
                *hits.entry(*stream).or_insert(0) += 1;
            }
        };
        match matcher.texts() {
            Some(texts) => {
                for text in texts {
                    if let Some(streams) = values.get(text) {
                        add(streams);
                    }
                }
            }
            None => {
                for (value, streams) in values {
                    if matcher.matches(value) {
                        add(streams);
                    }
                }
            }
        }
        hits
    }
}

/// Returns the streams of both, as often as the one that has them less often.
fn intersection(a: &BTreeMap<u32, u32>, b: &BTreeMap<u32, u32>) -> BTreeMap<u32, u32> {
    a.iter()
        .filter_map(|(stream, copies)| Some((*stream, *copies.min(b.get(stream)?))))
        .collect()
}

/// Returns a label's value; empty where it is absent. The set is sorted by name.
pub fn value_of<'l>(labels: &'l LabelSet, name: &str) -> &'l str {
    let place = labels.binary_search_by(|(label, _)| label.as_str().cmp(name));
    let found = place.ok().and_then(|place| labels.get(place));
    found.map_or("", |(_, value)| value.as_str())
}

/// Collects values that are given once each, sorted.
pub fn distinct<'v>(values: impl Iterator<Item = &'v str>) -> Vec<String> {
    let sorted: BTreeSet<&str> = values.collect();
    sorted.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{MatchOp, Matcher};

    fn set(labels: &[(&str, &str)]) -> LabelSet {
        labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn selected(streams: &[LabelSet], matchers: &[(&str, MatchOp, &str)]) -> Vec<(u32, u32)> {
        let mut index = Index::default();
        for stream in streams {
            index.add(stream);
        }
        let matchers: Vec<_> = matchers
            .iter()
            .map(|(name, op, value)| {
                let matcher = Matcher {
                    name: (*name).to_owned(),
                    op: *op,
                    value: (*value).to_owned(),
                };
                StreamMatcher::new(&matcher).unwrap()
            })
            .collect();
        let hits = index.select(&matchers, |stream| streams.get(stream as usize));
        hits.iter().map(|hit| (hit.stream, hit.copies)).collect()
    }

    #[test]
    fn selectors() {
        use MatchOp::{Equal, NotEqual, NotRegex, Regex};
        let streams = [
            set(&[("job", "a"), ("k", "1")]),
            set(&[("job", "a"), ("k", "2")]),
            set(&[("job", "b")]),
        ];
        for (name, matchers, hits) in [
            ("equal", &[("job", Equal, "a")][..], &[(0, 1), (1, 1)][..]),
            ("none", &[("job", Equal, "c")], &[]),
            ("both", &[("job", Equal, "a"), ("k", Equal, "2")], &[(1, 1)]),
            (
                "not",
                &[("job", Equal, "a"), ("k", NotEqual, "2")],
                &[(0, 1)],
            ),
            (
                "absent",
                &[("job", Regex, ".+"), ("k", Equal, "")],
                &[(2, 1)],
            ),
            (
                "or absent",
                &[("job", Regex, ".+"), ("k", Regex, "1|")],
                &[(0, 1), (2, 1)],
            ),
            ("not absent", &[("k", NotEqual, "")], &[(0, 1), (1, 1)]),
            (
                "twice",
                &[("job", Regex, "a|b|a")],
                &[(0, 2), (1, 2), (2, 1)],
            ),
            (
                "twice by two",
                &[("job", Regex, "a|a"), ("k", Regex, "1|2|1|2")],
                &[(0, 2), (1, 2)],
            ),
            (
                "twice and once",
                &[("job", Regex, "a|a"), ("k", Equal, "1")],
                &[(0, 1)],
            ),
            (
                "twice and any",
                &[("job", Regex, "a|a"), ("k", Regex, ".+")],
                &[(0, 1), (1, 1)],
            ),
            (
                "twice and not",
                &[("job", Regex, "a|a"), ("k", NotRegex, "3")],
                &[(0, 2), (1, 2)],
            ),
            (
                "twice in a group",
                &[("job", Regex, "(a|a)")],
                &[(0, 1), (1, 1)],
            ),
            ("nothing asked", &[], &[(0, 1), (1, 1), (2, 1)]),
        ] {
            assert_eq!(selected(&streams, matchers), hits, "{name}");
        }
    }
}
