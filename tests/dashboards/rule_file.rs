//! What can be said of the alert rules without asking anything.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::board::{board, checked, checks, list, path, rules, text};

/// The rules that there are.
const RULES: [&str; 10] = [
    "EngineError",
    "HighErrorRate",
    "HighErrorRateDocker",
    "HighErrorRateDynamo",
    "PortfolioErrorRate",
    "RiskBreach",
    "SilentPortfolio",
    "SilentService",
    "SilentServiceDocker",
    "StrategyErrorRate",
];

#[test]
fn they_are_valid_for_grafanas_own_schema_and_their_uids_are_their_own() {
    let titles: BTreeSet<&str> = rules()
        .iter()
        .filter_map(|rule| rule["title"].as_str())
        .collect();
    assert_eq!(titles, RULES.into());
    let uids: BTreeSet<&str> = rules()
        .iter()
        .filter_map(|rule| rule["uid"].as_str())
        .collect();
    assert_eq!(uids.len(), rules().len());
    // What Grafana takes: 40 letters, digits, dashes and underscores.
    for uid in uids {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(uid.len() <= 40 && uid.chars().all(fits), "{uid}");
    }
}

#[test]
fn the_schema_check_finds_what_is_wrong() {
    let good = text("provisioning/alerting/ginkgo.yaml");
    for (from, to) in [
        ("noDataState: OK", "noDataStates: OK"),
        ("        condition: C\n", ""),
        ("type: gt", "type: [gt]"),
    ] {
        let file = path("target").join("ill-rules.yaml");
        let ill = good.replacen(from, to, 1);
        assert_ne!(ill, good, "{from}");
        std::fs::write(&file, ill).expect("writable");
        let output = checks(&["rules", &file.to_string_lossy()]);
        assert!(!output.status.success(), "{to}");
    }
}

#[test]
fn each_names_who_and_how_much_and_leads_to_a_panel() {
    for rule in rules() {
        let title = &rule["title"];
        let query = &rule["data"][0];
        assert_eq!(query["datasourceUid"], "ginkgo", "{title}");
        let model = &query["model"];
        assert_eq!(model["instant"], true, "{title}");
        assert!(
            model["expr"].is_null() && model["queryType"] != "logql",
            "{title}"
        );
        let groups: Vec<&str> = list(&model["groupBy"])
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(groups.len(), 1, "{title}");
        let label = format!("$labels.{}", groups[0]);

        let annotation = |name: &str| rule["annotations"][name].as_str().expect("a text");
        for name in ["summary", "description"] {
            assert!(
                annotation(name).contains(&label),
                "{title}: {name} names nobody"
            );
            let has_value = annotation(name).contains("$values.A.Value");
            assert!(has_value, "{title}: {name} has no value");
        }
        let board = board(rule["dashboardUid"].as_str().expect("a uid")).expect("a dashboard");
        let is_there = board
            .panels()
            .iter()
            .any(|panel| panel["id"] == rule["panelId"]);
        assert!(is_there, "{title}");
        let start = format!("{{{{ externalURL }}}}d/{}?", board.uid());
        let variables = annotation("dashboard_url")
            .strip_prefix(&start)
            .expect("the dashboard");
        for pair in variables.split('&').filter_map(|pair| pair.split_once('=')) {
            let Some(name) = pair.0.strip_prefix("var-") else {
                continue;
            };
            let known = board
                .variables()
                .iter()
                .any(|variable| variable["name"] == name);
            assert!(known, "{title}: {} has no variable {name}", board.uid());
        }
        assert!(
            variables.contains(&format!("{{{{ urlquery {label} }}}}")),
            "{title}"
        );
        assert!(variables.contains("var-datasource=ginkgo"), "{title}");
    }
}

#[test]
fn whom_to_tell_is_an_example_that_grafana_does_not_read_by_itself() {
    let example = checked("yaml", "provisioning/examples/alerting/notifications.yaml");
    let receiver = &example["policies"][0]["routes"][0]["receiver"];
    assert_eq!(*receiver, example["contactPoints"][0]["name"]);
    let active = checked("yaml", "provisioning/alerting/ginkgo.yaml");
    let keys: Vec<&String> = active.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
}
