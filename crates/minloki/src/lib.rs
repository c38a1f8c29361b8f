//! An in-memory server with Loki's HTTP API: for demos, tests and trying things out, never for production.
//!
//! It answers as a Loki 3.7 answers, its faults included, from lines that it was pushed; what it cannot do is
//! an error that says *not in the embedded Loki*. Nothing is kept when it stops. It was written from Loki's
//! documentation and from what a real server answers.
//!
//! [`Server`] listens on a socket; [`Loki::router`] answers without one.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! let running = minloki::Server::start(minloki::Options::default()).await?;
//! println!("{}", running.url());
//! running.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Not there: pushes in protobuf and OpenTelemetry's, rules, deletion, patterns (the answer is always empty),
//! and `index/stats` knows of fresh lines, which a real index does not.
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/>.

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
