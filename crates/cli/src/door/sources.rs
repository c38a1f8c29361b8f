//! The data sources, as `/api/datasources/uid/{uid}` of Grafana writes and reads them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as FromState};
use ginkgo::plugin::local::message::{DataSourceInstanceSettings, PluginContext, User};
use ginkgo::settings::RawSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::reply::Refused;
use super::{PLUGIN_ID, Shared};

/// A data source, named as in Grafana. What else Grafana's settings page sends is left out.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataSource {
    uid: String,
    name: String,
    url: String,
    basic_auth: bool,
    basic_auth_user: String,
    json_data: Value,
    /// The secrets: taken, and never given out again.
    #[serde(skip_serializing)]
    secure_json_data: HashMap<String, String>,
    /// Its number, given by the door.
    #[serde(skip_deserializing)]
    id: i64,
    /// How often it was written: two writes never look like one to the plugin.
    #[serde(skip)]
    version: i64,
}

impl DataSource {
    /// Makes a data source of settings that the command line has read.
    pub fn named(name: &str, settings: RawSettings) -> Self {
        Self {
            name: name.to_owned(),
            url: settings.url,
            basic_auth: settings.basic_auth,
            basic_auth_user: settings.basic_auth_user,
            json_data: settings.json_data,
            secure_json_data: settings.secure,
            ..Self::default()
        }
    }

    /// Returns what Grafana tells the plugin about the data source and who asks.
    pub fn context(&self) -> PluginContext {
        let settings = DataSourceInstanceSettings {
            id: self.id,
            uid: self.uid.clone(),
            name: self.name.clone(),
            url: self.url.clone(),
            basic_auth_enabled: self.basic_auth,
            basic_auth_user: self.basic_auth_user.clone(),
            json_data: self.json_data.to_string().into_bytes(),
            decrypted_secure_json_data: self.secure_json_data.clone(),
            last_updated_ms: self.version,
            ..DataSourceInstanceSettings::default()
        };
        PluginContext {
            org_id: 1,
            plugin_id: PLUGIN_ID.to_owned(),
            user: Some(User {
                login: "admin".to_owned(),
                name: "Admin".to_owned(),
                role: "Admin".to_owned(),
                ..User::default()
            }),
            data_source_instance_settings: Some(settings),
            ..PluginContext::default()
        }
    }
}

/// All data sources, by uid.
#[derive(Default)]
pub struct Sources(Mutex<HashMap<String, DataSource>>);

/// How many there may be; each is as large as a body may be.
const MOST_SOURCES: usize = 100;

impl Sources {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, DataSource>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a data source.
    ///
    /// # Errors
    /// There is none of this uid.
    pub fn get(&self, uid: &str) -> Result<DataSource, Refused> {
        let found = self.lock().get(uid).cloned();
        found.ok_or_else(|| Refused::no_source(uid))
    }

    /// Adds a data source, or puts it in the place of the one that has this uid; `None` where there are too many.
    pub fn put(&self, uid: &str, mut source: DataSource) -> Option<DataSource> {
        let mut sources = self.lock();
        let number = sources.len();
        if number >= MOST_SOURCES && !sources.contains_key(uid) {
            return None;
        }
        let known = sources.get(uid);
        source.id = known.map_or(number as i64 + 1, |known| known.id);
        source.version = known.map_or(1, |known| known.version + 1);
        uid.clone_into(&mut source.uid);
        if source.name.is_empty() {
            uid.clone_into(&mut source.name);
        }
        if source.json_data.is_null() {
            source.json_data = json!({});
        }
        sources.insert(uid.to_owned(), source.clone());
        Some(source)
    }
}

/// Reads a data source, without its secrets.
pub async fn read(
    FromState(state): Shared,
    Path(uid): Path<String>,
) -> Result<Json<DataSource>, Refused> {
    Ok(Json(state.sources.get(&uid)?))
}

/// Writes a data source: what its body leaves out is empty from then on, secrets too.
pub async fn write(
    FromState(state): Shared,
    Path(uid): Path<String>,
    body: Bytes,
) -> Result<Json<DataSource>, Refused> {
    let source: DataSource = serde_json::from_slice(&body)
        .map_err(|error| Refused::bad(format!("bad data source: {error}")))?;
    let stored = state.sources.put(&uid, source);
    let too_many = || Refused::bad(format!("there are {MOST_SOURCES} data sources already"));
    Ok(Json(stored.ok_or_else(too_many)?))
}

/// Removes a data source.
pub async fn remove(FromState(state): Shared, Path(uid): Path<String>) -> Json<Value> {
    state.sources.lock().remove(&uid);
    Json(json!({ "message": "Data source deleted" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_again_is_newer_and_keeps_its_number() {
        let sources = Sources::default();
        let first = sources.put("a", DataSource::default()).unwrap();
        let other = sources.put("b", DataSource::default()).unwrap();
        let again = sources.put("a", DataSource::default()).unwrap();
        assert_eq!((first.id, other.id, again.id), (1, 2, 1));
        let settings = |source: &DataSource| source.context().data_source_instance_settings;
        assert_ne!(settings(&first), settings(&again));
        assert_eq!((again.name.as_str(), &again.json_data), ("a", &json!({})));
    }

    #[test]
    fn their_number_has_a_bound() {
        let sources = Sources::default();
        for uid in 0..MOST_SOURCES {
            assert!(
                sources
                    .put(&uid.to_string(), DataSource::default())
                    .is_some()
            );
        }
        assert!(sources.put("one more", DataSource::default()).is_none());
        assert!(sources.put("0", DataSource::default()).is_some());
    }
}
