//! Equal requests under way at the same time are one request, and everybody who asked has its answer.
//!
//! Nothing is kept: whoever asks after the answer came asks anew. Equal is what Loki answers alike: the
//! same request on behalf of the same people. Tags that only tell Loki's query log who asked are those of
//! whoever asked first. Whoever goes leaves the request to the others; with the last one it is dropped,
//! and its connection with it.

use std::any::Any;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use tokio::time::Instant;

use super::Call;
use super::flight::Flight;
use crate::loki::error::Error;
use crate::loki::request::{Method, Request};

/// A decoded answer of any kind: which one, the request says.
pub(super) type Decoded = Arc<dyn Any + Send + Sync>;

type Work = Pin<Box<dyn Future<Output = Result<Decoded, Error>> + Send>>;

/// What makes two requests to one Loki equal.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Key {
    request: Request,
    /// What may decide what somebody is allowed to see.
    forwarded: Vec<(String, String)>,
    /// The one tag that Loki goes by.
    one_after_another: bool,
    /// Which places it waits for.
    is_check: bool,
}

impl Key {
    /// Returns the key of a request; `None` where each one counts.
    pub(super) fn of(request: &Request, call: &Call) -> Option<Self> {
        let writes = request.method() == Method::PostJson;
        (!writes).then(|| Self {
            request: request.clone(),
            forwarded: call.forwarded.clone(),
            one_after_another: call.tags.one_after_another,
            is_check: call.is_check,
        })
    }
}

/// A request that somebody waits for.
pub(super) struct Joined {
    /// What becomes of it.
    pub outcome: Shared<Work>,
    /// How far it is.
    pub flight: Arc<Flight>,
}

/// The requests that are under way.
#[derive(Clone, Default)]
pub(super) struct Sharing(Arc<Mutex<HashMap<Arc<Key>, Known>>>);

struct Known {
    /// Alive as long as somebody waits.
    weak: WeakShared<Work>,
    flight: Arc<Flight>,
}

impl Known {
    fn upgrade(&self) -> Option<Joined> {
        let outcome = self.weak.upgrade()?;
        let flight = Arc::clone(&self.flight);
        Some(Joined { outcome, flight })
    }
}

/// The place of a request among those under way, for as long as it is.
struct Entry {
    all: Sharing,
    key: Arc<Key>,
    flight: Arc<Flight>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut known = self.all.known();
        // By now an equal request may have taken the place.
        let is_own = |known: &Known| Arc::ptr_eq(&known.flight, &self.flight);
        if known.get(&self.key).is_some_and(is_own) {
            known.remove(&self.key);
        }
    }
}

impl Sharing {
    /// Joins the equal request that is under way, or begins one.
    pub(super) fn join<W>(
        &self,
        key: Option<Key>,
        deadline: Instant,
        begin: impl FnOnce(Arc<Flight>) -> W,
    ) -> Joined
    where
        W: Future<Output = Result<Decoded, Error>> + Send + 'static,
    {
        let Some(key) = key else {
            let flight = Arc::new(Flight::new(deadline));
            let outcome = begin(Arc::clone(&flight)).boxed().shared();
            return Joined { outcome, flight };
        };
        let key = Arc::new(key);
        let mut known = self.known();
        let equal = known.get(&key).and_then(Known::upgrade);
        let given_up = match equal {
            Some(joined) if joined.flight.takes_in(deadline) => return joined,
            other => other,
        };
        let flight = Arc::new(Flight::new(deadline));
        let entry = Entry {
            all: self.clone(),
            key: Arc::clone(&key),
            flight: Arc::clone(&flight),
        };
        let work = begin(Arc::clone(&flight));
        let work = async move {
            let _entry = entry;
            work.await
        };
        let outcome = work.boxed().shared();
        if let Some(weak) = outcome.downgrade() {
            let flight = Arc::clone(&flight);
            known.insert(key, Known { weak, flight });
        }
        drop(known);
        // Not before: with the last hold the entry goes, which needs the map.
        drop(given_up);
        Joined { outcome, flight }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.known().is_empty()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Arc<Key>, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
