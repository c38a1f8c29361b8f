//! One budget of bytes for the process: whoever holds a part of an answer has leased its bytes.
//!
//! A question that needs more than is free waits. What becomes free goes to the data source that holds the
//! least, and there to the oldest question; no data source holds more than three quarters. Where all who
//! hold something wait for more, nothing would ever become free: then the youngest of them is refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::limit::budget_bytes;

/// Leases grow in steps, so that small pieces do not each ask.
const STEP: u64 = 256 << 10;

/// The budget of a process; clones are the same one.
#[derive(Debug, Clone)]
pub struct Memory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    total: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: u64,
    /// The highest that `used` has been.
    peak: u64,
    /// How many accounts and questions there have been; by their numbers the oldest are known.
    numbers: u64,
    accounts: HashMap<u64, u64>,
    questions: HashMap<u64, Asker>,
    waiting: Vec<Waiter>,
}

#[derive(Debug)]
struct Asker {
    account: u64,
    held: u64,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    question: u64,
    account: u64,
    more: u64,
    granted: oneshot::Sender<Option<Grant>>,
}

/// Bytes that were found for a waiter; given back if it is gone before it takes them.
#[derive(Debug)]
struct Grant {
    memory: Memory,
    question: u64,
    account: u64,
    bytes: u64,
}

impl Drop for Grant {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.memory
                .give_back(self.question, self.account, self.bytes);
        }
    }
}

/// There is no memory for what a question needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// The budget, in bytes.
    pub total: u64,
    /// Whether the question alone needs more than one may have, whoever else asks.
    pub alone: bool,
}

impl Default for Memory {
    fn default() -> Self {
        // Without a setting there is no error.
        Self::new(budget_bytes(None).unwrap_or(u64::MAX))
    }
}

impl Memory {
    /// Makes a budget of so many bytes.
    pub fn new(total: u64) -> Self {
        Self(Arc::new(Inner {
            total,
            state: Mutex::default(),
        }))
    }

    /// Opens an account: one for each data source.
    pub fn account(&self) -> Account {
        let mut state = self.state();
        state.numbers += 1;
        Account {
            memory: self.clone(),
            number: state.numbers,
        }
    }

    /// Returns the bytes of the budget.
    pub fn total(&self) -> u64 {
        self.0.total
    }

    /// Returns the bytes that are leased, and the most that ever were.
    pub fn used(&self) -> (u64, u64) {
        let state = self.state();
        (state.used, state.peak)
    }

    /// The most that the questions of one data source hold together.
    fn most_of_account(&self) -> u64 {
        self.0.total - self.0.total / 4
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A data source's share in the budget.
#[derive(Debug, Clone)]
pub struct Account {
    memory: Memory,
    number: u64,
}

impl Account {
    /// Begins a question; clones of it are the same question.
    pub fn question(&self) -> Question {
        let mut state = self.memory.state();
        state.numbers += 1;
        let number = state.numbers;
        let account = self.number;
        state.questions.insert(number, Asker { account, held: 0 });
        Question(Arc::new(Asking {
            memory: self.memory.clone(),
            number,
            account,
        }))
    }
}

/// A question, as whose part bytes are leased.
#[derive(Debug, Clone)]
pub struct Question(Arc<Asking>);

#[derive(Debug)]
struct Asking {
    memory: Memory,
    number: u64,
    account: u64,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.memory.state().questions.remove(&self.number);
    }
}

impl Question {
    /// Begins a lease of nothing.
    pub fn lease(&self) -> Lease {
        Lease {
            question: self.clone(),
            bytes: 0,
        }
    }
}

/// Bytes that are held until this is dropped.
#[derive(Debug)]
pub struct Lease {
    question: Question,
    bytes: u64,
}

impl Lease {
    /// Holds at least so many bytes; waits for them until the deadline.
    ///
    /// # Errors
    /// [`Full`] when they do not become free in time, or never would.
    pub async fn reach(&mut self, bytes: usize, deadline: Instant) -> Result<(), Full> {
        let bytes = (bytes as u64).div_ceil(STEP).saturating_mul(STEP);
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let asking = &self.question.0;
        let memory = &asking.memory;
        let (granted, outcome) = oneshot::channel();
        {
            let mut state = memory.state();
            let held = state.questions.get(&asking.number);
            let held = held.map_or(0, |asker| asker.held);
            if held.saturating_add(more) > memory.most_of_account() {
                return Err(memory.full(true));
            }
            state.numbers += 1;
            let number = state.numbers;
            state.waiting.push(Waiter {
                number,
                question: asking.number,
                account: asking.account,
                more,
                granted,
            });
            state.settle(memory);
        }
        match timeout_at(deadline, outcome).await {
            Ok(Ok(Some(mut grant))) => {
                self.bytes += std::mem::take(&mut grant.bytes);
                Ok(())
            }
            _ => Err(memory.full(false)),
        }
    }

    /// Gives back all but so many bytes.
    pub fn shrink_to(&mut self, bytes: usize) {
        let keep = (bytes as u64).div_ceil(STEP).saturating_mul(STEP);
        let back = self.bytes.saturating_sub(keep);
        self.give_back(back);
    }

    /// Returns the bytes that are held.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn give_back(&mut self, bytes: u64) {
        if bytes == 0 {
            return;
        }
        self.bytes -= bytes;
        let asking = &self.question.0;
        asking
            .memory
            .give_back(asking.number, asking.account, bytes);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

/// A lease that goes with a value: of clones the last gives it back. Values are equal whatever they hold.
#[derive(Debug, Clone, Default)]
pub struct Held {
    _lease: Option<Arc<Lease>>,
}

impl PartialEq for Held {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl From<Lease> for Held {
    fn from(lease: Lease) -> Self {
        Self {
            _lease: Some(Arc::new(lease)),
        }
    }
}

impl Memory {
    fn give_back(&self, question: u64, account: u64, bytes: u64) {
        let mut state = self.state();
        state.give_back(question, account, bytes);
        state.settle(self);
    }

    fn full(&self, alone: bool) -> Full {
        Full {
            total: self.0.total,
            alone,
        }
    }
}

impl State {
    fn give_back(&mut self, question: u64, account: u64, bytes: u64) {
        self.used -= bytes;
        if let Some(asker) = self.questions.get_mut(&question) {
            asker.held -= bytes;
        }
        if let Some(held) = self.accounts.get_mut(&account) {
            *held -= bytes;
            if *held == 0 {
                self.accounts.remove(&account);
            }
        }
    }

    fn held(&self, account: u64) -> u64 {
        self.accounts.get(&account).copied().unwrap_or(0)
    }

    /// Hands out what is free, and refuses one of those who would wait for ever.
    fn settle(&mut self, memory: &Memory) {
        // Who has given up waits no more.
        self.waiting.retain(|waiter| !waiter.granted.is_closed());
        while let Some(next) = self.next(memory) {
            let waiter = self.waiting.swap_remove(next);
            self.grant(waiter, memory);
        }
        if let Some(last) = self.stuck(memory) {
            let waiter = self.waiting.swap_remove(last);
            // Whoever does not hear it is gone.
            let _gone = waiter.granted.send(None);
        }
    }

    /// Returns the one whose turn it is, if there is enough for them.
    fn next(&self, memory: &Memory) -> Option<usize> {
        let below = |waiter: &Waiter| {
            self.held(waiter.account).saturating_add(waiter.more) <= memory.most_of_account()
        };
        let candidates = self.waiting.iter().enumerate().filter(|(_, w)| below(w));
        let (at, first) =
            candidates.min_by_key(|(_, w)| (self.held(w.account), w.question, w.number))?;
        (self.used.saturating_add(first.more) <= memory.0.total).then_some(at)
    }

    fn grant(&mut self, waiter: Waiter, memory: &Memory) {
        let (question, account, bytes) = (waiter.question, waiter.account, waiter.more);
        let grant = Grant {
            memory: memory.clone(),
            question,
            account,
            bytes,
        };
        if let Err(Some(mut unheard)) = waiter.granted.send(Some(grant)) {
            // It was never counted, and giving it back would wait for this very lock.
            unheard.bytes = 0;
            return;
        }
        self.used += bytes;
        self.peak = self.peak.max(self.used);
        *self.accounts.entry(account).or_default() += bytes;
        if let Some(asker) = self.questions.get_mut(&question) {
            asker.held += bytes;
        }
    }

    /// Returns the youngest waiter among questions that all wait, so that nothing becomes free: of one
    /// data source that has reached its most, or of all.
    fn stuck(&self, memory: &Memory) -> Option<usize> {
        let waits = |number: u64| self.waiting.iter().any(|waiter| waiter.question == number);
        let all_wait = |of: Option<u64>| {
            self.questions.iter().all(|(number, asker)| {
                asker.held == 0 || of.is_some_and(|of| of != asker.account) || waits(*number)
            })
        };
        let holds = |waiter: &Waiter| {
            let asker = self.questions.get(&waiter.question);
            asker.is_some_and(|asker| asker.held > 0)
        };
        let youngest = |of: Option<u64>| {
            let waiting = self.waiting.iter().enumerate();
            waiting
                .filter(|(_, waiter)| of.is_none_or(|of| of == waiter.account))
                .max_by_key(|(_, waiter)| (holds(waiter), waiter.question, waiter.number))
                .map(|(at, _)| at)
        };
        let full = self.waiting.iter().find(|waiter| {
            let held = self.held(waiter.account).saturating_add(waiter.more);
            held > memory.most_of_account() && all_wait(Some(waiter.account))
        });
        if let Some(waiter) = full {
            return youngest(Some(waiter.account));
        }
        (!self.waiting.is_empty() && all_wait(None)).then(|| youngest(None))?
    }
}

#[cfg(test)]
mod tests;
