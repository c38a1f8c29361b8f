//! The stack in containers: the file as Compose itself reads it, and the script's words. No container
//! runs here.

use std::process::{Command, Output};

use serde_json::Value;

use crate::kit::{checks, file, text};

fn compose(environment: &[(&str, &str)]) -> Result<Value, String> {
    let program = crate::support::process::script("checks.sh", &["path"]);
    let mut command = Command::new(program);
    command.args(["compose", &file("docker-compose.yaml").to_string_lossy()]);
    command
        .env_remove("GRAFANA_ADMIN_PASSWORD")
        .envs(environment.iter().copied());
    let output = command.output().expect("it runs");
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).expect("JSON"));
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn compose_takes_the_file_and_nothing_is_open_to_the_network() {
    let project =
        compose(&[("GRAFANA_ADMIN_PASSWORD", "x"), ("GRAFANA_PORT", "3001")]).expect("valid");
    let services = project["services"].as_object().expect("services");
    let names: Vec<&String> = services.keys().collect();
    assert_eq!(
        names,
        ["alloy", "demo", "docker", "grafana", "loki", "plugin"]
    );
    for (name, service) in services {
        is_confined(name, service);
        for port in service["ports"].as_array().into_iter().flatten() {
            assert_eq!(port["host_ip"], "127.0.0.1", "{name}");
        }
        // Everything that stays up says how it is.
        let stays = service["restart"].is_string();
        assert_eq!(stays, service["healthcheck"].is_object(), "{name}");
        // What is mounted from the repository is there.
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let source = volume["source"].as_str().expect("a source");
            let in_repository = volume["type"] == "bind" && !source.starts_with("/var/run");
            assert!(
                !in_repository || std::path::Path::new(source).exists(),
                "{name}: {source}"
            );
        }
    }
    let grafana = &services["grafana"];
    assert_eq!(grafana["ports"][0]["published"], "3001");
    let environment = &grafana["environment"];
    assert_eq!(environment["GF_AUTH_ANONYMOUS_ENABLED"], "false");
    assert_eq!(
        environment["GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS"],
        "ginkgo-loki-datasource"
    );
}

/// A container has no right that it does not use, and no more of the machine than it needs.
fn is_confined(name: &str, service: &Value) {
    assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "{name}");
    assert_eq!(service["cap_add"], Value::Null, "{name}");
    assert_ne!(service["privileged"], true, "{name}");
    let options = &service["security_opt"];
    assert_eq!(
        *options,
        serde_json::json!(["no-new-privileges:true"]),
        "{name}"
    );
    assert_eq!(service["read_only"], true, "{name}");
    assert!(service["pids_limit"].is_number(), "{name}: {service}");
    assert!(!service["mem_limit"].is_null(), "{name}: {service}");
    // Docker's socket is the whole machine: one container has it, which lets only questions through.
    let volumes = service["volumes"].as_array().into_iter().flatten();
    let mut sources = volumes.filter_map(|volume| volume["source"].as_str());
    let has_socket = sources.any(|source| source.contains("docker.sock"));
    assert_eq!(has_socket, name == "docker", "{name}");
    if has_socket {
        assert_eq!(service["environment"]["POST"], "0", "{service}");
        assert!(service["ports"].is_null(), "{service}");
        let networks = service["networks"].as_object().expect("networks");
        assert_eq!(networks.keys().collect::<Vec<_>>(), ["docker"]);
    }
}

/// The tags under which a text names an image, `IMAGE:TAG` or, as Compose has it, `IMAGE:${NAME:-TAG}`.
fn tags(text: &str, image: &str) -> Vec<String> {
    let named = format!("{image}:");
    let after = text.split(&named).skip(1).map(|rest| {
        let variable = rest
            .strip_prefix("${")
            .and_then(|rest| rest.split_once(":-"));
        variable.map_or(rest, |(_, default)| default)
    });
    let ends = |letter: char| !(letter.is_ascii_alphanumeric() || "._-".contains(letter));
    after
        .map(|rest| rest.split(ends).next().unwrap_or_default())
        .map(|tag| tag.trim_end_matches('.').to_owned())
        .collect()
}

/// What the tests were run against is what Compose, the scripts and the documents name: one exact version
/// of each image, never `latest`.
#[test]
fn an_image_has_one_version_wherever_it_is_named() {
    let mut named = vec![file("docker-compose.yaml"), file("README.md")];
    for (folder, ending) in [
        ("scripts", ".sh"),
        ("docs", ".md"),
        ("deploy/helm", ".yaml"),
        ("deploy/docker", "Dockerfile"),
    ] {
        named.extend(crate::kit::files(folder, ending));
    }
    for image in ["grafana/loki", "grafana/grafana", "grafana/alloy"] {
        let first = tags(&text("docker-compose.yaml"), image);
        assert_eq!(first.len(), 1, "{image}: {first:?}");
        let parts = first[0].trim_start_matches('v').split('.');
        let numbers: Vec<_> = parts.map(str::parse::<u32>).collect();
        assert!(
            numbers.len() == 3 && numbers.iter().all(Result::is_ok),
            "{image}: {first:?}"
        );
        for path in &named {
            let text = std::fs::read_to_string(path).expect("readable");
            for tag in tags(&text, image) {
                assert_eq!(tag, first[0], "{image} in {}", path.display());
            }
        }
    }
}

#[test]
fn the_tags_of_an_image_are_found() {
    let text = "image: grafana/loki:${LOKI_VERSION:-3.7.8}\nrun `grafana/loki:latest`, or grafana/loki:3.7.\n";
    assert_eq!(tags(text, "grafana/loki"), ["3.7.8", "latest", "3.7"]);
    assert!(tags(text, "grafana/grafana").is_empty());
}

#[test]
fn the_demo_writes_trouble_that_alerts_are_about() {
    let project = compose(&[("GRAFANA_ADMIN_PASSWORD", "x"), ("DEMO_BACKFILL", "2h")]);
    let project = project.expect("valid");
    let command = &project["services"]["demo"]["command"];
    let said: Vec<&str> = command
        .as_array()
        .expect("a command")
        .iter()
        .filter_map(serde_json::Value::as_str)
        .collect();
    // The program takes these words: with --once it writes, here to nobody, and ends.
    let mut ginkgo = Command::new(crate::support::process::ginkgo());
    ginkgo
        .args(&said)
        .args(["--once", "--url", "http://127.0.0.1:1"]);
    let output = ginkgo.output().expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said:?}: {error}");
    assert!(
        said.contains(&"--incidents") && said.contains(&"2h"),
        "{said:?}"
    );
}

#[test]
fn what_the_images_are_built_of_is_there() {
    let ignored = text(".dockerignore");
    let ignored: Vec<&str> = ignored.lines().collect();
    for secret in [".env", ".env.*"] {
        assert!(
            ignored.contains(&secret),
            "{secret} would be sent to the builder"
        );
    }
    let mut seen = 0;
    for line in text("deploy/docker/Dockerfile").lines() {
        let Some(words) = line.strip_prefix("COPY ") else {
            continue;
        };
        let words: Vec<&str> = words.split_whitespace().collect();
        if words[0].starts_with("--from") {
            continue;
        }
        let (_, sources) = words.split_last().expect("a target");
        for source in sources {
            let found = match source.split_once('*') {
                Some((folder, ending)) => !crate::kit::files(folder, ending).is_empty(),
                None => file(source).exists(),
            };
            assert!(found && !ignored.contains(source), "{line}: {source}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

/// Docker itself where it is there; its loader, above, everywhere.
#[test]
fn docker_takes_the_file_where_it_is_installed() {
    let version = Command::new("docker").args(["compose", "version"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        eprintln!("no Docker Compose here: its loader alone has read the file");
        return;
    }
    let mut docker = Command::new("docker");
    docker.args([
        "compose",
        "--file",
        &file("docker-compose.yaml").to_string_lossy(),
    ]);
    docker
        .args(["config", "--quiet"])
        .env("GRAFANA_ADMIN_PASSWORD", "x");
    let output = docker.output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn compose_wants_a_password() {
    let error = compose(&[]).expect_err("no password");
    assert!(error.contains("GRAFANA_ADMIN_PASSWORD"), "{error}");
}

#[test]
fn what_compose_does_not_know_is_found() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-compose.yaml");
    let wrong = text("docker-compose.yaml").replace("healthcheck:", "healthchecks:");
    std::fs::write(&path, wrong).expect("writable");
    let output = checks(&["compose", &path.to_string_lossy()]);
    assert!(!output.status.success());
}

/// Runs `stack.sh` with a Docker that only writes down what it is told.
fn stack(folder: &std::path::Path, arguments: &[&str]) -> (Output, String) {
    let bin = folder.join("bin");
    let said = folder.join("said");
    std::fs::create_dir_all(&bin).expect("writable");
    std::fs::create_dir_all(folder.join("scripts")).expect("writable");
    std::fs::copy(file("scripts/stack.sh"), folder.join("scripts/stack.sh")).expect("copied");
    let docker = "#!/bin/sh\necho \"$@\" >>\"$SAID\"\ncase \"$*\" in\n*Health*) echo healthy ;;\n*port*) echo 127.0.0.1:1 ;;\nesac\n";
    std::fs::write(bin.join("docker"), docker).expect("writable");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(bin.join("docker"), mode).expect("writable");
    let _ = std::fs::remove_file(&said);
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").expect("a path")
    );
    let mut command = Command::new("bash");
    command.arg(folder.join("scripts/stack.sh")).args(arguments);
    command
        .env("PATH", path)
        .env("SAID", &said)
        .env_remove("GRAFANA_ADMIN_PASSWORD");
    let output = command.output().expect("it runs");
    let said = std::fs::read_to_string(&said).unwrap_or_default();
    (output, said.replace("compose version\n", ""))
}

#[test]
fn each_word_of_the_script_is_one_of_compose() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("stack");
    let _ = std::fs::remove_dir_all(&folder);
    for (arguments, expected) in [
        (&["start"][..], "compose up --build --detach\n"),
        (&["stop"], "compose stop\n"),
        (&["restart"], "compose stop\ncompose up --build --detach\n"),
        (&["status"], "compose ps --all\n"),
        (&["logs"], "compose logs --follow --tail 100\n"),
        (&["logs", "loki"], "compose logs --follow --tail 100 loki\n"),
        (&["clean"], "compose down --volumes --remove-orphans\n"),
    ] {
        let (output, said) = stack(&folder, arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert!(said.starts_with(expected), "{arguments:?}: {said}");
        if arguments[0] == "start" {
            let out = String::from_utf8_lossy(&output.stdout);
            assert!(out.contains("http://127.0.0.1:1"), "{out}");
        }
    }
    // One password, for its owner's eyes only.
    let written = std::fs::read_to_string(folder.join(".env")).expect("made");
    assert_eq!(written.lines().count(), 1, "{written}");
    assert!(
        written.len() > "GRAFANA_ADMIN_PASSWORD=".len() + 20,
        "{written}"
    );
    let mode = std::fs::metadata(folder.join(".env"))
        .expect("there")
        .permissions();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
        0o600
    );
    for arguments in [&[][..], &["begin"], &["stop", "loki"], &["logs", "a", "b"]] {
        let (output, said) = stack(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            said.is_empty() && !output.stderr.is_empty(),
            "{arguments:?}: {said}"
        );
    }
}
