//! Any push and any question to the embedded Loki: no panic, and only statuses that Loki has.
#![no_main]

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use ginkgo_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;
use minloki::{Loki, Options, PushLimits, QueryLimits};
use serde_json::json;
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// The second in which all lines lie.
const TIME: i64 = 1_795_961_400_000_000_000;
/// What a Loki answers.
const STATUSES: [u16; 9] = [200, 204, 400, 401, 404, 422, 429, 500, 504];
const PATHS: [&str; 12] = [
    "query_range",
    "query_range",
    "query_range",
    "query",
    "format_query",
    "detected_fields",
    "series",
    "label/job/values",
    "index/stats",
    "index/volume",
    "index/volume_range",
    "detected_labels",
];
const STAGES: [&str; 8] = [
    "",
    " | json",
    " | logfmt",
    " |= \"a\"",
    " | unpack",
    " | decolorize",
    " | line_format \"{{.a}}\"",
    " | a > 1",
];

fuzz_target!(|data: &[u8]| {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else {
        return;
    };
    let router = Loki::new(Options {
        memory_bytes: 1 << 20,
        message_pause: Duration::ZERO,
        query: QueryLimits {
            query_timeout: Duration::from_secs(5),
            ..QueryLimits::default()
        },
        push: PushLimits::unhurried(),
        ..Options::default()
    })
    .router();
    let bytes = &mut Bytes(data);
    if bytes.below(4) == 0 {
        push(&runtime, &router, bytes.0.to_vec());
        return;
    }
    let mut values = Vec::new();
    for number in 0..=bytes.below(4) as i64 {
        let metadata = json!({ bytes.text(): bytes.text() });
        values.push(json!([(TIME + number).to_string(), bytes.text(), metadata]));
    }
    let stream = json!({ "stream": { "job": "x", "a": bytes.text() }, "values": values });
    push(&runtime, &router, json!({ "streams": [stream] }).to_string().into_bytes());

    let path = PATHS[bytes.below(PATHS.len())];
    let query = if bytes.below(2) == 0 {
        bytes.text()
    } else {
        let lines = format!("{{job=\"x\"}}{}{}", STAGES[bytes.below(STAGES.len())], bytes.text());
        let is_metric = bytes.below(2) == 0;
        if is_metric { format!("sum by (a) (count_over_time({lines}[1m]))") } else { lines }
    };
    let name = if path == "series" { "match[]" } else { "query" };
    let (start, end) = ((TIME - 60_000_000_000).to_string(), (TIME + 60_000_000_000).to_string());
    let mut form = format!("{name}={}&start={start}&end={end}&step=10&time={end}", escaped(&query));
    // Some other parameter, in front of which it counts.
    form.insert_str(0, &format!("{}&", escaped(&bytes.text()).replace("%3D", "=")));
    let request = Request::post(format!("/loki/api/v1/{path}"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("X-Loki-Response-Encoding-Flags", ["", "categorize-labels"][bytes.below(2)])
        .body(Body::from(form));
    ask(&runtime, &router, request.expect("a request"));
});

fn push(runtime: &Runtime, router: &Router, body: Vec<u8>) {
    let request = Request::post("/loki/api/v1/push").header("Content-Type", "application/json");
    ask(runtime, router, request.body(Body::from(body)).expect("a request"));
}

fn ask(runtime: &Runtime, router: &Router, request: Request<Body>) {
    let (status, words) = runtime.block_on(async {
        let response = router.clone().oneshot(request).await.expect("never fails");
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        (status, String::from_utf8_lossy(&body).into_owned())
    });
    assert!(STATUSES.contains(&status), "{status} {words}");
    assert!(!words.contains("panic in the embedded Loki"), "{words}");
    if status == 200 && !words.is_empty() {
        serde_json::from_str::<serde_json::Value>(&words).expect("JSON");
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
