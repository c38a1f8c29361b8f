//! Who asks: what Grafana's request headers say, and what of it Loki may see.

use tokio::time::Instant;

use super::DataSource;
use crate::capacity::Lease;
use crate::loki::{Call, Tags, UnderWay, forwardable};
use crate::schema::System;

/// Grafana's request headers. They may hold tokens, so `Debug` shows only their names.
#[derive(Clone, Default)]
pub struct Caller {
    headers: Vec<(String, String)>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.headers.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

impl Caller {
    /// Takes Grafana's request headers, their names with or without `http_` in front.
    pub fn from_headers<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            headers: headers.into_iter().map(own).collect(),
        }
    }

    /// Says whether an alert rule asks (`pkg/services/ngalert/eval` of Grafana sends this header).
    pub(super) fn is_alert(&self) -> bool {
        self.header("FromAlert")
            .is_some_and(|truth| truth == "true")
    }

    /// Returns the value of a header, whatever the case of its name.
    fn header(&self, wanted: &str) -> Option<String> {
        let bare = |name: &str| name.strip_prefix("http_").unwrap_or(name).to_owned();
        let is_wanted = |name: &str| bare(name).eq_ignore_ascii_case(wanted);
        let found = self.headers.iter().find(|(name, _)| is_wanted(name));
        found
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
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
        Call {
            tags: Tags {
                system: system.map(|system| system.name.clone()),
                query_type: Some(query_type.to_owned()),
                dashboard: caller.header("X-Dashboard-Uid"),
                panel: caller.header("X-Panel-Id"),
                alert_rule: caller
                    .header("X-Rule-Uid")
                    .or_else(|| caller.header("X-Rule-Name"))
                    .or_else(|| caller.is_alert().then(|| "unknown".to_owned())),
                one_after_another: false,
            },
            forwarded: forwardable(&self.settings.loki, headers),
            // One for the whole question: all of its requests share it.
            deadline: Some(Instant::now() + self.settings.loki.timeout),
            under_way: UnderWay::default(),
            question: Some(self.capacity().memory.question()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_in_every_spelling_and_never_shown() {
        let caller = Caller::from_headers([
            ("http_X-Dashboard-Uid", "d1"),
            ("x-panel-id", "7"),
            ("Authorization", "Bearer token-1"),
        ]);
        assert_eq!(caller.header("X-Dashboard-Uid").as_deref(), Some("d1"));
        assert_eq!(caller.header("X-Panel-Id").as_deref(), Some("7"));
        assert_eq!(caller.header("X-Rule-Uid"), None);
        assert!(!format!("{caller:?}").contains("token-1"));
    }
}
