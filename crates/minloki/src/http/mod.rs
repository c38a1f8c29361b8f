//! Loki's HTTP API.
//!
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/>.

mod about;
mod call;
mod detect;
mod index;
pub(crate) mod journal;
mod logs;
mod params;
mod reply;
mod streams;
mod tail;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;

use call::Call;

use crate::options::Options;
use crate::push::Writer;
use crate::query::Fault;
use crate::store::{Store, Tenant};
use crate::time::now_ns;

/// An embedded Loki without a socket: [`Loki::router`] answers requests.
#[derive(Debug)]
pub struct Loki {
    options: Options,
    store: Store,
    writer: Writer,
    turns: Arc<Semaphore>,
    answered: Mutex<Answered>,
}

/// How many requests were answered, by method, route and status.
type Answered = BTreeMap<(String, String, u16), u64>;

impl Loki {
    /// An empty one.
    pub fn new(options: Options) -> Arc<Self> {
        Arc::new(Self {
            store: Store::new(options.memory_bytes),
            writer: Writer::new(options.push.clone()),
            turns: Arc::new(Semaphore::new(options.query.max_concurrent.max(1))),
            answered: Mutex::default(),
            options,
        })
    }

    /// Returns about how many bytes its streams and lines take.
    pub fn memory_bytes(&self) -> u64 {
        self.store.taken()
    }

    /// Returns the service that answers requests; a handle to the same lines.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/loki/api/v1/push", post(push))
            .route("/api/prom/push", post(push))
            .merge(logs::routes())
            .merge(detect::routes())
            .merge(index::routes())
            .merge(about::routes())
            .merge(tail::routes())
            .fallback(nothing)
            .layer(CatchPanicLayer::custom(|_| {
                reply::text(500, "panic in the embedded Loki")
            }))
            .layer(CompressionLayer::new())
            .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true))
            .layer(from_fn_with_state(Arc::clone(self), counted))
            .with_state(Arc::clone(self))
    }

    /// Does work that reads lines on a thread of its own, when its turn comes. The work is told until when it
    /// must be done, and how long it waited.
    async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, Instant, Duration) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let begun = Instant::now();
        let deadline = begun + self.options.query.query_timeout;
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = tokio::time::timeout(self.options.query.query_timeout, turn);
        let Ok(Ok(turn)) = turn.await else {
            return Err(Fault::timeout());
        };
        let waited = begun.elapsed();
        let loki = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&loki, deadline, waited)
        });
        match done.await {
            Ok(done) => done,
            Err(error) => Err(Fault::Refused {
                status: 500,
                words: format!("panic in the embedded Loki: {error}"),
            }),
        }
    }

    fn tenant(&self, call: &Call) -> Arc<Tenant> {
        self.store.tenant(&call.tenant)
    }
}

async fn push(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    let (tenant, body) = match call::read_push(request, &loki.options).await {
        Ok(read) => read,
        Err(unread) => return unread.into_response(),
    };
    let written = tokio::task::spawn_blocking(move || {
        loki.writer.push(&loki.store, &tenant, &body, now_ns())
    });
    match written.await {
        Ok(Ok(())) => axum::http::StatusCode::NO_CONTENT.into_response(),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(error) => reply::text(500, format!("panic in the embedded Loki: {error}")),
    }
}

/// Counts answers for `/metrics`, under the names that a real Loki gives its routes.
async fn counted(State(loki): State<Arc<Loki>>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().trim_matches('/');
    let parts = path.split('/').take(8);
    let named = parts.scan("", |before, part| {
        let part = match *before {
            "label" | "detected_field" => "name",
            _ => part,
        };
        *before = part;
        Some(part)
    });
    let route = named.collect::<Vec<_>>().join("_");
    let response = next.run(request).await;
    let status = response.status().as_u16();
    // What nobody serves is one route, whatever its path.
    let route = if status == 404 {
        "other".to_owned()
    } else {
        route
    };
    let mut answered = loki.answered.lock().unwrap_or_else(PoisonError::into_inner);
    *answered.entry((method, route, status)).or_default() += 1;
    response
}

async fn nothing() -> Response {
    reply::text(404, "404 page not found\n")
}
