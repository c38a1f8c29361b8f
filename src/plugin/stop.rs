//! When to end: the host says so, a signal does, or the host is gone.
//!
//! The signal handlers must be installed before the handshake: a host may stop a plugin the moment it
//! has started. A host that is killed tells nobody and leaves its plugins as orphans, so the parent is
//! watched. The kernel's parent-death signal would be simpler, but it is tied to the *thread* that
//! started us, and Go ends threads at will.

use std::io;
use std::os::unix::process::parent_id;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How often the parent is looked at.
const PARENT_INTERVAL: Duration = Duration::from_secs(1);

/// A switch that is turned once, and that everything that runs can wait for.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Stop {
    /// Makes a switch that is not turned.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Turns the switch; again is no harm.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Waits for the switch.
    pub async fn begun(&self) {
        // The sender lives in `self`, so the wait cannot end in an error.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }

    /// Runs `work` to its end, or drops it when the switch is turned first.
    ///
    /// # Errors
    /// Answers [`Stopping`] when `work` was dropped.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopping> {
        tokio::select! {
            biased;
            () = self.begun() => Err(Stopping),
            output = work => Ok(output),
        }
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// A request ended because the plugin is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopping;

impl From<Stopping> for tonic::Status {
    fn from(_: Stopping) -> Self {
        Self::unavailable("the Ginkgo plugin is stopping")
    }
}

/// The signals that end the process, caught from the moment this exists.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Installs the handlers.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one of them and names it.
    pub async fn received(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Waits until the process `parent` is no longer our parent.
pub async fn orphaned(parent: u32) {
    // A container's Grafana may be process 1 itself, so only a change tells.
    while parent_id() == parent {
        tokio::time::sleep(PARENT_INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_ends_first_is_answered() {
        assert_eq!(Stop::new().or(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn a_turned_switch_drops_open_work_and_refuses_new_work() {
        let stop = Stop::new();
        let open = stop.or(std::future::pending::<()>());
        let (outcome, ()) = tokio::join!(open, async { stop.begin() });
        assert_eq!(outcome, Err(Stopping));
        assert_eq!(stop.or(async { 7 }).await, Err(Stopping));
    }

    #[tokio::test]
    async fn another_parent_means_the_host_is_gone() {
        orphaned(parent_id() + 1).await;
        let alive = tokio::time::timeout(Duration::from_millis(20), orphaned(parent_id())).await;
        assert!(alive.is_err());
    }
}
