//! The Loki of a run: a real one wherever there is one, else the embedded one.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use ginkgo_demo::Entry;
use serde_json::{Value, json};

use super::process::{Process, root, script, without_cargo};
use super::{Response, get, send};

/// Which Loki this run uses, as `scripts/loki.sh which` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One that runs already, at `$GINKGO_LOKI_URL`: its limits and its data are its own.
    Url,
    /// A real one, started by the tests: a program, or Docker's image.
    Real,
    /// `crates/minloki`.
    Embedded,
}

/// Says which Loki this run uses.
pub fn kind() -> Kind {
    static KIND: OnceLock<Kind> = OnceLock::new();
    *KIND.get_or_init(|| {
        let said = script("loki.sh", &["which"]);
        match said.split(' ').next() {
            Some("url") => Kind::Url,
            Some("program" | "docker") => Kind::Real,
            Some("embedded") => Kind::Embedded,
            _ => panic!("loki.sh which: {said}"),
        }
    })
}

/// Says whether a test can see what only a real Loki of its own shows: `what`. Where there is none the test has
/// to return, and is counted among the skipped ones (`scripts/test.sh` lists them at its end).
pub fn is_real(test: &str, what: &str) -> bool {
    let is_real = match kind() {
        Kind::Real => true,
        // What the tests start beside it.
        Kind::Url => !script("loki.sh", &["own"]).starts_with("embedded"),
        Kind::Embedded => false,
    };
    if !is_real {
        super::skipped("a real Loki", test, what);
    }
    is_real
}

/// A Loki for this run: `$GINKGO_LOKI_URL`, else one of our own with an empty store.
pub struct Loki {
    /// Its address.
    pub url: String,
    process: Option<Process>,
}

impl Loki {
    /// Starts one, with default limits or as `$GINKGO_LOKI_CONFIG` says (`loki-large.yaml`).
    pub fn start() -> Self {
        if kind() == Kind::Url {
            let url = std::env::var("GINKGO_LOKI_URL").expect("kind has seen it");
            let url = url.trim_end_matches('/').to_owned();
            return Self { url, process: None };
        }
        let config = std::env::var("GINKGO_LOKI_CONFIG");
        Self::start_own(config.as_deref().unwrap_or("loki.yaml"), &[])
    }

    /// Starts one of our own, which a test may end.
    pub fn start_own(config: &str, arguments: &[&str]) -> Self {
        Self::start_own_with(config, arguments, &[])
    }

    /// Likewise, with variables that its configuration reads.
    pub fn start_own_with(config: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(root().join("scripts/loki.sh"));
        without_cargo(&mut command)
            .args(["run", "--until-eof", "--config", config])
            .args(arguments)
            .envs(environment.iter().copied());
        // Loki writes a lot; a failing start says why by itself.
        command.stderr(std::process::Stdio::null());
        let process = Process::start(&mut command);
        Self {
            url: process.first_line.clone(),
            process: Some(process),
        }
    }

    /// Ends it.
    pub fn end(&mut self) {
        if let Some(process) = &mut self.process {
            process.end();
        }
    }

    /// Writes entries; `extra` labels keep the corpora of tests apart.
    pub fn push(&self, entries: &[Entry], extra: &[(&str, &str)]) {
        for piece in entries.chunks(500) {
            let streams: Vec<Value> = piece.iter().map(|entry| stream(entry, extra)).collect();
            self.push_json(&json!({ "streams": streams }));
        }
    }

    /// Writes a body of Loki's push API, slower when Loki wants it slower.
    pub fn push_json(&self, body: &Value) {
        let url = format!("{}/loki/api/v1/push", self.url);
        for _ in 0..60 {
            let response = send("POST", &url, &[], body);
            match response.status {
                204 => return,
                429 => std::thread::sleep(std::time::Duration::from_millis(500)),
                status => panic!("push: {status} {}", response.text),
            }
        }
        panic!("loki takes no more lines");
    }

    /// Asks Loki itself.
    pub fn get(&self, path: &str) -> Response {
        get(&format!("{}{path}", self.url), &[])
    }
}

fn stream(entry: &Entry, extra: &[(&str, &str)]) -> Value {
    let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
    labels.extend(
        entry
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    labels.extend(extra.iter().copied());
    json!({
        "stream": labels,
        "values": [[entry.timestamp_ns.to_string(), entry.line, entry.metadata]],
    })
}
