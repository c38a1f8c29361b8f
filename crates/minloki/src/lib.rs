//! An in-memory server with Loki's HTTP API: for demos, tests and trying things out, never for production.

mod detect;
mod http;
pub mod metric;
mod options;
pub mod pipeline;
mod push;
mod query;
mod server;
mod store;
pub mod syntax;
mod time;

pub use http::Loki;
pub use options::{Options, PushLimits, QueryLimits, TailLimits};
pub use server::{Handle, Server};
