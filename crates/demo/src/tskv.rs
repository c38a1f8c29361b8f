//! The Docker Compose services: Python's structlog, with Node services between them.

use super::config::System;
use super::dice::Dice;
use super::draft::{Draft, Field, Format, MS, Program, TraceLabels, Value, flat, keyed, rfc3339};
use super::incident::Weather;
use super::json::{Read, Written};
use super::node;
use super::python::repr;

/// A Python service: name, logger, path, method and what it says.
const SERVICES: [(&str, &str, &str, &str, &str); 6] = [
    (
        "auth",
        "auth.session",
        "/internal/session",
        "POST",
        "Session checked",
    ),
    (
        "auth",
        "auth.session",
        "/internal/session",
        "POST",
        "user 'guest' has no \"admin\" role",
    ),
    (
        "orders",
        "orders.store",
        "/internal/orders",
        "POST",
        "订单已保存 🚀",
    ),
    (
        "orders",
        "orders.store",
        "/internal/orders",
        "POST",
        "stored as C:\\orders\\new.db",
    ),
    (
        "orders",
        "orders.mail",
        "/internal/mail",
        "POST",
        "it's queued:\n\tone mail",
    ),
    (
        "auth",
        "auth.keys",
        "/internal/keys",
        "GET",
        "key \"main\" loaded",
    ),
];

/// Paths of the public service.
const PATHS: [(&str, &str); 4] = [
    ("GET", "/api/v1"),
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/orders"),
    ("DELETE", "/api/v1/cart"),
];

/// The Docker Compose services.
pub(super) struct Tskv {
    weather: Weather,
    traces: TraceLabels,
}

impl Tskv {
    /// The services, from the start of the range.
    pub(super) fn new(start_ns: i64, weather: Weather) -> Self {
        let traces = TraceLabels::new(start_ns);
        Self { weather, traces }
    }
}

/// A request on its way.
pub(super) struct Request {
    pub(super) trace: String,
    pub(super) trace_label: bool,
    id: String,
}

impl Program for Tskv {
    fn act(&mut self, dice: &mut Dice, at_ns: i64) -> Vec<Draft> {
        let mut request = Request {
            trace: dice.uuid(),
            trace_label: self.traces.admit(at_ns),
            id: dice.uuid(),
        };
        if dice.chance(0.02) {
            // Clients choose this header.
            request.id = format!("cli'ent \"{}\"\n{{x|=y}}", dice.hex(4));
        }
        let mut out = Vec::new();
        let mut at = at_ns;
        if dice.chance(0.3) {
            out.push(node::line(dice, at, &request));
            at += dice.between(MS, 20 * MS);
        }
        for _ in 0..dice.between(0, 3) {
            let (service, logger, path, method, event) = *dice.pick(&SERVICES);
            let level = dice.weighted(&[(12, "info"), (5, "debug"), (1, "warning")]);
            let fields = vec![
                flat("method", method),
                flat("path", path),
                flat("cached", dice.chance(0.3)),
                flat("user_id", Value::Null),
                flat("rows", dice.between(0, 500)),
            ];
            let line = request.line(dice, at, (service, logger, level), event, fields);
            if !self.weather.silences_service(System::Tskv, service, at) {
                out.push(line);
            }
            at += dice.between(MS, 90 * MS);
        }
        let calm = [(90, 200), (5, 404), (3, 502), (2, 500)];
        let stormy = [(60, 200), (30, 502), (10, 500)];
        let status = if self.weather.storms(3, at_ns) {
            dice.weighted(&stormy)
        } else {
            dice.weighted(&calm)
        };
        out.push(request.answer(dice, at, status));
        out
    }
}

impl Request {
    fn answer(&self, dice: &mut Dice, at: i64, status: i64) -> Draft {
        let (level, event, failure) = match status {
            502 => ("error", "can't connect", Some("ConnectError")),
            500 => ("error", "Request failed: it's \"odd\"", Some("ValueError")),
            404 => ("warning", "Not found", None),
            _ => ("info", "Request completed", None),
        };
        let (method, path) = *dice.pick(&PATHS);
        let mut fields = vec![
            flat("method", method),
            flat("path", path),
            flat("status_code", status),
            flat("elapsed", dice.decimal(0.001, 2.0, 4)),
        ];
        if let Some(kind) = failure {
            fields.push(flat("error_type", kind));
        }
        self.line(dice, at, ("api", "service", level), event, fields)
    }

    fn line(
        &self,
        dice: &mut Dice,
        at: i64,
        (service, logger, level): (&'static str, &str, &str),
        event: &str,
        fields: Vec<Field>,
    ) -> Draft {
        let mut all = vec![
            keyed("time", "timestamp", rfc3339(at, 6)),
            flat("level", level),
            flat("logger", logger),
            flat("event", event),
        ];
        all.extend(fields);
        all.push(flat("trace_id", self.trace.as_str()));
        if dice.chance(0.9) {
            all.push(flat("request_id", self.id.as_str()));
        }
        Draft {
            timestamp_ns: at,
            labels: labels(service),
            site_labels: Vec::new(),
            metadata: Vec::new(),
            fields: all,
            format: Format::Tskv,
            precision: 6,
            trace_label: self.trace_label,
            run_label: false,
        }
    }
}

/// The labels that the collector gives to a service's container.
pub(super) fn labels(service: &str) -> Vec<(&'static str, String)> {
    vec![
        ("job", "docker".to_owned()),
        ("service", service.to_owned()),
        ("container", format!("shop-{service}-1")),
        ("project", "shop".to_owned()),
    ]
}

/// Writes fields as tagged key-values.
pub(super) fn write(fields: &[Field]) -> Written {
    let mut out = Written::default();
    for field in fields {
        if !out.line.is_empty() {
            out.line.push(' ');
        }
        let key = field.path.first().copied().unwrap_or(field.name);
        out.line.push_str(key);
        out.line.push('=');
        if !out.gaps.is_empty() {
            // Cut here, the pair has an empty value, which is none.
            out.cuts.push(out.line.len());
        }
        let start = out.line.len();
        let text = match &field.value {
            Value::Text(text) => {
                out.line.push_str(&repr(text));
                out.last_text = Some((start + 1, out.line.len() - 1));
                field.value.plain()
            }
            Value::Number(number) => {
                out.line.push_str(number);
                Some(number.clone())
            }
            Value::Bool(value) => {
                let word = if *value { "True" } else { "False" };
                out.line.push_str(word);
                Some(word.to_owned())
            }
            // These services log no objects.
            Value::Null | Value::Object(_) => {
                out.line.push_str("None");
                None
            }
        };
        let end = out.line.len();
        out.gaps.push(end);
        if let Some(text) = text {
            out.read.push(Read {
                name: field.name,
                text,
                end,
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_written_as_structlog_does() {
        let fields = [
            flat("event", "can't \"x\""),
            flat("status_code", 200),
            flat("user", Value::Null),
            flat("cached", true),
            flat("path", "/api"),
        ];
        let written = write(&fields);
        assert_eq!(
            written.line,
            r#"event='can\'t "x"' status_code=200 user=None cached=True path='/api'"#
        );
        let names: Vec<_> = written.read.iter().map(|read| read.name).collect();
        assert_eq!(names, ["event", "status_code", "cached", "path"]);
        let (from, to) = written.last_text.unwrap();
        assert_eq!(written.line.get(from..to), Some("/api"));
    }
}
