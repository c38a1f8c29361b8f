//! A Loki that is down, refuses, lies or is silent: one plain error each, and the next query is right.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fake::{Act, Fake, good};
use crate::fault_table::{Fault, answers, silences, statuses};
use crate::kit::{LINES, NOBODY, RANGE, ask, column, corpus, frame, put};
use crate::support::host;

/// Asks through the fault and checks the error.
fn check(fault: &Fault, uid: &str, query: &Value) {
    let result = ask(uid, query);
    let (name, error) = (fault.name, result["error"].as_str().unwrap_or_default());
    assert_eq!(result["status"], fault.status, "{name}: {result}");
    assert_eq!(result["errorSource"], "downstream", "{name}: {result}");
    assert_eq!(result["checks"], json!([]), "{name}: {result}");
    for part in fault.parts {
        assert!(error.contains(part), "{name}: {part:?} is not in {error}");
    }
    assert!(
        !error.contains('\n') && error.len() < 1000,
        "{name}: one sentence: {error}"
    );
    assert!(!error.contains("s3cr3t"), "{name}: {error}");
}

/// Another data source is answered as if nothing had been.
fn assert_alive(name: &str) {
    let frame = frame(corpus(), &json!({ "direction": "forward", "limit": 1 }));
    assert_eq!(column(&frame, "body"), [json!(LINES[0].1)], "after {name}");
}

#[test]
fn each_fault_is_a_plain_error_of_loki_and_the_next_query_is_right() {
    for (number, fault) in statuses().iter().chain(&answers()).enumerate() {
        let fake = Fake::always(fault.act.clone());
        let uid = format!("fault-{number}");
        put(&uid, &fake.url, json!({ "timeout": 10 }));
        let start = Instant::now();
        check(fault, &uid, &json!({}));
        let took = start.elapsed();
        assert!(took < Duration::from_secs(12), "{}: {took:?}", fault.name);
        // Probes come before this one; their failure must not hide the query's own.
        check(
            fault,
            &uid,
            &json!({ "queryType": "portfolio", "ids": ["pf-1"] }),
        );
        assert_alive(fault.name);
    }
}

#[test]
fn silence_ends_with_the_data_sources_timeout() {
    for (number, fault) in silences().iter().enumerate() {
        let fake = Fake::always(fault.act.clone());
        let uid = format!("silence-{number}");
        put(&uid, &fake.url, json!({ "timeout": 1 }));
        let start = Instant::now();
        check(fault, &uid, &json!({}));
        let took = start.elapsed();
        assert!(
            took >= Duration::from_millis(900),
            "{}: {took:?}",
            fault.name
        );
        assert!(took < Duration::from_secs(4), "{}: {took:?}", fault.name);
        assert_alive(fault.name);
    }
}

#[test]
fn the_timeout_covers_the_wait_for_a_free_place() {
    let fake = Fake::always(Act::Hang(Vec::new()));
    put(
        "one-at-a-time",
        &fake.url,
        json!({ "timeout": 1, "maxConcurrent": 1 }),
    );
    let queries: Vec<Value> = (0..4)
        .map(|i| json!({ "refId": format!("Q{i}") }))
        .collect();
    let start = Instant::now();
    let answer = host().query("one-at-a-time", RANGE.0, RANGE.1, &queries);
    let took = start.elapsed();
    for (ref_id, result) in answer.json()["results"].as_object().expect("results") {
        assert_eq!(result["status"], 504, "{ref_id}: {result}");
    }
    let queued = "still waited for a free place among the concurrent requests; run fewer queries";
    assert!(answer.text.contains(queued), "{}", answer.text);
    assert!(
        took < Duration::from_secs(3),
        "one after the other: {took:?}"
    );
}

#[test]
fn nobody_at_the_address() {
    let address = NOBODY.trim_start_matches("http://");
    for (name, url, parts) in [
        (
            "refused",
            format!("http://{address}"),
            [
                "cannot connect to",
                "refused",
                "check host and port of the URL",
            ],
        ),
        (
            "TLS, refused",
            format!("https://{address}"),
            [
                "cannot connect to",
                "refused",
                "check host and port of the URL",
            ],
        ),
    ] {
        put("nobody", &url, json!({}));
        let result = ask("nobody", &json!({}));
        let error = result["error"].as_str().unwrap_or_default();
        assert_eq!(
            (&result["status"], &result["errorSource"]),
            (&json!(502), &json!("downstream")),
            "{name}"
        );
        for part in parts {
            assert!(error.contains(part), "{name}: {part} is not in {error}");
        }
        assert!(error.contains(address), "{name}: {error}");
        assert_alive(name);
    }
}

#[test]
fn tls_at_a_plain_port_says_so() {
    let fake = Fake::always(Act::Good);
    let closing = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = closing.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in closing.incoming().flatten() {
            // Read first, or the end would be a reset.
            let _ = (&stream).read(&mut [0; 1024]);
        }
    });
    for (name, url) in [
        (
            "answers in plain HTTP",
            fake.url.replace("http://", "https://"),
        ),
        ("closes", format!("https://{address}")),
    ] {
        put("plain-port", &url, json!({}));
        let result = ask("plain-port", &json!({}));
        let error = result["error"].as_str().unwrap_or_default();
        assert_eq!(result["errorSource"], "downstream", "{name}");
        assert!(error.contains("no secure connection to"), "{name}: {error}");
        assert!(
            error.contains("the port may want `http`"),
            "{name}: {error}"
        );
    }
}

/// A field that is metadata alone: whether a stream has a label of that name must be known.
#[test]
fn a_probe_that_fails_is_an_error_and_never_a_guess() {
    for (name, act, words) in [
        (
            "404",
            Act::status("404 Not Found", "", "no series here"),
            "no series here",
        ),
        (
            "500",
            Act::status("500 Internal Server Error", "", "index gone"),
            "index gone",
        ),
        (
            "a web page",
            Act::status("200 OK", "", "<html><title>x</title></html>"),
            "web page",
        ),
    ] {
        let fake = Fake::start(move |seen| {
            if seen.is_query() {
                Act::Good
            } else {
                act.clone()
            }
        });
        let pod = json!({ "name": "pod", "source": ["metadata"] });
        let system = json!({ "preset": "ginkgo", "fields": [pod] });
        put("probes-fail", &fake.url, json!({ "systems": [system] }));
        let filter = json!({ "field": "pod", "operator": "=", "values": ["p-0"] });
        let result = ask("probes-fail", &json!({ "filters": [filter] }));
        let error = result["error"].as_str().unwrap_or_default();
        assert!(error.contains(words), "{name}: {result}");
        assert!(fake.queries().is_empty(), "{name}: nothing was guessed");
    }
}

#[test]
fn a_connection_that_was_closed_while_idle_is_no_fault() {
    let body = good("/query_range");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
    // Without `connection: close` the plugin keeps the connection, and the fake closes it.
    let kept = format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes();
    let fake = Fake::always(Act::Write(kept));
    put("idle", &fake.url, json!({}));
    for number in 0..10 {
        let result = ask("idle", &json!({}));
        assert_eq!(result["status"], 200, "{number}: {result}");
    }
}

#[test]
fn answers_are_read_compressed_and_beyond_the_sizes_of_grpc() {
    const LINES: usize = 6000;
    let values: Vec<Value> = (0..LINES)
        .map(|i| {
            json!([
                (1_772_366_400_000_000_000_u64 + i as u64).to_string(),
                "x".repeat(1000),
                {}
            ])
        })
        .collect();
    let streams = json!([{ "stream": { "job": "ginkgo" }, "values": values }]);
    let body =
        json!({ "status": "success", "data": { "resultType": "streams", "result": streams } });
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(body.to_string().as_bytes())
        .expect("in memory");
    let body = encoder.finish().expect("in memory");
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let fake = Fake::always(Act::status("200 OK", headers, body));
    put("large", &fake.url, json!({ "maxLines": 10_000 }));
    let frame = frame("large", &json!({}));
    assert_eq!(column(&frame, "body").len(), LINES);
}

#[test]
fn a_gateway_without_format_query_still_has_regexes_judged() {
    let fake = Fake::start(|seen| {
        let query = seen.param("query").unwrap_or_default();
        match seen.path.as_str() {
            "/loki/api/v1/format_query" => Act::status("404 Not Found", "", "404 page not found"),
            _ if query.contains("a{2,1}") => {
                let words = "parse error : error parsing regexp: invalid repeat count: `{2,1}`";
                Act::status("400 Bad Request", "", words)
            }
            _ => Act::Good,
        }
    });
    put("queries-only", &fake.url, json!({}));
    for (name, operator, text, status) in [
        ("good", "matches", "a.*", 200),
        ("broken", "matches", "a{2,1}", 400),
        ("broken, again", "not matches", "a{2,1}", 400),
    ] {
        let search = json!([{ "operator": operator, "text": text }]);
        let result = ask("queries-only", &json!({ "search": search }));
        assert_eq!(result["status"], status, "{name}: {result}");
        let error = result["error"].as_str().unwrap_or_default();
        assert_eq!(
            status == 400,
            error.contains("invalid repeat count"),
            "{name}: {error}"
        );
    }
}
