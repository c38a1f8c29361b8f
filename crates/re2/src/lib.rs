//! Regular expressions as Loki reads them (RE2, Go's `regexp/syntax` with Perl's flags), for what
//! Ginkgo must decide by itself.
//!
//! Rust's `regex` is RE2's grandchild with another syntax: `syntax` writes an expression of Go's
//! in it, so that both match the same texts. Unicode's tables are those of the `regex` crate: a
//! character that Go's older tables do not know yet may be in other classes there.
//! Source: <https://pkg.go.dev/regexp/syntax>, Go 1.26.

mod class;
mod piece;
mod problem;
mod scan;
mod search;
mod shape;
mod stepped;
mod syntax;
#[cfg(test)]
mod tests;

use std::fmt;

use ::regex::bytes::{Regex, RegexBuilder};

pub use problem::Problem;
pub use scan::check;
pub use search::Search;
pub use shape::Shape;
pub use stepped::{Stepped, Stopped};

/// The most memory that one compiled expression may take, in bytes. Go's own limit lies higher: an
/// expression beyond this one counts long repetitions of large classes.
const LARGEST: usize = 32 << 20;

/// The deepest nesting of what [`syntax`] writes; its own limit comes first.
const DEEPEST: u32 = 2000;

/// An RE2 expression that must match a whole value; a dot matches a newline.
#[derive(Clone)]
pub struct Re2 {
    expression: String,
    regex: Regex,
}

impl Re2 {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Says what Ginkgo cannot evaluate: what Go would refuse as well, an expression that is too
    /// large or too deep, a class that only Go knows.
    pub fn new(expression: &str) -> Result<Self, String> {
        Self::compile(expression).map_err(|problem| problem.text.into_owned())
    }

    /// Compiles an expression as [`Re2::new`] does, with Go's wording of errors beside our own.
    ///
    /// # Errors
    /// As for [`Re2::new`].
    pub fn compile(expression: &str) -> Result<Self, Problem> {
        let translated = syntax::translate(expression, syntax::Purpose::Whole)?.text;
        Ok(Self {
            expression: expression.to_owned(),
            regex: compile(&format!(r"\A{translated}\z"))?,
        })
    }

    /// Says whether the expression matches all of the text.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text.as_bytes())
    }
}

/// Says whether an expression may match the empty text, which it may where this cannot be told; nothing is
/// compiled. An expression that cannot be read matches nothing.
pub fn may_match_empty(expression: &str) -> bool {
    let Ok(translation) = syntax::translate(expression, syntax::Purpose::Whole) else {
        return false;
    };
    let parsed = regex_syntax::ParserBuilder::new()
        .utf8(false)
        .nest_limit(DEEPEST)
        .build()
        .parse(&translation.text);
    parsed.is_ok_and(|hir| hir.properties().minimum_len() == Some(0))
}

impl fmt::Debug for Re2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Re2").field(&self.expression).finish()
    }
}

/// Compiles what [`syntax`] wrote.
fn compile(translated: &str) -> Result<Regex, Problem> {
    // Bytes: an ASCII `\B` is no assertion about text in Rust. Whatever consumes is Unicode.
    RegexBuilder::new(translated)
        .size_limit(LARGEST)
        .nest_limit(DEEPEST)
        .build()
        .map_err(|error| problem(&error))
}

fn problem(error: &::regex::Error) -> Problem {
    match error {
        ::regex::Error::CompiledTooBig(_) => Problem {
            text: "it is too large: shorten its repetitions of classes such as \\pL".into(),
            go: "expression too large".to_owned(),
            is_ours: true,
        },
        // The error shows the translation, which nobody wrote: only its last line says what is wrong.
        error => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let last = last.strip_prefix("error: ").unwrap_or(last).to_owned();
            Problem {
                go: format!("invalid character class range: {last}"),
                text: last.into(),
                is_ours: false,
            }
        }
    }
}
