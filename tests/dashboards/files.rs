//! What can be said of the dashboards without asking anything.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::board::{Board, PLUGIN, board, boards, checks, list, path, text};

/// Where a panel stands: left, top, right, bottom.
fn place(panel: &Value) -> (i64, i64, i64, i64) {
    let at = |key: &str| panel["gridPos"][key].as_i64().expect("a number");
    (at("x"), at("y"), at("x") + at("w"), at("y") + at("h"))
}

fn unique<'t>(what: &str, texts: impl Iterator<Item = &'t str>) {
    let mut seen = BTreeSet::new();
    for text in texts {
        assert!(seen.insert(text), "{what}: {text} is there twice");
    }
}

#[test]
fn they_are_valid_for_grafanas_own_schema() {
    let files: Vec<String> = boards()
        .iter()
        .map(|board| path(&format!("provisioning/dashboards/{}", board.file)))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let mut arguments = vec!["dashboard"];
    arguments.extend(files.iter().map(String::as_str));
    let output = checks(&arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_schema_check_finds_what_is_wrong() {
    let good = text("provisioning/dashboards/trace.json");
    for (from, to) in [
        ("\"panels\":", "\"panles\":"),
        ("\"schemaVersion\": 41", "\"schemaVersion\": \"x\""),
        ("\"showHeader\":", "\"showHeaders\":"),
    ] {
        let file = path("target").join("ill-dashboard.json");
        let ill = good.replace(from, to);
        assert_ne!(ill, good, "{from}");
        std::fs::write(&file, ill).expect("writable");
        let output = checks(&["dashboard", &file.to_string_lossy()]);
        assert!(!output.status.success(), "{to}");
    }
}

#[test]
fn each_has_its_own_uid_and_file_and_all_come_with_the_plugin() {
    assert_eq!(boards().len(), 8);
    unique("uid", boards().iter().map(Board::uid));
    unique(
        "title",
        boards()
            .iter()
            .filter_map(|board| board.json["title"].as_str()),
    );
    let plugin: Value = serde_json::from_str(&text("plugin.json")).expect("JSON");
    let includes = list(&plugin["includes"]).iter();
    let listed: Vec<(&str, &str)> = includes
        .filter(|include| include["type"] == "dashboard")
        .map(|include| {
            (
                include["name"].as_str().expect("text"),
                include["path"].as_str().expect("text"),
            )
        })
        .collect();
    let expected = boards().iter();
    let expected: BTreeSet<(String, String)> = expected
        .map(|board| {
            (
                board.json["title"].as_str().expect("text").to_owned(),
                format!("dashboards/{}", board.file),
            )
        })
        .collect();
    let listed: BTreeSet<(String, String)> = listed
        .into_iter()
        .map(|(name, path)| (name.to_owned(), path.to_owned()))
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn panels_have_numbers_places_texts_and_questions_of_their_own() {
    for board in boards() {
        let file = &board.file;
        let panels = board.panels();
        let mut ids = BTreeSet::new();
        for panel in panels {
            let (id, title) = (panel["id"].as_i64().expect("a number"), &panel["title"]);
            assert!(ids.insert(id), "{file}: two panels have the id {id}");
            let (left, top, right, _) = place(panel);
            assert!(left >= 0 && top >= 0 && right <= 24, "{file}: {title}");
            let is_empty = |key: &str| panel[key].as_str().is_none_or(str::is_empty);
            assert!(!is_empty("title"), "{file}: {id}");
            if panel["type"] == "row" {
                continue;
            }
            assert!(!is_empty("description"), "{file}: {title}");
            assert!(
                panel["fieldConfig"]["defaults"]["noValue"].is_string(),
                "{file}: {title} says nothing when it is empty"
            );
            assert!(
                !list(&panel["targets"]).is_empty(),
                "{file}: {title} asks nothing"
            );
            let is_chart = ["timeseries", "stat", "bargauge", "piechart"]
                .iter()
                .any(|kind| panel["type"] == *kind);
            assert!(
                !is_chart || panel["fieldConfig"]["defaults"]["unit"].is_string(),
                "{file}: {title} has no unit"
            );
            for target in list(&panel["targets"]) {
                // A panel that shows what another has asked for.
                let other = &target["panelId"];
                let asks =
                    |panel: &Value| panel["id"] == *other && panel["datasource"]["type"] == PLUGIN;
                assert!(
                    target["datasource"]["type"] == PLUGIN || panels.iter().any(asks),
                    "{file}: {title} shows panel {other}"
                );
            }
            unique(
                &format!("{file}: {title}"),
                list(&panel["targets"])
                    .iter()
                    .filter_map(|t| t["refId"].as_str()),
            );
        }
        for (number, one) in panels.iter().enumerate() {
            for other in &panels[number + 1..] {
                let ((l, t, r, b), (left, top, right, bottom)) = (place(one), place(other));
                let apart = r <= left || right <= l || b <= top || bottom <= t;
                assert!(
                    apart,
                    "{file}: {} and {} overlap",
                    one["title"], other["title"]
                );
            }
        }
    }
}

#[test]
fn questions_are_of_business_and_go_to_the_chosen_data_source() {
    for board in boards() {
        let variables = board.variables();
        unique(
            &board.file,
            variables.iter().filter_map(|v| v["name"].as_str()),
        );
        assert_eq!(variables[0]["type"], "datasource", "{}", board.file);
        assert_eq!(variables[0]["query"], PLUGIN, "{}", board.file);
        for target in questions(board) {
            let at = format!("{}: {target}", board.file);
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{at}");
            assert_eq!(target["datasource"]["type"], PLUGIN, "{at}");
            assert!(
                target["expr"].is_null() && target["queryType"] != "logql",
                "{at}"
            );
            assert_eq!(target["system"], "$system", "{at}");
        }
        for name in mentioned(&board.json.to_string()) {
            let is_variable = variables.iter().any(|variable| variable["name"] == name);
            assert!(
                is_variable || name.starts_with("__"),
                "{}: ${name} is no variable",
                board.file
            );
        }
    }
}

#[test]
fn links_lead_to_dashboards_and_to_variables_that_are_there() {
    let mut found = 0;
    for from in boards() {
        for url in urls(&from.json) {
            let Some(rest) = url.strip_prefix("/d/") else {
                assert_eq!(url, "", "{}", from.file);
                continue;
            };
            let (uid, query) = rest.split_once('?').expect("variables");
            let to = board(uid).unwrap_or_else(|| panic!("{}: no dashboard {uid}", from.file));
            for pair in query.split('&').filter_map(|pair| pair.split_once('=')) {
                let name = pair.0.strip_prefix("var-").expect("a variable");
                let is_there = to
                    .variables()
                    .iter()
                    .any(|variable| variable["name"] == name);
                assert!(is_there, "{}: {uid} has no variable {name}", from.file);
            }
            found += 1;
        }
    }
    assert!(found > 10, "{found}");
}

/// The questions to the data source: of panels and of annotations.
fn questions(board: &Board) -> Vec<Value> {
    let mut all = Vec::new();
    for panel in board.panels() {
        let own = list(&panel["targets"]).iter();
        all.extend(
            own.filter(|target| target["datasource"]["type"] != "datasource")
                .cloned(),
        );
    }
    for annotation in board.annotations() {
        assert_eq!(annotation["target"]["datasource"], annotation["datasource"]);
        all.push(annotation["target"].clone());
    }
    all
}

/// The variables that a text mentions.
fn mentioned(text: &str) -> BTreeSet<String> {
    let pattern = regex::Regex::new(r"\$\{?([A-Za-z_]\w*)").expect("a regular expression");
    pattern
        .captures_iter(text)
        .map(|found| found[1].to_owned())
        .collect()
}

fn urls(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let inside = members.values().flat_map(urls);
            let own = members
                .get("url")
                .and_then(Value::as_str)
                .map(str::to_owned);
            own.into_iter().chain(inside).collect()
        }
        Value::Array(elements) => elements.iter().flat_map(urls).collect(),
        _ => Vec::new(),
    }
}
