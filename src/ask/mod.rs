//! One question from query to frames: what is asked of Loki, in which order, and what is made of it.
//!
//! Everything that both doors (the plugin and the command line) can do is a method of [`DataSource`].

mod caller;
mod cursor;
mod error;
mod explain;
mod expressions;
mod fields;
mod health;
mod labels;
mod lines_of;
mod logs;
mod metric;
mod pages;
mod prepare;
mod sample;
mod systems;
mod top_errors;
mod values;
mod wrapper;
mod write;

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

pub use caller::{AmbiguousHeader, Caller};
pub use error::{Error, Source};
pub use explain::Explanation;
pub use health::Health;
pub use logs::LogsPage;
pub use write::LineToWrite;

use crate::answer::{Asked, Builder, Ending, NoId, Position, USUAL_ERROR_ROWS};
use crate::capacity::{Capacity, Lease};
use crate::frame::{Frame, Notice};
use crate::logql::selectors;
use crate::loki::Client;
use crate::query::{self, Direction, Query, QueryError, QueryType, ResultKind, quoted};
use crate::settings::Settings;
use crate::translate;
use pages::{LineSizes, Splitting, Wanted};
use prepare::Prepared;

/// A question for fewer lines is likely to find that many at once, also of a single trace.
const FEW_LINES: u32 = 500;

/// A configured Loki with its systems: one per data source instance.
#[derive(Debug)]
pub struct DataSource {
    settings: Settings,
    client: Client,
    judged: prepare::JudgedRegexes,
    line_sizes: LineSizes,
    splitting: Splitting,
    seen_labels: labels::SeenLabels,
    expressions: expressions::Expressions,
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

impl Scope {
    /// Returns the scope with its range moved back.
    fn delayed(&self, delay: Duration) -> Self {
        let delay_ns = i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX);
        Self {
            from_ns: self.from_ns.saturating_sub(delay_ns),
            to_ns: self.to_ns.saturating_sub(delay_ns),
            ..self.clone()
        }
    }
}

/// The answer to a question, with the figures that the plugin counts.
#[derive(Debug)]
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
    /// The memory that the frames take, and when the question ends.
    pub memory: Option<(Lease, Instant)>,
}

impl DataSource {
    /// Makes the only data source of a process; connects to nothing yet.
    ///
    /// # Errors
    /// Fails when a setting of the connection cannot be used; the error names it.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::within(settings, Capacity::default())
    }

    /// Makes a data source that keeps to this capacity; connects to nothing yet.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn within(settings: Settings, capacity: Capacity) -> Result<Self, Error> {
        let client = Client::within(settings.loki.clone(), capacity)?;
        Ok(Self {
            settings,
            client,
            judged: prepare::JudgedRegexes::default(),
            line_sizes: LineSizes::default(),
            splitting: Splitting::default(),
            seen_labels: labels::SeenLabels::default(),
            expressions: expressions::Expressions::default(),
        })
    }

    /// Returns what the data source may take of the process.
    pub fn capacity(&self) -> &Capacity {
        self.client.capacity()
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
        let (mut answer, _) = self.query_from(query, scope, Start::default()).await?;
        for frame in &mut answer.frames {
            frame.meta.bound_notices();
        }
        Ok(answer)
    }

    /// Answers one query from some row on; says also behind which row there may be more.
    async fn query_from(
        &self,
        query: &Value,
        scope: &Scope,
        start: Start,
    ) -> Result<(Answer, Option<Position>), Error> {
        let unknown = query::unknown_keys(query);
        let query = Query::try_from(query)?;
        let answered = self.answer(&query, scope, start).await;
        let answered =
            answered.map_err(|error| error.about_expr(&query.expr).of_type(query.query_type));
        let (mut answer, position) = answered?;
        if let Some(first) = answer.frames.first_mut() {
            let notices = unknown.into_iter().map(Notice::warning);
            first.meta.notices.extend(notices);
        }
        Ok((answer, position))
    }

    async fn answer(
        &self,
        query: &Query,
        scope: &Scope,
        start: Start,
    ) -> Result<(Answer, Option<Position>), Error> {
        let scope = &scope.delayed(query.delay);
        if Self::is_metric(query) {
            return Ok((self.metric(query, scope).await?, None));
        }
        let start = Start {
            after: start.after.or(position("after", query.after.as_deref())?),
            before: position("before", query.before.as_deref())?,
            ..start
        };
        let Prepared {
            ground,
            plans,
            decisions,
        } = self.prepare(query, scope).await?;
        if let Some(error) = ground.unresolved {
            return Err(error);
        }
        let (system, can_count) = (ground.system, decisions.is_empty());
        let exprs: Vec<String> = plans.into_iter().map(|plan| plan.expr).collect();
        let expr = exprs.join("\n");
        let limit = query.limit.unwrap_or(match query.result {
            ResultKind::TopErrors => USUAL_ERROR_ROWS,
            _ => self.settings.max_lines,
        });
        let search_words = translate::highlights(&query.search);
        let mut builder = Builder::new(Asked {
            query,
            system,
            expr: &expr,
            search_words: &search_words,
            limit,
        });
        let wanted = Wanted {
            exprs,
            from_ns: scope.from_ns,
            to_ns: scope.to_ns,
            direction: query.direction,
            limit: match query.result {
                ResultKind::TopErrors => top_errors::MOST_LINES,
                _ => limit,
            },
            start,
            system,
            decisions,
            is_sparse: limit >= FEW_LINES
                && !query.ids.is_empty()
                && matches!(query.query_type, QueryType::Trace | QueryType::Run),
            all_lines: Some(match query.query_type {
                QueryType::Logql => selectors(&expr)
                    .into_iter()
                    .next()
                    .unwrap_or(&expr)
                    .to_owned(),
                _ => system.selector.to_string(),
            }),
            call: ground.call.clone(),
        };
        let mut read = self.read(&wanted, &mut builder).await?;
        let mut ending = Ending {
            covered: covered(query, scope, read.more_behind),
            whole: read.more_behind.is_none(),
            total: None,
        };
        let mut counted_by = String::new();
        if query.result == ResultKind::TopErrors {
            let rows = builder.rows() as u64;
            let total = self.total_of(query, &ground, scope, &mut read, rows, can_count);
            (ending.total, counted_by) = total.await;
        }
        builder.ended(ending);
        let mut notices = read.notices;
        if read.more_behind.is_some() && notices.is_empty() {
            notices.extend(limit_notice(query, limit));
        }
        let mut frame = builder.finish(&read.stats, &read.warnings, notices);
        if !counted_by.is_empty() {
            frame.meta.executed_query = format!("{expr}\n{counted_by}");
        }
        let answer = Answer {
            query_type: query.query_type.as_str(),
            result: query.result.as_str(),
            loki_seconds: read.stats.exec_seconds,
            loki_bytes: read.stats.bytes_processed,
            rows: frame.rows() as u64,
            frames: vec![frame],
            memory: read
                .memory
                .map(|memory| (memory, self.deadline(&wanted.call))),
        };
        Ok((answer, read.more_behind))
    }
}

/// Returns where the row stands that a query names by its id.
fn position(key: &'static str, id: Option<&str>) -> Result<Option<Position>, QueryError> {
    let Some(id) = id else {
        return Ok(None);
    };
    let position = id.parse().map_err(|NoId| {
        let problem = format!(
            "{} is no id of a row: use a value of the column id of an answer",
            quoted(&id.into())
        );
        QueryError::new(key, problem)
    });
    position.map(Some)
}

/// Says that there may be more; the logs panel says so by itself.
fn limit_notice(query: &Query, limit: u32) -> Option<Notice> {
    match query.result {
        ResultKind::Table => Some(Notice::info(format!(
            "the limit of {limit} lines is reached; there may be more"
        ))),
        ResultKind::Events => {
            let end = match query.direction {
                Direction::Backward => "newest",
                Direction::Forward => "oldest",
            };
            Some(Notice::warning(format!(
                "the limit of {limit} events is reached: these are made of the {end}, and there may be more"
            )))
        }
        _ => None,
    }
}

/// Returns the part of the range of which every line was read.
fn covered(query: &Query, scope: &Scope, last: Option<Position>) -> Range<i64> {
    let mut covered = scope.from_ns..scope.to_ns;
    if let Some(last) = last {
        match query.direction {
            Direction::Backward => covered.start = last.timestamp_ns,
            Direction::Forward => covered.end = last.timestamp_ns.saturating_add(1),
        }
    }
    covered
}

/// Where in the rows of a question an answer begins.
#[derive(Debug, Default, Clone, Copy)]
struct Start {
    /// Rows up to this one are left out.
    after: Option<Position>,
    /// This row and those after it, oldest first, are left out.
    before: Option<Position>,
    /// So many rows are left out before the first.
    offset: u32,
}
