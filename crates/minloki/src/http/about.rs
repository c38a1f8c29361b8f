//! What a Loki says of itself, and what is asked of no lines.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::call::{Call, Unread, tenant};
use super::index::answer;
use super::logs::expression;
use super::{Loki, reply};
use crate::push::{level, service};
use crate::query::{Fault, matchers, selector};
use crate::syntax::pretty;
use crate::time::{duration_text, now_ns};

/// The Loki whose answers these are, and whose they are not.
pub const VERSION: &str = "3.7.6-minloki";

pub fn routes() -> Router<Arc<Loki>> {
    Router::new()
        .route("/ready", get(async || reply::text(200, "ready\n")))
        .route("/flush", get(flush).post(flush))
        .route("/metrics", get(metrics))
        .route("/loki/api/v1/status/buildinfo", get(build_info))
        .route("/loki/api/v1/drilldown-limits", get(limits))
        .route(
            "/loki/api/v1/format_query",
            get(format_query).post(format_query),
        )
        .route("/loki/api/v1/patterns", get(patterns).post(patterns))
}

/// There is nothing to flush.
async fn flush() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// What the server holds, for whoever watches its memory.
async fn metrics(State(loki): State<Arc<Loki>>) -> Response {
    let bytes = loki.memory_bytes();
    let most = loki.options.memory_bytes;
    let mut counts = String::new();
    let answered = loki.answered.lock().unwrap_or_else(PoisonError::into_inner);
    for ((method, route, status), count) in answered.iter() {
        let labels = format!("method=\"{method}\",route=\"{route}\",status_code=\"{status}\"");
        // Writing to a string cannot fail.
        let _ = writeln!(
            counts,
            "loki_request_duration_seconds_count{{{labels}}} {count}"
        );
    }
    drop(answered);
    reply::text(
        200,
        format!(
            "# HELP minloki_memory_bytes About what streams and lines take.\n\
             # TYPE minloki_memory_bytes gauge\n\
             minloki_memory_bytes {bytes}\n\
             # HELP minloki_memory_limit_bytes What they may take.\n\
             # TYPE minloki_memory_limit_bytes gauge\n\
             minloki_memory_limit_bytes {most}\n\
             # HELP loki_request_duration_seconds_count Requests that were answered.\n\
             # TYPE loki_request_duration_seconds_count counter\n\
             {counts}"
        ),
    )
}

async fn build_info() -> Response {
    reply::json(&json!({
        "version": VERSION,
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    }))
}

/// The limits; a tenant is needed even where nothing else needs one.
async fn limits(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    if let Err(problem) = tenant(request.headers()) {
        return reply::text(401, problem.words() + "\n");
    }
    let (query, push) = (&loki.options.query, &loki.options.push);
    let services: &[&str] = if push.discover_service_name {
        &service::LABELS
    } else {
        &[]
    };
    reply::json(&json!({
        "limits": {
            "discover_log_levels": push.discover_log_levels,
            "discover_service_name": services,
            "log_level_fields": level::FIELDS,
            "max_entries_limit_per_query": query.max_entries_limit_per_query,
            "max_line_size_truncate": false,
            "max_query_bytes_read": "0B",
            "max_query_length": duration_text(query.max_query_length),
            "max_query_lookback": "0s",
            "max_query_range": "0s",
            "max_query_series": query.max_query_series,
            "metric_aggregation_enabled": false,
            "pattern_persistence_enabled": false,
            "query_timeout": duration_text(query.query_timeout),
            "retention_period": "0s",
            "volume_enabled": true,
            "volume_max_series": query.volume_max_series,
        },
        "pattern_ingester_enabled": false,
        "version": VERSION,
    }))
}

/// Writes a query prettily, or says as JSON what is wrong with it.
async fn format_query(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    let formatted = async {
        let call = Call::read_any(request, &loki.options).await?;
        Ok::<_, Unread>(expression(&loki, call.params.query()).map(|expr| pretty(&expr)))
    };
    match formatted.await {
        Err(unread) => unread.into_response(),
        Ok(Ok(text)) => {
            let body = json!({ "status": "success", "data": text });
            reply::json_small(StatusCode::OK, &body)
        }
        Ok(Err(Fault::Refused { words, .. })) => {
            let body = json!({ "status": "invalid-query", "error": words });
            reply::json_small(StatusCode::BAD_REQUEST, &body)
        }
        Ok(Err(fault @ Fault::NoAnswer)) => fault.into_response(),
    }
}

/// Nothing, as of a Loki that has not seen enough lines for a pattern.
async fn patterns(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    answer(&loki, request, |_, call| {
        call.params.range(now_ns())?;
        matchers(&selector(call.params.query())?)?;
        Ok(reply::json(&json!({ "status": "success", "data": [] })))
    })
    .await
}
