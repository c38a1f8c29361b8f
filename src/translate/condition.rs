//! Filters and ids as conditions on typed fields.

use std::collections::BTreeSet;

use super::number::Number;
use super::place;
use crate::line::Format;
use crate::logql::Comparison;
use crate::query::{Filter, Operator, QueryError, quoted};
use crate::schema::{Field, FieldType, Level, System, listed, value};

/// One condition on a field of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The field.
    pub field: Field,
    /// What must hold of its value.
    pub test: Test,
    /// The key of the query that asks for it: `ids`, `filters[0]`.
    pub at: String,
    /// Why LogQL cannot say it exactly: Loki is asked for every line of which it can hold, and Ginkgo
    /// decides on the lines that it reads.
    pub beyond_logql: Option<&'static str>,
}

/// What must hold of a field's value. The negative ones also hold where there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Is one of these texts.
    OneOf(Vec<String>),
    /// Is none of these texts.
    NoneOf(Vec<String>),
    /// Matches the RE2 expression as a whole.
    Matches(String),
    /// Does not match the RE2 expression.
    NotMatches(String),
    /// Is a number that compares so with at least one of these.
    Number(Comparison, Vec<Number>),
    /// Is no number, or none of these.
    NotNumbers(Vec<Number>),
    /// Is one of these truths.
    Bools(BTreeSet<bool>),
    /// Is none of these truths.
    NotBools(BTreeSet<bool>),
    /// Has one of these canonical levels.
    Levels(BTreeSet<Level>),
    /// Is an instant that compares so with at least one of these (nanoseconds since the epoch).
    Time(Comparison, Vec<i64>),
    /// Is no instant, or none of these.
    NotTimes(Vec<i64>),
    /// Is there and not empty.
    Exists,
    /// Is absent or empty.
    Missing,
}

impl Test {
    /// Says whether streams can be left out by a label that has the value: the test fails without one.
    pub fn prunes(&self) -> bool {
        match self {
            Self::OneOf(_) | Self::Matches(_) | Self::Bools(_) | Self::Time(..) | Self::Exists => {
                true
            }
            Self::Levels(levels) => !levels.contains(&Level::Unknown),
            Self::NoneOf(_)
            | Self::NotMatches(_)
            | Self::Number(..)
            | Self::NotNumbers(_)
            | Self::NotBools(_)
            | Self::NotTimes(_)
            | Self::Missing => false,
        }
    }

    /// Says whether the test holds where there is no value.
    pub fn is_negative(&self) -> bool {
        match self {
            Self::NoneOf(_)
            | Self::NotMatches(_)
            | Self::NotBools(_)
            | Self::NotNumbers(_)
            | Self::NotTimes(_)
            | Self::Missing => true,
            Self::Levels(levels) => levels.contains(&Level::Unknown),
            Self::OneOf(_)
            | Self::Matches(_)
            | Self::Number(..)
            | Self::Bools(_)
            | Self::Time(..)
            | Self::Exists => false,
        }
    }

    /// Returns the regular expression that the user wrote.
    pub fn user_regex(&self) -> Option<&str> {
        match self {
            Self::Matches(regex) | Self::NotMatches(regex) => Some(regex),
            _ => None,
        }
    }
}

impl Condition {
    /// Makes the condition of a query type's ids; without ids: the field is there.
    pub fn of_ids(field: &Field, ids: &[String], system: &System) -> Result<Self, QueryError> {
        let operator = if ids.is_empty() {
            Operator::Exists
        } else {
            Operator::OneOf
        };
        Self::new(field.clone(), operator, ids, "ids", "ids", system)
    }

    /// Makes the condition of the filter number `index`.
    pub fn of_filter(filter: &Filter, index: usize, system: &System) -> Result<Self, QueryError> {
        let field = system.field(&filter.field);
        let at = format!("filters[{index}]");
        let values_at = format!("{at}.values");
        Self::new(
            field,
            filter.operator,
            &filter.values,
            &at,
            &values_at,
            system,
        )
    }

    /// Makes the condition that the field has a text; `None` where LogQL cannot name it.
    pub fn exists(field: &Field, system: &System) -> Option<Self> {
        let at = "measure.field";
        Self::new(field.clone(), Operator::Exists, &[], at, at, system).ok()
    }

    /// Says whether matchers say all that LogQL says of the condition, so that no pipeline reads the
    /// field.
    pub fn decided_by_matchers(&self) -> bool {
        match self.test {
            // Lines without the field are meant as well: LogQL says nothing.
            Test::NotTimes(_) => true,
            Test::Number(..) | Test::NotNumbers(_) | Test::NotMatches(_) => false,
            _ => place::is_label_only(&self.field),
        }
    }

    /// Makes a condition: `at` is the key of the query that asks for it, `values_at` that of its values.
    pub(super) fn new(
        field: Field,
        operator: Operator,
        values: &[String],
        at: &str,
        values_at: &str,
        system: &System,
    ) -> Result<Self, QueryError> {
        let test = match operator {
            Operator::Exists => Test::Exists,
            Operator::Missing => Test::Missing,
            Operator::Matches | Operator::NotMatches if !is_text(&field) => {
                return Err(not_for_type(&field, operator, at));
            }
            _ => match field.kind {
                FieldType::String | FieldType::Json => text_test(operator, values),
                FieldType::Number => number_test(&field, operator, values, values_at)?,
                FieldType::Bool => bool_test(&field, operator, values, values_at)?,
                FieldType::Level => level_test(&field, operator, values, values_at, system)?,
                FieldType::Time => time_test(&field, operator, values, values_at, system)?,
            }
            .ok_or_else(|| not_for_type(&field, operator, at))?,
        };
        if let Some(key) = place::unspeakable_key(&field, system.format) {
            let problem = format!(
                "\"{}\" cannot be asked for: LogQL has no spelling for the JSON key {}; use a search, or a field with another source",
                field.name,
                quoted(&key.into())
            );
            return Err(QueryError::new(format!("{at}.field"), problem));
        }
        if let Some(regex) = test.user_regex() {
            check_regex(values_at, regex)?;
        }
        let beyond_logql = match test {
            Test::Time(..) | Test::NotTimes(_) => Some("LogQL cannot compare times"),
            Test::Matches(_) | Test::NotMatches(_) if reads_escaped(&field, system.format) => {
                Some("LogQL sees the text between quotes with Python's escapes")
            }
            _ => None,
        };
        Ok(Self {
            field,
            test,
            at: at.to_owned(),
            beyond_logql,
        })
    }
}

/// Refuses a user's expression that would change the query's structure: one that does not end what it
/// begins. Whether it is an expression at all, Loki says.
pub(super) fn check_regex(at: &str, regex: &str) -> Result<(), QueryError> {
    re2::check(regex).map_err(|problem| {
        let regex = quoted(&regex.into());
        let problem = format!("{regex} is no valid regular expression (RE2): {problem}");
        QueryError::new(at, problem)
    })
}

fn is_text(field: &Field) -> bool {
    matches!(field.kind, FieldType::String | FieldType::Json)
}

/// LogQL sees TSKV's text as Python wrote it, escapes and all; a regex would judge the escapes.
fn reads_escaped(field: &Field, format: Format) -> bool {
    format == Format::Tskv && field.line_paths().next().is_some()
}

fn not_for_type(field: &Field, operator: Operator, at: &str) -> QueryError {
    let (name, kind) = (&field.name, field.kind);
    let valid: &[&str] = match kind {
        FieldType::String => &["=", "!=", "=|", "!=|", "=~", "!~", "exists", "missing"],
        FieldType::Json => &["=", "!=", "=|", "!=|", "=~", "!~", "exists", "missing"],
        FieldType::Number | FieldType::Level | FieldType::Time => &[
            "=", "!=", "=|", "!=|", ">", ">=", "<", "<=", "exists", "missing",
        ],
        FieldType::Bool => &["=", "!=", "=|", "!=|", "exists", "missing"],
    };
    let problem = format!(
        "\"{operator}\" does not go with field \"{name}\", whose type is {kind}: use {}",
        listed(valid.iter().copied())
    );
    QueryError::new(format!("{at}.operator"), problem)
}

fn text_test(operator: Operator, values: &[String]) -> Option<Test> {
    let first = || values.first().cloned().unwrap_or_default();
    // Loki counts the lines of a stream twice where a matcher names its label's value twice.
    let each_once = || {
        let mut seen = BTreeSet::new();
        let new = values.iter().filter(|value| seen.insert(value.as_str()));
        new.cloned().collect()
    };
    Some(match operator {
        Operator::Equal | Operator::OneOf => Test::OneOf(each_once()),
        Operator::NotEqual | Operator::NoneOf => Test::NoneOf(each_once()),
        Operator::Matches => Test::Matches(first()),
        Operator::NotMatches => Test::NotMatches(first()),
        _ => return None,
    })
}

fn number_test(
    field: &Field,
    operator: Operator,
    values: &[String],
    at: &str,
) -> Result<Option<Test>, QueryError> {
    let Some(comparison) = comparison(operator) else {
        return Ok(None);
    };
    let numbers = typed(
        field,
        values,
        at,
        "a number such as 200 or 1.5e-3",
        Number::new,
    )?;
    Ok(Some(match operator {
        Operator::NotEqual | Operator::NoneOf => Test::NotNumbers(numbers),
        _ => Test::Number(comparison, numbers),
    }))
}

/// Returns how one of the values must compare; for the negative operators, how none may.
fn comparison(operator: Operator) -> Option<Comparison> {
    Some(match operator {
        Operator::Equal | Operator::OneOf | Operator::NotEqual | Operator::NoneOf => {
            Comparison::Equal
        }
        Operator::Greater => Comparison::Greater,
        Operator::GreaterOrEqual => Comparison::GreaterOrEqual,
        Operator::Less => Comparison::Less,
        Operator::LessOrEqual => Comparison::LessOrEqual,
        _ => return None,
    })
}

fn time_test(
    field: &Field,
    operator: Operator,
    values: &[String],
    at: &str,
    system: &System,
) -> Result<Option<Test>, QueryError> {
    let Some(comparison) = comparison(operator) else {
        return Ok(None);
    };
    let zone = system.time_zone.iana_name().unwrap_or("the system's zone");
    let valid = format!(
        "a time from 1677 to 2262 such as 2020-03-02T09:35:00Z, 2020-03-02 09:35:00 (which is in {zone}), or a number of 10, 13, 16 or 19 digits (seconds, ms, µs, ns) before its point"
    );
    let read = |text: &str| value::time(text, &system.time_zone);
    let times = typed(field, values, at, &valid, read)?;
    Ok(Some(match operator {
        Operator::NotEqual | Operator::NoneOf => Test::NotTimes(times),
        _ => Test::Time(comparison, times),
    }))
}

fn bool_test(
    field: &Field,
    operator: Operator,
    values: &[String],
    at: &str,
) -> Result<Option<Test>, QueryError> {
    let negative = match operator {
        Operator::Equal | Operator::OneOf => false,
        Operator::NotEqual | Operator::NoneOf => true,
        _ => return Ok(None),
    };
    let truths = typed(field, values, at, "true or false", value::boolean)?;
    let truths = truths.into_iter().collect();
    Ok(Some(if negative {
        Test::NotBools(truths)
    } else {
        Test::Bools(truths)
    }))
}

fn level_test(
    field: &Field,
    operator: Operator,
    values: &[String],
    at: &str,
    system: &System,
) -> Result<Option<Test>, QueryError> {
    let canonical = listed(Level::ALL.map(Level::as_str));
    let meant = |word: &str| system.levels.meant(word);
    let given = typed(field, values, at, &canonical, meant)?;
    let ordered = |keep: fn(&Level, &Level) -> bool| -> BTreeSet<Level> {
        // `unknown` satisfies no order, on either side.
        let known = |level: &Level| *level != Level::Unknown;
        let bound = given.first().filter(|level| known(level));
        let levels = Level::ALL.into_iter().filter(known);
        bound.map_or_else(BTreeSet::new, |bound| {
            levels.filter(|level| keep(level, bound)).collect()
        })
    };
    Ok(Some(Test::Levels(match operator {
        Operator::Equal | Operator::OneOf => given.iter().copied().collect(),
        Operator::NotEqual | Operator::NoneOf => Level::ALL
            .into_iter()
            .filter(|level| !given.contains(level))
            .collect(),
        Operator::Greater => ordered(|level, bound| level > bound),
        Operator::GreaterOrEqual => ordered(|level, bound| level >= bound),
        Operator::Less => ordered(|level, bound| level < bound),
        Operator::LessOrEqual => ordered(|level, bound| level <= bound),
        _ => return Ok(None),
    })))
}

/// Reads every value as the field's type, or says which one is none.
fn typed<T>(
    field: &Field,
    values: &[String],
    at: &str,
    valid: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, QueryError> {
    let read = |(i, text): (usize, &String)| {
        read(text).ok_or_else(|| {
            let text = quoted(&text.as_str().into());
            let problem = format!(
                "{text} is no value of field \"{}\", whose type is {}: use {valid}",
                field.name, field.kind
            );
            QueryError::new(format!("{at}[{i}]"), problem)
        })
    };
    values.iter().enumerate().map(read).collect()
}
