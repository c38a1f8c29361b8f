//! Questions for what can be asked for.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::call::{Call, Unread};
use super::index::{answer, chosen};
use super::logs::{check_entries, log_expression};
use super::{Loki, reply};
use crate::detect;
use crate::query::{Direction, Fault, LogAnswer, LogQuery};
use crate::time::now_ns;

/// The lines that are looked at where nothing is said.
const DEFAULT_LINES: u32 = 100;
/// The fields of an answer where nothing is said, and the values of a field.
const DEFAULT_FIELDS: u32 = 1000;

pub fn routes() -> Router<Arc<Loki>> {
    Router::new()
        .route("/loki/api/v1/detected_labels", get(labels).post(labels))
        .route("/loki/api/v1/detected_fields", get(fields).post(fields))
        .route(
            "/loki/api/v1/detected_field/{name}/values",
            get(values).post(values),
        )
}

async fn labels(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    answer(&loki, request, |loki, call| {
        let range = call.params.range(now_ns())?;
        range.check_length(loki.options.query.max_query_length)?;
        let found = detect::labels(&loki.tenant(call), &chosen(call)?);
        if found.is_empty() {
            return Ok(reply::json(&json!({})));
        }
        let label = |(name, count): (String, usize)| json!({ "label": name, "cardinality": count });
        let labels: Vec<Value> = found.into_iter().map(label).collect();
        Ok(reply::json(&json!({ "detectedLabels": labels })))
    })
    .await
}

async fn fields(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    sampled(&loki, request, |sample, limit| {
        let fields = detect::fields(sample, limit)?;
        Ok((!fields.is_empty()).then(|| json!({ "fields": fields, "limit": limit })))
    })
    .await
}

async fn values(
    State(loki): State<Arc<Loki>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    sampled(&loki, request, move |sample, limit| {
        let values = detect::values(sample, &name, limit)?;
        Ok((!values.is_empty()).then(|| json!({ "limit": limit, "values": values })))
    })
    .await
}

/// Reads a sample of lines and answers by it; `{}` where nothing was found.
async fn sampled(
    loki: &Arc<Loki>,
    request: Request,
    find: impl FnOnce(&LogAnswer, usize) -> Result<Option<Value>, Fault> + Send + 'static,
) -> Response {
    let found = async {
        let call = Call::read(request, &loki.options).await?;
        let (query, limit) = question(loki, &call)?;
        let tenant = loki.tenant(&call);
        let work = loki.work(move |_, deadline, _| {
            let query = LogQuery { deadline, ..query };
            find(&query.run(&tenant)?, limit)
        });
        Ok::<_, Unread>(work.await?)
    };
    match found.await {
        Ok(found) => reply::json(&found.unwrap_or_else(|| json!({}))),
        Err(unread) => unread.into_response(),
    }
}

/// Reads what lines to look at, and how much of what is found to answer.
fn question(loki: &Loki, call: &Call) -> Result<(LogQuery, usize), Fault> {
    let limits = &loki.options.query;
    let range = call.params.range(now_ns())?;
    call.params.step(range, limits)?;
    let lines = call.params.limit("line_limit", DEFAULT_LINES)?;
    let limit = match call.params.get("limit") {
        Some(_) => call.params.limit("limit", DEFAULT_FIELDS)?,
        None => call.params.limit("field_limit", DEFAULT_FIELDS)?,
    };
    let expr = log_expression(loki, call.params.query())?;
    check_entries(lines, limits.max_entries_limit_per_query)?;
    range.check_length(limits.max_query_length)?;
    let query = LogQuery {
        expr,
        start_ns: range.start_ns,
        end_ns: range.end_ns,
        limit: lines as usize,
        direction: Direction::Backward,
        interval_ns: 0,
        categorize: true,
        deadline: Instant::now(),
        message_bytes: u64::MAX,
    };
    Ok((query, limit as usize))
}
