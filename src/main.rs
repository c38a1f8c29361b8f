//! The plugin's program: Grafana starts it and talks to it over gRPC.

use std::process::ExitCode;

use ginkgo::plugin;
use mimalloc::MiMalloc;

/// Answers are many small texts and a few large ones (benches/README.md, Decoding).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    plugin::logging::init();
    match plugin::serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the plugin ended");
            ExitCode::FAILURE
        }
    }
}
