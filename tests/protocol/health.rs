//! Health: one sentence first, details below.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{NOBODY, put};
use crate::support::{host, loki};

/// Asks for health; the first sentence is one line, and what is shown unfolded is text.
fn health(uid: &str) -> (u16, Value) {
    let response = host().health(uid);
    let health = response.json();
    let message = health["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty() && !message.contains('\n'), "{health}");
    assert_eq!(health["status"] == "OK", response.status == 200, "{health}");
    assert!(health["details"]["verboseMessage"].is_string(), "{health}");
    (response.status, health)
}

#[test]
fn what_is_not_as_the_schema_says_comes_with_its_remedy() {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let lines = [
        r#"{"level":"loud","status_code":"none","message":"a"}"#,
        r#"{"level":"SEVERE","status_code":200,"message":"b"}"#,
        r#"{"log":"{\"level\":\"info\"}\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}"#,
        r#"2026-01-01T00:00:00.000000001Z stderr F {"level":"error"}"#,
    ];
    let values = lines.iter().zip(1_u128..);
    let values = values.map(|(line, number)| json!([(now.as_nanos() - number).to_string(), line]));
    let stream =
        json!({ "stream": { "job": "protocol-odd" }, "values": values.collect::<Vec<_>>() });
    loki().push_json(&json!({ "streams": [stream] }));
    let systems = json!([{ "preset": "fastapi", "selector": "{job=\"protocol-odd\"}" }]);
    put("odd-lines", &loki().url, json!({ "systems": systems }));
    let (_, health) = health("odd-lines");
    let remarks = &health["details"]["systems"][0]["remarks"];
    let said = remarks.to_string();
    for part in [
        "no known words, and so no errors: \\\"loud\\\";",
        "levelMap",
        "status_code has values that are no number: \\\"none\\\"",
        "stage.docker {}",
        "stage.cri {}",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert_eq!(remarks.as_array().map(Vec::len), Some(4), "{said}");
    let verbose = health["details"]["verboseMessage"].to_string();
    assert!(verbose.contains("stage.docker"), "{verbose}");
}

#[test]
fn good_health_says_where_fields_were_found() {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let line = r#"{"message":"now","log":{"level":"info"},"trace":{"id":"t-1"}}"#;
    let stream = json!({
        "stream": { "job": "protocol-now", "portfolio_id": "pf-1" },
        "values": [[since.as_nanos().to_string(), line, { "strategy_id": "st-1" }]],
    });
    loki().push_json(&json!({ "streams": [stream] }));
    let systems = json!([
        { "preset": "ginkgo", "selector": "{job=\"protocol-now\"}" },
        { "preset": "tskv", "selector": "{job=\"protocol-never\"}" },
    ]);
    put("healthy", &loki().url, json!({ "systems": systems }));
    let (status, health) = health("healthy");
    assert_eq!(status, 200, "{health}");
    let message = health["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("logs found for ginkgo") && message.contains("version"),
        "{message}"
    );
    let verbose = health["details"]["verboseMessage"]
        .as_str()
        .unwrap_or_default();
    for part in [
        "portfolio_id (label)",
        "strategy_id (metadata)",
        "trace_id (line)",
        "not found: ",
        "symbol",
        "tskv: no lines for {job=\"protocol-never\"}",
    ] {
        assert!(verbose.contains(part), "{part} is not in {verbose}");
    }
    let systems = &health["details"]["systems"];
    assert_eq!(
        systems[0]["fields"]["portfolio_id"],
        json!(["label"]),
        "{systems}"
    );
    assert_eq!(systems[1]["sampledLines"], 0, "{systems}");
}

#[test]
fn a_loki_without_such_streams_names_the_selectors() {
    let systems = json!([{ "preset": "ginkgo", "selector": "{job=\"protocol-nothing\"}" }]);
    put("no-streams", &loki().url, json!({ "systems": systems }));
    let (status, health) = health("no-streams");
    assert_eq!(status, 400);
    let message = health["message"].as_str().unwrap_or_default();
    for part in [
        "no system has logs",
        "{job=\"protocol-nothing\"}",
        "correct the selectors",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
}

#[test]
fn bad_health_says_which_layer_failed() {
    for (name, act, layer, parts) in [
        (
            "unauthorised",
            Act::status("401 Unauthorized", "", "bad key"),
            "auth",
            [
                "does not accept the credentials",
                "bad key",
                "check user and password",
            ],
        ),
        (
            "another server",
            Act::status("200 OK", "", "<html><title>Welcome</title></html>"),
            "answer",
            ["a web page", "Welcome", "check that the URL is Loki's own"],
        ),
        (
            "not ready",
            Act::status("503 Service Unavailable", "", "Ingester not ready"),
            "unavailable",
            [
                "not available",
                "Ingester not ready",
                "check that Loki is running",
            ],
        ),
        (
            "closed",
            Act::Write(Vec::new()),
            "connection",
            ["closed the connection", "127.0.0.1", "check"],
        ),
        (
            "silent",
            Act::Hang(Vec::new()),
            "timeout",
            ["in time", "for the answer", "raise the timeout"],
        ),
    ] {
        let fake = Fake::always(act);
        put("ill", &fake.url, json!({ "timeout": 1 }));
        let (status, health) = health("ill");
        assert_eq!(status, 400, "{name}");
        assert_eq!(health["details"]["layer"], layer, "{name}: {health}");
        let message = health["message"].as_str().unwrap_or_default();
        for part in parts {
            assert!(message.contains(part), "{name}: {part} is not in {message}");
        }
    }
}

#[test]
fn a_loki_that_is_down_is_bad_health_with_the_address() {
    put("down", NOBODY, json!({}));
    let (status, health) = health("down");
    assert_eq!(
        (status, &health["details"]["layer"]),
        (400, &json!("connection"))
    );
    let message = health["message"].as_str().unwrap_or_default();
    for part in ["cannot connect to", NOBODY, "check host and port"] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
}

#[test]
fn a_gateway_that_hides_the_version_is_healthy() {
    let fake = Fake::start(|seen| {
        if seen.is_query() {
            Act::Good
        } else {
            Act::status("404 Not Found", "", "nope")
        }
    });
    put("hidden", &fake.url, json!({}));
    let (status, health) = health("hidden");
    assert_eq!(status, 200, "{health}");
    let message = health["message"].as_str().unwrap_or_default();
    assert!(message.contains("unknown version"), "{message}");
    let whole = Fake::always(Act::Good);
    put("shown", &whole.url, json!({}));
    let message = host().health("shown").json()["message"].clone();
    assert!(
        message
            .as_str()
            .is_some_and(|text| text.contains("version 3.7.8")),
        "{message}"
    );
}

#[test]
fn presets_that_nobody_configured_and_that_have_no_lines_are_not_shown() {
    let fake = Fake::start(|seen| {
        let own = seen
            .param("query")
            .is_none_or(|query| query.contains("\"ginkgo\""));
        let none =
            json!({ "status": "success", "data": { "resultType": "streams", "result": [] } });
        if own {
            Act::Good
        } else {
            Act::status("200 OK", "", none.to_string())
        }
    });
    put("presets", &fake.url, json!({}));
    let (status, health) = health("presets");
    assert_eq!(status, 200, "{health}");
    let systems = health["details"]["systems"].as_array().expect("systems");
    assert_eq!(systems.len(), 1, "{health}");
    assert_eq!(systems[0]["name"], "ginkgo");
}
