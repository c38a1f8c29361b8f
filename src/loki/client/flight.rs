//! One request on its way, and what those who wait for its answer know of it.
//!
//! The request itself has no end in time: each of those who wait gives up at an end of their own, and
//! says what the request was waiting for. When the last of them is gone the request is dropped.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::clock::Clock;
use super::under_way::UnderWay;
use crate::loki::error::{Error, Phase};

/// With less time than that nothing is begun any more: what is known by then is the answer.
const LEAST: Duration = Duration::from_millis(10);

/// How far the request is.
#[derive(Debug)]
struct Progress {
    /// What it waits for.
    phase: Phase,
    /// Since when Loki has it.
    sent: Option<Instant>,
    /// How often it failed.
    failures: u32,
    /// How it failed the last time.
    last: Option<Error>,
}

/// What a request and those who wait for it tell each other.
#[derive(Debug)]
pub(super) struct Flight {
    progress: watch::Sender<Progress>,
    /// When the last of those who wait gives up; `None` when the request goes on no more.
    until: Mutex<Option<Instant>>,
}

impl Flight {
    /// Begins for somebody who waits until then.
    pub(super) fn new(deadline: Instant) -> Self {
        let progress = Progress {
            phase: Phase::Queue,
            sent: None,
            failures: 0,
            last: None,
        };
        Self {
            progress: watch::Sender::new(progress),
            until: Mutex::new(Some(deadline)),
        }
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in somebody who waits until then; `false` when that is too late.
    pub(super) fn takes_in(&self, deadline: Instant) -> bool {
        let mut until = self.until();
        *until = until.map(|until| until.max(deadline));
        until.is_some()
    }

    /// Notes that the request goes out now.
    pub(super) fn is_sent(&self) -> Instant {
        let now = Instant::now();
        self.progress.send_modify(|progress| {
            progress.phase = Phase::Answer;
            progress.sent = Some(now);
        });
        now
    }

    /// Notes what of the answer the request waits for.
    pub(super) fn waits_for(&self, phase: Phase) {
        self.progress.send_modify(|progress| progress.phase = phase);
    }

    /// Notes that the request failed; returns the error with how often it was sent.
    pub(super) fn failed(&self, error: Error) -> (Error, u32) {
        let tries = self.progress.borrow().failures + 1;
        let error = error.after_tries(tries);
        self.progress.send_modify(|progress| {
            progress.phase = Phase::Queue;
            progress.sent = None;
            progress.failures = tries;
            progress.last = Some(error.clone());
        });
        (error, tries)
    }

    /// Says whether anybody still waits some time behind a pause; if not, nobody is taken in any more.
    pub(super) fn outlasts(&self, pause: Duration) -> bool {
        let end = Instant::now().checked_add(pause.saturating_add(LEAST));
        let mut until = self.until();
        *until = until.filter(|until| end.is_some_and(|end| end < *until));
        until.is_some()
    }

    /// Returns the time until shortly before the last gives up, but no more than `most`.
    pub(super) fn left(&self, most: Duration) -> Duration {
        let end = Instant::now() + LEAST;
        let left = |until: Instant| until.saturating_duration_since(end);
        self.until().map_or(most, left).min(most)
    }

    /// Waits for the outcome until the clock's end; `under_way` follows the request.
    pub(super) async fn wait<T>(
        &self,
        outcome: impl Future<Output = Result<T, Error>>,
        clock: &Clock,
        under_way: &UnderWay,
    ) -> Result<T, Error> {
        let mut changes = self.progress.subscribe();
        let mut outcome = std::pin::pin!(outcome);
        let mut end = std::pin::pin!(sleep_until(clock.deadline()));
        let result = loop {
            under_way.follow(changes.borrow_and_update().sent);
            tokio::select! {
                // What came in the last moment counts.
                biased;
                outcome = &mut outcome => break outcome,
                () = &mut end => break Err(self.overdue(clock.elapsed())),
                // The sender is `self`.
                _ = changes.changed() => {}
            }
        };
        if result.is_err() {
            under_way.follow(None);
        }
        result
    }

    /// Returns the error for somebody who gives up after so long.
    fn overdue(&self, after: Duration) -> Error {
        let progress = self.progress.borrow();
        match (&progress.last, progress.phase) {
            // What Loki said before says more than that it was not asked again.
            (Some(last), Phase::Queue) => last.clone(),
            (_, phase) => Error::Timeout {
                phase,
                after,
                tries: progress.failures + 1,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::loki::error::Reason;

    const SECOND: Duration = Duration::from_secs(1);

    fn refused() -> Error {
        Error::Refused {
            status: 429,
            reason: Reason::Busy,
            words: "busy".to_owned(),
            retry_after: None,
            tries: 1,
        }
    }

    async fn given_up(flight: &Flight) -> Error {
        let clock = Clock::start(SECOND, None, None);
        let never = pending::<Result<(), Error>>();
        let result = flight.wait(never, &clock, &UnderWay::default()).await;
        result.unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_says_what_the_request_waited_for() {
        let flight = Flight::new(Instant::now() + 99 * SECOND);
        let timeout = |phase, tries| Error::Timeout {
            phase,
            after: SECOND,
            tries,
        };
        assert_eq!(given_up(&flight).await, timeout(Phase::Queue, 1));
        flight.is_sent();
        assert_eq!(given_up(&flight).await, timeout(Phase::Answer, 1));
        flight.waits_for(Phase::Body);
        assert_eq!(given_up(&flight).await, timeout(Phase::Body, 1));
        let (error, tries) = flight.failed(refused());
        assert_eq!((error, tries), (refused(), 1));
        assert_eq!(given_up(&flight).await, refused());
        flight.is_sent();
        assert_eq!(given_up(&flight).await, timeout(Phase::Answer, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_must_leave_time_for_the_most_patient() {
        let flight = Flight::new(Instant::now() + SECOND);
        assert!(flight.takes_in(Instant::now() + 3 * SECOND));
        assert!(flight.takes_in(Instant::now() + 2 * SECOND));
        assert_eq!(flight.left(9 * SECOND) + LEAST, 3 * SECOND);
        assert!(flight.outlasts(2 * SECOND));
        assert!(!flight.outlasts(3 * SECOND));
        let later = Instant::now() + 9 * SECOND;
        assert!(!flight.takes_in(later), "it was given up");
        assert!(!flight.outlasts(Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn patience_begins_with_the_sending_for_all_who_wait() {
        let flight = Flight::new(Instant::now() + 9 * SECOND);
        let clock = Clock::start(9 * SECOND, None, None);
        let under_way = UnderWay::default();
        let never = pending::<Result<(), Error>>();
        let began = Instant::now();
        tokio::select! {
            _ = flight.wait(never, &clock, &under_way) => panic!("nothing came"),
            () = under_way.overdue(|_| SECOND) => {}
            () = async {
                tokio::time::sleep(2 * SECOND).await;
                flight.is_sent();
                pending::<()>().await;
            } => {}
        }
        assert_eq!(began.elapsed(), 3 * SECOND);
    }
}
