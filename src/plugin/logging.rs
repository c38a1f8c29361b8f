//! The log, as lines of JSON on stderr that go-plugin reads (`parseJSON` in its `log_entry.go`).
//!
//! `@level`, `@message`, `@timestamp`, and every field as a key beside them, those of the enclosing
//! spans included. The SDK's layer is not used because it nests the innermost span as one object, which
//! Grafana's log prints as a Go map, and drops the outer spans; and because it writes values of any
//! length, while go-plugin cuts lines at 64 KiB and no longer reads the pieces as JSON.

use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The variable that Grafana fills from `log_level` in the plugin's section of its configuration.
const LEVEL_VARIABLE: &str = "GF_PLUGIN_LOG_LEVEL";

/// The longest text of one field.
const MOST_FIELD_BYTES: usize = 4096;

/// Keys that the host adds or gives a meaning of its own.
const RESERVED: [&str; 6] = ["timestamp", "level", "logger", "msg", "t", "lvl"];

/// Starts the log: everything of ours from the level in the environment (default info) on, and of
/// the libraries only warnings and errors, since their finer levels may show headers. Panics are
/// logged too.
pub fn init() {
    let variable = std::env::var(LEVEL_VARIABLE).unwrap_or_default();
    let level = level(&variable);
    let ours = level.unwrap_or(LevelFilter::INFO);
    let filter = Targets::new()
        .with_default(ours.min(LevelFilter::WARN))
        .with_target("ginkgo", ours)
        .with_target("gpx_ginkgo", ours);
    let layer = HclogLayer::new(io::stderr()).with_filter(filter);
    // An error means that a log is there already, which is then the right one.
    let _ = tracing_subscriber::registry().with(layer).try_init();
    if level.is_none() && !variable.is_empty() {
        tracing::warn!(
            variable = LEVEL_VARIABLE,
            value = variable,
            "unknown log level, using info"
        );
    }
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        let payload = panic.payload();
        let literal = payload.downcast_ref::<&str>().copied();
        let reason = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        tracing::error!(location, reason, "panic");
    }));
}

/// Reads a level in any case; nothing when it is none.
fn level(text: &str) -> Option<LevelFilter> {
    match text.trim().to_ascii_lowercase().as_str() {
        "trace" => Some(LevelFilter::TRACE),
        "debug" => Some(LevelFilter::DEBUG),
        "info" => Some(LevelFilter::INFO),
        "warn" | "warning" => Some(LevelFilter::WARN),
        "error" => Some(LevelFilter::ERROR),
        _ => None,
    }
}

/// Writes each event as one line of JSON.
struct HclogLayer<W> {
    out: Mutex<W>,
}

impl<W: Write> HclogLayer<W> {
    fn new(out: W) -> Self {
        Self {
            out: Mutex::new(out),
        }
    }
}

impl<S, W> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: Write + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                // From the innermost outwards, and the inner value stands.
                for (key, value) in &outer.values {
                    fields.values.entry(key).or_insert_with(|| value.clone());
                }
            }
        }
        event.record(&mut fields);
        let line = line(*event.metadata().level(), event.metadata().target(), fields);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // One write a line, so that lines stay whole. A log that nobody reads is no reason to fail.
        let _ = out.write_all(line.as_bytes());
    }
}

fn line(level: Level, target: &str, fields: Fields) -> String {
    let level = match level {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    };
    let mut object = Map::new();
    object.insert("@level".to_owned(), level.into());
    object.insert("@message".to_owned(), fields.message.into());
    // go-plugin parses exactly six digits.
    let now = format!("{:.6}", jiff::Timestamp::now());
    object.insert("@timestamp".to_owned(), now.into());
    object.insert("target".to_owned(), target.into());
    object.extend(fields.values);
    let mut line = Value::Object(object).to_string();
    line.push('\n');
    line
}

/// The fields of an event or a span.
#[derive(Debug, Default)]
struct Fields {
    message: String,
    values: Map<String, Value>,
}

impl Fields {
    fn text(&mut self, field: &Field, mut text: String) {
        if text.len() > MOST_FIELD_BYTES {
            let mut ends = (0..=MOST_FIELD_BYTES).rev();
            let end = ends.find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or_default());
            text.push('…');
        }
        // The message must be a string: go-plugin asserts that, and the host dies if it is not.
        if field.name() == "message" {
            self.message = text;
        } else {
            self.insert(field, text.into());
        }
    }

    fn insert(&mut self, field: &Field, value: Value) {
        let mut key = field.name().trim_start_matches('@').to_owned();
        if RESERVED.contains(&key.as_str()) {
            key.push('_');
        }
        self.values.insert(key, value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source {
            let _ = write!(text, ": {error}");
            source = error.source();
        }
        self.text(field, text);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<Vec<u8>>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> Vec<Value> {
        let out = Out::default();
        let subscriber = tracing_subscriber::registry().with(HclogLayer::new(out.clone()));
        tracing::subscriber::with_default(subscriber, work);
        let bytes = out.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn levels_are_read_in_any_case() {
        assert_eq!(level("DEBUG"), Some(LevelFilter::DEBUG));
        assert_eq!(level(" Warning "), Some(LevelFilter::WARN));
        assert_eq!(level("loud"), None);
        assert_eq!(level(""), None);
    }

    #[test]
    fn an_event_is_one_line_with_its_fields_and_those_of_its_spans() {
        let lines = logged(|| {
            let outer = tracing::info_span!("query", ref_id = "A", status = 1);
            let _outer = outer.enter();
            let inner = tracing::info_span!("page", page = 2, ref_id = tracing::field::Empty);
            let _inner = inner.enter();
            inner.record("ref_id", "B");
            tracing::warn!(status = 502, ok = false, "two\nlines");
        });
        let [line] = lines.as_slice() else {
            panic!("{lines:?}");
        };
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "two\nlines");
        assert_eq!(line["status"], 502);
        assert_eq!(line["ok"], false);
        assert_eq!(line["page"], 2);
        assert_eq!(line["ref_id"], "B");
        let timestamp = line["@timestamp"].as_str().unwrap();
        assert_eq!(timestamp.len(), "2026-01-01T00:00:00.000000Z".len());
        assert!(timestamp.ends_with('Z'));
    }

    #[test]
    fn names_and_lengths_that_the_host_cannot_read_are_changed() {
        let lines = logged(|| {
            tracing::info!(timestamp = 5, message = 7);
            tracing::info!(text = "é".repeat(9000), number = f64::NAN, "long");
        });
        assert_eq!(lines[0]["timestamp_"], 5);
        assert!(lines[0]["@message"].is_string());
        assert!(lines[1].to_string().len() < MOST_FIELD_BYTES + 300);
        assert!(lines[1]["number"].is_null());
    }
}
