//! What an aggregation makes of the samples in a window.

use std::cmp::Ordering;

use crate::syntax::{RangeAggregation, RangeOp};

/// A sample of a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    /// Nanoseconds since the epoch.
    pub(super) time_ns: i64,
    pub(super) value: f64,
}

/// Works out a window that has at least one sample; they are in the order of their times.
pub(super) fn evaluate(aggregation: &RangeAggregation, samples: &[Sample]) -> f64 {
    let values = || samples.iter().map(|sample| sample.value);
    let seconds = aggregation.range_ns as f64 / 1e9;
    let edge = |sample: Option<&Sample>| sample.map_or(f64::NAN, |sample| sample.value);
    match aggregation.op {
        RangeOp::CountOverTime => samples.len() as f64,
        RangeOp::SumOverTime | RangeOp::BytesOverTime => values().sum(),
        RangeOp::Rate | RangeOp::BytesRate => values().sum::<f64>() / seconds,
        RangeOp::RateCounter => rate_counter(samples, seconds),
        RangeOp::AvgOverTime => mean(values()),
        RangeOp::MinOverTime => values().fold(f64::NAN, |least, value| {
            if value < least || least.is_nan() {
                value
            } else {
                least
            }
        }),
        RangeOp::MaxOverTime => values().fold(f64::NAN, |most, value| {
            if value > most || most.is_nan() {
                value
            } else {
                most
            }
        }),
        RangeOp::FirstOverTime => edge(samples.first()),
        RangeOp::LastOverTime => edge(samples.last()),
        RangeOp::StdvarOverTime => variance(values()),
        RangeOp::StddevOverTime => variance(values()).sqrt(),
        RangeOp::QuantileOverTime => quantile(
            aggregation.parameter.unwrap_or(f64::NAN),
            values().collect(),
        ),
        RangeOp::AbsentOverTime => 1.0,
    }
}

/// The mean, worked out value by value so that large sums do not overflow.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut mean, mut count) = (0.0, 0.0);
    for value in values {
        count += 1.0;
        if mean_is_infinite(mean, value) {
            continue;
        }
        mean += value / count - mean / count;
    }
    mean
}

/// Says whether a mean stays infinite when a value joins it.
fn mean_is_infinite(mean: f64, value: f64) -> bool {
    mean.is_infinite() && !value.is_nan() && (value.is_finite() || (value > 0.0) == (mean > 0.0))
}

/// The variance of all values (not of a sample of them), after Welford.
pub(super) fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (mut mean, mut squares, mut count) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    squares / count
}

/// The φ-quantile: the value at the rank φ * (n - 1), or between the two around it.
pub(super) fn quantile(phi: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || phi.is_nan() {
        return f64::NAN;
    }
    if phi < 0.0 {
        return f64::NEG_INFINITY;
    }
    if phi > 1.0 {
        return f64::INFINITY;
    }
    let last = values.len() - 1;
    let rank = phi * last as f64;
    let lower = (rank.floor().max(0.0) as usize).min(last);
    let weight = rank - rank.floor();
    let (_, at_lower, above) = values.select_nth_unstable_by(lower, |a, b| nan_first(*a, *b));
    let at_lower = *at_lower;
    let at_upper = above.iter().copied().min_by(|a, b| nan_first(*a, *b));
    at_lower * (1.0 - weight) + at_upper.unwrap_or(at_lower) * weight
}

/// The order of numbers, with NaN before all others.
fn nan_first(a: f64, b: f64) -> Ordering {
    b.is_nan().cmp(&a.is_nan()).then(a.total_cmp(&b))
}

/// The increase of a counter a second, where a value that falls is a restart from zero.
///
/// It is stretched from the first sample towards the window's start as Prometheus does it, but for a fault
/// of Loki's: the distance to the start is taken to be a millionth of the range, that to the end zero.
fn rate_counter(samples: &[Sample], seconds: f64) -> f64 {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return f64::NAN;
    };
    if samples.len() < 2 {
        return 0.0;
    }
    let mut increase = last.value - first.value;
    let mut previous = first.value;
    for sample in samples {
        if sample.value < previous {
            increase += previous;
        }
        previous = sample.value;
    }
    let sampled = (last.time_ns - first.time_ns) as f64 / 1e9;
    let average = sampled / (samples.len() - 1) as f64;
    let mut to_start = seconds / 1e6;
    if increase > 0.0 && first.value >= 0.0 {
        to_start = to_start.min(sampled * (first.value / increase));
    }
    let threshold = average * 1.1;
    let stretched = sampled
        + if to_start < threshold {
            to_start
        } else {
            average / 2.0
        };
    increase * (stretched / sampled) / seconds
}
