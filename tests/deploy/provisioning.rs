//! The data source as Grafana provisions it: every file and every option behind a `#` loads.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ginkgo::schema::System;
use ginkgo::settings::{RawSettings, Settings};
use serde_json::{Value, json};

use crate::kit::{checked, file, files, text};
use crate::support::{host, loki};

/// The data sources of a provisioning file, as Grafana hands them to the plugin.
fn data_sources(path: &Path) -> Vec<Value> {
    let read = checked(&["yaml", &path.to_string_lossy()]);
    assert_eq!(read["apiVersion"], 1, "{}", path.display());
    let list = read["datasources"].as_array().expect("data sources");
    for source in list {
        assert_eq!(source["type"], "ginkgo-loki-datasource");
        assert_eq!(source["access"], "proxy");
        // What Grafana does not know it ignores without a word.
        let known = [
            "name",
            "uid",
            "type",
            "access",
            "url",
            "isDefault",
            "editable",
            "basicAuth",
            "basicAuthUser",
            "jsonData",
            "secureJsonData",
        ];
        for key in source.as_object().expect("an object").keys() {
            assert!(known.contains(&key.as_str()), "{}: {key}", path.display());
        }
    }
    list.clone()
}

fn settings(source: &Value) -> Settings {
    let text = |key: &str| source[key].as_str().unwrap_or_default().to_owned();
    let secure = source["secureJsonData"].as_object().into_iter().flatten();
    let raw = RawSettings {
        url: text("url"),
        basic_auth: source["basicAuth"].as_bool().unwrap_or_default(),
        basic_auth_user: text("basicAuthUser"),
        json_data: source["jsonData"].clone(),
        secure: secure
            .map(|(key, value)| (key.clone(), value.as_str().expect("a text").to_owned()))
            .collect::<HashMap<_, _>>(),
    };
    Settings::try_from(raw).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The provisioned file with every option on.
fn all_options() -> std::path::PathBuf {
    let on = |line: &str| {
        let blanks = " ".repeat(line.len() - line.trim_start().len());
        match line.trim_start().strip_prefix('#') {
            // One blank begins a sentence, anything else is an option.
            Some(option) if !option.starts_with(' ') || option.starts_with("  ") => {
                format!("{blanks}{option}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    let written: String = text("provisioning/datasources/ginkgo.yaml")
        .lines()
        .map(on)
        .collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("all-options.yaml");
    std::fs::write(&path, written).expect("writable");
    path
}

#[test]
fn the_file_and_every_example_load() {
    let mut paths = files("deploy/grafana", ".yaml");
    paths.push(file("provisioning/datasources/ginkgo.yaml"));
    for path in &paths {
        for source in data_sources(path) {
            let settings = settings(&source);
            assert!(!settings.systems.is_empty(), "{}", path.display());
        }
        let uids: Vec<Value> = data_sources(path)
            .iter()
            .map(|source| source["uid"].clone())
            .collect();
        assert_eq!(
            uids[0],
            "ginkgo",
            "{}: dashboards name this uid",
            path.display()
        );
    }
}

#[test]
fn every_option_behind_a_hash_is_one_that_the_settings_know() {
    let sources = data_sources(&all_options());
    let source = &sources[0];
    let settings = settings(source);
    let names: Vec<&str> = settings
        .systems
        .iter()
        .map(|system| system.name.as_str())
        .collect();
    assert_eq!(names, ["trading", "fastapi", "tskv", "dynamo", "scheduler"]);
    assert_eq!(settings.default_system, "trading");
    assert_eq!(settings.max_lines, 1000);
    assert_eq!(settings.loki.timeout.as_secs(), 30);
    assert_eq!(settings.loki.max_concurrent, 8);
    assert_eq!(settings.loki.tenant.as_deref(), Some("trading"));
    assert_eq!(
        settings.loki.tls.server_name.as_deref(),
        Some("loki.example.com")
    );
    assert_eq!(settings.loki.headers[0].0, "X-Api-Key");
    assert!(settings.loki.forward_oauth && settings.loki.basic_auth.is_some());
    // All that the settings read, and nothing else.
    let keys = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect()
    };
    let expected = [
        "defaultSystem",
        "maxLines",
        "timeout",
        "maxConcurrent",
        "tenant",
        "systems",
        "links",
        "tlsAuth",
        "tlsAuthWithCACert",
        "tlsSkipVerify",
        "serverName",
        "oauthPassThru",
        "keepCookies",
        "httpHeaderName1",
    ];
    assert_eq!(
        keys(&source["jsonData"]),
        expected.map(str::to_owned).into()
    );
}

#[test]
fn the_plugin_itself_takes_the_examples() {
    for name in ["metadata", "labels", "inline", "systems"] {
        let source = &data_sources(&file(&format!("deploy/grafana/{name}.yaml")))[0];
        let settings = json!({ "url": loki().url, "jsonData": source["jsonData"] });
        let uid = format!("provisioned-{name}");
        host().put_data_source(&uid, &settings);
        let answer = host().resource(&uid, "systems");
        assert_eq!(answer.status, 200, "{answer:?}");
        let expected: Vec<String> = self::settings(source)
            .systems
            .into_iter()
            .map(|system: System| system.name)
            .collect();
        for system in expected {
            let quoted = format!("\"{system}\"");
            assert!(
                source["jsonData"].is_null() || answer.text.contains(&quoted),
                "{name}: {answer:?}"
            );
        }
    }
}

#[test]
fn the_charts_data_source_loads() {
    let values = checked(&["yaml", &file("deploy/helm/grafana.yaml").to_string_lossy()]);
    let source = &values["datasources"]["datasources.yaml"]["datasources"][0];
    assert_eq!(settings(source).default_system, "dynamo");
    assert_eq!(
        values["grafana.ini"]["plugins"]["allow_loading_unsigned_plugins"],
        "ginkgo-loki-datasource"
    );
}
