//! Where alerts lead: the dashboard, opened as the link says, shows whom the alert is about.

use serde_json::Value;

use crate::board::{Board, board, list, rules};
use crate::load::alone;
use crate::rules::beyond;
use crate::site::{LAYOUTS, MINUTE_NS, START_NS, site};
use crate::support::host;
use crate::variables::{Choice, Chosen, Opened, choose, filled, offered};

/// A minute of the storm, and one of the silence.
const MINUTES: [i64; 2] = [20, 50];

/// A rule's link for somebody: the variables that it sets.
fn variables(rule: &Value, who: &str) -> Vec<(String, String)> {
    let url = rule["annotations"]["dashboard_url"]
        .as_str()
        .expect("a link");
    let (_, query) = url.split_once('?').expect("variables");
    let group = rule["data"][0]["model"]["groupBy"][0]
        .as_str()
        .expect("a field");
    let label = format!("{{{{ urlquery $labels.{group} }}}}");
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let set = pairs.filter_map(|(name, value)| Some((name.strip_prefix("var-")?, value)));
    set.map(|(name, value)| {
        let value = if value == label { who } else { value };
        assert!(!value.contains("{{"), "{url}");
        (name.to_owned(), value.to_owned())
    })
    .collect()
}

/// Chooses what a link says; what it does not say is as in a fresh dashboard.
fn opened(board: &Board, uid: &str, range: (i64, i64), set: Vec<(String, String)>) -> Choice {
    let mut choice = choose(board, uid, range, Opened::Fresh);
    for (name, value) in set {
        let value = if name == "datasource" {
            uid.to_owned()
        } else {
            value
        };
        choice.insert(name, Chosen::One(value));
    }
    choice
}

#[test]
fn an_alerts_link_opens_the_dashboard_on_whom_it_is_about() {
    let _alone = alone();
    for layout in LAYOUTS {
        let uid = site(layout);
        for minute in MINUTES {
            let end = START_NS + minute * MINUTE_NS;
            let range = (end - 180 * MINUTE_NS, end);
            for (title, who) in beyond(uid, minute) {
                let at = format!("{layout}, minute {minute}: {title} about {who}");
                let rule = rules().iter().find(|rule| rule["title"] == title);
                let rule = rule.expect("a rule");
                let board = board(rule["dashboardUid"].as_str().expect("a uid"));
                let board = board.expect("a dashboard");
                let choice = opened(board, uid, range, variables(rule, &who));

                // The link names somebody whom the variable offers.
                let is_offered = board.variables().iter().any(|variable| {
                    variable["type"] == "query"
                        && offered(variable, uid, range, &choice).contains(&who)
                });
                assert!(is_offered, "{at}: no variable of {} offers it", board.file);

                let panels = board.panels().iter();
                let panel = panels.clone().find(|panel| panel["id"] == rule["panelId"]);
                let targets = list(&panel.expect("a panel")["targets"]).iter();
                let targets: Vec<Value> = targets.map(|target| filled(target, &choice)).collect();
                for target in &targets {
                    assert!(is_about(target, &who), "{at}: {target}");
                }
                let answer = host().query(uid, range.0, range.1, &targets).json();
                let results = answer["results"].as_object().expect("results").values();
                let frames = results.flat_map(|result| list(&result["frames"]));
                let rows = frames.filter_map(|frame| list(&frame["data"]["values"]).first());
                assert!(
                    rows.map(|column| list(column).len()).sum::<usize>() > 0,
                    "{at}: {answer}"
                );
            }
        }
    }
}

/// Whether a question is about somebody alone.
fn is_about(target: &Value, who: &str) -> bool {
    let ids = list(&target["ids"]).iter();
    let values = list(&target["filters"]).iter();
    let values = values.flat_map(|filter| list(&filter["values"]));
    ids.chain(values).any(|value| value == who)
}
