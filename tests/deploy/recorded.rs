//! What a real Promtail made of the site's lines, for machines that have none: `tests/recordings/collectors.json`.
//!
//! The recording holds the entries as they stood in Loki, and a digest of everything that they were made of: the
//! pipelines, the raw lines, the snippets. Where one of these changes, the recording is refused until a real
//! Promtail has made it anew (`GINKGO_BLESS=1 cargo test --test deploy collectors`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kit::{file, text};
use crate::site::Seen;
use crate::support::loki;

/// The minute that the raw files of the repository name.
const WRITTEN: &str = "2026-03-01T12:00";

/// A site's entries as one file has them.
pub struct Recording {
    /// The trace of the Python services' requests.
    pub python_trace: String,
    digest: String,
    entries: Vec<Value>,
}

fn path() -> PathBuf {
    file("tests/recordings/collectors.json")
}

/// What the entries depend on: the pipelines and the files that are named here.
fn digest(pipelines: &[Value]) -> String {
    let mut all: Vec<u8> = serde_json::to_vec(pipelines).expect("JSON");
    let mut add = |path: &Path| all.extend(std::fs::read(path).expect("readable"));
    for folder in [
        "tests/deploy/raw",
        "tests/deploy/raw/docker",
        "tests/deploy/raw/fastapi",
        "deploy/python",
    ] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(file(folder))
            .expect("a folder")
            .map(|entry| entry.expect("readable").path())
            .filter(|path| path.is_file())
            .collect();
        files.sort();
        for path in &files {
            add(path);
        }
    }
    for one in [
        "tests/deploy/snippets.py",
        "tests/deploy/requirements.txt",
        "deploy/promtail/fastapi.yaml",
    ] {
        add(&file(one));
    }
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&all))
}

/// An entry without what differs from run to run: the folder, the minute, and when a line without a time was read.
fn recorded(entry: &Seen, folder: &Path, minute: Timestamp) -> Value {
    let minute_ns = minute.as_nanosecond() as i64;
    let after = entry.at_ns - minute_ns;
    let plain = |map: &BTreeMap<String, String>| -> Value {
        let folder = folder.to_string_lossy();
        map.iter()
            .map(|(name, value)| (name.clone(), json!(value.replace(&*folder, "{folder}"))))
            .collect()
    };
    json!({
        "after_ns": (0..60_000_000_000).contains(&after).then_some(after),
        "labels": plain(&entry.labels),
        "metadata": plain(&entry.metadata),
        "line": unstamped(&entry.line, minute),
    })
}

/// Puts the repository's minute in the place of the run's.
fn unstamped(line: &str, minute: Timestamp) -> String {
    let stamp = |format: &str| minute.strftime(format).to_string();
    line.replace(&stamp("%Y-%m-%dT%H:%M"), WRITTEN)
        .replace(&stamp("%Y-%m-%d %H:%M"), "2026-03-01 12:00")
        .replace(
            &(minute.as_millisecond() + 4000).to_string(),
            "1772366404000",
        )
}

impl Recording {
    /// Makes one of what a real Promtail has shipped.
    pub fn of(
        entries: &[Seen],
        folder: &Path,
        minute: Timestamp,
        pipelines: &[Value],
        python_trace: &str,
    ) -> Self {
        let mut entries: Vec<Value> = entries
            .iter()
            .map(|entry| recorded(entry, folder, minute))
            .collect();
        entries.sort_by_key(ToString::to_string);
        Self {
            python_trace: python_trace.to_owned(),
            digest: digest(pipelines),
            entries,
        }
    }

    /// Reads the repository's, which must have been made of these pipelines and of today's files.
    pub fn read(pipelines: &[Value]) -> Self {
        let all: Value =
            serde_json::from_str(&text("tests/recordings/collectors.json")).expect("JSON");
        let read = Self {
            python_trace: all["python_trace"].as_str().expect("text").to_owned(),
            digest: all["digest"].as_str().expect("text").to_owned(),
            entries: all["entries"].as_array().expect("entries").clone(),
        };
        assert_eq!(
            read.digest,
            digest(pipelines),
            "the pipelines or their lines are not those of the recording: with a real promtail on the path, \
             `GINKGO_BLESS=1 cargo test --test deploy collectors` makes it anew"
        );
        read
    }

    /// Writes it into the repository.
    pub fn write(&self) {
        let all = json!({ "digest": self.digest, "python_trace": self.python_trace, "entries": self.entries });
        let text = serde_json::to_string_pretty(&all).expect("JSON");
        std::fs::write(path(), text + "\n").expect("writable");
    }

    /// Ships the entries, as if they had been read in this minute.
    pub fn ship(&self, folder: &Path, minute: Timestamp) {
        let stamp = |format: &str| minute.strftime(format).to_string();
        let now = Timestamp::now().as_nanosecond() as i64;
        for (number, entry) in self.entries.iter().enumerate() {
            let at = entry["after_ns"].as_i64();
            let at = at.map_or(now + number as i64, |after| {
                minute.as_nanosecond() as i64 + after
            });
            let filled = |map: &Value| -> Value {
                let map = map.as_object().expect("a map").iter();
                map.map(|(name, value)| {
                    let value = value.as_str().expect("text");
                    (
                        name.clone(),
                        json!(value.replace("{folder}", &folder.to_string_lossy())),
                    )
                })
                .collect()
            };
            let line = entry["line"].as_str().expect("a line");
            let line = line
                .replace(WRITTEN, &stamp("%Y-%m-%dT%H:%M"))
                .replace("2026-03-01 12:00", &stamp("%Y-%m-%d %H:%M"))
                .replace(
                    "1772366404000",
                    &(minute.as_millisecond() + 4000).to_string(),
                );
            let value = json!([at.to_string(), line, filled(&entry["metadata"])]);
            loki().push_json(
                &json!({ "streams": [{ "stream": filled(&entry["labels"]), "values": [value] }] }),
            );
        }
    }

    /// Panics where another recording has other entries; lines of Python, which name the time and the trace of
    /// their run, count by their labels' names.
    pub fn assert_same(&self, other: &Self) {
        let plain = |entry: &Value| {
            let mut entry = entry.clone();
            if entry["after_ns"].is_null()
                && entry["line"]
                    .as_str()
                    .is_some_and(|line| line.contains('{') || line.contains('='))
            {
                entry["line"] = json!("");
                let names =
                    |map: &Value| json!(map.as_object().expect("a map").keys().collect::<Vec<_>>());
                entry["metadata"] = names(&entry["metadata"]);
                entry["labels"] = names(&entry["labels"]);
            }
            entry.to_string()
        };
        let sorted = |entries: &[Value]| {
            let mut plain: Vec<String> = entries.iter().map(plain).collect();
            plain.sort();
            plain
        };
        assert_eq!(
            sorted(&self.entries),
            sorted(&other.entries),
            "a real Promtail makes something else"
        );
    }
}
