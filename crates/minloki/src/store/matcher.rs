//! Matchers of stream selectors, compiled.
//!
//! Loki's index looks up a positive matcher that no empty value satisfies, and decides by all others
//! afterwards. Of an expression that only lists texts it looks up each, and **a text that stands there
//! twice gives its streams twice**: `{job=~"a|a"}` counts every line two times.

use re2::Re2;

use crate::syntax::{MatchOp, Matcher};

/// A matcher, ready to be used.
#[derive(Debug)]
pub struct StreamMatcher {
    /// The label.
    pub name: String,
    test: Test,
    negated: bool,
    /// The texts that its expression lists, if it does nothing else.
    texts: Option<Vec<String>>,
}

#[derive(Debug)]
enum Test {
    Equal(String),
    Regex(Box<Re2>),
}

impl StreamMatcher {
    /// Compiles a matcher.
    ///
    /// # Errors
    /// An expression that is none, in Loki's words.
    pub fn new(matcher: &Matcher) -> Result<Self, String> {
        let (is_regex, negated) = match matcher.op {
            MatchOp::Equal => (false, false),
            MatchOp::NotEqual => (false, true),
            MatchOp::Regex => (true, false),
            MatchOp::NotRegex => (true, true),
        };
        let (test, texts) = if is_regex {
            let regex = Re2::new(&matcher.value)
                .map_err(|problem| format!("parse error : error parsing regexp: {problem}"))?;
            (Test::Regex(Box::new(regex)), listed_texts(&matcher.value))
        } else {
            let value = matcher.value.clone();
            (Test::Equal(value.clone()), Some(vec![value]))
        };
        Ok(Self {
            name: matcher.name.clone(),
            test,
            negated,
            texts,
        })
    }

    /// Says whether a label's value satisfies it; a label that is absent is empty.
    pub fn matches(&self, value: &str) -> bool {
        let found = match &self.test {
            Test::Equal(text) => text == value,
            Test::Regex(regex) => regex.matches(value),
        };
        found != self.negated
    }

    /// Says whether the index is asked for it.
    pub fn is_looked_up(&self) -> bool {
        !self.negated && !self.matches("")
    }

    /// The texts to look up, those that are listed twice twice; `None` when every value has to be tried.
    pub fn texts(&self) -> Option<&[String]> {
        self.texts.as_deref()
    }
}

/// Returns the texts of an expression such as `a|b\.c`; `None` if it has any other operator.
fn listed_texts(expression: &str) -> Option<Vec<String>> {
    let mut texts = vec![String::new()];
    let mut characters = expression.chars();
    while let Some(character) = characters.next() {
        let text = texts.last_mut()?;
        match character {
            '|' => texts.push(String::new()),
            '\\' => text.push(characters.next().filter(|c| is_operator(*c))?),
            c if is_operator(c) => return None,
            c => text.push(c),
        }
    }
    Some(texts)
}

fn is_operator(character: char) -> bool {
    r"\.+*?()|[]{}^$".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_alternatives_are_listed() {
        for (expression, texts) in [
            ("a", Some(vec!["a"])),
            ("a|b|a", Some(vec!["a", "b", "a"])),
            (r"a\.b|c", Some(vec!["a.b", "c"])),
            ("a||b", Some(vec!["a", "", "b"])),
            ("(a|a)", None),
            ("a.*|a", None),
            ("^a|a", None),
            (r"a\x32|b", None),
            (r"a\", None),
            ("(?i)a|a", None),
        ] {
            let texts = texts.map(|texts| texts.into_iter().map(str::to_owned).collect());
            assert_eq!(listed_texts(expression), texts, "{expression}");
        }
    }
}
