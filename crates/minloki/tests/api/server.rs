//! On a socket: starting, stopping, and answers that never come.

use std::io::Read;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use minloki::{Options, PushLimits, Server};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::client::{T, address};

/// Sends a request and reads until the connection ends.
async fn exchange(url: &str, request: String) -> Vec<u8> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has ended too.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

fn push(body: &str) -> String {
    format!(
        "POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_answers_and_stops() {
    let running = Server::start(Options::default()).await.unwrap();
    let url = running.url();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let answer = exchange(&url, get("/ready", "")).await;
    assert!(String::from_utf8_lossy(&answer).ends_with("ready\n"));
    let taken = Server::start(Options {
        address: url.strip_prefix("http://").unwrap().parse().unwrap(),
        ..Options::default()
    });
    assert!(taken.await.is_err(), "two on one port");
    running.stop().await;
    let address = url.strip_prefix("http://").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_though_a_client_stays_connected() {
    let running = Server::start(Options::default()).await.unwrap();
    let url = running.url();
    let mut idle = TcpStream::connect(url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    idle.write_all(b"GET /ready HTTP/1.1\r\n").await.unwrap();
    let begun = Instant::now();
    running.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_above_the_message_size_closes_the_connection() {
    let running = Server::start(Options {
        message_bytes: 20_000,
        message_pause: Duration::from_millis(100),
        push: PushLimits::unhurried(),
        ..Options::default()
    });
    let running = running.await.unwrap();
    let line = "x".repeat(100);
    let values: Vec<_> = (0..200)
        .map(|n| json!([(T + n).to_string(), line]))
        .collect();
    let body = json!({ "streams": [{ "stream": { "job": "x" }, "values": values }] }).to_string();
    let answer = exchange(&running.url(), push(&body)).await;
    assert!(answer.starts_with(b"HTTP/1.1 204"));
    let (start, end) = (T.to_string(), (T + 1000).to_string());
    let query = |limit: &'static str| {
        let parameters = [
            ("query", "{job=\"x\"}"),
            ("start", &start),
            ("end", &end),
            ("limit", limit),
        ];
        get(
            &address("/loki/api/v1/query_range", &parameters),
            "Accept-Encoding: gzip\r\n",
        )
    };
    let answer = exchange(&running.url(), query("100")).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    let begun = Instant::now();
    let answer = exchange(&running.url(), query("200")).await;
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert!(begun.elapsed() >= Duration::from_millis(100));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_on_request() {
    let running = Server::start(Options::default()).await.unwrap();
    let path = "/loki/api/v1/status/buildinfo";
    let answer = exchange(&running.url(), get(path, "Accept-Encoding: gzip\r\n")).await;
    let place = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8_lossy(&answer[..place]).to_lowercase();
    assert!(head.contains("content-encoding: gzip"), "{head}");
    let chunk = answer[place + 4..]
        .windows(2)
        .position(|two| two == [0x1f, 0x8b])
        .unwrap();
    let mut text = String::new();
    GzDecoder::new(&answer[place + 4 + chunk..])
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("\"version\""), "{text}");
    running.stop().await;
}
