//! Health: is Loki reachable, are we let in, does it hold what the schema says?

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::sample::{Found, Sample};
use super::{DataSource, Error, Scope};
use crate::loki::Layer;
use crate::schema::System;
use crate::text;

/// How a data source is: one sentence first, details below.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// Whether questions can be answered.
    pub ok: bool,
    /// One sentence.
    pub message: String,
    /// What was found; `verboseMessage` is what Grafana shows when details are unfolded.
    pub details: Value,
}

impl DataSource {
    /// Checks the health: Loki's version, then for each system its newest lines in the scope's range
    /// and where its fields stand in them. Good when any system has lines.
    pub async fn health(&self, scope: &Scope) -> Health {
        let call = self.call(&scope.caller, None, "health");
        let version = match self.client.version(&call).await {
            Ok(version) => Some(version).filter(|version| !version.is_empty()),
            // An older Loki, or a gateway that lets only queries through.
            Err(error) if matches!(error.layer(), Layer::NotFound | Layer::Answer) => None,
            Err(error) => return failed(&error.into()),
        };
        // All at once: a slow Loki is waited for once.
        let samples = self.settings.systems.iter().map(|system| async move {
            let sample = self.sample(system, scope, "health").await;
            sample.map(|sample| (system, sample))
        });
        match try_join_all(samples).await {
            Ok(systems) => summary(version.as_deref(), &systems),
            Err(error) => failed(&error),
        }
    }
}

fn failed(error: &Error) -> Health {
    let layer = error
        .loki()
        .map(|error| format!("{:?}", error.layer()).to_lowercase());
    let message = text::message(&error.to_string());
    Health {
        ok: false,
        details: json!({ "layer": layer, "verboseMessage": message }),
        message,
    }
}

fn summary(version: Option<&str>, systems: &[(&System, Sample)]) -> Health {
    let version = version.map_or("of an unknown version".to_owned(), |v| {
        format!("version {v}")
    });
    let with_lines: Vec<&str> = systems
        .iter()
        .filter(|(_, sample)| sample.lines > 0)
        .map(|(system, _)| system.name.as_str())
        .collect();
    let ok = !with_lines.is_empty();
    let message = if ok {
        format!(
            "Loki ({version}) answers; logs found for {}",
            with_lines.join(", ")
        )
    } else {
        let selectors = systems
            .iter()
            .map(|(system, _)| format!("{} {}", system.name, system.selector));
        format!(
            "Loki ({version}) answers, but no system has logs in the range that was checked: {}; correct the selectors in the settings, or check the collector",
            selectors.collect::<Vec<_>>().join(", ")
        )
    };
    let shown = |(system, sample): &&(&System, Sample)| system.configured || sample.lines > 0;
    let verbose: Vec<String> = systems
        .iter()
        .filter(shown)
        .map(|(s, sample)| sentence(s, sample))
        .collect();
    let details = systems
        .iter()
        .filter(shown)
        .map(|(system, sample)| detail(system, sample));
    Health {
        ok,
        message: text::message(&message),
        details: json!({
            "version": version,
            "systems": details.collect::<Vec<_>>(),
            "verboseMessage": text::visible(&verbose.join("\n")),
        }),
    }
}

/// The fields with a role are those that questions need.
fn role_fields(sample: &Sample) -> impl Iterator<Item = &Found> {
    sample
        .fields
        .iter()
        .filter(|found| found.field.role.is_some())
}

fn sentence(system: &System, sample: &Sample) -> String {
    if sample.lines == 0 {
        return format!("{}: no lines for {}", system.name, system.selector);
    }
    let found = role_fields(sample).filter(|found| !found.places.is_empty());
    let found = found.map(|found| format!("{} ({})", found.field.name, found.places.join(", ")));
    let missing = role_fields(sample).filter(|found| found.places.is_empty());
    let missing: Vec<&str> = missing.map(|found| found.field.name.as_str()).collect();
    let missing = match missing.as_slice() {
        [] => String::new(),
        names => format!("; not found: {}", names.join(", ")),
    };
    let lines = match sample.lines {
        1 => "the only line".to_owned(),
        lines => format!("the newest {lines} lines"),
    };
    let mut sentence = format!(
        "{}: in {lines} found {}{missing}",
        system.name,
        found.collect::<Vec<_>>().join(", ")
    );
    for remark in &sample.remarks {
        sentence.push_str("\n  ");
        sentence.push_str(remark);
    }
    sentence
}

fn detail(system: &System, sample: &Sample) -> Value {
    let fields = sample.fields.iter();
    let found = fields.map(|found| (found.field.name.clone(), json!(found.places)));
    json!({
        "name": system.name,
        "selector": system.selector.to_string(),
        "sampledLines": sample.lines,
        "remarks": sample.remarks,
        "fields": found.collect::<serde_json::Map<_, _>>(),
    })
}
