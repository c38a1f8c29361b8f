//! Figures of the plugin under Grafana's own plugin client over a real Loki: `scripts/bench.sh`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints figures, and ends when it cannot measure"
)]

#[allow(dead_code, reason = "shared with the end-to-end tests")]
#[path = "../../tests/support/mod.rs"]
mod support;

mod ask;
mod bed;
mod corpus;
mod fast;
mod metric;
mod process;
mod splits;
mod table;
mod together;

use std::time::Duration;

fn main() {
    // `cargo bench` adds a flag of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["fast"] => fast::run(),
        ["metric"] => metric::run(),
        ["splits"] => splits::run(),
        ["together", seconds] => match seconds.parse() {
            Ok(seconds) => together::run(Duration::from_secs(seconds)),
            Err(error) => panic!("together: {seconds:?} is no number of seconds: {error}"),
        },
        _ => panic!("{words:?} is not known: use fast, metric, splits, or together SECONDS"),
    }
}
