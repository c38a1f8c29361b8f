use std::time::Duration;

use tokio::task::JoinHandle;

use super::*;

const MIB: usize = 1 << 20;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// Lets whoever waits hear what happened.
async fn settled() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// Begins to reach for more; whoever is refused goes.
fn reaching(mut lease: Lease, bytes: usize) -> JoinHandle<Result<Lease, Full>> {
    tokio::spawn(async move { lease.reach(bytes, soon()).await.map(|()| lease) })
}

#[tokio::test(start_paused = true)]
async fn what_is_leased_is_counted_and_comes_back() {
    let memory = Memory::new(100 * MIB as u64);
    let question = memory.account().question();
    let mut lease = question.lease();
    lease.reach(1, soon()).await.unwrap();
    assert_eq!(lease.bytes(), STEP, "in steps");
    lease.reach(10 * MIB, soon()).await.unwrap();
    lease.reach(5 * MIB, soon()).await.unwrap();
    assert_eq!(lease.bytes(), 10 * MIB as u64, "it holds at least that");
    lease.shrink_to(4 * MIB);
    assert_eq!(memory.used(), (4 * MIB as u64, 10 * MIB as u64));
    drop(lease);
    assert_eq!(memory.used().0, 0);
}

#[tokio::test(start_paused = true)]
async fn more_than_a_question_may_ever_have_is_refused_at_once() {
    let memory = Memory::new(100 * MIB as u64);
    let mut lease = memory.account().question().lease();
    let full = lease.reach(76 * MIB, soon()).await.unwrap_err();
    let total = 100 * MIB as u64;
    assert_eq!(full, Full { total, alone: true });
    lease.reach(75 * MIB, soon()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_waits_gets_what_becomes_free_or_an_error_at_the_deadline() {
    let memory = Memory::new(100 * MIB as u64);
    let (one, other) = (memory.account(), memory.account());
    let mut first = one.question().lease();
    first.reach(70 * MIB, soon()).await.unwrap();
    let waiting = reaching(other.question().lease(), 40 * MIB);
    settled().await;
    assert!(!waiting.is_finished());

    let mut late = other.question().lease();
    let deadline = Instant::now() + Duration::from_secs(5);
    let full = late.reach(40 * MIB, deadline).await.unwrap_err();
    assert!(!full.alone && Instant::now() >= deadline);

    drop(first);
    drop(waiting.await.unwrap().unwrap());
    assert_eq!(memory.used().0, 0, "nothing is left of who gave up");
}

#[tokio::test(start_paused = true)]
async fn what_becomes_free_goes_to_the_data_source_that_holds_least() {
    let memory = Memory::new(100 * MIB as u64);
    let (greedy, modest) = (memory.account(), memory.account());
    let mut held = greedy.question().lease();
    held.reach(40 * MIB, soon()).await.unwrap();
    let mut full = greedy.question().lease();
    full.reach(35 * MIB, soon()).await.unwrap();
    let mut rest = modest.question().lease();
    rest.reach(20 * MIB, soon()).await.unwrap();
    let before = reaching(greedy.question().lease(), 30 * MIB);
    settled().await;
    let behind = reaching(modest.question().lease(), 30 * MIB);
    settled().await;
    drop(full);
    settled().await;
    assert!(behind.is_finished() && !before.is_finished());
    drop(held);
    settled().await;
    assert!(before.is_finished());
}

#[tokio::test(start_paused = true)]
async fn one_data_source_never_takes_it_all() {
    let memory = Memory::new(100 * MIB as u64);
    let greedy = memory.account();
    let mut held = Vec::new();
    for _ in 0..7 {
        let mut lease = greedy.question().lease();
        lease.reach(10 * MIB, soon()).await.unwrap();
        held.push(lease);
    }
    let waiting = reaching(greedy.question().lease(), 10 * MIB);
    settled().await;
    assert!(!waiting.is_finished());
    let mut other = memory.account().question().lease();
    other.reach(25 * MIB, soon()).await.unwrap();
    held.pop();
    assert!(waiting.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn of_those_who_would_wait_for_ever_the_youngest_is_refused() {
    let memory = Memory::new(100 * MIB as u64);
    let (one, other) = (memory.account(), memory.account());
    let mut leases = Vec::new();
    for account in [&one, &other, &one] {
        let mut lease = account.question().lease();
        lease.reach(30 * MIB, soon()).await.unwrap();
        leases.push(lease);
    }
    let waiting: Vec<_> = leases
        .into_iter()
        .map(|lease| reaching(lease, 50 * MIB))
        .collect();
    let mut held = Vec::new();
    let mut fine = Vec::new();
    for handle in waiting {
        let outcome = handle.await.unwrap();
        fine.push(outcome.is_ok());
        held.extend(outcome.ok());
    }
    // With what the youngest held the others go on, long before the deadline.
    assert_eq!(fine, [true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn who_goes_while_waiting_leaves_nothing_behind() {
    let memory = Memory::new(100 * MIB as u64);
    let account = memory.account();
    let mut first = account.question().lease();
    first.reach(70 * MIB, soon()).await.unwrap();
    let waiting = reaching(account.question().lease(), 20 * MIB);
    settled().await;
    waiting.abort();
    settled().await;
    let mut third = account.question().lease();
    drop(first);
    third.reach(75 * MIB, soon()).await.unwrap();
    drop(third);
    assert_eq!(memory.used().0, 0);
}
