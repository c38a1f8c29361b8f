//! Line filters: `|=`, `!=`, `|~`, `!~`, `|>`, `!>`.
//! Source: <https://grafana.com/docs/loki/latest/query/log_queries/#line-filter-expression>.

use super::ip::IpPattern;
use super::pattern::Pattern;
use super::text_test::{Anchoring, TextTest};
use crate::syntax::{LineFilter, LineMatch, LineOp, regex_words};

/// A compiled line filter.
#[derive(Debug)]
pub struct LineTest {
    asked: Asked,
    negated: bool,
}

#[derive(Debug)]
enum Asked {
    Text(TextTest),
    /// For negated alternatives, which are all looked for: an empty one is found everywhere.
    EachText(Vec<TextTest>),
    Ip(IpPattern),
    Patterns(Vec<Pattern>),
}

impl LineTest {
    /// Compiles a filter.
    ///
    /// # Errors
    /// Loki's words.
    pub fn new(filter: &LineFilter) -> Result<Self, String> {
        let negated = matches!(
            filter.op,
            LineOp::NotContains | LineOp::NotRegex | LineOp::NotPattern
        );
        let asked = match (filter.op, filter.alternatives.as_slice()) {
            (LineOp::Contains | LineOp::NotContains, [LineMatch::Ip(pattern)]) => {
                Asked::Ip(IpPattern::new(pattern)?)
            }
            (_, [LineMatch::Ip(_)]) => return Err("ip: invalid operation".to_owned()),
            (LineOp::Pattern | LineOp::NotPattern, alternatives) => {
                let patterns = alternatives.iter().map(text_of).map(Pattern::of_filter);
                Asked::Patterns(patterns.collect::<Result<_, _>>()?)
            }
            (op, alternatives) => {
                let is_regex = matches!(op, LineOp::Regex | LineOp::NotRegex);
                let test = |text: &str| {
                    if is_regex {
                        TextTest::regex(text, Anchoring::Line)
                            .map_err(|problem| regex_words(&problem))
                    } else {
                        Ok(TextTest::contains(text))
                    }
                };
                let tests = alternatives.iter().map(text_of).map(test);
                let tests = tests.collect::<Result<_, _>>()?;
                if negated {
                    Asked::EachText(tests)
                } else {
                    Asked::Text(TextTest::any(tests))
                }
            }
        };
        Ok(Self { asked, negated })
    }

    /// Says whether the filter lets a line through.
    pub fn passes(&self, line: &str) -> bool {
        let found = match &self.asked {
            Asked::Text(test) => test.holds(line),
            Asked::EachText(tests) => tests.iter().any(|test| test.holds(line)),
            Asked::Ip(pattern) => pattern.is_in(line),
            Asked::Patterns(patterns) => patterns.iter().any(|pattern| pattern.matches(line)),
        };
        found != self.negated
    }
}

/// Among alternatives, `ip("…")` is looked for as a text.
fn text_of(alternative: &LineMatch) -> &str {
    match alternative {
        LineMatch::Text(text) | LineMatch::Ip(text) => text,
    }
}
