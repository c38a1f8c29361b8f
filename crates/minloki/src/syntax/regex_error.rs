//! Broken RE2 expressions, in Go's words.

use re2::{Problem, Search};

/// Says what is wrong with an expression: in Go's words, or that this Loki cannot run it.
pub fn words(problem: &Problem) -> String {
    if problem.is_ours {
        return format!("not in the embedded Loki: {}", problem.text);
    }
    format!("error parsing regexp: {}", problem.go)
}

/// Checks an expression. One that a real Loki takes and this one cannot run is refused when it is run.
///
/// # Errors
/// `error parsing regexp: …`
pub(super) fn check(expression: &str) -> Result<(), String> {
    match Search::new(expression) {
        Err(problem) if !problem.is_ours => Err(words(&problem)),
        _ => Ok(()),
    }
}

/// Compiles an expression.
///
/// # Errors
/// As [`check`].
pub(super) fn compile(expression: &str) -> Result<Search, String> {
    Search::new(expression).map_err(|problem| words(&problem))
}
