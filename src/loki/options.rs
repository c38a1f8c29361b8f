//! Where Loki is and how to reach it: plain values, checked by [`Client::new`].
//!
//! The names follow Grafana's own HTTP settings of a data source, so that an error can name the
//! setting as the person who has to correct it sees it.
//!
//! [`Client::new`]: crate::loki::client::Client::new

use std::fmt;
use std::time::Duration;

/// A text that never shows itself: `Debug` and `Display` print `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that must not be printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// User and password for HTTP basic authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicAuth {
    /// The user's name (`basicAuthUser`).
    pub user: String,
    /// The password (`basicAuthPassword`).
    pub password: Secret,
}

/// How the server proves itself to us, and we to the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Authorities as PEM (`tlsCACert`); when given, **only** these are trusted.
    pub ca_pem: Option<String>,
    /// Our certificate as PEM, with intermediates (`tlsClientCert`); goes with the key.
    pub client_cert_pem: Option<String>,
    /// The key of our certificate as PEM (`tlsClientKey`).
    pub client_key_pem: Option<Secret>,
    /// The name to ask for and to verify instead of the URL's host (`serverName`).
    pub server_name: Option<String>,
    /// Accept any certificate (`tlsSkipVerify`).
    pub skip_verify: bool,
}

/// Everything a [`Client`](crate::loki::client::Client) is made from.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// Loki's address with an optional base path: `http://host:3100`, `https://host/loki-prefix/`.
    pub url: String,
    /// The tenant, sent as `X-Scope-OrgID`; `a|b` asks several where Loki allows it.
    pub tenant: Option<String>,
    /// HTTP basic authentication.
    pub basic_auth: Option<BasicAuth>,
    /// TLS; ignored when the URL is `http`, but broken PEM is an error all the same.
    pub tls: TlsOptions,
    /// The administrator's own headers, in order: the first is `httpHeaderName1`.
    pub headers: Vec<(String, Secret)>,
    /// The most time one request may take, waiting for a free place and the body included.
    pub timeout: Duration,
    /// The most bytes of an answer, counted after decompression.
    pub max_body_bytes: usize,
    /// Pass the user's OAuth tokens on (`oauthPassThru`).
    pub forward_oauth: bool,
    /// The cookies to pass on (`keepCookies`): exact names, `prefix[]`, or `[]` for all.
    pub keep_cookies: Vec<String>,
    /// How many requests may run at once; at least 1.
    pub max_concurrent: usize,
    /// The longest pause before a request that met a passing fault is sent again; twice as long
    /// before each further time.
    pub retry_pause: Duration,
}

impl Options {
    /// The defaults for a Loki at `url`: no credentials, 30 s, 64 MiB, 8 requests at once,
    /// repeated after up to 100 ms.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            tenant: None,
            basic_auth: None,
            tls: TlsOptions::default(),
            headers: Vec::new(),
            timeout: Duration::from_secs(30),
            max_body_bytes: 64 << 20,
            forward_oauth: false,
            keep_cookies: Vec::new(),
            max_concurrent: 8,
            retry_pause: Duration::from_millis(100),
        }
    }
}

/// By hand, because a URL may carry a password before [`Client::new`] refuses it.
///
/// [`Client::new`]: crate::loki::client::Client::new
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("url", &without_userinfo(&self.url))
            .field("tenant", &self.tenant)
            .field("basic_auth", &self.basic_auth)
            .field("tls", &self.tls)
            .field("headers", &self.headers)
            .field("timeout", &self.timeout)
            .field("max_body_bytes", &self.max_body_bytes)
            .field("forward_oauth", &self.forward_oauth)
            .field("keep_cookies", &self.keep_cookies)
            .field("max_concurrent", &self.max_concurrent)
            .field("retry_pause", &self.retry_pause)
            .finish()
    }
}

/// The text of a URL without what stands before `@` and without query and fragment.
///
/// Works on the raw text, since it is needed most for URLs that do not parse.
pub(super) fn without_userinfo(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    // A password may hold `/`, `?` or `#`, so the last `@` of the whole text ends the userinfo.
    let (mark, rest) = match rest.rsplit_once('@') {
        Some((_, host)) => ("***@", host),
        None => ("", rest),
    };
    let (rest, cut) = match rest.find(['?', '#']) {
        Some(at) => (rest.get(..at).unwrap_or_default(), "?***"),
        None => (rest, ""),
    };
    format!("{scheme}{mark}{rest}{cut}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let mut options = Options::new("http://me:hunter2@loki:3100/x?token=hunter2#hunter2");
        options.basic_auth = Some(BasicAuth {
            user: "me".into(),
            password: "hunter2".into(),
        });
        options.tls.client_key_pem = Some("hunter2".into());
        options.headers = vec![("X-Key".into(), "hunter2".into())];
        let text = format!("{options:?} {options:#?} {}", Secret::new("hunter2"));
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("***@loki:3100/x"), "{text}");
    }

    #[test]
    fn userinfo_is_cut_from_any_text() {
        for (name, url, want) in [
            ("plain", "http://loki:3100", "http://loki:3100"),
            ("user and password", "http://u:p@loki", "http://***@loki"),
            (
                "odd password",
                "http://u:p/@?#x@loki/a",
                "http://***@loki/a",
            ),
            ("no scheme", "u:p@loki", "***@loki"),
            ("query", "http://loki/?key=p", "http://loki/?***"),
            ("empty", "", ""),
        ] {
            assert_eq!(without_userinfo(url), want, "{name}");
        }
    }
}
