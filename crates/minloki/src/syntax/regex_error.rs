//! Broken RE2 expressions, in Go's words.

use re2::Search;

/// Checks an expression. One that a real Loki takes and this one cannot run is refused when it is run.
///
/// # Errors
/// `error parsing regexp: …`
pub(super) fn check(expression: &str) -> Result<(), String> {
    match Search::new(expression) {
        Err(problem) if !problem.is_ours => Err(format!("error parsing regexp: {}", problem.go)),
        _ => Ok(()),
    }
}

/// Compiles an expression.
///
/// # Errors
/// As [`check`].
pub(super) fn compile(expression: &str) -> Result<Search, String> {
    Search::new(expression).map_err(|problem| format!("error parsing regexp: {}", problem.go))
}
