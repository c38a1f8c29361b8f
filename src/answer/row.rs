//! Rows: lines with an identity that is the same in every run, page and direction.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use super::identity::Surroundings;
use super::order::Place;
use crate::loki::response::{Entry, LogAnswer, Pairs};
use crate::query::Direction;

/// One line of the answer, borrowed from its page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'p> {
    /// The line with what stands around it.
    pub entry: Entry<'p>,
}

impl<'p> Row<'p> {
    /// Returns the value of a stream label; `None` where it is absent or empty.
    pub fn label(&self, name: &str) -> Option<&'p str> {
        find(self.entry.labels, name)
    }

    /// Returns the value of the entry's metadata; `None` where it is absent or empty. Loki renames
    /// metadata whose name the stream has as a label.
    pub fn metadata(&self, name: &str) -> Option<&'p str> {
        let metadata = self.entry.metadata;
        if metadata.is_empty() {
            return None;
        }
        find(metadata, name).or_else(|| {
            self.label(name)?;
            find(metadata, &format!("{name}_extracted"))
        })
    }
}

fn find<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    pairs.get(name).filter(|value| !value.is_empty())
}

/// Which row: its time, the hash of what it is, and its number among rows that are the same. It names a
/// row and does not order rows of one nanosecond ([`Place`] does).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    /// The hash of nanosecond, labels, metadata and line.
    pub hash: u64,
    /// How many rows of the same time and hash come before.
    pub ordinal: u32,
}

/// The row's id: the time and the hash, and the number among equals from the second on. It holds the
/// whole position, so that a question can go on behind a row that is known by its id alone.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.timestamp_ns, self.hash)?;
        match self.ordinal {
            0 => Ok(()),
            ordinal => write!(f, "-{ordinal}"),
        }
    }
}

/// The text is no row's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoId;

impl FromStr for Position {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let (digits, ordinal) = match text.split_once('-') {
            Some((digits, ordinal)) => (digits, ordinal.parse().map_err(|_| NoId)?),
            None => (text, 0),
        };
        let is_hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(digits, 16).ok().filter(|_| is_hex);
        let number = number.ok_or(NoId)?;
        Ok(Self {
            timestamp_ns: ((number >> 64) as u64).cast_signed(),
            hash: number as u64,
            ordinal,
        })
    }
}

/// The rows of a part, at most, and the bytes of their lines from which on it takes no more rows: work on a
/// part is short.
const PART_ROWS: usize = 256;
/// See [`PART_ROWS`].
const PART_BYTES: usize = 64 << 10;

/// The lines of one answer of Loki, in order. Rows of one nanosecond come by what is known of them:
/// nothing at first, then as [`Page::by_own_time`] and [`Page::as_written`] tell.
#[derive(Debug, Default)]
pub struct Page {
    pub(super) answer: Arc<LogAnswer>,
    pub(super) direction: Direction,
    /// The order; each with its place in the answer.
    pub(super) order: Vec<(Place, u32)>,
}

impl Page {
    /// Brings the lines of an answer into order.
    pub fn new(answer: Arc<LogAnswer>, direction: Direction) -> Self {
        let mut order = Vec::with_capacity(answer.len());
        let mut surroundings = Surroundings::default();
        for (index, entry) in answer.entries().enumerate() {
            let (stream, hash) = surroundings.hashes(&entry);
            let position = Position {
                timestamp_ns: entry.timestamp_ns,
                hash,
                ordinal: 0,
            };
            order.push((Place::new(position, stream), index as u32));
        }
        order.sort_by(|(a, _), (b, _)| a.cmp(b, Direction::Forward));
        let mut last: Option<Position> = None;
        for (Place { position, .. }, _) in &mut order {
            if let Some(last) = last
                && (last.timestamp_ns, last.hash) == (position.timestamp_ns, position.hash)
            {
                position.ordinal = last.ordinal + 1;
            }
            last = Some(*position);
        }
        if direction == Direction::Backward {
            order.reverse();
        }
        Self {
            answer,
            direction,
            order,
        }
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Says whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns which row stands at a number of the order.
    pub fn position(&self, index: usize) -> Option<Position> {
        Some(self.place(index)?.position)
    }

    /// Returns where the row of a number stands.
    pub fn place(&self, index: usize) -> Option<Place> {
        self.order.get(index).map(|(place, _)| *place)
    }

    /// Returns the rows of a range in order.
    pub fn rows(&self, range: Range<usize>) -> impl Iterator<Item = (Position, Row<'_>)> {
        let order = self.order.get(range).unwrap_or_default();
        order.iter().filter_map(|(place, index)| {
            let entry = self.answer.entry(*index as usize)?;
            Some((place.position, Row { entry }))
        })
    }

    /// Returns the end of a first part of a range of rows: a few rows, fewer where lines are long.
    pub fn first_part(&self, range: Range<usize>) -> usize {
        let mut bytes = 0;
        for (index, (_, row)) in range.clone().zip(self.rows(range.clone())) {
            bytes += row.entry.line.len();
            let rows = index + 1 - range.start;
            if rows >= PART_ROWS || bytes >= PART_BYTES {
                return index + 1;
            }
        }
        range.end
    }

    /// Returns the bytes of the lines of a range of rows, with what stands beside them.
    pub fn bytes(&self, range: Range<usize>) -> usize {
        let beside = |entry: &Entry<'_>| {
            entry.labels.bytes() + entry.metadata.bytes() + entry.parsed.bytes()
        };
        let rows = self.rows(range).map(|(_, row)| row.entry);
        rows.map(|entry| entry.line.len() + beside(&entry)).sum()
    }

    /// Returns the first row of a nanosecond, or the number of rows.
    pub fn first_at(&self, timestamp_ns: i64) -> usize {
        let at = |(place, _): &(Place, u32)| place.position.timestamp_ns == timestamp_ns;
        self.order.iter().position(at).unwrap_or(self.len())
    }

    /// Returns the first row from `start` on that stands behind the bound, or the number of rows.
    pub fn first_behind(&self, start: usize, bound: Option<Place>) -> usize {
        let Some(bound) = bound else {
            return self.len();
        };
        let rest = self.order.get(start..).unwrap_or_default();
        start + rest.partition_point(|(place, _)| place.cmp(&bound, self.direction).is_le())
    }

    /// Keeps the first rows only.
    pub fn truncate(&mut self, rows: usize) {
        self.order.truncate(rows);
    }

    /// Keeps the rows from `start_ns` on and before `end_ns`.
    pub fn keep_between(&mut self, start_ns: i64, end_ns: i64) {
        let range = start_ns..end_ns;
        let inside = |(place, _): &(Place, u32)| range.contains(&place.position.timestamp_ns);
        let ends = [self.order.first(), self.order.last()];
        // They are in the order of their times.
        if !ends.into_iter().flatten().all(inside) {
            self.order.retain(inside);
        }
    }

    /// Keeps the rows for which `keeps` holds.
    pub fn retain(&mut self, mut keeps: impl FnMut(&Position, Row<'_>) -> bool) {
        let answer = &self.answer;
        self.order.retain(|(place, index)| {
            let entry = answer.entry(*index as usize);
            entry.is_some_and(|entry| keeps(&place.position, Row { entry }))
        });
    }
}

/// Says whether a label is Loki's own (`__stream_shard__`).
pub fn is_internal(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

/// Calls `each` with the name, the value and the kind of the pairs of these sets that are labels of a row
/// beside its fields: of a name that several sets have the last, no name of a field, none of Loki's own.
pub fn each_beside_fields<K: Copy>(
    sets: &[(&Pairs, K); 3],
    is_field: impl Fn(&str) -> bool,
    mut each: impl FnMut(&str, &str, K),
) {
    for (number, (pairs, kind)) in sets.iter().enumerate() {
        for (name, value) in pairs.iter() {
            let mut later = sets.iter().skip(number + 1);
            let hidden = is_internal(name)
                || is_field(name)
                || later.any(|(pairs, _)| pairs.get(name).is_some());
            if !hidden {
                each(name, value, *kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(streams: &serde_json::Value, direction: Direction) -> Page {
        let data = json!({ "resultType": "streams", "result": streams });
        let body = json!({ "status": "success", "data": data }).to_string();
        Page::new(
            LogAnswer::decode(body.as_bytes()).unwrap().into(),
            direction,
        )
    }

    fn positions(page: &Page) -> Vec<Position> {
        page.rows(0..page.len())
            .map(|(position, _)| position)
            .collect()
    }

    #[test]
    fn rows_have_one_id_and_one_order_that_the_direction_turns_round() {
        let streams = json!([
            {"stream": {"a": "1"}, "values": [["2", "x"], ["1", "y"], ["1", "z"]]},
            {"stream": {"a": "2"}, "values": [["1", "y"]]},
        ]);
        let backward = positions(&page(&streams, Direction::Backward));
        let mut forward = positions(&page(&streams, Direction::Forward));
        let times: Vec<i64> = backward.iter().map(|row| row.timestamp_ns).collect();
        assert_eq!(times, [2, 1, 1, 1]);
        forward.reverse();
        assert_eq!(backward, forward);
    }

    #[test]
    fn an_id_reads_back_and_nothing_else_is_one() {
        for timestamp_ns in [i64::MIN, -1, 0, 1_772_366_400_000_000_001, i64::MAX] {
            for ordinal in [0, 1, u32::MAX] {
                let position = Position {
                    timestamp_ns,
                    hash: 0xab,
                    ordinal,
                };
                assert_eq!(position.to_string().parse(), Ok(position));
            }
        }
        let id = "18a1b2c3d4e5f60700000000000000ab";
        assert!(id.parse::<Position>().is_ok());
        for wrong in [
            "",
            "18a1b2c3d4e5f607",
            &format!("{id}0"),
            &format!("{id}-"),
            &format!("{id}-x"),
            &id.replace('1', "+"),
            "é",
        ] {
            assert_eq!(wrong.parse::<Position>(), Err(NoId), "{wrong}");
        }
    }

    #[test]
    fn what_loki_adds_does_not_change_an_id_and_equals_are_numbered() {
        let detected = json!({"structuredMetadata": {"detected_level": "info"}});
        let streams = json!([
            {"stream": {"a": "1"}, "values": [["1", "x"]]},
            {"stream": {"__stream_shard__": "2", "a": "1"}, "values": [["1", "x", detected]]},
        ]);
        let rows = positions(&page(&streams, Direction::Forward));
        assert_eq!(rows[1].to_string(), format!("{}-1", rows[0]));
    }

    #[test]
    fn everything_else_changes_an_id() {
        let id = |labels: serde_json::Value, entry: serde_json::Value| {
            let streams = json!([{"stream": labels, "values": [entry]}]);
            positions(&page(&streams, Direction::Forward))[0].to_string()
        };
        let mut ids = vec![
            id(json!({"a": "1"}), json!(["1", "x"])),
            id(json!({"a": "2"}), json!(["1", "x"])),
            id(json!({"a": "", "1": ""}), json!(["1", "x"])),
            id(json!({"a": "1"}), json!(["2", "x"])),
            id(json!({"a": "1"}), json!(["1", "y"])),
        ];
        for metadata in [json!({"a": "1"}), json!({"a1": ""}), json!({"a": "2"})] {
            let entry = json!(["1", "x", {"structuredMetadata": metadata}]);
            ids.push(id(json!({"a": "1"}), entry));
        }
        let number = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), number);
    }
}
