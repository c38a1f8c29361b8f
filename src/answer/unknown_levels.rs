//! Words of levels that a system does not know: their lines are no errors, and that must be said.

use std::collections::BTreeSet;

use super::cut;
use crate::frame::Notice;
use crate::schema::System;

/// The most words that are remembered, and that a notice names.
const MOST_WORDS: usize = 100;
const MOST_NAMED: usize = 5;
/// The most bytes of a word.
const LONGEST: usize = 40;

/// The words that were seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownLevels(BTreeSet<String>);

impl UnknownLevels {
    /// Notes the raw text of a level, if it is no word of the system's.
    pub fn saw(&mut self, raw: &str, system: &System) {
        let word = system.levels.unknown_word(raw);
        if let Some(word) = word.filter(|_| self.0.len() < MOST_WORDS) {
            let word = cut(word, LONGEST);
            if !self.0.contains(word) {
                self.0.insert(word.to_owned());
            }
        }
    }

    /// Returns the words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Says which words were seen, as the end of a sentence; `None` when all were known.
    pub fn said(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let named: Vec<String> = self
            .words()
            .take(MOST_NAMED)
            .map(|word| format!("\"{word}\""))
            .collect();
        let more = match self.0.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("{}{more}", named.join(", ")))
    }

    /// Returns the notice of an answer.
    pub fn notice(&self, system: &System) -> Option<Notice> {
        let words = self.said()?;
        Some(Notice::warning(format!(
            "levels that system \"{}\" does not know count as unknown, and not as errors: {words}; say what they mean in its level words (levelMap)",
            system.name
        )))
    }
}
