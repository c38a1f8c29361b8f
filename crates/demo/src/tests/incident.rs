//! Storms and silences: as many errors, and as few lines, as an alert rule needs.

use super::{Config, Entry, MINUTE, System, generate};
use crate::{Incident, Trouble, incidents};

/// An hour from its beginning on, as the demo writes them.
fn config() -> Config {
    let hour = 1_760_000_400_000_000_000_i64.div_euclid(60 * MINUTE) * 60 * MINUTE;
    Config {
        lines_per_second: 2.0,
        mess: 0.0,
        incidents: true,
        ..Config::new(1, hour, hour + 60 * MINUTE)
    }
}

fn is_of(entry: &Entry, incident: &Incident) -> bool {
    let subject = incident.subject.as_deref();
    let field = |name: &str| entry.truth.fields.get(name).map(String::as_str);
    let name = match entry.system {
        System::Ginkgo => "portfolio_id",
        System::Fastapi => "service_name",
        System::Tskv => "service",
        System::Dynamo => "nvidia_com_dynamo_graph_deployment_name",
    };
    entry.system == incident.system && (subject.is_none() || field(name) == subject)
}

/// The share of errors among entries, and how many there are.
fn errors<'e>(entries: impl Iterator<Item = &'e Entry>) -> (f64, usize) {
    let is_error = |entry: &Entry| {
        let level = entry
            .truth
            .fields
            .get("level")
            .map(|level| level.to_lowercase());
        matches!(level.as_deref(), Some("error" | "critical" | "50"))
    };
    let (mut lines, mut bad) = (0_usize, 0_usize);
    for entry in entries {
        lines += 1;
        bad += usize::from(is_error(entry));
    }
    (bad as f64 / lines.max(1) as f64, lines)
}

#[test]
fn every_hour_has_its_storms_and_silences() {
    let config = config();
    let all = incidents(&config);
    assert_eq!(all.len(), 7, "{all:?}");
    let entries: Vec<Entry> = generate(&config).collect();
    for incident in &all {
        let subject = |entry: &&Entry| is_of(entry, incident);
        let begun = incident.start_ns
            + if incident.trouble == Trouble::Silence {
                MINUTE / 2
            } else {
                0
            };
        let during = |entry: &&Entry| (begun..incident.end_ns).contains(&entry.timestamp_ns);
        let hour = incident.start_ns - incident.start_ns.rem_euclid(60 * MINUTE);
        let calm = |entry: &&Entry| (hour..hour + 10 * MINUTE).contains(&entry.timestamp_ns);
        let (share, lines) = errors(entries.iter().filter(subject).filter(during));
        let (usual, some) = errors(entries.iter().filter(subject).filter(calm));
        assert!(some > 20, "{incident:?}: {some}");
        match incident.trouble {
            Trouble::Silence => assert_eq!(lines, 0, "{incident:?}"),
            Trouble::Storm => {
                // A failed request of the runtime has few error lines among its spans.
                let least = if incident.system == System::Dynamo {
                    0.04
                } else {
                    0.1
                };
                assert!(
                    share > least && share > 4.0 * usual,
                    "{incident:?}: {share}"
                );
                assert!(usual < 0.06, "{incident:?}: {usual} is usual");
            }
        }
    }
    // Whoever is silent is heard of at other times, and others at that time.
    let silent: Vec<&Incident> = all
        .iter()
        .filter(|i| i.trouble == Trouble::Silence)
        .collect();
    for incident in silent {
        let during = |e: &&Entry| (incident.start_ns..incident.end_ns).contains(&e.timestamp_ns);
        let others = entries
            .iter()
            .filter(during)
            .filter(|e| e.system == incident.system);
        assert!(others.count() > 500, "{incident:?}");
    }
}

#[test]
fn incidents_are_off_unless_asked_for() {
    let off = Config {
        incidents: false,
        ..config()
    };
    assert!(incidents(&off).is_empty());
    assert!(!Config::new(1, 0, 1).incidents);
}

#[test]
fn one_strategy_at_least_fails_a_lot() {
    let config = config();
    let entries: Vec<Entry> = generate(&config).collect();
    let all = incidents(&config);
    let is_storm = |i: &&Incident| i.trouble == Trouble::Storm && i.system == System::Ginkgo;
    for incident in all.iter().filter(is_storm) {
        let during = |e: &&Entry| (incident.start_ns..incident.end_ns).contains(&e.timestamp_ns);
        let mine = entries.iter().filter(during).filter(|e| is_of(e, incident));
        let with = mine.filter(|e| e.truth.fields.contains_key("strategy_id"));
        let (share, lines) = errors(with);
        assert!(
            share > 0.15 && lines > 50,
            "{incident:?}: {share} of {lines}"
        );
    }
}

#[test]
fn engines_fail_and_limits_are_broken_in_storms_alone() {
    let config = config();
    let all = incidents(&config);
    let is_storm = |i: &&Incident| i.trouble == Trouble::Storm && i.system == System::Ginkgo;
    let storm = all.iter().find(is_storm).unwrap();
    // What a storm has begun, an order's way say, ends within seconds.
    let during = storm.start_ns..storm.end_ns + MINUTE / 4;
    let mut seen = 0;
    for entry in generate(&config).filter(|entry| entry.system == System::Ginkgo) {
        let event = entry.truth.fields.get("event_type").map(String::as_str);
        if matches!(event, Some("ENGINEERROR" | "RISKBREACH")) {
            let is_within = during.contains(&entry.timestamp_ns);
            assert!(is_of(&entry, storm) && is_within, "{entry:?}");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}
