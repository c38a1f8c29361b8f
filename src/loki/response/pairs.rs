//! Names and values: a stream's labels, an entry's metadata.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::recent::Recent;

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
        let pairs = self.ends.as_chunks().0;
        let starts_at = |at: usize| match at.checked_sub(1).and_then(|before| pairs.get(before)) {
            Some([_, end]) => *end as usize,
            None => 0,
        };
        let name_of =
            |at: usize, [name_end, _]: &[u32; 2]| self.text.get(starts_at(at)..*name_end as usize);
        let (mut from, mut to) = (0, pairs.len());
        while from < to {
            let middle = from.midpoint(to);
            let ends = pairs.get(middle)?;
            match name_of(middle, ends)?.cmp(name) {
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
                Ordering::Equal => return self.text.get(ends[0] as usize..ends[1] as usize),
            }
        }
        None
    }

    /// Returns the bytes that the pairs take, with the counts of an [`Arc`] around them.
    pub(super) fn memory(&self) -> usize {
        self.text.len() + size_of_val::<[u32]>(&self.ends) + size_of::<Self>() + 16
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
            draft.add(name.as_ref(), value.as_ref());
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
    fn add(&mut self, name: &str, value: &str) {
        self.text.push_str(name);
        let name_end = self.text.len() as u32;
        self.text.push_str(value);
        self.ends.push([name_end, self.text.len() as u32]);
    }

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

/// The number of the set without pairs.
pub(super) const NONE: u32 = 0;

/// The sets of pairs of an answer; lines that have equal ones share them.
///
/// It knows the last few: lines that have nothing but a detected level have one of a handful.
pub(super) struct Sharing {
    draft: Draft,
    sets: Vec<Arc<Pairs>>,
    known: Recent<(Draft, u32)>,
}

impl Default for Sharing {
    fn default() -> Self {
        Self {
            draft: Draft::default(),
            sets: vec![Arc::default()],
            known: Recent::default(),
        }
    }
}

impl Sharing {
    /// Begins a set.
    pub fn begin(&mut self) {
        self.draft.text.clear();
        self.draft.ends.clear();
    }

    /// Adds a pair to the set.
    pub fn add(&mut self, name: &str, value: &str) {
        self.draft.add(name, value);
    }

    /// Ends the set and returns its number.
    pub fn shared(&mut self) -> u32 {
        if self.draft.ends.is_empty() {
            return NONE;
        }
        if let Some((_, set)) = self.known.iter().find(|(draft, _)| *draft == self.draft) {
            return *set;
        }
        let set = self.sets.len() as u32;
        self.sets.push(Arc::new(self.draft.finish()));
        self.known.keep((std::mem::take(&mut self.draft), set));
        set
    }

    /// Returns all sets, by their numbers.
    pub fn sets(self) -> Vec<Arc<Pairs>> {
        self.sets
    }
}

#[cfg(test)]
mod tests {
    use super::super::recent::MOST_KEPT;
    use super::*;

    #[test]
    fn pairs_are_sorted_and_the_last_of_a_name_counts() {
        let pairs: Pairs = [("b", "1"), ("a", "2"), ("b", "3")].into_iter().collect();
        assert_eq!(pairs.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!((pairs.get("b"), pairs.get("c")), (Some("3"), None));
        let names: Vec<String> = (0..9).map(|number| format!("n{number}")).collect();
        for most in 0..names.len() {
            let pairs: Pairs = names.iter().take(most).map(|name| (name, name)).collect();
            for (number, name) in names.iter().enumerate() {
                let expected = (number < most).then_some(name.as_str());
                assert_eq!(pairs.get(name), expected, "{name} of {most}");
            }
            assert_eq!((pairs.get(""), pairs.get("n")), (None, None));
        }
    }

    #[test]
    fn equal_sets_are_shared_and_others_are_not() {
        let mut sharing = Sharing::default();
        let mut read = |pairs: &[(&str, &str)]| {
            sharing.begin();
            for (name, value) in pairs {
                sharing.add(name, value);
            }
            sharing.shared()
        };
        let both = [("a", "1"), ("b", "2")];
        let first = read(&both);
        for other in [[("a", "12"), ("b", "")], [("a1", ""), ("b", "2")]] {
            assert_ne!(read(&other), first);
        }
        assert_eq!(read(&[]), NONE);
        assert_eq!(read(&both), first);
        let numbers: Vec<String> = (0..2 * MOST_KEPT).map(|n| n.to_string()).collect();
        let sets: Vec<u32> = numbers.iter().map(|n| read(&[("a", n)])).collect();
        let kept = sharing.sets();
        for (number, set) in numbers.iter().zip(sets) {
            assert_eq!(kept[set as usize].get("a"), Some(number.as_str()));
        }
    }
}
