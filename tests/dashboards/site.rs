//! An hour of demo logs with its incidents, once for each layout of ids, a week of fewer lines, and a data
//! source over each.

use std::sync::OnceLock;

use ginkgo_demo::{Config, Entry, Layout, System, generate};
use serde_json::{Value, json};

use crate::support::{data_source, loki};

/// Nanoseconds of a minute.
pub const MINUTE_NS: i64 = 60_000_000_000;
/// Nanoseconds of a week.
pub const WEEK_NS: i64 = 7 * 24 * 60 * MINUTE_NS;
/// Where the hour begins: 2026-03-01 12:00 UTC.
pub const START_NS: i64 = 1_772_366_400_000_000_000;
/// Where it ends.
pub const END_NS: i64 = START_NS + 60 * MINUTE_NS;
/// The layouts that a site may have.
pub const LAYOUTS: [Layout; 3] = [Layout::Labels, Layout::Metadata, Layout::Line];

/// What is generated.
pub fn config(layout: Layout) -> Config {
    Config {
        lines_per_second: 2.0,
        incidents: true,
        layout,
        ..Config::new(7, START_NS, END_NS)
    }
}

/// The entries of a layout.
pub fn entries(layout: Layout) -> Vec<Entry> {
    generate(&config(layout)).collect()
}

/// Makes a data source over the logs of a layout, written once; returns its uid.
pub fn site(layout: Layout) -> &'static str {
    static SITES: [OnceLock<String>; 3] = [const { OnceLock::new() }; 3];
    let number = LAYOUTS.iter().position(|known| *known == layout);
    SITES[number.expect("a layout")].get_or_init(|| over(layout.name(), &entries(layout)))
}

/// Likewise over the week up to the hour's end.
pub fn week() -> &'static str {
    static WEEK: OnceLock<String> = OnceLock::new();
    WEEK.get_or_init(|| {
        let config = Config {
            lines_per_second: 0.02,
            ..config(Layout::Metadata)
        };
        let start_ns = END_NS - WEEK_NS;
        let entries: Vec<Entry> = generate(&Config { start_ns, ..config }).collect();
        over("week", &entries)
    })
}

/// Writes logs and makes a data source over them alone.
fn over(name: &str, entries: &[Entry]) -> String {
    loki().push(entries, &[("site", name)]);
    let systems: Vec<Value> = System::ALL
        .iter()
        .map(|system| narrowed(*system, name))
        .collect();
    data_source(&format!("dashboards-{name}"), json!({ "systems": systems }))
}

/// A preset whose streams are those of one site.
fn narrowed(system: System, site: &str) -> Value {
    let selector = match system {
        System::Ginkgo => format!("{{job=\"ginkgo\", site=\"{site}\"}}"),
        System::Fastapi => format!("{{job=\"fastapi\", site=\"{site}\"}}"),
        System::Tskv => format!("{{job=\"docker\", site=\"{site}\"}}"),
        System::Dynamo => {
            format!("{{nvidia_com_dynamo_graph_deployment_name=~\".+\", site=\"{site}\"}}")
        }
    };
    json!({ "preset": system.name(), "selector": selector })
}
