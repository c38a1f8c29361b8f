//! What makes a row the same row in every run: a hash of its time, its text and what stands around it.

use std::sync::Arc;

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use super::row::is_internal;
use crate::loki::response::{Entry, Pairs};

/// The hash of a row is that of its line, seeded with the hash of its time and of what stands around
/// the line: labels without Loki's internal `__…__`, metadata without what Loki detects by itself.
/// Neighbours share labels and often metadata, whose hashes are kept.
#[derive(Default)]
pub struct Surroundings<'p> {
    labels: Option<(&'p Arc<Pairs>, u64)>,
    metadata: Option<(&'p Arc<Pairs>, u64)>,
}

impl<'p> Surroundings<'p> {
    /// Returns the hash of the stream's labels and that of the row.
    pub fn hashes(&mut self, entry: &Entry<'p>) -> (u64, u64) {
        let labels = kept(&mut self.labels, entry.labels, |name| !is_internal(name));
        let metadata = kept(&mut self.metadata, entry.metadata, |name| {
            !name.starts_with("detected_")
        });
        let mut around = [0; 24];
        let parts = [labels, metadata, entry.timestamp_ns.cast_unsigned()];
        for (bytes, part) in around.as_chunks_mut().0.iter_mut().zip(parts) {
            *bytes = part.to_le_bytes();
        }
        let seed = xxh3_64_with_seed(&around, 0);
        (labels, xxh3_64_with_seed(entry.line.as_bytes(), seed))
    }
}

fn kept<'p>(
    slot: &mut Option<(&'p Arc<Pairs>, u64)>,
    pairs: &'p Arc<Pairs>,
    counts: impl Fn(&str) -> bool,
) -> u64 {
    if let Some((known, hash)) = slot
        && Arc::ptr_eq(known, pairs)
    {
        return *hash;
    }
    let hash = hash_of(pairs, counts);
    *slot = Some((pairs, hash));
    hash
}

/// Returns the hash of the pairs whose names count.
pub fn hash_of(pairs: &Pairs, counts: impl Fn(&str) -> bool) -> u64 {
    let mut hasher = Xxh3::new();
    for (name, value) in pairs.iter().filter(|(name, _)| counts(name)) {
        // Lengths keep the parts apart.
        for text in [name, value] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hasher.digest()
}
