//! The parser and its texts against what a real Loki answers.

mod queries;
mod recorded;

use super::{Expr, parse};

fn parsed(query: &str) -> Expr {
    parse(query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn refused(query: &str) -> String {
    match parse(query) {
        Ok(expr) => panic!("{query} is taken for {expr}"),
        Err(error) => error.to_string(),
    }
}
