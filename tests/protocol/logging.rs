//! The plugin's log as Grafana's client reads it.

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{RANGE, scratch};
use crate::support::host::Host;
use crate::support::send;

/// Runs good and bad requests under a log level and returns the plugin's own lines.
fn logged(name: &str, environment: &[&str]) -> Vec<Value> {
    let log = scratch(name);
    let _ = std::fs::remove_file(&log);
    let mut host = Host::start_logging(environment, &log);
    let (good, ill) = (
        Fake::always(Act::Good),
        Fake::always(Act::status("500 Oh", "", "the ring is empty")),
    );
    host.put_data_source("good", &json!({ "url": good.url }));
    host.put_data_source("ill", &json!({ "url": ill.url }));
    let queries = [
        json!({ "refId": "A" }),
        json!({ "refId": "B", "queryType": "user's \"word\"\n" }),
    ];
    host.query("good", RANGE.0, RANGE.1, &queries);
    host.query(
        "ill",
        RANGE.0,
        RANGE.1,
        &[json!({ "refId": "C", "queryType": "trace" })],
    );
    host.resource("ill", "fields");
    send(
        "POST",
        &format!("{}/api/host/stop", host.url),
        &[],
        &json!({}),
    );
    host.end();
    let text = std::fs::read_to_string(&log).expect("a log");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("hclog writes JSON"));
    // The client's own lines have the module `host`.
    lines
        .filter(|line: &Value| line["@module"] == "host.gpx_ginkgo")
        .collect()
}

fn find<'l>(lines: &'l [Value], message: &str) -> Vec<&'l Value> {
    lines
        .iter()
        .filter(|line| line["@message"] == message)
        .collect()
}

#[test]
fn every_line_is_structured_with_its_level() {
    for (name, environment) in [
        ("log-info", &[][..]),
        ("log-debug", &["GF_PLUGIN_LOG_LEVEL=debug"][..]),
    ] {
        let lines = logged(name, environment);
        assert!(!lines.is_empty(), "{name}");
        for line in &lines {
            // A line that go-plugin cannot read arrives whole as the message and without fields.
            assert!(line["target"].is_string(), "{name}: {line}");
            assert!(
                line["@message"]
                    .as_str()
                    .is_some_and(|text| !text.contains("@level")),
                "{name}: {line}"
            );
        }
        let failed = find(&lines, "request failed");
        let of = |ref_id: &str| {
            failed
                .iter()
                .find(|line| line["ref_id"] == ref_id)
                .copied()
                .unwrap_or(&Value::Null)
        };
        assert_eq!(
            (&of("C")["@level"], &of("C")["query_type"]),
            (&json!("warn"), &json!("trace")),
            "{name}: {lines:#?}"
        );
        assert_eq!(of("C")["status"], 502, "{name}");
        assert!(of("C")["duration_ms"].is_number(), "{name}");
        assert!(
            of("C")["error"]
                .as_str()
                .is_some_and(|error| error.contains("the ring is empty")),
            "{name}"
        );
        assert_eq!(of("B")["status"], 400, "{name}");
        let route = failed.iter().find(|line| line["route"] == "fields");
        assert!(route.is_some(), "{name}: {lines:#?}");
    }
}

#[test]
fn debug_lines_are_there_only_when_asked_for() {
    let levels = |lines: &[Value]| -> Vec<String> {
        let mut levels: Vec<String> = lines
            .iter()
            .map(|line| line["@level"].as_str().unwrap_or_default().to_owned())
            .collect();
        levels.sort();
        levels.dedup();
        levels
    };
    let info = logged("level-info", &[]);
    assert!(!levels(&info).contains(&"debug".to_owned()), "{info:#?}");
    let debug = logged("level-debug", &["GF_PLUGIN_LOG_LEVEL=debug"]);
    assert!(levels(&debug).contains(&"debug".to_owned()), "{debug:#?}");
    let answered = find(&debug, "query answered");
    assert_eq!(answered.len(), 1, "{debug:#?}");
    assert_eq!(
        (&answered[0]["ref_id"], &answered[0]["rows"]),
        (&json!("A"), &json!(1))
    );
    let error = logged("level-error", &["GF_PLUGIN_LOG_LEVEL=error"]);
    assert_eq!(levels(&error), Vec::<String>::new(), "{error:#?}");
}

#[test]
fn what_a_user_wrote_is_not_in_the_usual_log() {
    let info = logged("quotes-info", &[]);
    assert!(
        info.iter().all(|line| !line.to_string().contains("word")),
        "{info:#?}"
    );
}
