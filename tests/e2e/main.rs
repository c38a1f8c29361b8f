//! End to end: the real plugin, under Grafana's own plugin client, over a real Loki.
//!
//! Loki and the host start once for all tests of this program and end with it. Answers are compared
//! with an oracle over the generated lines, never with what the code happened to print.

mod support;
