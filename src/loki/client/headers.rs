//! The headers of a request: which are let through from Grafana, which win over which.
//!
//! Later wins: Ginkgo's own, then basic authentication, then what Grafana forwarded for the user
//! (so an OAuth token beats basic authentication), then the administrator's custom headers. Two
//! exceptions: a configured tenant beats a custom `X-Scope-OrgID` (without one the custom header
//! is the tenant), and headers that frame the request cannot be custom.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::Call;
use crate::loki::error::{Error, words};
use crate::loki::options::{BasicAuth, Options};
use crate::loki::request::Request;

const TENANT: HeaderName = HeaderName::from_static("x-scope-orgid");
/// What a Loki without tenants calls its only one.
const NO_TENANT: HeaderValue = HeaderValue::from_static("fake");
const TAGS: HeaderName = HeaderName::from_static("x-query-tags");
const ENCODING_FLAGS: HeaderName = HeaderName::from_static("x-loki-response-encoding-flags");

/// Custom headers that would break the request's framing or the reading of its answer.
const OURS: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Grafana's own session; never passed on, whatever `keepCookies` says (as in Grafana).
const SESSION_COOKIES: &[&str] = &["grafana_session", "grafana_session_expiry"];

/// Picks from the headers of Grafana's request those that may go on to Loki.
///
/// Names come and leave in lower case. Let through are `authorization` and `x-id-token` with
/// `forward_oauth`, the cookies named in `keep_cookies`, and `x-grafana-user`; everything else is
/// dropped. What leaves is in the order of names, so that equal headers are equal lists.
pub fn forwardable<N: AsRef<str>, V: AsRef<str>>(
    options: &Options,
    headers: impl IntoIterator<Item = (N, V)>,
) -> Vec<(String, String)> {
    let mut picked: Vec<(String, String)> = Vec::new();
    for (name, value) in headers {
        let name = name.as_ref();
        let value = match name {
            "authorization" | "x-id-token" if options.forward_oauth => value.as_ref().to_owned(),
            "cookie" => kept_cookies(&options.keep_cookies, value.as_ref()),
            "x-grafana-user" => value.as_ref().to_owned(),
            _ => continue,
        };
        // A value that is no header (a line break in it) cannot be sent, so it is not forwarded.
        if !value.is_empty() && HeaderValue::from_str(&value).is_ok() {
            picked.push((name.to_owned(), value));
        }
    }
    picked.sort();
    picked
}

/// The cookies whose names are kept: exact names, `prefix[]`, or `[]` for all.
fn kept_cookies(keep: &[String], cookies: &str) -> String {
    let kept: Vec<&str> = cookies
        .split(';')
        .map(str::trim)
        .filter(|cookie| {
            let name = cookie.split('=').next().unwrap_or_default().trim();
            let wanted = keep.iter().any(|pattern| match pattern.strip_suffix("[]") {
                Some(prefix) => name.starts_with(prefix),
                None => name == pattern,
            });
            wanted && !name.is_empty() && !SESSION_COOKIES.contains(&name)
        })
        .collect();
    kept.join("; ")
}

/// The headers that are the same for every request of a data source.
#[derive(Clone)]
pub(super) struct Fixed {
    /// Ginkgo's own, and basic authentication.
    first: HeaderMap,
    /// The administrator's.
    last: HeaderMap,
}

impl Fixed {
    /// Checks tenant, basic authentication and custom headers; `host` is the `Host` to claim.
    pub(super) fn new(options: &Options, host: Option<&str>) -> Result<Self, Error> {
        let mut first = HeaderMap::new();
        let agent = concat!("ginkgo/", env!("CARGO_PKG_VERSION"));
        first.insert(USER_AGENT, HeaderValue::from_static(agent));
        first.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(host) = host {
            first.insert(reqwest::header::HOST, value("url", host)?);
        }
        if let Some(BasicAuth { user, password }) = &options.basic_auth {
            if user.contains(':') {
                let problem = format!("{:?} holds a colon", words::bounded(user, words::QUOTE));
                return Err(Error::Setting {
                    setting: "basicAuthUser".to_owned(),
                    problem,
                });
            }
            first.insert(AUTHORIZATION, basic(user, password.expose())?);
        }
        let mut last = HeaderMap::new();
        for (number, (name, secret)) in (1..).zip(&options.headers) {
            let name = custom_name(number, name)?;
            last.insert(
                name,
                value(&format!("httpHeaderValue{number}"), secret.expose())?,
            );
        }
        if let Some(tenant) = options
            .tenant
            .as_deref()
            .filter(|tenant| !tenant.is_empty())
        {
            let mut tenant = value("tenant", tenant)?;
            tenant.set_sensitive(false);
            last.insert(TENANT, tenant);
        }
        Ok(Self { first, last })
    }

    /// All headers of one request.
    pub(super) fn of(&self, request: &Request, call: &Call) -> HeaderMap {
        let mut headers = self.first.clone();
        if let Ok(tags) = HeaderValue::from_str(&call.tags.header()) {
            headers.insert(TAGS, tags);
        }
        if request.categorizes_labels() {
            headers.insert(
                ENCODING_FLAGS,
                HeaderValue::from_static("categorize-labels"),
            );
        }
        if request.needs_tenant() {
            // A tenant of the settings replaces it below.
            headers.insert(TENANT, NO_TENANT);
        }
        for (name, text) in &call.forwarded {
            // Once more here, so that no caller can forward what must not be.
            let name = match name.to_ascii_lowercase().as_str() {
                "authorization" => AUTHORIZATION,
                "cookie" => reqwest::header::COOKIE,
                "x-id-token" => HeaderName::from_static("x-id-token"),
                "x-grafana-user" => HeaderName::from_static("x-grafana-user"),
                _ => continue,
            };
            if let Ok(mut text) = HeaderValue::from_str(text) {
                text.set_sensitive(true);
                headers.insert(name, text);
            }
        }
        headers.extend(self.last.clone());
        headers
    }
}

/// User and password as basic authentication writes them (RFC 7617).
pub(super) fn encoded(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{user}:{password}"))
}

/// `Basic …` for user and password.
fn basic(user: &str, password: &str) -> Result<HeaderValue, Error> {
    value(
        "basicAuthPassword",
        &format!("Basic {}", encoded(user, password)),
    )
}

fn custom_name(number: usize, name: &str) -> Result<HeaderName, Error> {
    let refuse = |problem: &str| Error::Setting {
        setting: format!("httpHeaderName{number}"),
        problem: format!("{:?} {problem}", words::bounded(name, words::QUOTE)),
    };
    let parsed =
        HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| refuse("is no header name"))?;
    if OURS.contains(&parsed.as_str()) {
        return Err(refuse("is a header that Ginkgo has to set itself"));
    }
    Ok(parsed)
}

/// A header's value, marked so that no library prints it.
fn value(setting: &str, text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Error::Setting {
        setting: setting.to_owned(),
        problem: "it holds a character that no header may hold, such as a line break".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
