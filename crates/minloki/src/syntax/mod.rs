//! LogQL as types: what [`parse`] reads and `Display` writes.

mod ast;
mod check;
mod error;
mod lexer;
mod numbers;
mod parser;
mod quote;
mod regex_error;
#[cfg(test)]
mod tests;
mod token;
mod units;
mod write;

pub use ast::*;
pub(crate) use check::NO_VALUE;
pub use error::ParseError;
pub(crate) use numbers::fold;
pub use parser::{parse, parse_selector};
pub use regex_error::words as regex_words;
pub(crate) use units::{duration_text, range_text};
pub use write::pretty;
