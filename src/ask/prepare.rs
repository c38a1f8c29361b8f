//! What happens before the question itself: its system, its conditions, probes, regexes judged.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use super::metric::logql;
use super::{DataSource, Error, Scope};
use crate::logql::{LabelName, LogQuery, Predicate, Selector, Stage, TextOp, parse_selector};
use crate::loki::{self, Call, Layer, Request};
use crate::query::{MacroContext, Query, QueryError, quoted};
use crate::schema::System;
use crate::translate::{self, Bound, Decision, Facts, Plan};

/// A question that is ready to be sent.
pub struct Prepared<'d> {
    /// What is known.
    pub ground: Ground<'d>,
    /// What Loki is asked: one query, or one for each part of the streams.
    pub plans: Vec<Plan>,
    /// What Ginkgo decides on the rows.
    pub decisions: Vec<Decision>,
}

/// What is known before the LogQL of a question is written.
pub struct Ground<'d> {
    /// Its system.
    pub system: &'d System,
    /// The question held against it.
    pub bound: Bound,
    /// What is known of the streams: of all, or of each part of them.
    pub facts: Vec<Facts>,
    /// What goes with each of its requests.
    pub call: Call,
    /// Why the question may be explained, and not asked.
    pub unresolved: Option<Error>,
}

/// What tells that there are streams.
#[derive(Debug, Clone, Copy)]
enum Witness {
    /// The names of their labels.
    Labels,
    /// Themselves.
    Streams,
}

/// Regexes that Loki has accepted: the same ones come with every refresh.
#[derive(Debug, Default)]
pub struct JudgedRegexes(Mutex<HashSet<String>>);

/// The most queries that one question is split into.
const MOST_PARTS: usize = 8;

/// How often a range that is too long for Loki is halved, over all its pieces.
const MOST_PIECES: usize = 32;

/// More than that are forgotten together; dashboards have a few.
const MOST_JUDGED: usize = 1000;

impl DataSource {
    /// Prepares a question. What it must know and Loki does not say makes it `unresolved`.
    pub(super) async fn prepare(
        &self,
        query: &Query,
        scope: &Scope,
    ) -> Result<Prepared<'_>, Error> {
        let none = |_: &Bound, _: &System| Ok(BTreeSet::new());
        let ground = self.ground(query, scope, none).await?;
        let Ground { system, bound, .. } = &ground;
        let decisions = self.decisions(bound, system, &ground.call).await?;
        let macros = if Self::is_metric(query) {
            // LogQL of the user's own, to be explained: what is explained is what runs.
            logql::macros(query, scope)?
        } else {
            MacroContext {
                interval_ms: i64::try_from(scope.interval.as_millis()).unwrap_or(i64::MAX),
                range_ms: range_ms(scope),
                instant: query.instant,
            }
        };
        let plan = |facts| translate::plan(query, bound, system, facts, &macros);
        let plans = ground
            .facts
            .iter()
            .map(plan)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Prepared {
            ground,
            plans,
            decisions,
        })
    }

    /// Finds out what a question depends on. `more` names further labels that it reads.
    pub(super) async fn ground(
        &self,
        query: &Query,
        scope: &Scope,
        more: impl FnOnce(&Bound, &System) -> Result<BTreeSet<LabelName>, QueryError>,
    ) -> Result<Ground<'_>, Error> {
        let system = self.named_system(query.system.as_deref())?;
        self.ground_in(system, query, scope, more).await
    }

    /// Finds out the same of a question to this system, whatever it names.
    pub(super) async fn ground_in<'s>(
        &self,
        system: &'s System,
        query: &Query,
        scope: &Scope,
        more: impl FnOnce(&Bound, &System) -> Result<BTreeSet<LabelName>, QueryError>,
    ) -> Result<Ground<'s>, Error> {
        if scope.to_ns <= scope.from_ns {
            let problem = "is empty: its end must be after its start";
            return Err(QueryError::new("time range", problem).into());
        }
        let call = self.call(&scope.caller, Some(system), query.query_type.as_str());
        let bound = Bound::new(query, system)?;
        let mut unresolved = None;
        for (at, regex) in bound.regexes(query) {
            match self.judge(&at, regex, scope, &call).await {
                Err(error) if error.loki().is_some() => unresolved = Some(error),
                judged => judged?,
            }
        }
        let mut names = bound.ambiguous_names();
        names.extend(more(&bound, system)?);
        let facts = match self
            .parts(names, &bound.selector(system), scope, &call)
            .await
        {
            Err(error) if error.loki().is_some() => {
                tracing::debug!(%error, "probe failed");
                unresolved = Some(error);
                vec![Facts::default()]
            }
            parts => parts?,
        };
        Ok(Ground {
            system,
            bound,
            facts,
            call,
            unresolved,
        })
    }

    /// Returns the system of this name, or the default one.
    pub(super) fn named_system(&self, name: Option<&str>) -> Result<&System, QueryError> {
        let settings = &self.settings;
        let wanted = name.unwrap_or(&settings.default_system);
        settings.system(wanted).ok_or_else(|| {
            let names: Vec<&str> = settings.systems.iter().map(|s| s.name.as_str()).collect();
            let wanted = quoted(&wanted.into());
            let problem = format!("{wanted} is not known: use {}", names.join(", "));
            QueryError::new("system", problem)
        })
    }

    /// Finds out what ambiguous names mean. Where one is a label on some streams and may be metadata
    /// on others, the question goes to either part by itself. Without an answer there is no question:
    /// the rows could be wrong.
    async fn parts(
        &self,
        names: BTreeSet<LabelName>,
        selector: &Selector,
        scope: &Scope,
        call: &Call,
    ) -> Result<Vec<Facts>, Error> {
        let mut parts = vec![Facts::default()];
        for label in names {
            let [with, without] = translate::halves(selector, &label);
            if !self.may_have_streams(&without, scope, call).await? {
                for part in &mut parts {
                    part.everywhere.insert(label.clone());
                }
            } else if !self.may_have_streams(&with, scope, call).await? {
                for part in &mut parts {
                    part.nowhere.insert(label.clone());
                }
            } else {
                parts = parts.iter().flat_map(|part| part.split(&label)).collect();
            }
            if parts.len() > MOST_PARTS {
                let problem = format!(
                    "name too many fields that are labels on some streams and metadata on others (such as {label}): the question would need more than {MOST_PARTS} queries; ask for fewer of them, or give each the sources label, metadata, line"
                );
                return Err(QueryError::new("filters", problem).into());
            }
        }
        Ok(parts)
    }

    /// Says whether the range may have streams of a selector; where it says no, there are none. Their labels
    /// tell, which are few where streams are many; but Loki lists labels of streams near the range too.
    pub(super) async fn may_have_streams(
        &self,
        selector: &Selector,
        scope: &Scope,
        call: &Call,
    ) -> Result<bool, Error> {
        self.find_streams(selector, Witness::Labels, scope, call)
            .await
    }

    /// Says whether the range has streams of a selector.
    pub(super) async fn has_streams(
        &self,
        selector: &Selector,
        scope: &Scope,
        call: &Call,
    ) -> Result<bool, Error> {
        Ok(self.may_have_streams(selector, scope, call).await?
            && self
                .find_streams(selector, Witness::Streams, scope, call)
                .await?)
    }

    /// Looks for streams in the range, in pieces where Loki takes only shorter ones, until some are found.
    async fn find_streams(
        &self,
        selector: &Selector,
        witness: Witness,
        scope: &Scope,
        call: &Call,
    ) -> Result<bool, Error> {
        let selector = selector.to_string();
        let mut pieces = vec![(scope.from_ns, scope.to_ns)];
        let mut left = MOST_PIECES;
        while let Some((start_ns, end_ns)) = pieces.pop() {
            let found = match witness {
                Witness::Labels => {
                    let request = Request::Labels {
                        start_ns,
                        end_ns,
                        selector: Some(selector.clone()),
                    };
                    let labels = self.client.labels(&request, call).await;
                    labels.map(|labels| !labels.is_empty())
                }
                Witness::Streams => {
                    let request = Request::Series {
                        matchers: vec![selector.clone()],
                        start_ns,
                        end_ns,
                    };
                    self.client.has_series(&request, call).await
                }
            };
            match found {
                Ok(false) => {}
                Ok(true) => return Ok(true),
                Err(error) if left > 0 && is_too_long(&error) => {
                    left -= 1;
                    let middle = start_ns + (end_ns - start_ns) / 2;
                    // The newest first: that is where streams are.
                    pieces.extend([(start_ns, middle), (middle, end_ns)]);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(false)
    }

    /// Lets Loki judge a user's regular expression before it is used: in a line filter Loki would
    /// take a broken one without a word and find nothing.
    async fn judge(&self, at: &str, regex: &str, scope: &Scope, call: &Call) -> Result<(), Error> {
        if self.judged.contains(regex) {
            return Ok(());
        }
        let question = question_of(regex);
        let judged = match self.client.format_query(&question, call).await {
            // A gateway that lets only queries through: a query of one nanosecond is read as well.
            Err(error) if error.layer() == Layer::NotFound => {
                let request = Request::Logs {
                    query: question,
                    start_ns: scope.from_ns,
                    end_ns: scope.from_ns.saturating_add(1),
                    limit: 1,
                    direction: loki::Direction::Backward,
                };
                self.client.logs(&request, call).await.map(drop)
            }
            judged => judged.map(drop),
        };
        match judged {
            Ok(()) => {
                self.judged.insert(regex);
                Ok(())
            }
            Err(error) if error.layer() == Layer::Syntax => {
                let regex = quoted(&regex.into());
                let problem = format!("{regex} is no valid regular expression (RE2): {error}");
                Err(QueryError::new(at, problem).into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Returns the length of the range in milliseconds, begun ones included; the longest has more nanoseconds
/// than an `i64` holds.
pub(super) fn range_ms(scope: &Scope) -> i64 {
    let milliseconds = scope.to_ns.abs_diff(scope.from_ns).div_ceil(1_000_000);
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

/// Says whether the range is longer than Loki takes at once.
fn is_too_long(error: &loki::Error) -> bool {
    matches!(
        error,
        loki::Error::Refused {
            reason: loki::Reason::Range,
            ..
        }
    )
}

/// Returns a query that is valid exactly when the expression is.
fn question_of(regex: &str) -> String {
    let selector = parse_selector("{a=\"b\"}").unwrap_or(Selector {
        matchers: Vec::new(),
    });
    let name = LabelName::private("", "x");
    let filter = Predicate::Text(name, TextOp::Matches, regex.to_owned());
    let query = LogQuery {
        selector,
        stages: vec![Stage::Filter(filter)],
    };
    query.to_string()
}

impl JudgedRegexes {
    fn contains(&self, regex: &str) -> bool {
        let judged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        judged.contains(regex)
    }

    fn insert(&self, regex: &str) {
        let mut judged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if judged.len() >= MOST_JUDGED {
            judged.clear();
        }
        judged.insert(regex.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regex_is_judged_as_a_value() {
        assert_eq!(question_of("a\"}|b"), r#"{a="b"} | x=~"a\"}|b""#);
    }
}
