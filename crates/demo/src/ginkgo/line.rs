//! One line of the trading framework: nested JSON in the shape of ECS, with a business object.

use jiff::civil::DateTime;

use super::super::catalog::Strategy;
use super::super::dice::{Dice, mix};
use super::super::draft::{Draft, Field, Format, Value, flat, keyed, nested, rfc3339};
use super::super::json::{Dotted, Style};

/// A run.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) task_id: String,
    pub(super) engine_id: String,
    pub(super) portfolio_id: String,
    /// The simulated time.
    pub(super) clock: DateTime,
    pub(super) label: bool,
}

/// Where a line comes from and what it is about.
pub(super) struct Source<'a> {
    pub(super) container: &'a str,
    pub(super) category: &'a str,
    pub(super) level: &'a str,
    pub(super) logger: &'a str,
    pub(super) run: &'a Run,
    pub(super) strategy: Option<&'a Strategy>,
    pub(super) trace: Option<&'a Trace>,
}

/// A trace that several containers share.
pub(super) struct Trace {
    pub(super) id: String,
    pub(super) label: bool,
}

/// A field of the business object.
pub(super) fn business(name: &'static str, value: impl Into<Value>) -> Field {
    nested(name, ["ginkgo", name, ""], value)
}

/// A word for a level as one of the framework's processes spells it.
fn spelled(dice: &mut Dice, level: &str) -> String {
    if dice.chance(0.3) {
        level.to_uppercase()
    } else {
        level.to_owned()
    }
}

/// The processes run different versions of the logger.
fn style(dice: &mut Dice) -> Style {
    Style {
        spaced: dice.chance(0.4),
        ascii: dice.chance(0.4),
        dotted: dice.weighted(&[
            (80, Dotted::Never),
            (14, Dotted::Level),
            (6, Dotted::Always),
        ]),
    }
}

/// Writes a line of the framework.
pub(super) fn line(
    dice: &mut Dice,
    at: i64,
    source: &Source<'_>,
    message: String,
    business_fields: Vec<Field>,
) -> Draft {
    let Source {
        container,
        category,
        run,
        ..
    } = *source;
    let mut fields = vec![
        keyed("time", "@timestamp", rfc3339(at, 6)),
        nested("level", ["log", "level", ""], spelled(dice, source.level)),
        nested("logger", ["log", "logger", ""], source.logger),
        flat("message", message),
        nested(
            "process_pid",
            ["process", "pid", ""],
            12_345 + i64::from(container.ends_with('1')),
        ),
        nested("host_hostname", ["host", "hostname", ""], container),
        nested(
            "container_id",
            ["container", "id", ""],
            format!("docker://{}", short_id(container)),
        ),
        nested(
            "kubernetes_pod_name",
            ["kubernetes", "pod", "name"],
            container,
        ),
        nested(
            "kubernetes_namespace",
            ["kubernetes", "namespace", ""],
            "production",
        ),
    ];
    if dice.chance(0.1) {
        let origin = Value::Object(vec![
            ("file", Value::from("engine.py")),
            ("line", Value::from(dice.between(10, 900))),
            ("function", Value::from("<lambda>")),
        ]);
        fields.push(nested("origin", ["log", "origin", ""], origin));
    }
    if let Some(trace) = source.trace {
        fields.push(nested("trace_id", ["trace", "id", ""], trace.id.as_str()));
        let path = if dice.chance(0.3) {
            ["span", "id", ""]
        } else {
            ["trace", "span_id", ""]
        };
        fields.push(nested("span_id", path, dice.hex(16)));
    }
    fields.push(business("log_category", category));
    fields.push(business("task_id", run.task_id.as_str()));
    fields.push(business("engine_id", run.engine_id.as_str()));
    fields.push(business("portfolio_id", run.portfolio_id.as_str()));
    if let Some(strategy) = source.strategy {
        fields.push(business("strategy_id", strategy.id.as_str()));
    } else if dice.chance(0.2) {
        fields.push(business("strategy_id", Value::Null));
    }
    fields.extend(business_fields);
    let simulated = run.clock.strftime("%Y-%m-%d %H:%M:%S").to_string();
    fields.push(business("business_timestamp", simulated));
    if dice.chance(0.15) {
        let middle = dice.between(1, fields.len() as i64 - 1) as usize;
        fields.rotate_left(middle);
    }
    Draft {
        timestamp_ns: at,
        labels: vec![
            ("job", "ginkgo".to_owned()),
            ("container", container.to_owned()),
            ("log_category", category.to_owned()),
        ],
        site_labels: Vec::new(),
        metadata: Vec::new(),
        fields,
        format: Format::Json(style(dice)),
        precision: 6,
        trace_label: source.trace.is_some_and(|trace| trace.label),
        run_label: run.label,
    }
}

fn short_id(container: &str) -> String {
    let bytes: Vec<u64> = container.bytes().map(u64::from).collect();
    format!("{:012x}", mix(&bytes) & 0xffff_ffff_ffff)
}
