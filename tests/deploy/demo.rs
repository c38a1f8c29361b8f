//! The demo without Docker, from its start to its stop.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::file;
use crate::support::get;
use crate::support::process::without_cargo;

fn demo(arguments: &[&str]) -> Command {
    // A run in the background ignores ctrl-c, and a script cannot take that back by itself.
    let mut command = Command::new("env");
    command
        .arg("--default-signal=INT")
        .arg(file("scripts/demo.sh"));
    // The program of this test run, built before it: neither waits for the other.
    crate::support::process::ginkgo();
    command
        .args(arguments)
        .env("GINKGO_PROFILE", "debug")
        .env("GINKGO_WORKBENCH", "off")
        // Rust is all that it needs.
        .env("PATH", without(&["go"]));
    command
        .env_remove("GINKGO_LOKI_URL")
        .env_remove("GRAFANA_HOME");
    without_cargo(&mut command);
    command
}

#[test]
fn once_it_answers_and_ends_with_its_loki() {
    let output = demo(&["--once"]).output().expect("it runs");
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{out}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for part in [
        "lines written",
        "ORDERFILLED",
        "What happened in this trace?",
        "{job=\"ginkgo\"",
    ] {
        assert!(out.contains(part), "{part} is not in {out}");
    }
    assert!(!answers(&address(&out)), "Loki goes on");
}

/// A demo that has said where to look.
struct Running {
    child: Child,
    out: String,
    /// What it said on standard error.
    said: PathBuf,
}

impl Running {
    fn start(name: &str, mut command: Command) -> Self {
        let said = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.said"));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&said).expect("writable"))
            // As a terminal starts it: ctrl-c comes to all that it has started.
            .process_group(0)
            .spawn()
            .expect("it runs");
        let mut out = String::new();
        for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
            let line = line.expect("text");
            out += &line;
            out.push('\n');
            if line.starts_with("Questions: export") {
                break;
            }
        }
        let text = std::fs::read_to_string(&said).expect("there");
        assert!(out.contains("Where to look"), "{out}{text}");
        Self { child, out, said }
    }

    /// An address by its name.
    fn address(&self, name: &str) -> String {
        let line = self
            .out
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name}: {}", self.out))
            .trim()
            .to_owned()
    }

    /// Ctrl-c, and neither Loki nor the workbench is left, nor does anybody complain.
    fn interrupt(mut self) {
        let group = format!("-{}", self.child.id());
        let status = Command::new("kill").args(["-INT", "--", &group]).status();
        assert!(status.expect("it runs").success());
        let status = self.child.wait().expect("it ends");
        let said = std::fs::read_to_string(&self.said).expect("there");
        assert!(
            status.success() && !said.contains("failed"),
            "{status}: {said}"
        );
        for name in ["Loki: ", "Workbench: "] {
            if self.out.contains(name) {
                assert!(!answers(&self.address(name)), "{name} goes on");
            }
        }
    }
}

impl Drop for Running {
    /// A test that fails leaves nothing behind either.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let pid = self.child.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &pid]).status();
            let _ = self.child.wait();
        }
    }
}

#[test]
fn it_shows_the_workbench_and_goes_on_writing_until_ctrl_c() {
    let workbench = || {
        let mut command = demo(&[]);
        command.env_remove("GINKGO_WORKBENCH");
        command
    };
    let running = Running::start("workbench", workbench());
    let (loki, page) = (running.address("Loki: "), running.address("Workbench: "));
    let lines = || {
        let path =
            "/loki/api/v1/query?query=sum(count_over_time(%7Bjob%3D~%22.%2B%22%7D%5B10s%5D))";
        let answer = get(&format!("{loki}{path}"), &[]).json();
        let value = answer["data"]["result"][0]["value"][1]
            .as_str()
            .map(str::to_owned);
        value
            .and_then(|count| count.parse::<u32>().ok())
            .unwrap_or_default()
    };
    wait("live lines", || lines() > 0);
    // The page, the front end that it loads, and the plugin behind it, over that Loki.
    let answer = get(&page, &[]);
    assert!(
        answer.status == 200 && answer.text.contains("<html"),
        "{answer:?}"
    );
    let module = "public/plugins/ginkgo-loki-datasource/module.js";
    assert_eq!(get(&format!("{page}/{module}"), &[]).status, 200);
    let health = get(&format!("{page}/api/datasources/uid/ginkgo/health"), &[]);
    assert_eq!(health.json()["status"], "OK", "{health:?}");
    running.interrupt();

    // The second start builds nothing any more: it has nobody to do it.
    let mut second = workbench();
    second.env("PATH", without(&["go", "npm"]));
    Running::start("second", second).interrupt();
}

/// The path to programs, with some that are there and can do nothing.
fn without(names: &[&str]) -> String {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("without-{}", names.join("-")));
    std::fs::create_dir_all(&folder).expect("writable");
    for name in names {
        let program = folder.join(name);
        std::fs::write(&program, "#!/bin/sh\nexit 1\n").expect("writable");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).expect("writable");
    }
    let path = std::env::var("PATH").expect("a path");
    format!("{}:{path}", folder.display())
}

/// A Grafana that writes down how it was started, and is healthy.
const GRAFANA: &str = r#"#!/usr/bin/env python3
import http.server, json, os, sys
from pathlib import Path
said = {name: value for name, value in os.environ.items() if name.startswith("GF_")}
provisioning = Path(said["GF_PATHS_PROVISIONING"])
said["provisioned"] = {str(path.relative_to(provisioning)): path.read_text() for path in provisioning.rglob("*.yaml")}
plugin = Path(said["GF_PATHS_PLUGINS"], "ginkgo-loki-datasource")
said["plugin"] = sorted(path.name for path in plugin.iterdir())
said["arguments"] = sys.argv[1:]
Path(sys.argv[0]).with_name("said.json").write_text(json.dumps(said))
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer((said["GF_SERVER_HTTP_ADDR"], int(said["GF_SERVER_HTTP_PORT"])), Healthy).serve_forever()
"#;

#[test]
fn a_grafana_home_is_started_with_the_plugin_and_everything_provisioned() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grafana-home");
    std::fs::create_dir_all(home.join("bin")).expect("writable");
    let program = home.join("bin/grafana");
    std::fs::write(&program, GRAFANA).expect("writable");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).expect("writable");

    let mut command = demo(&[]);
    command.env("GRAFANA_HOME", &home);
    let running = Running::start("grafana", command);
    let said = std::fs::read_to_string(home.join("bin/said.json")).expect("it was started");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(
        said["arguments"],
        json!(["server", "--homepath", home.to_string_lossy()])
    );
    let (loki, grafana) = (running.address("Loki: "), running.address("Grafana: "));
    let (grafana, login) = grafana.split_once("  ").expect("an address and who");
    // Nobody else may come in, and nobody without the password that was printed.
    assert_eq!(said["GF_SERVER_HTTP_ADDR"], "127.0.0.1");
    let password = said["GF_SECURITY_ADMIN_PASSWORD"]
        .as_str()
        .expect("a password");
    assert!(password.len() >= 16 && login.ends_with(password), "{login}");
    assert_eq!(
        said["GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS"],
        "ginkgo-loki-datasource"
    );
    let plugin = said["plugin"].to_string();
    for part in ["plugin.json", "module.js", "gpx_ginkgo_linux_"] {
        assert!(plugin.contains(part), "{plugin}");
    }
    // Every file, and none that still names the containers.
    let provisioned = said["provisioned"].as_object().expect("files");
    let source = provisioned["datasources/ginkgo.yaml"]
        .as_str()
        .expect("text");
    assert!(source.contains(&loki), "{source}");
    for (name, text) in provisioned {
        let text = text.as_str().expect("text");
        let foreign = ["http://loki:3100", "/etc/grafana/provisioning"];
        assert!(!foreign.iter().any(|part| text.contains(part)), "{name}");
    }
    let grafana = grafana.to_owned();
    running.interrupt();
    assert!(!answers(&grafana), "Grafana goes on");
}

fn address(out: &str) -> String {
    let line = out.lines().find_map(|line| line.strip_prefix("Loki: "));
    line.unwrap_or_else(|| panic!("{out}")).trim().to_owned()
}

fn answers(url: &str) -> bool {
    let address = url.trim_start_matches("http://");
    std::net::TcpStream::connect(address).is_ok()
}

fn wait(what: &str, is_there: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_there() {
        assert!(Instant::now() < deadline, "no {what}");
        std::thread::sleep(Duration::from_millis(300));
    }
}
