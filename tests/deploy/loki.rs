//! Loki's configurations, judged by Loki.

use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::json;

use crate::kit::{checked, file, text};
use crate::support::loki::{Loki, is_real};
use crate::support::{process::script, skipped};

/// Docker's image takes no files of this test's.
fn has_program(test: &str) -> bool {
    let has = script("loki.sh", &["own"]).starts_with("program");
    if !has {
        skipped(
            "a real Loki",
            test,
            "the program reads a configuration file",
        );
    }
    has
}

fn verify(path: &str, arguments: &[&str]) -> Output {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| script("loki.sh", &["path"]));
    let mut command = Command::new(program);
    command.arg(format!("-config.file={path}"));
    command.args(["-config.expand-env=true", "-verify-config"]);
    command.args(arguments).output().expect("it runs")
}

#[test]
fn loki_takes_both_configurations_in_every_role() {
    if !has_program("loki_takes_both_configurations_in_every_role") {
        return;
    }
    let (one, many) = (
        file("deploy/loki/loki.yaml"),
        file("deploy/loki/scalable.yaml"),
    );
    let mut runs = vec![(one, "all")];
    for role in [
        "read",
        "write",
        "backend",
        "distributor",
        "ingester",
        "querier",
        "query-frontend",
        "query-scheduler",
        "index-gateway",
        "compactor",
        "pattern-ingester",
    ] {
        runs.push((many.clone(), role));
    }
    for (path, role) in runs {
        let output = verify(&path.to_string_lossy(), &[&format!("-target={role}")]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{role}: {error}");
    }
    // The judge can say no.
    let wrong = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-loki.yaml");
    let broken = text("deploy/loki/loki.yaml").replace("volume_enabled", "volumes_enabled");
    std::fs::write(&wrong, broken).expect("writable");
    assert!(!verify(&wrong.to_string_lossy(), &[]).status.success());
}

#[test]
fn a_loki_of_this_configuration_keeps_what_ginkgo_needs() {
    if !is_real(
        "a_loki_of_this_configuration_keeps_what_ginkgo_needs",
        "it runs with a configuration file",
    ) {
        return;
    }
    // Its HTTP port is the one thing that a test run may not take from the machine's network.
    let path = file("deploy/loki/loki.yaml");
    let mut loki = Loki::start_own_with(
        &path.to_string_lossy(),
        &[],
        &[("GINKGO_LOKI_ADDRESS", "127.0.0.1")],
    );
    let now = jiff::Timestamp::now().as_nanosecond().to_string();
    loki.push_json(&json!({ "streams": [{
        "stream": { "job": "ginkgo" },
        "values": [[now, r#"{"log":{"level":"ERROR"}}"#, { "portfolio_id": "pf-1" }]],
    }] }));
    let answer = loki
        .get("/loki/api/v1/query_range?query=%7Bjob%3D%22ginkgo%22%7D%7Cportfolio_id%3D%22pf-1%22");
    assert_eq!(
        answer.json()["data"]["result"][0]["values"][0][0],
        now,
        "{answer:?}"
    );
    // What it runs with, each value as Loki spells it.
    let config = loki.get("/config").text;
    for part in [
        "\n  retention_enabled: true\n",
        "\n  allow_structured_metadata: true\n",
        "\n  retention_period: 30d\n",
        "\n  volume_enabled: true\n",
    ] {
        assert!(config.contains(part), "{part} is not there");
    }
    loki.end();
}

#[test]
fn the_limits_of_the_charts_values_are_those_of_the_file() {
    let scalable = checked(&["yaml", &file("deploy/loki/scalable.yaml").to_string_lossy()]);
    let values = checked(&["yaml", &file("deploy/helm/loki.yaml").to_string_lossy()]);
    assert_eq!(values["loki"]["limits_config"], scalable["limits_config"]);
}
