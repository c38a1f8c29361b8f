//! How fast may be written.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// So many buckets are kept without a look at which are full, and so not needed.
const MANY: usize = 10_000;

/// Buckets of bytes by key: each fills with so many bytes a second up to a burst, and a write takes from it.
#[derive(Debug)]
pub struct Rates<K> {
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    bytes: f64,
    filled: Instant,
}

impl Bucket {
    fn bytes_at(&self, now: Instant, rate: u64, burst: u64) -> f64 {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        (self.bytes + passed * rate as f64).min(burst as f64)
    }
}

impl<K> Default for Rates<K> {
    fn default() -> Self {
        Self {
            buckets: Mutex::default(),
        }
    }
}

impl<K: Hash + Eq> Rates<K> {
    /// Takes bytes of a bucket; `false` if it has fewer, and then none is taken. `rate` is in bytes a second.
    pub fn take(&self, key: K, bytes: u64, rate: u64, burst: u64) -> bool {
        self.take_at(key, bytes, rate, burst, Instant::now())
    }

    fn take_at(&self, key: K, bytes: u64, rate: u64, burst: u64, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MANY && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| bucket.bytes_at(now, rate, burst) < burst as f64);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            bytes: burst as f64,
            filled: now,
        });
        bucket.bytes = bucket.bytes_at(now, rate, burst);
        bucket.filled = now;
        let enough = bucket.bytes >= bytes as f64;
        if enough {
            bucket.bytes -= bytes as f64;
        }
        enough
    }
}

/// Writes bytes as Loki's limits are written: `3MB`.
pub fn bytes_text(bytes: u64) -> String {
    let units = [(1u64 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    let whole = |unit: u64| bytes >= unit && bytes.is_multiple_of(unit);
    match units.into_iter().find(|(unit, _)| whole(*unit)) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_fills_again() {
        let rates = Rates::default();
        let start = Instant::now();
        assert!(rates.take_at("a", 100, 10, 100, start));
        assert!(!rates.take_at("a", 1, 10, 100, start));
        assert!(rates.take_at("b", 1, 10, 100, start));
        let later = start + Duration::from_secs(5);
        assert!(!rates.take_at("a", 51, 10, 100, later));
        assert!(rates.take_at("a", 50, 10, 100, later));
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let rates = Rates::default();
        let start = Instant::now();
        for key in 0..MANY {
            rates.take_at(key, 100, 10, 100, start);
        }
        rates.take_at(MANY, 100, 10, 100, start);
        assert_eq!(rates.buckets.lock().unwrap().len(), MANY + 1);
        rates.take_at(MANY + 1, 100, 10, 100, start + Duration::from_secs(11));
        assert_eq!(rates.buckets.lock().unwrap().len(), 1);
    }

    #[test]
    fn limits_as_loki_writes_them() {
        for (bytes, text) in [
            (500, "500B"),
            (3 << 20, "3MB"),
            (1536, "1536B"),
            (2048, "2KB"),
        ] {
            assert_eq!(bytes_text(bytes), text);
        }
    }
}
