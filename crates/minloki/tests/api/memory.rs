//! The bound on memory, and a million lines within it.

use std::time::Instant;

use minloki::{Options, PushLimits};
use serde_json::json;

use super::client::{Client, SECOND, T};

#[tokio::test]
async fn a_push_that_does_not_fit_is_refused_and_nothing_is_lost() {
    let client = Client::new(Options {
        memory_bytes: 100_000,
        push: PushLimits::unhurried(),
        ..Options::default()
    });
    let line = "x".repeat(1000);
    let (mut accepted, mut refused) = (0, None);
    for number in 0..1000 {
        let time = (T + number).to_string();
        let body = json!({ "streams": [{ "stream": { "job": "x" }, "values": [[time, line]] }] });
        let answer = client.push_body(body.to_string()).await;
        match answer.status {
            204 if refused.is_none() => accepted += 1,
            204 => panic!("accepted behind a refusal"),
            _ => refused = Some(answer.refusal()),
        }
    }
    let (status, words) = refused.unwrap();
    assert_eq!(status, 500);
    assert!(words.starts_with("the embedded Loki is full: "), "{words}");
    assert!((80..100).contains(&accepted), "{accepted}");
    assert!(client.loki.memory_bytes() <= 100_000);
    let answer = client
        .query("{job=\"x\"}", &[("limit", "1000")])
        .await
        .json();
    let lines = answer["data"]["result"][0]["values"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(lines, accepted);
}

#[tokio::test]
async fn repeats_take_no_memory() {
    let client = Client::unhurried();
    let mut taken = Vec::new();
    for _ in 0..3 {
        client
            .push(json!({ "job": "x" }), &[(0, "line", json!({ "m": "1" }))])
            .await;
        taken.push(client.loki.memory_bytes());
    }
    assert_eq!(taken, [taken[0]; 3]);
}

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a million lines: by hand, optimised (--release)"]
async fn a_million_lines() {
    const LINES: i64 = 1_000_000;
    let client = Client::unhurried();
    let padding = "lorem ipsum dolor sit amet ".repeat(20);
    let begun = Instant::now();
    for batch in 0..LINES / 1000 {
        let mut streams = Vec::new();
        for portfolio in 0..20 {
            let values: Vec<_> = (0..50)
                .map(|n| {
                    let number = batch * 1000 + portfolio * 50 + n;
                    let line = format!(
                        r#"{{"log":{{"level":"INFO"}},"message":"{padding}","n":{number},"order":"{}"}}"#,
                        number % 7919
                    );
                    let metadata = json!({
                        "trace_id": format!("{:032x}", number / 5), "span_id": format!("{number:016x}"),
                        "strategy_id": format!("strategy-{}", number % 40), "run_id": "bt-7721d228",
                    });
                    json!([(T + number * SECOND / 1000).to_string(), line, metadata])
                })
                .collect();
            let labels = json!({
                "job": "ginkgo", "portfolio_id": format!("550e8400-e29b-41d4-a716-{portfolio:012}"),
            });
            streams.push(json!({ "stream": labels, "values": values }));
        }
        let answer = client
            .push_body(json!({ "streams": streams }).to_string())
            .await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    println!("{LINES} lines written in {:?}", begun.elapsed());
    let (taken, resident) = (client.loki.memory_bytes(), resident());
    println!("{} MB counted, {} MB resident", taken >> 20, resident >> 20);
    assert!(resident < 1_500_000_000);
    let end = (T + LINES * SECOND / 1000).to_string();
    let label = r#"{job="ginkgo", portfolio_id="550e8400-e29b-41d4-a716-000000000007"}"#;
    for (query, most) in [
        (format!(r#"{label} |= "77""#), 1.0),
        (format!(r#"{label} |= "nowhere""#), 1.0),
        (r#"{job="ginkgo"} |= "order\":\"4242\"""#.to_owned(), 1.0),
        (r#"{job="ginkgo"} | strategy_id="nobody""#.to_owned(), 5.0),
        (
            r#"{job="ginkgo"} | json order="order" | order="nobody""#.to_owned(),
            10.0,
        ),
        (
            r#"sum by (strategy_id) (count_over_time({job="ginkgo"}[5m]))"#.to_owned(),
            10.0,
        ),
        (
            r#"sum(count_over_time({job="ginkgo"} | json order="order" | order="4242" [5m]))"#
                .to_owned(),
            20.0,
        ),
    ] {
        let begun = Instant::now();
        let start = T.to_string();
        let parameters = [
            ("limit", "1000"),
            ("start", &start),
            ("end", &end),
            ("step", "5m"),
        ];
        let answer = client.query(&query, &parameters).await;
        let took = begun.elapsed();
        println!("{took:?}: {query}");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(took.as_secs_f64() < most, "{query}: {took:?}");
    }
}
