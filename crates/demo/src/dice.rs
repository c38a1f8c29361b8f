//! The only source of chance: a seeded generator with the few draws that the programs need.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Hexadecimal digits in the order of their values.
const HEX: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
];

/// A reproducible source of chance.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// Chance from a seed; different streams of one seed are independent of each other.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number in `0.0..1.0`.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }

    /// An integer in `low..=high`; `low` if the range is empty.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        self.0.random_range(low..=high)
    }

    /// A number in `low..high`, rounded to this many decimals.
    pub(super) fn decimal(&mut self, low: f64, high: f64, decimals: i32) -> f64 {
        let scale = 10_f64.powi(decimals);
        ((low + self.unit() * (high - low)) * scale).round() / scale
    }

    /// A waiting time with this mean, exponentially distributed.
    pub(super) fn wait(&mut self, mean: f64) -> f64 {
        -(1.0 - self.unit()).ln() * mean
    }

    /// One of several; the tables are this module's own and never empty.
    #[expect(
        clippy::indexing_slicing,
        reason = "the index is below the length of a table of our own"
    )]
    pub(super) fn pick<'a, T>(&mut self, table: &'a [T]) -> &'a T {
        let last = table.len().saturating_sub(1);
        &table[self.between(0, last as i64) as usize]
    }

    /// One of several, each as often as its weight says.
    #[expect(
        clippy::indexing_slicing,
        reason = "the tables are our own and never empty"
    )]
    pub(super) fn weighted<T: Copy>(&mut self, table: &[(u32, T)]) -> T {
        let total: u32 = table.iter().map(|(weight, _)| weight).sum();
        let mut left = self.between(0, i64::from(total) - 1) as u32;
        for (weight, value) in table {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        table[0].1
    }

    /// This many hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut bits = self.0.next_u64();
        let mut text = String::with_capacity(digits);
        for index in 0..digits {
            if index > 0 && index % 16 == 0 {
                bits = self.0.next_u64();
            }
            text.push(*HEX.get((bits & 15) as usize).unwrap_or(&'0'));
            bits >>= 4;
        }
        text
    }

    /// A random UUID (version 4).
    pub(super) fn uuid(&mut self) -> String {
        let (time_low, time_mid, time_high) = (self.hex(8), self.hex(4), self.hex(3));
        let (variant, clock) = (*self.pick(&['8', '9', 'a', 'b']), self.hex(3));
        let node = self.hex(12);
        format!("{time_low}-{time_mid}-4{time_high}-{variant}{clock}-{node}")
    }
}

/// Mixes numbers into one that looks random: for facts that depend on a place in time alone.
pub(super) fn mix(parts: &[u64]) -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for part in parts {
        // The finisher of splitmix64.
        state = state
            .wrapping_add(*part)
            .wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^= state >> 31;
    }
    state
}

/// Two minutes.
const BURST_NS: i64 = 120_000_000_000;

/// Whether errors come in a burst at this time: two minutes somewhere in every twenty.
pub(super) fn burst(seed: u64, stream: u64, at_ns: i64) -> bool {
    let slot = at_ns.div_euclid(BURST_NS);
    let block = slot.div_euclid(10);
    let chosen = mix(&[seed, stream, block as u64]) % 10;
    slot.rem_euclid(10) as u64 == chosen
}

/// Whether the n-th of ever more is among the few that become labels.
///
/// All of the first `dense` are, then about `dense / 2` each time their number doubles, so that the
/// number of streams grows with the logarithm of the range.
pub(super) fn thinned(index: u64, dense: u64) -> bool {
    if index < dense {
        return true;
    }
    let octave = (index / (dense / 2).max(1)).max(1);
    index.is_multiple_of(1 << octave.ilog2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_one_burst() {
        for block in 0..50 {
            let bursts = (0..10)
                .filter(|slot| burst(7, 1, (block * 10 + slot) * BURST_NS + 5))
                .count();
            assert_eq!(bursts, 1);
        }
    }

    #[test]
    fn thinning_is_logarithmic() {
        let chosen = |below: u64| (0..below).filter(|index| thinned(*index, 60)).count();
        assert_eq!(chosen(60), 60);
        assert!(chosen(10_080) < 400, "a week: {}", chosen(10_080));
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(1, 0);
        let heads = (0..10_000)
            .filter(|_| dice.weighted(&[(9, true), (1, false)]))
            .count();
        assert!((8_800..9_200).contains(&heads));
    }

    #[test]
    fn a_uuid_looks_like_one() {
        let uuid = Dice::new(3, 0).uuid();
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
