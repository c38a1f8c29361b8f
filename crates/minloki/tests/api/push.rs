//! What is written, and what is refused.

use std::io::Write;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use minloki::{Options, PushLimits};
use serde_json::json;

use super::client::{Client, SECOND, T, none};

/// A push of one line.
#[allow(clippy::needless_pass_by_value, reason = "written beside the call")]
fn body(labels: serde_json::Value, line: &str, metadata: serde_json::Value) -> String {
    json!({ "streams": [{ "stream": labels, "values": [[T.to_string(), line, metadata]] }] })
        .to_string()
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_lokis_words() {
    let client = Client::unhurried();
    for (name, body, status, words) in [
        ("empty", String::new(), 400, "EOF"),
        (
            "nothing in it",
            "{}".to_owned(),
            422,
            "error at least one valid stream is required for ingestion",
        ),
        (
            "a label's name",
            body(json!({ "jo-b": "x" }), "x", none()),
            400,
            "couldn't parse labels: 1:4: parse error: unexpected character inside braces: '-'",
        ),
        (
            "an empty name in metadata",
            body(json!({ "job": "x" }), "x", json!({ "": "x" })),
            500,
            "label name is empty",
        ),
        (
            "nothing left of a name",
            body(json!({ "job": "x" }), "x", json!({ "日本": "x" })),
            500,
            "normalization for label name \"日本\" resulted in invalid name \"_\"",
        ),
    ] {
        let answer = client.push_body(body).await;
        assert_eq!(answer.refusal(), (status, words.to_owned()), "{name}");
    }
    assert_eq!(client.loki.memory_bytes(), 0);
}

#[tokio::test]
async fn what_is_in_order_is_stored_beside_what_is_not() {
    let client = Client::unhurried();
    let many: serde_json::Map<_, _> = (0..129).map(|n| (format!("a{n}"), json!("b"))).collect();
    let labels: serde_json::Map<_, _> = (0..16).map(|n| (format!("l{n}"), json!("b"))).collect();
    let time = T.to_string();
    let body = json!({ "streams": [
        { "stream": { "job": "x" }, "values": [[time, "good"], [time, "bad", many]] },
        { "stream": labels, "values": [[time, "bad"]] },
        { "stream": { "job": "y" }, "values": [[time, "good too"]] },
    ] });
    let answer = client.push_body(body.to_string()).await;
    let words = answer.text();
    assert_eq!(answer.status, 400);
    assert!(words.starts_with("1 errors like: stream '{job=\"x\", service_name=\"x\"}' has too many structured metadata labels: '129', limit: '128'."), "{words}");
    assert!(
        words.contains("; 1 errors like: entry for stream '{l0=\"b\", "),
        "{words}"
    );
    assert!(words.ends_with("has 16 label names; limit 15"), "{words}");
    let lines = client.query("{job=~\".+\"}", &[]).await.lines();
    assert_eq!(lines, ["job=x: good", "job=y: good too"]);
}

#[tokio::test]
async fn limits_of_a_line() {
    let client = Client::new(Options {
        push: PushLimits {
            max_line_size: 300,
            max_structured_metadata_bytes: 100,
            creation_grace_period: Some(Duration::from_secs(600)),
            reject_old_samples: true,
            discover_service_name: false,
            ..PushLimits::unhurried()
        },
        ..Options::default()
    });
    let push = async |time: i64, line: &str, metadata: serde_json::Value| {
        let values = json!([[time.to_string(), line, metadata]]);
        let body = json!({ "streams": [{ "stream": { "a": "b" }, "values": values }] });
        client.push_body(body.to_string()).await.refusal()
    };
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_nanos() as i64;
    let too = |words: &str| (400, words.to_owned());
    assert_eq!(
        push(now, &"x".repeat(301), none()).await,
        too(
            "max entry size '300' bytes exceeded for stream '{a=\"b\"}' while adding an entry with length '301' bytes"
        )
    );
    assert_eq!(
        push(now, "x", json!({ "a": "1".repeat(101) })).await,
        too(
            "stream '{a=\"b\"}' has structured metadata too large: '102' bytes, limit: '100' bytes. Please see `limits_config.max_structured_metadata_size` or contact your Loki administrator to increase it"
        )
    );
    assert_eq!(
        push(i64::MAX, "x", none()).await,
        too("entry for stream '{a=\"b\"}' has timestamp too new: 2262-04-11T23:47:16Z")
    );
    let (status, words) = push(5 * SECOND, "x", none()).await;
    assert_eq!(status, 400);
    assert!(words.starts_with("entry for stream '{a=\"b\"}' has timestamp too old: 1970-01-01T00:00:05Z, oldest acceptable timestamp is: "), "{words}");
    let labels = json!({ "streams": [{ "stream": {}, "values": [[now.to_string(), "x"]] }] });
    assert_eq!(
        client.push_body(labels.to_string()).await.refusal(),
        too("error at least one label pair is required per stream")
    );
}

#[tokio::test]
async fn an_exact_repeat_is_dropped_and_other_metadata_is_another_line() {
    let client = Client::unhurried();
    for _ in 0..2 {
        let lines = [
            (0, "a", none()),
            (0, "b", none()),
            (0, "a", json!({ "m": "1" })),
            (1, "a", none()),
        ];
        client.push(json!({ "job": "x" }), &lines).await;
    }
    let lines = client
        .query("{job=\"x\"}", &[("direction", "forward")])
        .await
        .lines();
    assert_eq!(lines, ["job=x,m=1: a", "job=x: a b a"]);
}

#[tokio::test]
async fn late_lines_find_their_place() {
    let client = Client::plain();
    for time in [5, 1, 3, 2, 4] {
        client
            .push(json!({ "job": "x" }), &[(time, &time.to_string(), none())])
            .await;
    }
    let lines = client.query("{job=\"x\"}", &[]).await.lines();
    assert_eq!(lines, ["job=x: 5 4 3 2 1"]);
}

#[tokio::test]
async fn names_of_metadata_become_labels() {
    let client = Client::plain();
    let metadata = json!({ "a.b": "1", "c--d": "2", "1x": "3", "empty": "" });
    client
        .push(json!({ "job": "x" }), &[(0, "x", metadata)])
        .await;
    let lines = client.query("{job=\"x\"}", &[]).await.lines();
    assert_eq!(lines, ["a_b=1,c_d=2,job=x,key_1x=3: x"]);
}

#[tokio::test]
async fn what_loki_adds() {
    let client = Client::unhurried();
    client
        .push(
            json!({ "app": "shop", "job": "x" }),
            &[(0, "a WARN", none())],
        )
        .await;
    let answer = client.query("{app=\"shop\"}", &[]).await.json();
    let stream = &answer["data"]["result"][0]["stream"];
    assert_eq!(
        (
            stream["service_name"].as_str(),
            stream["detected_level"].as_str()
        ),
        (Some("shop"), Some("warn"))
    );
    let plain = Client::plain();
    plain
        .push(json!({ "app": "shop" }), &[(0, "a WARN", none())])
        .await;
    let answer = plain.query("{app=\"shop\"}", &[]).await.json();
    assert_eq!(
        answer["data"]["result"][0]["stream"],
        json!({ "app": "shop" })
    );
}

#[tokio::test]
async fn bodies() {
    let client = Client::plain();
    let push = async |kind: &str, encoding: &str, body: Vec<u8>| {
        let request = Request::post("/loki/api/v1/push")
            .header("Content-Type", kind)
            .header("Content-Encoding", encoding);
        client
            .send(request.body(Body::from(body)).unwrap())
            .await
            .refusal()
    };
    let plain = body(json!({ "job": "gzip" }), "x", none()).into_bytes();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(
        push("application/json; charset=utf-8", "gzip", gzip)
            .await
            .0,
        204
    );
    assert_eq!(
        client.query("{job=\"gzip\"}", &[]).await.lines(),
        ["job=gzip: x"]
    );
    assert_eq!(
        push("application/json", "gzip", b"abc".to_vec()).await.0,
        400
    );
    let refused = (400, "Content-Encoding \"br\" not supported".to_owned());
    assert_eq!(push("application/json", "br", plain.clone()).await, refused);
    let (status, words) = push("application/x-protobuf", "identity", plain).await;
    assert_eq!(status, 400);
    assert!(words.starts_with("not in the embedded Loki: "), "{words}");
    let small = Client::new(Options {
        body_bytes: 100,
        ..Options::default()
    });
    let large = body(json!({ "job": "x" }), &"x".repeat(100), none());
    assert_eq!(small.push_body(large).await.status, 413);
}

#[tokio::test]
async fn rates() {
    let client = Client::new(Options {
        push: PushLimits {
            ingestion_rate_bytes: Some(1048),
            ingestion_burst_bytes: 2000,
            ..PushLimits::unhurried()
        },
        ..Options::default()
    });
    let line = "x".repeat(1500);
    assert_eq!(
        client
            .push_body(body(json!({ "a": "b" }), &line, none()))
            .await
            .status,
        204
    );
    let answer = client
        .push_body(body(json!({ "a": "c" }), &line, none()))
        .await;
    assert_eq!(answer.refusal(), (429, "ingestion rate limit exceeded for user fake (limit: 1048 bytes/sec) while attempting to ingest '1' lines totaling '1500' bytes, reduce log volume or contact your Loki administrator to see if the limit can be increased".to_owned()));
    let client = Client::new(Options {
        push: PushLimits {
            per_stream_rate_bytes: Some(500),
            per_stream_burst_bytes: 800,
            discover_service_name: false,
            ..PushLimits::unhurried()
        },
        ..Options::default()
    });
    let values: Vec<_> = (0..4)
        .map(|n| json!([(T + n).to_string(), "z".repeat(290)]))
        .collect();
    let body = json!({ "streams": [{ "stream": { "a": "s0" }, "values": values }] });
    let (status, words) = client.push_body(body.to_string()).await.refusal();
    assert_eq!(status, 429);
    assert!(words.starts_with("entry with timestamp 2026-11-29 14:10:00.000000002 +0000 UTC ignored, reason: 'Per stream rate limit exceeded (limit: 500B/sec) while attempting to ingest for stream '{a=\"s0\"}' totaling 290B,"), "{words}");
    assert!(
        words.ends_with("user 'fake', total ignored: 2 out of 4 for stream: {a=\"s0\"}"),
        "{words}"
    );
}

#[tokio::test]
async fn streams_beyond_the_limit_are_left_out() {
    let client = Client::new(Options {
        push: PushLimits {
            max_streams: 2,
            discover_service_name: false,
            ..PushLimits::unhurried()
        },
        ..Options::default()
    });
    let streams: Vec<_> = (0..3)
        .map(|n| json!({ "stream": { "a": format!("s{n}") }, "values": [[T.to_string(), "x"]] }))
        .collect();
    let answer = client
        .push_body(json!({ "streams": streams }).to_string())
        .await;
    assert_eq!(answer.refusal(), (429, "maximum active stream limit exceeded when trying to create stream {a=\"s2\"}, reduce the number of active streams (reduce labels or reduce label values), or contact your Loki administrator to see if the limit can be increased, user: 'fake'".to_owned()));
    let series = client.get("/loki/api/v1/label/a/values", &[]).await;
    assert_eq!(series.json()["data"], json!(["s0", "s1"]));
}
