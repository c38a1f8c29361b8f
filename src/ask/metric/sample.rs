//! Where samples of a range are taken: where its lines are, and so short that a sample cannot have more
//! groups than Loki counts.

use std::time::Duration;

use super::Timing;
use crate::query::timing::kept_step;

/// About how many lines a sample has; Loki counts 500 series by default.
const LINES_OF_A_SAMPLE: f64 = 400.0;
/// How many samples are taken.
pub(super) const SAMPLES: u32 = 3;
/// Into how many buckets a range is divided.
const BUCKETS: i64 = 200;
const MILLISECOND_NS: i64 = 1_000_000;

/// Returns the points that say where the lines are which these points count.
pub(super) fn density(timing: &Timing) -> Timing {
    let from_ns = timing.from_ns();
    let length_ns = timing.end_ns.saturating_sub(from_ns);
    let step_ms = (length_ns / BUCKETS / MILLISECOND_NS).max(0) + 1;
    let step = kept_step(Duration::from_millis(step_ms.unsigned_abs()));
    let step_ns = i64::try_from(step.as_nanos()).unwrap_or(i64::MAX);
    // Loki puts points on multiples of the step.
    let floor = |time_ns: i64| time_ns - time_ns.rem_euclid(step_ns);
    Timing {
        start_ns: floor(from_ns) + step_ns,
        end_ns: floor(timing.end_ns - 1) + step_ns,
        step_ns,
        window: Duration::from_nanos(step_ns.unsigned_abs()),
        shift_ns: 0,
        instant: false,
        step_raised: false,
    }
}

/// Returns the samples of a range, given the lines of each of its buckets.
pub(super) fn samples(density: &Timing, lines: &[f64]) -> Vec<Timing> {
    let there = |lines: &f64| if lines.is_nan() { 0.0 } else { *lines };
    let all: f64 = lines.iter().map(there).sum();
    let mut samples: Vec<Timing> = Vec::new();
    for number in 0..SAMPLES {
        let wanted = all * f64::from(2 * number + 1) / f64::from(2 * SAMPLES);
        let mut before = 0.0;
        for (bucket, lines) in lines.iter().map(there).enumerate() {
            if lines > 0.0 && before + lines >= wanted {
                let share = (LINES_OF_A_SAMPLE / lines).min(1.0);
                // No further back than the bucket goes.
                let at = ((wanted - before) / lines).clamp(share, 1.0);
                samples.push(sample(density, bucket, at, share));
                break;
            }
            before += lines;
        }
    }
    samples.dedup();
    samples
}

/// Returns the points that say where in the fullest bucket its lines are; none where it is as short as can be.
pub(super) fn denser(density: &Timing, lines: &[f64]) -> Option<Timing> {
    let there = lines
        .iter()
        .enumerate()
        .filter(|(_, lines)| !lines.is_nan());
    let (fullest, _) = there.max_by(|a, b| a.1.total_cmp(b.1))?;
    let bucket = Timing::at(density.time_of(fullest), density.window);
    let denser = self::density(&bucket);
    (denser.step_ns < density.step_ns).then_some(denser)
}

/// Returns a sample that ends at a share of a bucket, and is another share of it long.
fn sample(density: &Timing, bucket: usize, at: f64, share: f64) -> Timing {
    let length_ns = density.step_ns as f64;
    let back_ns = ((1.0 - at) * length_ns) as i64;
    let span_ms = (length_ns * share / MILLISECOND_NS as f64).ceil().max(1.0);
    let span = Duration::from_millis(span_ms as u64);
    Timing::at(density.time_of(bucket).saturating_sub(back_ns), span)
}

/// Returns a sample of another length that ends at the same time, where there is such.
pub(super) fn resized(sample: &Timing, factor: f64) -> Option<Timing> {
    let span_ms = (sample.window.as_secs_f64() * 1000.0 * factor).round();
    let span = Duration::from_millis(span_ms.max(1.0) as u64);
    (span != sample.window).then(|| Timing::at(sample.end_ns, span))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn buckets_cover_what_the_points_count() {
        let timing = Timing::at(100 * SECOND, Duration::from_secs(40));
        let density = density(&timing);
        assert_eq!(density.step_ns, 201 * MILLISECOND_NS);
        assert!(density.start_ns - density.step_ns <= 60 * SECOND);
        assert!(density.end_ns >= 100 * SECOND);
        assert_eq!(density.end_ns % density.step_ns, 0);
        assert!(
            (199..=202).contains(&density.points()),
            "{}",
            density.points()
        );
    }

    #[test]
    fn samples_lie_where_the_lines_are() {
        let density = density(&Timing::at(86_400 * SECOND, Duration::from_secs(86_400)));
        let mut lines = vec![f64::NAN; density.points()];
        lines[150] = 4000.0;
        let samples = samples(&density, &lines);
        assert_eq!(samples.len(), 3);
        let bucket = (density.time_of(149), density.time_of(150));
        for sample in &samples {
            let span_ns = i64::try_from(sample.window.as_nanos()).unwrap();
            assert!(
                sample.end_ns <= bucket.1 && sample.end_ns - span_ns >= bucket.0 - MILLISECOND_NS
            );
            assert!((span_ns - density.step_ns / 10).abs() < 2 * MILLISECOND_NS);
        }
        // A bucket with few lines is one sample, and none of nothing.
        lines[150] = 7.0;
        assert_eq!(super::samples(&density, &lines).len(), 1);
        lines[150] = 0.0;
        assert!(super::samples(&density, &lines).is_empty());
    }

    #[test]
    fn the_fullest_bucket_is_looked_into() {
        let density = density(&Timing::at(86_400 * SECOND, Duration::from_secs(86_400)));
        let mut lines = vec![f64::NAN; density.points()];
        (lines[20], lines[150]) = (3.0, 4000.0);
        let denser = denser(&density, &lines).unwrap();
        assert!(denser.start_ns - denser.step_ns <= density.time_of(149));
        assert!(denser.end_ns >= density.time_of(150));
        assert!(denser.step_ns * 100 < density.step_ns);
        // A millisecond is the shortest step.
        let shortest = super::density(&Timing::at(SECOND, Duration::from_millis(1)));
        assert!(super::denser(&shortest, &[1.0]).is_none());
        assert!(super::denser(&density, &[]).is_none());
    }
}
