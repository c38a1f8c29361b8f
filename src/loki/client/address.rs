//! The URL of Loki: checked once, joined with each request's path, never printed with secrets.

use std::net::IpAddr;

use reqwest::Url;

use crate::loki::error::{Error, words};
use crate::loki::options::without_userinfo;

/// Where Loki is.
#[derive(Clone)]
pub(super) struct Address {
    base: Url,
    /// The name to connect under, where `serverName` differs from the URL's host.
    alias: Option<String>,
}

impl Address {
    /// Checks the setting `url`; `alias` replaces the host on the wire ([`Self::on_the_wire`]).
    pub(super) fn parse(text: &str, alias: Option<&str>) -> Result<Self, Error> {
        let text = text.trim();
        let shown = words::bounded(&without_userinfo(text), words::QUOTE);
        let refuse = |problem: &str| {
            let problem = format!("{shown:?} {problem}");
            Err(Error::Setting {
                setting: "url".to_owned(),
                problem,
            })
        };
        if text.is_empty() {
            return refuse("is empty; it wants an address such as http://localhost:3100");
        }
        let base = match Url::parse(text) {
            Ok(base) => base,
            // The parser's words say what is wrong and never quote the URL.
            Err(error) => return refuse(&format!("is no URL: {error}")),
        };
        if !matches!(base.scheme(), "http" | "https") {
            return refuse("does not begin with http:// or https://");
        }
        if !base.username().is_empty() || base.password().is_some() {
            return refuse("holds a user or a password; use basic authentication instead");
        }
        if base.query().is_some() || base.fragment().is_some() {
            return refuse("holds a query or a fragment, which no request of Loki can keep");
        }
        if base.path().contains("/loki/api/") || base.path().ends_with("/loki/api") {
            return refuse("goes on to Loki's API; give only what stands before /loki/api");
        }
        let alias = alias.map(str::trim).filter(|alias| {
            // An address needs no name to be asked for; the verifier alone is enough for it.
            !alias.is_empty()
                && base.scheme() == "https"
                && base.host_str() != Some(alias)
                && !is_ip(alias)
        });
        Ok(Self {
            alias: alias.map(str::to_owned),
            base,
        })
    }

    /// The base path and the path of a request.
    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    /// The URL as given to the HTTP library: with the alias as host, so that it is the name the
    /// TLS handshake asks for and verifies; the `Host` header then has to be set.
    pub(super) fn on_the_wire(&self, url: &Url) -> Result<Url, Error> {
        let mut url = url.clone();
        if let Some(alias) = &self.alias {
            url.set_host(Some(alias)).map_err(|error| Error::Setting {
                setting: "serverName".to_owned(),
                problem: format!("{alias:?} is no host name: {error}"),
            })?;
        }
        Ok(url)
    }

    /// Host and port for the `Host` header, when the URL on the wire has another host.
    pub(super) fn host_header(&self) -> Option<String> {
        self.alias.as_ref()?;
        let host = self.base.host_str()?;
        Some(match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }

    /// The host to look up, without the brackets of an IPv6 address.
    pub(super) fn host(&self) -> &str {
        let host = self.base.host_str().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether the host is this machine, which is never behind a proxy (as in Go).
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether the connection is secure.
    pub(super) fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Scheme, host and port: all of the URL that errors show.
    pub(super) fn origin(&self) -> String {
        origin_of(&self.base)
    }

    /// Whether another URL leads to the same scheme, host and port.
    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        self.base.origin() == url.origin()
    }
}

/// Scheme, host and port of any URL.
pub(super) fn origin_of(url: &Url) -> String {
    words::bounded(&url.origin().ascii_serialization(), words::QUOTE)
}

fn is_ip(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_path_is_kept() {
        for (name, url, want) in [
            (
                "plain",
                "http://loki:3100",
                "http://loki:3100/loki/api/v1/labels",
            ),
            (
                "slash",
                " http://loki:3100/ ",
                "http://loki:3100/loki/api/v1/labels",
            ),
            (
                "base path",
                "https://h/loki-prefix",
                "https://h/loki-prefix/loki/api/v1/labels",
            ),
            (
                "base path, slash",
                "https://h/a/b//",
                "https://h/a/b/loki/api/v1/labels",
            ),
            (
                "IPv6",
                "http://[::1]:3100",
                "http://[::1]:3100/loki/api/v1/labels",
            ),
        ] {
            let address = Address::parse(url, None).unwrap();
            assert_eq!(address.join("/loki/api/v1/labels").as_str(), want, "{name}");
        }
    }

    #[test]
    fn bad_urls_are_quoted_without_secrets() {
        for (name, url, want) in [
            ("empty", " ", "\"\" is empty"),
            (
                "no scheme",
                "localhost:3100",
                "\"localhost:3100\" does not begin with http://",
            ),
            (
                "bare host",
                "loki",
                "\"loki\" is no URL: relative URL without a base",
            ),
            ("file", "file:///etc/passwd", "does not begin with http://"),
            (
                "password",
                "http://me:hunter2@loki",
                "\"http://***@loki\" holds a user or",
            ),
            (
                "bad and password",
                "http://me:hunter2@loki:99999",
                "is no URL: invalid port",
            ),
            (
                "query",
                "http://loki/?token=hunter2",
                "\"http://loki/?***\" holds a query",
            ),
            (
                "fragment",
                "http://loki/#hunter2",
                "holds a query or a fragment",
            ),
            (
                "API",
                "http://loki/loki/api/v1/push",
                "give only what stands before /loki/api",
            ),
        ] {
            let error = Address::parse(url, None)
                .err()
                .map(|error| format!("{error} {error:?}"));
            let text = error.unwrap_or_default();
            assert!(text.contains(want), "{name}: {text}");
            assert!(text.contains("setting \"url\""), "{name}: {text}");
            assert!(!text.contains("hunter2"), "{name}: {text}");
        }
    }

    #[test]
    fn alias_is_for_names_over_tls_only() {
        for (name, url, alias, want) in [
            (
                "other name",
                "https://10.0.0.5:3100/x",
                "loki.internal",
                Some("10.0.0.5:3100"),
            ),
            ("same name", "https://loki/x", "loki", None),
            ("no TLS", "http://loki/x", "loki.internal", None),
            ("address", "https://loki/x", "10.0.0.5", None),
        ] {
            let address = Address::parse(url, Some(alias)).unwrap();
            assert_eq!(address.host_header().as_deref(), want, "{name}");
        }
    }
}
