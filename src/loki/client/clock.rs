//! When a request began and when it must end.

use std::time::Duration;

use tokio::time::Instant;

/// Stands for "no limit" where a timeout does not fit into an instant.
const FOREVER: Duration = Duration::from_secs(86_400 * 365);

/// The time of one call, its waiting and all its parts together.
pub(super) struct Clock {
    /// When the question began whose call this is.
    since: Instant,
    deadline: Instant,
}

impl Clock {
    /// Starts now, of a question that began at `since`; ends after `timeout` or at the caller's deadline,
    /// whichever is sooner.
    pub(super) fn start(
        timeout: Duration,
        deadline: Option<Instant>,
        since: Option<Instant>,
    ) -> Self {
        let started = Instant::now();
        let own = started.checked_add(timeout).unwrap_or(started + FOREVER);
        Self {
            since: since.unwrap_or(started),
            deadline: deadline.map_or(own, |deadline| deadline.min(own)),
        }
    }

    /// How long the question has been under way: what a user has waited when one of its calls gives up.
    pub(super) fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    /// When the call gives up.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
}
