//! The last few of something that comes again and again.

use std::ops::{Deref, DerefMut};

/// How many are kept: more are slower to look through than one is to make anew. Neighbouring lines of
/// an answer have one of a handful of labels and metadata.
pub(super) const MOST_KEPT: usize = 8;

/// The last few that were kept, in no order.
#[derive(Debug)]
pub struct Recent<T> {
    items: Vec<T>,
    /// The next to forget.
    oldest: usize,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            oldest: 0,
        }
    }
}

impl<T> Recent<T> {
    /// Keeps one more, in the place of the oldest when there are enough; returns its place.
    pub fn keep(&mut self, item: T) -> usize {
        let place = self.oldest;
        match self.items.get_mut(place) {
            Some(slot) => *slot = item,
            None => self.items.push(item),
        }
        self.oldest = (place + 1) % MOST_KEPT;
        place
    }
}

impl<T> Deref for Recent<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> DerefMut for Recent<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut recent = Recent::default();
        for number in 0..MOST_KEPT {
            assert_eq!(recent.keep(number), number);
        }
        assert_eq!(recent.keep(100), 0);
        assert_eq!(recent.keep(101), 1);
        assert_eq!(recent[..3], [100, 101, 2]);
        assert_eq!(recent.len(), MOST_KEPT);
    }
}
