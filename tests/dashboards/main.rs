//! The provisioned dashboards and alert rules: valid for Grafana's own schemas, and true over demo logs.
//!
//! Every question of every dashboard and of every rule is asked over a real Loki, in each layout of ids.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what helpers of tests find wrong is to end the test"
)]

#[allow(dead_code, reason = "shared with the other end-to-end tests")]
#[path = "../support/mod.rs"]
mod support;

mod board;
mod files;
mod links;
mod load;
mod rule_file;
mod rules;
mod site;
mod variables;
