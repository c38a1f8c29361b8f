//! Which labels streams were seen to have: by this no answer changes, only how fast it comes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{DataSource, Scope};
use crate::logql::Selector;
use crate::loki::{Call, Request};

/// How long what was seen is good enough.
const FRESH: Duration = Duration::from_secs(300);
/// How long a Loki that listed nothing is not asked again: the panels of one refresh share the failure, and
/// the next refresh asks anew.
const FAILED: Duration = Duration::from_secs(5);
/// The most lists that are kept; beyond that the old ones go, and if there are none, all of them.
const MOST_LISTS: usize = 1000;
/// How far back it is looked, in nanoseconds: old streams are likely to be like new ones.
const LOOKBACK_NS: i64 = 24 * 3600 * 1_000_000_000;

type Names = Arc<BTreeSet<String>>;

/// Whose streams, and which: a gateway may show others to another user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    selector: String,
    /// As in [`Call`]: what is passed on for the user, in the order of names.
    forwarded: Vec<(String, String)>,
}

/// The names of the labels of some streams, each until it is too old.
#[derive(Default)]
pub struct SeenLabels(Mutex<HashMap<Key, (Instant, Names)>>);

/// By hand: the keys hold tokens.
impl std::fmt::Debug for SeenLabels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeenLabels").finish_non_exhaustive()
    }
}

impl DataSource {
    /// Returns the labels that streams of the selector had not long ago; none where Loki does not say.
    pub(super) async fn labels_seen(
        &self,
        selector: &Selector,
        scope: &Scope,
        call: &Call,
    ) -> Names {
        let key = Key {
            selector: selector.to_string(),
            forwarded: call.forwarded.clone(),
        };
        if let Some(names) = self.seen_labels.get(&key) {
            return names;
        }
        let request = Request::Labels {
            start_ns: scope.from_ns.max(scope.to_ns.saturating_sub(LOOKBACK_NS)),
            end_ns: scope.to_ns,
            selector: Some(key.selector.clone()),
        };
        let names = self.client.labels(&request, call).await;
        let names = names.inspect_err(|error| tracing::debug!(%error, "labels are not listed"));
        let fresh = if names.is_ok() { FRESH } else { FAILED };
        let names = Arc::new(names.unwrap_or_default().into_iter().collect());
        self.seen_labels.insert(key, Arc::clone(&names), fresh);
        names
    }
}

impl SeenLabels {
    fn get(&self, key: &Key) -> Option<Names> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, names) = seen.get(key)?;
        (Instant::now() < *until).then(|| Arc::clone(names))
    }

    fn insert(&self, key: Key, names: Names, fresh: Duration) {
        let now = Instant::now();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_LISTS {
            seen.retain(|_, (until, _)| now < *until);
        }
        if seen.len() >= MOST_LISTS {
            seen.clear();
        }
        seen.insert(key, (now + fresh, names));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(selector: usize, user: &str) -> Key {
        Key {
            selector: format!("{{job=\"{selector}\"}}"),
            forwarded: vec![("x-grafana-user".to_owned(), user.to_owned())],
        }
    }

    fn names(name: &str) -> Names {
        Arc::new(BTreeSet::from([name.to_owned()]))
    }

    #[tokio::test(start_paused = true)]
    async fn lists_are_a_users_own_and_failures_last_for_seconds() {
        let seen = SeenLabels::default();
        seen.insert(key(1, "ann"), names("pod"), FRESH);
        seen.insert(key(1, "bob"), Names::default(), FAILED);
        assert_eq!(seen.get(&key(1, "ann")), Some(names("pod")));
        assert_eq!(seen.get(&key(1, "bob")), Some(Names::default()));
        assert_eq!(seen.get(&key(1, "cid")), None);
        tokio::time::advance(FAILED).await;
        assert_eq!(seen.get(&key(1, "bob")), None, "is asked again");
        assert_eq!(seen.get(&key(1, "ann")), Some(names("pod")));
        tokio::time::advance(FRESH).await;
        assert_eq!(seen.get(&key(1, "ann")), None);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_lists_are_kept_than_allowed() {
        let seen = SeenLabels::default();
        for number in 0..2 * MOST_LISTS {
            seen.insert(key(number, "ann"), names("pod"), FRESH);
            assert!(seen.0.lock().unwrap().len() <= MOST_LISTS);
        }
        assert!(seen.get(&key(2 * MOST_LISTS - 1, "ann")).is_some());
    }

    #[test]
    fn keys_are_not_printed() {
        let seen = SeenLabels::default();
        seen.insert(key(1, "token"), names("pod"), FRESH);
        assert!(!format!("{seen:?}").contains("token"));
    }
}
