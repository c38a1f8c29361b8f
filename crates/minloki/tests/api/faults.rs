//! What goes wrong, and what a client sees of it.

use std::time::{Duration, Instant};

use minloki::{Options, PushLimits, QueryLimits};
use serde_json::json;

use super::client::{CATEGORIZE, Client, none};

fn with_message_bytes(message_bytes: u64) -> Client {
    Client::new(Options {
        message_bytes,
        message_pause: Duration::from_millis(50),
        push: PushLimits::unhurried(),
        ..Options::default()
    })
}

async fn push_lines(client: &Client, count: i64, bytes: usize) {
    let line = "x".repeat(bytes);
    let lines: Vec<(i64, String)> = (0..count).map(|n| (n, format!("{n:05}{line}"))).collect();
    let lines: Vec<_> = lines
        .iter()
        .map(|(n, line)| (*n, line.as_str(), none()))
        .collect();
    client.push(json!({ "job": "x" }), &lines).await;
}

#[tokio::test]
async fn a_batch_above_the_message_size_is_an_error_that_the_header_hides() {
    let client = with_message_bytes(100_000);
    push_lines(&client, 150, 1000).await;
    let answer = client.query("{job=\"x\"}", &[("limit", "90")]).await;
    assert_eq!(
        answer.json()["data"]["result"][0]["values"]
            .as_array()
            .unwrap()
            .len(),
        90
    );
    let begun = Instant::now();
    let (status, words) = client
        .query("{job=\"x\"}", &[("limit", "110")])
        .await
        .refusal();
    assert!(begun.elapsed() >= Duration::from_millis(50));
    assert_eq!(status, 500);
    assert!(
        words.starts_with(
            "rpc error: code = ResourceExhausted desc = trying to send message larger than max ("
        ),
        "{words}"
    );
    assert!(words.ends_with(" vs. 100000)"), "{words}");
    let answer = client
        .query_with("{job=\"x\"}", &[("limit", "110")], &[CATEGORIZE])
        .await;
    assert!(answer.lines().is_empty());
    // So a client can see that a batch is missing.
    let ingester = answer.json()["data"]["stats"]["ingester"].clone();
    assert!(
        ingester["totalBatches"].as_u64() < ingester["totalReached"].as_u64(),
        "{ingester}"
    );
}

#[tokio::test]
async fn an_answer_above_the_message_size_never_comes() {
    let client = with_message_bytes(200_000);
    push_lines(&client, 300, 1000).await;
    let answer = client.query("{job=\"x\"}", &[("limit", "190")]).await;
    assert_eq!(answer.status, 200);
    for headers in [&[][..], &[CATEGORIZE]] {
        let answer = client
            .query_with("{job=\"x\"}", &[("limit", "250")], headers)
            .await;
        assert!(answer.body.is_empty(), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_stage_that_cannot_run_is_an_error_that_the_header_hides() {
    let client = Client::plain();
    push_lines(&client, 1, 10).await;
    let query = "{job=\"x\"} | line_format \"{{\"";
    let (status, words) = client.query(query, &[]).await.refusal();
    assert_eq!(status, 400);
    assert!(
        words.starts_with("parse error : stage '| line_format \"{{\"' : invalid line template: "),
        "{words}"
    );
    let hidden = client.query_with(query, &[], &[CATEGORIZE]).await;
    assert!(hidden.lines().is_empty());
    // What is not written well is told either way.
    let told = client
        .query_with("{job=\"x\"} | regexp \"(\"", &[], &[CATEGORIZE])
        .await;
    assert_eq!(told.status, 400);
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_ended() {
    let client = Client::new(Options {
        query: QueryLimits {
            query_timeout: Duration::ZERO,
            ..QueryLimits::default()
        },
        push: PushLimits::unhurried(),
        ..Options::default()
    });
    push_lines(&client, 1, 10).await;
    for query in ["{job=\"x\"}", "count_over_time({job=\"x\"}[1m])"] {
        let (status, words) = client.query(query, &[]).await.refusal();
        assert_eq!(status, 504, "{query}");
        assert!(
            words.starts_with("request timed out, decrease the duration of the request"),
            "{words}"
        );
    }
}

#[tokio::test]
async fn tenants_are_strangers() {
    let client = Client::new(Options {
        auth_enabled: true,
        push: PushLimits::unhurried(),
        ..Options::default()
    });
    let push = async |tenant: Option<&str>| {
        let body = json!({ "streams": [{ "stream": { "job": "x" }, "values": [["1", "x"]] }] });
        let mut request = axum::http::Request::post("/loki/api/v1/push")
            .header("Content-Type", "application/json");
        if let Some(tenant) = tenant {
            request = request.header("X-Scope-OrgID", tenant);
        }
        client
            .send(request.body(body.to_string().into()).unwrap())
            .await
            .refusal()
    };
    assert_eq!(push(None).await, (401, "no org id".to_owned()));
    assert_eq!(
        push(Some("a|b")).await,
        (400, "multiple org IDs present".to_owned())
    );
    assert_eq!(push(Some("a")).await.0, 204);
    let labels = async |tenant: &str| {
        let headers = [("X-Scope-OrgID", tenant)];
        client.get_with("/loki/api/v1/labels", &[], &headers).await
    };
    assert_eq!(
        labels("a").await.json()["data"],
        json!(["job", "service_name"])
    );
    assert_eq!(labels("b").await.json(), json!({ "status": "success" }));
    assert_eq!(labels("").await.refusal(), (401, "no org id".to_owned()));
    assert_eq!(
        labels("a|b").await.refusal(),
        (500, "multiple org IDs present".to_owned())
    );
    let wrong = "tenant ID 'a/b' contains unsupported character '/'";
    assert_eq!(labels("a/b").await.refusal(), (400, wrong.to_owned()));
}

#[tokio::test]
async fn without_authentication_the_tenant_does_not_matter() {
    let client = Client::plain();
    push_lines(&client, 1, 1).await;
    for tenant in ["a", "a|b", "a/b"] {
        let answer = client
            .get_with("/loki/api/v1/labels", &[], &[("X-Scope-OrgID", tenant)])
            .await;
        assert_eq!(answer.json()["data"], json!(["job"]), "{tenant}");
    }
    // But for the limits.
    let limits = async |headers: &[(&str, &str)]| {
        client
            .get_with("/loki/api/v1/drilldown-limits", &[], headers)
            .await
    };
    assert_eq!(limits(&[]).await.refusal(), (401, "no org id".to_owned()));
    let answer = limits(&[("X-Scope-OrgID", "fake")]).await.json();
    assert_eq!(answer["limits"]["max_entries_limit_per_query"], json!(5000));
    assert_eq!(answer["limits"]["max_query_length"], json!("30d1h"));
}

#[tokio::test]
async fn what_is_not_there() {
    let client = Client::plain();
    let nothing = (404, "404 page not found".to_owned());
    for path in ["/", "/nope", "/loki/api/v1/nope"] {
        assert_eq!(client.get(path, &[]).await.refusal(), nothing, "{path}");
    }
    assert_eq!(
        client.get("/loki/api/v1/push", &[]).await.refusal(),
        (405, String::new())
    );
    assert_eq!(
        client.get("/ready", &[]).await.refusal(),
        (200, "ready".to_owned())
    );
    assert_eq!(client.get("/flush", &[]).await.status, 204);
    let patterns = client
        .get("/loki/api/v1/patterns", &[("query", "{a=\"b\"}")])
        .await;
    assert_eq!(patterns.json(), json!({ "status": "success", "data": [] }));
    let info = client
        .get("/loki/api/v1/status/buildinfo", &[])
        .await
        .json();
    assert!(info["version"].as_str().unwrap().ends_with("-minloki"));
}
