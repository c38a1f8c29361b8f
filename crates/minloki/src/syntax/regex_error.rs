//! Broken RE2 expressions, in Go's words.

use re2::Search;

/// Checks an expression.
///
/// # Errors
/// `error parsing regexp: …`
pub(super) fn check(expression: &str) -> Result<(), String> {
    compile(expression).map(|_| ())
}

/// Compiles an expression.
///
/// # Errors
/// As [`check`].
pub(super) fn compile(expression: &str) -> Result<Search, String> {
    Search::new(expression).map_err(|problem| format!("error parsing regexp: {}", problem.go))
}
