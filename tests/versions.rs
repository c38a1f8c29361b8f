//! Versions live in Cargo.toml; what repeats them agrees.

// Clippy lets tests unwrap, but not the helpers beside them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use serde_json::Value;

#[test]
fn plugin_json_agrees_with_the_manifest() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.json");
    let plugin: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(plugin["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(plugin["id"], "ginkgo-loki-datasource");
    assert_eq!(plugin["executable"], "gpx_ginkgo");
}

#[test]
fn the_front_end_agrees_with_the_manifest() {
    for name in ["package.json", "package-lock.json"] {
        let file = format!("{}/frontend/{name}", env!("CARGO_MANIFEST_DIR"));
        let package: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!(package["version"], env!("CARGO_PKG_VERSION"), "{name}");
        assert_eq!(package["name"], "ginkgo-loki-datasource", "{name}");
    }
}

#[test]
fn whatever_a_script_builds_is_what_the_lock_file_says() {
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts");
    let mut seen = 0;
    for entry in std::fs::read_dir(scripts).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "sh") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter(|line| !line.trim().starts_with('#')) {
            let builds = [
                "build", "run", "test", "bench", "install", "zigbuild", "doc", "clippy",
            ];
            let is_build = builds
                .iter()
                .any(|verb| line.contains(&format!("cargo {verb} ")));
            // scripts/demo-build.sh keeps its arguments in a list.
            let is_locked = line.contains("--locked") || line.contains("\"${what[@]}\"");
            assert!(!is_build || is_locked, "{}: {line}", path.display());
            seen += usize::from(is_build);
        }
    }
    assert!(seen > 10, "{seen}");
}
