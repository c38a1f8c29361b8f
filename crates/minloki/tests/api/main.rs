//! The HTTP API, asked in one process. What is expected was seen on a Loki 3.7.6.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod client;
mod detect;
mod faults;
mod lines;
mod memory;
mod numbers;
mod push;
mod server;
mod streams;
mod tail;
