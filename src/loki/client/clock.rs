//! When a request began and when it must end.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::loki::error::{Error, Phase};

/// Stands for "no limit" where a timeout does not fit into an instant.
const FOREVER: Duration = Duration::from_secs(86_400 * 365);

/// The time of one call, its waiting and all its parts together.
pub(super) struct Clock {
    started: Instant,
    deadline: Instant,
}

impl Clock {
    /// Starts now; ends after `timeout` or at the caller's deadline, whichever is sooner.
    pub(super) fn start(timeout: Duration, deadline: Option<Instant>) -> Self {
        let started = Instant::now();
        let own = started.checked_add(timeout).unwrap_or(started + FOREVER);
        Self {
            started,
            deadline: deadline.map_or(own, |deadline| deadline.min(own)),
        }
    }

    /// The same start with an earlier end, for a part that must not use up the rest.
    pub(super) fn within(&self, most: Duration) -> Self {
        Self {
            started: self.started,
            ..Self::start(most, Some(self.deadline))
        }
    }

    /// How long the call has been under way.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Does the work until time runs out; `phase` says what the work waits for.
    pub(super) async fn limit<T>(
        &self,
        phase: Phase,
        work: impl Future<Output = T>,
    ) -> Result<T, Error> {
        timeout_at(self.deadline, work)
            .await
            .map_err(|_| Error::Timeout {
                phase,
                after: self.elapsed(),
                tries: 1,
            })
    }

    /// Whether time is left behind a pause.
    pub(super) fn outlasts(&self, pause: Duration) -> bool {
        let end = Instant::now().checked_add(pause);
        end.is_some_and(|end| end < self.deadline)
    }
}
