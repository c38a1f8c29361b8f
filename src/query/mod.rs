//! A question, as dashboards store it ([`Wire`]) and as Ginkgo answers it ([`Query`]).
//!
//! The wire form takes anything; `Query::try_from` is strict and says which key is wrong, what stands
//! there and what is valid. `tests/contract/queries.json` holds every shape with its error.

pub mod bounds;
mod convert;
mod error;
mod kind;
mod macros;
mod wire;

pub use error::{QueryError, quoted};
pub use kind::{Direction, Operator, QueryType, ResultKind, SearchOperator};
pub use macros::{MacroContext, expand};
pub use wire::Wire;

/// The most lines that one query may ask for.
pub const MAX_LIMIT: u32 = 100_000;

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
    /// The most lines; `None` = the data source's setting.
    pub limit: Option<u32>,
    /// From which end of the range lines are taken, and their order.
    pub direction: Direction,
    /// LogQL, of `logql` queries.
    pub expr: String,
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
