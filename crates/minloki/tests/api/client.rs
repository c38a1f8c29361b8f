//! Who asks.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use minloki::{Loki, Options, PushLimits};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Some time in 2026, ns: ten minutes past a full hour.
pub const T: i64 = 1_795_961_400_000_000_000;
pub const SECOND: i64 = 1_000_000_000;

/// Asks for metadata and parsed labels apart from those of the stream.
pub const CATEGORIZE: (&str, &str) = ("X-Loki-Response-Encoding-Flags", "categorize-labels");

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).trim_end().to_owned()
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and words.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.text())
    }

    /// Streams as `{labels}: line line …`, without `service_name` and `detected_level`.
    pub fn lines(&self) -> Vec<String> {
        let answer = self.json();
        let streams = answer["data"]["result"].as_array().unwrap();
        let stream = |stream: &Value| {
            let labels = stream["stream"].as_object().unwrap().iter();
            let labels =
                labels.filter(|(n, _)| !["service_name", "detected_level"].contains(&n.as_str()));
            let labels: Vec<String> = labels
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
                .collect();
            let values = stream["values"].as_array().unwrap().iter();
            let lines: Vec<&str> = values.map(|value| value[1].as_str().unwrap()).collect();
            format!("{}: {}", labels.join(","), lines.join(" "))
        };
        streams.iter().map(stream).collect()
    }
}

/// A Loki and who asks it.
#[derive(Clone)]
pub struct Client {
    pub loki: Arc<Loki>,
    pub router: Router,
}

impl Client {
    pub fn new(options: Options) -> Self {
        let loki = Loki::new(options);
        let router = loki.router();
        Self { loki, router }
    }

    /// One without limits on the speed of writing.
    pub fn unhurried() -> Self {
        Self::new(Options {
            push: PushLimits::unhurried(),
            ..Options::default()
        })
    }

    /// One that adds nothing to what is written.
    pub fn plain() -> Self {
        Self::new(Options {
            push: PushLimits {
                discover_log_levels: false,
                discover_service_name: false,
                ..PushLimits::unhurried()
            },
            ..Options::default()
        })
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let kind = head.headers.get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        Answer {
            status: head.status.as_u16(),
            kind,
            body: body.map(|body| body.to_vec()).unwrap_or_default(),
        }
    }

    pub async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        self.get_with(path, parameters, &[]).await
    }

    pub async fn get_with(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::get(address(path, parameters));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Lines around [`T`], `parameters` beside the query and the range.
    pub async fn query(&self, query: &str, parameters: &[(&str, &str)]) -> Answer {
        self.query_with(query, parameters, &[]).await
    }

    pub async fn query_with(
        &self,
        query: &str,
        parameters: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let (start, end) = (
            (T - 600 * SECOND).to_string(),
            (T + 600 * SECOND).to_string(),
        );
        let mut all = vec![("query", query)];
        all.extend(parameters);
        for (name, value) in [("start", &start), ("end", &end)] {
            if !parameters.iter().any(|(known, _)| *known == name) {
                all.push((name, value));
            }
        }
        self.get_with("/loki/api/v1/query_range", &all, headers)
            .await
    }

    /// Parameters as a form in the body.
    pub async fn post(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let form = address("", parameters).trim_start_matches('?').to_owned();
        let request =
            Request::post(path).header("Content-Type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    pub async fn push_body(&self, body: impl Into<Body>) -> Answer {
        let request = Request::post("/loki/api/v1/push").header("Content-Type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Writes lines of one stream: times after [`T`] in ns, lines, metadata.
    pub async fn push(&self, labels: Value, lines: &[(i64, &str, Value)]) {
        let values: Vec<Value> = lines
            .iter()
            .map(|(time, line, metadata)| json!([(T + time).to_string(), line, metadata]))
            .collect();
        let body = json!({ "streams": [{ "stream": labels, "values": values }] });
        let answer = self.push_body(body.to_string()).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}

/// Writes an address with its parameters.
pub fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let byte = |byte: u8| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        };
        text.bytes().map(byte).collect::<String>()
    };
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

/// No metadata.
pub fn none() -> Value {
    json!({})
}
