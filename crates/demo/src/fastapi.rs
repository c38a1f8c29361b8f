//! The web service: requests over several services, in one trace each.

use super::config::System;
use super::dice::Dice;
use super::draft::{Draft, Field, Format, MS, Program, TraceLabels, Value, flat, keyed, rfc3339};
use super::incident::Weather;
use super::json::Style;
use super::phrases::ERRORS;

/// The services behind the edge, with what they say.
const BACKENDS: [(&str, &str, &str); 3] = [
    ("aichemol-auth", "auth.tokens", "token checked"),
    ("aichemol-compute", "compute.docking", "docking 完成"),
    ("aichemol-search", "search.index", "index searched"),
];

/// Methods and endpoints of the edge.
const ENDPOINTS: [(&str, &str); 6] = [
    ("GET", "/api/health"),
    ("GET", "/api/molecules"),
    ("POST", "/api/molecules/search"),
    ("POST", "/api/jobs"),
    ("GET", "/api/jobs/{job_id}"),
    ("DELETE", "/api/jobs/{job_id}"),
];

/// The service that users talk to.
const EDGE: &str = "aichemol-backend";

/// The web service.
pub(super) struct Fastapi {
    weather: Weather,
    traces: TraceLabels,
}

/// A request on its way.
struct Request {
    weather: Weather,
    trace: String,
    trace_label: bool,
    method: &'static str,
    endpoint: &'static str,
    style: Style,
}

impl Fastapi {
    /// The service, from the start of the range.
    pub(super) fn new(start_ns: i64, weather: Weather) -> Self {
        let traces = TraceLabels::new(start_ns);
        Self { weather, traces }
    }
}

impl Program for Fastapi {
    fn act(&mut self, dice: &mut Dice, at_ns: i64) -> Vec<Draft> {
        let (method, endpoint) = *dice.pick(&ENDPOINTS);
        let request = Request {
            weather: self.weather,
            trace: dice.hex(32),
            trace_label: self.traces.admit(at_ns),
            method,
            endpoint,
            style: Style {
                spaced: dice.chance(0.5),
                ascii: dice.chance(0.5),
                ..Style::PLAIN
            },
        };
        let calm = [(88, 200), (3, 201), (4, 404), (2, 422), (1, 401), (2, 500)];
        let stormy = [(60, 200), (15, 500), (12, 502), (13, 503)];
        let status = if self.weather.storms(2, at_ns) {
            dice.weighted(&stormy)
        } else {
            dice.weighted(&calm)
        };
        let mut out = Vec::new();
        let mut at = at_ns;
        if endpoint != "/api/health" {
            at = request.backends(dice, at, &mut out);
        }
        at += dice.between(MS, 400 * MS);
        request.answer(dice, at_ns, at, status, &mut out);
        out
    }
}

impl Request {
    /// What the services behind the edge write; gives the time when they are done.
    fn backends(&self, dice: &mut Dice, at: i64, out: &mut Vec<Draft>) -> i64 {
        let level = dice.weighted(&[(9, "info"), (1, "debug")]);
        // structlog calls its message `event`.
        let begun = keyed("message", "event", "request started");
        let fields = vec![
            begun,
            flat("method", self.method),
            flat("endpoint", self.endpoint),
        ];
        out.push(self.line(dice, at, (EDGE, "app.middleware", level), fields));
        let mut at = at;
        for (service, logger, text) in BACKENDS {
            if dice.chance(0.4) {
                continue;
            }
            at += dice.between(MS, 80 * MS);
            let is_silent = self.weather.silences_service(System::Fastapi, service, at);
            let level = dice.weighted(&[(16, "info"), (6, "debug"), (1, "warning")]);
            let key = if dice.chance(0.5) { "event" } else { "message" };
            let fields = vec![
                keyed("message", key, text),
                flat("error_type", Value::Null),
                flat("cached", dice.chance(0.3)),
            ];
            let line = self.line(dice, at, (service, logger, level), fields);
            if !is_silent {
                out.push(line);
            }
        }
        at
    }

    /// The access line, behind an error line if something went wrong.
    fn answer(&self, dice: &mut Dice, begun: i64, at: i64, status: i64, out: &mut Vec<Draft>) {
        let level = match status {
            500.. => "error",
            400.. => "warning",
            _ => "info",
        };
        let mut failure = Value::Null;
        if status >= 500 {
            let (kind, text) = *dice.pick(&ERRORS);
            failure = Value::from(kind);
            let fields = vec![
                keyed("message", "event", format!("unhandled error: {text}")),
                flat("error_type", kind),
                flat("endpoint", self.endpoint),
            ];
            let before = at - dice.between(10_000, MS / 2);
            out.push(self.line(dice, before, (EDGE, "app.errors", level), fields));
        }
        let message = format!("{} {} {status}", self.method, self.endpoint);
        let took = (at - begun) as f64 / MS as f64;
        let mut fields = vec![
            flat("message", message),
            flat("method", self.method),
            flat("endpoint", self.endpoint),
            flat("status_code", status),
            flat("duration_ms", (took * 100.0).round() / 100.0),
        ];
        if status >= 500 || dice.chance(0.1) {
            fields.push(flat("error_type", failure));
        }
        out.push(self.line(dice, at, (EDGE, "uvicorn.access", level), fields));
    }

    fn line(
        &self,
        dice: &mut Dice,
        at: i64,
        (service, logger, level): (&str, &str, &str),
        fields: Vec<Field>,
    ) -> Draft {
        let mut all = vec![
            keyed("time", "timestamp", rfc3339(at, 3)),
            flat("level", level),
            flat("logger_name", logger),
        ];
        let tail = [
            flat("service_name", service),
            flat("trace_id", self.trace.as_str()),
            flat("span_id", dice.hex(16)),
        ];
        all.extend(fields);
        all.extend(tail);
        Draft {
            timestamp_ns: at,
            labels: vec![
                ("job", "fastapi".to_owned()),
                ("service", service.replace("aichemol-", "")),
            ],
            site_labels: Vec::new(),
            metadata: Vec::new(),
            fields: all,
            format: Format::Json(self.style),
            precision: 3,
            trace_label: self.trace_label,
            run_label: false,
        }
    }
}
