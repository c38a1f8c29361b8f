//! A Loki that hangs holds up nobody else: other data sources, health checks, the stop.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{RANGE, scratch, soon};
use crate::support::host::Host;
use crate::support::{Response, get, send};

/// How many requests come at once.
const REQUESTS: usize = 1000;
/// How many of them one data source may have under way (`src/plugin/admission.rs`).
const MOST: usize = 500;
/// Longer than anything here takes, also on a machine with more to do.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Sends a request without waiting for its answer.
fn open(host: &Host, method: &str, path: &str, body: &str) -> TcpStream {
    let address = host.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the host listens");
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n");
    stream
        .write_all((head + body).as_bytes())
        .expect("the host reads");
    stream
}

fn queries(uid: &str) -> String {
    let ms = |nanoseconds: i64| (nanoseconds / 1_000_000).to_string();
    let query = json!({ "refId": "A", "datasource": { "uid": uid } });
    json!({ "from": ms(RANGE.0), "to": ms(RANGE.1), "queries": [query] }).to_string()
}

/// Asks, and says how long the answer took.
fn timed(ask: impl FnOnce() -> Response) -> (Response, Duration) {
    let begin = Instant::now();
    (ask(), begin.elapsed())
}

#[test]
fn a_thousand_hung_requests_block_nothing_else() {
    let host = Host::start_logging(&[], &scratch("admission.log"));
    // What people ask hangs; what a health check asks is answered.
    let hung = Fake::start(|seen| {
        let tags = seen.header("x-query-tags").unwrap_or_default();
        if tags.contains("QueryType=health") {
            Act::Good
        } else {
            Act::Hang(Vec::new())
        }
    });
    let good = Fake::always(Act::Good);
    host.put_data_source("hang", &json!({ "url": hung.url }));
    host.put_data_source("other", &json!({ "url": good.url }));
    let body = queries("hang");
    let logs = "/api/datasources/uid/hang/resources/logs";
    let open: Vec<TcpStream> = (0..REQUESTS)
        .map(|number| match number % 2 {
            0 => open(&host, "POST", "/api/ds/query", &body),
            _ => open(&host, "GET", logs, ""),
        })
        .collect();
    let metrics = || get(&format!("{}/metrics", host.url), &[]).text;
    let refused = |metrics: &str| -> usize {
        let counts = metrics
            .lines()
            .filter(|line| line.contains("status=\"503\"}"));
        let counts = counts.filter(|line| !line.starts_with("ginkgo_query_duration"));
        counts
            .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok())
            .sum()
    };
    assert!(
        soon(Duration::from_secs(60), || refused(&metrics())
            == REQUESTS - MOST),
        "{}",
        metrics()
    );

    let query = |uid: &str| {
        send(
            "POST",
            &format!("{}/api/ds/query", host.url),
            &[],
            &serde_json::from_str(&queries(uid)).expect("JSON"),
        )
    };
    let (busy, took) = timed(|| query("hang"));
    assert!(took < AT_ONCE, "refused after {took:?}");
    let busy = &busy.json()["results"]["A"];
    assert_eq!(busy["status"], 503, "{busy}");
    let said = "the data source \"hang\" has 500 requests under way";
    assert!(
        busy["error"]
            .as_str()
            .is_some_and(|error| error.contains(said)),
        "{busy}"
    );

    let (answer, took) = timed(|| query("other"));
    assert_eq!(answer.json()["results"]["A"]["status"], 200, "{answer:?}");
    assert!(
        took < AT_ONCE,
        "another data source answered after {took:?}"
    );
    for uid in ["other", "hang"] {
        let (health, took) = timed(|| {
            get(
                &format!("{}/api/datasources/uid/{uid}/health", host.url),
                &[],
            )
        });
        assert_eq!(health.json()["status"], "OK", "{uid}: {health:?}");
        assert!(took < AT_ONCE, "{uid}: health after {took:?}");
        eprintln!("health of {uid}: {took:?}");
    }

    let (report, took) = timed(|| {
        send(
            "POST",
            &format!("{}/api/host/stop", host.url),
            &[],
            &json!({}),
        )
    });
    let report: Value = report.json();
    assert_eq!(report["killed_by_force"], false, "{report}");
    eprintln!("stop: {report}");
    assert!(took < AT_ONCE, "stop after {took:?}: {report}");
    drop(open);
}
