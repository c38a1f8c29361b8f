//! Into which parts this Loki splits a range.
//!
//! `split_queries_by_interval` is an hour by default, 15 minutes in the Helm chart, and where it is 0 nothing
//! is split. Loki says it in `/config`, which many a gateway hides, and a tenant may have another; and each
//! answer that its limit does not cut says of how many parts it was made. What answers say counts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::window::Window;
use crate::loki::{Call, Client, UnderWay};

const MINUTE_NS: i64 = 60_000_000_000;
/// The intervals that people choose, in minutes; none is Loki without splitting.
const USUAL: [Option<i64>; 14] = [
    Some(5),
    Some(10),
    Some(15),
    Some(20),
    Some(30),
    Some(60),
    Some(120),
    Some(180),
    Some(240),
    Some(360),
    Some(480),
    Some(720),
    Some(1440),
    None,
];
/// What is supposed while nothing is known: no window of such parts crosses a border of the usual intervals.
const SUPPOSED_NS: i64 = 15 * MINUTE_NS;
/// Windows are counted in hours where Loki's parts are longer: so much is read of what fills its limit soon.
const LONGEST_UNIT_NS: i64 = 60 * MINUTE_NS;
/// How long a question waits for what Loki says of its configuration; the next ones know it.
const PATIENCE: Duration = Duration::from_millis(250);
/// After so long a false alarm is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// How long Loki has time to say it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How a range is split: at the multiples of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// In nanoseconds; `None` where nothing is split.
    pub interval_ns: Option<i64>,
}

impl Split {
    /// Returns the number of the part that holds this nanosecond.
    pub fn part_of(self, nanosecond: i64) -> i64 {
        self.interval_ns
            .map_or(0, |interval| nanosecond.div_euclid(interval))
    }

    /// Returns the number of parts from `start_ns` up to `end_ns`.
    pub fn parts(self, start_ns: i64, end_ns: i64) -> u64 {
        let (first, last) = (
            self.part_of(start_ns),
            self.part_of(end_ns.saturating_sub(1)),
        );
        last.abs_diff(first).saturating_add(1)
    }

    /// Returns the length that windows are counted in: no such piece of the time holds a border.
    pub fn unit_ns(self) -> i64 {
        let interval = self.interval_ns.unwrap_or(LONGEST_UNIT_NS).max(1);
        if interval % LONGEST_UNIT_NS == 0 {
            LONGEST_UNIT_NS
        } else {
            interval
        }
    }
}

/// What is known of how a Loki splits and of how it counts, for all questions of a data source.
#[derive(Debug, Default, Clone)]
pub struct Splitting(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// The intervals that nothing speaks against; all usual ones where there are none.
    possible: Mutex<Vec<Split>>,
    is_asked: AtomicBool,
    /// When a loss was suspected for nothing the last time, and what is believed since then.
    alarmed: Mutex<Option<(Trust, Instant)>>,
}

impl Splitting {
    /// Asks Loki for its configuration, once, and waits for it for a moment.
    pub async fn ask(&self, client: &Client, call: &Call) {
        if self.0.is_asked.swap(true, Ordering::Relaxed) {
            return;
        }
        let (splitting, client) = (self.clone(), client.clone());
        let call = Call {
            deadline: Some(Instant::now() + TIMEOUT),
            under_way: UnderWay::default(),
            // It goes on beside the question, whose memory is the lines'.
            question: None,
            ..call.clone()
        };
        let ask = async move {
            match client.split_interval(&call).await {
                Ok(Some(interval)) => splitting.is_said_to_be(interval),
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "Loki does not show its configuration"),
            }
        };
        // Whoever leaves takes the request along, as with all others; who goes on leaves it to come.
        let mut asking = JoinSet::new();
        asking.spawn(ask.in_current_span());
        let asked = tokio::time::timeout(PATIENCE, asking.join_next()).await;
        if asked.is_err() {
            asking.detach_all();
        }
    }

    /// Notes what Loki's configuration says; 0 is no splitting.
    fn is_said_to_be(&self, interval: Duration) {
        let interval_ns = i64::try_from(interval.as_nanos()).ok();
        let interval_ns = interval_ns.filter(|interval| *interval > 0);
        *self.possible() = vec![Split { interval_ns }];
    }

    /// Notes of how many parts the whole answer to a window was made; Loki says 0 for one.
    pub fn saw(&self, window: &Window, parts: u64) {
        let fits = |split: &Split| split.parts(window.start_ns, window.end_ns) == parts.max(1);
        let mut possible = self.possible();
        if possible.iter().any(fits) {
            possible.retain(fits);
        } else {
            let other: Vec<Split> = usual().filter(fits).collect();
            // Several tenants at once have as many parts each.
            if !other.is_empty() {
                *possible = other;
            }
        }
    }

    /// Returns how Loki splits, as far as that is known.
    pub fn split(&self) -> Split {
        let possible = self.possible();
        let supposed = possible.iter().copied().find(|split| {
            possible.len() == 1 || split.interval_ns.is_none_or(|ns| ns >= SUPPOSED_NS)
        });
        supposed.unwrap_or(Split {
            interval_ns: Some(SUPPOSED_NS),
        })
    }

    /// Returns how far the numbers of batches can be believed.
    pub fn trust(&self) -> Trust {
        let alarmed = *self.alarmed();
        let recent = alarmed.filter(|(_, at)| at.elapsed() < FORGOTTEN);
        recent.map_or(Trust::ByPart, |(trust, _)| trust)
    }

    /// Notes that a loss was suspected where nothing was lost.
    pub fn was_false_alarm(&self) {
        let less = match self.trust() {
            Trust::ByPart => Trust::InAll,
            Trust::InAll | Trust::None => Trust::None,
        };
        *self.alarmed() = Some((less, Instant::now()));
    }

    fn alarmed(&self) -> MutexGuard<'_, Option<(Trust, Instant)>> {
        let alarmed = self.0.alarmed.lock();
        alarmed.unwrap_or_else(PoisonError::into_inner)
    }

    fn possible(&self) -> MutexGuard<'_, Vec<Split>> {
        let mut possible = self
            .0
            .possible
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if possible.is_empty() {
            possible.extend(usual());
        }
        possible
    }
}

/// How far the ingesters' numbers of batches can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Each part of a range has batches of its own.
    ByPart,
    /// Batches are full at the most, whatever they are of.
    InAll,
    /// Not at all.
    None,
}

fn usual() -> impl Iterator<Item = Split> {
    USUAL.into_iter().map(|minutes| Split {
        interval_ns: minutes.map(|minutes| minutes * MINUTE_NS),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * MINUTE_NS;

    fn window(start_ns: i64, end_ns: i64) -> Window {
        Window {
            start_ns,
            end_ns,
            one_after_another: false,
        }
    }

    fn interval(splitting: &Splitting) -> Option<i64> {
        let interval = splitting.split().interval_ns;
        interval.map(|interval| interval / MINUTE_NS)
    }

    #[test]
    fn answers_say_how_loki_splits() {
        let (start, end) = (100 * HOUR, 105 * HOUR + 20 * MINUTE_NS);
        for (name, parts, learned) in [
            ("15 minutes", 22, Some(15)),
            ("an hour", 6, Some(60)),
            // Six hours on, the range crosses midnight.
            ("no border crossed", 0, Some(720)),
        ] {
            let splitting = Splitting::default();
            assert_eq!(interval(&splitting), Some(15), "{name}: nothing known");
            splitting.saw(&window(start, end), parts);
            assert_eq!(interval(&splitting), learned, "{name}");
        }
        let splitting = Splitting::default();
        // What was right of one window may be wrong of another.
        splitting.saw(&window(start, end), 1);
        splitting.saw(&window(0, 48 * HOUR), 0);
        assert_eq!(interval(&splitting), None);
        splitting.saw(&window(0, 3 * HOUR), 3);
        assert_eq!(interval(&splitting), Some(60), "a tenant's own");
        splitting.saw(&window(0, 3 * HOUR), 7);
        assert_eq!(interval(&splitting), Some(60), "nobody splits so");
    }

    #[test]
    fn the_configuration_counts_until_an_answer_says_otherwise() {
        let splitting = Splitting::default();
        splitting.is_said_to_be(Duration::from_secs(2700));
        assert_eq!(interval(&splitting), Some(45));
        splitting.saw(&window(0, 3 * HOUR), 4);
        assert_eq!(interval(&splitting), Some(45));
        splitting.saw(&window(0, 3 * HOUR), 3);
        assert_eq!(interval(&splitting), Some(60));
        splitting.is_said_to_be(Duration::ZERO);
        assert_eq!(interval(&splitting), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_false_alarm_is_believed_for_a_while() {
        let splitting = Splitting::default();
        for trust in [Trust::ByPart, Trust::InAll, Trust::None, Trust::None] {
            assert_eq!(splitting.trust(), trust);
            splitting.was_false_alarm();
        }
        tokio::time::advance(FORGOTTEN).await;
        assert_eq!(splitting.trust(), Trust::ByPart);
    }

    #[test]
    fn no_unit_crosses_a_border() {
        for (minutes, unit) in [
            (Some(5), 5),
            (Some(45), 45),
            (Some(60), 60),
            (Some(90), 90),
            (Some(1440), 60),
            (None, 60),
        ] {
            let interval_ns = minutes.map(|minutes| minutes * MINUTE_NS);
            assert_eq!(
                Split { interval_ns }.unit_ns(),
                unit * MINUTE_NS,
                "{minutes:?}"
            );
        }
    }
}
