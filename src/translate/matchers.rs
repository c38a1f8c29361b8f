//! What the stream selector can say of a condition: the cheapest place for it, because Loki then never
//! opens the other streams.

use super::condition::{Condition, Test};
use super::text::Texts;
use super::{Facts, place};
use crate::logql::{MatchOp, Matcher};

/// What matchers can say of a condition.
pub(super) enum Matched {
    /// All of it.
    Decided(Vec<Matcher>, String),
    /// Which streams cannot have such lines; the pipeline decides.
    Narrowed(Matcher, String),
    /// Nothing.
    Not,
}

/// Returns what matchers say of a condition; `texts` are those that its test asks for.
pub(super) fn matched(condition: &Condition, texts: Option<&Texts>, facts: &Facts) -> Matched {
    if matches!(condition.test, Test::NotTimes(_)) {
        let why = "lines without the time are meant as well".to_owned();
        return Matched::Decided(Vec::new(), why);
    }
    let Some(label) = place::first_label(&condition.field) else {
        return Matched::Not;
    };
    let only_label = place::is_label_only(&condition.field);
    let decides = only_label || facts.everywhere.contains(&label);
    let why = if only_label {
        format!("{label} is a label")
    } else {
        format!("every stream has the label {label}")
    };
    let empty = |op| Matcher {
        name: label.clone(),
        op,
        value: String::new(),
    };
    let negative = condition.test.is_negative();
    match (texts, &condition.test) {
        // An expression that matches the empty text would keep streams without the label.
        (Some(texts @ Texts::Pattern(_)), _) if decides && !negative => {
            Matched::Decided(vec![texts.matcher(&label), empty(MatchOp::NotEqual)], why)
        }
        (Some(texts), _) if decides && !negative => {
            Matched::Decided(vec![texts.matcher(&label)], why)
        }
        // Absent is no text; an expression that matches the empty text would drop such streams.
        (Some(Texts::Pattern(_)), _) if negative => Matched::Not,
        (Some(texts), _) if decides => Matched::Decided(vec![texts.not_matcher(&label)], why),
        (Some(texts), _) if negative => Matched::Narrowed(
            texts.not_matcher(&label),
            format!("streams whose label {label} has it are out"),
        ),
        // Nobody has times as labels: not worth its length.
        (Some(_), Test::Time(..)) => Matched::Not,
        (Some(texts), _) => Matched::Narrowed(
            texts.matcher_or_absent(&label),
            format!("streams whose label {label} has another value are out"),
        ),
        (None, Test::Exists) if decides => Matched::Decided(vec![empty(MatchOp::NotEqual)], why),
        (None, Test::Missing) if decides => Matched::Decided(vec![empty(MatchOp::Equal)], why),
        (None, Test::Missing) => Matched::Narrowed(
            empty(MatchOp::Equal),
            format!("streams with the label {label} are out"),
        ),
        // Where the label is, its name in the pipeline is the label; elsewhere it could be metadata.
        (None, Test::Number(..)) if only_label => Matched::Narrowed(empty(MatchOp::NotEqual), why),
        (None, _) => Matched::Not,
    }
}
