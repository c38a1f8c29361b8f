//! Since when a request is with Loki, for whoever waits for its answer.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Tells when a request was sent, and nothing while it waits for its place or to be sent again.
#[derive(Clone, Debug, Default)]
pub struct UnderWay(watch::Sender<Option<Instant>>);

impl UnderWay {
    /// Notes since when Loki has the request; `None` while it waits.
    pub(super) fn follow(&self, sent: Option<Instant>) {
        self.0
            .send_if_modified(|known| std::mem::replace(known, sent) != sent);
    }

    /// Ends when Loki has had the request for longer than `patience` allows from its sending on.
    pub async fn overdue(&self, patience: impl Fn(Instant) -> Duration) {
        let mut changes = self.0.subscribe();
        loop {
            let sent = *changes.borrow_and_update();
            let end = sent.and_then(|sent| sent.checked_add(patience(sent)));
            let over = async {
                match end {
                    Some(end) => sleep_until(end).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = over => return,
                // The sender is `self`, so there is always somebody who may still send.
                _ = changes.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{sleep, timeout};

    #[tokio::test(start_paused = true)]
    async fn what_waits_is_never_overdue() {
        let under_way = UnderWay::default();
        let second = Duration::from_secs(1);
        let overdue = |within| timeout(within, under_way.overdue(|_| second));
        assert!(overdue(9 * second).await.is_err(), "not sent yet");
        under_way.follow(Some(Instant::now()));
        assert!(overdue(second / 2).await.is_err());
        assert!(overdue(second).await.is_ok());
        under_way.follow(None);
        assert!(overdue(9 * second).await.is_err(), "waits to be sent again");
    }

    #[tokio::test(start_paused = true)]
    async fn patience_begins_anew_with_each_sending() {
        let under_way = UnderWay::default();
        let second = Duration::from_secs(1);
        let began = Instant::now();
        under_way.follow(Some(Instant::now()));
        let again = async {
            sleep(second / 2).await;
            under_way.follow(None);
            sleep(second).await;
            under_way.follow(Some(Instant::now()));
        };
        tokio::join!(under_way.overdue(|_| second), again);
        assert_eq!(began.elapsed(), second * 5 / 2);
    }
}
