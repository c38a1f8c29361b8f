//! No secret leaves the plugin but to Loki: not in errors, not in health, not in the log.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::fake::{Act, Fake, Seen};
use crate::fault_table::{Fault, answers, silences, statuses};
use crate::kit::{RANGE, scratch};
use crate::support::host::Host;
use crate::support::{get, send};

const SECRETS: [&str; 5] = [
    "passw0rd-hunter2",
    // `ann:passw0rd-hunter2`, as basic authentication writes it.
    "YW5uOnBhc3N3MHJkLWh1bnRlcjI",
    "custom-hunter3",
    "token-hunter4",
    "cookie-hunter5",
];

const HEADERS: [(&str, &str); 3] = [
    ("Authorization", "Bearer token-hunter4"),
    ("X-Id-Token", "token-hunter4"),
    (
        "Cookie",
        "lb=cookie-hunter5; grafana_session=cookie-hunter5",
    ),
];

/// A host of its own that logs everything it can.
fn loud_host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        let log = scratch("secrets.log");
        let _ = std::fs::remove_file(&log);
        Host::start_logging(&["GF_PLUGIN_LOG_LEVEL=trace"], &log)
    })
}

fn put(uid: &str, url: &str) {
    let settings = json!({
        "url": url,
        "basicAuth": true,
        "basicAuthUser": "ann",
        "jsonData": {
            "oauthPassThru": true, "keepCookies": ["lb"], "timeout": 1, "httpHeaderName1": "X-Api-Key",
        },
        "secureJsonData": { "basicAuthPassword": SECRETS[0], "httpHeaderValue1": SECRETS[2] },
    });
    loud_host().put_data_source(uid, &settings);
}

/// Everything that the request held, secrets included.
fn echo(seen: &Seen) -> String {
    let headers: Vec<String> = seen
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.join(", ")
}

fn assert_clean(name: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{name}: {secret} is in {text}");
    }
}

type Echo = fn(&Seen) -> Act;

#[test]
fn servers_that_echo_what_they_got_reveal_nothing() {
    let echoes: [(&str, Echo); 8] = [
        ("401", |seen| {
            Act::status("401 Unauthorized", "", echo(seen))
        }),
        ("400", |seen| Act::status("400 Bad Request", "", echo(seen))),
        ("500 as JSON", |seen| {
            Act::status("500 Oh", "", json!({ "error": echo(seen) }).to_string())
        }),
        ("page", |seen| {
            Act::status("502 Oh", "", format!("<html><title>{}</title>", echo(seen)))
        }),
        ("page with 200", |seen| {
            Act::status("200 OK", "", format!("<html><title>{}</title>", echo(seen)))
        }),
        ("JSON of another shape", |seen| {
            Act::status("200 OK", "", json!({ "x": echo(seen) }).to_string())
        }),
        ("redirect", |seen| {
            let header = seen
                .header("authorization")
                .unwrap_or_default()
                .replace(' ', "-");
            Act::status(
                "302 Found",
                &format!("location: https://u:{header}@example.com/{header}\r\n"),
                "",
            )
        }),
        ("warning", |seen| {
            let body = json!({ "status": "success", "warnings": [echo(seen)], "data": { "resultType": "streams", "result": [] } });
            Act::status("200 OK", "", body.to_string())
        }),
    ];
    let host = loud_host();
    for (number, (name, act)) in echoes.into_iter().enumerate() {
        let fake = Fake::start(act);
        let uid = format!("echo-{number}");
        put(&uid, &fake.url);
        let queries = [json!({}), json!({ "queryType": "portfolio", "ids": ["x"] })];
        let response = host.query_with(&uid, RANGE.0, RANGE.1, &queries, &HEADERS);
        assert_clean(name, &response.text);
        assert_clean(
            name,
            &get(
                &format!("{}/api/datasources/uid/{uid}/health", host.url),
                &HEADERS,
            )
            .text,
        );
        for path in ["systems", "fields", "logs"] {
            let url = format!("{}/api/datasources/uid/{uid}/resources/{path}", host.url);
            assert_clean(name, &get(&url, &HEADERS).text);
        }
        let url = format!("{}/api/datasources/uid/{uid}/resources/explain", host.url);
        assert_clean(
            name,
            &send("POST", &url, &HEADERS, &json!({ "queryType": "portfolio" })).text,
        );
        // The fake did get them: the test is about something.
        let sent: Vec<String> = fake.queries().iter().map(echo).collect();
        assert!(
            sent.iter().any(|text| text.contains(SECRETS[2])),
            "{name}: {sent:?}"
        );
        assert!(
            sent.iter().any(|text| text.contains(SECRETS[3])),
            "{name}: {sent:?}"
        );
        assert!(
            sent.iter().any(|text| text.contains(SECRETS[4])),
            "{name}: {sent:?}"
        );
    }
    let log = std::fs::read_to_string(&host.log).expect("a log");
    assert!(
        log.contains("request failed"),
        "the log says that requests failed"
    );
    assert_clean("log", &log);
}

#[test]
fn no_fault_reveals_anything() {
    let faults: Vec<Fault> = [statuses(), answers(), silences()]
        .into_iter()
        .flatten()
        .collect();
    let host = loud_host();
    // Most of the time is waiting: for the timeout, and to try again.
    std::thread::scope(|scope| {
        for (number, fault) in faults.iter().enumerate() {
            scope.spawn(move || {
                let fake = Fake::always(fault.act.clone());
                let uid = format!("fault-{number}");
                put(&uid, &fake.url);
                let response = host.query_with(&uid, RANGE.0, RANGE.1, &[json!({})], &HEADERS);
                assert_clean(fault.name, &response.text);
                let health = format!("{}/api/datasources/uid/{uid}/health", host.url);
                assert_clean(fault.name, &get(&health, &HEADERS).text);
                let sent: Vec<String> = fake.queries().iter().map(echo).collect();
                let tokens = [SECRETS[2], SECRETS[3], SECRETS[4]];
                let has_all = |text: &String| tokens.iter().all(|secret| text.contains(secret));
                assert!(sent.iter().any(has_all), "{}: {sent:?}", fault.name);
            });
        }
    });
    let log = std::fs::read_to_string(&host.log).expect("a log");
    assert!(
        log.contains("is sent again"),
        "the log says that requests are sent again"
    );
    assert_clean("log", &log);
}

#[test]
fn settings_that_cannot_be_used_reveal_nothing() {
    let host = loud_host();
    for (name, settings) in [
        (
            "password in the URL",
            json!({ "url": "http://ann:passw0rd-hunter2@127.0.0.1:1" }),
        ),
        (
            "token in the URL",
            json!({ "url": "http://127.0.0.1:1/?key=token-hunter4" }),
        ),
        (
            "a line break in a header",
            json!({ "url": "http://127.0.0.1:1", "jsonData": { "httpHeaderName1": "X-Key" },
                "secureJsonData": { "httpHeaderValue1": "custom-hunter3\r\nX: y" } }),
        ),
        (
            "a key that is none",
            json!({ "url": "https://127.0.0.1:1", "jsonData": { "tlsAuth": true },
                "secureJsonData": { "tlsClientCert": "token-hunter4", "tlsClientKey": "custom-hunter3" } }),
        ),
    ] {
        host.put_data_source("bad-secret", &settings);
        let query = host.query("bad-secret", RANGE.0, RANGE.1, &[json!({ "refId": "A" })]);
        let result: Value = query.json()["results"]["A"].clone();
        assert_eq!(
            (&result["status"], &result["errorSource"]),
            (&json!(400), &json!("downstream")),
            "{name}: {result}"
        );
        assert_clean(name, &query.text);
        assert_clean(name, &host.health("bad-secret").text);
    }
    assert_clean("log", &std::fs::read_to_string(&host.log).expect("a log"));
}
