//! The truth against reference readers, and against the stories that the lines tell.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::{Config, Entry, Layout, System, generate};
use super::{START, config, reader};

/// Keys of no schema: their name is the key.
const OWN_NAMES: [&str; 3] = ["http.route", "x-always.there", "back\\slash"];

/// A key's name in the presets, by the rule of the log formats.
fn name(system: System, key: &str) -> String {
    if OWN_NAMES.contains(&key) {
        return key.to_owned();
    }
    match key {
        "@timestamp" | "timestamp" | "time" => return "time".to_owned(),
        "trace.span_id" | "span.id" => return "span_id".to_owned(),
        "event" if system == System::Fastapi => return "message".to_owned(),
        _ => {}
    }
    let prefixes = ["ginkgo.", "log.", "time."];
    let short = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix));
    short.unwrap_or(key).replace('.', "_")
}

fn read(entry: &Entry) -> BTreeMap<String, String> {
    let pairs = match entry.system {
        System::Tskv => reader::tskv(&entry.line),
        System::Ginkgo | System::Fastapi | System::Dynamo => reader::json(&entry.line),
    };
    let named = pairs.into_iter();
    named
        .map(|(key, value)| (name(entry.system, &key), value))
        .collect()
}

#[test]
fn a_reader_gets_the_truth_out_of_every_line() {
    for layout in Layout::ALL {
        for mess in [0.0, 0.7] {
            for entry in generate(&config(layout, mess)) {
                assert_eq!(read(&entry), entry.truth.line, "{layout}: {entry:?}");
            }
        }
    }
}

#[test]
fn proper_json_lines_are_json() {
    for layout in Layout::ALL {
        for entry in generate(&config(layout, 0.3)) {
            if entry.truth.mess.is_some() || entry.system == System::Tskv {
                continue;
            }
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&entry.line);
            assert!(parsed.is_ok_and(|value| value.is_object()), "{entry:?}");
            assert!(!entry.truth.line.is_empty());
        }
    }
}

#[test]
fn the_line_and_the_meaning_agree() {
    for entry in generate(&config(Layout::Mixed, 0.5)) {
        for (field, value) in &entry.truth.line {
            assert_eq!(
                entry.truth.fields.get(field),
                Some(value),
                "{field}: {entry:?}"
            );
        }
        let named = entry.labels.keys().chain(entry.metadata.keys());
        for field in named {
            assert!(entry.truth.fields.contains_key(field), "{field}: {entry:?}");
        }
    }
}

#[test]
fn a_kind_of_mess_is_what_it_says() {
    for entry in generate(&config(Layout::Mixed, 0.9)) {
        let (line, truth) = (&entry.line, &entry.truth);
        let is_unread = truth.line.is_empty();
        match truth.mess {
            Some("plain text" | "ansi line" | "leading blank") => assert!(is_unread),
            Some("blank line") => assert_eq!(line, " "),
            Some("stack trace") => assert!(is_unread && line.lines().count() > 3),
            Some("ansi message") => assert!(line.contains("[31m")),
            Some("replaced character") => assert!(line.contains('\u{fffd}')),
            Some("big line") => assert!(line.len() >= 65_536),
            Some("odd keys") => assert!(truth.line.contains_key("x-always.there")),
            Some("late") => {
                let time: Timestamp = truth.line["time"].parse().unwrap();
                let behind = i128::from(entry.timestamp_ns) - time.as_nanosecond();
                assert!(behind >= 999_000_000, "{behind}");
            }
            Some("truncated") => {
                let whole: Result<serde_json::Value, _> = serde_json::from_str(line);
                assert!(whole.is_err());
            }
            _ => {}
        }
    }
}

#[test]
fn lines_carry_their_entrys_time() {
    for entry in generate(&config(Layout::Line, 0.0)) {
        if let Some(time) = entry.truth.line.get("time") {
            let time: Timestamp = time.parse().unwrap();
            let behind = i128::from(entry.timestamp_ns) - time.as_nanosecond();
            assert!((0..1_000_000).contains(&behind), "{entry:?}");
        }
    }
}

/// A span as its closing line has it: start, end, parent.
type Closed = (i64, i64, Option<String>);

#[test]
fn a_trace_tree_can_be_rebuilt_from_the_lines() {
    let config = Config {
        systems: vec![System::Dynamo],
        ..config(Layout::Line, 0.0)
    };
    let mut first: BTreeMap<String, i64> = BTreeMap::new();
    let mut closed: BTreeMap<String, Closed> = BTreeMap::new();
    for entry in generate(&config) {
        let line = &entry.truth.line;
        let time: Timestamp = line["time"].parse().unwrap();
        let (id, at) = (line["span_id"].clone(), time.as_microsecond());
        match line["message"].as_str() {
            "SPAN_FIRST_ENTRY" => {
                first.insert(id, at);
            }
            "SPAN_CLOSED" => {
                let [busy, idle, duration] = ["busy_us", "idle_us", "duration_us"]
                    .map(|name| line[name].parse::<i64>().unwrap());
                assert_eq!(busy + idle, duration);
                assert_eq!(first[&id], at - duration);
                closed.insert(id, (at - duration, at, line.get("parent_id").cloned()));
            }
            _ => assert!(first.contains_key(&id) && !closed.contains_key(&id)),
        }
    }
    assert!(closed.len() > 150);
    let mut children = 0;
    for (start, end, parent) in closed.values() {
        // A parent may close beyond the range's end.
        let Some((from, to, _)) = parent.as_ref().and_then(|id| closed.get(id)) else {
            continue;
        };
        assert!(from < start && end < to);
        children += 1;
    }
    assert!(children > closed.len() / 2);
}

#[test]
fn traces_span_several_services() {
    let services = [
        (System::Ginkgo, "container"),
        (System::Fastapi, "service_name"),
        (System::Tskv, "service"),
        (System::Dynamo, "nvidia_com_dynamo_component_type"),
    ];
    for (system, field) in services {
        let config = Config {
            systems: vec![system],
            ..config(Layout::Metadata, 0.0)
        };
        let mut traces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in generate(&config) {
            let fields = entry.truth.fields;
            if let (Some(trace), Some(service)) = (fields.get("trace_id"), fields.get(field)) {
                let services = traces.entry(trace.clone()).or_default();
                services.insert(service.clone());
            }
        }
        let several = traces.values().filter(|services| services.len() > 1);
        assert!(several.count() > traces.len() / 3, "{system}");
    }
}

#[test]
fn the_trading_day_is_lively() {
    let config = Config {
        systems: vec![System::Ginkgo],
        lines_per_second: 4.0,
        mess: 0.0,
        ..Config::new(7, START, START + 3_600_000_000_000)
    };
    let mut events: BTreeMap<String, u32> = BTreeMap::new();
    let mut levels: BTreeSet<String> = BTreeSet::new();
    let mut clocks: BTreeMap<String, String> = BTreeMap::new();
    for entry in generate(&config) {
        let fields = entry.truth.fields;
        let event = fields.get("event_type").cloned().unwrap_or_default();
        levels.insert(fields["level"].clone());
        if event == "ENGINESTART" || event == "TIMEADVANCE" {
            let clock = fields["business_timestamp"].clone();
            let before = clocks.insert(fields["task_id"].clone(), clock.clone());
            assert!(before.is_none_or(|before| before < clock));
        }
        *events.entry(event).or_default() += 1;
    }
    // Twenty of the contract, and lines without an event.
    assert_eq!(events.len(), 21, "{events:?}");
    assert!(events["ORDERFILLED"] > events["ORDERREJECTED"]);
    for word in [
        "info", "INFO", "error", "ERROR", "critical", "debug", "WARNING",
    ] {
        assert!(levels.contains(word), "{word}");
    }
}
