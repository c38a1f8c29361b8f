//! A proxy before a real Loki that remembers what went through.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::exchange::{Answer, Request};
use crate::kind::kinds;

/// The largest body of either side, bytes.
const MOST_BYTES: usize = 256 << 20;

/// How many requests of one kind and status are remembered, and how large their answers may be: a run of all
/// tests sends a hundred thousand.
const MOST_OF_A_KIND: usize = 300;
const MOST_ANSWER_BYTES: usize = 1 << 20;

/// What went through, with the order in which it began and ended.
#[derive(Debug, Default)]
pub struct Log {
    clock: u64,
    of_kind: BTreeMap<String, usize>,
    /// Everything that ended, in the order of the ends.
    pub seen: Vec<Seen>,
}

/// One exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seen {
    /// When it began and ended, in steps of one clock.
    pub began: u64,
    /// When it ended.
    pub ended: u64,
    /// What it was.
    pub what: What,
}

/// A push or a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum What {
    /// A push, with its body.
    Push(String),
    /// A push whose body is no JSON, or that Loki refused.
    OtherPush,
    /// A question and its answer.
    Asked(Request, Answer),
}

#[derive(Clone)]
struct Shared {
    to: Arc<str>,
    client: reqwest::Client,
    log: Arc<Mutex<Log>>,
}

impl Shared {
    fn tick(&self) -> u64 {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.clock += 1;
        log.clock
    }

    fn remember(&self, began: u64, what: What) {
        let ended = self.tick();
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let What::Asked(request, answer) = &what {
            if answer.body.len() > MOST_ANSWER_BYTES {
                return;
            }
            let mut is_wanted = false;
            for kind in kinds(request) {
                let kind = format!("{} {kind}", answer.status);
                let count = log.of_kind.entry(kind).or_default();
                *count += 1;
                is_wanted |= *count <= MOST_OF_A_KIND;
            }
            if !is_wanted {
                return;
            }
        }
        log.seen.push(Seen { began, ended, what });
    }
}

/// Makes the proxy before the Loki at `to`, an address without a slash at its end.
pub fn router(to: &str, log: Arc<Mutex<Log>>) -> Router {
    let shared = Shared {
        to: to.into(),
        client: reqwest::Client::new(),
        log,
    };
    Router::new().fallback(forward).with_state(shared)
}

async fn forward(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: axum::body::Body,
) -> Response {
    let began = shared.tick();
    let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path_and_query = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = shared
        .client
        .request(method, format!("{}{path_and_query}", shared.to));
    for (name, value) in &headers {
        if is_forwarded(name) {
            request = request.header(name, value);
        }
    }
    // An answer that Loki breaks off is broken off here too.
    let Ok(response) = request.body(body.clone()).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).cloned();
    let Ok(answer) = response.bytes().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    shared.remember(began, seen(&uri, &headers, &body, status, &answer));
    let kind = kind.map(|kind| [(header::CONTENT_TYPE, kind)]);
    match kind {
        Some(kind) => (status, kind, answer).into_response(),
        None => (status, answer).into_response(),
    }
}

fn is_forwarded(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-")
        || [
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
            header::CACHE_CONTROL,
        ]
        .contains(name)
}

fn seen(uri: &Uri, headers: &HeaderMap, body: &Bytes, status: StatusCode, answer: &Bytes) -> What {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if uri.path().ends_with("/push") {
        return match std::str::from_utf8(body) {
            Ok(body) if status.is_success() && text("content-encoding").is_none() => {
                What::Push(body.to_owned())
            }
            _ => What::OtherPush,
        };
    }
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let form = form_urlencoded::parse(body);
    let request = Request {
        path: uri.path().to_owned(),
        params: pairs.into_owned().chain(form.into_owned()).collect(),
        categorize: text("x-loki-response-encoding-flags").is_some(),
        tenant: text("x-scope-orgid").map(ToOwned::to_owned),
    };
    let answer = Answer {
        status: status.as_u16(),
        body: String::from_utf8_lossy(answer).into_owned(),
    };
    What::Asked(request, answer)
}
