//! Lines as they arrive, over a websocket.
//!
//! A tail begins with the newest lines from its start until now, oldest first. Then twice a second it sends
//! what has arrived and is at least `delay_for` old; what has a time in the future waits for it. Each line is
//! a stream of its own in a frame.
//!
//! One of Loki's faults is kept: without a pipeline and without `categorize-labels`, lines that arrive lack
//! their metadata, which those of the beginning have.
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#stream-logs>.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use super::call::{Call, Unread};
use super::logs::expression;
use super::streams::{Categories, Pairs};
use super::{Loki, reply};
use crate::pipeline::{Entry, LabelSet, Pipeline};
use crate::query::{Direction, Fault, LogQuery, Row, matchers};
use crate::store::{Arrivals, Tenant};
use crate::syntax::{Expr, LogExpr};
use crate::time::now_ns;

/// How often is sent what has arrived, and every how many times whether the client is still there is asked.
const BETWEEN_FRAMES: Duration = Duration::from_millis(500);
const FRAMES_BETWEEN_PINGS: u32 = 2;
/// The longest `delay_for`, seconds.
const LONGEST_DELAY: i64 = 5;
/// The lines of the beginning where nothing is said.
const DEFAULT_LIMIT: u32 = 100;
/// The status of a websocket that the server ends for a reason of its own.
const CLOSE_ERROR: u16 = 1011;

pub fn routes() -> Router<Arc<Loki>> {
    Router::new().route("/loki/api/v1/tail", get(tail))
}

/// What is followed.
struct Question {
    expr: Expr,
    start_ns: i64,
    end_ns: i64,
    limit: u32,
    delay_ns: i64,
    categorize: bool,
}

async fn tail(
    State(loki): State<Arc<Loki>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let read = async {
        let call = Call::read(request, &loki.options).await?;
        let question = Question::read(&loki, &call)?;
        Ok::<_, Unread>((loki.store.lasting_tenant(&call.tenant), question))
    };
    let (tenant, question) = match read.await {
        Ok(read) => read,
        Err(unread) => return unread.into_response(),
    };
    match upgrade {
        Ok(upgrade) => upgrade.on_upgrade(move |socket| run(loki, tenant, question, socket)),
        Err(_) => reply::text(400, "Bad Request\n"),
    }
}

impl Question {
    fn read(loki: &Loki, call: &Call) -> Result<Self, Fault> {
        let expr = expression(loki, call.params.query())?;
        let limit = call.params.limit("limit", DEFAULT_LIMIT)?;
        let range = call.params.range(now_ns())?;
        let delay = call.params.number("delay_for")?.unwrap_or(0);
        if delay > LONGEST_DELAY {
            return Err(Fault::bad(format!(
                "delay_for can't be greater than {LONGEST_DELAY}"
            )));
        }
        Ok(Self {
            expr,
            start_ns: range.start_ns,
            end_ns: range.end_ns,
            limit,
            delay_ns: delay.max(0) * 1_000_000_000,
            categorize: call.categorize,
        })
    }
}

async fn run(loki: Arc<Loki>, tenant: Arc<Tenant>, question: Question, mut socket: WebSocket) {
    let reason = match follow(&loki, &tenant, question, &mut socket).await {
        Ok(()) => return,
        Err(Ended::Gone) => return,
        Err(Ended::Because(reason)) => reason,
    };
    let frame = CloseFrame {
        code: CLOSE_ERROR,
        reason: reason.into(),
    };
    // A client that is gone needs no reason.
    let _ = socket.send(Message::Close(Some(frame))).await;
}

/// Why a tail ended.
enum Ended {
    /// The client left.
    Gone,
    /// The server ends it.
    Because(String),
}

impl From<axum::Error> for Ended {
    fn from(_: axum::Error) -> Self {
        Self::Gone
    }
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        Self::Because(match fault {
            Fault::Refused { words, .. } => words,
            Fault::NoAnswer => "the beginning is above the message size".to_owned(),
        })
    }
}

async fn follow(
    loki: &Arc<Loki>,
    tenant: &Arc<Tenant>,
    question: Question,
    socket: &mut WebSocket,
) -> Result<(), Ended> {
    let Expr::Log(expr) = question.expr else {
        return Err(Ended::Because("only log selector is supported".to_owned()));
    };
    let limits = &loki.options.tail;
    let arrivals = tenant.follow(
        matchers(&expr.selector)?,
        limits.max_waiting,
        limits.max_concurrent,
    );
    let arrivals = arrivals.ok_or_else(|| {
        let most = limits.max_concurrent;
        Ended::Because(format!(
            "rpc error: code = Code(400) desc = max concurrent tail requests limit exceeded, count > limit \
             ({} > {most})",
            most + 1
        ))
    })?;
    let query = LogQuery {
        expr: expr.clone(),
        start_ns: question.start_ns,
        end_ns: question.end_ns,
        limit: question.limit as usize,
        direction: Direction::Backward,
        interval_ns: 0,
        categorize: true,
        deadline: Instant::now(),
        message_bytes: u64::MAX,
    };
    let reader = Arc::clone(tenant);
    let beginning = loki.work(move |_, deadline, _| LogQuery { deadline, ..query }.run(&reader));
    let mut rows: Vec<Row> = beginning
        .await?
        .streams
        .into_iter()
        .flat_map(|(_, rows)| rows)
        .collect();
    rows.sort_by_key(|row| row.timestamp_ns);
    let mut live = Live::new(&expr, &arrivals, question.categorize, &rows)?;
    if !rows.is_empty() {
        send(socket, frame(&rows, question.categorize, &[])).await?;
    }
    drop(rows);
    let end = tokio::time::Instant::now() + limits.max_duration;
    let mut ticks = tokio::time::interval(BETWEEN_FRAMES);
    let mut ticked = 0u32;
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
                Some(Ok(_)) => {}
            },
            () = tokio::time::sleep_until(end) => {
                return Err(Ended::Because("reached tail max duration limit".to_owned()));
            }
            _ = ticks.tick() => {
                ticked = ticked.wrapping_add(1);
                if ticked.is_multiple_of(FRAMES_BETWEEN_PINGS) {
                    socket.send(Message::Ping(Vec::new().into())).await?;
                }
                if let Some(text) = live.frame(now_ns().saturating_sub(question.delay_ns)) {
                    send(socket, text).await?;
                }
            }
        }
    }
}

async fn send(socket: &mut WebSocket, text: String) -> Result<(), Ended> {
    Ok(socket.send(Message::Text(text.into())).await?)
}

/// What arrives.
struct Live<'a> {
    arrivals: &'a Arrivals,
    pipeline: Pipeline,
    loses_metadata: bool,
    categorize: bool,
    /// Lines whose time has not come, by it and by their arrival.
    waiting: BTreeMap<(i64, u64), Row>,
    arrived: u64,
    /// Lines that were sent with the beginning and may arrive as well.
    sent: HashSet<(i64, Box<str>, Arc<LabelSet>)>,
}

impl<'a> Live<'a> {
    fn new(
        expr: &LogExpr,
        arrivals: &'a Arrivals,
        categorize: bool,
        beginning: &[Row],
    ) -> Result<Self, Fault> {
        let pipeline = Pipeline::for_lines(&expr.stages);
        let sent = beginning.iter().map(|row| {
            let labels = Arc::clone(&row.labels.stream);
            (row.timestamp_ns, row.line.clone(), labels)
        });
        Ok(Self {
            arrivals,
            pipeline: pipeline.map_err(|error| Fault::bad(error.to_string()))?,
            loses_metadata: expr.stages.is_empty() && !categorize,
            categorize,
            waiting: BTreeMap::new(),
            arrived: 0,
            sent: sent.collect(),
        })
    }

    /// Takes what has arrived and returns a frame of what is not younger than `until_ns`.
    fn frame(&mut self, until_ns: i64) -> Option<String> {
        let arrived = self.arrivals.take();
        for (labels, entry) in arrived.lines {
            let entry = Entry {
                timestamp_ns: entry.timestamp_ns,
                line: &entry.line,
                metadata: &entry.metadata,
            };
            let Some(mut processed) = self.pipeline.process(&labels, &entry) else {
                continue;
            };
            if self.loses_metadata {
                processed.labels.metadata.clear();
            }
            let row = Row {
                timestamp_ns: entry.timestamp_ns,
                line: processed.line.into(),
                labels: processed.labels,
                stream: 0,
                written: (0, 0),
            };
            let key = (
                row.timestamp_ns,
                row.line.clone(),
                Arc::clone(&row.labels.stream),
            );
            if self.sent.remove(&key) {
                continue;
            }
            self.arrived += 1;
            let place = (row.timestamp_ns, self.arrived);
            self.waiting.insert(place, row);
        }
        let later = self.waiting.split_off(&(until_ns.saturating_add(1), 0));
        let due: Vec<Row> = std::mem::replace(&mut self.waiting, later)
            .into_values()
            .collect();
        if due.is_empty() && arrived.dropped.is_empty() {
            return None;
        }
        Some(frame(&due, self.categorize, &arrived.dropped))
    }
}

/// Writes a frame.
fn frame(rows: &[Row], categorize: bool, dropped: &[(Arc<LabelSet>, i64)]) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        streams: Vec<Stream<'a>>,
        #[serde(rename = "encodingFlags", skip_serializing_if = "Option::is_none")]
        flags: Option<[&'a str; 1]>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        dropped_entries: Vec<Dropped<'a>>,
    }
    #[derive(Serialize)]
    struct Stream<'a> {
        stream: serde_json::Value,
        values: [Value<'a>; 1],
    }
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Value<'a> {
        Plain(String, &'a str),
        Categorized(String, &'a str, Categories<'a>),
    }
    #[derive(Serialize)]
    struct Dropped<'a> {
        labels: Pairs<'a>,
        timestamp: String,
    }
    let object = |labels: &LabelSet| serde_json::to_value(Pairs(labels)).unwrap_or_default();
    let stream = |row: &'_ Row| {
        if categorize {
            object(&row.labels.stream)
        } else {
            object(&row.labels.merged())
        }
    };
    let streams = rows.iter().map(|row| {
        let time = row.timestamp_ns.to_string();
        let value = if categorize {
            Value::Categorized(time, &row.line, Categories(row))
        } else {
            Value::Plain(time, &row.line)
        };
        Stream {
            stream: stream(row),
            values: [value],
        }
    });
    let dropped = dropped.iter().map(|(labels, time)| Dropped {
        labels: Pairs(labels),
        timestamp: time.to_string(),
    });
    let frame = Frame {
        streams: streams.collect(),
        flags: categorize.then_some(["categorize-labels"]),
        dropped_entries: dropped.collect(),
    };
    serde_json::to_string(&frame).unwrap_or_default()
}
