//! Work that may panic or be given up without harm to its neighbours.
//!
//! Each piece of work is a task of its own: the pieces use all cores, a panic ends only its task, and
//! whoever drops the waiting future (gRPC does when the caller goes away) aborts the tasks, so that
//! requests to Loki end as well.
//!
//! The tasks run on a runtime of their own, so that work which computes for long holds up other
//! questions at worst, never the health check or the host's word to stop.

use std::collections::HashMap;

use tokio::runtime::Handle;
use tokio::task::{Id, JoinError, JoinSet};
use tracing::Instrument as _;

/// A piece of work panicked. What it said is in the log only: it may quote secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Runs one piece of work.
///
/// # Errors
/// Answers [`Panicked`] when the work did.
pub async fn one<T: Send + 'static>(
    runtime: &Handle,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Panicked> {
    let mut tasks = JoinSet::new();
    tasks.spawn_on(work.in_current_span(), runtime);
    match tasks.join_next().await {
        Some(Ok(output)) => Ok(output),
        Some(Err(_)) | None => Err(Panicked),
    }
}

/// Runs named pieces of work, `limit` at a time, and answers each under its name, in any order.
pub async fn all<N, T, F>(
    runtime: &Handle,
    work: impl IntoIterator<Item = (N, F)>,
    limit: usize,
) -> Vec<(N, Result<T, Panicked>)>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut waiting = work.into_iter();
    let mut tasks = JoinSet::new();
    let mut names: HashMap<Id, N> = HashMap::new();
    let mut outcomes = Vec::new();
    loop {
        while tasks.len() < limit.max(1) {
            let Some((name, future)) = waiting.next() else {
                break;
            };
            let task = tasks.spawn_on(future.in_current_span(), runtime);
            names.insert(task.id(), name);
        }
        let Some(joined) = tasks.join_next_with_id().await else {
            return outcomes;
        };
        let id = joined.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let outcome = joined.map(|(_, output)| output).map_err(|_| Panicked);
        if let Some(name) = names.remove(&id) {
            outcomes.push((name, outcome));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    type Work = Pin<Box<dyn Future<Output = u8> + Send>>;

    /// Counts those that are alive and the most that ever were.
    #[derive(Default)]
    struct Count {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    struct Alive(Arc<Count>);

    impl Alive {
        fn new(count: &Arc<Count>) -> Self {
            let now = count.now.fetch_add(1, Ordering::SeqCst) + 1;
            count.most.fetch_max(now, Ordering::SeqCst);
            Self(Arc::clone(count))
        }
    }

    impl Drop for Alive {
        fn drop(&mut self) {
            self.0.now.fetch_sub(1, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn a_panic_harms_only_its_own_work() {
        let work: Vec<(&str, Work)> = vec![
            ("A", Box::pin(async { 1 })),
            ("B", Box::pin(async { panic!("secret") })),
            ("C", Box::pin(async { 3 })),
        ];
        let here = Handle::current();
        let mut outcomes = all(&here, work, 2).await;
        outcomes.sort_unstable_by_key(|(name, _)| *name);
        assert_eq!(outcomes, [("A", Ok(1)), ("B", Err(Panicked)), ("C", Ok(3))]);
        assert_eq!(one(&here, async { 7 }).await, Ok(7));
        let panicking: Work = Box::pin(async { panic!("secret") });
        assert_eq!(one(&here, panicking).await, Err(Panicked));
    }

    #[tokio::test]
    async fn no_more_than_the_limit_run_at_once() {
        let count = Arc::new(Count::default());
        let work = (0..20).map(|name| {
            let count = Arc::clone(&count);
            let future = async move {
                let _alive = Alive::new(&count);
                tokio::time::sleep(Duration::from_millis(2)).await;
            };
            (name, future)
        });
        assert_eq!(all(&Handle::current(), work, 4).await.len(), 20);
        assert_eq!(count.most.load(Ordering::SeqCst), 4);
    }

    #[tokio::test]
    async fn dropping_the_wait_ends_the_work() {
        let count = Arc::new(Count::default());
        let work = (0..3).map(|name| {
            let alive = Alive::new(&count);
            let future = async move {
                let _alive = alive;
                std::future::pending::<()>().await;
            };
            (name, future)
        });
        let here = Handle::current();
        let wait = tokio::time::timeout(Duration::from_millis(5), all(&here, work, 3)).await;
        assert!(wait.is_err());
        // Aborted tasks are dropped by the runtime at its next turn.
        while count.now.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
    }
}
