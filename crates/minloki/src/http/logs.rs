//! Questions for lines and numbers.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::call::{Call, Unread};
use super::{Loki, reply, streams};
use crate::metric::Limits;
use crate::query::{Fault, LogQuery, NumberQuery, When};
use crate::syntax::{Expr, LogExpr, MetricExpr, parse};
use crate::time::{self, now_ns};

/// The lines of an answer where nothing is said.
const DEFAULT_LIMIT: u32 = 100;

pub fn routes() -> Router<Arc<Loki>> {
    Router::new()
        .route("/loki/api/v1/query_range", get(range).post(range))
        .route("/loki/api/v1/query", get(instant).post(instant))
}

async fn range(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    let answer = async {
        let call = Call::read(request, &loki.options).await?;
        Ok::<_, Unread>(answer_range(&loki, &call).await)
    };
    reply_of(&loki, answer.await).await
}

async fn instant(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    let answer = async {
        let call = Call::read(request, &loki.options).await?;
        Ok::<_, Unread>(answer_instant(&loki, &call).await)
    };
    reply_of(&loki, answer.await).await
}

async fn reply_of(loki: &Loki, answer: Result<Result<String, Fault>, Unread>) -> Response {
    match answer {
        Err(unread) => unread.into_response(),
        Ok(Ok(body)) => reply::json_text(body),
        Ok(Err(fault)) => {
            let is_too_large = match &fault {
                Fault::NoAnswer => true,
                Fault::Refused { words, .. } => words.contains("ResourceExhausted"),
            };
            if is_too_large {
                tokio::time::sleep(loki.options.message_pause).await;
            }
            fault.into_response()
        }
    }
}

async fn answer_range(loki: &Arc<Loki>, call: &Call) -> Result<String, Fault> {
    let limits = &loki.options.query;
    let range = call.params.range(now_ns())?;
    let limit = call.params.limit("limit", DEFAULT_LIMIT)?;
    let direction = call.params.direction()?;
    let step_ns = call.params.step(range, limits)?;
    let interval_ns = call.params.interval()?;
    let expr = expression(loki, call.params.query())?;
    match expr {
        Expr::Log(expr) => {
            range.check_length(limits.max_query_length)?;
            check_entries(limit, limits.max_entries_limit_per_query)?;
            let query = LogQuery {
                expr,
                start_ns: range.start_ns,
                end_ns: range.end_ns,
                limit: limit as usize,
                direction,
                interval_ns,
                categorize: call.categorize,
                deadline: Instant::now(),
                message_bytes: loki.options.message_bytes,
            };
            log_answer(loki, call, query).await
        }
        Expr::Metric(expr) => {
            let when = When::Range {
                start_ns: range.start_ns,
                end_ns: range.end_ns,
                step_ns,
            };
            number_answer(loki, call, expr, when).await
        }
    }
}

async fn answer_instant(loki: &Arc<Loki>, call: &Call) -> Result<String, Fault> {
    let now = now_ns();
    let time_ns = match call.params.get("time") {
        Some(text) => time::parse(text).map_err(Fault::bad)?,
        None => now,
    };
    call.params.limit("limit", DEFAULT_LIMIT)?;
    call.params.direction()?;
    match expression(loki, call.params.query())? {
        Expr::Log(_) => Err(Fault::bad(
            "log queries are not supported as an instant query type, please change your query to a range query \
             type",
        )),
        Expr::Metric(expr) => number_answer(loki, call, expr, When::At(time_ns)).await,
    }
}

async fn log_answer(loki: &Arc<Loki>, call: &Call, mut query: LogQuery) -> Result<String, Fault> {
    let tenant = loki.tenant(call);
    loki.work(move |_, deadline, waited| {
        query.deadline = deadline;
        let mut answer = query.run(&tenant)?;
        answer.stats.waited = waited;
        streams::lines(&answer, query.categorize).map_err(|error| internal(&error))
    })
    .await
}

async fn number_answer(
    loki: &Arc<Loki>,
    call: &Call,
    expr: MetricExpr,
    when: When,
) -> Result<String, Fault> {
    let tenant = loki.tenant(call);
    loki.work(move |loki, deadline, waited| {
        let limits = &loki.options.query;
        let query = NumberQuery {
            expr,
            when,
            limits: Limits {
                max_series: limits.max_query_series,
                max_points: limits.max_points,
                max_query_length: limits.max_query_length,
                deadline: Some(deadline),
            },
        };
        let (answer, mut stats) = query.run(&tenant)?;
        stats.waited = waited;
        let time_ns = match when {
            When::At(time_ns) => time_ns,
            When::Range { end_ns, .. } => end_ns,
        };
        streams::numbers(&answer, &stats, time_ns).map_err(|error| internal(&error))
    })
    .await
}

/// Reads an expression.
pub fn expression(loki: &Loki, text: &str) -> Result<Expr, Fault> {
    let most = loki.options.query.max_expression_bytes;
    if text.len() > most {
        let length = text.len();
        return Err(Fault::bad(format!(
            "parse error : input size too long ({length} > {most})"
        )));
    }
    parse(text).map_err(|error| Fault::bad(error.to_string()))
}

/// Reads an expression that must ask for lines.
pub fn log_expression(loki: &Loki, text: &str) -> Result<LogExpr, Fault> {
    match expression(loki, text)? {
        Expr::Log(expr) => Ok(expr),
        Expr::Metric(_) => Err(Fault::bad("only log selector is supported")),
    }
}

/// Holds a limit against the most lines of an answer; 0 is no limit.
pub fn check_entries(limit: u32, most: u32) -> Result<(), Fault> {
    if most == 0 || limit <= most {
        return Ok(());
    }
    Err(Fault::bad(format!(
        "max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {most})"
    )))
}

fn internal(error: &serde_json::Error) -> Fault {
    Fault::Refused {
        status: 500,
        words: error.to_string(),
    }
}
