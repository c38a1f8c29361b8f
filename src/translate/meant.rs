//! Which lines a result means, beyond what the question asks for.

use super::condition::Condition;
use super::metric::{is_error, refuse_level_filter};
use crate::query::{Operator, Query, QueryError, ResultKind};
use crate::schema::{Role, System};

/// Returns what must hold of a line so that the result is about it.
///
/// # Errors
/// Names the key of the query: a role that the system lacks, a filter that contradicts the result, a
/// value that is none of the event's field.
pub(super) fn conditions(query: &Query, system: &System) -> Result<Vec<Condition>, QueryError> {
    match query.result {
        ResultKind::TopErrors => {
            let needed = system.needed(Role::Level);
            let level = needed.map_err(|problem| {
                QueryError::new("result", format!("\"{}\" {problem}", query.result))
            })?;
            refuse_level_filter(query, system)?;
            Ok(vec![is_error(level, system)])
        }
        ResultKind::Events => events(query, system),
        _ => Ok(Vec::new()),
    }
}

/// With regions, only what begins and ends them; else every line, if filters or a search say which
/// lines are meant, and else those that have the event's field.
fn events(query: &Query, system: &System) -> Result<Vec<Condition>, QueryError> {
    let events = &query.events;
    let field = events.event_field(system)?;
    events.key_field(system)?;
    let condition = |operator, values: &[String], values_at: &str| {
        Condition::new(field.clone(), operator, values, "events", values_at, system)
    };
    if events.has_regions() {
        // Each list by itself, so that an error names the right one.
        for (words, at) in [(&events.start, "events.start"), (&events.end, "events.end")] {
            condition(Operator::OneOf, words, at)?;
        }
        let words = [events.start.as_slice(), events.end.as_slice()].concat();
        return Ok(vec![condition(Operator::OneOf, &words, "events.start")?]);
    }
    if query.filters.is_empty() && query.search.is_empty() {
        return Ok(vec![condition(Operator::Exists, &[], "events")?]);
    }
    Ok(Vec::new())
}
