//! Metric queries, as far as the API makes their answers.

use serde_json::{Value, json};

use super::client::{Client, SECOND, T, none};

async fn filled() -> Client {
    let client = Client::plain();
    let lines: Vec<_> = (0..4).map(|n| (n * 10 * SECOND, "x", none())).collect();
    client.push(json!({ "job": "x" }), &lines).await;
    client.push(json!({ "job": "y" }), &lines[..1]).await;
    client
}

#[tokio::test]
async fn points_are_at_multiples_of_the_step_around_the_range() {
    let client = filled().await;
    let (start, end) = ((T + 5 * SECOND).to_string(), (T + 35 * SECOND).to_string());
    let parameters = [("start", start.as_str()), ("end", &end), ("step", "20")];
    let answer = client
        .query(
            "sum by (job) (count_over_time({job=~\".+\"}[1m]))",
            &parameters,
        )
        .await
        .json();
    assert_eq!(answer["data"]["resultType"], json!("matrix"));
    let t = T / SECOND;
    assert_eq!(
        answer["data"]["result"],
        json!([
            { "metric": { "job": "x" }, "values": [[t, "1"], [t + 20, "3"], [t + 40, "4"]] },
            { "metric": { "job": "y" }, "values": [[t, "1"], [t + 20, "1"], [t + 40, "1"]] },
        ])
    );
    let parameters = [("start", start.as_str()), ("end", &end), ("step", "1001ms")];
    let cut = client
        .query("count_over_time({job=\"x\"}[1s])", &parameters)
        .await
        .json();
    assert_eq!(
        cut["data"]["result"],
        json!([]),
        "a step that a float of seconds cuts"
    );
}

#[tokio::test]
async fn one_point() {
    let client = filled().await;
    let instant = async |query: &str| {
        let time = (T + 30 * SECOND + SECOND / 2).to_string();
        client
            .get("/loki/api/v1/query", &[("query", query), ("time", &time)])
            .await
            .json()
    };
    let time = (T / SECOND + 30) as f64 + 0.5;
    let answer = instant("sum(count_over_time({job=\"x\"}[1m]))").await;
    assert_eq!(answer["data"]["resultType"], json!("vector"));
    assert_eq!(
        answer["data"]["result"],
        json!([{ "metric": {}, "value": [time, "4"] }])
    );
    let answer = instant("1+1").await;
    assert_eq!(
        (&answer["data"]["resultType"], &answer["data"]["result"]),
        (&json!("scalar"), &json!([time, "2"]))
    );
}

#[tokio::test]
async fn a_value_that_is_named_twice_counts_twice() {
    let client = filled().await;
    let count = async |selector: &str| {
        let query = format!("sum(count_over_time({selector}[1m]))");
        let time = (T + 30 * SECOND).to_string();
        let answer = client
            .get("/loki/api/v1/query", &[("query", &query), ("time", &time)])
            .await
            .json();
        answer["data"]["result"][0]["value"][1].clone()
    };
    for (selector, number) in [
        ("{job=\"x\"}", "4"),
        ("{job=~\"x|x\"}", "8"),
        ("{job=~\"x|z|x|x\"}", "12"),
        ("{job=~\"x|x\", job=\"x\"}", "4"),
        ("{job=~\"x|x\", job=~\".+\"}", "4"),
        ("{job=~\"x|x\", job!=\"y\"}", "8"),
        ("{job=~\"x|x\", nope=\"\"}", "8"),
        ("{job=~\"(x|x)\"}", "4"),
        ("{job=~\"x|[x]\"}", "4"),
    ] {
        assert_eq!(count(selector).await, Value::from(number), "{selector}");
    }
}

#[tokio::test]
async fn late_lines_are_counted_where_they_belong() {
    let client = Client::plain();
    let long = "x".repeat(100_000);
    for time in [50, 10, 40, 20, 30, 5, 45] {
        client
            .push(json!({ "job": "x" }), &[(time * SECOND, &long, none())])
            .await;
    }
    let (start, end) = (T.to_string(), (T + 50 * SECOND).to_string());
    let parameters = [("start", start.as_str()), ("end", &end), ("step", "10s")];
    let answer = client
        .query("count_over_time({job=\"x\"}[10s])", &parameters)
        .await
        .json();
    let values = answer["data"]["result"][0]["values"].as_array().unwrap();
    let counts: Vec<&str> = values
        .iter()
        .map(|point| point[1].as_str().unwrap())
        .collect();
    assert_eq!(counts, ["2", "1", "1", "1", "2"]);
}

#[tokio::test]
async fn too_many_series_are_refused() {
    let client = Client::plain();
    for number in 0..501 {
        client
            .push(
                json!({ "job": "x", "n": number.to_string() }),
                &[(0, "x", none())],
            )
            .await;
    }
    let time = (T + SECOND).to_string();
    let parameters = [
        ("query", "count_over_time({job=\"x\"}[1m])"),
        ("time", &time),
    ];
    let (status, words) = client
        .get("/loki/api/v1/query", &parameters)
        .await
        .refusal();
    assert_eq!(status, 400);
    assert!(
        words.starts_with("maximum number of series (500) reached for a single query"),
        "{words}"
    );
}
