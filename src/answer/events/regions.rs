//! Regions between events.
//!
//! A region goes from a start to the first later event with the same key that ends one. A start that
//! nothing ends is open to the end of what was read. An end of a key of which nothing began since the
//! beginning of what was read began earlier; further ends of the key are points. So are events
//! without a key.

use std::collections::HashMap;
use std::ops::Range;

use super::{Annotation, Event};

/// What is said behind the text of a region without an end.
pub const OPEN: &str = " (still open)";
/// What is said behind the text of a region without a start.
pub const EARLIER: &str = " (began earlier)";

/// Regions, and what could be none.
pub struct Regions<'e> {
    /// Regions and points, in no order.
    pub annotations: Vec<Annotation<'e>>,
    /// How many events had no key.
    pub keyless: usize,
}

/// Pairs events, which are in the order of their times; `key` is the number of the field whose value
/// they share.
pub fn regions<'e>(events: &'e [Event], key: usize, covered: &Range<i64>) -> Regions<'e> {
    let mut annotations = Vec::new();
    let mut keyless = 0;
    let mut open: HashMap<&str, Vec<&Event>> = HashMap::new();
    for event in events {
        let Some(key) = event.value(key) else {
            keyless += 1;
            annotations.push(Annotation::point(event));
            continue;
        };
        let time_ns = event.at.timestamp_ns;
        let known = open.contains_key(key);
        let started = open.entry(key).or_default();
        if event.ends {
            if started.is_empty() && !event.starts {
                let point = Annotation::point(event);
                annotations.push(if known {
                    point
                } else {
                    Annotation {
                        time_ns: covered.start.min(time_ns),
                        end_ns: Some(time_ns),
                        of: [None, Some(event)],
                        mark: EARLIER,
                    }
                });
            }
            for start in started.drain(..) {
                annotations.push(Annotation {
                    end_ns: Some(time_ns),
                    of: [Some(start), Some(event)],
                    ..Annotation::point(start)
                });
            }
        }
        if event.starts {
            started.push(event);
        }
    }
    for start in open.into_values().flatten() {
        annotations.push(Annotation {
            end_ns: Some(covered.end.max(start.at.timestamp_ns)),
            mark: OPEN,
            ..Annotation::point(start)
        });
    }
    Regions {
        annotations,
        keyless,
    }
}
