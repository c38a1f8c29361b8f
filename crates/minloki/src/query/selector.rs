//! Stream selectors of requests that take nothing else.

use super::Fault;
use crate::store::StreamMatcher;
use crate::syntax::{Expr, Matcher, parse};

/// Reads a stream selector.
///
/// # Errors
/// Loki's words: it is no LogQL, chooses nothing, or has more than matchers.
pub fn selector(text: &str) -> Result<Vec<Matcher>, Fault> {
    match parse(text).map_err(|error| Fault::bad(error.to_string()))? {
        Expr::Log(lines) if lines.stages.is_empty() => Ok(lines.selector),
        Expr::Log(_) | Expr::Metric(_) => Err(Fault::bad("only label matchers are supported")),
    }
}

/// Compiles matchers.
///
/// # Errors
/// An expression that cannot be evaluated.
pub fn matchers(selector: &[Matcher]) -> Result<Vec<StreamMatcher>, Fault> {
    let compiled = selector.iter().map(StreamMatcher::new);
    compiled.collect::<Result<_, _>>().map_err(Fault::bad)
}
