//! The layers point one way (docs/architecture.md): this test reads the sources and says who knows
//! whom. A new arrow is a change of the design: change the page and the table together.

// Clippy lets tests unwrap, but not the helpers beside them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module of the library with the modules that it may name.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("line", &[]),
    ("logql", &[]),
    ("capacity", &[]),
    ("frame", &["text"]),
    ("loki", &["capacity", "text"]),
    ("schema", &["line", "logql"]),
    ("query", &["schema"]),
    ("settings", &["loki", "query", "schema"]),
    ("translate", &["line", "logql", "query", "schema"]),
    (
        "answer",
        &["frame", "line", "loki", "query", "schema", "text"],
    ),
    (
        "ask",
        &[
            "answer",
            "capacity",
            "frame",
            "line",
            "logql",
            "loki",
            "query",
            "schema",
            "settings",
            "text",
            "translate",
        ],
    ),
    ("plugin", &["ask", "capacity", "frame", "settings", "text"]),
    ("main", &["plugin"]),
];

/// Each crate of the workspace with the crates of it that it may depend on. Tests and benches of the plugin
/// may use them all.
const CRATES: &[(&str, &[&str])] = &[
    ("crates/re2", &[]),
    ("crates/demo", &[]),
    ("crates/minloki", &["re2"]),
    (".", &["re2"]),
    ("crates/cli", &["ginkgo", "ginkgo-demo", "minloki"]),
    ("crates/recordings", &["minloki", "re2"]),
];

/// Crates that belong to one place.
const ONLY_IN: &[(&str, &str)] = &[
    ("reqwest", "loki/client/"),
    ("rustls", "loki/client/"),
    ("hyper", "loki/client/"),
    ("httpdate", "loki/client/"),
    ("fastrand", "loki/client/"),
    ("arrow", "frame/ipc.rs"),
    ("grafana_plugin_sdk", "plugin/"),
    ("tonic", "plugin/"),
    ("prost", "plugin/"),
    ("prometheus", "plugin/"),
    ("toml", "schema/"),
];

/// What the command line and the embedded Loki are made of, and the plugin is not.
const NOT_IN_THE_PLUGIN: &[&str] = &["axum", "tower-http", "clap", "indicatif", "comfy-table"];

/// Modules that need nothing but the standard library.
const STD_ONLY: &[&str] = &["line", "logql", "text"];

fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    let named = found.into_iter().map(|path| {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        (name, code(&std::fs::read_to_string(path).unwrap()))
    });
    // Tests may name anything.
    named.filter(|(name, _)| !name.contains("tests")).collect()
}

/// The text without comments and without its test module.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn module_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

/// The names that follow `prefix` in the text: `crate::` → modules.
fn named(text: &str, prefix: &str) -> BTreeSet<String> {
    let word = |rest: &str| -> String {
        rest.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let mut names = BTreeSet::new();
    for rest in text.split(prefix).skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => {
                let group = group.split('}').next().unwrap();
                names.extend(group.split(',').map(|part| word(part.trim())));
            }
            None => {
                names.insert(word(rest));
            }
        }
    }
    names
}

#[test]
fn every_arrow_is_in_the_plan() {
    let modules: BTreeSet<&str> = MAY_NAME.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let module = module_of(&file);
        if module == "lib" {
            continue;
        }
        let Some((_, may)) = MAY_NAME.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{file}: module {module} is not in the plan"));
            continue;
        };
        let prefix = if module == "main" {
            "ginkgo::"
        } else {
            "crate::"
        };
        for name in named(&text, prefix) {
            let known = modules.contains(name.as_str());
            if known && name != module && !may.contains(&name.as_str()) {
                wrong.push(format!("{file} names {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_plan_has_no_circle() {
    // Each module may name only modules that come before it.
    let order: Vec<&str> = MAY_NAME.iter().map(|(module, _)| *module).collect();
    for (module, may) in MAY_NAME {
        let place = |name: &str| order.iter().position(|known| *known == name).unwrap();
        for name in *may {
            assert!(place(name) < place(module), "{module} → {name}");
        }
    }
}

#[test]
fn crates_stay_in_their_place() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (krate, place) in ONLY_IN {
            let uses =
                text.contains(&format!(" {krate}::")) || text.contains(&format!("({krate}::"));
            if uses && !file.starts_with(place) && !(*krate == "tonic" && file == "main.rs") {
                wrong.push(format!("{file} uses {krate}, which belongs to {place}"));
            }
        }
        let own = ["std", "core", "crate", "super", "self"];
        if STD_ONLY.contains(&module_of(&file)) {
            let uses = named(&text, "\nuse ");
            let foreign = uses.iter().filter(|name| !own.contains(&name.as_str()));
            wrong.extend(foreign.map(|name| format!("{file} uses {name}, and may use std only")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_depend_on_those_of_the_plan_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, may) in CRATES {
        let manifest = std::fs::read_to_string(root.join(folder).join("Cargo.toml")).unwrap();
        let section = manifest.split("\n[dependencies]\n").nth(1).unwrap_or("");
        let section = section.split("\n[").next().unwrap();
        let is_plugin = *folder == ".";
        for name in NOT_IN_THE_PLUGIN.iter().filter(|_| is_plugin) {
            let is_named = section
                .lines()
                .any(|line| line.starts_with(&format!("{name} =")));
            assert!(!is_named, "the plugin depends on {name}");
        }
        let named: Vec<&str> = section
            .lines()
            .filter_map(|line| Some(line.split_once(" =")?.0))
            .filter(|name| ["re2", "ginkgo", "ginkgo-demo", "minloki"].contains(name))
            .collect();
        let wrong: Vec<&&str> = named.iter().filter(|name| !may.contains(name)).collect();
        assert!(wrong.is_empty(), "{folder} depends on {wrong:?}");
    }
    let mut folders = std::fs::read_dir(root.join("crates"))
        .unwrap()
        .map(|entry| format!("crates/{}", entry.unwrap().file_name().to_str().unwrap()));
    assert!(folders.all(|folder| CRATES.iter().any(|(known, _)| *known == folder)));
}

#[test]
fn the_command_line_writes_through_its_safe_writer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/cli/src");
    let mut folders = vec![root];
    let mut writers = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = code(&std::fs::read_to_string(&path).unwrap());
            // To ask whether it is a terminal writes nothing.
            let text = text.replace("io::stderr().is_terminal()", "");
            if ["io::stdout(", "io::stderr(", "print!(", "println!("]
                .iter()
                .any(|way| text.contains(way))
            {
                writers.push(path.file_name().unwrap().to_owned());
            }
        }
    }
    assert_eq!(writers, ["out.rs"]);
}
