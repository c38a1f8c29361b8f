//! Everything that is not "which rows": the protocol, batches, faults, health, resources, metrics,
//! the process and the command line.
//!
//! The plugin runs under Grafana's own plugin client. Where a real Loki can show it, a real Loki
//! does; a fake one ([`fake`]) produces what the real one will not.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what helpers of tests find wrong is to end the test"
)]

#[allow(dead_code, reason = "shared with the other end-to-end tests")]
#[path = "../support/mod.rs"]
mod support;

mod fake;
mod kit;

mod admission;
mod batch;
mod cli;
mod cli_demo;
mod explain;
mod fault_table;
mod faults;
mod folding;
mod frames;
mod headers;
mod health;
mod hostile;
mod huge;
mod limits;
mod logging;
mod metrics;
mod odd;
mod pages;
mod process;
mod recover;
mod resource_fields;
mod resource_logs;
mod resource_values;
mod resources;
mod restart;
mod secrets;
mod settings;
mod splitting;
mod stop;
mod tables;
mod texts;
mod tls;
mod traps;
