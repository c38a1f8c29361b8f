//! A real Loki that goes and comes back while it is asked.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::{BASE_NS, ask, column, put, scratch};
use crate::support::loki::{Loki, is_real};

const COUNT: i64 = 20;

fn line(number: i64) -> String {
    format!("line {number} of the one that comes back")
}

/// What every right answer holds.
fn lines() -> Vec<Value> {
    (0..COUNT).map(|number| json!(line(number))).collect()
}

/// A port that nobody listens on, below those that the kernel gives to connections.
fn free_port() -> u16 {
    let first = 20_000 + (std::process::id() % 10_000) as u16;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = (first..first + 1000).find(is_free);
    port.expect("a free port")
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = scratch("restart");
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The right rows, or one plain error of Loki's.
fn assert_right_or_plain(result: &Value) {
    if result["status"] == 200 {
        assert_eq!(column(&result["frames"][0], "body"), lines());
        return;
    }
    let error = result["error"].as_str().unwrap_or_default();
    assert_eq!(result["errorSource"], "downstream", "{result}");
    assert!(!error.is_empty() && error.len() < 1000, "{error}");
}

#[test]
fn a_loki_that_is_restarted_gives_rows_or_a_plain_error_and_then_rows() {
    if !is_real("restart", "its lines outlast its process") {
        return;
    }
    let (folder, port) = (Folder::new(), free_port().to_string());
    let directory = folder.0.to_string_lossy().into_owned();
    let arguments = ["--dir", &directory, "--port", &port];
    let mut loki = Loki::start_own("loki.yaml", &arguments);
    let values: Vec<Value> = (0..COUNT)
        .map(|number| json!([(BASE_NS + number).to_string(), line(number)]))
        .collect();
    let stream = json!({ "stream": { "job": "restart" }, "values": values });
    loki.push_json(&json!({ "streams": [stream] }));
    let systems = json!([{ "preset": "ginkgo", "selector": "{job=\"restart\"}" }]);
    put(
        "restart",
        &loki.url,
        json!({ "systems": systems, "timeout": 5 }),
    );
    let query = json!({ "direction": "forward" });

    let before = ask("restart", &query);
    assert_eq!(before["status"], 200, "{before}");
    assert_right_or_plain(&before);
    let over = AtomicBool::new(false);
    let meanwhile: Vec<Value> = std::thread::scope(|scope| {
        let askers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut results = Vec::new();
                    while !over.load(Ordering::SeqCst) {
                        results.push(ask("restart", &query));
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    results
                })
            })
            .collect();
        loki.end();
        let gone = ask("restart", &query);
        assert_eq!(gone["status"], 502, "{gone}");
        loki = Loki::start_own("loki.yaml", &arguments);
        let after = ask("restart", &query);
        assert_eq!(after["status"], 200, "{after}");
        assert_right_or_plain(&after);
        over.store(true, Ordering::SeqCst);
        let results = askers
            .into_iter()
            .map(|asker| asker.join().expect("no panic"));
        results.flatten().collect()
    });
    for result in &meanwhile {
        assert_right_or_plain(result);
    }
}
