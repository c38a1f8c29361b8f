//! Ginkgo: a Grafana data source that speaks business.
//!
//! A question names a portfolio, a strategy, a trace or a run; the answer comes from Grafana Loki as
//! typed frames. `docs/architecture.md` draws the house: which module does what, and which may know
//! which (`tests/layers.rs` holds it to that).

pub mod answer;
pub mod ask;
pub mod capacity;
pub mod frame;
pub mod line;
pub mod logql;
pub mod loki;
pub mod plugin;
pub mod query;
pub mod schema;
pub mod settings;
pub mod text;
pub mod translate;
