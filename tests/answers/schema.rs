//! The four systems' fields, written down from the log formats' page: type, role, places.

use ginkgo_demo::System;

/// A field's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Bool,
    Level,
    Time,
    Json,
}

/// A place of a value; all places of a field have the field's name in these logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Label,
    Metadata,
    Line,
}

use Kind::{Bool, Json, Level, Number, Text, Time};
use Place::{Label, Line, Metadata};

/// Label, metadata, line.
pub const AUTO: &[Place] = &[Label, Metadata, Line];

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub role: &'static str,
    pub places: &'static [Place],
}

/// A system's fields: those of the preset, and those that the tests' settings add.
#[derive(Debug, Clone)]
pub struct Schema {
    pub system: System,
    pub fields: Vec<Field>,
}

impl Schema {
    /// The field of this name; a name outside the schema is a text from anywhere, a name that can be
    /// no label is in the line only.
    pub fn field(&self, name: &'static str) -> Field {
        let known = self.fields.iter().find(|field| field.name == name);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        known.cloned().unwrap_or(Field {
            name,
            kind: Text,
            role: "",
            places: if name.chars().all(is_word) {
                AUTO
            } else {
                &[Line]
            },
        })
    }

    /// The field with this role.
    pub fn role(&self, role: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.role == role)
    }

    /// The fields that have a role.
    pub fn role_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.role.is_empty())
    }
}

/// The system's fields as its preset has them, plus [`added`].
pub fn preset(system: System) -> Schema {
    let rows = match system {
        System::Ginkgo => GINKGO,
        System::Fastapi => FASTAPI,
        System::Tskv => TSKV,
        System::Dynamo => DYNAMO,
    };
    let own = rows.iter().chain(added(system));
    let fields = own.map(|(name, kind, role)| Field {
        name,
        kind: *kind,
        role,
        places: match (system, *name) {
            (System::Ginkgo, "container") => &[Label, Metadata],
            (System::Fastapi, "service_name") => &[Line, Metadata, Label],
            _ => AUTO,
        },
    });
    let fields = fields.collect();
    Schema { system, fields }
}

type Row = (&'static str, Kind, &'static str);

/// Fields that no preset has, which the data sources of these tests define.
pub fn added(system: System) -> &'static [Row] {
    match system {
        System::Fastapi => &[("cached", Bool, ""), ("duration_ms", Number, "")],
        System::Tskv => &[
            ("cached", Bool, ""),
            ("rows", Number, ""),
            ("elapsed", Number, ""),
        ],
        System::Ginkgo | System::Dynamo => &[],
    }
}

const GINKGO: &[Row] = &[
    ("time", Time, "time"),
    ("level", Level, "level"),
    ("message", Text, "message"),
    ("trace_id", Text, "trace"),
    ("span_id", Text, "span"),
    ("portfolio_id", Text, "portfolio"),
    ("strategy_id", Text, "strategy"),
    ("task_id", Text, "run"),
    ("container", Text, "service"),
    ("component_name", Text, "component"),
    ("event_type", Text, "event"),
    ("symbol", Text, "symbol"),
    ("duration_ms", Number, "duration"),
    ("error_type", Text, "error_type"),
    ("business_timestamp", Time, "business_time"),
    ("log_category", Text, ""),
    ("engine_id", Text, ""),
    ("direction", Text, ""),
    ("origin", Json, ""),
    ("error_message", Text, ""),
    ("host_hostname", Text, ""),
    ("kubernetes_pod_name", Text, ""),
    ("price", Number, ""),
    ("volume", Number, ""),
    ("signal_volume", Number, ""),
    ("transaction_price", Number, ""),
    ("commission", Number, ""),
    ("slippage", Number, ""),
    ("limit_price", Number, ""),
    ("position_volume", Number, ""),
    ("total_value", Number, ""),
    ("drawdown", Number, ""),
    ("pnl", Number, ""),
    ("memory_mb", Number, ""),
    ("throughput", Number, ""),
    ("risk_limit_value", Number, ""),
    ("order_id", Text, ""),
    ("broker_order_id", Text, ""),
    ("reject_reason", Text, ""),
    ("risk_type", Text, ""),
    ("error_code", Text, ""),
    ("function_name", Text, ""),
    ("strategy_name", Text, ""),
];

const FASTAPI: &[Row] = &[
    ("time", Time, "time"),
    ("level", Level, "level"),
    ("message", Text, "message"),
    ("trace_id", Text, "trace"),
    ("span_id", Text, "span"),
    ("service_name", Text, "service"),
    ("logger_name", Text, "component"),
    ("error_type", Text, "error_type"),
    ("status_code", Number, "status"),
    ("method", Text, ""),
    ("endpoint", Text, ""),
    ("job", Text, ""),
    ("service", Text, ""),
];

const TSKV: &[Row] = &[
    ("time", Time, "time"),
    ("level", Level, "level"),
    ("event", Text, "message"),
    ("trace_id", Text, "trace"),
    ("service", Text, "service"),
    ("logger", Text, "component"),
    ("error_type", Text, "error_type"),
    ("status_code", Number, "status"),
    ("request_id", Text, "request"),
    ("method", Text, ""),
    ("path", Text, ""),
    ("container", Text, ""),
    ("project", Text, ""),
];

const DYNAMO: &[Row] = &[
    ("time", Time, "time"),
    ("level", Level, "level"),
    ("message", Text, "message"),
    ("trace_id", Text, "trace"),
    ("span_id", Text, "span"),
    ("parent_id", Text, "parent_span"),
    ("nvidia_com_dynamo_component_type", Text, "service"),
    ("component", Text, "component"),
    ("span_name", Text, "event"),
    ("duration_us", Number, "duration"),
    ("x_request_id", Text, "request"),
    ("busy_us", Number, ""),
    ("idle_us", Number, ""),
    ("target", Text, ""),
    ("file", Text, ""),
    ("line", Number, ""),
    ("endpoint", Text, ""),
    ("uri", Text, ""),
    ("namespace", Text, ""),
    ("nvidia_com_dynamo_graph_deployment_name", Text, ""),
    ("app_kubernetes_io_name", Text, ""),
    ("pod", Text, ""),
    ("service_name", Text, ""),
];
