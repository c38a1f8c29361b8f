//! What Loki's query front end does to lines of one nanosecond.
//!
//! It sorts the lines of each label set and hour twice, by a comparison that takes equal times for ordered,
//! with a sort that is not stable. Up to twelve lines come out as they were; **of more, those of one
//! nanosecond can come in any order**, the same one for the same answer. Where the limit cuts a nanosecond, a
//! real Loki sorts before it cuts, and other lines of it can be left.

use super::order::Row;
use super::stats::split_of;
use super::{Direction, go_sort};

/// Brings the lines of one label set, sorted by time, into the order in which the front end sends them.
pub fn shuffle(rows: Vec<Row>, direction: Direction) -> Vec<Row> {
    let has_ties = rows.windows(2).any(|pair| match pair {
        [a, b] => a.timestamp_ns == b.timestamp_ns,
        _ => false,
    });
    if !has_ties {
        return rows;
    }
    let mut shuffled: Vec<Row> = Vec::with_capacity(rows.len());
    let mut part: Vec<Row> = Vec::new();
    for row in rows {
        let hour = split_of(row.timestamp_ns);
        if part
            .first()
            .is_some_and(|first| split_of(first.timestamp_ns) != hour)
        {
            sort_twice(&mut part, direction);
            shuffled.append(&mut part);
        }
        part.push(row);
    }
    sort_twice(&mut part, direction);
    shuffled.append(&mut part);
    shuffled
}

fn sort_twice(rows: &mut [Row], direction: Direction) {
    for _ in 0..2 {
        go_sort::sort(rows, |a, b| match direction {
            Direction::Forward => a.timestamp_ns <= b.timestamp_ns,
            Direction::Backward => a.timestamp_ns >= b.timestamp_ns,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pipeline::CategorizedLabels;

    fn shuffled(times: impl Iterator<Item = i64>, direction: Direction) -> Vec<usize> {
        let row = |(number, timestamp_ns): (usize, i64)| Row {
            timestamp_ns,
            line: number.to_string().into(),
            labels: CategorizedLabels {
                stream: Arc::default(),
                metadata: Vec::new(),
                parsed: Vec::new(),
            },
            stream: 0,
            written: (0, number),
        };
        let rows = times.enumerate().map(row).collect();
        let shuffled = shuffle(rows, direction);
        shuffled.into_iter().map(|row| row.written.1).collect()
    }

    /// As Loki 3.7.6 sent twenty lines of one nanosecond.
    #[test]
    fn more_than_twelve_lines_come_with_their_ties_shuffled() {
        let order = [
            17, 6, 12, 2, 5, 16, 11, 0, 15, 18, 8, 1, 3, 13, 9, 19, 4, 7, 10, 14,
        ];
        for direction in [Direction::Forward, Direction::Backward] {
            assert_eq!(shuffled((0..20).map(|_| 5), direction), order);
        }
    }

    #[test]
    fn twelve_lines_come_as_they_were() {
        let as_they_were: Vec<usize> = (0..12).collect();
        for direction in [Direction::Forward, Direction::Backward] {
            assert_eq!(shuffled((0..12).map(|_| 5), direction), as_they_were);
        }
        // Each hour by itself.
        let hours = (0..24).map(|n| if n < 12 { 0 } else { 3_600_000_000_000 });
        let as_they_were: Vec<usize> = (0..24).collect();
        assert_eq!(shuffled(hours, Direction::Forward), as_they_were);
    }

    #[test]
    fn times_stay_sorted() {
        let times: Vec<i64> = (0..200).map(|n| n / 3).collect();
        let order = shuffled(times.iter().copied(), Direction::Forward);
        let sorted: Vec<i64> = order.iter().map(|number| times[*number]).collect();
        assert_eq!(sorted, times);
    }
}
