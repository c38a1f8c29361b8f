//! What Ginkgo decides on the lines that it reads, because LogQL cannot say it exactly.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::condition::{Condition, Test};
use crate::logql::Comparison;
use crate::query::{QueryError, quoted};
use crate::schema::{Field, System, value};
use re2::{Stepped, Stopped};

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
    Matches { regex: Arc<Stepped>, wanted: bool },
    Time(Instants, Comparison),
    NotTimes(Instants),
}

/// Compiles an expression, or finds it compiled; else says what is wrong with it.
pub type Compile<'c> = &'c dyn Fn(&str) -> Result<Arc<Stepped>, String>;

/// Compiles an expression anew.
///
/// # Errors
/// Says what Ginkgo cannot evaluate.
pub fn compile(regex: &str) -> Result<Arc<Stepped>, String> {
    let compiled = Stepped::new(regex).map(Arc::new);
    compiled.map_err(|problem| problem.text.into_owned())
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
    pub(super) fn of(
        condition: &Condition,
        system: &System,
        compile: Compile<'_>,
    ) -> Result<Option<Self>, QueryError> {
        if condition.beyond_logql.is_none() {
            return Ok(None);
        }
        let instants = |times: &Vec<i64>| Instants {
            times: times.clone(),
            zone: system.time_zone.clone(),
        };
        let test = match &condition.test {
            Test::Matches(regex) => matches(condition, regex, true, compile)?,
            Test::NotMatches(regex) => matches(condition, regex, false, compile)?,
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
    /// places that is not empty, with escapes decoded. An expression asks now and then whether to go on.
    ///
    /// # Errors
    /// [`Stopped`] as soon as `goes_on` says no.
    pub fn holds(
        &self,
        value: Option<&str>,
        goes_on: impl FnMut() -> bool,
    ) -> Result<bool, Stopped> {
        Ok(match &self.test {
            Decide::Matches { regex, wanted } => {
                let matches = value.map(|text| regex.matches(text, goes_on));
                matches.transpose()?.unwrap_or(false) == *wanted
            }
            Decide::Time(instants, op) => instants.any(value, *op),
            Decide::NotTimes(instants) => !instants.any(value, Comparison::Equal),
        })
    }
}

impl Instants {
    /// Says whether the value is a time that compares so with one of these.
    fn any(&self, value: Option<&str>, op: Comparison) -> bool {
        let time = value.and_then(|text| value::time(text, &self.zone));
        time.is_some_and(|time| self.times.iter().any(|other| op.holds(&time, other)))
    }
}

fn matches(
    condition: &Condition,
    regex: &str,
    wanted: bool,
    compile: Compile<'_>,
) -> Result<Decide, QueryError> {
    let compiled = compile(regex).map_err(|problem| {
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
