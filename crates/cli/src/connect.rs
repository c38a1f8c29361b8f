//! From flags and environment to a data source.

use ginkgo::ask::DataSource;
use ginkgo::settings::{RawSettings, Settings};
use serde_json::{Value, json};

use crate::Failure;
use crate::args::Connection;

const DEFAULT_URL: &str = "http://127.0.0.1:3100";

/// Makes the data source that the flags describe.
pub fn data_source(connection: &Connection) -> Result<DataSource, Failure> {
    let url = given_url(connection).unwrap_or_else(|| DEFAULT_URL.to_owned());
    data_source_of(raw_settings(connection, url)?)
}

/// Makes a data source of settings.
pub fn data_source_of(raw: RawSettings) -> Result<DataSource, Failure> {
    let settings = Settings::try_from(raw).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(DataSource::new(settings)?)
}

/// Returns the Loki that the flags or the environment name.
pub fn given_url(connection: &Connection) -> Option<String> {
    let environment = || environment("GINKGO_LOKI_URL");
    connection.url.clone().or_else(environment)
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the settings that the flags describe, for the Loki at `url`.
pub fn raw_settings(connection: &Connection, url: String) -> Result<RawSettings, Failure> {
    let mut raw = RawSettings {
        url,
        json_data: json!({}),
        ..RawSettings::default()
    };
    if let Some(path) = &connection.settings {
        let read = std::fs::read_to_string(path);
        let text = read
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        let json: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::usage(format!("{} is no JSON: {error}", path.display())))?;
        if !json.is_object() {
            return Err(Failure::usage(format!(
                "{} is no JSON object",
                path.display()
            )));
        }
        raw.json_data = json;
    }
    if let (Some(tenant), Some(json)) = (&connection.tenant, raw.json_data.as_object_mut()) {
        json.insert("tenant".to_owned(), json!(tenant));
    }
    if let Some(user) = &connection.user {
        raw.basic_auth = true;
        raw.basic_auth_user.clone_from(user);
        let password = environment("GINKGO_PASSWORD").unwrap_or_default();
        raw.secure.insert("basicAuthPassword".to_owned(), password);
    }
    Ok(raw)
}
