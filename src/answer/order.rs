//! The order of rows in one nanosecond: that in which they were written, backward in exact reverse.
//!
//! A row's own time goes first, where it is finer than the entry's. Rows of a stream that it does not tell
//! apart are [`Tie`]s: what was written first, Loki says in an answer of another shape
//! ([`Page::as_written`]). Streams have no order among each other, so they come by their labels; and where
//! nobody knows what was written first, rows come by their ids.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::identity::hash_of;
use super::row::{Page, Position, is_internal};
use super::{Reader, Slots};
use crate::loki::response::{Entry, LogAnswer, Pairs};
use crate::query::Direction;
use crate::schema::value;

/// Loki's front end sorts more lines of one label set and nanosecond than these in no order at all.
pub const MOST_IN_ORDER: usize = 12;

/// Where a row stands among all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which row it is.
    pub position: Position,
    within: Within,
}

/// Where a row stands in its nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Within {
    /// The line's own time, where it is finer than the entry's.
    own_ns: Option<i64>,
    /// The hash of the stream's labels.
    stream: u64,
    /// How many rows of the stream were written before in this nanosecond, as far as that is known.
    rank: u32,
}

impl Place {
    /// Returns the place of a row of which nothing else is known.
    pub(super) fn new(position: Position, stream: u64) -> Self {
        let within = Within {
            own_ns: None,
            stream,
            rank: 0,
        };
        Self { position, within }
    }

    /// Compares in the order of an answer in this direction: newest first is the reverse of oldest first.
    pub fn cmp(&self, other: &Self, direction: Direction) -> Ordering {
        let key = |place: &Self| {
            let Position {
                timestamp_ns,
                hash,
                ordinal,
            } = place.position;
            (timestamp_ns, place.within, hash, ordinal)
        };
        match direction {
            Direction::Backward => key(other).cmp(&key(self)),
            Direction::Forward => key(self).cmp(&key(other)),
        }
    }
}

/// Rows of one stream and nanosecond that their own times do not tell apart.
#[derive(Debug)]
pub struct Tie {
    /// The nanosecond.
    pub timestamp_ns: i64,
    /// The stream's labels.
    pub labels: Arc<Pairs>,
    /// Whether Loki can say in which order they were written.
    pub can_be_known: bool,
    /// The metadata by which rows of equal texts differ.
    pub differ_by: BTreeSet<String>,
    stream: u64,
    /// The rows' places in the answer, in the order of their ids.
    rows: Vec<u32>,
    /// How many rows nothing else tells apart.
    alike: usize,
}

impl Tie {
    /// Returns the number of rows that Loki has of the stream and nanosecond.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }
}

/// What Loki says of the order in which lines were written.
pub struct Written<'w> {
    /// Answers with each nanosecond as a label set of its own, in which lines come as they were written.
    pub answers: &'w [Arc<LogAnswer>],
    /// The label that tells nanoseconds apart.
    pub added: &'w str,
    /// The metadata whose values stand before each line, with [`Self::SEPARATOR`] behind each.
    pub before_line: &'w BTreeSet<String>,
}

impl Written<'_> {
    /// Stands behind each value before a line.
    pub const SEPARATOR: char = '\u{1}';

    /// Returns the text of a line as these answers have it.
    fn text<'e>(&self, entry: &Entry<'e>) -> Cow<'e, str> {
        if self.before_line.is_empty() {
            return Cow::Borrowed(entry.line);
        }
        let mut text = String::new();
        for name in self.before_line {
            text.push_str(entry.metadata.get(name).unwrap_or_default());
            text.push(Self::SEPARATOR);
        }
        text.push_str(entry.line);
        Cow::Owned(text)
    }

    /// Returns for each nanosecond and stream when each text was written.
    fn ranks(&self) -> HashMap<(i64, u64), HashMap<&str, VecDeque<u32>>> {
        let mut ranks: HashMap<_, HashMap<&str, VecDeque<u32>>> = HashMap::new();
        let mut last: Option<(&Arc<Pairs>, u64)> = None;
        for (rank, entry) in self.answers.iter().flat_map(|a| a.entries()).enumerate() {
            let stream = match last {
                Some((labels, stream)) if Arc::ptr_eq(labels, entry.labels) => stream,
                _ => hash_of(entry.labels, |name| {
                    name != self.added && !is_internal(name)
                }),
            };
            last = Some((entry.labels, stream));
            let texts = ranks.entry((entry.timestamp_ns, stream)).or_default();
            texts.entry(entry.line).or_default().push_back(rank as u32);
        }
        ranks
    }
}

impl Page {
    /// Orders rows of one nanosecond by their own times, where all of a stream have one that is finer than
    /// the entry's; `time` reads it, a time without a zone counting in `zone`. Returns what is still tied.
    pub fn by_own_time(&mut self, time: Option<&Reader>, zone: &TimeZone) -> Vec<Tie> {
        let answer = Arc::clone(&self.answer);
        let mut slots = Slots::new();
        let mut ties = Vec::new();
        let mut is_changed = false;
        let same_instant =
            |(a, _): &Row, (b, _): &Row| a.position.timestamp_ns == b.position.timestamp_ns;
        let instants = self.order.chunk_by_mut(same_instant);
        for instant in instants.filter(|rows| rows.len() > 1) {
            let streams = instant.chunk_by_mut(|(a, _), (b, _)| a.within.stream == b.within.stream);
            for rows in streams {
                let own = time.and_then(|time| own_times(&answer, rows, time, &mut slots, zone));
                for ((place, _), own_ns) in rows.iter_mut().zip(own.iter().flatten()) {
                    place.within.own_ns = Some(*own_ns);
                    is_changed = true;
                }
                ties.extend(tie(&answer, rows));
            }
        }
        if is_changed {
            self.sort();
        }
        ties
    }

    /// Orders the rows of ties as they were written. Returns those of which the order is not known, as
    /// nanoseconds with their numbers of rows.
    pub fn as_written(&mut self, ties: &[Tie], written: &Written<'_>) -> Vec<(i64, usize)> {
        let mut known = written.ranks();
        let mut ranks: HashMap<u32, u32> = HashMap::new();
        let mut unknown = Vec::new();
        for tie in ties {
            let texts = known.get_mut(&(tie.timestamp_ns, tie.stream));
            let ordered = texts.filter(|_| tie.can_be_known).and_then(|texts| {
                let rank = |row: &u32| {
                    let entry = self.answer.entry(*row as usize)?;
                    let ranks = texts.get_mut(&*written.text(&entry))?;
                    let rank = *ranks.front()?;
                    // Of equal lines Loki may have sent one.
                    if ranks.len() > 1 {
                        ranks.pop_front();
                    }
                    Some((*row, rank))
                };
                tie.rows.iter().map(rank).collect::<Option<Vec<_>>>()
            });
            match ordered {
                Some(ordered) => ranks.extend(ordered),
                None => unknown.push((tie.timestamp_ns, tie.alike)),
            }
        }
        for (place, row) in &mut self.order {
            if let Some(rank) = ranks.get(row) {
                place.within.rank = *rank;
            }
        }
        if !ranks.is_empty() {
            self.sort();
        }
        unknown
    }

    /// Returns the number of rows from one nanosecond to another, both included.
    pub fn rows_between(&self, first_ns: i64, last_ns: i64) -> usize {
        let times = self
            .order
            .iter()
            .map(|(place, _)| place.position.timestamp_ns);
        times
            .filter(|time| (first_ns..=last_ns).contains(time))
            .count()
    }

    /// Returns the rows of a row's nanosecond that stand before it, oldest first; `None` where it is not here.
    pub fn before(&self, row: &Position) -> Option<HashSet<Position>> {
        let positions = || self.order.iter().map(|(place, _)| place.position);
        let number = positions().position(|position| position == *row)?;
        let of_instant = |position: &Position| position.timestamp_ns == row.timestamp_ns;
        Some(match self.direction {
            Direction::Backward => positions().skip(number + 1).filter(of_instant).collect(),
            Direction::Forward => positions().take(number).filter(of_instant).collect(),
        })
    }

    fn sort(&mut self) {
        let direction = self.direction;
        self.order.sort_by(|(a, _), (b, _)| a.cmp(b, direction));
    }
}

/// A row's place in the order, and in the answer.
type Row = (Place, u32);

/// Returns the times in the lines of a stream's rows of one nanosecond, if all have one and it is finer
/// than the entry's.
fn own_times<'p>(
    answer: &'p LogAnswer,
    rows: &[Row],
    time: &Reader,
    slots: &mut Slots<'p>,
    zone: &TimeZone,
) -> Option<Vec<i64>> {
    let entry_ns = rows.first()?.0.position.timestamp_ns;
    let unit = unit_of(entry_ns);
    if unit == 1 {
        return None;
    }
    let mut own_times = Vec::with_capacity(rows.len());
    for (_, row) in rows {
        let entry = answer.entry(*row as usize)?;
        let values = time.read(super::Row { entry }, slots);
        own_times.push(value::time(values.get(0)?, zone)?);
    }
    let is_finer =
        |own_ns: &i64| own_ns % unit != 0 || entry_ns.abs_diff(*own_ns) < unit.unsigned_abs();
    own_times.iter().any(is_finer).then_some(own_times)
}

/// Returns a stream's rows of one nanosecond as a tie, unless all their own times differ.
fn tie(answer: &LogAnswer, rows: &[Row]) -> Option<Tie> {
    let (first, first_row) = rows.first()?;
    let mut own_times: HashMap<Option<i64>, usize> = HashMap::new();
    for (place, _) in rows {
        *own_times.entry(place.within.own_ns).or_default() += 1;
    }
    let alike = own_times.into_values().filter(|rows| *rows > 1).sum();
    if alike == 0 {
        return None;
    }
    let mut by_id: Vec<Row> = rows.to_vec();
    by_id.sort_unstable_by(|(a, _), (b, _)| a.cmp(b, Direction::Forward));
    let entry = |row: u32| answer.entry(row as usize);
    let labels = entry(*first_row)?.labels;
    let mut of_one_shard = true;
    let mut differ_by = BTreeSet::new();
    let mut texts: HashMap<&str, &Arc<Pairs>> = HashMap::new();
    for (_, row) in &by_id {
        let entry = entry(*row)?;
        of_one_shard &= hash_of(entry.labels, is_internal) == hash_of(labels, is_internal);
        let before = texts.entry(entry.line).or_insert(entry.metadata);
        if before != &entry.metadata {
            let names = before
                .iter()
                .chain(entry.metadata.iter())
                .map(|(name, _)| name);
            let differing = names.filter(|name| before.get(name) != entry.metadata.get(name));
            differ_by.extend(differing.map(str::to_owned));
        }
    }
    Some(Tie {
        timestamp_ns: first.position.timestamp_ns,
        labels: Arc::clone(labels),
        can_be_known: of_one_shard && rows.len() <= MOST_IN_ORDER,
        differ_by,
        stream: first.within.stream,
        rows: by_id.into_iter().map(|(_, row)| row).collect(),
        alike,
    })
}

/// Returns how fine a time is written: the longest of second, millisecond, microsecond and nanosecond of
/// which it is a multiple.
fn unit_of(timestamp_ns: i64) -> i64 {
    let units = [1_000_000_000, 1_000_000, 1_000];
    let whole = units.into_iter().find(|unit| timestamp_ns % unit == 0);
    whole.unwrap_or(1)
}
