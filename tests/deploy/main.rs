//! What stands around the plugin: Loki's configuration, the collectors, provisioning, packages and
//! scripts, each run for real where its program can be had.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what helpers of tests find wrong is to end the test"
)]

#[allow(dead_code, reason = "shared with the other end-to-end tests")]
#[path = "../support/mod.rs"]
mod support;

mod kit;
mod recorded;
mod site;

mod alloy;
mod collectors;
mod demo;
mod door;
mod loki;
mod package;
mod provisioning;
mod snippets;
mod stack;
mod which;
