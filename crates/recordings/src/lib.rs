//! What a real Loki answered, so that the embedded one can be held to it.
//!
//! A recording is a sequence of [`Exchange`]s: pushes, and requests with their answers. `proxy` (feature
//! `record`) writes one while tests run over a real Loki, [`compare`] says whether another answer means the
//! same, and [`kind`] reduces a request to its shape, so that a run can be asked whether it sent anything of
//! a shape that no recording holds.

#![allow(
    clippy::indexing_slicing,
    reason = "only of JSON, where what is missing is null"
)]

pub mod compare;
mod exchange;
pub mod kind;
#[cfg(feature = "record")]
pub mod proxy;
#[cfg(feature = "record")]
pub mod select;

#[cfg(feature = "record")]
pub use exchange::write;
pub use exchange::{Answer, Error, Exchange, Push, Request, read};
