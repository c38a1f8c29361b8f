//! Metric results: the real plugin over a real Loki, against an oracle.
//!
//! The oracle is written from the contract (semantics) alone, over what is known of each generated line.
//! Which lines a question means comes from the oracle of `tests/answers`; their numbers are worked out
//! here, point by point.

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

#[path = "../answers/ask.rs"]
#[allow(dead_code)]
mod ask;
#[path = "../answers/corpus.rs"]
#[allow(dead_code)]
mod corpus;
#[path = "../protocol/fake.rs"]
#[allow(dead_code)]
mod fake;
#[path = "../answers/frames.rs"]
#[allow(dead_code)]
mod frames;
#[path = "../answers/oracle.rs"]
#[allow(dead_code)]
mod oracle;
#[path = "../answers/query.rs"]
#[allow(dead_code)]
mod query;
#[path = "../answers/roll.rs"]
#[allow(dead_code)]
mod roll;
#[path = "../answers/rows.rs"]
#[allow(dead_code)]
mod rows;
#[path = "../answers/schema.rs"]
#[allow(dead_code)]
mod schema;
#[path = "../support/mod.rs"]
#[allow(dead_code)]
mod support;
#[path = "../answers/values.rs"]
#[allow(dead_code)]
mod values;

mod alerts;
mod check;
mod edges;
mod groups;
mod lines;
mod meaning;
mod memory;
mod metric;
mod named;
mod numbers;
mod people;
mod points;
mod proxy;
mod random;
mod rolled;
mod split;
mod viewers;
