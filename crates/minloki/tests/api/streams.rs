//! Questions about streams.

use serde_json::{Value, json};

use super::client::{Client, SECOND, T, none};

const HOUR: i64 = 3600 * SECOND;

async fn filled() -> Client {
    let client = Client::plain();
    for (labels, times) in [
        (json!({ "job": "a", "env": "x" }), &[0, HOUR][..]),
        (json!({ "job": "a", "env": "y" }), &[0]),
        (json!({ "job": "b" }), &[2 * HOUR]),
    ] {
        let lines: Vec<_> = times.iter().map(|time| (*time, "12345", none())).collect();
        client.push(labels, &lines).await;
    }
    client
}

fn range(start: i64, end: i64) -> [(&'static str, String); 2] {
    [
        ("start", (T + start).to_string()),
        ("end", (T + end).to_string()),
    ]
}

async fn ask(client: &Client, path: &str, query: &str, start: i64, end: i64) -> Value {
    let [start, end] = range(start, end);
    let name = if path == "series" { "match[]" } else { "query" };
    let parameters = [(name, query), ("start", &start.1), ("end", &end.1)];
    let answer = client
        .get(&format!("/loki/api/v1/{path}"), &parameters)
        .await;
    answer.json()
}

#[tokio::test]
async fn labels_and_values_are_of_the_streams_chosen() {
    let client = filled().await;
    for (path, query, data) in [
        ("labels", "", json!(["env", "job"])),
        ("labels", "{job=\"b\"}", json!(["job"])),
        ("label/job/values", "", json!(["a", "b"])),
        ("label/env/values", "{job=\"a\", env!=\"x\"}", json!(["y"])),
        ("label/env/values", "{job=\"b\"}", Value::Null),
        ("label/nope/values", "", Value::Null),
    ] {
        let answer = ask(&client, path, query, 0, HOUR).await;
        assert_eq!(answer["data"], data, "{path} {query}");
        assert_eq!(
            answer.get("data").is_some(),
            !data.is_null(),
            "{path} {query}"
        );
    }
}

#[tokio::test]
async fn series_are_those_that_reach_into_the_range() {
    let client = filled().await;
    let (x, y, b) = (
        json!({ "env": "x", "job": "a" }),
        json!({ "env": "y", "job": "a" }),
        json!({ "job": "b" }),
    );
    for (name, query, start, end, data) in [
        ("all", "{}", 0, 2 * HOUR, json!([x, y, b])),
        ("between its lines", "{job=\"a\"}", 10, 20, json!([x])),
        ("none", "{job=\"b\"}", 0, HOUR, json!([])),
        (
            "without a label",
            "{job=~\".+\", env=\"\"}",
            0,
            2 * HOUR,
            json!([b]),
        ),
    ] {
        let answer = ask(&client, "series", query, start, end).await;
        assert_eq!(answer["data"], data, "{name}");
    }
    let [start, end] = range(0, 2 * HOUR);
    let both = [
        ("match[]", "{job=\"b\"}"),
        ("match[]", "{env=\"y\"}"),
        ("start", &start.1),
        ("end", &end.1),
    ];
    let answer = client.get("/loki/api/v1/series", &both).await.json();
    assert_eq!(answer["data"], json!([y, b]));
}

#[tokio::test]
async fn sizes_are_shared_out_evenly_over_a_stream() {
    let client = filled().await;
    let stats = ask(&client, "index/stats", "{job=\"a\"}", 0, HOUR).await;
    assert_eq!(
        stats,
        json!({ "streams": 2, "chunks": 2, "entries": 3, "bytes": 15 })
    );
    let stats = ask(&client, "index/stats", "{job=\"a\"}", HOUR / 2, HOUR).await;
    assert_eq!(
        stats,
        json!({ "streams": 1, "chunks": 1, "entries": 1, "bytes": 5 })
    );
}

#[tokio::test]
async fn volumes_are_by_the_labels_asked_for() {
    let client = filled().await;
    let [start, end] = range(0, 3 * HOUR);
    let volumes = async |parameters: &[(&str, &str)]| {
        let mut all = vec![("start", start.1.as_str()), ("end", end.1.as_str())];
        all.extend(parameters);
        let answer = client.get("/loki/api/v1/index/volume", &all).await.json();
        let result = answer["data"]["result"].as_array().unwrap().clone();
        let volume = |line: &Value| {
            (
                line["metric"].clone(),
                line["value"][1].as_str().unwrap().to_owned(),
            )
        };
        result.iter().map(volume).collect::<Vec<_>>()
    };
    let line = |metric: Value, bytes: &str| (metric, bytes.to_owned());
    let any = ("query", "{job=~\".+\"}");
    assert_eq!(
        volumes(&[any]).await,
        [
            line(json!({ "job": "a" }), "15"),
            line(json!({ "job": "b" }), "5")
        ]
    );
    assert_eq!(
        volumes(&[any, ("limit", "1")]).await,
        [line(json!({ "job": "a" }), "15")]
    );
    assert_eq!(
        volumes(&[any, ("targetLabels", "env")]).await,
        [
            line(json!({ "env": "x" }), "10"),
            line(json!({ "env": "y" }), "5")
        ]
    );
    assert_eq!(
        volumes(&[any, ("aggregateBy", "labels")]).await,
        [
            line(json!({ "job": "" }), "20"),
            line(json!({ "env": "" }), "15")
        ]
    );
    let all = volumes(&[("query", "{}")]).await;
    assert_eq!(all[0], line(json!({ "env": "x", "job": "a" }), "10"));
    let step = [any, ("start", &start.1), ("end", &end.1), ("step", "1h")];
    let answer = client
        .get("/loki/api/v1/index/volume_range", &step)
        .await
        .json();
    assert_eq!(answer["data"]["resultType"], json!("matrix"));
}

#[tokio::test]
async fn only_selectors_are_taken() {
    let client = filled().await;
    for path in [
        "labels",
        "label/job/values",
        "series",
        "index/stats",
        "index/volume",
        "index/volume_range",
        "detected_labels",
        "patterns",
    ] {
        let name = if path == "series" { "match[]" } else { "query" };
        for (query, words) in [
            (
                "{",
                "parse error at line 1, col 2: syntax error: unexpected $end, expecting IDENTIFIER or }",
            ),
            ("{a=\"b\"} | json", "only label matchers are supported"),
            ("rate({a=\"b\"}[1m])", "only label matchers are supported"),
            (
                "{a=~\"(\"}",
                "parse error : error parsing regexp: missing closing ): `(`",
            ),
        ] {
            let answer = client
                .get(&format!("/loki/api/v1/{path}"), &[(name, query)])
                .await;
            assert_eq!(answer.refusal(), (400, words.to_owned()), "{path} {query}");
        }
    }
}

#[tokio::test]
async fn queries_are_formatted() {
    let client = Client::plain();
    let format = async |query: &str| {
        client
            .get("/loki/api/v1/format_query", &[("query", query)])
            .await
    };
    let answer = format("{a=\"b\"}|json").await;
    assert_eq!(
        answer.json(),
        json!({ "status": "success", "data": "{a=\"b\"} | json" })
    );
    let answer = format("{a=\"b\"").await;
    assert_eq!(answer.status, 400);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["status"], json!("invalid-query"));
    assert_eq!(
        body["error"],
        json!("parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,")
    );
}
