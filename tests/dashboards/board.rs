//! Dashboards and rules, as their files have them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::process::script;

/// The type of Ginkgo's data sources.
pub const PLUGIN: &str = "ginkgo-loki-datasource";

/// A dashboard.
pub struct Board {
    /// Its file's name.
    pub file: String,
    /// What the file says.
    pub json: Value,
}

impl Board {
    /// Its identity in links.
    pub fn uid(&self) -> &str {
        self.json["uid"].as_str().expect("a uid")
    }

    /// Its panels; rows are panels too.
    pub fn panels(&self) -> &[Value] {
        self.json["panels"].as_array().expect("panels")
    }

    /// Its variables, in the order in which they are chosen.
    pub fn variables(&self) -> &[Value] {
        list(&self.json["templating"]["list"])
    }

    /// What it marks on its charts, Grafana's own alerts left out.
    pub fn annotations(&self) -> impl Iterator<Item = &Value> {
        let all = list(&self.json["annotations"]["list"]).iter();
        all.filter(|annotation| annotation["builtIn"] != 1)
    }
}

/// The elements of a list; none where there is none.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A path in the repository.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a file of the repository.
pub fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every dashboard.
pub fn boards() -> &'static [Board] {
    static BOARDS: OnceLock<Vec<Board>> = OnceLock::new();
    BOARDS.get_or_init(|| {
        let entries = std::fs::read_dir(path("provisioning/dashboards")).expect("a folder");
        let names = entries.map(|entry| entry.expect("readable").file_name());
        let mut names: Vec<String> = names
            .filter_map(|name| name.into_string().ok())
            .filter(|name| {
                name.rsplit_once('.')
                    .is_some_and(|(_, kind)| kind == "json")
            })
            .collect();
        names.sort();
        let boards = names.into_iter().map(|file| {
            let text = text(&format!("provisioning/dashboards/{file}"));
            let json = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
            Board { file, json }
        });
        boards.collect()
    })
}

/// Finds a dashboard by its uid.
pub fn board(uid: &str) -> Option<&'static Board> {
    boards().iter().find(|board| board.uid() == uid)
}

/// Runs `tests/testbed/checks`: Grafana's own schemas.
pub fn checks(arguments: &[&str]) -> Output {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| script("checks.sh", &["path"]));
    let output = Command::new(program).args(arguments).output();
    output.expect("it runs")
}

/// Likewise; what it printed as JSON.
pub fn checked(verb: &str, name: &str) -> Value {
    let output = checks(&[verb, &path(name).to_string_lossy()]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {error}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The alert rules.
pub fn rules() -> &'static [Value] {
    static RULES: OnceLock<Vec<Value>> = OnceLock::new();
    RULES.get_or_init(|| {
        let file = checked("rules", "provisioning/alerting/ginkgo.yaml");
        let groups = list(&file["groups"]).iter();
        groups
            .flat_map(|group| list(&group["rules"]).to_vec())
            .collect()
    })
}
