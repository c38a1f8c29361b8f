//! Numbers by group: from Loki's series to frames that panels and alerts take (dataplane
//! `timeseries-multi` and `numeric-multi` 0.1).

mod frames;
mod grid;

pub use frames::{Numbers, frames, series_frames};
pub use grid::{Grid, Merge};

/// The values of a group, one for each field that it is grouped by; `None` = the lines without it.
pub type Group = Vec<Option<String>>;
