//! A data source's settings: as Grafana hands them over ([`RawSettings`]) and checked ([`Settings`]).
//!
//! Names are Grafana's own where it has one (`backend/http_settings.go` of its Go SDK); an error names
//! the setting and quotes what stands there, never a secret.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::loki::options::{BasicAuth, Options, Secret, TlsOptions};
use crate::query::MAX_LIMIT;
use crate::schema::{RawSystem, SchemaError, System, presets};

/// Lines a query returns when it names no limit.
const DEFAULT_MAX_LINES: u32 = 1000;
/// The longest timeout that can be set, in seconds.
const LONGEST_TIMEOUT: f64 = 3600.0;
/// The most requests at once that can be set.
const MOST_CONCURRENT: f64 = 256.0;

/// The most systems.
const MOST_SYSTEMS: usize = 100;
/// The most custom headers, and the most names of cookies.
const MOST_HEADERS: usize = 100;
/// The longest address or tenant, in bytes.
const LONGEST_TEXT: usize = 4096;

/// Settings as Grafana hands them over; nothing is checked.
#[derive(Clone, Default, PartialEq)]
pub struct RawSettings {
    /// Loki's address.
    pub url: String,
    /// Whether basic authentication is on.
    pub basic_auth: bool,
    /// Its user.
    pub basic_auth_user: String,
    /// `jsonData`.
    pub json_data: Value,
    /// `secureJsonData`, decrypted.
    pub secure: HashMap<String, String>,
}

impl fmt::Debug for RawSettings {
    /// Shows which secrets there are, and none of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut secrets: Vec<&String> = self.secure.keys().collect();
        secrets.sort();
        f.debug_struct("RawSettings")
            .field("basic_auth", &self.basic_auth)
            .field("secure", &secrets)
            .finish_non_exhaustive()
    }
}

/// Checked settings: everything needed to answer questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where Loki is and how to talk to it.
    pub loki: Options,
    /// The systems, never empty, names unique.
    pub systems: Vec<System>,
    /// The name of the system of queries that name none.
    pub default_system: String,
    /// Lines a query returns when it names no limit.
    pub max_lines: u32,
}

impl Settings {
    /// Returns the system of this name.
    pub fn system(&self, name: &str) -> Option<&System> {
        self.systems.iter().find(|system| system.name == name)
    }
}

/// A setting that is wrong: which, what stands there and what is valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("data source setting {at} {problem}")]
pub struct SettingsError {
    /// The setting: `systems[0].selector`, `url`.
    pub at: String,
    /// What is wrong with it.
    pub problem: String,
}

impl SettingsError {
    fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            problem: problem.into(),
        }
    }
}

impl TryFrom<RawSettings> for Settings {
    type Error = SettingsError;

    fn try_from(raw: RawSettings) -> Result<Self, SettingsError> {
        let json = Json(&raw.json_data);
        let systems = systems(json)?;
        links::check(json)?;
        let default_system = default_system(json, &systems)?;
        let max_lines = json.number("maxLines", 1.0, f64::from(MAX_LIMIT))?;
        Ok(Self {
            loki: loki(&raw, json)?,
            systems,
            default_system,
            max_lines: max_lines.map_or(DEFAULT_MAX_LINES, |lines| lines as u32),
        })
    }
}

fn systems(json: Json<'_>) -> Result<Vec<System>, SettingsError> {
    let written = match json.get("systems") {
        None => return Ok(presets()),
        Some(Value::Array(written)) if written.is_empty() => return Ok(presets()),
        Some(Value::Array(written)) => written,
        Some(other) => {
            let problem = format!("{other} is not valid: expected a list of systems");
            return Err(SettingsError::new("systems", problem));
        }
    };
    bounded("systems", written.len(), "entries", MOST_SYSTEMS)?;
    let mut systems: Vec<System> = Vec::new();
    for (index, value) in written.iter().enumerate() {
        let raw: RawSystem = serde_json::from_value(value.clone()).map_err(|error| {
            SettingsError::new(
                format!("systems[{index}]"),
                format!("cannot be read: {error}"),
            )
        })?;
        let system = System::try_from(raw).map_err(|SchemaError { at, problem }| {
            SettingsError::new(format!("systems[{index}].{at}"), problem)
        })?;
        if systems.iter().any(|other| other.name == system.name) {
            let problem = format!(
                "\"{}\" is there twice: give each system its own name",
                system.name
            );
            return Err(SettingsError::new(
                format!("systems[{index}].name"),
                problem,
            ));
        }
        systems.push(system);
    }
    Ok(systems)
}

/// Refuses what is larger than allowed, without quoting it: an address may hold a password.
fn bounded(at: &str, is: usize, unit: &str, most: usize) -> Result<(), SettingsError> {
    if is <= most {
        return Ok(());
    }
    let problem = format!("has {is} {unit}: at most {most} are allowed");
    Err(SettingsError::new(at, problem))
}

/// Returns the named default, else the first system that somebody wrote, else `ginkgo`.
fn default_system(json: Json<'_>, systems: &[System]) -> Result<String, SettingsError> {
    let first = || {
        systems
            .first()
            .map_or("ginkgo", |system| system.name.as_str())
    };
    let name = json.text("defaultSystem")?.filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(first);
    if !systems.iter().any(|system| system.name == name) {
        let names: Vec<&str> = systems.iter().map(|system| system.name.as_str()).collect();
        let problem = format!(
            "\"{name}\" is not one of the systems: use {}",
            names.join(", ")
        );
        return Err(SettingsError::new("defaultSystem", problem));
    }
    Ok(name.to_owned())
}

fn loki(raw: &RawSettings, json: Json<'_>) -> Result<Options, SettingsError> {
    if raw.url.trim().is_empty() {
        let problem = "is empty: enter Loki's address, for example http://localhost:3100";
        return Err(SettingsError::new("url", problem));
    }
    bounded("url", raw.url.len(), "bytes", LONGEST_TEXT)?;
    let secret = |name: &str| raw.secure.get(name).filter(|value| !value.is_empty());
    let mut options = Options::new(raw.url.trim());
    if raw.basic_auth {
        options.basic_auth = Some(BasicAuth {
            user: raw.basic_auth_user.clone(),
            password: Secret::from(secret("basicAuthPassword").cloned().unwrap_or_default()),
        });
    }
    options.tenant = json
        .text("tenant")?
        .filter(|t| !t.is_empty())
        .map(str::to_owned);
    let tenant = options.tenant.as_ref().map_or(0, String::len);
    bounded("tenant", tenant, "bytes", LONGEST_TEXT)?;
    options.tls = tls(json, &secret)?;
    options.headers = headers(json, &secret)?;
    if let Some(seconds) = json.number("timeout", 0.0, LONGEST_TIMEOUT)? {
        // Grafana writes 0 for "the default".
        if seconds > 0.0 {
            options.timeout = Duration::from_secs_f64(seconds);
        }
    }
    if let Some(requests) = json.number("maxConcurrent", 1.0, MOST_CONCURRENT)? {
        options.max_concurrent = requests as usize;
    }
    options.forward_oauth = json.truth("oauthPassThru")?;
    options.keep_cookies = match json.get("keepCookies") {
        None => Vec::new(),
        Some(value) => serde_json::from_value(value.clone()).map_err(|_| {
            let problem = format!("{value} is not valid: expected a list of names");
            SettingsError::new("keepCookies", problem)
        })?,
    };
    bounded(
        "keepCookies",
        options.keep_cookies.len(),
        "entries",
        MOST_HEADERS,
    )?;
    if json.truth("enableSecureSocksProxy")? {
        let problem = "is on, and this version cannot use a secure socks proxy: turn it off";
        return Err(SettingsError::new("enableSecureSocksProxy", problem));
    }
    Ok(options)
}

fn tls<'r>(
    json: Json<'_>,
    secret: &impl Fn(&str) -> Option<&'r String>,
) -> Result<TlsOptions, SettingsError> {
    let needed = |name: &str, with: &str| {
        let problem = format!("is empty, and {with} is on: enter it or turn that off");
        secret(name)
            .cloned()
            .ok_or_else(|| SettingsError::new(name, problem))
    };
    let mut tls = TlsOptions {
        skip_verify: json.truth("tlsSkipVerify")?,
        ..TlsOptions::default()
    };
    if json.truth("tlsAuthWithCACert")? {
        tls.ca_pem = Some(needed("tlsCACert", "tlsAuthWithCACert")?);
    }
    if json.truth("tlsAuth")? {
        tls.client_cert_pem = Some(needed("tlsClientCert", "tlsAuth")?);
        tls.client_key_pem = Some(Secret::from(needed("tlsClientKey", "tlsAuth")?));
    }
    tls.server_name = json
        .text("serverName")?
        .filter(|n| !n.is_empty())
        .map(str::to_owned);
    Ok(tls)
}

/// Reads `httpHeaderName1…` with `httpHeaderValue1…`; Grafana numbers them without gaps, provisioning
/// may leave some.
fn headers<'r>(
    json: Json<'_>,
    secret: &impl Fn(&str) -> Option<&'r String>,
) -> Result<Vec<(String, Secret)>, SettingsError> {
    let names = json.0.as_object().map(|object| object.keys());
    let beyond = names.into_iter().flatten().filter_map(|key| {
        let number: usize = key.strip_prefix("httpHeaderName")?.parse().ok()?;
        (number > MOST_HEADERS).then_some(key)
    });
    if let Some(key) = beyond.min() {
        let problem = format!("is one header too many: at most {MOST_HEADERS} are allowed");
        return Err(SettingsError::new(key, problem));
    }
    let mut headers = Vec::new();
    for number in 1..=MOST_HEADERS {
        let key = format!("httpHeaderName{number}");
        if let Some(name) = json.text(&key)?.filter(|name| !name.is_empty()) {
            let value = secret(&format!("httpHeaderValue{number}")).ok_or_else(|| {
                let name = crate::query::quoted(&name.into());
                let problem = format!(
                    "is {name}, and httpHeaderValue{number} is empty: enter the header's value, or remove the header"
                );
                SettingsError::new(&key, problem)
            })?;
            headers.push((name.to_owned(), Secret::from(value.clone())));
        }
    }
    Ok(headers)
}

/// `jsonData`, read leniently: numbers and truths may be text, as provisioning files have them.
#[derive(Clone, Copy)]
struct Json<'a>(&'a Value);

impl<'a> Json<'a> {
    fn get(self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn text(self, key: &str) -> Result<Option<&'a str>, SettingsError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => {
                let problem = format!("{other} is not valid: expected a text");
                Err(SettingsError::new(key, problem))
            }
        }
    }

    fn truth(self, key: &str) -> Result<bool, SettingsError> {
        match self.get(key) {
            None => Ok(false),
            Some(Value::Bool(truth)) => Ok(*truth),
            Some(Value::String(text)) if text == "true" || text == "false" => Ok(text == "true"),
            Some(other) => {
                let problem = format!("{other} is not valid: use true or false");
                Err(SettingsError::new(key, problem))
            }
        }
    }

    fn number(self, key: &str, least: f64, most: f64) -> Result<Option<f64>, SettingsError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let number = match value {
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_f64(),
        };
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => {
                let problem = format!("{value} is not valid: use a number from {least} to {most}");
                Err(SettingsError::new(key, problem))
            }
        }
    }
}

mod links;
#[cfg(test)]
mod tests;
