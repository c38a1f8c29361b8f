//! `POST /api/ds/query`: a batch of queries, each answered or refused under its refId.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State as FromState;
use axum::http::{HeaderMap, StatusCode};
use ginkgo::plugin::Stopping;
use ginkgo::plugin::local::Local;
use ginkgo::plugin::local::message::{DataResponse, QueryDataRequest};
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::JoinSet;

use super::frames::Frame;
use super::query::{self, Group};
use super::reply::Refused;
use super::sources::DataSource;
use super::{Shared, State};

/// The answer, in Grafana's shape.
#[derive(Serialize)]
pub struct Answer {
    results: BTreeMap<String, Outcome>,
}

/// What became of one query.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_source: Option<String>,
    status: i32,
    frames: Vec<Frame>,
}

/// Answers 200 when every query has an answer, 207 when one has none, 400 and 404 when nothing could be asked.
pub async fn answer(
    FromState(state): Shared,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Answer>), Refused> {
    let groups = query::read(&body, Timestamp::now())?;
    let caller = query::caller(&headers);
    let mut asked = JoinSet::new();
    for (group, source) in with_sources(&state, groups)? {
        asked.spawn(ask(state.plugin.clone(), group, source, caller.clone()));
    }
    let mut results = BTreeMap::new();
    while let Some(joined) = asked.join_next().await {
        let responses = joined.map_err(|error| Refused {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: format!("the query failed: {error}"),
        })??;
        let outcomes = responses.into_iter();
        results.extend(outcomes.map(|(ref_id, response)| (ref_id, outcome(response))));
    }
    let failed = results.values().any(|outcome| outcome.error.is_some());
    let status = if failed {
        StatusCode::MULTI_STATUS
    } else {
        StatusCode::OK
    };
    Ok((status, Json(Answer { results })))
}

/// Finds the data sources of all groups before any of them is asked.
fn with_sources(state: &State, groups: Vec<Group>) -> Result<Vec<(Group, DataSource)>, Refused> {
    let groups = groups.into_iter();
    let found = groups.map(|group| {
        let source = state.sources.get(&group.uid)?;
        Ok((group, source))
    });
    found.collect()
}

async fn ask(
    plugin: Local,
    group: Group,
    source: DataSource,
    headers: HashMap<String, String>,
) -> Result<HashMap<String, DataResponse>, Stopping> {
    let request = QueryDataRequest {
        plugin_context: Some(source.context()),
        headers,
        queries: group.queries,
    };
    Ok(plugin.query_data(request).await?.responses)
}

fn outcome(response: DataResponse) -> Outcome {
    let failed = !response.error.is_empty();
    let frames = response.frames.iter().map(|ipc| Frame::read(ipc));
    match frames.collect::<Result<Vec<_>, _>>() {
        Ok(frames) => Outcome {
            error: failed.then_some(response.error),
            error_source: failed.then_some(response.error_source),
            status: response.status,
            frames,
        },
        Err(error) => Outcome {
            error: Some(format!("the answer could not be read: {error}")),
            error_source: Some("plugin".to_owned()),
            status: 500,
            frames: Vec::new(),
        },
    }
}
