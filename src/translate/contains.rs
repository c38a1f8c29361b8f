//! A text that values must contain, whatever its case: for lists of values that are searched.

use super::Condition;
use super::condition::Test;
use crate::logql::quote;
use crate::query::QueryError;
use crate::schema::{Field, FieldType};
use re2::Re2;

/// A searched text. Loki and Ginkgo fold case alike, each letter by itself, also beyond ASCII.
#[derive(Debug, Clone)]
pub struct Contains {
    pattern: String,
    regex: Re2,
}

impl Contains {
    /// Makes the search for a text.
    ///
    /// # Errors
    /// Says that it is too long.
    pub fn new(text: &str) -> Result<Self, QueryError> {
        let literal = quote::regex_literal(text);
        let pattern = format!(".*(?i:{literal}).*");
        let regex = Re2::new(&pattern).map_err(|problem| {
            QueryError::new("search", format!("cannot be searched for: {problem}"))
        })?;
        Ok(Self { pattern, regex })
    }

    /// Says whether a value contains the text.
    pub fn holds(&self, value: &str) -> bool {
        self.regex.matches(value)
    }

    /// Returns the condition that Loki is asked for. Values that are written with escapes come as well:
    /// whoever reads them decides.
    pub fn condition(&self, field: &Field) -> Condition {
        Condition {
            field: Field {
                kind: FieldType::String,
                ..field.clone()
            },
            test: Test::Matches(self.pattern.clone()),
            at: "search".to_owned(),
            beyond_logql: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_any_case_and_as_it_is() {
        for (text, value, found) in [
            ("PF-1", "x pf-1 y", true),
            ("pf.1", "pf-1", false),
            ("", "anything", true),
            ("ab", "a\nb", false),
            ("b", "a\nb\nc", true),
            ("\\E(?i)[a", "x\\e(?I)[A", true),
            ("订单", "新订单 7", true),
            ("ÜBER", "über", true),
            ("σας", "ΠΡΟΣΑΣ", true),
            ("k", "\u{212a}", true),
            ("straße", "STRASSE", false),
        ] {
            let contains = Contains::new(text).unwrap();
            assert_eq!(contains.holds(value), found, "{text:?} in {value:?}");
        }
    }

    #[test]
    fn a_long_text_is_searched_or_refused_and_nothing_else() {
        let long = "(a|订)".repeat(4000);
        if let Ok(contains) = Contains::new(&long) {
            assert!(contains.holds(&format!("x{long}")));
        }
    }
}
