//! The generated logs in Loki: a corpus for each layout, and what is known of each line.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ginkgo_demo::{self as demo, Config, Entry, Layout, System};

use crate::support;

/// The first nanosecond of every corpus, a whole second. Every corpus goes over a full hour, where Loki
/// splits a question.
pub const START_NS: i64 = 1_760_000_100_000_000_000;
/// How long a corpus is.
const MINUTES: i64 = 12;
/// Beyond the end of every corpus.
pub const END_NS: i64 = START_NS + MINUTES * 60_000_000_000;

/// A line as Loki has it, with its truth.
pub struct Line {
    pub ns: i64,
    pub labels: BTreeMap<String, String>,
    pub metadata: BTreeMap<String, String>,
    pub line: String,
    /// What a correct reader gets out of the line.
    pub read: BTreeMap<String, String>,
    /// What the program meant; to pick values from, not to judge by.
    pub meant: BTreeMap<String, String>,
}

/// The logs of the four systems in one layout.
pub struct Corpus {
    pub name: &'static str,
    lines: BTreeMap<System, Vec<Line>>,
}

impl Corpus {
    /// This corpus with what was pushed under its name later.
    pub fn and(mut self, later: Self) -> Self {
        for (system, lines) in later.lines {
            self.lines.get_mut(&system).unwrap().extend(lines);
        }
        self
    }

    /// A system's lines, oldest first.
    pub fn lines(&self, system: System) -> &[Line] {
        &self.lines[&system]
    }

    /// The selector of a system in this corpus.
    pub fn selector(&self, system: System) -> String {
        let own = match system {
            System::Ginkgo => r#"job="ginkgo""#,
            System::Fastapi => r#"job="fastapi""#,
            System::Tskv => r#"job="docker""#,
            System::Dynamo => r#"nvidia_com_dynamo_graph_deployment_name=~".+""#,
        };
        format!(r#"{{{own}, corpus="{}"}}"#, self.name)
    }

    /// Pushes entries under a name.
    pub fn push(name: &'static str, entries: Vec<Entry>) -> Self {
        support::loki().push(&entries, &[("corpus", name)]);
        let mut lines: BTreeMap<System, Vec<Line>> = BTreeMap::new();
        for system in System::ALL {
            lines.insert(system, Vec::new());
        }
        for entry in entries {
            let mut labels = entry.labels;
            labels.insert("corpus".to_owned(), name.to_owned());
            name_service(&mut labels);
            lines.get_mut(&entry.system).unwrap().push(Line {
                ns: entry.timestamp_ns,
                labels,
                metadata: entry.metadata,
                line: entry.line,
                read: entry.truth.line,
                meant: entry.truth.fields,
            });
        }
        Self { name, lines }
    }
}

/// Loki gives a stream without the label `service_name` its own guess, from the first of these
/// labels (`discover_service_name`, its default).
fn name_service(labels: &mut BTreeMap<String, String>) {
    const GUESSED_FROM: [&str; 13] = [
        "service",
        "app",
        "application",
        "app_name",
        "name",
        "app_kubernetes_io_name",
        "container",
        "container_name",
        "k8s_container_name",
        "component",
        "workload",
        "job",
        "k8s_job_name",
    ];
    if !labels.contains_key("service_name") {
        let guess = GUESSED_FROM.iter().find_map(|name| labels.get(*name));
        let guess = guess.map_or("unknown_service", String::as_str).to_owned();
        labels.insert("service_name".to_owned(), guess);
    }
}

/// The configuration of a layout's corpus.
pub fn config(layout: Layout) -> Config {
    Config {
        lines_per_second: 3.0,
        layout,
        mess: 0.1,
        ..Config::new(42, START_NS, END_NS)
    }
}

/// The corpus of a layout, pushed once a run.
pub fn corpus(layout: Layout) -> &'static Corpus {
    static CORPORA: OnceLock<Vec<Corpus>> = OnceLock::new();
    let corpora = CORPORA.get_or_init(|| {
        let layouts = Layout::ALL.into_iter();
        let push = |layout: Layout| {
            let entries = demo::generate(&config(layout)).collect();
            Corpus::push(layout.name(), entries)
        };
        layouts.map(push).collect()
    });
    corpora
        .iter()
        .find(|corpus| corpus.name == layout.name())
        .unwrap()
}
