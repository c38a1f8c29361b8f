//! What is wrong with an expression, in two wordings.

use std::borrow::Cow;

/// Why an expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// For people, as the end of a sentence about the expression.
    pub text: Cow<'static, str>,
    /// What Go's `regexp` says, from behind `error parsing regexp: `.
    pub go: String,
    /// Whether Go takes the expression, and only this crate cannot run it.
    pub is_ours: bool,
}

impl Problem {
    /// `code` is Go's name of the problem, `shown` the part of the expression that it quotes.
    pub fn new(text: impl Into<Cow<'static, str>>, code: &str, shown: &str) -> Self {
        Self {
            text: text.into(),
            go: format!("{code}: `{shown}`"),
            is_ours: false,
        }
    }

    /// What Go takes and this crate cannot run.
    pub fn ours(text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Self {
            go: text.clone().into_owned(),
            text,
            is_ours: true,
        }
    }
}
