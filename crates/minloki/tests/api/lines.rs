//! Log queries: limits, order, and how lines are answered.

use minloki::{Options, PushLimits, QueryLimits};
use serde_json::json;

use super::client::{CATEGORIZE, Client, SECOND, T, none};

const FORWARD: (&str, &str) = ("direction", "forward");
const HOUR: i64 = 3600 * SECOND;

#[tokio::test]
async fn the_range_has_its_start_and_not_its_end() {
    let client = Client::plain();
    let lines: Vec<(i64, String)> = (0..10).map(|n| (n, n.to_string())).collect();
    let lines: Vec<_> = lines
        .iter()
        .map(|(n, line)| (*n, line.as_str(), none()))
        .collect();
    client.push(json!({ "job": "x" }), &lines).await;
    let (start, end) = ((T + 2).to_string(), (T + 5).to_string());
    let answer = client
        .query("{job=\"x\"}", &[("start", &start), ("end", &end)])
        .await;
    assert_eq!(answer.lines(), ["job=x: 4 3 2"]);
    let answer = client
        .query("{job=\"x\"}", &[("start", &start), ("end", &start)])
        .await;
    assert!(answer.lines().is_empty());
}

#[tokio::test]
async fn the_limit_cuts_across_streams() {
    let client = Client::plain();
    for stream in 0..3 {
        let lines: Vec<(i64, String)> = (0..10)
            .map(|n| (n * 3 + stream, format!("{}", n * 3 + stream)))
            .collect();
        let lines: Vec<_> = lines
            .iter()
            .map(|(n, line)| (*n, line.as_str(), none()))
            .collect();
        client
            .push(json!({ "job": "x", "k": stream.to_string() }), &lines)
            .await;
    }
    let answer = client.query("{job=\"x\"}", &[("limit", "4")]).await;
    assert_eq!(
        answer.lines(),
        ["job=x,k=0: 27", "job=x,k=1: 28", "job=x,k=2: 29 26"]
    );
    let answer = client
        .query("{job=\"x\"}", &[("limit", "4"), FORWARD])
        .await;
    assert_eq!(
        answer.lines(),
        ["job=x,k=0: 0 3", "job=x,k=1: 1", "job=x,k=2: 2"]
    );
    let answer = client
        .query("{job=\"x\"}", &[("interval", "10ns"), ("limit", "100")])
        .await;
    assert_eq!(answer.status, 400, "nanoseconds are no unit");
}

#[tokio::test]
async fn an_interval_thins_out_all_streams_together() {
    let client = Client::plain();
    for stream in 0..2 {
        let lines: Vec<(i64, String)> = (0..10)
            .map(|n| ((n * 2 + stream) * SECOND, format!("{}", n * 2 + stream)))
            .collect();
        let lines: Vec<_> = lines
            .iter()
            .map(|(n, line)| (*n, line.as_str(), none()))
            .collect();
        client
            .push(json!({ "job": "x", "k": stream.to_string() }), &lines)
            .await;
    }
    let answer = client.query("{job=\"x\"}", &[("interval", "3s")]).await;
    assert_eq!(
        answer.lines(),
        ["job=x,k=0: 16 10 4", "job=x,k=1: 19 13 7 1"]
    );
    // The limit comes first.
    let answer = client
        .query("{job=\"x\"}", &[("interval", "2.5"), ("limit", "3")])
        .await;
    assert_eq!(answer.lines(), ["job=x,k=1: 19"]);
    let answer = client.query("{job=\"x\"}", &[("interval", "-1")]).await;
    assert_eq!(answer.refusal(), (400, "interval must be >= 0".to_owned()));
}

#[tokio::test]
async fn lines_of_one_nanosecond_come_by_their_metadata_and_then_as_written() {
    let client = Client::plain();
    let lines = ["z", "y", "a"].map(|m| (0, m, json!({ "m": m })));
    client.push(json!({ "job": "x" }), &lines).await;
    client
        .push(
            json!({ "job": "x" }),
            &[(0, "1", json!({ "m": "b" })), (0, "2", json!({ "m": "b" }))],
        )
        .await;
    // With the header they are one stream, so the order shows.
    let forward = client
        .query_with("{job=\"x\"}", &[FORWARD], &[CATEGORIZE])
        .await;
    assert_eq!(forward.lines(), ["job=x: a 1 2 y z"]);
    let backward = client.query_with("{job=\"x\"}", &[], &[CATEGORIZE]).await;
    assert_eq!(backward.lines(), ["job=x: a 2 1 y z"], "not the reverse");
}

#[tokio::test]
async fn more_than_twelve_lines_come_with_their_ties_shuffled() {
    let client = Client::plain();
    let lines: Vec<String> = (0..20).map(|n| format!("{n:02}")).collect();
    let all: Vec<_> = lines
        .iter()
        .map(|line| (0, line.as_str(), none()))
        .collect();
    client.push(json!({ "job": "twenty" }), &all).await;
    client.push(json!({ "job": "twelve" }), &all[..12]).await;
    let twenty = "17 06 12 02 05 16 11 00 15 18 08 01 03 13 09 19 04 07 10 14";
    let answer = client.query("{job=\"twenty\"}", &[FORWARD]).await;
    assert_eq!(answer.lines(), [format!("job=twenty: {twenty}")]);
    let twelve = lines[..12].join(" ");
    let answer = client.query("{job=\"twelve\"}", &[FORWARD]).await;
    assert_eq!(answer.lines(), [format!("job=twelve: {twelve}")]);
}

#[tokio::test]
async fn lines_that_become_equal_are_one_within_a_stream_only() {
    let client = Client::plain();
    let lines = [
        (0, "a", none()),
        (0, "b", none()),
        (0, "c", json!({ "m": "1" })),
        (1, "d", none()),
    ];
    client.push(json!({ "job": "x", "k": "1" }), &lines).await;
    client
        .push(json!({ "job": "x", "k": "2" }), &lines[..2])
        .await;
    let answer = client.query("{k=\"1\"} | line_format \"x\"", &[]).await;
    assert_eq!(answer.lines(), ["job=x,k=1,m=1: x", "job=x,k=1: x x"]);
    let answer = client
        .query("{job=\"x\"} | line_format \"x\" | drop k", &[])
        .await;
    assert_eq!(
        answer.lines(),
        ["job=x,m=1: x", "job=x: x x x"],
        "one of each stream, and d"
    );
}

#[tokio::test]
async fn a_value_that_is_named_twice_shows_in_the_statistics_only() {
    let client = Client::plain();
    client
        .push(json!({ "job": "x" }), &[(0, "a", none()), (1, "b", none())])
        .await;
    let answer = client.query("{job=~\"x|x\"}", &[]).await;
    assert_eq!(answer.lines(), ["job=x: b a"]);
    let summary = answer.json()["data"]["stats"]["summary"].clone();
    assert_eq!(
        (
            &summary["totalLinesProcessed"],
            &summary["totalEntriesReturned"]
        ),
        (&json!(4), &json!(2))
    );
}

#[tokio::test]
async fn labels_are_told_apart_on_request() {
    let client = Client::plain();
    let line = r#"{"a":{"b":"c"},"job":"inner"}"#;
    client
        .push(
            json!({ "job": "x" }),
            &[(0, line, json!({ "m": "1", "job": "z" }))],
        )
        .await;
    let answer = client
        .query_with("{job=\"x\"} | json", &[], &[CATEGORIZE])
        .await
        .json();
    assert_eq!(
        answer["data"]["encodingFlags"],
        json!(["categorize-labels"])
    );
    let stream = &answer["data"]["result"][0];
    assert_eq!(stream["stream"], json!({ "job": "x" }));
    let categories = &stream["values"][0][2];
    assert_eq!(categories["structuredMetadata"]["m"], json!("1"));
    assert_eq!(categories["parsed"]["a_b"], json!("c"));
    let answer = client.query("{job=\"x\"} | json", &[]).await.json();
    assert_eq!(answer["data"].get("encodingFlags"), None);
    assert_eq!(
        answer["data"]["result"][0]["values"][0]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(answer["data"]["result"][0]["stream"]["a_b"], json!("c"));
}

#[tokio::test]
async fn an_answer_by_itself_has_nothing_but_braces_behind_a_line() {
    let client = Client::plain();
    client
        .push(json!({ "job": "x" }), &[(0, "a", none())])
        .await;
    let answer = client
        .query_with("{job=\"x\"}", &[], &[CATEGORIZE])
        .await
        .json();
    assert_eq!(
        answer["data"]["result"][0]["values"][0],
        json!([T.to_string(), "a", {}])
    );
}

#[tokio::test]
async fn the_ingesters_statistics_miss_no_batch() {
    let client = Client::plain();
    let lines: Vec<(i64, String)> = (0..300).map(|n| (n, n.to_string())).collect();
    let lines: Vec<_> = lines
        .iter()
        .map(|(n, line)| (*n, line.as_str(), none()))
        .collect();
    client.push(json!({ "job": "x" }), &lines).await;
    client
        .push(json!({ "job": "x" }), &[(HOUR, "later", none())])
        .await;
    let end = (T + 2 * HOUR).to_string();
    let answer = client
        .query("{job=\"x\"}", &[("limit", "1000"), ("end", &end)])
        .await
        .json();
    let ingester = &answer["data"]["stats"]["ingester"];
    // Two hours and a part; three batches of the first, one of the second, an empty one behind each.
    assert_eq!(ingester["totalReached"], json!(3));
    assert_eq!(ingester["totalBatches"], json!(3 + 1 + 3));
    assert_eq!(ingester["totalLinesSent"], json!(301));
}

#[tokio::test]
async fn questions_that_loki_refuses() {
    let client = Client::unhurried();
    for (parameters, words) in [
        (
            &[("limit", "6000")][..],
            "max entries limit per query exceeded, limit > max_entries_limit_per_query (6000 > 5000)",
        ),
        (&[("limit", "0")], "limit must be a positive value"),
        (
            &[("limit", "x")],
            "strconv.Atoi: parsing \"x\": invalid syntax",
        ),
        (
            &[("start", "20"), ("end", "10")],
            "end timestamp must not be before or equal to start time",
        ),
        (
            &[("start", "abc")],
            "could not parse 'start' parameter: strconv.ParseInt: parsing \"abc\": invalid syntax",
        ),
        (&[("direction", "sideways")], "invalid direction 'sideways'"),
        (
            &[("step", "0")],
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ),
        (
            &[("start", "0"), ("end", "3456000")],
            "the query time range exceeds the limit (query length: 960h0m0s, limit: 30d1h)",
        ),
        (
            &[("step", "0.01")],
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
        ),
    ] {
        let answer = client.query("{job=\"x\"}", parameters).await;
        assert_eq!(answer.refusal(), (400, words.to_owned()), "{parameters:?}");
        assert_eq!(answer.kind, "text/plain; charset=utf-8");
    }
    for (query, words) in [
        (
            "{job=",
            "parse error at line 1, col 6: syntax error: unexpected $end, expecting STRING",
        ),
        ("", "parse error : syntax error: unexpected $end"),
        (
            "{job=\"x\"} |~ \"(\"",
            "parse error : stage '|~ \"(\"' : error parsing regexp: missing closing ): `(`",
        ),
        (
            &format!("{{job=\"x\"}} |= \"{}\"", "x".repeat(131_072)),
            "parse error : input size too long (131087 > 131072)",
        ),
    ] {
        let answer = client
            .post("/loki/api/v1/query_range", &[("query", query)])
            .await;
        assert_eq!(answer.refusal(), (400, words.to_owned()), "{query:.40}");
    }
    let answer = client
        .get("/loki/api/v1/query", &[("query", "{job=\"x\"}")])
        .await;
    assert_eq!(answer.refusal(), (400, "log queries are not supported as an instant query type, please change your query to a range query type".to_owned()));
}

#[tokio::test]
async fn limits_can_be_set() {
    let client = Client::new(Options {
        query: QueryLimits {
            max_entries_limit_per_query: 0,
            max_query_length: std::time::Duration::ZERO,
            max_expression_bytes: 20,
            ..QueryLimits::default()
        },
        push: PushLimits::unhurried(),
        ..Options::default()
    });
    let answer = client
        .query("{job=\"x\"}", &[("limit", "1000000"), ("start", "0")])
        .await;
    assert_eq!(answer.status, 200);
    let answer = client.query("{job=\"much too long\"}", &[]).await;
    assert_eq!(
        answer.refusal(),
        (
            400,
            "parse error : input size too long (21 > 20)".to_owned()
        )
    );
}
