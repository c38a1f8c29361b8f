//! Every dashboard is loaded: each question is answered, without an error and without a cut.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::board::{Board, boards, list};
use crate::site::{END_NS, LAYOUTS, START_NS, WEEK_NS, site, week};
use crate::support::{host, loki};
use crate::variables::{Choice, Chosen, Opened, choose, filled};

/// The most requests to Loki and the most bytes that Loki reads for one load of a dashboard, with its
/// variables, over an hour of demo logs: about a third more than they took.
const MOST: [(&str, u64, u64); 8] = [
    ("containers.json", 40, 35_000_000),
    ("docker.json", 65, 45_000_000),
    ("dynamo.json", 45, 60_000_000),
    ("errors.json", 40, 140_000_000),
    ("fastapi.json", 40, 45_000_000),
    ("portfolio.json", 55, 115_000_000),
    ("strategy.json", 45, 110_000_000),
    ("trace.json", 25, 40_000_000),
];

/// Loki counts all requests together: whoever asks it asks alone.
static ALONE: Mutex<()> = Mutex::new(());

/// Waits until nobody else asks Loki.
pub fn alone() -> MutexGuard<'static, ()> {
    // A test that failed has left nothing behind.
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a load of a dashboard came to.
#[derive(Debug, Default)]
struct Load {
    /// What is wrong.
    wrong: Vec<String>,
    /// The panels without a row.
    empty: Vec<String>,
    /// Bytes that Loki read.
    bytes: u64,
}

/// How many requests Loki has answered so far.
fn requests() -> u64 {
    let metrics = loki().get("/metrics").text;
    // What Ginkgo asks is posted; Loki's own parts ask each other by GET.
    let counts = metrics.lines().filter(|line| {
        line.starts_with("loki_request_duration_seconds_count{method=\"POST\"")
            && line.contains("route=\"loki_api_v1_")
            && !line.contains("loki_api_v1_push")
    });
    let numbers = counts.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
    numbers.sum::<f64>() as u64
}

/// The panels of a dashboard with what is chosen for each: a row may be there once for each value.
fn repeated<'b>(board: &'b Board, choice: &Choice) -> Vec<(&'b Value, Choice)> {
    let repeat = board
        .panels()
        .iter()
        .find_map(|panel| panel["repeat"].as_str());
    let Some(name) = repeat else {
        return board
            .panels()
            .iter()
            .map(|panel| (panel, choice.clone()))
            .collect();
    };
    let variable = board
        .variables()
        .iter()
        .find(|variable| variable["name"] == name);
    let values = variable
        .and_then(|variable| variable["query"].as_str())
        .expect("values");
    let once = |value: &str| {
        let mut choice = choice.clone();
        choice.insert(name.to_owned(), Chosen::One(value.to_owned()));
        board
            .panels()
            .iter()
            .map(move |panel| (panel, choice.clone()))
    };
    values.split(',').flat_map(once).collect()
}

/// Adds what Grafana adds: as many points as the panel has room for, not finer than it wants.
fn timed(mut query: Value, panel: &Value, range: (i64, i64)) -> Value {
    let points = panel["maxDataPoints"].as_i64().unwrap_or(800);
    let least = match panel["interval"].as_str() {
        None => 0,
        Some("1m") => 60_000,
        Some("5m") => 300_000,
        Some(other) => panic!("an interval of {other}"),
    };
    let millis = (range.1 - range.0) / 1_000_000;
    query["maxDataPoints"] = points.into();
    query["intervalMs"] = (millis / points).max(least).into();
    query
}

fn load(board: &Board, uid: &str, range: (i64, i64), opened: Opened) -> Load {
    let choice = choose(board, uid, range, opened);
    let mut questions: Vec<(String, Vec<Value>)> = Vec::new();
    for (panel, choice) in repeated(board, &choice) {
        let own = list(&panel["targets"]).iter();
        let own = own.filter(|target| target["datasource"]["type"] != "datasource");
        let targets: Vec<Value> = own
            .map(|target| timed(filled(target, &choice), panel, range))
            .collect();
        if !targets.is_empty() {
            questions.push((
                panel["title"].as_str().expect("a title").to_owned(),
                targets,
            ));
        }
    }
    for annotation in board.annotations() {
        // A week has more runs than anybody wants to see at once; they are off until switched on.
        if annotation["enable"] == false && range.1 - range.0 == WEEK_NS {
            continue;
        }
        let name = annotation["name"].as_str().expect("a name").to_owned();
        questions.push((name, vec![filled(&annotation["target"], &choice)]));
    }
    let mut load = Load::default();
    for (title, targets) in questions {
        let response = host().query(uid, range.0, range.1, &targets).json();
        let mut rows = 0;
        for target in &targets {
            let name = target["refId"].as_str().expect("a refId");
            let result = &response["results"][name];
            rows += judge(&mut load, &format!("{title} {name}: {target}"), result);
        }
        if rows == 0 {
            load.empty.push(title);
        }
    }
    load
}

/// Notes what is wrong with an answer; returns how many rows it has.
fn judge(load: &mut Load, at: &str, result: &Value) -> usize {
    if result["status"] != 200 {
        load.wrong.push(format!("{at}: {result}"));
        return 0;
    }
    if result["checks"] != serde_json::json!([]) {
        load.wrong.push(format!("{at}: {}", result["checks"]));
    }
    let mut rows = 0;
    for frame in list(&result["frames"]) {
        let meta = &frame["schema"]["meta"];
        for notice in list(&meta["notices"]) {
            // Values that are chosen one by one need not go together: then an age is the window.
            let text = notice["text"].as_str().unwrap_or_default();
            if text.starts_with("nothing that was asked for was seen within the last") {
                continue;
            }
            load.wrong.push(format!("{at}: {notice}"));
        }
        for stat in list(&meta["stats"]) {
            if stat["displayName"] == "Loki: bytes read" {
                load.bytes += stat["value"].as_f64().unwrap_or_default() as u64;
            }
        }
        let columns = list(&frame["data"]["values"]);
        rows += columns.first().map_or(0, |column| list(column).len());
    }
    rows
}

/// Loads every dashboard; fresh ones have data in every panel but these. Returns requests and bytes by file.
fn load_all(
    uid: &str,
    range: (i64, i64),
    opened: Opened,
    may_be_empty: &[&str],
) -> BTreeMap<String, (u64, u64)> {
    let _alone = alone();
    let mut costs = BTreeMap::new();
    let mut wrong = Vec::new();
    for board in boards() {
        let before = requests();
        let load = load(board, uid, range, opened);
        let sent = requests() - before;
        let at = format!("{} ({uid}, {opened:?})", board.file);
        wrong.extend(load.wrong.iter().map(|text| format!("{at}: {text}")));
        if opened == Opened::Fresh {
            let empty = load.empty.iter();
            let empty = empty.filter(|title| !may_be_empty.contains(&title.as_str()));
            wrong.extend(empty.map(|title| format!("{at}: no data: {title}")));
        }
        costs.insert(board.file.clone(), (sent, load.bytes));
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    costs
}

#[test]
fn every_panel_has_data_in_every_layout_within_a_stated_cost() {
    for layout in LAYOUTS {
        let costs = load_all(site(layout), (START_NS, END_NS), Opened::Fresh, &[]);
        println!("{layout}: requests and bytes {costs:?}");
        for (file, most_requests, most_bytes) in MOST {
            let (requests, bytes) = costs[file];
            assert!(
                requests > 0 && requests <= most_requests,
                "{file} ({layout}): {requests} requests"
            );
            assert!(
                bytes > 0 && bytes <= most_bytes,
                "{file} ({layout}): {bytes} bytes"
            );
        }
    }
}

#[test]
fn one_value_of_each_variable_can_be_chosen() {
    for layout in LAYOUTS {
        load_all(site(layout), (START_NS, END_NS), Opened::Narrowed, &[]);
    }
}

#[test]
fn a_week_can_be_looked_at() {
    let range = (END_NS - WEEK_NS, END_NS);
    // About the last five minutes, in which a site of a line a minute may have none.
    let costs = load_all(week(), range, Opened::Fresh, &["健康 Health"]);
    println!("week: requests and bytes {costs:?}");
}
