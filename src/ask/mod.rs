//! One question from query to frames: what is asked of Loki, in which order, and what is made of it.
//!
//! Everything that both doors (the plugin and the command line) can do is a method of [`DataSource`].

mod caller;
mod error;
mod explain;
mod health;
mod logs;
mod prepare;
mod sample;
mod systems;
mod write;

use std::time::Duration;

use serde_json::Value;

pub use caller::Caller;
pub use error::{Error, Source};
pub use explain::Explanation;
pub use health::Health;
pub use write::LineToWrite;

use crate::answer::{self, Asked};
use crate::frame::{Frame, Notice};
use crate::loki::{self, Call, Client, LogAnswer};
use crate::query::{Direction, Query, QueryType};
use crate::settings::Settings;
use crate::translate;
use prepare::Prepared;

/// A configured Loki with its systems: one per data source instance.
#[derive(Debug)]
pub struct DataSource {
    settings: Settings,
    client: Client,
    judged: prepare::JudgedRegexes,
}

/// What Grafana says beside the query: its range, its resolution and who asks.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The range's start, inclusive, in nanoseconds since the epoch.
    pub from_ns: i64,
    /// The range's end, exclusive.
    pub to_ns: i64,
    /// The panel's interval.
    pub interval: Duration,
    /// The most points a series that the panel can draw.
    pub max_data_points: i64,
    /// Who asks.
    pub caller: Caller,
}

/// The answer to a question, with the figures that the plugin counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The frames.
    pub frames: Vec<Frame>,
    /// The query type's name.
    pub query_type: &'static str,
    /// The result's name.
    pub result: &'static str,
    /// The seconds that Loki says it worked.
    pub loki_seconds: f64,
    /// The bytes that Loki says it read.
    pub loki_bytes: u64,
    /// The rows of all frames.
    pub rows: u64,
}

impl DataSource {
    /// Makes a data source; connects to nothing yet.
    ///
    /// # Errors
    /// Fails when a setting of the connection cannot be used; the error names it.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let client = Client::new(settings.loki.clone())?;
        Ok(Self {
            settings,
            client,
            judged: prepare::JudgedRegexes::default(),
        })
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Answers one query.
    ///
    /// # Errors
    /// What is wrong with the query, or what Loki said.
    pub async fn query(&self, query: &Value, scope: &Scope) -> Result<Answer, Error> {
        let query = Query::try_from(query)?;
        let answered = self.answer(&query, scope).await;
        answered.map_err(|error| error.of_type(query.query_type))
    }

    async fn answer(&self, query: &Query, scope: &Scope) -> Result<Answer, Error> {
        let Prepared {
            system,
            plans,
            call,
            degraded,
            unresolved,
        } = self.prepare(query, scope).await?;
        if let Some(error) = unresolved {
            return Err(error);
        }
        let limit = query.limit.unwrap_or(self.settings.max_lines);
        let mut logs = LogAnswer::default();
        for plan in &plans {
            logs.merge(self.lines(&plan.expr, query, limit, scope, &call).await?);
        }
        let (loki_seconds, loki_bytes) = (logs.stats.exec_seconds, logs.stats.bytes_processed);
        let exprs: Vec<&str> = plans.iter().map(|plan| plan.expr.as_str()).collect();
        let asked = Asked {
            query,
            system,
            expr: &exprs.join("\n"),
            search_words: &translate::highlights(&query.search),
            limit,
        };
        let mut frame = answer::frame(&asked, logs);
        frame.meta.notices.extend(degraded.map(|error| {
            Notice::info(format!(
                "Loki did not say which labels every stream has, so the query is slower than it could be: {error}"
            ))
        }));
        Ok(Answer {
            query_type: query.query_type.as_str(),
            result: query.result.as_str(),
            loki_seconds,
            loki_bytes,
            rows: frame.rows() as u64,
            frames: vec![frame],
        })
    }

    /// Asks for the lines of one query.
    async fn lines(
        &self,
        expr: &str,
        query: &Query,
        limit: u32,
        scope: &Scope,
        call: &Call,
    ) -> Result<LogAnswer, Error> {
        let request = loki::Request::Logs {
            query: expr.to_owned(),
            start_ns: scope.from_ns,
            end_ns: scope.to_ns,
            limit,
            direction: match query.direction {
                Direction::Backward => loki::Direction::Backward,
                Direction::Forward => loki::Direction::Forward,
            },
        };
        let logs = self.client.logs(&request, call).await?;
        if logs.streams.is_empty() && query.query_type == QueryType::Logql {
            // Nothing found may also mean: nothing understood.
            let check = loki::Request::Check {
                query: expr.to_owned(),
                at_ns: scope.from_ns,
            };
            self.client.check(&check, call).await?;
        }
        Ok(logs)
    }
}
