//! An in-memory server with Loki's HTTP API: for demos, tests and trying things out, never for production.

pub mod syntax;
