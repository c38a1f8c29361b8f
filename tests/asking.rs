//! The query types of docs/asking.md: each block of LogQL is what Ginkgo makes of the question before it.
//! `GINKGO_BLESS=1 cargo test --test asking` writes the section anew.

// Clippy lets tests unwrap, but not the helpers beside them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::fmt::Write;

use ginkgo::query::{MacroContext, Query, QueryType};
use ginkgo::schema::{System, presets};
use ginkgo::translate::{Bound, Facts, plan};
use serde_json::json;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/asking.md");
const BEGIN: &str = "<!-- query types: written by tests/asking.rs -->\n";
const END: &str = "<!-- end of query types -->";

fn section() -> String {
    let systems = presets();
    let mut text = String::new();
    writeln!(
        text,
        "| `queryType` | asks for | systems |\n| --- | --- | --- |"
    )
    .unwrap();
    for query_type in QueryType::ALL {
        let asks = match query_type.role() {
            Some(role) => {
                format!("lines whose {role} is one of `ids`; without `ids`, lines that have one")
            }
            None if *query_type == QueryType::Any => "every line of the system".to_owned(),
            None => "your own LogQL (`expr`), with its macros replaced".to_owned(),
        };
        let has = |system: &&System| {
            query_type
                .role()
                .is_none_or(|role| system.role(role).is_some())
        };
        let names: Vec<&str> = systems
            .iter()
            .filter(has)
            .map(|s| s.name.as_str())
            .collect();
        writeln!(text, "| `{query_type}` | {asks} | {} |", names.join(", ")).unwrap();
    }
    text.push('\n');
    for system in &systems {
        for query_type in QueryType::ALL {
            if query_type
                .role()
                .is_some_and(|role| system.role(role).is_some())
            {
                let logql = logql(*query_type, system);
                write!(
                    text,
                    "`{query_type}` on `{}`:\n```logql\n{logql}\n```\n",
                    system.name
                )
                .unwrap();
            }
        }
    }
    text
}

/// The LogQL for any layout of labels, a stage a line.
fn logql(query_type: QueryType, system: &System) -> String {
    let query = json!({ "queryType": query_type.as_str(), "ids": ["ID"] });
    let query = Query::try_from(&query).unwrap();
    let macros = MacroContext {
        interval_ms: 1000,
        range_ms: 1000,
        instant: false,
    };
    let bound = Bound::new(&query, system).unwrap();
    let plan = plan(&query, &bound, system, &Facts::default(), &macros).unwrap();
    let parts: Vec<String> = plan.parts.into_iter().map(|part| part.logql).collect();
    parts.join("\n  ")
}

#[test]
fn the_page_shows_the_logql_of_every_query_type() {
    let page = std::fs::read_to_string(FILE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the section's begin");
    let (shown, after) = rest.split_once(END).expect("the section's end");
    let section = section();
    if std::env::var_os("GINKGO_BLESS").is_some() {
        std::fs::write(FILE, format!("{before}{BEGIN}{section}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(shown, section);
}
