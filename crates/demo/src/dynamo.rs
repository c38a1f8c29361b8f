//! The inference runtime: requests as nested spans over the components of two deployments.

use super::dice::Dice;
use super::draft::{Draft, Field, Format, Program, TraceLabels, flat, keyed, rfc3339};
use super::incident::Weather;
use super::json::Style;
use super::spans::{Component, Span, request};

/// The deployments.
const DEPLOYMENTS: [&str; 2] = ["llama-disagg", "qwen-disagg"];

/// The inference runtime.
pub(super) struct Dynamo {
    weather: Weather,
    traces: TraceLabels,
}

/// A request on its way.
struct Request {
    deployment: &'static str,
    trace: String,
    trace_label: bool,
    x_request_id: Option<String>,
    pod: &'static str,
}

impl Dynamo {
    /// The runtime, from the start of the range.
    pub(super) fn new(start_ns: i64, weather: Weather) -> Self {
        let traces = TraceLabels::new(start_ns);
        Self { weather, traces }
    }
}

impl Program for Dynamo {
    fn act(&mut self, dice: &mut Dice, at_ns: i64) -> Vec<Draft> {
        let id = if dice.chance(0.03) {
            // Clients choose this header.
            format!("req \"{}\" {{a|b}} \\d+ `{}`", dice.hex(2), dice.hex(2))
        } else {
            dice.uuid()
        };
        let request_of = Request {
            deployment: dice.pick::<&str>(&DEPLOYMENTS),
            trace: dice.hex(32),
            trace_label: self.traces.admit(at_ns),
            x_request_id: dice.chance(0.8).then_some(id),
            pod: dice.pick::<&str>(&["7d9f8-x2x4k", "7d9f8-q8zlw"]),
        };
        // Rounded up: the first line is not before the time asked for.
        let spans = request(dice, at_ns / 1000 + 1);
        let failure = if self.weather.storms(4, at_ns) {
            0.4
        } else {
            0.03
        };
        let failed = dice.chance(failure);
        let mut out = Vec::new();
        for span in &spans {
            request_of.span(dice, span, failed, &mut out);
        }
        out
    }
}

impl Component {
    /// The component's type, as the deployment's labels have it.
    fn kind(self) -> &'static str {
        match self {
            Self::Frontend => "frontend",
            Self::Router => "router",
            Self::Prefill => "prefill",
            Self::Decode => "decode",
        }
    }

    /// The component's name, as the runtime calls it; the front end has none.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Frontend => None,
            Self::Router => Some("router"),
            Self::Prefill => Some("prefill"),
            Self::Decode => Some("backend"),
        }
    }

    /// File, line and target of the component's code.
    fn code(self) -> (&'static str, i64, &'static str) {
        match self {
            Self::Frontend => (
                "/opt/dynamo/lib/llm/src/http/service/openai.rs",
                512,
                "dynamo_llm::http::service::openai",
            ),
            Self::Router => (
                "/opt/dynamo/lib/llm/src/kv_router/prefill_router.rs",
                232,
                "dynamo_llm::kv_router::prefill_router",
            ),
            Self::Prefill | Self::Decode => (
                "/workspace/lib/runtime/src/pipeline/network/ingress/push_endpoint.rs",
                108,
                "dynamo_runtime::pipeline::network::ingress::push_endpoint",
            ),
        }
    }

    /// What the component says in the course of its work.
    fn says(self) -> &'static [&'static str] {
        match self {
            Self::Frontend => &["request accepted", "streaming {\"delta\"} chunks to client"],
            Self::Router => &[
                "Prefill succeeded, using disaggregated params for decode",
                "selected worker by kv overlap",
            ],
            Self::Prefill => &["prompt 已缓存", "prefill batch scheduled"],
            Self::Decode => &["first token ✓", "kv blocks allocated"],
        }
    }
}

impl Request {
    /// Everything that a span writes: its start, what is said inside, its end.
    fn span(&self, dice: &mut Dice, span: &Span, failed: bool, out: &mut Vec<Draft>) {
        let level = if span.parent.is_none() {
            "INFO"
        } else {
            "DEBUG"
        };
        out.push(self.line(
            dice,
            span,
            span.start_us,
            level,
            "SPAN_FIRST_ENTRY",
            Vec::new(),
        ));
        let middle = span.start_us + span.duration_us() / 2;
        if failed && matches!(span.component, Component::Decode | Component::Frontend) {
            let (level, message) = dice.weighted(&[
                (3, ("ERROR", "worker did not answer: \"deadline exceeded\"")),
                (2, ("ERROR", "out of kv blocks")),
                (2, ("WARN", "request migrated to another worker")),
            ]);
            out.push(self.line(dice, span, middle, level, message, Vec::new()));
        } else if dice.chance(0.5) {
            let level = dice.weighted(&[(5, "DEBUG"), (4, "INFO"), (1, "TRACE")]);
            let message = *dice.pick(span.component.says());
            out.push(self.line(dice, span, middle, level, message, Vec::new()));
        }
        let duration = span.duration_us();
        let busy = dice.between(1, (duration / 3).max(1));
        let times = vec![
            keyed("busy_us", "time.busy_us", busy),
            keyed("duration_us", "time.duration_us", duration),
            keyed("idle_us", "time.idle_us", duration - busy),
        ];
        out.push(self.line(dice, span, span.end_us, level, "SPAN_CLOSED", times));
    }

    fn line(
        &self,
        dice: &mut Dice,
        span: &Span,
        at_us: i64,
        level: &str,
        message: &str,
        times: Vec<Field>,
    ) -> Draft {
        // The collector reads the line within its microsecond.
        let timestamp_ns = at_us * 1000 + dice.between(0, 999);
        let fields = self.fields(dice, span, timestamp_ns, (level, message), times);
        let kind = span.component.kind();
        let service = format!("{}-{kind}", self.deployment);
        Draft {
            timestamp_ns,
            labels: vec![
                ("namespace", "inference".to_owned()),
                (
                    "nvidia_com_dynamo_graph_deployment_name",
                    self.deployment.to_owned(),
                ),
                ("nvidia_com_dynamo_component_type", kind.to_owned()),
                ("app_kubernetes_io_name", service.clone()),
                ("container", "main".to_owned()),
                ("job", format!("inference/{service}")),
            ],
            site_labels: vec![
                ("service_name", service.clone()),
                ("service_namespace", "inference".to_owned()),
            ],
            metadata: vec![("pod", format!("{service}-{}", self.pod))],
            fields,
            format: Format::Json(Style::PLAIN),
            precision: 6,
            trace_label: self.trace_label,
            run_label: false,
        }
    }

    fn fields(
        &self,
        dice: &mut Dice,
        span: &Span,
        timestamp_ns: i64,
        (level, message): (&str, &str),
        times: Vec<Field>,
    ) -> Vec<Field> {
        let (file, line, target) = span.component.code();
        let mut fields = vec![
            keyed("time", "time", rfc3339(timestamp_ns, 6)),
            flat("level", level),
        ];
        if dice.chance(0.06) {
            // Lines that come through the `log` crate bring their place under its keys.
            fields.push(keyed("file", "log.file", file));
            fields.push(keyed("line", "log.line", line));
            fields.push(flat("target", "log"));
        } else {
            fields.push(flat("file", file));
            fields.push(flat("line", line));
            fields.push(flat("target", target));
        }
        fields.push(flat("message", message));
        if let Some(component) = span.component.name() {
            fields.push(flat("component", component));
            fields.push(flat("endpoint", "generate"));
        } else {
            fields.push(flat("method", "POST"));
        }
        if span.component.name().is_some() {
            fields.push(flat("namespace", "dynamo"));
        }
        let is_event = message.starts_with("SPAN_");
        if let (true, Some(parent)) = (is_event, &span.parent) {
            fields.push(flat("parent_id", parent.as_str()));
        }
        fields.push(flat("span_id", span.id.as_str()));
        fields.push(flat("span_name", span.name));
        fields.extend(times);
        fields.push(flat("trace_id", self.trace.as_str()));
        if span.component.name().is_none() {
            fields.push(flat("uri", "/v1/chat/completions"));
            fields.push(flat("version", "HTTP/1.1"));
        }
        if let Some(id) = &self.x_request_id {
            fields.push(flat("x_request_id", id.as_str()));
        }
        fields
    }
}
