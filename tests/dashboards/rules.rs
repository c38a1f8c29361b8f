//! The alert rules over an hour with its incidents: each fires on its incident, and only then.

use std::collections::{BTreeMap, BTreeSet};

use ginkgo_demo::{Incident, Layout, System, Trouble, incidents};
use serde_json::{Value, json};

use crate::board::{list, rules};
use crate::load::alone;
use crate::site::{LAYOUTS, MINUTE_NS, START_NS, config, entries, site};
use crate::support::host;

/// The minutes of the hour at which rules fire, by rule and by who it is about.
type Fired = BTreeMap<(String, String), Vec<i64>>;

/// Asks every rule at a minute of the hour: the values beyond the threshold, by rule and by who it is.
pub fn beyond(uid: &str, minute: i64) -> BTreeSet<(String, String)> {
    let end = START_NS + minute * MINUTE_NS;
    let mut found = BTreeSet::new();
    let mut by_range: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
    for rule in rules() {
        let data = &rule["data"][0];
        let mut query = data["model"].clone();
        query["refId"] = rule["title"].clone();
        // What Grafana sends for alerts.
        query["intervalMs"] = json!(1000);
        query["maxDataPoints"] = json!(43_200);
        let range = &data["relativeTimeRange"];
        assert_eq!(range["to"], 0);
        let seconds = range["from"].as_i64().expect("a number");
        by_range.entry(seconds).or_default().push(query);
    }
    for (seconds, queries) in by_range {
        let from = end - seconds * 1_000_000_000;
        let alert = [("FromAlert", "true")];
        let response = host().query_with(uid, from, end, &queries, &alert).json();
        for rule in rules() {
            let title = rule["title"].as_str().expect("a title");
            let result = &response["results"][title];
            if result.is_null() {
                continue;
            }
            assert_eq!(result["status"], 200, "{title}: {result}");
            assert_eq!(result["checks"], json!([]), "{title}: {result}");
            let threshold =
                rule["data"][1]["model"]["conditions"][0]["evaluator"]["params"][0].as_f64();
            let threshold = threshold.expect("a number");
            for frame in list(&result["frames"]) {
                for field in list(&frame["schema"]["fields"]) {
                    let labels = field["labels"].as_object().cloned().unwrap_or_default();
                    let who: Vec<&str> = labels.values().filter_map(Value::as_str).collect();
                    let value = frame["data"]["values"][0][0].as_f64().expect("a number");
                    if value > threshold {
                        found.insert((title.to_owned(), who.join(", ")));
                    }
                }
            }
        }
    }
    found
}

/// Minutes that a rule waits before it fires.
fn patience(title: &str) -> i64 {
    let rule = rules()
        .iter()
        .find(|rule| rule["title"] == title)
        .expect("a rule");
    match rule["for"].as_str() {
        Some("5m") => 5,
        Some("0s") => 0,
        other => panic!("{title}: for {other:?}"),
    }
}

/// Evaluates the rules as Grafana does, each minute of the hour.
fn evaluated(uid: &str) -> Fired {
    let mut since: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut fired = Fired::new();
    for minute in 6..=60 {
        let now = beyond(uid, minute);
        since.retain(|who, _| now.contains(who));
        for who in now {
            let began = *since.entry(who.clone()).or_insert(minute);
            if minute - began >= patience(&who.0) {
                fired.entry(who).or_default().push(minute);
            }
        }
    }
    fired
}

/// The minutes of the hour in which an incident can be seen: the windows of the rules are five minutes.
fn seen(incident: &Incident) -> (i64, i64) {
    let minute = |ns: i64| (ns - START_NS) / MINUTE_NS;
    (minute(incident.start_ns), minute(incident.end_ns) + 5)
}

/// Who may be fired about, by rule: all of them, or at least one.
fn expected(layout: Layout) -> BTreeMap<&'static str, (BTreeSet<String>, Trouble)> {
    let all = incidents(&config(layout));
    let of = |system: System, trouble: Trouble| -> BTreeSet<String> {
        let mine = all
            .iter()
            .filter(|i| i.system == system && i.trouble == trouble);
        mine.filter_map(|incident| incident.subject.clone())
            .collect()
    };
    let stormy = of(System::Ginkgo, Trouble::Storm);
    let lines = entries(layout);
    let strategies = lines.iter().filter(|entry| {
        let portfolio = entry.truth.fields.get("portfolio_id");
        entry.truth.mess.is_none() && portfolio.is_some_and(|id| stormy.contains(id))
    });
    let strategies = strategies.filter_map(|entry| entry.truth.fields.get("strategy_id").cloned());
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    BTreeMap::from([
        ("HighErrorRate", (names(&["backend"]), Trouble::Storm)),
        ("HighErrorRateDocker", (names(&["api"]), Trouble::Storm)),
        (
            "HighErrorRateDynamo",
            (names(&["frontend", "decode"]), Trouble::Storm),
        ),
        ("PortfolioErrorRate", (stormy.clone(), Trouble::Storm)),
        ("StrategyErrorRate", (strategies.collect(), Trouble::Storm)),
        ("EngineError", (stormy.clone(), Trouble::Storm)),
        ("RiskBreach", (stormy, Trouble::Storm)),
        (
            "SilentPortfolio",
            (of(System::Ginkgo, Trouble::Silence), Trouble::Silence),
        ),
        ("SilentService", (names(&["search"]), Trouble::Silence)),
        (
            "SilentServiceDocker",
            (of(System::Tskv, Trouble::Silence), Trouble::Silence),
        ),
    ])
}

#[test]
fn each_fires_on_its_incident_and_only_then() {
    let _alone = alone();
    let fired = evaluated(site(Layout::Metadata));
    let all = incidents(&config(Layout::Metadata));
    let expected = expected(Layout::Metadata);
    for ((title, who), minutes) in &fired {
        let (whom, trouble) = &expected[title.as_str()];
        assert!(
            whom.contains(who),
            "{title} fires about {who} at {minutes:?}"
        );
        let incident = all.iter().find(|incident| incident.trouble == *trouble);
        let (from, to) = seen(incident.expect("an incident"));
        let is_within = minutes.iter().all(|minute| (from..=to).contains(minute));
        assert!(
            is_within,
            "{title} fires about {who} at {minutes:?}, not only from {from} to {to}"
        );
    }
    let heard: BTreeSet<&str> = fired.keys().map(|(title, _)| title.as_str()).collect();
    assert_eq!(heard, expected.keys().copied().collect(), "{fired:#?}");
}

#[test]
fn every_layout_says_the_same() {
    let _alone = alone();
    let mut said = Vec::new();
    for layout in LAYOUTS {
        // In the calm, in the storm, in the calm behind it, in the silence.
        let minutes = [8, 20, 32, 50].map(|minute| beyond(site(layout), minute));
        assert!(
            minutes[0].is_empty() && minutes[2].is_empty(),
            "{layout}: {minutes:?}"
        );
        assert!(
            minutes[1].len() >= 7 && minutes[3].len() == 3,
            "{layout}: {minutes:?}"
        );
        said.push((layout, minutes));
    }
    for (layout, minutes) in &said[1..] {
        assert_eq!(*minutes, said[0].1, "{layout} and {}", said[0].0);
    }
}
