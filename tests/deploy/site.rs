//! A site: raw output of applications in files, a real Promtail that runs the collectors' pipelines on
//! them, a Loki, and the command line that reads it.
//!
//! Alloy's stages and its relabelling are Promtail's, so `tests/testbed/checks` writes the Alloy files in
//! Promtail's words, and Promtail runs those. Where there is no Promtail, what one made of the same lines is
//! shipped instead (`recorded`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::kit::{checked, file, text};
use crate::recorded::Recording;
use crate::support::process::script;
use crate::support::{get, loki};

/// The site of this run.
pub struct Site {
    /// The minute in which the raw lines were written: they say 2026-03-01 12:00 in the repository.
    pub minute: Timestamp,
    /// The trace of the Python services' requests.
    pub python_trace: String,
    folder: PathBuf,
    /// Kept open: the Promtails end with it.
    collectors: Vec<(Child, ChildStdin)>,
}

/// An entry in Loki.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at_ns: i64,
    pub labels: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    pub line: String,
}

/// Labels by name.
type Labels = &'static [(&'static str, &'static str)];

/// The collectors' systems, each with the labels that discovery gives and the files that it finds.
const SYSTEMS: [(&str, &str, Labels); 4] = [
    (
        "ginkgo",
        "ginkgo.log",
        &[("__meta_docker_container_name", "/ginkgo-worker-0")],
    ),
    ("fastapi", "fastapi/*.log", &[("job", "fastapi")]),
    (
        "tskv",
        "docker/*.log",
        &[
            ("__meta_docker_container_name", "/shop-api-1"),
            (
                "__meta_docker_container_label_com_docker_compose_project",
                "shop",
            ),
            (
                "__meta_docker_container_label_com_docker_compose_service",
                "api",
            ),
        ],
    ),
    (
        "dynamo",
        "dynamo.log",
        &[
            ("__meta_kubernetes_namespace", "inference"),
            ("__meta_kubernetes_pod_name", "llm-prefill-0"),
            ("__meta_kubernetes_pod_container_name", "main"),
            (
                "__meta_kubernetes_pod_label_nvidia_com_dynamo_graph_deployment_name",
                "llm",
            ),
            (
                "__meta_kubernetes_pod_label_nvidia_com_dynamo_component_type",
                "prefill",
            ),
            (
                "__meta_kubernetes_pod_label_app_kubernetes_io_name",
                "llm-prefill",
            ),
        ],
    ),
];

/// The sites of this run: collectors and layouts.
const SITES: [&str; 4] = [
    "alloy-metadata",
    "alloy-labels",
    "promtail-metadata",
    "promtail-labels",
];

/// Where the Alloy files can put ids.
const ALLOY_LAYOUTS: [&str; 2] = ["metadata", "labels"];

/// How many entries the collectors make of the raw lines and the snippets', over all sites.
const ENTRIES: usize = 74;

/// The Alloy files in Promtail's words: each system's in both layouts.
fn pipelines() -> Vec<Value> {
    let of = |system: &str, layout: &str| {
        let file = file(&format!("deploy/alloy/{system}.alloy"));
        checked(&["pipeline", &file.to_string_lossy(), layout])
    };
    let systems = SYSTEMS.iter();
    let each = systems.flat_map(|(system, ..)| ALLOY_LAYOUTS.map(|layout| of(system, layout)));
    each.collect()
}

/// Returns the site; the first call starts it.
pub fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(Site::start)
}

impl Site {
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("site");
        let _ = std::fs::remove_dir_all(&folder);
        let now = Timestamp::now() - 5.minutes();
        let minute = Timestamp::from_second(now.as_second() / 60 * 60).expect("a time");
        for path in [
            "ginkgo.log",
            "fastapi/backend.log",
            "docker/shop-api-1-json.log",
            "dynamo.log",
        ] {
            let to = folder.join(path);
            std::fs::create_dir_all(to.parent().expect("a folder")).expect("writable");
            std::fs::write(&to, raw(path, minute)).expect("writable");
        }
        let python_trace = snippets(&folder);
        let mut site = Self {
            minute,
            python_trace,
            folder,
            collectors: Vec::new(),
        };
        for name in SITES {
            let path = site.folder.join(format!("settings-{name}.json"));
            std::fs::write(path, settings(name).to_string()).expect("writable");
        }
        let pipelines = pipelines();
        let program = script("promtail.sh", &["path"]);
        if program.is_empty() {
            let recording = Recording::read(&pipelines);
            recording.ship(&site.folder, site.minute);
            site.python_trace.clone_from(&recording.python_trace);
        } else {
            site.run_promtail(&program, &pipelines);
            site.judge_recording(&pipelines);
        }
        site
    }

    fn run_promtail(&mut self, program: &str, pipelines: &[Value]) {
        self.collect(
            program,
            "alloy.json",
            &self.alloy(pipelines).to_string(),
            &[],
        );
        let promtail = text("deploy/promtail/fastapi.yaml");
        self.collect(
            program,
            "promtail.yaml",
            &promtail,
            &[("site", "promtail-metadata")],
        );
        let labels = labels_layout(&promtail);
        let external = [("site", "promtail-labels")];
        self.collect(program, "promtail-labels.yaml", &labels, &external);
    }

    /// Whether what Promtail has shipped is what is recorded; with `GINKGO_BLESS` it becomes the recording.
    fn judge_recording(&self, pipelines: &[Value]) {
        let entries = self.entries("{site=~\".+\"}", ENTRIES);
        let made = Recording::of(
            &entries,
            &self.folder,
            self.minute,
            pipelines,
            &self.python_trace,
        );
        if std::env::var_os("GINKGO_BLESS").is_some() {
            made.write();
        }
        made.assert_same(&Recording::read(pipelines));
    }

    /// Says whether a Promtail is there that reads on.
    pub fn is_live(&self) -> bool {
        !self.collectors.is_empty()
    }

    /// One Promtail for all Alloy files in both layouts.
    fn alloy(&self, pipelines: &[Value]) -> Value {
        let mut jobs = Vec::new();
        let mut pipelines = pipelines.iter();
        for (system, path, discovered) in SYSTEMS {
            for layout in ALLOY_LAYOUTS {
                let mut job = pipelines.next().expect("one each").clone();
                let mut labels: BTreeMap<&str, String> = discovered
                    .iter()
                    .map(|(name, value)| (*name, (*value).to_owned()))
                    .collect();
                labels.insert("site", format!("alloy-{layout}"));
                labels.insert(
                    "__path__",
                    self.folder.join(path).to_string_lossy().into_owned(),
                );
                job["job_name"] = json!(format!("{system}-{layout}"));
                job["static_configs"] = json!([{ "targets": ["localhost"], "labels": labels }]);
                if system != "fastapi" {
                    // Docker's and Kubernetes' API know no files.
                    let stages = job["pipeline_stages"].as_array_mut().expect("stages");
                    stages.push(json!({ "labeldrop": ["filename"] }));
                }
                jobs.push(job);
            }
        }
        json!({
            "server": { "http_listen_address": "127.0.0.1", "http_listen_port": 0,
                "grpc_listen_address": "127.0.0.1", "grpc_listen_port": 0 },
            "positions": { "filename": self.folder.join("alloy.positions") },
            "clients": [{ "url": format!("{}/loki/api/v1/push", loki().url), "batchwait": "200ms" }],
            "scrape_configs": jobs,
        })
    }

    fn collect(&mut self, program: &str, name: &str, config: &str, external: &[(&str, &str)]) {
        let path = self.folder.join(name);
        std::fs::write(&path, config).expect("writable");
        // Promtail ends with this process's standard input, even when the run is killed.
        let guard = r#""$@" & pid=$!; cat >/dev/null; kill "$pid"; wait "$pid""#;
        let mut command = Command::new("bash");
        command.args(["-c", guard, "promtail", program]);
        command.arg(format!("-config.file={}", path.display()));
        for (label, value) in external {
            command.arg(format!("-client.external-labels={label}={value}"));
        }
        if !external.is_empty() {
            command.arg("-config.expand-env=true");
            command.env("PROMTAIL_PORT", "0");
            command.env(
                "PROMTAIL_POSITIONS",
                self.folder.join(format!("{name}.positions")),
            );
            command.env("LOKI_PUSH_URL", format!("{}/loki/api/v1/push", loki().url));
            command.env("FASTAPI_LOGS", self.folder.join("fastapi/*.log"));
        }
        let log = std::fs::File::create(self.folder.join(format!("{name}.log"))).expect("writable");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log);
        let mut child = command.spawn().expect("bash runs");
        let stdin = child.stdin.take().expect("piped");
        self.collectors.push((child, stdin));
    }

    /// Writes into a file of the site.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Waits for this many entries of a selector, and returns them in order.
    pub fn entries(&self, selector: &str, count: usize) -> Vec<Seen> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let entries = self.entries_now(selector);
            if entries.len() >= count || Instant::now() > deadline {
                assert_eq!(entries.len(), count, "{selector}: {entries:#?}");
                return entries;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn entries_now(&self, selector: &str) -> Vec<Seen> {
        let from = self.minute.as_nanosecond().to_string();
        let to = (Timestamp::now() + 1.hour()).as_nanosecond().to_string();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("query", selector), ("start", &from), ("end", &to)])
            .extend_pairs([("limit", "5000"), ("direction", "forward")])
            .finish();
        let url = format!("{}/loki/api/v1/query_range?{query}", loki().url);
        let response = get(
            &url,
            &[("X-Loki-Response-Encoding-Flags", "categorize-labels")],
        );
        assert_eq!(response.status, 200, "{}", response.text);
        let answer = response.json();
        let streams = answer["data"]["result"].as_array().expect("streams");
        let mut entries: Vec<Seen> = streams.iter().flat_map(seen).collect();
        entries.sort_by_key(|entry| entry.at_ns);
        entries
    }

    /// What `ginkgo query` finds at a site.
    pub fn rows(&self, site: &str, arguments: &[&str]) -> Vec<Value> {
        let settings = self.folder.join(format!("settings-{site}.json"));
        let mut command = Command::new(crate::support::process::ginkgo());
        command.arg("query").args(arguments);
        command.args(["--forward", "--output", "json", "--url", &loki().url]);
        command.arg("--settings").arg(&settings);
        let output = command.output().expect("it runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        answer["frames"][0]["rows"]
            .as_array()
            .expect("rows")
            .clone()
    }
}

/// The settings of a data source on a site's streams.
fn settings(site: &str) -> Value {
    let system = |preset: &str, job: &str| json!({ "preset": preset, "selector": format!("{{{job}, site=\"{site}\"}}") });
    json!({ "systems": [
        system("ginkgo", "job=\"ginkgo\""),
        system("fastapi", "job=\"fastapi\""),
        system("tskv", "job=\"docker\""),
        system("dynamo", "nvidia_com_dynamo_graph_deployment_name=~\".+\""),
    ] })
}

/// A raw file of the repository, written in this minute.
pub fn raw(path: &str, minute: Timestamp) -> String {
    let stamp = |format: &str| minute.strftime(format).to_string();
    let pino = (minute.as_millisecond() + 4000).to_string();
    text(&format!("tests/deploy/raw/{path}"))
        .replace("2026-03-01T12:00", &stamp("%Y-%m-%dT%H:%M"))
        .replace("2026-03-01 12:00", &stamp("%Y-%m-%d %H:%M"))
        .replace("1772366404000", &pino)
}

/// Puts the commented layout of the Promtail file in the place of the one that is on.
fn labels_layout(text: &str) -> String {
    let (before, rest) = text
        .split_once("      # Layout \"metadata\"")
        .expect("it is there");
    let (_, other) = rest.split_once("      # - json:").expect("it is there");
    format!(
        "{before}      - json:{}",
        other.replace("      # ", "      ")
    )
}

fn seen(stream: &Value) -> Vec<Seen> {
    let map = |value: &Value| -> BTreeMap<String, String> {
        let pairs = value.as_object().into_iter().flatten();
        pairs
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            // Loki's own guesses.
            .filter(|(name, _)| !name.starts_with("detected_"))
            .collect()
    };
    let values = stream["values"].as_array().expect("values");
    let entry = |value: &Value| Seen {
        at_ns: value[0]
            .as_str()
            .and_then(|at| at.parse().ok())
            .expect("a time"),
        labels: map(&stream["stream"]),
        metadata: map(&value[2]["structuredMetadata"]),
        line: value[1].as_str().expect("a line").to_owned(),
    };
    values.iter().map(entry).collect()
}

/// Runs the Python snippets, with their packages in an environment of their own.
fn snippets(folder: &Path) -> String {
    let wanted = text("tests/deploy/requirements.txt");
    let home = file("target/testbed/python");
    let stamp = home.join("requirements.txt");
    let python = home.join("bin/python");
    let run = |command: &mut Command| {
        let output = command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {error}");
        String::from_utf8(output.stdout).expect("text")
    };
    if std::fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home));
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ]);
        run(pip.arg(file("tests/deploy/requirements.txt")));
        std::fs::write(&stamp, &wanted).expect("writable");
    }
    let mut command = Command::new(&python);
    command.arg("-B").arg(file("tests/deploy/snippets.py"));
    command.arg(file("")).arg(folder);
    run(&mut command).trim().to_owned()
}
