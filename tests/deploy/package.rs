//! The package that an administrator installs: built by its script for this machine, put into an empty
//! folder as Grafana does, started from there under Grafana's plugin client.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::kit::file;
use crate::support::host::Host;
use crate::support::loki;
use crate::support::process::without_cargo;

const ID: &str = "ginkgo-loki-datasource";

fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    }
}

/// Unpacks as `grafana cli plugins install` does: with the archive's own permissions.
fn install(archive: &Path, plugins: &Path) {
    let _ = std::fs::remove_dir_all(plugins);
    std::fs::create_dir_all(plugins).expect("writable");
    let unpack = "import sys, os, zipfile\n\
        archive = zipfile.ZipFile(sys.argv[1])\n\
        for info in archive.infolist():\n\
        \x20   path = archive.extract(info, sys.argv[2])\n\
        \x20   os.chmod(path, info.external_attr >> 16)\n";
    let mut python = Command::new("python3");
    let status = python
        .args(["-c", unpack])
        .arg(archive)
        .arg(plugins)
        .status();
    assert!(status.expect("it runs").success());
}

fn tree(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        into.push(path.clone());
        if path.is_dir() {
            tree(&path, into);
        }
    }
}

/// Whether an ELF program asks for no loader: it runs on any Linux, with whatever C library.
fn is_static(program: &Path) -> bool {
    let bytes = std::fs::read(program).expect("readable");
    assert_eq!(&bytes[..5], b"\x7fELF\x02", "a 64-bit program");
    let number = |at: usize, size: usize| {
        let bytes = &bytes[at..at + size];
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let (headers, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    // PT_INTERP names the loader.
    (0..count).all(|index| number(headers + index * size, 4) != 3)
}

/// The bill names what the program is linked with, as Cargo says it, and nothing that is only built with.
fn bill_of_materials(path: &Path) {
    let text = std::fs::read_to_string(path).expect("beside the zip");
    let bill: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (&bill["bomFormat"], &bill["specVersion"]),
        (&json!("CycloneDX"), &json!("1.6"))
    );
    assert_eq!(bill["metadata"]["component"]["name"], ID);
    let parts = bill["components"].as_array().expect("components");
    let mut tree = Command::new("cargo");
    tree.args([
        "tree",
        "--locked",
        "--offline",
        "--package",
        "ginkgo",
        "--edges",
        "normal",
    ])
    .args(["--prefix", "none", "--format", "{p}"])
    .current_dir(file("."));
    let tree = tree.output().expect("it runs");
    let tree = String::from_utf8_lossy(&tree.stdout);
    let mut seen = 0;
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        // Those of the workspace are the plugin itself.
        if line.contains(" (/") {
            continue;
        }
        let version = version.trim_start_matches('v').replace('+', "%2B");
        let purl = format!("pkg:cargo/{name}@{version}");
        let part = parts.iter().find(|part| part["purl"] == purl.as_str());
        let part = part.unwrap_or_else(|| panic!("{purl} is missing"));
        let sum = part["hashes"][0]["content"].as_str().unwrap_or_default();
        assert_eq!(sum.len(), 64, "{part}");
        assert!(part["licenses"][0]["expression"].is_string(), "{part}");
        seen += 1;
    }
    assert!(seen > 50, "{seen}: {tree}");
    let names: Vec<&str> = parts
        .iter()
        .filter_map(|part| part["name"].as_str())
        .collect();
    assert!(names.contains(&"@grafana/plugin-ui"));
    assert!(!names.contains(&"proptest") && !names.contains(&"jest"));
}

#[test]
fn the_zip_installs_and_runs() {
    // Quickly built: whether the program is fast is not asked here.
    let mut command = Command::new(file("scripts/package.sh"));
    command.arg(arch()).env("GINKGO_PROFILE", "debug");
    let output = without_cargo(&mut command).output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let archive = file(String::from_utf8_lossy(&output.stdout).trim());
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        archive.ends_with(format!("target/package/{ID}-{version}.zip")),
        "{archive:?}"
    );
    let sums = Command::new("sha256sum")
        .args(["--check", "--strict"])
        .arg(archive.with_extension("zip.sha256"))
        .current_dir(archive.parent().expect("a folder"))
        .output();
    assert!(sums.expect("it runs").status.success());

    bill_of_materials(&archive.with_extension("cdx.json"));

    let plugins = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    install(&archive, &plugins);
    let folder = plugins.join(ID);
    let mut paths = vec![folder.clone()];
    tree(&folder, &mut paths);
    let program = folder.join(format!("gpx_ginkgo_linux_{}", arch()));
    for path in &paths {
        let mode = std::fs::metadata(path).expect("there").permissions().mode() & 0o7777;
        let expected = if path.is_dir() || *path == program {
            0o755
        } else {
            0o644
        };
        assert_eq!(mode, expected, "{}", path.display());
    }
    for name in [
        "plugin.json",
        "module.js",
        "README.md",
        "LICENSE",
        "THIRD-PARTY-LICENCES.txt",
        "CHANGELOG.md",
        "img/logo.svg",
    ] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    let about: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("plugin.json")).expect("there"))
            .expect("JSON");
    assert_eq!(about["info"]["version"], version);
    assert_eq!(about["id"], ID);
    // What plugin.json points at is in the package, every dashboard.
    let includes = about["includes"].as_array().expect("a list");
    assert!(includes.iter().any(|one| one["type"] == "dashboard"));
    for included in includes {
        let path = included["path"].as_str().expect("a path");
        assert!(folder.join(path).is_file(), "{path}");
    }
    assert!(is_static(&program));

    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packaged.log");
    let mut host = Host::start_plugin(&program, &[], &log);
    let now = jiff::Timestamp::now();
    loki().push_json(&json!({ "streams": [{
        "stream": { "job": "packaged" },
        "values": [[now.as_nanosecond().to_string(), r#"{"message":"hello"}"#]],
    }] }));
    let systems = json!({ "systems": [{ "preset": "ginkgo", "selector": "{job=\"packaged\"}" }] });
    host.put_data_source(
        "packaged",
        &json!({ "url": loki().url, "jsonData": systems }),
    );
    let health = host.health("packaged");
    assert_eq!(health.status, 200, "{health:?}");
    assert_eq!(health.json()["status"], "OK", "{health:?}");
    let at = now.as_nanosecond() as i64;
    let query = [json!({ "queryType": "any", "result": "logs", "refId": "A" })];
    let answer = host.query("packaged", at - 60_000_000_000, at + 60_000_000_000, &query);
    assert!(answer.text.contains("hello"), "{answer:?}");
    host.end();
}

#[test]
fn what_the_script_cannot_do_is_said_before_it_builds() {
    for (arguments, environment, said) in [
        (&["sparc"][..], &[][..], "no such machine: sparc"),
        (
            &[],
            &[("GRAFANA_ROOT_URLS", "https://g/")],
            "GRAFANA_ACCESS_POLICY_TOKEN",
        ),
    ] {
        let mut command = Command::new(file("scripts/package.sh"));
        command
            .args(arguments)
            .env_remove("GRAFANA_ACCESS_POLICY_TOKEN");
        command.envs(environment.iter().copied());
        let output = command.output().expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(said), "{error}");
    }
}
