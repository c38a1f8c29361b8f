//! What a Viewer, a line or a hostile Loki can ask of the plugin: it stays alive, in time and in its memory,
//! and other data sources hardly notice.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fake::{Act, Fake, LINE, LINE_NS, Seen};
use crate::kit::{BASE_NS, RANGE, column, scratch};
use crate::support::host::Host;
use crate::support::{get, loki, send};

/// A host of its own, with a plugin that has this environment.
fn host(name: &str, environment: &[&str]) -> Host {
    Host::start_logging(environment, &scratch(&format!("hostile-{name}.log")))
}

fn ask(host: &Host, uid: &str, query: &Value) -> Value {
    let mut query = query.clone();
    query["refId"] = json!("A");
    let response = host.query(uid, RANGE.0, RANGE.1, &[query]).json();
    response["results"]["A"].clone()
}

fn lines(lines: &[String]) -> Act {
    let values: Vec<Value> = lines.iter().map(|line| json!([LINE_NS, line])).collect();
    let stream = json!({ "stream": { "job": "x" }, "values": values });
    let data = json!({ "resultType": "streams", "result": [stream] });
    let body = json!({ "status": "success", "data": data });
    Act::status(
        "200 OK",
        "content-type: application/json\r\n",
        body.to_string(),
    )
}

/// A Loki whose log queries are answered so, and all else as usual.
fn answering(act: Act) -> Fake {
    Fake::start(move |seen: &Seen| {
        if seen.is_query() {
            act.clone()
        } else {
            Act::Good
        }
    })
}

fn assert_alive(host: &Host) {
    let fake = Fake::always(Act::Good);
    host.put_data_source("alive", &json!({ "url": fake.url }));
    let result = ask(host, "alive", &json!({}));
    assert_eq!(
        column(&result["frames"][0], "body"),
        [json!(LINE)],
        "{result}"
    );
}

#[test]
fn one_long_line_and_the_highest_limit() {
    let line = "x".repeat(256 << 10);
    let fake = answering(lines(std::slice::from_ref(&line)));
    let host = host("long-line", &[]);
    host.put_data_source("long", &json!({ "url": fake.url }));
    for result in ["logs", "table"] {
        let answer = ask(
            &host,
            "long",
            &json!({ "limit": 100_000, "result": result }),
        );
        assert_eq!(answer["status"], 200, "{}", answer["error"]);
        let name = if result == "logs" { "body" } else { "line" };
        assert_eq!(column(&answer["frames"][0], name), [json!(line)]);
    }
    assert_alive(&host);
}

/// Letters without any order, so that no state of an automaton comes twice.
fn letters(seed: u32) -> String {
    let mut number = seed;
    let letters = (0..100_000).map(|_| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ['a', 'é', '7', 'b'][(number >> 30) as usize]
    });
    letters.collect()
}

/// Remembers of each of the last nine hundred characters whether it was one of two: every character makes a
/// state that there was not before.
const COSTLY: &str = ".*[aé].{900}y";

#[test]
fn an_expression_without_end_stops_at_the_deadline_and_holds_up_nobody_else() {
    let lines_of_letters: Vec<String> = (0..20)
        .map(|number| format!("event='\\t{number}{}' y=1", letters(number)))
        .collect();
    let fake = answering(lines(&lines_of_letters));
    let other = Fake::always(Act::Good);
    let host = host("expression", &[]);
    let tskv = json!([{ "preset": "tskv", "selector": "{job=\"x\"}" }]);
    let settings = json!({ "systems": tskv, "timeout": 3 });
    host.put_data_source("costly", &json!({ "url": fake.url, "jsonData": settings }));
    host.put_data_source("other", &json!({ "url": other.url }));
    let hostile = |number: usize| {
        let regex = format!("{number}|{COSTLY}");
        json!({ "filters": [{ "field": "event", "operator": "=~", "values": [regex] }], "limit": 100_000 })
    };
    std::thread::scope(|scope| {
        let began = Instant::now();
        let asking: Vec<_> = (0..8)
            .map(|number| {
                let host = &host;
                scope.spawn(move || ask(host, "costly", &hostile(number)))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(500));
        let asked = Instant::now();
        let answer = ask(&host, "other", &json!({}));
        assert_eq!(answer["status"], 200, "{answer}");
        // A second is much on a busy machine, and little beside what the expressions would take.
        assert!(
            asked.elapsed() < Duration::from_secs(2),
            "{:?}",
            asked.elapsed()
        );
        for thread in asking {
            let answer = thread.join().expect("no panic");
            let error = answer["error"].as_str().unwrap_or_default();
            assert_eq!(answer["status"], 504, "{answer}");
            assert!(
                error.contains("the answer was not ready in time"),
                "{error}"
            );
            assert!(error.contains("simpler regular expressions"), "{error}");
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{:?}",
            began.elapsed()
        );
    });
    assert_alive(&host);
}

#[test]
fn many_large_searches_are_not_compiled_for_a_look_at_the_empty_text() {
    let host = host("searches", &[]);
    let fake = Fake::always(Act::Good);
    host.put_data_source("searches", &json!({ "url": fake.url }));
    let searches: Vec<Value> = (0..50)
        .map(|number| json!({ "operator": "matches", "text": format!(r"(?:\pL{{1,900}}x){{{number},60}}") }))
        .collect();
    let began = Instant::now();
    let answer = ask(&host, "searches", &json!({ "search": searches }));
    assert_eq!(answer["status"], 200, "{answer}");
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn warnings_without_end_are_twenty_notices() {
    let mut warnings = String::new();
    for number in 0..300_000 {
        let comma = if number == 0 { "" } else { "," };
        write!(warnings, "{comma}\"warning {number}\"").expect("in memory");
    }
    let host = host("warnings", &[]);
    for (name, data, query) in [
        (
            "lines",
            r#"{"resultType":"streams","result":[]}"#,
            json!({}),
        ),
        (
            "numbers",
            r#"{"resultType":"matrix","result":[]}"#,
            json!({ "result": "count" }),
        ),
        (
            "own numbers",
            r#"{"resultType":"matrix","result":[]}"#,
            json!({ "expr": "rate({a=\"b\"}[1m])" }),
        ),
    ] {
        let body = format!(r#"{{"status":"success","warnings":[{warnings}],"data":{data}}}"#);
        let fake = answering(Act::status(
            "200 OK",
            "content-type: application/json\r\n",
            body,
        ));
        host.put_data_source("warnings", &json!({ "url": fake.url }));
        let answer = ask(&host, "warnings", &query);
        assert_eq!(answer["status"], 200, "{name}: {answer}");
        let frames = answer["frames"].as_array().expect("frames");
        let notices: Vec<&str> = frames
            .iter()
            .filter_map(|frame| frame["schema"]["meta"]["notices"].as_array())
            .flatten()
            .filter_map(|notice| notice["text"].as_str())
            .collect();
        if frames.is_empty() {
            continue;
        }
        assert_eq!(notices.len(), 20, "{name}: {notices:#?}");
        assert!(
            notices[19].ends_with("more notices are left out"),
            "{name}: {notices:#?}"
        );
    }
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

#[test]
fn sixteen_heavy_panels_twice_at_once_keep_to_the_budget() {
    const BUDGET_MIB: u64 = 192;
    /// What the plugin and its connections need anyway, and what its allocator holds back.
    const AT_REST_MIB: u64 = 160;
    const LINES: usize = 20_000;
    for part in 0..20 {
        let values: Vec<Value> = (0..LINES / 20)
            .map(|number| {
                let number = part * LINES / 20 + number;
                let at = BASE_NS + number as i64 * 1_000_000;
                json!([at.to_string(), format!("{number} {}", "z".repeat(1000))])
            })
            .collect();
        let stream = json!({ "stream": { "job": "heavy" }, "values": values });
        loki().push_json(&json!({ "streams": [stream] }));
    }
    let host = host(
        "heavy",
        &[&format!("GF_PLUGIN_MEMORY_BUDGET={BUDGET_MIB}MiB")],
    );
    let settings = json!({ "systems": [{ "preset": "fastapi", "selector": "{job=\"heavy\"}" }] });
    host.put_data_source("heavy", &json!({ "url": loki().url, "jsonData": settings }));
    let queries: Vec<Value> = (0..16)
        .map(|number| {
            let other = json!([{ "operator": "not contains", "text": format!("nothing-{number}") }]);
            json!({
                "refId": format!("P{number}"), "limit": 100_000, "search": other, "datasource": { "uid": "heavy" },
            })
        })
        .collect();
    let milliseconds = |nanoseconds: i64| (nanoseconds / 1_000_000).to_string();
    let body =
        json!({ "from": milliseconds(RANGE.0), "to": milliseconds(RANGE.1), "queries": queries });
    let url = format!("{}/api/host/query", host.url);
    let mut answered = 0;
    std::thread::scope(|scope| {
        let batches: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| send("POST", &url, &[], &body).json()))
            .collect();
        for batch in batches {
            let answer = batch.join().expect("no panic");
            for number in 0..16 {
                let result = &answer["results"][format!("P{number}")];
                let error = result["error"].as_str().unwrap_or_default();
                if error.is_empty() {
                    assert!(result["bytes"].as_u64() > Some(1), "{result}");
                    answered += 1;
                } else {
                    let is_clear = error.contains("there is no memory for the answer")
                        && error.contains("`memory_budget`");
                    assert!(is_clear, "{error}");
                    assert_eq!(result["status"], 503, "{result}");
                }
            }
        }
    });
    assert!(answered > 0, "somebody has an answer");
    let peak = peak_mib(&host);
    assert!(
        peak < BUDGET_MIB + AT_REST_MIB,
        "{peak} MiB, {answered} answered"
    );
    assert_alive(&host);
}

#[test]
fn a_budget_that_is_none_is_said_at_the_start() {
    let plugin = std::process::Command::new(env!("CARGO_BIN_EXE_gpx_ginkgo"))
        .env("grafana_plugin_type", "datasource")
        .env("GF_PLUGIN_MEMORY_BUDGET", "much")
        .output()
        .expect("it runs");
    assert!(!plugin.status.success());
    let said = String::from_utf8_lossy(&plugin.stderr);
    assert!(
        said.contains("memory_budget") && said.contains(r#"\"much\""#),
        "{said}"
    );
}
