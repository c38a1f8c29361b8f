//! Levels: the words that programs write, and the six that Ginkgo shows.

use std::collections::BTreeMap;
use std::fmt;

use super::fold;

/// A canonical level, from the least to the most severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// No level, or a word that is none. Below every other, and in no order with them.
    Unknown,
    /// `trace`
    Trace,
    /// `debug`
    Debug,
    /// `info`
    Info,
    /// `warning`
    Warning,
    /// `error`
    Error,
    /// `critical`
    Critical,
}

impl Level {
    /// All levels, the most severe first.
    pub const ALL: [Self; 7] = [
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Info,
        Self::Debug,
        Self::Trace,
        Self::Unknown,
    ];

    /// Returns the canonical word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// Returns the level of this canonical word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The words of a system for its levels. Case and blanks around a word do not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelMap {
    words: BTreeMap<String, Level>,
}

impl Default for LevelMap {
    /// Returns the words that most programs use; numbers are pino's.
    fn default() -> Self {
        let words = [
            (
                Level::Critical,
                &["critical", "fatal", "crit", "emerg", "alert", "panic", "60"][..],
            ),
            (Level::Error, &["error", "err", "eror", "50"]),
            (Level::Warning, &["warning", "warn", "40"]),
            (Level::Info, &["info", "information", "notice", "30"]),
            (Level::Debug, &["debug", "20"]),
            (Level::Trace, &["trace", "verbose", "10"]),
        ];
        let pairs = words
            .into_iter()
            .flat_map(|(level, words)| words.iter().map(move |word| ((*word).to_owned(), level)));
        Self {
            words: pairs.collect(),
        }
    }
}

impl LevelMap {
    /// Adds a word, or gives a known one another level.
    pub fn set(&mut self, word: &str, level: Level) {
        self.words.insert(folded(word), level);
    }

    /// Returns the canonical level of a raw word.
    pub fn canonical(&self, raw: &str) -> Level {
        // Most programs write a word as it is known.
        let level = self.words.get(raw).or_else(|| self.words.get(&folded(raw)));
        level.copied().unwrap_or(Level::Unknown)
    }

    /// Returns the level that a user means by a word: a canonical one or a known spelling.
    pub fn meant(&self, word: &str) -> Option<Level> {
        let word = folded(word);
        Level::from_name(&word).or_else(|| self.words.get(&word).copied())
    }

    /// Returns the words (lower case) of these levels, in order.
    pub fn words_of<'a>(&'a self, levels: &'a [Level]) -> impl Iterator<Item = &'a str> {
        self.words
            .iter()
            .filter(|(_, level)| levels.contains(level))
            .map(|(word, _)| word.as_str())
    }
}

/// Blanks are those of RE2's `\s`.
fn folded(word: &str) -> String {
    fold::folded(word.trim_matches(|c: char| c.is_ascii_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spelling_finds_its_level() {
        let map = LevelMap::default();
        for (raw, level) in [
            ("ERROR", Level::Error),
            (" Eror\t", Level::Error),
            ("Fatal", Level::Critical),
            ("30", Level::Info),
            ("WARN", Level::Warning),
            ("Verbo\u{17f}e", Level::Trace),
            ("ınfo", Level::Unknown),
            ("", Level::Unknown),
            ("loud", Level::Unknown),
        ] {
            assert_eq!(map.canonical(raw), level, "{raw}");
        }
    }

    #[test]
    fn a_system_can_name_its_own_words() {
        let mut map = LevelMap::default();
        map.set("SEVERE", Level::Critical);
        map.set("notice", Level::Warning);
        assert_eq!(map.canonical("severe"), Level::Critical);
        assert_eq!(map.canonical("Notice"), Level::Warning);
        let words: Vec<_> = map.words_of(&[Level::Warning]).collect();
        assert_eq!(words, ["40", "notice", "warn", "warning"]);
    }

    #[test]
    fn a_user_may_write_any_known_word() {
        let map = LevelMap::default();
        assert_eq!(map.meant("Err"), Some(Level::Error));
        assert_eq!(map.meant("unknown"), Some(Level::Unknown));
        assert_eq!(map.meant("loud"), None);
    }
}
