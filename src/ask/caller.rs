//! Who asks: what Grafana's request headers say, and what of it Loki may see.
//!
//! Grafana writes some of these headers itself, and a resource call carries the browser's beside them. So
//! a name counts only as Grafana writes it, who the user is comes from the plugin context, and a name that
//! comes twice with two values is an error: otherwise the order of a map would decide who somebody is.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::DataSource;
use crate::capacity::Lease;
use crate::loki::{Call, Tags, UnderWay, forwardable};
use crate::schema::System;

/// In front of most names of a query's or health check's headers (`http_headers.go` of Grafana's SDK).
const PREFIX: &str = "http_";

/// Says that the user is to be named to the data source (`send_user_header` of Grafana).
const USER: &str = "x-grafana-user";

/// The headers that are read, as a resource call has them: browsers' in Go's canonical spelling, and the
/// ID token in Grafana's own (`oauthtoken_middleware.go`), which no browser's header comes in.
const NAMES: [&str; 9] = [
    "Authorization",
    "X-ID-Token",
    "Cookie",
    "X-Grafana-User",
    "X-Dashboard-Uid",
    "X-Panel-Id",
    "X-Rule-Uid",
    "X-Rule-Name",
    // Only queries have it.
    "FromAlert",
];

/// Grafana's request headers. They may hold tokens, so `Debug` shows only their names.
#[derive(Clone, Default)]
pub struct Caller {
    /// By their names in lower case.
    headers: BTreeMap<String, String>,
}

/// A header came with two values, so that nobody can say which one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the request has the header {0} twice, with different values: it must come once, in one spelling"
)]
pub struct AmbiguousHeader(&'static str);

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.headers.keys()).finish()
    }
}

impl Caller {
    /// Reads the headers of a query or a health check, which Grafana makes: names come with or without
    /// `http_`, in any case. `login` is the user's of the plugin context; empty where there is none.
    ///
    /// # Errors
    /// Names a header that came in two spellings with different values.
    pub fn of_query<'h>(
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        login: &str,
    ) -> Result<Self, AmbiguousHeader> {
        let bare = |name: &'h str| name.strip_prefix(PREFIX).unwrap_or(name);
        let known = headers
            .into_iter()
            .map(|(name, value)| (bare(name), value, true));
        Self::of(known, login)
    }

    /// Reads the headers of a resource call, which are a browser's, with Grafana's written over them: only
    /// exact names count, and `http_` in front of one makes another name.
    ///
    /// # Errors
    /// Names a header that came in two spellings, or more than once, with different values.
    pub fn of_resource<'h>(
        headers: impl IntoIterator<Item = (&'h str, &'h str)>,
        login: &str,
    ) -> Result<Self, AmbiguousHeader> {
        let exact = |name: &str| NAMES.contains(&name);
        let known = headers
            .into_iter()
            .map(|(name, value)| (name, value, exact(name)));
        Self::of(known, login)
    }

    /// Takes names, values, and whether the name counts in this spelling.
    fn of<'h>(
        headers: impl IntoIterator<Item = (&'h str, &'h str, bool)>,
        login: &str,
    ) -> Result<Self, AmbiguousHeader> {
        let mut found: BTreeMap<&str, (&str, bool)> = BTreeMap::new();
        for (name, value, counts) in headers {
            let Some(known) = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
                continue;
            };
            let entry = found.entry(known).or_insert((value, counts));
            if entry.0 != value {
                return Err(AmbiguousHeader(known));
            }
            entry.1 |= counts;
        }
        let counted = found.into_iter().filter(|(_, (_, counts))| *counts);
        let mut headers: BTreeMap<String, String> = counted
            .map(|(name, (value, _))| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        // The header says that the user is to be named, and never who that is.
        if let Some(user) = headers.get_mut(USER) {
            login.clone_into(user);
        }
        headers.retain(|_, value| !value.is_empty());
        Ok(Self { headers })
    }

    /// Says whether an alert rule asks (`pkg/services/ngalert/eval` of Grafana sends this header).
    pub(super) fn is_alert(&self) -> bool {
        self.header("fromalert")
            .is_some_and(|truth| truth == "true")
    }

    /// Returns the value of a header by its name in lower case.
    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).cloned()
    }
}

impl DataSource {
    /// Begins a lease of nothing for the question of a call.
    pub(super) fn lease(&self, call: &Call) -> Lease {
        match &call.question {
            Some(question) => question.lease(),
            None => self.capacity().memory.question().lease(),
        }
    }

    /// Returns when a question ends.
    pub(super) fn deadline(&self, call: &Call) -> Instant {
        call.deadline
            .unwrap_or_else(|| Instant::now() + self.settings.loki.timeout)
    }

    /// Returns what goes with every request of a question: tags for Loki's query log, the headers that
    /// the settings allow to be passed on, and the time by which all of it must be done.
    pub(super) fn call(&self, caller: &Caller, system: Option<&System>, query_type: &str) -> Call {
        let headers = caller
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        // One for the whole question: all of its requests share it.
        let now = Instant::now();
        Call {
            tags: Tags {
                system: system.map(|system| system.name.clone()),
                query_type: Some(query_type.to_owned()),
                dashboard: caller.header("x-dashboard-uid"),
                panel: caller.header("x-panel-id"),
                alert_rule: caller
                    .header("x-rule-uid")
                    .or_else(|| caller.header("x-rule-name"))
                    .or_else(|| caller.is_alert().then(|| "unknown".to_owned())),
                one_after_another: false,
            },
            forwarded: forwardable(&self.settings.loki, headers),
            since: Some(now),
            deadline: now.checked_add(self.settings.loki.timeout),
            is_check: query_type == "health",
            under_way: UnderWay::default(),
            question: Some(self.capacity().memory.question()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Headers = [(&'static str, &'static str)];

    /// What of the headers counts, as `name=value` in the order of names.
    fn text(caller: &Result<Caller, AmbiguousHeader>) -> String {
        match caller {
            Ok(caller) => {
                let pairs = caller.headers.iter();
                let pairs: Vec<String> = pairs
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                pairs.join("|")
            }
            Err(AmbiguousHeader(name)) => format!("{name} twice"),
        }
    }

    /// Holds against `want` what `read` makes of the headers in both of their orders.
    fn check(
        name: &str,
        headers: &Headers,
        want: &str,
        read: impl Fn(Vec<(&'static str, &'static str)>) -> Result<Caller, AmbiguousHeader>,
    ) {
        let mut headers = headers.to_vec();
        assert_eq!(text(&read(headers.clone())), want, "{name}");
        headers.reverse();
        assert_eq!(text(&read(headers)), want, "{name}, the other way round");
    }

    #[test]
    fn a_querys_headers_come_with_and_without_the_prefix() {
        let cases: [(&str, &Headers, &str); 6] = [
            (
                "a panel",
                &[
                    ("Authorization", "Bearer t"),
                    ("X-ID-Token", "id"),
                    ("http_X-Grafana-User", "somebody"),
                    ("http_X-Dashboard-Uid", "d1"),
                    ("http_X-Grafana-Id", "signed"),
                ],
                "authorization=Bearer t|x-dashboard-uid=d1|x-grafana-user=ann|x-id-token=id",
            ),
            (
                "an alert rule, whose headers come both ways",
                &[
                    ("FromAlert", "true"),
                    ("X-Rule-Uid", "r1"),
                    ("http_X-Rule-Uid", "r1"),
                ],
                "fromalert=true|x-rule-uid=r1",
            ),
            (
                "another case",
                &[("http_authorization", "Bearer t")],
                "authorization=Bearer t",
            ),
            (
                "two values of one name",
                &[
                    ("Authorization", "Bearer t"),
                    ("http_Authorization", "Bearer u"),
                ],
                "Authorization twice",
            ),
            (
                "two values of one name in two cases",
                &[("http_X-ID-Token", "a"), ("http_X-Id-Token", "b")],
                "X-ID-Token twice",
            ),
            ("an empty value", &[("http_Cookie", "")], ""),
        ];
        for (name, headers, want) in cases {
            check(name, headers, want, |headers| {
                Caller::of_query(headers, "ann")
            });
        }
    }

    #[test]
    fn a_resources_headers_count_by_their_exact_names() {
        let cases: [(&str, &Headers, &str); 7] = [
            (
                "Grafana's",
                &[
                    ("Authorization", "Bearer t"),
                    ("X-ID-Token", "id"),
                    ("Cookie", "a=1"),
                    ("X-Grafana-User", "ann"),
                    ("X-Panel-Id", "7"),
                ],
                "authorization=Bearer t|cookie=a=1|x-grafana-user=ann|x-id-token=id|x-panel-id=7",
            ),
            // As Go's HTTP server spells what a browser sends as `http_X-Grafana-User`.
            (
                "a Viewer's own, as if they were of a query",
                &[
                    ("Http_x-Grafana-User", "admin"),
                    ("Http_authorization", "Bearer evil"),
                    ("Http_x-Id-Token", "evil"),
                    ("Http_cookie", "evil=1"),
                    ("http_X-Grafana-User", "admin"),
                    ("http_Authorization", "Bearer evil"),
                ],
                "",
            ),
            (
                "the same beside Grafana's",
                &[
                    ("Authorization", "Bearer t"),
                    ("Http_authorization", "Bearer evil"),
                    ("X-Grafana-User", "admin"),
                ],
                "authorization=Bearer t|x-grafana-user=ann",
            ),
            ("a browser's ID token", &[("X-Id-Token", "evil")], ""),
            (
                "a browser's ID token beside Grafana's",
                &[("X-ID-Token", "id"), ("X-Id-Token", "evil")],
                "X-ID-Token twice",
            ),
            (
                "one name with two values",
                &[("Authorization", "Bearer t"), ("Authorization", "Bearer u")],
                "Authorization twice",
            ),
            ("small letters", &[("cookie", "a=1")], ""),
        ];
        for (name, headers, want) in cases {
            check(name, headers, want, |headers| {
                Caller::of_resource(headers, "ann")
            });
        }
    }

    #[test]
    fn the_user_is_the_contexts_and_nobody_without_one() {
        for header in ["http_X-Grafana-User", "X-Grafana-User"] {
            let caller = Caller::of_query([(header, "admin")], "");
            assert_eq!(text(&caller), "", "{header}");
        }
        // Grafana is not to send it.
        assert_eq!(text(&Caller::of_query([], "ann")), "");
    }

    #[test]
    fn values_are_never_shown() {
        let caller = Caller::of_query([("Authorization", "Bearer token-1")], "ann").unwrap();
        assert!(!format!("{caller:?}").contains("token-1"));
    }
}
