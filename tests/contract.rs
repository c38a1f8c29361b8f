//! The query model's contract: every shape, good and bad, in `contract/queries.json`.
//!
//! A good query has the LogQL that it becomes (for any layout of labels, with the presets); a bad one
//! its error text. The TypeScript tests read the same file. `GINKGO_BLESS=1 cargo test --test
//! contract` writes what is printed now into it: read the difference before you commit it.

// Clippy lets tests unwrap, but not the helpers beside them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::time::Duration;

use ginkgo::query::timing::{Span, Timing};
use ginkgo::query::{MacroContext, Query, QueryError};
use ginkgo::schema::{System, presets};
use ginkgo::translate::metric::{self, Ask, Metric};
use ginkgo::translate::{Bound, Facts, plan};
use serde_json::Value;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contract/queries.json");

fn answer(query: &Value) -> Result<String, QueryError> {
    let query = Query::try_from(query)?;
    let name = query.system.as_deref().unwrap_or("ginkgo");
    let systems = presets();
    let system = systems.iter().find(|system| system.name == name);
    let system = system.expect("contract queries name presets only");
    let macros = MacroContext {
        interval_ms: 30_000,
        range_ms: 3_600_000,
        instant: false,
    };
    let bound = Bound::new(&query, system)?;
    if query.result.is_metric() {
        return metric(&query, &bound, system);
    }
    Ok(plan(&query, &bound, system, &Facts::default(), &macros)?.expr)
}

/// The LogQL of a metric query over an hour that begins at a full one, on a panel of 100 points.
fn metric(query: &Query, bound: &Bound, system: &System) -> Result<String, QueryError> {
    let span = Span {
        from_ns: 0,
        to_ns: 3600 * 1_000_000_000,
        interval: Duration::from_secs(30),
        max_data_points: 100,
        is_alert: false,
    };
    let timing = Timing::new(query, &span)?;
    let metric = Metric::new(query, bound, system)?;
    let by = metric.by();
    let ask = Ask {
        by: &by,
        reading: &metric.reading,
        also: Vec::new(),
        window: timing.window,
        offset: Duration::from_nanos(timing.shift_ns.unsigned_abs()),
        by_value: false,
    };
    let planned = metric::plans(query, bound, system, &Facts::default(), &ask)?;
    let exprs = planned.into_iter().map(|planned| planned.plan.expr);
    Ok(exprs.collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_query_of_the_contract_has_its_logql_or_its_error() {
    let text = std::fs::read_to_string(FILE).unwrap();
    let mut cases: Value = serde_json::from_str(&text).unwrap();
    let bless = std::env::var_os("GINKGO_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases.as_array_mut().unwrap() {
        let (key, got) = match answer(&case["query"]) {
            Ok(logql) => ("logql", logql),
            Err(error) => ("error", error.to_string()),
        };
        if bless {
            let case = case.as_object_mut().unwrap();
            case.remove("logql");
            case.remove("error");
            case.insert(key.to_owned(), got.into());
        } else if case[key] != got.as_str() {
            wrong.push(format!("{}: {key} is now\n  {got}", case["name"]));
        }
    }
    if bless {
        std::fs::write(FILE, serde_json::to_string_pretty(&cases).unwrap() + "\n").unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique() {
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let mut names: Vec<&str> = cases
        .iter()
        .map(|case| case["name"].as_str().unwrap())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
