//! TSKV lines that Python itself wrote, each with what Python reads back.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;

/// The keys that Python writes and that are looked for; the script has other pairs between them.
pub const KEYS: [&str; 5] = ["event", "user", "路径", "a.b", "status"];

#[derive(Deserialize)]
pub struct Line {
    pub text: String,
    /// What is there by key; neither `None` nor an empty text is.
    pub values: BTreeMap<String, String>,
}

/// The lines of these seeds, written as structlog's `KeyValueRenderer` writes them: `key=repr(value)`
/// between blanks. Strings are read back by `ast.literal_eval`; a lone surrogate, which no text of
/// Rust can hold, is U+FFFD there.
pub fn lines(seed: u64, count: u64) -> Vec<Line> {
    let output = Command::new("python3")
        .args([
            "-I",
            "-c",
            include_str!("lines.py"),
            &seed.to_string(),
            &count.to_string(),
        ])
        .args(KEYS)
        .output()
        .expect("python3 writes the lines");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}
