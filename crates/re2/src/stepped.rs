//! Expressions whose matching can be given up: an automaton that is led through the text by hand.
//!
//! Neither the expression nor the text is ours, and together they decide how long a match takes: an
//! expression of some kilobytes may need a millisecond for each byte. So whoever asks is asked in turn
//! whether to go on.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use regex_automata::Anchored;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::start;
use regex_automata::util::syntax::Config as SyntaxConfig;

use super::syntax::{Purpose, translate};
use super::{DEEPEST, Problem};

/// The most memory that the compiled expression may take, in bytes. Go's own limit lies higher: an
/// expression beyond this one counts long repetitions of large classes.
const LARGEST: usize = 8 << 20;
/// The memory for states of the automaton, which are made as texts ask for them.
const STATES: usize = 2 << 20;
/// How many bytes are gone through before it is asked whether to go on.
const STEPS: usize = 16;

/// An RE2 expression that must match a whole value; a dot matches a newline.
pub struct Stepped {
    expression: String,
    automaton: DFA,
    cache: Mutex<Cache>,
}

/// The matching was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl Stepped {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Says what Ginkgo cannot evaluate: what Go would refuse as well, an expression that is too
    /// large or too deep, a class that only Go knows.
    pub fn new(expression: &str) -> Result<Self, Problem> {
        let translated = translate(expression, Purpose::Whole)?.text;
        let automaton = DFA::builder()
            .configure(
                DFA::config()
                    .cache_capacity(STATES)
                    // One large state after the other still gets there, slowly.
                    .skip_cache_capacity_check(true),
            )
            .syntax(SyntaxConfig::new().utf8(false).nest_limit(DEEPEST))
            .thompson(
                thompson::Config::new()
                    .utf8(false)
                    .nfa_size_limit(Some(LARGEST)),
            )
            .build(&format!(r"\A{translated}\z"))
            .map_err(|error| problem(&error))?;
        let cache = Mutex::new(automaton.create_cache());
        Ok(Self {
            expression: expression.to_owned(),
            automaton,
            cache,
        })
    }

    /// Says whether the expression matches all of the text. `goes_on` is asked now and then.
    ///
    /// # Errors
    /// [`Stopped`] as soon as `goes_on` says no.
    pub fn matches(&self, text: &str, mut goes_on: impl FnMut() -> bool) -> Result<bool, Stopped> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = start::Config::new().anchored(Anchored::Yes);
        // Errors come of settings that are not set: bytes to stop at, a bound on clearings of the cache.
        let mut state = self
            .automaton
            .start_state(&mut cache, &begin)
            .map_err(|_| Stopped)?;
        for steps in text.as_bytes().chunks(STEPS) {
            if !goes_on() {
                return Err(Stopped);
            }
            for byte in steps {
                state = self
                    .automaton
                    .next_state(&mut cache, state, *byte)
                    .map_err(|_| Stopped)?;
            }
            if state.is_dead() {
                return Ok(false);
            }
        }
        let end = self.automaton.next_eoi_state(&mut cache, state);
        end.map(|state| state.is_match()).map_err(|_| Stopped)
    }

    /// Returns the bytes that the compiled expression takes, with what it remembers of texts.
    pub fn memory(&self) -> usize {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        self.automaton.memory_usage()
            + self.automaton.get_nfa().memory_usage()
            + cache.memory_usage()
    }
}

impl fmt::Debug for Stepped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stepped").field(&self.expression).finish()
    }
}

fn problem(error: &regex_automata::hybrid::BuildError) -> Problem {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    let said = last.to_string();
    if said.contains("limit") {
        return Problem {
            text: "it is too large: shorten its repetitions of classes such as \\pL".into(),
            go: "expression too large".to_owned(),
            is_ours: true,
        };
    }
    let last = said.lines().last().unwrap_or_default().to_owned();
    Problem {
        go: format!("invalid character class range: {last}"),
        text: last.into(),
        is_ours: false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::Re2;

    #[test]
    fn it_says_what_the_searching_kind_says() {
        let expressions = [
            "a|b",
            "(?i)é+",
            "a.*z",
            "",
            "^$",
            r"\bfoo\b",
            r"\pL{2,3}",
            "[^a-z]*",
            "a{3}",
            "(ab|a)(c|bcd)",
            "(?-s).*",
            r"x\By",
            "(?m)^a$",
            "(?i)straße",
        ];
        let texts = [
            "", "a", "b", "ab", "É", "éÉé", "a\nz", "foo", "foo bar", "αβ", "xy", "aaa", "abcd",
            "STRASSE", "A", "ABC",
        ];
        for expression in expressions {
            let searching = Re2::new(expression).unwrap();
            let stepped = Stepped::new(expression).unwrap();
            for text in texts {
                let found = stepped.matches(text, || true);
                assert_eq!(
                    found,
                    Ok(searching.matches(text)),
                    "{expression} in {text:?}"
                );
            }
        }
    }

    #[test]
    fn whoever_asks_may_give_up_in_the_middle_of_a_text() {
        let costly = Stepped::new("(?:[a-z0-9]{1,200}x?){1,8}y").unwrap();
        let text = "ab0".repeat(100_000);
        let until = Instant::now() + Duration::from_millis(20);
        let began = Instant::now();
        let outcome = costly.matches(&text, || Instant::now() < until);
        // It may be through before, and then says so; it never goes on for long.
        assert!(outcome == Err(Stopped) || outcome == Ok(false));
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!(costly.matches(&text, || false), Err(Stopped));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let large = r"(?:\pL{1,1000}){1,1000}";
        assert!(Stepped::new(large).is_err());
        let problem = Stepped::new(r"(?:\pL{1,900}){1,9}").unwrap_err();
        assert!(problem.text.contains("too large"), "{problem:?}");
        assert!(Stepped::new("[z-a]").is_err());
    }
}
