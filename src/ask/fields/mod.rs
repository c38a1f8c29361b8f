//! The resource `fields`: what the schema says, and what the lines really have.
//!
//! Three witnesses: the newest lines, read as Ginkgo reads them; what Loki detects in a sample of lines;
//! the labels of the streams. None of them alone sees everything.

mod listing;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::sample::Look;
use super::{DataSource, Error, Scope, lines_of};
use crate::loki::{Call, DetectedField, Layer, Request};
use crate::query::{MacroContext, QueryError, quoted};
use crate::schema::System;
use crate::translate::{self, Bound};
use listing::Listing;

/// The most lines that Loki is asked to detect fields in.
const MOST_LINES: u32 = 1000;
/// The most fields that it is asked for.
const MOST_FIELDS: u32 = 1000;

/// What Loki says of the streams and lines.
#[derive(Debug, Default)]
struct Said {
    /// The names of the streams' labels, with the number of their values where that is known.
    labels: BTreeMap<String, Option<u64>>,
    /// What it detected.
    detected: Vec<DetectedField>,
    /// What it did not say.
    notices: Vec<String>,
}

impl DataSource {
    /// Answers `{query, system}` with the fields of a system, those of its schema first, as the lines of a
    /// question have them: `{"system", "sampledLines", "fields": [{name, role, type, unit, description,
    /// sources, found, example, inSchema, cardinality}], "unknownLevels", "notices"}`. `found` says where a
    /// field really stands; `cardinality` is about how many values it has, `null` where nobody counted;
    /// `unknownLevels` are the words of the lines' levels that the system does not know.
    ///
    /// # Errors
    /// What is wrong with the query, or what Loki said.
    pub async fn fields(&self, request: &Value, scope: &Scope) -> Result<Value, Error> {
        let lines = lines_of::read(request.get("query"))?;
        let query = &lines.query;
        let scope = scope.delayed(query.delay);
        let named = system_name(request)?.or(query.system.as_deref());
        let system = lines.system(self.named_system(named)?);
        let no_more = |_: &Bound, _: &System| Ok(BTreeSet::new());
        let ground = self.ground_in(&system, query, &scope, no_more).await?;
        if let Some(error) = ground.unresolved {
            return Err(error);
        }
        let macros = MacroContext {
            interval_ms: 1000,
            range_ms: 1000,
            instant: true,
        };
        let plan = |facts| translate::plan(query, &ground.bound, &system, facts, &macros);
        let plans = ground.facts.iter().map(plan);
        let plans = plans.collect::<Result<Vec<_>, QueryError>>()?;
        let exprs: Vec<&str> = plans.iter().map(|plan| plan.expr.as_str()).collect();
        let selector = ground.bound.selector(&system).to_string();
        let (look, said) = tokio::join!(
            self.look(&system, &exprs, &scope, &ground.call),
            self.said(&exprs, &selector, &system, (&scope, &ground.call))
        );
        let (look, mut said) = (look?, said);
        said.notices.extend(lines.notice);
        if ground.bound.is_beyond_logql() {
            let left_out = "a condition that LogQL cannot say is left out";
            said.notices.push(left_out.to_owned());
        }
        if look.is_sample() {
            said.notices.push(format!(
                "where fields were found, and their examples, are those of the newest {} lines; Loki looked at {MOST_LINES} lines or fewer for others, and for the numbers of values",
                look.lines()
            ));
        }
        Ok(answer(&system, &look, &said))
    }

    /// Asks Loki what there is. What it does not say is missing, and said.
    async fn said(
        &self,
        exprs: &[&str],
        selector: &str,
        system: &System,
        (scope, call): (&Scope, &Call),
    ) -> Said {
        let (start_ns, end_ns) = (scope.from_ns, scope.to_ns);
        let labels = Request::Labels {
            start_ns,
            end_ns,
            selector: Some(selector.to_owned()),
        };
        let counted = Request::DetectedLabels {
            selector: selector.to_owned(),
            start_ns,
            end_ns,
        };
        let (labels, counted, detected) = tokio::join!(
            self.client.labels(&labels, call),
            self.client.detected_labels(&counted, call),
            self.detected(exprs, system, (scope, call))
        );
        let mut said = Said::default();
        match labels {
            Ok(mut names) => {
                if names.len() > MOST_FIELDS as usize {
                    said.notices.push(format!(
                        "the streams have {} labels: the first {MOST_FIELDS} are listed",
                        names.len()
                    ));
                    names.truncate(MOST_FIELDS as usize);
                }
                let names = names.into_iter().map(|name| (name, None));
                said.labels.extend(names);
            }
            Err(error) => said.notices.push(format!(
                "labels are those of the newest lines: Loki did not list them: {error}"
            )),
        }
        // How many values a label has is not worth a notice.
        let counted = counted.unwrap_or_default().into_iter();
        for (name, values) in counted.take(MOST_FIELDS as usize) {
            said.labels.insert(name, Some(values));
        }
        match detected {
            Ok(detected) => said.detected = detected,
            Err(error) if error.layer() == Layer::NotFound => said.notices.push(
                "this Loki does not detect fields: those inside lines are only the schema's"
                    .to_owned(),
            ),
            Err(error) => said.notices.push(format!(
                "fields inside lines are only the schema's: Loki did not detect others: {error}"
            )),
        }
        said
    }

    async fn detected(
        &self,
        exprs: &[&str],
        system: &System,
        (scope, call): (&Scope, &Call),
    ) -> Result<Vec<DetectedField>, crate::loki::Error> {
        let mut all = Vec::new();
        for expr in exprs {
            let request = Request::DetectedFields {
                query: (*expr).to_owned(),
                start_ns: scope.from_ns,
                end_ns: scope.to_ns,
                // An answer between the parts of Loki has a largest size, as with pages of lines.
                line_limit: self.line_sizes.first_page(&system.name).min(MOST_LINES),
                limit: MOST_FIELDS,
            };
            let fields = self.client.detected_fields(&request, call).await?;
            // Not every server that speaks like Loki keeps to the limit.
            all.extend(fields.into_iter().take(MOST_FIELDS as usize));
        }
        Ok(all)
    }
}

/// Returns the name of the system beside the query.
fn system_name(request: &Value) -> Result<Option<&str>, QueryError> {
    match request.get("system") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name.as_str()).filter(|name| !name.is_empty())),
        Some(other) => {
            let problem = format!("{} is not valid: expected a text", quoted(other));
            Err(QueryError::new("system", problem))
        }
    }
}

fn answer(system: &System, look: &Look<'_>, said: &Said) -> Value {
    let listing = Listing::new(system, look, said);
    let fields = listing.entries.iter().map(listing::Entry::described);
    json!({
        "system": system.name,
        "sampledLines": look.lines(),
        "fields": fields.collect::<Vec<Value>>(),
        "unknownLevels": look.unknown_levels().words().collect::<Vec<&str>>(),
        "notices": said.notices,
    })
}
