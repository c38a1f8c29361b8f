//! From a question and a system's schema to LogQL: pure, so that `explain` shows exactly what runs.
//!
//! Two steps. [`Bound::new`] holds the question against the schema (roles, types of values); what the
//! answer depends on is then known: names that could mean two things, regexes that Loki must judge.
//! [`plan`] writes the query, with what was found out.

mod condition;
mod contains;
mod decision;
mod group;
mod join;
mod matchers;
mod meant;
pub mod metric;
mod narrow;
mod number;
mod pipeline;
mod place;
mod search;
#[cfg(test)]
mod tests;
mod text;
mod time;

use std::collections::BTreeSet;

use crate::logql::{LabelName, LogQuery, MatchOp, Matcher, Selector, Stage, is_name};
use crate::query::{MacroContext, Query, QueryError, QueryType, expand, quoted};
use crate::schema::{Field, System};

pub use condition::{Condition, Test};
pub use contains::Contains;
pub use decision::{Compile, Decision, compile};
pub use group::{GroupLabels, group_of};
pub use re2::Stopped;
pub use search::highlights;

/// Loki's limit for an expression, in bytes.
const LONGEST_EXPRESSION: usize = 131_072;

/// A question held against its system: every name resolved, every value of its field's type.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// What must hold of a line's fields.
    pub conditions: Vec<Condition>,
    /// What must hold of the streams, beside the system's selector.
    pub stream: Vec<Matcher>,
}

/// What Loki is asked, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The LogQL.
    pub expr: String,
    /// Its parts, in order: joined by blanks (none behind the parenthesis of an aggregation) they are the LogQL.
    pub parts: Vec<Part>,
}

/// One part of the LogQL with its reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Part {
    /// The text.
    pub logql: String,
    /// Why it is there, for the user.
    pub reason: String,
}

/// What is known of the streams in the query's range: proven for this query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Labels that every stream has.
    pub everywhere: BTreeSet<LabelName>,
    /// Labels that no stream has.
    pub nowhere: BTreeSet<LabelName>,
    /// Labels that some streams were seen to have. No proof, and no answer depends on it: it says by
    /// which labels numbers are counted apart (`Facts::apart`).
    pub somewhere: Vec<LabelName>,
    /// Which streams these facts are about, beyond the system's selector.
    pub part: Vec<Matcher>,
}

impl Facts {
    /// Splits the streams by whether they have the label; the halves know what `self` does not.
    pub fn split(&self, label: &LabelName) -> [Self; 2] {
        let half = |op| {
            let mut half = self.clone();
            half.part.push(Matcher {
                name: label.clone(),
                op,
                value: String::new(),
            });
            half
        };
        let (mut with, mut without) = (half(MatchOp::NotEqual), half(MatchOp::Equal));
        with.everywhere.insert(label.clone());
        without.nowhere.insert(label.clone());
        [with, without]
    }

    /// Splits the streams by the labels that some have. Those that have them all come first, and what is
    /// in labels is not looked for in their lines.
    fn apart(&self) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self.clone();
        for label in &self.somewhere {
            if !rest.everywhere.contains(label) && !rest.nowhere.contains(label) {
                let [with, without] = rest.split(label);
                parts.push(without);
                rest = with;
            }
        }
        parts.push(rest);
        parts.reverse();
        parts
    }
}

impl Bound {
    /// Holds the question against the system.
    ///
    /// # Errors
    /// Names the key of the query: a role that the system lacks, a value that is none of its field's
    /// type, an operator that the type does not have.
    pub fn new(query: &Query, system: &System) -> Result<Self, QueryError> {
        let mut conditions = Vec::new();
        if let Some(role) = query.query_type.role() {
            let field = system.needed(role).map_err(|problem| {
                let problem = format!("\"{}\" {problem}", query.query_type);
                QueryError::new("queryType", problem)
            })?;
            conditions.push(Condition::of_ids(field, &query.ids, system)?);
        }
        for (i, filter) in query.filters.iter().enumerate() {
            conditions.push(Condition::of_filter(filter, i, system)?);
        }
        conditions.extend(meant::conditions(query, system)?);
        for (at, regex) in search::regexes(&query.search) {
            condition::check_regex(&at, regex)?;
        }
        Ok(Self {
            conditions,
            stream: stream_matchers(query)?,
        })
    }

    /// Returns the selector of the streams that are asked, of which facts are found out.
    pub fn selector(&self, system: &System) -> Selector {
        let mut selector = system.selector.clone();
        selector.matchers.extend(self.stream.iter().cloned());
        selector
    }

    /// Returns the names that a pipeline cannot tell apart: a label on streams that have it, metadata
    /// on the others. What such a name means must be known before the query is written.
    pub fn ambiguous_names(&self) -> BTreeSet<LabelName> {
        let unclear = |condition: &&Condition| !condition.decided_by_matchers();
        let conditions = self.conditions.iter().filter(unclear);
        conditions
            .flat_map(|condition| place::ambiguous_names(&condition.field))
            .collect()
    }

    /// Returns the labels by which the conditions leave streams out: where every stream has them, the
    /// conditions may be a matter of the streams alone.
    pub fn first_labels(&self) -> BTreeSet<LabelName> {
        let conditions = self.conditions.iter();
        let labels = conditions.filter_map(|condition| place::first_label(&condition.field));
        labels.collect()
    }

    /// Says whether lines must be read by Ginkgo to decide which are meant.
    pub fn is_beyond_logql(&self) -> bool {
        self.conditions.iter().any(|c| c.beyond_logql.is_some())
    }

    /// Returns what LogQL cannot say exactly: the rows that are meant are those of Loki's answer for
    /// which every decision holds.
    ///
    /// # Errors
    /// Names the key of the query whose regular expression Loki takes and Ginkgo cannot evaluate; to be
    /// asked when Loki has judged them.
    pub fn decisions(
        &self,
        system: &System,
        compile: Compile<'_>,
    ) -> Result<Vec<Decision>, QueryError> {
        let decisions = self.conditions.iter();
        let decisions = decisions.map(|condition| Decision::of(condition, system, compile));
        Ok(decisions
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    /// Returns the users' regular expressions, each with the key of the query that holds it.
    pub fn regexes<'b>(&'b self, query: &'b Query) -> impl Iterator<Item = (String, &'b str)> {
        let filters = self.conditions.iter().filter_map(|condition| {
            let regex = condition.test.user_regex()?;
            Some((format!("{}.values", condition.at), regex))
        });
        filters.chain(search::regexes(&query.search))
    }
}

/// Writes the LogQL of a question.
///
/// # Errors
/// Fails when the expression is longer than Loki takes.
pub fn plan(
    query: &Query,
    bound: &Bound,
    system: &System,
    facts: &Facts,
    macros: &MacroContext,
) -> Result<Plan, QueryError> {
    let parts = if query.query_type == QueryType::Logql {
        let reason = "your own LogQL, with its macros replaced";
        vec![Part::new(expand(&query.expr, macros).trim(), reason)]
    } else {
        let (log_query, reasons) = pipeline::build(query, bound, system, facts);
        parts_of(&log_query, reasons)
    };
    let texts: Vec<&str> = parts.iter().map(|part| part.logql.as_str()).collect();
    let expr = texts.join(" ");
    not_too_long(query, &expr)?;
    Ok(Plan { expr, parts })
}

/// Refuses an expression that Loki would not take.
fn not_too_long(query: &Query, expr: &str) -> Result<(), QueryError> {
    if expr.len() <= LONGEST_EXPRESSION {
        return Ok(());
    }
    let at = match query.query_type {
        QueryType::Logql => "expr",
        _ if query.ids.is_empty() => "filters",
        _ => "ids",
    };
    let problem = format!(
        "make an expression of {} bytes, and Loki takes at most {LONGEST_EXPRESSION}: ask for fewer values at once",
        expr.len()
    );
    Err(QueryError::new(at, problem))
}

impl Part {
    fn new(logql: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            logql: logql.into(),
            reason: reason.into(),
        }
    }
}

/// Returns the matchers of the labels that the query names the streams by.
fn stream_matchers(query: &Query) -> Result<Vec<Matcher>, QueryError> {
    let matcher = |(name, value): &(String, String)| {
        let label = LabelName::new(name).ok_or_else(|| {
            let why = if is_name(name) {
                "is a word of LogQL, which cannot name such a label: use other labels of the stream"
            } else {
                "is no label name: use letters, digits and _, not starting with a digit"
            };
            let problem = format!("{} {why}", quoted(&name.as_str().into()));
            QueryError::new("stream", problem)
        })?;
        Ok(Matcher {
            name: label,
            op: MatchOp::Equal,
            value: value.clone(),
        })
    };
    query.stream.iter().map(matcher).collect()
}

/// Pairs the selector and every stage with its reason.
fn parts_of(query: &LogQuery, reasons: Vec<String>) -> Vec<Part> {
    let selector = std::iter::once(query.selector.to_string());
    let stages = query.stages.iter().map(Stage::to_string);
    selector
        .chain(stages)
        .zip(reasons)
        .map(|(text, reason)| Part::new(text, reason))
        .collect()
}

/// Says whether LogQL can ask for the field in each of its places.
pub fn is_speakable(field: &Field, system: &System) -> bool {
    place::unspeakable_key(field, system.format).is_none()
}

/// Returns the selectors of the streams that have the label and of those that lack it: a `series`
/// without an answer proves that there are none.
pub fn halves(selector: &Selector, label: &LabelName) -> [Selector; 2] {
    [MatchOp::NotEqual, MatchOp::Equal].map(|op| {
        selector.with(Matcher {
            name: label.clone(),
            op,
            value: String::new(),
        })
    })
}
