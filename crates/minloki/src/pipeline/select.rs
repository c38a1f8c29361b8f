//! The stages `drop` and `keep`.

use re2::Re2;

use super::labels::{ERROR, ERROR_DETAILS, Labels};
use crate::syntax::{MatchOp, NameOrMatcher, regex_words};

/// Labels by name, or by name and value.
#[derive(Debug)]
pub struct Selection {
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    name: String,
    test: Option<(Test, bool)>,
}

#[derive(Debug)]
enum Test {
    Equal(String),
    Regex(Re2),
}

impl Selection {
    /// Compiles what a stage lists.
    ///
    /// # Errors
    /// What Go's `regexp` refuses.
    pub fn new(items: &[NameOrMatcher]) -> Result<Self, String> {
        let item = |item: &NameOrMatcher| match item {
            NameOrMatcher::Name(name) => Ok(Item {
                name: name.clone(),
                test: None,
            }),
            NameOrMatcher::Matcher(matcher) => {
                let test = match matcher.op {
                    MatchOp::Equal | MatchOp::NotEqual => Test::Equal(matcher.value.clone()),
                    MatchOp::Regex | MatchOp::NotRegex => Test::Regex(
                        Re2::compile(&matcher.value).map_err(|problem| regex_words(&problem))?,
                    ),
                };
                let negated = matches!(matcher.op, MatchOp::NotEqual | MatchOp::NotRegex);
                Ok(Item {
                    name: matcher.name.clone(),
                    test: Some((test, negated)),
                })
            }
        };
        Ok(Self {
            items: items.iter().map(item).collect::<Result<_, String>>()?,
        })
    }

    /// Takes the labels away.
    pub fn drop_from(&self, labels: &mut Labels<'_>) {
        labels.loses_empty = true;
        for item in &self.items {
            match item.name.as_str() {
                ERROR => {
                    if labels.error().is_some_and(|value| item.holds(value)) {
                        labels.clear_error();
                    }
                }
                ERROR_DETAILS => {
                    if labels
                        .error_details()
                        .is_some_and(|value| item.holds(value))
                    {
                        labels.clear_error_details();
                    }
                }
                name => {
                    if labels.get(name).is_some_and(|value| item.holds(value)) {
                        labels.remove(name);
                    }
                }
            }
        }
    }

    /// Takes all others away, but for those of an error.
    pub fn keep_of(&self, labels: &mut Labels<'_>) {
        labels.retain(|name, value| {
            let mut named = self.items.iter().filter(|item| item.name == name);
            named.any(|item| item.holds(value))
        });
    }
}

impl Item {
    fn holds(&self, value: &str) -> bool {
        match &self.test {
            None => true,
            Some((Test::Equal(text), negated)) => (text == value) != *negated,
            Some((Test::Regex(regex), negated)) => regex.matches(value) != *negated,
        }
    }
}
