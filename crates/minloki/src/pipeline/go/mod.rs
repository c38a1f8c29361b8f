//! What Go's standard library and two of Loki's libraries do with texts, as far as their results show in
//! answers: numbers, durations, sizes, quotes, times.

pub mod duration;
pub mod float;
mod layout;
pub mod number;
pub mod quote;
pub mod size;
pub mod time;
mod time_parse;
