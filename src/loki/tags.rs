//! Who asked: the header `X-Query-Tags`, which Loki writes into its own query log.
//!
//! `key=value` pairs, comma separated; Loki replaces everything but letters, digits and `-=.@, `
//! (`pkg/util/httpreq/tags.go`) and skips a pair that has not exactly one `=`.

/// The longest value of one tag, in characters: names of rules and dashboards can be long.
const MAX_VALUE: usize = 64;

/// What is known about the origin of a request; empty parts are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The system asked for, e.g. `ginkgo`.
    pub system: Option<String>,
    /// Ginkgo's query type, or what else the request is for: `portfolio`, `health`.
    pub query_type: Option<String>,
    /// The dashboard's uid.
    pub dashboard: Option<String>,
    /// The panel's id.
    pub panel: Option<String>,
    /// The alert rule's name or uid.
    pub alert_rule: Option<String>,
    /// Asks Loki to go through the parts of a range one after another and to stop at the limit,
    /// instead of starting all and cancelling the rest. It does so for every request whose tags
    /// contain `datasample` (`pkg/querier/queryrange/roundtrip.go`).
    pub one_after_another: bool,
}

impl Tags {
    /// The header's value: always plain ASCII, always begins with `Source=ginkgo`.
    pub fn header(&self) -> String {
        let mut header = String::from("Source=ginkgo");
        for (key, value) in [
            ("System", &self.system),
            ("QueryType", &self.query_type),
            ("Dashboard", &self.dashboard),
            ("Panel", &self.panel),
            ("AlertRule", &self.alert_rule),
        ] {
            let value = value.as_deref().map(clean).unwrap_or_default();
            if !value.is_empty() {
                header.push(',');
                header.push_str(key);
                header.push('=');
                header.push_str(&value);
            }
        }
        if self.one_after_another {
            header.push_str(",Parts=datasample");
        }
        header
    }
}

/// One value, in which `,` and `=` cannot begin another pair.
fn clean(value: &str) -> String {
    let kept: String = value
        .trim()
        .chars()
        .take(MAX_VALUE)
        .map(|c| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '@' | ' ' => c,
            _ => '-',
        })
        .collect();
    // A value of nothing but replaced characters tells nothing.
    if kept.chars().all(|c| c == '-' || c == ' ') {
        return String::new();
    }
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn header_values() {
        let tags = |system: &str, rule: &str| Tags {
            system: Some(system.into()),
            alert_rule: Some(rule.into()),
            ..Tags::default()
        };
        for (name, tags, want) in [
            ("nothing known", Tags::default(), "Source=ginkgo"),
            (
                "known",
                tags("ginkgo", "Errors 5m"),
                "Source=ginkgo,System=ginkgo,AlertRule=Errors 5m",
            ),
            (
                "another pair",
                tags("a,Source=evil", ""),
                "Source=ginkgo,System=a-Source-evil",
            ),
            (
                "line break",
                tags("a\r\nX-Scope-OrgID: b", ""),
                "Source=ginkgo,System=a--X-Scope-OrgID- b",
            ),
            ("nothing left", tags("订单", "=,="), "Source=ginkgo"),
            (
                "one after another",
                Tags {
                    one_after_another: true,
                    ..Tags::default()
                },
                "Source=ginkgo,Parts=datasample",
            ),
        ] {
            assert_eq!(tags.header(), want, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_value_never_adds_a_pair(system in ".*", panel in ".*") {
            let header = Tags { system: Some(system), panel: Some(panel), ..Tags::default() }.header();
            for pair in header.split(',') {
                prop_assert_eq!(pair.matches('=').count(), 1);
                let (key, value) = pair.split_once('=').unwrap();
                prop_assert!(["Source", "System", "Panel"].contains(&key));
                prop_assert!(!value.is_empty() && value.is_ascii());
            }
            prop_assert!(header.len() < 512);
        }
    }
}
