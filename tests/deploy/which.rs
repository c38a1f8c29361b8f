//! `scripts/loki.sh`: which Loki a machine's tests and demo use.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::kit::file;

/// A machine: programs on its path besides the system's, each with what it does.
struct Machine(PathBuf);

impl Machine {
    fn new(name: &str, programs: &[(&str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("which-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("writable");
        for (program, body) in programs {
            let path = folder.join(program);
            std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("writable");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("writable");
        }
        Self(folder)
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new("bash");
        command.arg(file("scripts/loki.sh")).args(arguments);
        for name in [
            "GINKGO_LOKI",
            "GINKGO_LOKI_URL",
            "GINKGO_LOKI_BIN",
            "LOKI_VERSION",
        ] {
            command.env_remove(name);
        }
        // Nothing of /usr/local, where a developer's own Loki is.
        command.env("PATH", format!("{}:/usr/bin:/bin", self.0.display()));
        command
            .envs(environment.iter().copied())
            .output()
            .expect("bash runs")
    }

    fn which(&self, environment: &[(&str, &str)]) -> String {
        let output = self.run(&["which"], environment);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    }
}

const NO_DAEMON: (&str, &str) = ("docker", "exit 1");
const DAEMON: (&str, &str) = ("docker", "echo \"$@\" >>\"$SAID\"");

#[test]
fn the_first_that_there_is_is_taken() {
    let bare = Machine::new("bare", &[NO_DAEMON]);
    assert_eq!(bare.which(&[]), "embedded ginkgo loki");
    let docker = Machine::new("docker", &[("docker", "exit 0")]);
    let image = docker.which(&[]);
    assert!(image.starts_with("docker grafana/loki:3."), "{image}");
    assert_eq!(
        docker.which(&[("LOKI_VERSION", "3.6.1")]),
        "docker grafana/loki:3.6.1"
    );
    let program = Machine::new("program", &[DAEMON, ("loki", "exit 0")]);
    let path = program.0.join("loki").display().to_string();
    assert_eq!(program.which(&[]), format!("program {path}"));
    assert_eq!(
        bare.which(&[("GINKGO_LOKI_BIN", &path)]),
        format!("program {path}")
    );
    let url = [
        ("GINKGO_LOKI_URL", "http://127.0.0.1:1"),
        ("GINKGO_LOKI_BIN", &path),
    ];
    assert_eq!(program.which(&url), "url http://127.0.0.1:1");
    assert_eq!(
        program.which(&[("GINKGO_LOKI", "embedded")]),
        "embedded ginkgo loki"
    );
}

#[test]
fn what_cannot_be_is_said() {
    let bare = Machine::new("wrong", &[NO_DAEMON]);
    for (arguments, environment, said) in [
        (
            &["which"][..],
            &[("GINKGO_LOKI_BIN", "/no/such/loki")][..],
            "/no/such/loki",
        ),
        (&["which"], &[("GINKGO_LOKI", "docker")], "docker"),
        (&["path"], &[], "GINKGO_LOKI_BIN"),
        (&["run", "--config", "no.yaml"], &[], "no.yaml"),
        (&["run", "--confg"], &[], "--confg"),
        (&["begin"], &[], "scripts/loki.sh which"),
    ] {
        let output = bare.run(arguments, environment);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && error.contains(said),
            "{arguments:?}: {error}"
        );
    }
}

#[test]
fn dockers_image_gets_the_configuration_and_listens_on_this_machine_alone() {
    let machine = Machine::new("image", &[DAEMON]);
    let said = machine.0.join("said");
    // It ends at once, so that it never gets ready.
    let output = machine.run(&["run"], &[("SAID", &said.to_string_lossy())]);
    assert!(!output.status.success(), "{output:?}");
    let said = std::fs::read_to_string(said).expect("asked");
    let run = said
        .lines()
        .find(|line| line.starts_with("run "))
        .expect("a run");
    for part in [
        "--network host",
        "/tests/testbed/loki/loki.yaml:/etc/ginkgo-loki.yaml:ro",
        "grafana/loki:3.",
    ] {
        assert!(run.contains(part), "{part}: {run}");
    }
    assert!(!run.contains("--publish") && !run.contains(" -p "), "{run}");
}
