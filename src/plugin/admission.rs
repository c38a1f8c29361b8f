//! How many requests each data source may have under way, waiting ones included.
//!
//! Whoever comes beyond that is refused at once and told which data source is busy. Requests wait nowhere
//! else: a limit of the connection, over which Grafana sends all of them, would let one Loki that hangs hold
//! up other data sources, the health check and the host's word to stop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::failure::Failure;
use super::instances::Key;

/// The most batches of queries and resource calls of one data source at once: of some twenty people who open
/// large dashboards in the same moment.
pub const MOST_REQUESTS: usize = 500;

/// The most health checks of one data source at once. They have places of their own, so that a busy data
/// source can be checked.
pub const MOST_CHECKS: usize = 16;

/// What a request is admitted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A batch of queries or a resource call.
    Question,
    /// A health check.
    Check,
}

impl Kind {
    fn most(self) -> usize {
        match self {
            Self::Question => MOST_REQUESTS,
            Self::Check => MOST_CHECKS,
        }
    }
}

type Counts = HashMap<(Key, Kind), usize>;

/// The requests under way; data sources without any are not in it.
#[derive(Debug, Default)]
pub struct Admission(Arc<Mutex<Counts>>);

/// A request under way, until it is dropped.
#[derive(Debug)]
pub struct Admitted {
    all: Arc<Mutex<Counts>>,
    of: (Key, Kind),
}

fn counts(all: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Admission {
    /// Admits a request to a data source, which users know by `name`.
    ///
    /// # Errors
    /// The data source has too many under way: 503.
    pub fn admit(&self, key: Key, kind: Kind, name: &str) -> Result<Admitted, Failure> {
        let of = (key, kind);
        let mut counts = counts(&self.0);
        let count = counts.entry(of.clone()).or_default();
        if *count >= kind.most() {
            return Err(Failure::busy(name, kind.most()));
        }
        *count += 1;
        let all = Arc::clone(&self.0);
        Ok(Admitted { all, of })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut counts = counts(&self.all);
        if let Some(count) = counts.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(uid: &str) -> Key {
        Key {
            org_id: 1,
            uid: uid.to_owned(),
        }
    }

    #[test]
    fn each_data_source_and_kind_has_its_own_number_and_gets_places_back() {
        let admission = Admission::default();
        let question = |uid| admission.admit(key(uid), Kind::Question, "My Loki");
        let mut open: Vec<Admitted> = (0..MOST_REQUESTS).map(|_| question("a").unwrap()).collect();
        let refused = question("a").unwrap_err();
        assert_eq!((refused.status, refused.source), (503, "downstream"));
        let said = "the data source \"My Loki\" has 500 requests under way, and no more are let in";
        assert!(refused.message.starts_with(said), "{}", refused.message);
        let other = question("b").unwrap();
        let check = admission.admit(key("a"), Kind::Check, "My Loki").unwrap();
        open.pop();
        open.push(question("a").unwrap());
        assert!(question("a").is_err());
        drop((open, other, check));
        assert!(counts(&admission.0).is_empty(), "nothing is left behind");
    }
}
