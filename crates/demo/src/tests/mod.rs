//! Tests of the whole generator.

mod incident;
mod reader;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use super::{Config, Entry, Layout, System, catalog, generate, mess_kinds};

const START: i64 = 1_760_000_000_000_000_000;
const MINUTE: i64 = 60_000_000_000;

/// Five minutes in a layout, with mess.
fn config(layout: Layout, mess: f64) -> Config {
    Config {
        layout,
        mess,
        lines_per_second: 3.0,
        ..Config::new(42, START, START + 5 * MINUTE)
    }
}

fn entries(config: &Config) -> Vec<Entry> {
    generate(config).collect()
}

#[test]
fn the_same_seed_yields_the_same_entries() {
    let config = config(Layout::Mixed, 0.3);
    let first = entries(&config);
    assert_eq!(first, entries(&config));
    let other = Config { seed: 43, ..config };
    assert_ne!(first, entries(&other));
}

#[test]
fn a_system_does_not_depend_on_the_others() {
    let all = config(Layout::Mixed, 0.3);
    for system in System::ALL {
        let alone = Config {
            systems: vec![system],
            ..all.clone()
        };
        let expected: Vec<Entry> = generate(&all).filter(|e| e.system == system).collect();
        assert_eq!(entries(&alone), expected, "{system}");
    }
}

#[test]
fn a_longer_range_only_adds() {
    let short = config(Layout::Labels, 0.2);
    let endless = Config {
        end_ns: i64::MAX,
        ..short.clone()
    };
    let in_range = generate(&endless).take_while(|entry| entry.timestamp_ns < short.end_ns);
    assert_eq!(entries(&short), in_range.collect::<Vec<_>>());
}

#[test]
fn every_layout_tells_the_same_story() {
    let told = |layout| -> Vec<(i64, Option<String>)> {
        let entries = generate(&config(layout, 0.0));
        entries
            .map(|e| (e.timestamp_ns, e.truth.fields.get("trace_id").cloned()))
            .collect()
    };
    let first = told(Layout::Labels);
    for layout in Layout::ALL {
        assert_eq!(told(layout), first, "{layout}");
    }
}

#[test]
fn entries_are_ordered_in_range_and_distinct() {
    for layout in Layout::ALL {
        let config = config(layout, 0.9);
        let all = entries(&config);
        assert!(all.is_sorted_by_key(|entry| entry.timestamp_ns));
        let range = config.start_ns..config.end_ns;
        assert!(all.iter().all(|entry| range.contains(&entry.timestamp_ns)));
        let mut keys = BTreeSet::new();
        for entry in &all {
            let key = (
                entry.timestamp_ns,
                &entry.labels,
                &entry.metadata,
                &entry.line,
            );
            assert!(keys.insert(key), "twice: {entry:?}");
        }
    }
}

#[test]
fn every_kind_of_mess_appears() {
    let config = Config {
        lines_per_second: 20.0,
        ..config(Layout::Mixed, 0.5)
    };
    let seen: BTreeSet<&str> = generate(&config).filter_map(|e| e.truth.mess).collect();
    let kinds: BTreeSet<&str> = mess_kinds().collect();
    assert_eq!(seen, kinds);
    let clean = Config {
        mess: 0.0,
        ..config
    };
    assert!(generate(&clean).all(|entry| entry.truth.mess.is_none()));
}

#[test]
fn rate_and_share_of_mess_are_kept() {
    let config = config(Layout::Line, 0.1);
    let mut lines: BTreeMap<System, usize> = BTreeMap::new();
    let mut messy = 0_usize;
    for entry in generate(&config) {
        *lines.entry(entry.system).or_default() += 1;
        messy += usize::from(entry.truth.mess.is_some());
    }
    for (system, count) in &lines {
        assert!((650..1_200).contains(count), "{system}: {count}");
    }
    let total: usize = lines.values().sum();
    let share = messy as f64 / total as f64;
    assert!((0.075..0.125).contains(&share), "{share}");
}

#[test]
fn labels_keep_to_lokis_limits() {
    for layout in Layout::ALL {
        for entry in generate(&config(layout, 0.3)) {
            assert!(entry.labels.len() <= 14, "{entry:?}");
            for (name, value) in entry.labels.iter().chain(&entry.metadata) {
                let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                assert!(name.chars().all(is_word) && !name.starts_with(char::is_numeric));
                assert!(!value.is_empty() && value.len() < 2048);
            }
            assert!(!entry.line.is_empty() && entry.line.len() < 200_000);
        }
    }
}

#[test]
fn presets_find_their_streams() {
    for entry in generate(&config(Layout::Line, 0.3)) {
        let label = |name: &str| entry.labels.get(name).map(String::as_str);
        match entry.system {
            System::Ginkgo => assert_eq!(label("job"), Some("ginkgo")),
            System::Fastapi => assert_eq!(label("job"), Some("fastapi")),
            System::Tskv => assert_eq!(label("job"), Some("docker")),
            System::Dynamo => {
                assert!(label("nvidia_com_dynamo_graph_deployment_name").is_some());
                assert!(entry.metadata.contains_key("pod"));
            }
        }
    }
}

#[test]
fn an_hour_fits_a_test_loki() {
    let cases = [
        (Layout::Labels, 1, 2.0, 1_500),
        (Layout::Labels, 24, 0.1, 3_000),
        (Layout::Mixed, 1, 2.0, 1_500),
    ];
    for (layout, hours, lines_per_second, most) in cases {
        let config = Config {
            lines_per_second,
            layout,
            ..Config::new(9, START, START + hours * 60 * MINUTE)
        };
        let streams: BTreeSet<_> = generate(&config).map(|entry| entry.labels).collect();
        let count = streams.len();
        assert!(count < most, "{layout}, {hours} h: {count}");
    }
}

#[test]
fn the_catalog_lists_what_exists() {
    let config = Config::new(42, START, START + 60 * MINUTE);
    let known = catalog(&config);
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for entry in generate(&config) {
        for name in ["portfolio_id", "strategy_id", "task_id"] {
            if let Some(id) = entry.truth.fields.get(name) {
                seen.entry(name).or_default().insert(id.clone());
            }
        }
    }
    let listed = [
        ("portfolio_id", known.portfolios),
        ("strategy_id", known.strategies),
        ("task_id", known.runs),
    ];
    for (name, ids) in listed {
        assert_eq!(seen.get(name), Some(&ids.into_iter().collect()), "{name}");
    }
}

#[test]
fn ids_live_where_the_layout_says() {
    for (layout, in_line, in_metadata) in [
        (Layout::Labels, true, false),
        (Layout::Line, true, false),
        (Layout::Metadata, false, true),
    ] {
        for entry in generate(&config(layout, 0.0)) {
            let is_readable = !entry.truth.line.is_empty();
            if entry.truth.fields.contains_key("trace_id") && is_readable {
                let place = (
                    entry.truth.line.contains_key("trace_id"),
                    entry.metadata.contains_key("trace_id"),
                );
                assert_eq!(place, (in_line, in_metadata), "{layout}: {entry:?}");
            }
            let has_level = entry.labels.contains_key("level");
            let promotes = layout == Layout::Labels && entry.truth.fields.contains_key("level");
            assert_eq!(has_level, promotes, "{layout}");
        }
    }
}

#[test]
fn conflicts_disagree() {
    let conflicts = |entry: &Entry| entry.truth.mess == Some("conflicting ids");
    let config = config(Layout::Mixed, 0.5);
    let mut count = 0;
    for entry in generate(&config).filter(conflicts) {
        let shipped = entry.labels.iter().chain(&entry.metadata);
        let disagrees = |(name, value): (&String, &String)| {
            let said = entry.truth.line.get(name);
            said.is_some_and(|said| said != value)
        };
        assert!(shipped.into_iter().any(disagrees), "{entry:?}");
        count += 1;
    }
    assert!(count > 15);
}

#[test]
fn an_empty_range_or_rate_has_no_entries() {
    let config = config(Layout::Labels, 0.0);
    let none = [
        Config {
            end_ns: START,
            ..config.clone()
        },
        Config {
            lines_per_second: 0.0,
            ..config.clone()
        },
        Config {
            lines_per_second: f64::NAN,
            ..config.clone()
        },
        Config {
            systems: Vec::new(),
            ..config
        },
    ];
    for config in none {
        assert_eq!(generate(&config).count(), 0);
    }
}

#[test]
fn names_are_read_back() {
    for system in System::ALL {
        assert_eq!(system.to_string().parse(), Ok(system));
    }
    for layout in Layout::ALL {
        assert_eq!(layout.to_string().parse(), Ok(layout));
    }
    let error = "Ginko".parse::<System>().unwrap_err().to_string();
    assert!(
        error.contains("\"Ginko\"") && error.contains("tskv"),
        "{error}"
    );
}
