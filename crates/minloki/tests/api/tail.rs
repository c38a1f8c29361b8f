//! Tails, over a real websocket.

use std::time::Duration;

use futures_util::StreamExt;
use minloki::{Handle, Options, PushLimits, Server, TailLimits};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::client::{Client, address, none};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn start(tail: TailLimits) -> (Handle, Client) {
    let running = Server::start(Options {
        tail,
        push: PushLimits::unhurried(),
        ..Options::default()
    });
    let running = running.await.unwrap();
    let client = Client {
        loki: running.loki().clone(),
        router: running.loki().router(),
    };
    (running, client)
}

fn now() -> i64 {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(now.as_nanos()).unwrap()
}

async fn push(client: &Client, lines: &[(i64, &str)]) {
    let values: Vec<Value> = lines
        .iter()
        .map(|(time, line)| json!([time.to_string(), line, { "m": "1" }]))
        .collect();
    let body = json!({ "streams": [{ "stream": { "job": "x" }, "values": values }] });
    assert_eq!(client.push_body(body.to_string()).await.status, 204);
}

async fn connect(running: &Handle, parameters: &[(&str, &str)], categorize: bool) -> Socket {
    let url = running.url().replace("http", "ws") + &address("/loki/api/v1/tail", parameters);
    let mut request = url.into_client_request().unwrap();
    if categorize {
        let flags = "categorize-labels".parse().unwrap();
        request
            .headers_mut()
            .insert("X-Loki-Response-Encoding-Flags", flags);
    }
    connect_async(request).await.unwrap().0
}

/// The next frame with lines; `None` when none comes within two seconds.
async fn frame(socket: &mut Socket) -> Option<Value> {
    let next = async {
        loop {
            match socket.next().await?.unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Close(frame) => {
                    return Some(json!({ "closed": frame.unwrap().reason.as_str() }));
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(2), next)
        .await
        .unwrap_or(None)
}

fn lines(frame: &Value) -> Vec<&str> {
    let streams = frame["streams"].as_array().unwrap().iter();
    streams
        .map(|stream| stream["values"][0][1].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn first_what_was_then_what_comes() {
    let (running, client) = start(TailLimits::default()).await;
    let before = now() - 5_000_000_000;
    push(
        &client,
        &[
            (before, "old 1"),
            (before + 1, "old 2"),
            (before + 2, "old 3"),
        ],
    )
    .await;
    let mut socket = connect(&running, &[("query", "{job=\"x\"}"), ("limit", "2")], false).await;
    let beginning = frame(&mut socket).await.unwrap();
    assert_eq!(
        lines(&beginning),
        ["old 2", "old 3"],
        "the newest, oldest first"
    );
    assert_eq!(beginning["streams"][0]["stream"]["m"], json!("1"));
    let time = now();
    push(&client, &[(time, "new 1"), (time - 1, "new 2")]).await;
    let next = frame(&mut socket).await.unwrap();
    assert_eq!(lines(&next), ["new 2", "new 1"], "by time");
    // Without a pipeline and the header a real Loki loses their metadata.
    assert_eq!(
        next["streams"][0]["stream"],
        json!({ "job": "x", "service_name": "x" })
    );
    let mut socket = connect(&running, &[("query", "{job=\"x\"} |= \"newer\"")], true).await;
    push(&client, &[(now(), "newer"), (now(), "other")]).await;
    let next = frame(&mut socket).await.unwrap();
    assert_eq!(lines(&next), ["newer"]);
    assert_eq!(next["encodingFlags"], json!(["categorize-labels"]));
    assert_eq!(
        next["streams"][0]["values"][0][2]["structuredMetadata"]["m"],
        json!("1")
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_wait_for_their_time() {
    let (running, client) = start(TailLimits::default()).await;
    let mut socket = connect(
        &running,
        &[("query", "{job=\"x\"}"), ("delay_for", "1")],
        false,
    )
    .await;
    let time = now();
    push(
        &client,
        &[(time, "now"), (time + 60_000_000_000, "in a minute")],
    )
    .await;
    let next = frame(&mut socket).await.unwrap();
    assert!(now() - time >= 1_000_000_000);
    assert_eq!(lines(&next), ["now"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_dropped_and_told() {
    let (running, client) = start(TailLimits {
        max_waiting: 3,
        ..TailLimits::default()
    })
    .await;
    let mut socket = connect(&running, &[("query", "{job=\"x\"}")], false).await;
    // So that the tail surely follows.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let time = now();
    let many: Vec<(i64, String)> = (0..5).map(|n| (time + n, n.to_string())).collect();
    let many: Vec<(i64, &str)> = many.iter().map(|(n, line)| (*n, line.as_str())).collect();
    push(&client, &many).await;
    let next = frame(&mut socket).await.unwrap();
    assert_eq!(lines(&next), ["0", "1", "2"]);
    let dropped = next["dropped_entries"].as_array().unwrap();
    assert_eq!(dropped.len(), 2);
    assert_eq!(dropped[0]["timestamp"], json!((time + 3).to_string()));
    assert_eq!(dropped[0]["labels"]["job"], json!("x"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_end_a_tail() {
    let (running, client) = start(TailLimits {
        max_concurrent: 1,
        max_duration: Duration::from_millis(700),
        ..TailLimits::default()
    })
    .await;
    let query = [("query", "{job=\"x\"}")];
    let mut first = connect(&running, &query, false).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut second = connect(&running, &query, false).await;
    let closed = frame(&mut second).await.unwrap();
    let words = "rpc error: code = Code(400) desc = max concurrent tail requests limit exceeded, count > limit (2 > 1)";
    assert_eq!(closed, json!({ "closed": words }));
    let closed = frame(&mut first).await.unwrap();
    assert_eq!(
        closed,
        json!({ "closed": "reached tail max duration limit" })
    );
    let mut third = connect(&running, &[("query", "rate({job=\"x\"}[1m])")], false).await;
    let closed = frame(&mut third).await.unwrap();
    assert_eq!(
        closed,
        json!({ "closed": "only log selector is supported" })
    );
    client
        .push(json!({ "job": "x" }), &[(0, "nobody listens", none())])
        .await;
    running.stop().await;
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_before() {
    let client = Client::plain();
    for (parameters, words) in [
        (
            &[("query", "{job=")][..],
            "parse error at line 1, col 6: syntax error: unexpected $end, expecting STRING",
        ),
        (
            &[("query", "{a=\"b\"}"), ("delay_for", "6")],
            "delay_for can't be greater than 5",
        ),
        (
            &[("query", "{a=\"b\"}"), ("delay_for", "x")],
            "strconv.Atoi: parsing \"x\": invalid syntax",
        ),
        (&[("query", "{a=\"b\"}")], "Bad Request"),
    ] {
        let answer = client.get("/loki/api/v1/tail", parameters).await;
        assert_eq!(answer.refusal(), (400, words.to_owned()), "{parameters:?}");
    }
}
