//! Names and values: a stream's labels, an entry's metadata.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::text::AppendTo;

/// Name and value pairs, sorted by name, each name once; of a name that came twice the last counts.
///
/// One allocation holds all texts, since an answer has a set for every line.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Pairs {
    text: Box<str>,
    /// The ends of first name, first value, second name, ….
    ends: Box<[u32]>,
}

impl Pairs {
    /// Returns the pairs in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.as_chunks().0.iter().map(move |[name_end, end]| {
            let (name_end, end) = (*name_end as usize, *end as usize);
            let name = self.text.get(start..name_end).unwrap_or_default();
            let value = self.text.get(name_end..end).unwrap_or_default();
            start = end;
            (name, value)
        })
    }

    /// Returns the value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    }

    /// Returns the bytes of all names and values.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut draft = Draft::default();
        for (name, value) in pairs {
            draft.text.push_str(name.as_ref());
            let name_end = draft.text.len();
            draft.text.push_str(value.as_ref());
            draft.ends.push([name_end as u32, draft.text.len() as u32]);
        }
        draft.finish()
    }
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Pairs as they came.
#[derive(Default, PartialEq)]
struct Draft {
    text: String,
    /// The end of each name and of each value.
    ends: Vec<[u32; 2]>,
}

impl Draft {
    fn finish(&self) -> Pairs {
        let mut start = 0;
        let spans = self.ends.iter().map(|[name_end, end]| {
            let (name_end, end) = (*name_end as usize, *end as usize);
            let name = self.text.get(start..name_end).unwrap_or_default();
            let value = self.text.get(name_end..end).unwrap_or_default();
            start = end;
            (name, value)
        });
        let mut pairs: Vec<(&str, &str)> = spans.collect();
        pairs.sort_by(|a, b| a.0.cmp(b.0));
        pairs.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        let mut text = String::with_capacity(self.text.len());
        let mut ends = Vec::with_capacity(2 * pairs.len());
        for (name, value) in pairs {
            for part in [name, value] {
                text.push_str(part);
                ends.push(text.len() as u32);
            }
        }
        Pairs {
            text: text.into(),
            ends: ends.into(),
        }
    }
}

/// Shares equal sets of pairs among the lines of an answer.
///
/// It knows the last few sets: lines that have nothing but a detected level have one of a handful.
#[derive(Default)]
pub(super) struct Sharing {
    draft: Draft,
    known: Vec<(Draft, Arc<Pairs>)>,
    /// The next of the known ones to forget.
    oldest: usize,
    none: Arc<Pairs>,
}

/// More than this are slower to look through than one set is to make.
const MOST_KNOWN: usize = 8;

impl Sharing {
    /// The set without pairs.
    pub fn none(&self) -> Arc<Pairs> {
        Arc::clone(&self.none)
    }

    fn shared(&mut self) -> Arc<Pairs> {
        if self.draft.ends.is_empty() {
            return self.none();
        }
        if let Some((_, pairs)) = self.known.iter().find(|(draft, _)| *draft == self.draft) {
            return Arc::clone(pairs);
        }
        let pairs = Arc::new(self.draft.finish());
        let draft = std::mem::take(&mut self.draft);
        let entry = (draft, Arc::clone(&pairs));
        match self.known.get_mut(self.oldest) {
            Some(slot) => *slot = entry,
            None => self.known.push(entry),
        }
        self.oldest = (self.oldest + 1) % MOST_KNOWN;
        pairs
    }
}

/// Reads an object of names and values, or `null`.
pub(super) struct PairsOf<'s>(pub &'s mut Sharing);

impl<'de> DeserializeSeed<'de> for PairsOf<'_> {
    type Value = Arc<Pairs>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PairsOf<'_> {
    type Value = Arc<Pairs>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of label names and values")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(self.0.none())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Draft { text, ends } = &mut self.0.draft;
        text.clear();
        ends.clear();
        while map.next_key_seed(AppendTo(text))?.is_some() {
            let name_end = text.len() as u32;
            map.next_value_seed(AppendTo(text))?;
            ends.push([name_end, text.len() as u32]);
        }
        Ok(self.0.shared())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_sorted_and_the_last_of_a_name_counts() {
        let pairs: Pairs = [("b", "1"), ("a", "2"), ("b", "3")].into_iter().collect();
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!((pairs.get("b"), pairs.get("c")), (Some("3"), None));
    }

    #[test]
    fn equal_sets_are_shared_and_others_are_not() {
        let mut sharing = Sharing::default();
        let mut read = |json: &str| {
            let mut deserializer = serde_json::Deserializer::from_str(json);
            PairsOf(&mut sharing)
                .deserialize(&mut deserializer)
                .unwrap()
        };
        let first = read(r#"{"a":"1","b":"2"}"#);
        for other in [r#"{"a":"12","b":""}"#, r#"{"a1":"","b":"2"}"#, "null"] {
            assert_ne!(read(other), first);
        }
        assert!(Arc::ptr_eq(&first, &read(r#"{"a":"1","b":"2"}"#)));
        for number in 0..2 * MOST_KNOWN {
            let set = read(&format!(r#"{{"a":"{number}"}}"#));
            assert_eq!(set.get("a"), Some(number.to_string().as_str()));
        }
    }
}
