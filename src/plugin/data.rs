//! `pluginv2.Data`: a batch of queries, each answered or refused under its own refId.
//!
//! `QueryChunkedData`, the streamed form that Grafana 12.4's client knows, belongs here when
//! Grafana's query endpoint starts to use it: a second method of the service in `build.rs`, over the
//! same `answer`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use grafana_plugin_sdk::pluginv2::{DataQuery, PluginContext, QueryDataRequest};
use tonic::{Request, Response, Status};
use tracing::Instrument as _;

use super::admission::Kind;
use super::failure::Failure;
use super::metrics::{Outcome, status_label};
use super::sending::hold;
use super::stop::Stopping;
use super::wire::{Data, DataResponse, QueryDataResponse};
use super::{Plugin, contain, context};
use crate::ask::{self, Answer, DataSource};
use crate::capacity::Lease;
use crate::frame::{Frame, ipc};

/// How many queries of one batch run at once.
const QUERIES_AT_ONCE: usize = 16;

/// How many queries of one batch are answered; a dashboard's panel has a few.
const MOST_QUERIES: usize = 500;

/// The service.
pub struct DataService(pub Arc<Plugin>);

#[tonic::async_trait]
impl Data for DataService {
    async fn query_data(
        &self,
        request: Request<QueryDataRequest>,
    ) -> Result<Response<QueryDataResponse>, Status> {
        let (response, leases) = answered(&self.0, request.into_inner()).await?;
        Ok(hold(response, leases))
    }
}

/// Answers a batch, unless the plugin is stopping.
pub async fn query_data(
    plugin: &Arc<Plugin>,
    request: QueryDataRequest,
) -> Result<QueryDataResponse, Stopping> {
    let (response, _) = answered(plugin, request).await?;
    Ok(response)
}

/// Answers a batch with the leases of its bytes.
async fn answered(
    plugin: &Arc<Plugin>,
    request: QueryDataRequest,
) -> Result<(QueryDataResponse, Vec<Lease>), Stopping> {
    let answers = plugin.stop.or(batch(plugin, request)).await?;
    let mut leases = Vec::new();
    let responses = answers.into_iter().map(|(ref_id, (response, lease))| {
        leases.extend(lease);
        (ref_id, response)
    });
    let responses = responses.collect();
    Ok((QueryDataResponse { responses }, leases))
}

/// The answer to one query, with the lease of its bytes.
type Answered = (DataResponse, Option<Lease>);

/// What the queries of a batch have in common.
struct Shared {
    context: Option<PluginContext>,
    headers: HashMap<String, String>,
    /// The refIds that more than one query has.
    repeated: HashSet<String>,
}

async fn batch(plugin: &Arc<Plugin>, request: QueryDataRequest) -> HashMap<String, Answered> {
    let (mut queries, repeated) = by_ref_id(request.queries);
    let _admitted = match plugin.admit(request.plugin_context.as_ref(), Kind::Question) {
        Ok(admitted) => admitted,
        Err(failure) => return all_refused(plugin, queries, &failure),
    };
    let number = queries.len();
    let beyond = queries.split_off(number.min(MOST_QUERIES));
    let shared = Arc::new(Shared {
        context: request.plugin_context,
        headers: request.headers,
        repeated,
    });
    let work = queries.into_iter().map(|query| {
        let ref_id = query.ref_id.clone();
        // At error level the span is there whatever the log's level, so that each line says its refId.
        let span = tracing::error_span!("query", ref_id);
        let answer = answer(Arc::clone(plugin), Arc::clone(&shared), query);
        (ref_id, answer.instrument(span))
    });
    let outcomes = contain::all(&plugin.work, work, QUERIES_AT_ONCE).await;
    let responses = outcomes.into_iter().map(|(ref_id, outcome)| {
        let answered = outcome.unwrap_or_else(|_| (refused(&Failure::panicked()), None));
        (ref_id, answered)
    });
    let failure = Failure::bad_request(format!(
        "the batch has {number} queries, of which only the first {MOST_QUERIES} are answered"
    ));
    responses
        .chain(all_refused(plugin, beyond, &failure))
        .collect()
}

/// Refuses queries for one reason.
fn all_refused(
    plugin: &Plugin,
    queries: Vec<DataQuery>,
    failure: &Failure,
) -> HashMap<String, Answered> {
    let refused = queries.into_iter().map(|query| {
        Observed::new(plugin).failed(failure);
        (query.ref_id, (refused(failure), None))
    });
    refused.collect()
}

/// Keeps one query for each refId and names those that came more than once.
fn by_ref_id(queries: Vec<DataQuery>) -> (Vec<DataQuery>, HashSet<String>) {
    let mut seen = HashSet::new();
    let mut repeated = HashSet::new();
    let mut kept = Vec::with_capacity(queries.len());
    for query in queries {
        if seen.insert(query.ref_id.clone()) {
            kept.push(query);
        } else {
            repeated.insert(query.ref_id);
        }
    }
    (kept, repeated)
}

async fn answer(plugin: Arc<Plugin>, shared: Arc<Shared>, query: DataQuery) -> Answered {
    let mut observed = Observed::new(&plugin);
    let outcome = async {
        if shared.repeated.contains(&query.ref_id) {
            return Err(Failure::bad_request(format!(
                "several queries have the refId \"{}\"",
                query.ref_id
            )));
        }
        let data_source = plugin.data_source(shared.context.as_ref())?;
        let caller = context::caller(shared.context.as_ref(), &shared.headers)?;
        let scope = context::query_scope(&query, caller)?;
        let model = context::query(&query)?;
        let answer = data_source.query(&model, &scope).await?;
        encode(&data_source, answer, &query.ref_id).await
    };
    match outcome.await {
        Ok((answer, frames)) => {
            observed.answered(&answer);
            let response = DataResponse {
                frames,
                status: 200,
                ..DataResponse::default()
            };
            (response, answer.memory.map(|(lease, _)| lease))
        }
        Err(failure) => {
            observed.failed(&failure);
            (refused(&failure), None)
        }
    }
}

/// Takes the frames out of the answer and encodes them.
async fn encode(
    data_source: &DataSource,
    mut answer: Answer,
    ref_id: &str,
) -> Result<(Answer, Vec<Vec<u8>>), Failure> {
    let frames = std::mem::take(&mut answer.frames);
    if let Some((lease, deadline)) = &mut answer.memory {
        // Beside the columns there are their bytes, and those in the message.
        let columns: usize = frames.iter().map(Frame::memory).sum();
        let reached = lease.reach(3 * columns, *deadline).await;
        reached.map_err(ask::Error::from)?;
    }
    let work = || {
        frames
            .into_iter()
            .map(|frame| ipc::encode(frame, ref_id))
            .collect()
    };
    let frames: Result<Vec<Vec<u8>>, _> = data_source.capacity().compute.run(work).await;
    match frames {
        Ok(frames) => {
            if let Some((lease, _)) = &mut answer.memory {
                // The frames, and the message that is made of them.
                lease.shrink_to(2 * frames.iter().map(Vec::len).sum::<usize>());
            }
            Ok((answer, frames))
        }
        Err(error) => Err(Failure {
            query_type: answer.query_type,
            ..Failure::fault("the answer could not be encoded", error.to_string())
        }),
    }
}

fn refused(failure: &Failure) -> DataResponse {
    DataResponse {
        error: failure.message.clone(),
        status: i32::from(failure.status),
        error_source: failure.source.to_owned(),
        ..DataResponse::default()
    }
}

/// One query on the clock: counted and logged once, however it ends.
struct Observed<'a> {
    plugin: &'a Plugin,
    start: Instant,
    ended: bool,
}

impl<'a> Observed<'a> {
    fn new(plugin: &'a Plugin) -> Self {
        Self {
            plugin,
            start: Instant::now(),
            ended: false,
        }
    }

    fn answered(&mut self, answer: &Answer) {
        let Answer {
            query_type,
            result,
            rows,
            ..
        } = *answer;
        let duration_ms = self.end(query_type, result, status_label(200));
        self.plugin
            .metrics
            .answer(answer.loki_seconds, answer.loki_bytes, rows);
        tracing::debug!(
            query_type,
            result,
            status = 200,
            duration_ms,
            rows,
            "query answered"
        );
    }

    fn failed(&mut self, failure: &Failure) {
        let status = status_label(failure.status);
        let duration_ms = self.end(failure.query_type, "none", status);
        failure.log("query", duration_ms);
    }

    fn end(&mut self, query_type: &'static str, result: &'static str, status: &'static str) -> u64 {
        self.ended = true;
        let duration = self.start.elapsed();
        let outcome = Outcome {
            query_type,
            result,
            status,
        };
        self.plugin.metrics.query(outcome, duration);
        duration.as_millis() as u64
    }
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // Neither answered nor refused: it panicked, or the caller went away.
        if std::thread::panicking() {
            self.failed(&Failure::panicked());
        } else {
            self.end("unknown", "none", "cancelled");
        }
    }
}

#[cfg(test)]
mod tests {
    use grafana_plugin_sdk::pluginv2::TimeRange;
    use tokio::runtime::Handle;

    use super::*;

    fn query(ref_id: &str, json: &str) -> DataQuery {
        DataQuery {
            ref_id: ref_id.to_owned(),
            json: json.as_bytes().to_vec(),
            time_range: Some(TimeRange {
                from_epoch_ms: 0,
                to_epoch_ms: 1,
            }),
            ..DataQuery::default()
        }
    }

    #[tokio::test]
    async fn a_request_without_a_data_source_is_an_error_of_each_query() {
        let plugin = Arc::new(Plugin::new(Handle::current()).unwrap());
        let request = QueryDataRequest {
            queries: vec![query("A", "{}"), query("", "{")],
            ..QueryDataRequest::default()
        };
        let service = DataService(Arc::clone(&plugin));
        let response = service.query_data(Request::new(request)).await.unwrap();
        let responses = response.into_inner().responses;
        assert_eq!(responses.len(), 2);
        for ref_id in ["A", ""] {
            let response = &responses[ref_id];
            assert_eq!(response.status, 400);
            assert_eq!(response.error_source, "downstream");
            assert_eq!(response.error, "the request names no data source");
        }
        let text = String::from_utf8(plugin.metrics.text().unwrap()).unwrap();
        let counted = "{query_type=\"unknown\",result=\"none\",status=\"400\"} 2";
        assert!(text.contains(counted), "{text}");
    }

    #[tokio::test]
    async fn the_queries_of_a_batch_beyond_the_bound_are_refused_one_by_one() {
        let plugin = Arc::new(Plugin::new(Handle::current()).unwrap());
        let queries = (0..=MOST_QUERIES).map(|number| query(&format!("Q{number}"), "{}"));
        let request = QueryDataRequest {
            queries: queries.collect(),
            ..QueryDataRequest::default()
        };
        let responses = batch(&plugin, request).await;
        assert_eq!(responses.len(), MOST_QUERIES + 1);
        let of = |number: usize| responses[&format!("Q{number}")].0.error.as_str();
        assert_eq!(of(MOST_QUERIES - 1), "the request names no data source");
        let said = "the batch has 501 queries, of which only the first 500 are answered";
        assert_eq!(of(MOST_QUERIES), said);
    }

    #[tokio::test]
    async fn a_stopping_plugin_refuses_batches() {
        let plugin = Arc::new(Plugin::new(Handle::current()).unwrap());
        plugin.stop.begin();
        let service = DataService(plugin);
        let request = Request::new(QueryDataRequest::default());
        let status = service.query_data(request).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unavailable);
    }

    #[test]
    fn a_repeated_ref_id_is_kept_once_and_named() {
        let queries = vec![query("A", "1"), query("B", "2"), query("A", "3")];
        let (kept, repeated) = by_ref_id(queries);
        let kept: Vec<&str> = kept.iter().map(|query| query.ref_id.as_str()).collect();
        assert_eq!(kept, ["A", "B"]);
        assert_eq!(repeated, HashSet::from(["A".to_owned()]));
    }

    #[tokio::test]
    async fn a_query_that_is_given_up_is_counted_as_cancelled() {
        let plugin = Plugin::new(Handle::current()).unwrap();
        drop(Observed::new(&plugin));
        let text = String::from_utf8(plugin.metrics.text().unwrap()).unwrap();
        assert!(text.contains("status=\"cancelled\"} 1"), "{text}");
    }
}
