//! The demo without Docker, from its start to its stop.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::kit::file;
use crate::support::process::without_cargo;

fn demo(arguments: &[&str]) -> Command {
    // A run in the background ignores ctrl-c, and a script cannot take that back by itself.
    let mut command = Command::new("env");
    command
        .arg("--default-signal=INT")
        .arg(file("scripts/demo.sh"));
    // The program of this test run; the workbench has tests of its own.
    command
        .args(arguments)
        .env("GINKGO_PROFILE", "debug")
        .env("GINKGO_WORKBENCH", "off");
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

#[test]
fn it_goes_on_writing_until_ctrl_c() {
    let mut child = demo(&[])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut out = String::new();
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    for line in lines {
        let line = line.expect("text");
        out += &line;
        out.push('\n');
        if line.starts_with("Questions: export") {
            break;
        }
    }
    assert!(out.contains("Where to look"), "{out}");
    let url = address(&out);
    let lines = || {
        let path =
            "/loki/api/v1/query?query=sum(count_over_time(%7Bjob%3D~%22.%2B%22%7D%5B10s%5D))";
        let answer = crate::support::get(&format!("{url}{path}"), &[]).json();
        let value = answer["data"]["result"][0]["value"][1]
            .as_str()
            .map(str::to_owned);
        value
            .and_then(|count| count.parse::<u32>().ok())
            .unwrap_or_default()
    };
    wait("live lines", || lines() > 0);
    interrupt(&child);
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{status}");
    assert!(!answers(&url), "Loki goes on");
}

fn address(out: &str) -> String {
    let line = out.lines().find_map(|line| line.strip_prefix("Loki: "));
    line.unwrap_or_else(|| panic!("{out}")).trim().to_owned()
}

fn answers(url: &str) -> bool {
    let address = url.trim_start_matches("http://");
    std::net::TcpStream::connect(address).is_ok()
}

fn interrupt(child: &Child) {
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.expect("it runs").success());
}

fn wait(what: &str, is_there: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_there() {
        assert!(Instant::now() < deadline, "no {what}");
        std::thread::sleep(Duration::from_millis(300));
    }
}
