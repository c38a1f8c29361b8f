//! Keeps secrets out of foreign text: a server or proxy may echo what we sent.

use super::Call;
use super::headers::encoded;
use crate::loki::options::Options;

/// Shorter texts would blot out half of every message and are no secrets worth the name.
const SHORTEST: usize = 4;

/// What must not be shown; holds secrets and therefore has no `Debug`.
pub(super) struct Scrub(Vec<String>);

impl Scrub {
    /// The secrets of a data source.
    pub(super) fn new(options: &Options) -> Self {
        let mut secrets = Vec::new();
        if let Some(basic) = &options.basic_auth {
            secrets.push(basic.password.expose().to_owned());
            secrets.push(encoded(&basic.user, basic.password.expose()));
        }
        secrets.extend(
            options
                .headers
                .iter()
                .flat_map(|(_, value)| parts(value.expose())),
        );
        Self(secrets)
    }

    /// The text with every secret, of the data source or of this call, replaced by `***`.
    pub(super) fn clean(&self, text: &str, call: &Call) -> String {
        let mut text = text.to_owned();
        let forwarded = call
            .forwarded
            .iter()
            .filter(|(name, _)| name != "x-grafana-user");
        let forwarded = forwarded.flat_map(|(_, value)| parts(value));
        let mut secrets: Vec<String> = self.0.iter().cloned().chain(forwarded).collect();
        // Longest first: one secret may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
            text = text.replace(secret.as_str(), "***");
        }
        text
    }
}

/// A header's value, and what of it is secret by itself: `Bearer <token>`, `name=<cookie>`.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![value.to_owned()];
    for part in value.split(';') {
        let part = part.trim();
        let after = part.split_once(' ').or_else(|| part.split_once('='));
        parts.extend(after.map(|(_, secret)| secret.trim().to_owned()));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_are_blotted_out() {
        let mut options = Options::new("http://loki");
        options.headers = vec![
            ("X-Key".into(), "Token s3cr3t".into()),
            ("X-On".into(), "1".into()),
        ];
        options.basic_auth = Some(crate::loki::options::BasicAuth {
            user: "me".into(),
            password: "hunter2".into(),
        });
        let scrub = Scrub::new(&options);
        let call = Call {
            forwarded: vec![("cookie".into(), "a=alpha; b=beta".into())],
            ..Call::default()
        };
        for (name, body, want) in [
            ("value", "Token s3cr3t 1", "*** 1"),
            ("token", "s3cr3t", "***"),
            ("password", "hunter2 bWU6aHVudGVyMg==", "*** ***"),
            ("cookies", "alpha beta", "*** ***"),
            ("nothing", "parse error", "parse error"),
        ] {
            assert_eq!(scrub.clean(body, &call), want, "{name}");
        }
    }
}
