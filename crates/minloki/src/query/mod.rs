//! Reading: what a question needs of the store, and how its answer is put together.

mod fault;
mod go_sort;
mod logs;
mod numbers;
mod order;
mod scan;
mod selector;
mod stats;
mod ties;

pub use fault::Fault;
pub use logs::{LogAnswer, LogQuery};
pub use numbers::{NumberAnswer, NumberQuery, When};
pub use order::Row;
pub use selector::{matchers, selector};
pub use stats::{Stats, splits};

/// The order of lines in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first: a limit cuts the newest.
    Forward,
    /// Newest first: a limit cuts the oldest.
    Backward,
}
