//! `explain`: what a query would send, and why, without running it.

use serde::Serialize;
use serde_json::Value;

use super::metric::total_plans;
use super::{DataSource, Error, Scope, position};
use crate::logql::selectors;
use crate::loki::{IndexStats, Request};
use crate::query::{Query, QueryType, ResultKind};
use crate::schema::System;
use crate::translate::{Part, Plan};

/// The most selectors whose cost is looked up: more are no LogQL that anybody writes.
const MOST_SELECTORS: usize = 10;

/// What a question would send.
pub struct Planned<'d> {
    /// Its system.
    pub system: &'d System,
    /// One query, or one for each part of the streams.
    pub plans: Vec<Plan>,
    /// By which lines are counted of which not all are read.
    pub counting: Vec<Plan>,
    /// What Loki did not say, and they depend on.
    pub unresolved: Option<Error>,
}

/// What the index knows of the streams and the range of a query: about what it reads at most. Fresh lines
/// may be missing, and a log query ends when it has its lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// The streams.
    pub streams: u64,
    /// Their chunks.
    pub chunks: u64,
    /// Their lines.
    pub entries: u64,
    /// The bytes of these.
    pub bytes: u64,
}

/// The LogQL of a query with the reason of each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The query type.
    pub query_type: &'static str,
    /// The result.
    pub result: &'static str,
    /// The system that is asked.
    pub system: String,
    /// The LogQL; a line each where the question goes to parts of the streams by themselves.
    pub expr: String,
    /// Its parts, in order.
    pub parts: Vec<Part>,
    /// By which LogQL the lines are counted, where there are more than are read (`topErrors`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counting: Option<Counting>,
    /// What could not be found out, and what follows.
    pub notices: Vec<String>,
    /// What it may cost, where that was asked for and Loki says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Option<Cost>>,
}

/// The LogQL that counts lines, with the reason of each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counting {
    /// The LogQL; a line each where the question goes to parts of the streams by themselves.
    pub expr: String,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

impl DataSource {
    /// Explains a query, and `with_cost` says what it may cost. Probes are made as for the query itself;
    /// without Loki the explanation is of the query that is right for every layout.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub async fn explain(
        &self,
        query: &Value,
        scope: &Scope,
        with_cost: bool,
    ) -> Result<Explanation, Error> {
        let query = Query::try_from(query)?;
        let scope = &scope.delayed(query.delay);
        let prepared = self.plans(&query, scope).await;
        let (plans, read) = prepared.map_err(|error| error.of_type(query.query_type))?;
        let Planned {
            system,
            plans,
            counting,
            unresolved,
        } = plans;
        let notice = |error: &Error| {
            format!(
                "Loki could not be asked what this depends on, so it is the LogQL for any layout of labels: {error}"
            )
        };
        let exprs: Vec<&str> = plans.iter().map(|plan| plan.expr.as_str()).collect();
        let mut notices: Vec<String> = unresolved.iter().map(notice).collect();
        let mut cost = None;
        if with_cost {
            let looked_up = self.cost(&exprs, system, &read).await;
            cost = Some(looked_up.map_err(|error| notices.push(error)).ok());
        }
        Ok(Explanation {
            query_type: query.query_type.as_str(),
            result: query.result.as_str(),
            system: system.name.clone(),
            expr: exprs.join("\n"),
            notices,
            parts: plans.into_iter().flat_map(|plan| plan.parts).collect(),
            counting: Counting::of(counting),
            cost,
        })
    }

    /// Returns what a query would send, and the range that it reads.
    async fn plans(&self, query: &Query, scope: &Scope) -> Result<(Planned<'_>, Scope), Error> {
        if Self::is_metric(query) && query.query_type != QueryType::Logql {
            return self.metric_plans(query, scope).await;
        }
        position("after", query.after.as_deref())?;
        position("before", query.before.as_deref())?;
        let prepared = self.prepare(query, scope).await?;
        // What only Ginkgo can decide, Loki cannot count.
        let counts = query.result == ResultKind::TopErrors && prepared.decisions.is_empty();
        let counting = if counts {
            total_plans(query, &prepared.ground, scope)?
        } else {
            Vec::new()
        };
        let plans = Planned {
            system: prepared.ground.system,
            plans: prepared.plans,
            counting,
            unresolved: prepared.ground.unresolved,
        };
        Ok((plans, scope.clone()))
    }

    /// Sums up what the index knows of the selectors of these queries, or says why that is not known.
    pub(super) async fn cost(
        &self,
        exprs: &[&str],
        system: &System,
        scope: &Scope,
    ) -> Result<Cost, String> {
        let mut asked: Vec<&str> = exprs.iter().flat_map(|expr| selectors(expr)).collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.len() > MOST_SELECTORS {
            return Err(format!(
                "the cost is looked up for at most {MOST_SELECTORS} stream selectors; the query has {}",
                asked.len()
            ));
        }
        let call = self.call(&scope.caller, Some(system), "cost");
        let mut cost = Cost::default();
        for selector in asked {
            let request = Request::IndexStats {
                selector: selector.to_owned(),
                start_ns: scope.from_ns,
                end_ns: scope.to_ns,
            };
            let stats = self.client.index_stats(&request, &call).await;
            let stats =
                stats.map_err(|error| format!("Loki does not say what it costs: {error}"))?;
            cost.add(&stats);
        }
        Ok(cost)
    }
}

impl Counting {
    fn of(plans: Vec<Plan>) -> Option<Self> {
        let exprs: Vec<&str> = plans.iter().map(|plan| plan.expr.as_str()).collect();
        let expr = exprs.join("\n");
        let parts = plans.into_iter().flat_map(|plan| plan.parts).collect();
        (!expr.is_empty()).then_some(Self { expr, parts })
    }
}

impl Cost {
    fn add(&mut self, stats: &IndexStats) {
        self.streams = self.streams.saturating_add(stats.streams);
        self.chunks = self.chunks.saturating_add(stats.chunks);
        self.entries = self.entries.saturating_add(stats.entries);
        self.bytes = self.bytes.saturating_add(stats.bytes);
    }
}
