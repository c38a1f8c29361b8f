//! Levels: the words that programs write, and the six that Ginkgo shows.

use std::collections::BTreeMap;
use std::fmt;

use super::{Field, fold};

mod words;

pub use words::{AROUND, AROUND_ESCAPED, is_number};

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

/// The words of a system for its levels. Case, and blanks and colours around a word, do not matter, nor
/// does a number's fraction of nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelMap {
    words: BTreeMap<String, Level>,
}

impl Default for LevelMap {
    /// Returns the words that programs use (`words.rs`).
    fn default() -> Self {
        let pairs = words::WORDS
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

    /// Adds the numbers that the keys of a level's field promise.
    pub fn set_numbers_of(&mut self, field: &Field) {
        self.words.extend(words::numbers_of(field));
    }

    /// Returns the words (lower case) of these levels, in order.
    pub fn words_of<'a>(&'a self, levels: &'a [Level]) -> impl Iterator<Item = &'a str> {
        self.words
            .iter()
            .filter(|(_, level)| levels.contains(level))
            .map(|(word, _)| word.as_str())
    }

    /// Returns the word as this map has it, if something was written that is none of its words.
    pub fn unknown_word<'w>(&self, raw: &'w str) -> Option<&'w str> {
        let word = words::bare(raw);
        let is_known = word.is_empty() || self.meant(word).is_some();
        (!is_known).then_some(word)
    }
}

/// Returns the word without colours and blanks around it, in the case in which words are compared.
fn folded(word: &str) -> String {
    let folded = fold::folded(words::bare(word));
    match words::whole(&folded) {
        whole if whole.len() < folded.len() => whole.to_owned(),
        _ => folded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Source;

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
            ("\u{1b}[31mERROR\u{1b}[0m", Level::Error),
            ("\u{1b}[1m\u{1b}[33m warn \u{1b}[0m ", Level::Warning),
            ("[32minf[0m", Level::Info),
            ("#033[31mFTL#033[0m", Level::Critical),
            ("50.0", Level::Error),
            ("50.", Level::Error),
            ("50.5", Level::Unknown),
            ("error.0", Level::Unknown),
            ("[error]", Level::Unknown),
            ("\u{1b}[0m", Level::Unknown),
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
        map.set("100.0", Level::Warning);
        assert_eq!(map.canonical("severe"), Level::Critical);
        assert_eq!(map.canonical("Notice"), Level::Warning);
        assert_eq!(map.canonical("100"), Level::Warning);
        let words: Vec<_> = map.words_of(&[Level::Warning]).collect();
        let own = ["100", "notice"];
        assert!(own.iter().all(|word| words.contains(word)), "{words:?}");
    }

    /// By writer, in the order critical, error, warning, info, debug, trace, as their documentation has them.
    #[test]
    fn the_words_of_common_writers_are_known() {
        for (writer, levels) in [
            (
                "zap",
                ["dpanic panic fatal", "error", "warn", "info", "debug", ""],
            ),
            (
                "zerolog",
                ["fatal panic", "error", "warn", "info", "debug", "trace"],
            ),
            (
                "zerolog on a terminal",
                ["FTL PNC", "ERR", "WRN", "INF", "DBG", "TRC"],
            ),
            (
                "Serilog",
                [
                    "Fatal FTL FATL F",
                    "Error ERR EROR E",
                    "Warning WRN WARN W",
                    "Information INF INFO I",
                    "Debug DBG DBUG D",
                    "Verbose VRB VERB V",
                ],
            ),
            (
                ".NET's console",
                ["crit", "fail", "warn", "info", "dbug", "trce"],
            ),
            ("klog", ["F", "E", "W", "I", "", ""]),
            (
                "log4j",
                ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"],
            ),
            (
                "java.util.logging",
                [
                    "",
                    "SEVERE",
                    "WARNING",
                    "INFO",
                    "CONFIG FINE",
                    "FINER FINEST",
                ],
            ),
            (
                "OpenTelemetry",
                [
                    "FATAL FATAL2 FATAL3 FATAL4",
                    "ERROR ERROR2 ERROR3 ERROR4",
                    "WARN WARN2 WARN3 WARN4",
                    "INFO INFO2 INFO3 INFO4",
                    "DEBUG DEBUG2 DEBUG3 DEBUG4",
                    "TRACE TRACE2 TRACE3 TRACE4",
                ],
            ),
            (
                "loguru",
                [
                    "CRITICAL",
                    "ERROR",
                    "WARNING",
                    "INFO SUCCESS",
                    "DEBUG",
                    "TRACE",
                ],
            ),
            (
                "syslog",
                [
                    "emerg emergency panic alert crit critical",
                    "err error",
                    "warning warn",
                    "notice info informational",
                    "debug",
                    "",
                ],
            ),
            (
                "pino",
                [
                    "60 fatal", "50 error", "40 warn", "30 info", "20 debug", "10 trace",
                ],
            ),
            (
                "a number with a fraction",
                ["60.0", "50.0", "40.0", "30.0", "20.0", "10.0"],
            ),
        ] {
            let known = LevelMap::default();
            let order = Level::ALL.into_iter().zip(levels);
            for (level, words) in order {
                for word in words.split_whitespace() {
                    assert_eq!(known.canonical(word), level, "{writer}: {word}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_those_that_the_key_promises() {
        let field = |source: &str| Field {
            sources: vec![Source::Metadata(source.to_owned())],
            ..Field::ad_hoc("level")
        };
        let of = |source: &str, number: &str| {
            let mut map = LevelMap::default();
            map.set_numbers_of(&field(source));
            map.canonical(number)
        };
        for (source, number, level) in [
            ("level", "10", Level::Trace),
            ("level", "3", Level::Unknown),
            ("severity_number", "1", Level::Trace),
            ("severity_number", "9", Level::Info),
            ("SeverityNumber", "10", Level::Info),
            ("severityNumber", "20", Level::Error),
            ("severity_number", "21", Level::Critical),
            ("severity_number", "25", Level::Unknown),
            ("PRIORITY", "3", Level::Error),
            ("priority", "6", Level::Info),
            ("syslog_severity_code", "0", Level::Critical),
            ("syslog_severity_code", "7", Level::Debug),
        ] {
            assert_eq!(of(source, number), level, "{source}: {number}");
        }
    }

    #[test]
    fn what_is_no_word_is_told_from_nothing() {
        let map = LevelMap::default();
        for (raw, word) in [
            ("loud", Some("loud")),
            (" \u{1b}[31mloud\u{1b}[0m", Some("loud")),
            ("", None),
            ("\u{1b}[0m", None),
            ("Unknown", None),
            ("ERR", None),
        ] {
            assert_eq!(map.unknown_word(raw), word, "{raw}");
        }
    }

    #[test]
    fn a_user_may_write_any_known_word() {
        let map = LevelMap::default();
        assert_eq!(map.meant("Err"), Some(Level::Error));
        assert_eq!(map.meant("unknown"), Some(Level::Unknown));
        assert_eq!(map.meant("loud"), None);
    }
}
