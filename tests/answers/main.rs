//! Answers: the real plugin over a real Loki, against an oracle.
//!
//! The oracle is written from the contract (semantics) and the log formats, over the truth that the
//! demo generator has of each line; it shares no reading, typing or filtering with the plugin.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::struct_field_names,
    clippy::type_complexity,
    clippy::needless_pass_by_value,
    reason = "what helpers of tests find wrong is to end the test"
)]

mod accepted;
mod ask;
mod compare;
mod corpus;
mod decided;
mod events;
mod expect;
mod frames;
mod instants;
mod lists;
mod made;
mod named;
mod oracle;
mod query;
mod random;
mod reading;
mod refused;
mod roll;
mod rows;
mod schema;
mod sources;
#[path = "../support/structure.rs"]
#[allow(dead_code)]
mod structure;
#[path = "../support/mod.rs"]
#[allow(dead_code)]
mod support;
mod top_errors;
mod typed;
mod values;
