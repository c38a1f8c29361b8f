//! LogQL as types: what [`parse`] reads and `Display` writes.

mod ast;

pub use ast::*;
