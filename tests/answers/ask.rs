//! The data sources of the tests, and asking them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use ginkgo_demo::{Layout, System};
use serde_json::{Value, json};

use crate::corpus::{Corpus, END_NS, START_NS, corpus};
use crate::frames::{Answer, Refusal, columns, read};
use crate::query::Query;
use crate::schema::{AUTO, Kind, Place, Schema, added, preset};
use crate::support;

/// What the settings say about the places of the fields in [`placed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nothing: the preset's.
    Auto,
    Label,
    Metadata,
    Line,
    /// Line, metadata, label.
    Reversed,
}

impl Source {
    pub const ALL: [Self; 5] = [
        Self::Auto,
        Self::Label,
        Self::Metadata,
        Self::Line,
        Self::Reversed,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Label => "label",
            Self::Metadata => "metadata",
            Self::Line => "line",
            Self::Reversed => "reversed",
        }
    }

    fn places(self) -> &'static [Place] {
        match self {
            Self::Auto => AUTO,
            Self::Label => &[Place::Label],
            Self::Metadata => &[Place::Metadata],
            Self::Line => &[Place::Line],
            Self::Reversed => &[Place::Line, Place::Metadata, Place::Label],
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Reversed => json!(["line", "metadata", "label"]),
            other => json!(other.name()),
        }
    }
}

/// The fields whose places the settings say.
pub fn placed(system: System, source: Source) -> &'static [&'static str] {
    match system {
        // The runtime's other two are labels of every stream: as metadata they are nowhere.
        System::Dynamo if source == Source::Metadata => &["level", "trace_id", "span_id"],
        System::Ginkgo => &[
            "level",
            "portfolio_id",
            "strategy_id",
            "task_id",
            "trace_id",
        ],
        System::Fastapi => &["level", "trace_id", "span_id"],
        System::Tskv => &[
            "time",
            "level",
            "trace_id",
            "request_id",
            "status_code",
            "path",
        ],
        System::Dynamo => &["level", "trace_id", "span_id", "namespace", "service_name"],
    }
}

/// A data source: a corpus under some settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    pub corpus: &'static str,
    pub source: Source,
}

impl Site {
    /// A layout's corpus.
    pub fn new(layout: Layout, source: Source) -> Self {
        let corpus = corpus(layout).name;
        Self { corpus, source }
    }

    /// The schema of a system here.
    pub fn schema(&self, system: System) -> Schema {
        let mut schema = preset(system);
        if self.source != Source::Auto {
            for field in &mut schema.fields {
                if placed(system, self.source).contains(&field.name) {
                    field.places = self.source.places();
                }
            }
        }
        schema
    }

    /// Makes the data source, once; returns its uid.
    pub fn uid(&self, corpus: &Corpus) -> String {
        static MADE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let uid = format!("answers-{}-{}", self.corpus, self.source.name());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if made.insert(uid.clone()) {
            let systems = System::ALL.map(|system| {
                let mut fields: Vec<Value> = Vec::new();
                for (name, kind, _) in added(system) {
                    let kind = if *kind == Kind::Bool {
                        "bool"
                    } else {
                        "number"
                    };
                    fields.push(json!({ "name": name, "type": kind }));
                }
                if self.source != Source::Auto {
                    let field = |name| json!({ "name": name, "source": self.source.json() });
                    fields.extend(placed(system, self.source).iter().map(field));
                }
                let selector = corpus.selector(system);
                json!({ "preset": system.name(), "selector": selector, "fields": fields })
            });
            support::data_source(&uid, json!({ "systems": systems }));
        }
        uid
    }

    /// Asks a question of the model.
    pub fn ask_json(
        &self,
        corpus: &Corpus,
        model: &Value,
        (from_ns, to_ns): (i64, i64),
        fixed_columns: bool,
    ) -> Result<Answer, Refusal> {
        read(&self.result(corpus, model, (from_ns, to_ns)), fixed_columns)
    }

    /// Asks a question of the model; returns Grafana's JSON of its result.
    pub fn result(&self, corpus: &Corpus, model: &Value, (from_ns, to_ns): (i64, i64)) -> Value {
        let uid = self.uid(corpus);
        let queries = [model.clone()];
        let response = support::host().query(&uid, from_ns, to_ns, &queries);
        assert!(matches!(response.status, 200 | 207), "{response:?}");
        response.json()["results"]["Q0"].clone()
    }

    /// Asks a question that must be answered with one frame, in which Grafana finds nothing wrong;
    /// returns it as it came, and its columns by name.
    pub fn frame(
        &self,
        corpus: &Corpus,
        model: &Value,
        range_ns: (i64, i64),
    ) -> (Value, BTreeMap<String, Vec<Value>>) {
        let result = self.result(corpus, model, range_ns);
        assert_eq!(result["status"], 200, "{model}: {result}");
        assert_eq!(result["checks"], json!([]), "{model}: {result}");
        assert_eq!(
            result["frames"].as_array().map(Vec::len),
            Some(1),
            "{model}"
        );
        let frame = result["frames"][0].clone();
        let columns = columns(&frame).into_iter().collect();
        (frame, columns)
    }

    /// Asks a question.
    pub fn ask(&self, corpus: &Corpus, query: &Query) -> Result<Answer, Refusal> {
        let model = query.json(&corpus.selector(query.system));
        self.ask_json(corpus, &model, range(query), query.columns.is_some())
    }
}

/// The range of a question in nanoseconds.
pub fn range(query: &Query) -> (i64, i64) {
    let at = |ms: i64| START_NS + ms * 1_000_000;
    query
        .range_ms
        .map_or((START_NS, END_NS), |(from, to)| (at(from), at(to)))
}
