//! The plugin's process: how soon it is there, what it takes, and who may speak to it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::kit::{scratch, soon};
use crate::support::get;
use crate::support::host::Host;

/// Of a debug build; the release build's figure is a benchmark.
const MOST_KIB: u64 = 60 * 1024;

#[test]
fn the_handshake_is_quick_and_the_idle_process_small() {
    let reports = (0..3).map(|_| {
        let host = Host::start_logging(&[], &scratch("process.log"));
        let report = get(&format!("{}/api/host", host.url), &[]).json();
        assert_eq!(report["exited"], false, "{report}");
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", report["pid"])).expect("it runs");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|text| text.trim().split(' ').next()?.parse::<u64>().ok());
        (
            report["handshake_ms"].as_f64().expect("a number"),
            resident.expect("VmRSS"),
        )
    });
    let reports: Vec<(f64, u64)> = reports.collect();
    let best = reports
        .iter()
        .map(|(handshake, _)| *handshake)
        .fold(f64::MAX, f64::min);
    assert!(best < 100.0, "{reports:?}");
    assert!(
        reports.iter().all(|(_, kib)| *kib < MOST_KIB),
        "{reports:?}"
    );
}

#[test]
fn outside_of_a_host_the_plugin_says_what_it_is() {
    let plugin = std::process::Command::new(env!("CARGO_BIN_EXE_gpx_ginkgo"))
        .env_remove("grafana_plugin_type")
        .output();
    let plugin = plugin.expect("it runs");
    assert!(!plugin.status.success());
    assert!(plugin.stdout.is_empty(), "only a handshake goes there");
    let said = String::from_utf8_lossy(&plugin.stderr);
    assert!(
        said.contains("Grafana starts it by itself") && said.contains("`ginkgo`"),
        "{said}"
    );
}

#[test]
fn only_this_user_can_speak_to_the_plugin() {
    let mut plugin = Command::new(env!("CARGO_BIN_EXE_gpx_ginkgo"))
        .env("grafana_plugin_type", "datasource")
        .env_remove("PLUGIN_UNIX_SOCKET_DIR")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut handshake = String::new();
    let out = plugin.stdout.take().expect("piped");
    BufReader::new(out)
        .read_line(&mut handshake)
        .expect("a line");
    let words: Vec<&str> = handshake.trim().split('|').collect();
    let ["1", "2", "unix", path, "grpc"] = words[..] else {
        panic!("{handshake}")
    };
    let path = PathBuf::from(path);
    let folder = path.parent().expect("a folder").to_owned();
    let mode = std::fs::metadata(&folder)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    assert!(UnixStream::connect(&path).is_ok());
    let pid = plugin.id().to_string();
    let sent = Command::new("kill").args(["-s", "TERM", &pid]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    let ended = soon(Duration::from_secs(2), || {
        matches!(plugin.try_wait(), Ok(Some(_)))
    });
    assert!(ended, "it ends");
    assert!(!folder.exists(), "nothing is left behind");
}
