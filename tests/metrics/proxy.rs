//! A proxy before the real Loki: what was asked, and faults where a test wants them.

use std::sync::{Arc, OnceLock};

use ginkgo_demo::System;
use serde_json::{Value, json};

use crate::corpus::Corpus;
use crate::fake::{Act, Fake, Seen, reply};
use crate::support;

/// A data source on the proxy.
pub struct Proxy {
    pub uid: String,
    fake: Fake,
}

type Fault = dyn Fn(&Seen) -> Option<Act> + Send + Sync;

impl Proxy {
    /// Makes a data source over a corpus of the shared Loki.
    pub fn new(uid: &str, name: &str, corpus: &Corpus) -> Self {
        Self::with_faults(uid, name, corpus, &support::loki().url, |_| None)
    }

    /// Likewise, on some Loki; `fault` answers a request instead of it.
    pub fn with_faults(
        uid: &str,
        name: &str,
        corpus: &Corpus,
        loki: &str,
        fault: impl Fn(&Seen) -> Option<Act> + Send + Sync + 'static,
    ) -> Self {
        assert_eq!(name, corpus.name);
        let url = loki.to_owned();
        let fault: Arc<Fault> = Arc::new(fault);
        let fake = Fake::start(move |seen| fault(seen).unwrap_or_else(|| forward(&url, seen)));
        let systems = System::ALL
            .map(|system| json!({ "preset": system.name(), "selector": corpus.selector(system) }));
        let settings = json!({ "url": fake.url, "jsonData": { "systems": systems } });
        support::host().put_data_source(uid, &settings);
        Self {
            uid: uid.to_owned(),
            fake,
        }
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.fake.seen()
    }

    /// The queries so far, without probes.
    pub fn queries(&self) -> Vec<Seen> {
        let mut seen = self.fake.seen();
        seen.retain(is_query);
        seen
    }
}

/// Whether a request is a query, and no probe.
pub fn is_query(seen: &Seen) -> bool {
    seen.path.ends_with("/query_range") || seen.path.ends_with("/query")
}

/// Asks the real Loki the same.
fn forward(url: &str, seen: &Seen) -> Act {
    static AGENT: OnceLock<ureq::Agent> = OnceLock::new();
    let agent = AGENT.get_or_init(|| {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        config.build().into()
    });
    let mut request = agent.post(format!("{url}{}", seen.path));
    for (name, value) in &seen.headers {
        if name.starts_with("x-") {
            request = request.header(name, value);
        }
    }
    let form = seen
        .form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let answer = if seen.method == "GET" {
        let mut get = agent.get(format!("{url}{}", seen.path));
        for (name, value) in form {
            get = get.query(name, value);
        }
        get.call()
    } else {
        request.send_form(form)
    };
    let Ok(mut answer) = answer else {
        return Act::Reset;
    };
    let status = answer.status().as_u16();
    let kind = answer
        .headers()
        .get("content-type")
        .and_then(|kind| kind.to_str().ok());
    let kind = format!("content-type: {}\r\n", kind.unwrap_or("text/plain"));
    let body = answer
        .body_mut()
        .with_config()
        .limit(256 << 20)
        .read_to_vec();
    let body = body.expect("an answer");
    Act::Write(reply(&format!("{status} Status"), &kind, &body))
}

/// The body of a Loki's answer that says no more than this.
pub fn said(status: &str, text: &str) -> Act {
    Act::status(status, "content-type: text/plain\r\n", text)
}

/// A matrix, as Loki answers it.
pub fn matrix(result: &[Value]) -> Value {
    json!({ "status": "success", "data": { "resultType": "matrix", "result": result, "stats": {} } })
}
