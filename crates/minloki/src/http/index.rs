//! Questions about streams: their labels, their number, their size.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::call::{Call, Unread};
use super::params::Range;
use super::{Loki, reply, streams};
use crate::pipeline::LabelSet;
use crate::query::{Fault, Stats, matchers, selector};
use crate::store::{Share, StreamMatcher, label_text};
use crate::syntax::Matcher;
use crate::time::now_ns;

/// The series of an answer to `index/volume` where nothing is said.
const DEFAULT_VOLUMES: u32 = 100;

pub fn routes() -> Router<Arc<Loki>> {
    Router::new()
        .route("/loki/api/v1/labels", get(names).post(names))
        .route("/loki/api/v1/label", get(names).post(names))
        .route("/loki/api/v1/label/{name}/values", get(values).post(values))
        .route("/loki/api/v1/series", get(series).post(series))
        .route("/loki/api/v1/index/stats", get(stats).post(stats))
        .route("/loki/api/v1/index/volume", get(volume).post(volume))
        .route(
            "/loki/api/v1/index/volume_range",
            get(volumes).post(volumes),
        )
}

/// Reads a request and answers it.
pub async fn answer(
    loki: &Arc<Loki>,
    request: Request,
    answer: impl FnOnce(&Loki, &Call) -> Result<Response, Fault> + Send + 'static,
) -> Response {
    let read = async {
        let call = Call::read(request, &loki.options).await?;
        let response = loki.work(move |loki, _, _| answer(loki, &call)).await?;
        Ok::<_, Unread>(response)
    };
    match read.await {
        Ok(response) => response,
        Err(unread) => unread.into_response(),
    }
}

async fn names(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    answer(&loki, request, |loki, call| {
        checked_range(loki, call)?;
        let names = loki.tenant(call).label_names(&chosen(call)?);
        Ok(list(&names))
    })
    .await
}

async fn values(
    State(loki): State<Arc<Loki>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    answer(&loki, request, move |loki, call| {
        checked_range(loki, call)?;
        let values = loki.tenant(call).label_values(&name, &chosen(call)?);
        Ok(list(&values))
    })
    .await
}

/// A list, which is left out where it is empty.
fn list(values: &[String]) -> Response {
    if values.is_empty() {
        return reply::json(&json!({ "status": "success" }));
    }
    reply::json(&json!({ "status": "success", "data": values }))
}

async fn series(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    answer(&loki, request, |loki, call| {
        let range = checked_range(loki, call)?;
        let mut selectors: Vec<&str> = call.params.all("match[]").collect();
        selectors.extend(call.params.all("match"));
        if selectors.is_empty() {
            selectors.push("{}");
        }
        let tenant = loki.tenant(call);
        let mut found: BTreeMap<String, Arc<LabelSet>> = BTreeMap::new();
        for text in selectors {
            let matchers = matchers(&any_selector(text)?)?;
            for (labels, _) in tenant.shares(&matchers, range.start_ns, range.end_ns) {
                found.insert(label_text(&labels), labels);
            }
        }
        let sets: Vec<_> = found
            .values()
            .map(|labels| streams::Pairs(labels))
            .collect();
        Ok(reply::json(&json!({ "status": "success", "data": sets })))
    })
    .await
}

async fn stats(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    answer(&loki, request, |loki, call| {
        let range = checked_range(loki, call)?;
        let matchers = matchers(&selector(call.params.query())?)?;
        let shares = loki
            .tenant(call)
            .shares(&matchers, range.start_ns, range.end_ns);
        let streams = shares.len();
        let mut all = Share::default();
        for (_, share) in shares {
            all.chunks += share.chunks;
            all.bytes += share.bytes;
            all.entries += share.entries;
        }
        Ok(reply::json(&json!({
            "streams": streams,
            "chunks": all.chunks,
            "bytes": all.bytes,
            "entries": all.entries,
        })))
    })
    .await
}

async fn volume(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    answer(&loki, request, |loki, call| {
        let question = Volumes::read(loki, call)?;
        let volumes = question.of(loki, call, question.range);
        let stats = question.stats(volumes.len());
        let body = streams::vector(&volumes, question.range.end_ns, &stats);
        Ok(body.map_or_else(
            |error| reply::text(500, error.to_string()),
            reply::json_text,
        ))
    })
    .await
}

async fn volumes(State(loki): State<Arc<Loki>>, request: Request) -> Response {
    answer(&loki, request, |loki, call| {
        let question = Volumes::read(loki, call)?;
        let step = call.params.step(question.range, &loki.options.query)?;
        let mut lines: BTreeMap<String, (LabelSet, Vec<(i64, u64)>)> = BTreeMap::new();
        let mut start_ns = question.range.start_ns;
        while start_ns < question.range.end_ns {
            let end_ns = start_ns.saturating_add(step).min(question.range.end_ns);
            let part = Range {
                start_ns,
                end_ns: end_ns.saturating_sub(1),
            };
            for (labels, bytes) in question.of(loki, call, part) {
                let line = lines.entry(label_text(&labels));
                let line = line.or_insert_with(|| (labels, Vec::new()));
                line.1.push((end_ns, bytes));
            }
            start_ns = end_ns;
        }
        let lines: Vec<_> = lines.into_values().collect();
        let stats = question.stats(lines.len());
        // One point each is a vector for a real Loki.
        let points = lines
            .iter()
            .map(|(labels, points)| match points.as_slice() {
                [(time, bytes)] => Some((labels.clone(), *time, *bytes)),
                _ => None,
            });
        let body = match points.collect::<Option<Vec<_>>>() {
            Some(points) => {
                let time_ns = points
                    .first()
                    .map_or(question.range.end_ns, |point| point.1);
                let values: Vec<_> = points.into_iter().map(|(l, _, b)| (l, b)).collect();
                streams::vector(&values, time_ns, &stats)
            }
            None => streams::matrix(&lines, &stats),
        };
        Ok(body.map_or_else(
            |error| reply::text(500, error.to_string()),
            reply::json_text,
        ))
    })
    .await
}

/// A question for bytes by label.
struct Volumes {
    matchers: Vec<StreamMatcher>,
    range: Range,
    /// The labels that the bytes are grouped by; none is all.
    labels: Vec<String>,
    /// Whether each label is a group of its own, whatever its values.
    by_name: bool,
    limit: usize,
}

impl Volumes {
    fn read(loki: &Loki, call: &Call) -> Result<Self, Fault> {
        let range = checked_range(loki, call)?;
        let limits = &loki.options.query;
        let limit = call.params.limit("limit", DEFAULT_VOLUMES)?;
        let most = u32::try_from(limits.volume_max_series).unwrap_or(u32::MAX);
        let by_name = match call.params.get("aggregateBy") {
            None | Some("series") => false,
            Some("labels") => true,
            Some(_) => return Err(Fault::bad("invalid aggregation option")),
        };
        let selector = any_selector(call.params.query())?;
        let targets = call.params.get("targetLabels").unwrap_or_default();
        let targets: Vec<String> = targets
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        let asked = selector.iter().map(|matcher| matcher.name.clone());
        let labels = match (targets.is_empty(), by_name) {
            (false, _) => targets,
            (true, true) => Vec::new(),
            (true, false) => asked.collect(),
        };
        Ok(Self {
            matchers: matchers(&selector)?,
            range,
            labels,
            by_name,
            limit: limit.min(most) as usize,
        })
    }

    /// Returns the bytes of the streams in a part of the range, largest first.
    fn of(&self, loki: &Loki, call: &Call, part: Range) -> Vec<(LabelSet, u64)> {
        let shares = loki
            .tenant(call)
            .shares(&self.matchers, part.start_ns, part.end_ns);
        let mut volumes: BTreeMap<String, (LabelSet, u64)> = BTreeMap::new();
        for (labels, share) in shares {
            for group in self.groups(&labels) {
                let volume = volumes.entry(label_text(&group));
                volume.or_insert_with(|| (group, 0)).1 += share.bytes;
            }
        }
        let mut volumes: Vec<_> = volumes.into_values().collect();
        volumes.sort_by_key(|(_, bytes)| Reverse(*bytes));
        volumes.truncate(self.limit);
        volumes
    }

    fn groups(&self, labels: &LabelSet) -> Vec<LabelSet> {
        let is_asked = |name: &String| self.labels.is_empty() || self.labels.contains(name);
        let asked = labels.iter().filter(|(name, _)| is_asked(name));
        if self.by_name {
            let group = |(name, _): &(String, String)| vec![(name.clone(), String::new())];
            return asked.map(group).collect();
        }
        let group: LabelSet = asked.cloned().collect();
        // A stream that lacks one of the labels belongs to no group.
        let has_all = group.len() == self.labels.len() || self.labels.is_empty();
        if has_all { vec![group] } else { Vec::new() }
    }

    fn stats(&self, returned: usize) -> Stats {
        Stats {
            returned: returned as u64,
            splits: crate::query::splits(self.range.start_ns, self.range.end_ns),
            ..Stats::default()
        }
    }
}

fn checked_range(loki: &Loki, call: &Call) -> Result<Range, Fault> {
    let range = call.params.range(now_ns())?;
    range.check_length(loki.options.query.max_query_length)?;
    Ok(range)
}

/// Returns what the parameter `query` chooses; everything where there is none.
pub fn chosen(call: &Call) -> Result<Vec<StreamMatcher>, Fault> {
    match call.params.get("query") {
        None => Ok(Vec::new()),
        Some(text) => matchers(&selector(text)?),
    }
}

/// Reads a selector that may choose everything, `{}`.
fn any_selector(text: &str) -> Result<Vec<Matcher>, Fault> {
    if text == "{}" {
        return Ok(Vec::new());
    }
    selector(text)
}
