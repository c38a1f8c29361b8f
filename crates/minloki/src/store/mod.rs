//! The lines, in memory.
//!
//! A [`Store`] has [`Tenant`]s, a tenant has streams, a stream has segments of lines that never change once
//! they are full. A query takes the segments that it needs under a short lock and reads them without one.

mod index;
mod matcher;
mod segment;
mod stream;
mod tail;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

pub use index::value_of;
pub use matcher::StreamMatcher;
pub use segment::Segment;
pub use stream::{NewEntry, Share};
pub use tail::Arrivals;

use index::{Index, distinct};
use stream::Stream;

use crate::pipeline::LabelSet;

/// All tenants' lines.
#[derive(Debug)]
pub struct Store {
    tenants: RwLock<HashMap<String, Arc<Tenant>>>,
    /// About what is taken, in bytes.
    taken: AtomicU64,
    most_bytes: u64,
}

/// Why a push was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It would not fit.
    #[error(
        "the embedded Loki is full: this push needs about {needed} bytes, and {taken} of {most} are taken; none \
         of it was stored"
    )]
    Full {
        /// About what the push takes.
        needed: u64,
        /// About what is taken.
        taken: u64,
        /// The setting.
        most: u64,
    },
    /// There are enough streams.
    #[error(
        "maximum active stream limit exceeded when trying to create stream {stream}, reduce the number of active \
         streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit \
         can be increased, user: '{tenant}'"
    )]
    Streams {
        /// The stream that would be one too many.
        stream: String,
        /// The tenant.
        tenant: String,
    },
}

/// Lines that are to be stored, by stream.
pub type NewStreams = Vec<(Arc<LabelSet>, Vec<NewEntry>)>;

/// A stream that was selected, as it was at that moment.
#[derive(Debug, Clone)]
pub struct Selected {
    /// Its labels.
    pub labels: Arc<LabelSet>,
    /// How often its lines count: twice if a matcher names its value twice.
    pub copies: u32,
    /// Its segments with lines in the range asked for, in the order in which they were begun: of two lines
    /// of one nanosecond the one in the earlier segment was written first.
    pub segments: Vec<Arc<Segment>>,
}

impl Store {
    /// An empty store.
    pub fn new(most_bytes: u64) -> Self {
        Self {
            tenants: RwLock::default(),
            taken: AtomicU64::new(0),
            most_bytes,
        }
    }

    /// Returns a tenant to read from; one that nobody has written for is empty.
    pub fn tenant(&self, name: &str) -> Arc<Tenant> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.get(name).map(Arc::clone).unwrap_or_default()
    }

    /// Returns a tenant to write for or to follow, which comes into being when it is first named.
    pub fn lasting_tenant(&self, name: &str) -> Arc<Tenant> {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(tenant) = tenants.get(name) {
            return Arc::clone(tenant);
        }
        let tenant = Arc::<Tenant>::default();
        tenants.insert(name.to_owned(), Arc::clone(&tenant));
        tenant
    }

    /// Returns about how many bytes are taken.
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Stores entries; exact repeats are dropped, and streams beyond the tenant's limit (0 for none) left out.
    /// Returns whether there were such streams.
    ///
    /// # Errors
    /// It does not fit; then nothing of it is stored.
    pub fn push(
        &self,
        tenant: &str,
        mut new: NewStreams,
        most_streams: usize,
    ) -> Result<Option<Refused>, Refused> {
        let known = self.lasting_tenant(tenant);
        let mut streams = known
            .streams
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let (needed, beyond) = streams.leave_out(&mut new, most_streams);
        let taken = self.taken.fetch_add(needed, Ordering::Relaxed);
        if taken.saturating_add(needed) > self.most_bytes {
            self.taken.fetch_sub(needed, Ordering::Relaxed);
            return Err(Refused::Full {
                needed,
                taken,
                most: self.most_bytes,
            });
        }
        let repeated = streams.store(&mut new);
        drop(streams);
        known.announce(&new);
        self.taken.fetch_sub(repeated, Ordering::Relaxed);
        Ok(beyond.map(|stream| Refused::Streams {
            stream,
            tenant: tenant.to_owned(),
        }))
    }
}

/// One tenant's streams.
#[derive(Debug, Default)]
pub struct Tenant {
    streams: RwLock<Streams>,
    followers: Mutex<Vec<Weak<Arrivals>>>,
}

#[derive(Debug, Default)]
struct Streams {
    all: Vec<Stream>,
    by_labels: HashMap<Arc<LabelSet>, u32>,
    index: Index,
}

impl Streams {
    /// Leaves out the streams that would be too many. Returns about how many bytes the rest takes, and the
    /// last stream that was left out.
    fn leave_out(&self, new: &mut NewStreams, most_streams: usize) -> (u64, Option<String>) {
        let mut room = match most_streams {
            0 => usize::MAX,
            most => most.saturating_sub(self.all.len()),
        };
        let (mut needed, mut beyond) = (0, None);
        let mut begun: Vec<Arc<LabelSet>> = Vec::new();
        new.retain(|(labels, entries)| {
            if !self.by_labels.contains_key(labels) && !begun.contains(labels) {
                if room == 0 {
                    beyond = Some(label_text(labels));
                    return false;
                }
                room -= 1;
                begun.push(Arc::clone(labels));
                needed += Stream::cost(labels);
            }
            needed += entries.iter().map(NewEntry::cost).sum::<u64>();
            true
        });
        (needed, beyond)
    }

    /// Stores entries and takes the repeats off them; returns what these would have taken.
    fn store(&mut self, new: &mut NewStreams) -> u64 {
        let mut repeated = 0;
        for (labels, entries) in new {
            let number = match self.by_labels.get(labels) {
                Some(number) => *number,
                None => {
                    let number = self.index.add(labels);
                    self.by_labels.insert(Arc::clone(labels), number);
                    self.all.push(Stream::new(Arc::clone(labels)));
                    number
                }
            };
            let Some(stream) = self.all.get_mut(number as usize) else {
                continue;
            };
            entries.retain(|entry| {
                let is_new = stream.push(entry);
                if !is_new {
                    repeated += entry.cost();
                }
                is_new
            });
        }
        repeated
    }

    fn select(&self, matchers: &[StreamMatcher]) -> impl Iterator<Item = (&Stream, u32)> {
        let labels = |stream: u32| {
            let stream = self.all.get(stream as usize)?;
            Some(stream.labels.as_ref())
        };
        let hits = self.index.select(matchers, labels);
        hits.into_iter()
            .filter_map(|hit| Some((self.all.get(hit.stream as usize)?, hit.copies)))
    }
}

impl Tenant {
    /// Follows streams until the answer is dropped; `None` when there are as many followers as allowed. `most`
    /// lines wait at most.
    pub fn follow(
        &self,
        matchers: Vec<StreamMatcher>,
        most: usize,
        most_followers: usize,
    ) -> Option<Arc<Arrivals>> {
        let mut followers = self.followers();
        if followers.len() >= most_followers {
            return None;
        }
        let arrivals = Arc::new(Arrivals::new(matchers, most));
        followers.push(Arc::downgrade(&arrivals));
        Some(arrivals)
    }

    fn announce(&self, new: &NewStreams) {
        for arrivals in self.followers().iter().filter_map(Weak::upgrade) {
            arrivals.add(new);
        }
    }

    /// Those who still follow.
    fn followers(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Arrivals>>> {
        let mut followers = self
            .followers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        followers.retain(|follower| follower.strong_count() > 0);
        followers
    }

    /// Returns the streams that satisfy all matchers and have lines in `[start_ns, end_ns)`, sorted by the
    /// hashes of their labels.
    pub fn select(&self, matchers: &[StreamMatcher], start_ns: i64, end_ns: i64) -> Vec<Selected> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let mut selected: Vec<(u64, Selected)> = streams
            .select(matchers)
            .map(|(stream, copies)| {
                let selected = Selected {
                    labels: Arc::clone(&stream.labels),
                    copies,
                    segments: stream.segments(start_ns, end_ns),
                };
                (stream.hash, selected)
            })
            .filter(|(_, selected)| !selected.segments.is_empty())
            .collect();
        drop(streams);
        selected.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.labels.cmp(&b.1.labels)));
        selected.into_iter().map(|(_, selected)| selected).collect()
    }

    /// Returns the label sets of the streams that satisfy all matchers and reach into `[start_ns, end_ns]`,
    /// both inclusive, with what an index would know of that part; sorted.
    pub fn shares(
        &self,
        matchers: &[StreamMatcher],
        start_ns: i64,
        end_ns: i64,
    ) -> Vec<(Arc<LabelSet>, Share)> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let mut shares: Vec<_> = streams
            .select(matchers)
            .filter_map(|(stream, _)| {
                let share = stream.share(start_ns, end_ns)?;
                Some((Arc::clone(&stream.labels), share))
            })
            .collect();
        drop(streams);
        shares.sort_by(|a, b| a.0.cmp(&b.0));
        shares
    }

    /// Returns the names of the labels of the streams that satisfy all matchers, sorted.
    pub fn label_names(&self, matchers: &[StreamMatcher]) -> Vec<String> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        if matchers.is_empty() {
            return distinct(streams.index.names());
        }
        let selected = streams.select(matchers);
        distinct(
            selected.flat_map(|(stream, _)| stream.labels.iter().map(|(name, _)| name.as_str())),
        )
    }

    /// Returns the values of a label of the streams that satisfy all matchers, sorted.
    pub fn label_values(&self, name: &str, matchers: &[StreamMatcher]) -> Vec<String> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        if matchers.is_empty() {
            return distinct(streams.index.values(name));
        }
        let selected = streams.select(matchers);
        let values = selected.map(|(stream, _)| value_of(&stream.labels, name));
        distinct(values.filter(|value| !value.is_empty()))
    }
}

/// Writes a label set as Loki shows it in messages and sorts it: `{a="b", c="d"}`.
pub fn label_text(labels: &LabelSet) -> String {
    let mut text = String::from("{");
    for (number, (name, value)) in labels.iter().enumerate() {
        if number > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
        text.push_str("=\"");
        for character in value.chars() {
            match character {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                c if c.is_ascii_control() => {
                    // Writing to a string does not fail.
                    let _ = write!(text, "\\x{:02x}", u32::from(c));
                }
                c => text.push(c),
            }
        }
        text.push('"');
    }
    text.push('}');
    text
}
