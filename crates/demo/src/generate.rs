//! The stream of entries: programs act, sites ship, and the systems are merged by time.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::Peekable;

use super::config::{Config, System};
use super::dice::Dice;
use super::draft::{Draft, Program};
use super::dynamo::Dynamo;
use super::entry::Entry;
use super::fastapi::Fastapi;
use super::ginkgo::Ginkgo;
use super::incident::Weather;
use super::ship::Shipper;
use super::tskv::Tskv;

/// Generates the entries of a configuration, ordered by time over all systems.
///
/// Lazy: only what overlaps in time (a few seconds) is held. No two entries are equal in time,
/// labels, metadata and line.
pub fn generate(config: &Config) -> impl Iterator<Item = Entry> + use<> {
    let chosen = System::ALL
        .into_iter()
        .filter(|system| config.systems.contains(system));
    let sources = chosen.map(|system| Source::new(config, system).peekable());
    Merge {
        sources: sources.collect(),
    }
}

/// The systems, merged by time.
struct Merge {
    sources: Vec<Peekable<Source>>,
}

impl Iterator for Merge {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let heads = self.sources.iter_mut().enumerate();
        let times = heads.filter_map(|(index, source)| {
            let entry = source.peek()?;
            Some((entry.timestamp_ns, index))
        });
        let (_, first) = times.min()?;
        self.sources.get_mut(first)?.next()
    }
}

/// One system's entries.
struct Source {
    program: Box<dyn Program>,
    dice: Dice,
    shipper: Shipper,
    /// Lines that are written but not yet shipped, because earlier ones may still come.
    queue: BinaryHeap<Reverse<Queued>>,
    written: u64,
    /// When the program acts next: no line is written before that.
    clock_ns: i64,
    end_ns: i64,
    /// Mean nanoseconds from line to line.
    gap_ns: f64,
    previous_ns: Option<i64>,
    /// What was shipped in the nanosecond of the last entry.
    shipped: HashSet<u64>,
}

impl Source {
    fn new(config: &Config, system: System) -> Self {
        let number = match system {
            System::Ginkgo => 1_u64,
            System::Fastapi => 2,
            System::Tskv => 3,
            System::Dynamo => 4,
        };
        let (seed, start, weather) = (config.seed, config.start_ns, Weather::new(config));
        let program: Box<dyn Program> = match system {
            System::Ginkgo => Box::new(Ginkgo::new(seed, start, weather)),
            System::Fastapi => Box::new(Fastapi::new(start, weather)),
            System::Tskv => Box::new(Tskv::new(start, weather)),
            System::Dynamo => Box::new(Dynamo::new(start, weather)),
        };
        let rate = config.lines_per_second;
        let writes = rate.is_finite() && rate > 0.0;
        let mut source = Self {
            program,
            dice: Dice::new(seed, number * 10),
            shipper: Shipper::new(config, system, number * 10 + 1),
            queue: BinaryHeap::new(),
            written: 0,
            clock_ns: start,
            end_ns: if writes { config.end_ns } else { i64::MIN },
            gap_ns: 1e9 / rate,
            previous_ns: None,
            shipped: HashSet::new(),
        };
        if writes {
            source.wait(1);
        }
        source
    }

    /// Moves the clock on by the time that this many lines take on average.
    fn wait(&mut self, lines: usize) {
        let nanos = self.dice.wait(self.gap_ns * lines as f64);
        self.clock_ns = self.clock_ns.saturating_add((nanos as i64).max(1));
    }

    fn act(&mut self) {
        let drafts = self.program.act(&mut self.dice, self.clock_ns);
        let lines = drafts.len().max(1);
        for draft in drafts {
            self.written += 1;
            let order = (draft.timestamp_ns, self.written);
            self.queue.push(Reverse(Queued { order, draft }));
        }
        self.wait(lines);
    }

    fn ship(&mut self, draft: Draft) -> Entry {
        let mut entry = self.shipper.ship(draft, self.previous_ns);
        // An entry that stood still keeps the order of those that follow.
        let earliest = self.previous_ns.unwrap_or(i64::MIN);
        entry.timestamp_ns = entry.timestamp_ns.max(earliest);
        if entry.timestamp_ns != earliest {
            self.shipped.clear();
        }
        if !self.shipped.insert(fingerprint(&entry)) {
            // Loki would drop an entry that is equal in everything.
            entry.timestamp_ns += 1;
            self.shipped.clear();
            self.shipped.insert(fingerprint(&entry));
        }
        self.previous_ns = Some(entry.timestamp_ns);
        entry
    }
}

impl Iterator for Source {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let head = self.queue.peek().map(|Reverse(queued)| queued.order.0);
            let is_due = head.is_some_and(|at| at < self.clock_ns || self.clock_ns >= self.end_ns);
            if !is_due && self.clock_ns < self.end_ns {
                self.act();
                continue;
            }
            let Reverse(queued) = self.queue.pop()?;
            if queued.order.0 >= self.end_ns {
                // What comes later is beyond the end as well.
                self.queue.clear();
                return None;
            }
            let entry = self.ship(queued.draft);
            return (entry.timestamp_ns < self.end_ns).then_some(entry);
        }
    }
}

/// A line in the queue, ordered by time and then by when it was written.
struct Queued {
    order: (i64, u64),
    draft: Draft,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Queued {}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.cmp(&other.order)
    }
}

fn fingerprint(entry: &Entry) -> u64 {
    // This hasher's keys are fixed, so that equal seeds stay equal.
    let mut hasher = DefaultHasher::new();
    (&entry.labels, &entry.metadata, &entry.line).hash(&mut hasher);
    hasher.finish()
}
