//! What Ginkgo decides on the lines that it reads, because LogQL cannot say it exactly.

use jiff::tz::TimeZone;

use super::condition::{Condition, Test};
use crate::logql::Comparison;
use crate::query::{QueryError, quoted};
use crate::schema::{Field, System, value};
use re2::Re2;

/// A condition that Ginkgo decides, ready to be asked of every row.
///
/// The lines that Loki returns are a superset of those for which all decisions of a query hold.
#[derive(Debug, Clone)]
pub struct Decision {
    field: Field,
    test: Decide,
}

#[derive(Debug, Clone)]
enum Decide {
    Matches { regex: Re2, wanted: bool },
    Time(Instants, Comparison),
    NotTimes(Instants),
}

/// Times to compare with, in nanoseconds since the epoch, and the zone of values that name none.
#[derive(Debug, Clone)]
struct Instants {
    times: Vec<i64>,
    zone: TimeZone,
}

impl Decision {
    /// Makes what must be decided of a condition; `None` where LogQL says all of it.
    ///
    /// # Errors
    /// Names the key of the query whose regular expression Loki takes and Ginkgo cannot evaluate.
    pub(super) fn of(condition: &Condition, system: &System) -> Result<Option<Self>, QueryError> {
        if condition.beyond_logql.is_none() {
            return Ok(None);
        }
        let instants = |times: &Vec<i64>| Instants {
            times: times.clone(),
            zone: system.time_zone.clone(),
        };
        let test = match &condition.test {
            Test::Matches(regex) => matches(condition, regex, true)?,
            Test::NotMatches(regex) => matches(condition, regex, false)?,
            Test::Time(op, times) => Decide::Time(instants(times), *op),
            Test::NotTimes(times) => Decide::NotTimes(instants(times)),
            _ => return Ok(None),
        };
        let field = condition.field.clone();
        Ok(Some(Self { field, test }))
    }

    /// Returns the field whose value decides.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// Says whether the condition holds of a row: `value` is the text of the first of the field's
    /// places that is not empty, with escapes decoded.
    pub fn holds(&self, value: Option<&str>) -> bool {
        match &self.test {
            Decide::Matches { regex, wanted } => {
                value.is_some_and(|text| regex.matches(text)) == *wanted
            }
            Decide::Time(instants, op) => instants.any(value, *op),
            Decide::NotTimes(instants) => !instants.any(value, Comparison::Equal),
        }
    }
}

impl Instants {
    /// Says whether the value is a time that compares so with one of these.
    fn any(&self, value: Option<&str>, op: Comparison) -> bool {
        let time = value.and_then(|text| value::time(text, &self.zone));
        time.is_some_and(|time| self.times.iter().any(|other| op.holds(&time, other)))
    }
}

fn matches(condition: &Condition, regex: &str, wanted: bool) -> Result<Decide, QueryError> {
    let compiled = Re2::new(regex).map_err(|problem| {
        let regex = quoted(&regex.into());
        let problem = format!(
            "{regex} cannot be evaluated by Ginkgo, which decides field \"{}\" itself: {problem}",
            condition.field.name
        );
        QueryError::new(format!("{}.values", condition.at), problem)
    })?;
    Ok(Decide::Matches {
        regex: compiled,
        wanted,
    })
}

#[cfg(test)]
mod tests;
