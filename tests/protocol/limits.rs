//! What a real Loki refuses, in its own words.

use serde_json::{Value, json};

use ginkgo::loki::{Call, Client, Options};

use crate::kit::{BASE_NS, RANGE, column, corpus, frame};
use crate::support::{host, loki};

struct Limit {
    name: &'static str,
    query: Value,
    parts: &'static [&'static str],
}

fn limits() -> Vec<Limit> {
    let limit = |name, query, parts| Limit { name, query, parts };
    let long = format!("{{job=\"protocol\"}} |= `{}`", "x".repeat(140_000));
    vec![
        limit(
            "syntax error",
            json!({ "expr": "{job=\"protocol\"} | json | = 3" }),
            &[
                "expr \"{job=\\\"protocol\\\"} | json | = 3\": loki cannot read the query",
                "parse error",
                "correct the query where it says",
            ],
        ),
        limit(
            "a selector of everything",
            json!({ "expr": "{job=~\".*\"}" }),
            &[
                "loki cannot read the query",
                "at least one regexp or equality matcher",
                "correct the query",
            ],
        ),
        limit(
            "a longer expression than the server reads",
            json!({ "expr": long }),
            &["140022 bytes", "at most 131072", "ask for fewer"],
        ),
    ]
}

#[test]
fn lokis_limits_come_in_its_own_words_with_a_remedy() {
    for limit in limits() {
        let mut query = limit.query.clone();
        query["refId"] = json!("A");
        let response = host().query(corpus(), RANGE.0, RANGE.1, &[query]).json();
        let result = &response["results"]["A"];
        let (name, error) = (limit.name, result["error"].as_str().unwrap_or_default());
        assert_eq!(result["status"], 400, "{name}: {result}");
        assert_eq!(result["errorSource"], "downstream", "{name}");
        for part in limit.parts {
            assert!(error.contains(part), "{name}: {part:?} is not in {error}");
        }
        assert!(error.len() < 1000, "{name}: {} bytes of error", error.len());
    }
    frame(corpus(), &json!({}));
}

#[test]
fn too_many_ids_are_a_clear_error() {
    let ids: Vec<String> = (0..5000)
        .map(|i| format!("550e8400-e29b-41d4-a716-4466554{i:05}"))
        .collect();
    let query = json!({ "refId": "A", "queryType": "portfolio", "ids": ids });
    let response = host().query(corpus(), RANGE.0, RANGE.1, &[query]).json();
    let result = &response["results"]["A"];
    if result["status"] == 200 {
        // Sent in batches: that is right as well.
        return;
    }
    let error = result["error"].as_str().unwrap_or_default();
    assert_eq!(
        (&result["status"], &result["errorSource"]),
        (&json!(400), &json!("downstream")),
        "{result}"
    );
    assert!(error.contains("ids"), "{error}");
    assert!(error.len() < 1000, "{} bytes of error", error.len());
}

#[test]
fn what_loki_refuses_at_once_is_read_in_pieces() {
    let days_ago = |days: i64| BASE_NS - days * 86_400_000_000_000;
    for (name, from, limit) in [
        ("more lines than it gives", RANGE.0, 6000),
        ("a longer range than it takes", days_ago(90), 100),
    ] {
        let query = json!({ "refId": "A", "limit": limit });
        let response = host().query(corpus(), from, RANGE.1, &[query]).json();
        let result = &response["results"]["A"];
        assert_eq!(result["status"], 200, "{name}: {result}");
        let lines = column(&result["frames"][0], "body").len();
        assert_eq!(
            lines,
            column(&frame(corpus(), &json!({})), "body").len(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_loki_without_tenants_says_its_limits() {
    let url = tokio::task::spawn_blocking(|| loki().url.clone()).await;
    let client = Client::new(Options::new(url.expect("started"))).expect("a client");
    let limits = client.drilldown_limits(&Call::default()).await;
    assert_eq!(limits.map(|limits| limits.max_entries), Ok(Some(5000)));
}
