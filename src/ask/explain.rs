//! `explain`: what a query would send, and why, without running it.

use serde::Serialize;
use serde_json::Value;

use super::{DataSource, Error, Scope};
use crate::query::{Query, QueryType};
use crate::translate::Part;

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
    /// What could not be found out, and what follows.
    pub notices: Vec<String>,
}

impl DataSource {
    /// Explains a query. Probes are made as for the query itself; without Loki the explanation is of
    /// the query that is right for every layout.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub async fn explain(&self, query: &Value, scope: &Scope) -> Result<Explanation, Error> {
        let query = Query::try_from(query)?;
        let scope = &scope.delayed(query.delay);
        let prepared = if Self::is_metric(&query) && query.query_type != QueryType::Logql {
            self.metric_plans(&query, scope).await
        } else {
            let prepared = self.prepare(&query, scope).await;
            prepared.map(|prepared| (prepared.system, prepared.plans, prepared.unresolved))
        };
        let prepared = prepared.map_err(|error| error.of_type(query.query_type))?;
        let (system, plans, unresolved) = prepared;
        let notice = |error: &Error| {
            format!(
                "Loki could not be asked what this depends on, so it is the LogQL for any layout of labels: {error}"
            )
        };
        let exprs: Vec<&str> = plans.iter().map(|plan| plan.expr.as_str()).collect();
        Ok(Explanation {
            query_type: query.query_type.as_str(),
            result: query.result.as_str(),
            system: system.name.clone(),
            expr: exprs.join("\n"),
            notices: unresolved.iter().map(notice).collect(),
            parts: plans.into_iter().flat_map(|plan| plan.parts).collect(),
        })
    }
}
