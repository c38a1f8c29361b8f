//! Answers with a million of something: right rows or a plain error, and memory that has an end.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::fake::{Act, Fake, LINE};
use crate::kit::{RANGE, column, scratch};
use crate::support::get;
use crate::support::host::Host;

const MILLION: usize = 1_000_000;

/// A host of its own, so that its memory tells of this test only.
fn host(name: &str) -> Host {
    Host::start_logging(&[], &scratch(&format!("huge-{name}.log")))
}

/// The most memory that the host's plugin ever had, in MiB.
fn peak_mib(host: &Host) -> u64 {
    let report = get(&format!("{}/api/host", host.url), &[]).json();
    assert_eq!(report["exited"], false, "{report}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", report["pid"]));
    let status = status.expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|text| text.trim().split(' ').next()?.parse::<u64>().ok());
    peak.expect("VmHWM") / 1024
}

/// Asks a host for what a fake answers.
fn ask(host: &Host, act: Act) -> Value {
    let fake = Fake::always(act);
    // A debug build on a busy machine takes its time over millions.
    let settings = json!({ "url": fake.url, "jsonData": { "timeout": 120 } });
    host.put_data_source("huge", &settings);
    let response = host.query("huge", RANGE.0, RANGE.1, &[json!({ "refId": "A" })]);
    response.json()["results"]["A"].clone()
}

/// The plugin is alive, and the next answer right.
fn assert_alive(host: &Host) {
    let result = ask(host, Act::Good);
    let body = column(&result["frames"][0], "body");
    assert_eq!(body, [json!(LINE)]);
}

fn streams(result: &str) -> Act {
    let body =
        format!(r#"{{"status":"success","data":{{"resultType":"streams","result":[{result}]}}}}"#);
    Act::status("200 OK", "content-type: application/json\r\n", body)
}

#[test]
fn one_stream_of_a_million_labels() {
    let mut labels = String::new();
    for i in 0..MILLION {
        let comma = if i == 0 { "" } else { "," };
        write!(labels, "{comma}\"l{i}\":\"v\"").expect("in memory");
    }
    let stream = format!(r#"{{"stream":{{{labels}}},"values":[["1772366400000000001","x"]]}}"#);
    let host = host("labels");
    let result = ask(&host, streams(&stream));
    assert_eq!(result["status"], 200, "{}", result["error"]);
    let frame = &result["frames"][0];
    assert_eq!(column(frame, "body"), [json!("x")]);
    let labels = column(frame, "labels")[0].as_object().expect("labels");
    assert!(labels.len() >= MILLION, "{}", labels.len());
    assert_eq!(labels["l999999"], "v");
    assert_alive(&host);
    let peak = peak_mib(&host);
    assert!(peak < 512, "{peak} MiB for 14 MB");
}

#[test]
fn a_million_streams_of_one_label() {
    let mut result = String::new();
    for i in 0..MILLION {
        let comma = if i == 0 { "" } else { "," };
        write!(
            result,
            r#"{comma}{{"stream":{{"a":"{i}"}},"values":[["1772366400000000001","x"]]}}"#
        )
        .expect("in memory");
    }
    let host = host("streams");
    let answer = ask(&host, streams(&result));
    // More lines than were asked for: as many of them as were, or an error that says what is wrong.
    if answer["status"] == 200 {
        let lines = column(&answer["frames"][0], "body");
        assert_eq!(
            lines,
            vec![json!("x"); 1000],
            "{}",
            answer["frames"][0]["schema"]["meta"]["notices"]
        );
    } else {
        let error = answer["error"].as_str().unwrap_or_default();
        assert_eq!(answer["errorSource"], "downstream", "{error}");
        assert!(!error.is_empty() && error.len() < 1000, "{error}");
    }
    assert_alive(&host);
    let peak = peak_mib(&host);
    assert!(peak < 1024, "{peak} MiB for 65 MB");
}
