//! The test bed: Loki, the plugin host, generated logs, and HTTP to both.

pub mod host;
pub mod loki;
pub mod process;

use std::sync::OnceLock;

use serde_json::{Value, json};

/// Returns the one Loki of this run (default limits).
pub fn loki() -> &'static loki::Loki {
    static LOKI: OnceLock<loki::Loki> = OnceLock::new();
    LOKI.get_or_init(loki::Loki::start)
}

/// Returns the one plugin host of this run.
pub fn host() -> &'static host::Host {
    static HOST: OnceLock<host::Host> = OnceLock::new();
    HOST.get_or_init(|| host::Host::start(&[]))
}

/// Counts a test that this machine lacks something for (`scripts/test.sh` sets the file and reads it).
pub fn skipped(lacks: &str, test: &str, what: &str) {
    let line = format!("{lacks}\t{test}: {what}\n");
    if let Ok(path) = std::env::var("GINKGO_SKIPPED") {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path);
        let written =
            file.and_then(|mut file| std::io::Write::write_all(&mut file, line.as_bytes()));
        written.expect("the file of skipped tests");
    }
}

/// Makes a data source on the shared Loki with these settings; returns its uid.
pub fn data_source(uid: &str, json_data: Value) -> String {
    let mut settings = json!({ "url": loki().url });
    settings["jsonData"] = json_data;
    host().put_data_source(uid, &settings);
    uid.to_owned()
}

/// An HTTP answer, whatever its status.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub text: String,
}

impl Response {
    /// Reads the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(std::time::Duration::from_secs(120)))
        .build()
        .into()
}

/// Sends a GET.
pub fn get(url: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = agent().get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request.call())
}

/// Sends JSON.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &Value) -> Response {
    let agent = agent();
    let mut request = match method {
        "PUT" => agent.put(url),
        _ => agent.post(url),
    };
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request.send_json(body))
}

fn read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Response {
    let mut response = response.expect("the test bed answers");
    let status = response.status().as_u16();
    let limit = 256 << 20;
    let body = response.body_mut().with_config().limit(limit);
    let text = body.read_to_string().expect("the answer is text");
    Response { status, text }
}
