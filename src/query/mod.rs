//! A question, as dashboards store it ([`Wire`]) and as Ginkgo answers it ([`Query`]).
//!
//! The wire form takes anything; `Query::try_from` is strict and says which key is wrong, what stands
//! there and what is valid. `tests/contract/queries.json` holds every shape with its error.

pub mod bounds;
mod convert;
mod error;
mod events;
mod kind;
mod macros;
mod options;
mod span;
pub mod timing;
mod unknown_keys;
mod wire;

use std::time::Duration;

pub use error::{QueryError, quoted};
pub use kind::{Aggregation, Direction, Operator, QueryType, ResultKind, SearchOperator};
pub use macros::{MacroContext, expand};
pub use span::{duration_text, span};
pub use unknown_keys::unknown_keys;
pub use wire::Wire;

/// The most lines that one query may ask for.
pub const MAX_LIMIT: u32 = 100_000;
/// The most rows of `topErrors`.
pub const MAX_ERROR_ROWS: u32 = 1000;

/// A question that makes sense by itself; whether its system can answer it, translation says.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What is asked for.
    pub query_type: QueryType,
    /// The system; the data source's default where it is missing.
    pub system: Option<String>,
    /// Values of the query type's role, without repetitions; empty = all lines that have one.
    pub ids: Vec<String>,
    /// What must hold as well.
    pub filters: Vec<Filter>,
    /// What the line's raw text must and must not contain.
    pub search: Vec<Search>,
    /// The form of the answer.
    pub result: ResultKind,
    /// The columns of a table; `None` = the system's usual ones.
    pub columns: Option<Vec<String>>,
    /// What `value` measures; there for that result.
    pub measure: Option<Measure>,
    /// The fields by whose values the answer is grouped; `None` = the query type's field if there is
    /// more than one id, else none.
    pub group_by: Option<Vec<String>>,
    /// How far back each point looks: a duration, macros and all ([`span`] reads it).
    pub window: Option<String>,
    /// How far points are apart, likewise.
    pub step: Option<String>,
    /// One number a group, at the range's end.
    pub instant: bool,
    /// The name of a series, with `{{field}}` for a group's value; empty = what stands for the group.
    pub legend_format: String,
    /// The dashboard's offset from UTC, in seconds; aligns steps of an hour and more.
    pub utc_offset_s: i32,
    /// How far the whole range is moved back.
    pub delay: Duration,
    /// The id of a row: only rows behind it are meant.
    pub after: Option<String>,
    /// The id of a row: only rows before it, oldest first, are meant, whatever the direction.
    pub before: Option<String>,
    /// Labels that the streams must have, with these values.
    pub stream: Vec<(String, String)>,
    /// What `events` makes of a line.
    pub events: EventOptions,
    /// The most lines, or series, or rows; `None` = the data source's setting, or the result's own.
    pub limit: Option<u32>,
    /// From which end of the range lines are taken, and their order.
    pub direction: Direction,
    /// LogQL, of `logql` queries.
    pub expr: String,
}

/// A number field and how its values become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// The field's name.
    pub field: String,
    /// How.
    pub aggregation: Aggregation,
}

/// What `events` makes of a line. Texts are templates: `{{field}}` is the field's value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventOptions {
    /// The field that names the event; `None` = the one with the role event, else the level.
    pub field: Option<String>,
    /// Events that begin a region; empty = every line is a point in time.
    pub start: Vec<String>,
    /// Events that end one.
    pub end: Vec<String>,
    /// The field whose value both have; `None` = the one with the role run, else trace.
    pub key: Option<String>,
    /// The title; `None` = the event.
    pub title: Option<String>,
    /// The text; `None` = the message.
    pub text: Option<String>,
    /// The fields that are tags; `None` = the event.
    pub tags: Option<Vec<String>>,
}

/// One condition on a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field's name.
    pub field: String,
    /// The comparison.
    pub operator: Operator,
    /// The values; their number fits the operator.
    pub values: Vec<String>,
}

/// One condition on the line's raw text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The comparison.
    pub operator: SearchOperator,
    /// A text, or an RE2 expression. Never empty.
    pub text: String,
    /// Whether case matters.
    pub case_sensitive: bool,
}
