//! Lines on their way to whoever follows a selector.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::matcher::StreamMatcher;
use super::{NewEntry, NewStreams, value_of};
use crate::pipeline::LabelSet;

/// The most dropped lines that are remembered.
const MOST_DROPPED: usize = 1000;

/// The lines that arrive for one follower until it takes them.
#[derive(Debug)]
pub struct Arrivals {
    matchers: Vec<StreamMatcher>,
    most: usize,
    waiting: Mutex<Waiting>,
}

/// What has arrived.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Lines and the labels of their streams, in the order of arrival.
    pub lines: VecDeque<(Arc<LabelSet>, NewEntry)>,
    /// Lines that were too many, with the labels of their streams and their times in ns.
    pub dropped: Vec<(Arc<LabelSet>, i64)>,
}

impl Arrivals {
    /// Nothing yet; at most so many lines wait.
    pub fn new(matchers: Vec<StreamMatcher>, most: usize) -> Self {
        Self {
            matchers,
            most,
            waiting: Mutex::default(),
        }
    }

    /// Takes what has arrived.
    pub fn take(&self) -> Waiting {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut waiting)
    }

    /// Adds the lines of the streams that are followed.
    pub(super) fn add(&self, new: &NewStreams) {
        let follows = |labels: &LabelSet| {
            let mut matchers = self.matchers.iter();
            matchers.all(|matcher| matcher.matches(value_of(labels, &matcher.name)))
        };
        for (labels, entries) in new.iter().filter(|(labels, _)| follows(labels)) {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            for entry in entries {
                if waiting.lines.len() < self.most {
                    waiting.lines.push_back((Arc::clone(labels), entry.clone()));
                } else if waiting.dropped.len() < MOST_DROPPED {
                    let time = entry.timestamp_ns;
                    waiting.dropped.push((Arc::clone(labels), time));
                }
            }
        }
    }
}
