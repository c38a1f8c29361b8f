//! Generated logs of the four systems, each line with its truth.
//!
//! One generator serves `ginkgo demo`, the end-to-end tests and the benches. The rules:
//!
//! - **Reproducible.** The same [`Config`] yields the same entries, byte for byte. Each system has
//!   its own random streams, so leaving a system out does not change the others, and a longer range
//!   only adds entries at the end.
//! - **One story, many sites.** What happens (orders, requests, spans) does not depend on the
//!   layout or on the mess: the same seed tells the same story, shipped in another way.
//! - **Streaming.** [`generate`] is lazy and buffers only what overlaps in time. With `end_ns =
//!   i64::MAX` it never ends, and a live demo takes the entries as their time comes.
//! - **Truthful.** [`Truth`] says what a correct reader gets out of the line and what the program
//!   meant. No line is made whose reading is a matter of taste.
//! - **Trouble on the clock.** Errors come in bursts; with [`Config::incidents`] they come in storms, and
//!   silence comes too, at minutes that are the same in every hour: long enough for alert rules.
//! - **Fit for a test Loki.** At most 14 label names a stream, no empty label value, and a bounded
//!   number of streams: in the `Labels` and `Mixed` layouts only some traces and runs become labels
//!   (`thinned`), `request_id` and `event` never do.
//!
//! The module knows nothing of Loki, of Grafana or of the rest of the crate.

mod catalog;
mod config;
mod dice;
mod draft;
mod dynamo;
mod entry;
mod fastapi;
mod generate;
mod ginkgo;
mod incident;
mod json;
mod mess;
mod node;
mod phrases;
mod python;
mod ship;
mod spans;
mod spoil;
#[cfg(test)]
mod tests;
mod tskv;

pub use catalog::{Catalog, catalog};
pub use config::{Config, Layout, System, UnknownName};
pub use entry::{Entry, Truth};
pub use generate::generate;
pub use incident::{Incident, Trouble, incidents};
pub use mess::mess_kinds;
pub use python::repr;
