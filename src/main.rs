//! The plugin's program: Grafana starts it and talks to it over gRPC.

use std::process::ExitCode;

use ginkgo::plugin;

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
