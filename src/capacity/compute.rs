//! Work that computes for long: reading answers, holding expressions against values.
//!
//! A runtime's threads must never compute for long, or nobody else's question goes on. So such work runs
//! where it blocks no other, in few places for each data source, and leaves its place between slices: the
//! questions of one data source take turns, those of different ones share the processors.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How long one piece of work keeps its place while others wait for it.
const SLICE: Duration = Duration::from_millis(20);

/// The places in which a data source computes; clones share them.
#[derive(Debug, Clone)]
pub struct Compute(Arc<Semaphore>);

impl Compute {
    /// Returns as many places as the machine has processors.
    pub fn of_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }

    /// Waits for a place and does the work there. It should end with its [`Slice`].
    pub async fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        // Nobody closes the semaphore; without a place the work is still done.
        let _place = self.0.acquire().await;
        match Handle::current().runtime_flavor() {
            // A program with one thread has no others to hand its tasks to.
            RuntimeFlavor::CurrentThread => work(),
            _ => tokio::task::block_in_place(work),
        }
    }
}

/// The time that work may take before it leaves its place.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    end: Instant,
    deadline: Option<Instant>,
}

impl Slice {
    /// Begins now; `deadline` is when the question ends.
    pub fn begin(deadline: Option<Instant>) -> Self {
        Self {
            end: Instant::now() + SLICE,
            deadline,
        }
    }

    /// Says whether the work should leave its place, to go on with the next slice.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Says whether the question has no time left.
    pub fn is_overdue(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_computes_holds_up_nobody_else() {
        let compute = Compute::of_this_machine();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let computing = tokio::spawn({
            let compute = compute.clone();
            async move { compute.run(move || ended.recv()).await }
        });
        // The only thread of the runtime is taken, and its tasks go on elsewhere.
        tokio::spawn(async move { end.send(()) })
            .await
            .unwrap()
            .unwrap();
        computing.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_slice_ends_and_so_does_a_question() {
        let slice = Slice::begin(None);
        assert!(!slice.is_over() && !slice.is_overdue());
        assert!(Slice::begin(Some(Instant::now())).is_overdue());
        std::thread::sleep(SLICE);
        assert!(slice.is_over());
    }
}
