//! Which labels streams were seen to have: by this no answer changes, only how fast it comes.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{DataSource, Scope};
use crate::logql::Selector;
use crate::loki::{Call, Request};

/// How long what was seen is good enough.
const FRESH: Duration = Duration::from_secs(300);
/// More selectors than that are forgotten together; a data source has a few systems.
const MOST_SELECTORS: usize = 100;
/// How far back it is looked, in nanoseconds: old streams are likely to be like new ones.
const LOOKBACK_NS: i64 = 24 * 3600 * 1_000_000_000;

type Names = Arc<BTreeSet<String>>;

/// The names of the labels of some streams, by their selector.
#[derive(Debug, Default)]
pub struct SeenLabels(Mutex<HashMap<String, (Instant, Names)>>);

impl DataSource {
    /// Returns the labels that streams of the selector had not long ago; none where Loki does not say.
    pub(super) async fn labels_seen(
        &self,
        selector: &Selector,
        scope: &Scope,
        call: &Call,
    ) -> Names {
        let selector = selector.to_string();
        if let Some(names) = self.seen_labels.get(&selector) {
            return names;
        }
        let request = Request::Labels {
            start_ns: scope.from_ns.max(scope.to_ns.saturating_sub(LOOKBACK_NS)),
            end_ns: scope.to_ns,
            selector: Some(selector.clone()),
        };
        // A Loki that lists no labels is not asked again at once either.
        let names = self.client.labels(&request, call).await;
        let names = names.inspect_err(|error| tracing::debug!(%error, "labels are not listed"));
        let names = Arc::new(names.unwrap_or_default().into_iter().collect());
        self.seen_labels.insert(selector, Arc::clone(&names));
        names
    }
}

impl SeenLabels {
    fn get(&self, selector: &str) -> Option<Names> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (when, names) = seen.get(selector)?;
        (when.elapsed() < FRESH).then(|| Arc::clone(names))
    }

    fn insert(&self, selector: String, names: Names) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_SELECTORS {
            seen.clear();
        }
        seen.insert(selector, (Instant::now(), names));
    }
}
