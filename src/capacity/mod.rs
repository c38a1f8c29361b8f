//! What one process has of memory and processors, and how questions share it.
//!
//! [`Memory`] is one budget in bytes for all data sources, from the body of an answer of Loki to the
//! encoded frame; [`Compute`] keeps what computes for long from what must be heard at once.

mod compute;
mod limit;
mod memory;

pub use compute::{Compute, Slice};
pub use limit::{BudgetError, VARIABLE, budget_bytes};
pub use memory::{Account, Full, Held, Lease, Memory, Question};

/// What one data source has: its account of the process's memory, and its places to compute.
#[derive(Debug, Clone)]
pub struct Capacity {
    /// Its account.
    pub memory: Account,
    /// Its places.
    pub compute: Compute,
}

impl Capacity {
    /// Opens an account for a data source.
    pub fn of(memory: &Memory) -> Self {
        Self {
            memory: memory.account(),
            compute: Compute::of_this_machine(),
        }
    }
}

impl Default for Capacity {
    /// Returns the capacity of a process that has one data source and the usual budget.
    fn default() -> Self {
        Self::of(&Memory::default())
    }
}
