//! The plugin's program: Grafana starts it and talks to it over gRPC.

use std::process::ExitCode;

use ginkgo::plugin;

/// musl's own takes one lock for all threads (benches/README.md, Allocator).
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
