//! Everything Ginkgo says to Loki and everything Loki says back.
//!
//! | module | what | network |
//! | --- | --- | --- |
//! | [`options`] | where Loki is and how to prove who we are | no |
//! | [`request`] | one question as path, method and form | no |
//! | [`tags`] | who asked, for Loki's own query log | no |
//! | [`response`] | Loki's answers as values | no |
//! | [`error`] | what went wrong, in Loki's words, and what to do | no |
//! | [`client`] | sends a request and reads the answer | **yes**, the only place |
//!
//! Rules that hold throughout:
//! - everything from outside has a bound: time, bytes, redirects, concurrency, quoted text;
//! - no secret is part of any `Debug`, `Display` or log line;
//! - an answer of an unforeseen shape is an [`error::Error`], never a panic and never a guess.
//!
//! The protocol: <https://grafana.com/docs/loki/latest/reference/loki-http-api/>.

pub mod client;
pub mod error;
pub mod options;
pub mod request;
pub mod response;
pub mod tags;

pub use client::{Call, Client, UnderWay, forwardable};
pub use error::{Error, Layer, Phase, Reason};
pub use options::{BasicAuth, Options, Secret, TlsOptions};
pub use request::{Direction, Method, Request};
pub use response::{
    DetectedField, Entry, IndexStats, LogAnswer, MetricAnswer, Pairs, ServerLimits, Stats,
};
pub use tags::Tags;
