//! One data source for each instance that users configured, kept between requests.
//!
//! Grafana sends the settings with every request. An instance is built when it is first asked for and
//! again when they change; a request that is under way keeps the old one until it ends. The number is
//! bounded: the one that has been idle longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Which instance: the organisation and the data source's uid.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Grafana's organisation.
    pub org_id: i64,
    /// The data source's identifier, unique within the organisation.
    pub uid: String,
}

/// The instances that are alive, by [`Key`]; `S` is what they are built from, `T` what they are.
pub struct Instances<S, T> {
    kept: Mutex<Kept<S, T>>,
    most: usize,
}

struct Kept<S, T> {
    by_key: HashMap<Key, Entry<S, T>>,
    /// Counts the requests; tells which entry was used last.
    clock: u64,
}

struct Entry<S, T> {
    settings: S,
    instance: Arc<T>,
    used: u64,
}

impl<S: PartialEq + Clone, T> Instances<S, T> {
    /// Makes an empty set that keeps at most `most` instances.
    pub fn new(most: usize) -> Self {
        let by_key = HashMap::new();
        Self {
            kept: Mutex::new(Kept { by_key, clock: 0 }),
            most: most.max(1),
        }
    }

    /// Answers the instance of `key`, built by `build` unless one with the same settings is kept.
    ///
    /// All of the settings count, the time of their last change included: a user who saves the same
    /// settings again gets a fresh instance.
    ///
    /// # Errors
    /// Answers the error of `build`; nothing is kept under the key then.
    pub fn get<E>(
        &self,
        key: Key,
        settings: &S,
        build: impl FnOnce(&S) -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        // Building is quick and touches no network, so the lock may be held meanwhile: the panels of
        // a dashboard, which all ask at once, then share one instance and its caches.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let used = kept.clock;
        if let Some(entry) = kept.by_key.get_mut(&key)
            && entry.settings == *settings
        {
            entry.used = used;
            return Ok(Arc::clone(&entry.instance));
        }
        kept.by_key.remove(&key);
        let instance = Arc::new(build(settings)?);
        if kept.by_key.len() >= self.most {
            kept.evict();
        }
        let entry = Entry {
            settings: settings.clone(),
            instance: Arc::clone(&instance),
            used,
        };
        kept.by_key.insert(key, entry);
        Ok(instance)
    }
}

impl<S, T> Kept<S, T> {
    fn evict(&mut self) {
        let idle = self.by_key.iter().min_by_key(|(_, entry)| entry.used);
        if let Some(key) = idle.map(|(key, _)| key.clone()) {
            self.by_key.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(org_id: i64, uid: &str) -> Key {
        let uid = uid.to_owned();
        Key { org_id, uid }
    }

    fn get(instances: &Instances<u8, String>, key: Key, settings: u8) -> Arc<String> {
        let built = instances.get(key, &settings, |settings| {
            Ok::<_, ()>(format!("settings {settings}"))
        });
        built.unwrap()
    }

    #[test]
    fn the_same_settings_share_an_instance_and_new_ones_replace_it() {
        let instances = Instances::new(8);
        let first = get(&instances, key(1, "a"), 1);
        assert!(Arc::ptr_eq(&first, &get(&instances, key(1, "a"), 1)));
        let second = get(&instances, key(1, "a"), 2);
        assert_eq!(*second, "settings 2");
        assert_eq!(
            Arc::strong_count(&first),
            1,
            "only the open request holds it"
        );
    }

    #[test]
    fn organisations_and_uids_are_apart() {
        let instances = Instances::new(8);
        let first = get(&instances, key(1, "a"), 1);
        assert!(!Arc::ptr_eq(&first, &get(&instances, key(2, "a"), 1)));
        assert!(!Arc::ptr_eq(&first, &get(&instances, key(1, "b"), 1)));
    }

    #[test]
    fn the_longest_idle_goes_first() {
        let instances = Instances::new(2);
        let a = get(&instances, key(1, "a"), 1);
        let b = get(&instances, key(1, "b"), 1);
        get(&instances, key(1, "a"), 1);
        get(&instances, key(1, "c"), 1);
        assert!(Arc::ptr_eq(&a, &get(&instances, key(1, "a"), 1)));
        assert_eq!(Arc::strong_count(&b), 1);
    }

    #[test]
    fn settings_that_fail_keep_nothing_and_are_tried_again() {
        let instances = Instances::new(8);
        let old = get(&instances, key(1, "a"), 1);
        let failed = instances.get(key(1, "a"), &2, |_| Err("bad"));
        assert_eq!(failed, Err("bad"));
        assert_eq!(Arc::strong_count(&old), 1);
        assert_eq!(*get(&instances, key(1, "a"), 2), "settings 2");
    }
}
