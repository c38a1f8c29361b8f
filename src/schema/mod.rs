//! What a system's logs mean: its fields, where each one lives, and its words for levels.
//!
//! A [`System`] is a family of log streams with one vocabulary. Four ship as presets
//! (`presets/*.toml`); settings override them or add systems of their own, through the same
//! [`RawSystem`]. Names and roles of the presets are stored in dashboards and never change.

mod bounds;
mod decimal;
mod field;
pub mod fold;
pub mod level;
mod preset;
mod raw;
mod role;
mod system;
pub mod value;

pub use decimal::{Decimal, FIRST_SHARED};
pub use field::{Field, FieldType, Source};
pub use level::{Level, LevelMap};
pub use preset::{PRESET_NAMES, presets};
pub use raw::{OneOrMany, RawField, RawSystem, SchemaError};
pub use role::Role;
pub use system::System;

/// Returns the words as a list for an error: `a, b or c`.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
