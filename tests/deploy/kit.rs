//! Files of the repository, and the program that checks them.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::process::script;

/// A path in the repository.
pub fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of a folder of the repository whose names end so.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(file(folder)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut found: Vec<PathBuf> = paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{folder} has no {ending}");
    found
}

/// Runs `tests/testbed/checks`.
pub fn checks(arguments: &[&str]) -> Output {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| script("checks.sh", &["path"]));
    let output = Command::new(program).args(arguments).output();
    output.expect("it runs")
}

/// Likewise; what it printed as JSON.
pub fn checked(arguments: &[&str]) -> Value {
    let output = checks(arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
