//! The end: at once when asked, with the host when it dies, and of a request when its caller leaves.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{RANGE, scratch, soon};
use crate::support::host::Host;
use crate::support::{get, send};

fn start() -> Host {
    Host::start_logging(&[], &scratch("stop.log"))
}

fn stop(host: &Host) -> Value {
    send(
        "POST",
        &format!("{}/api/host/stop", host.url),
        &[],
        &json!({}),
    )
    .json()
}

fn stop_ms(report: &Value) -> f64 {
    assert_eq!(report["killed_by_force"], false, "{report}");
    assert_eq!(report["exit_code"], 0, "{report}");
    report["stop_ms"].as_f64().expect("a number")
}

/// Sends a request to the host without waiting for its answer.
fn open(host: &Host, method: &str, path: &str, body: &str) -> TcpStream {
    let address = host.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the host listens");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream
        .write_all(request.as_bytes())
        .expect("the host reads");
    stream
}

/// Sends a query to the data source `hang` without waiting for its answer.
fn open_query(host: &Host) -> TcpStream {
    let milliseconds = |nanoseconds: i64| (nanoseconds / 1_000_000).to_string();
    let (from, to) = (milliseconds(RANGE.0), milliseconds(RANGE.1));
    let query = json!({ "refId": "A", "datasource": { "uid": "hang" } });
    let body = json!({ "from": from, "to": to, "queries": [query] }).to_string();
    open(host, "POST", "/api/ds/query", &body)
}

/// Sends a query, a resource request and a health check to the data source `hang`.
fn open_all(host: &Host) -> [TcpStream; 3] {
    let resource = "/api/datasources/uid/hang/resources/logs";
    let health = "/api/datasources/uid/hang/health";
    [
        open_query(host),
        open(host, "GET", resource, ""),
        open(host, "GET", health, ""),
    ]
}

/// Starts a host whose data source `hang` has a Loki that never answers.
fn hanging() -> (Host, Fake) {
    let (host, fake) = (start(), Fake::always(Act::Hang(Vec::new())));
    host.put_data_source("hang", &json!({ "url": fake.url }));
    (host, fake)
}

/// Says whether the process of this host's plugin has ended.
fn watch(host: &Host) -> (u64, impl Fn() -> bool + use<>) {
    let report = get(&format!("{}/api/host", host.url), &[]).json();
    let status = format!("/proc/{}/status", report["pid"]);
    assert!(std::fs::exists(&status).expect("readable"), "{status}");
    // A zombie that nobody has waited for yet has ended all the same.
    let ended =
        move || std::fs::read_to_string(&status).map_or(true, |text| text.contains("State:\tZ"));
    (report["pid"].as_u64().expect("a number"), ended)
}

#[test]
fn a_stop_takes_less_than_a_tenth_of_a_second() {
    let times = (0..3).map(|_| stop_ms(&stop(&start())));
    let best = times.fold(f64::MAX, f64::min);
    assert!(best < 100.0, "{best} ms");
}

#[test]
fn a_stop_does_not_wait_for_open_requests() {
    let times = (0..3).map(|_| {
        let (host, fake) = hanging();
        let _open = open_all(&host);
        assert!(
            soon(Duration::from_secs(5), || fake.hanging() == 3),
            "{} hang",
            fake.hanging()
        );
        let took = stop_ms(&stop(&host));
        assert!(
            soon(Duration::from_secs(2), || fake.left() == 3),
            "Loki is let go"
        );
        took
    });
    let best = times.fold(f64::MAX, f64::min);
    assert!(best < 100.0, "{best} ms");
}

#[test]
fn a_caller_that_leaves_takes_its_request_to_loki_along() {
    let (host, fake) = hanging();
    let open = open_all(&host);
    assert!(
        soon(Duration::from_secs(5), || fake.hanging() == 3),
        "{} hang",
        fake.hanging()
    );
    drop(open);
    assert!(
        soon(Duration::from_secs(2), || fake.left() == 3),
        "{} of 3 requests to Loki ended",
        fake.left()
    );
    let cancelled =
        "ginkgo_queries_total{query_type=\"unknown\",result=\"none\",status=\"cancelled\"} 1";
    let metrics = || get(&format!("{}/metrics", host.url), &[]).text;
    assert!(
        soon(Duration::from_secs(2), || metrics().contains(cancelled)),
        "{}",
        metrics()
    );
}

#[test]
fn a_caller_that_leaves_is_not_waited_for_with_another_try() {
    let busy = "retry-after: 1\r\n";
    let fake = Fake::always(Act::status("429 Too Many Requests", busy, "slow down"));
    let host = start();
    host.put_data_source("hang", &json!({ "url": fake.url }));
    let open = open_query(&host);
    assert!(soon(Duration::from_secs(5), || fake.seen().len() == 1));
    drop(open);
    let cancelled =
        "ginkgo_queries_total{query_type=\"unknown\",result=\"none\",status=\"cancelled\"} 1";
    let metrics = || get(&format!("{}/metrics", host.url), &[]).text;
    assert!(
        soon(Duration::from_secs(2), || metrics().contains(cancelled)),
        "{}",
        metrics()
    );
    // Longer than the pause and its jitter.
    std::thread::sleep(Duration::from_millis(1300));
    assert_eq!(fake.seen().len(), 1);
}

#[test]
fn a_host_that_is_killed_leaves_no_plugin_behind() {
    let (mut host, fake) = hanging();
    let (_, ended) = watch(&host);
    let _open = open_query(&host);
    assert!(soon(Duration::from_secs(5), || fake.hanging() == 1));
    host.kill();
    assert!(
        soon(Duration::from_secs(3), ended),
        "the plugin is still there"
    );
}

#[test]
fn a_signal_ends_the_plugin_at_once() {
    for signal in ["TERM", "INT"] {
        let (host, fake) = hanging();
        let (pid, ended) = watch(&host);
        let _open = open_query(&host);
        assert!(soon(Duration::from_secs(5), || fake.hanging() == 1));
        let sent = Command::new("kill")
            .args(["-s", signal, &pid.to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal}");
        assert!(
            soon(Duration::from_secs(1), ended),
            "{signal}: the plugin is still there"
        );
        assert_eq!(stop(&host)["exit_code"], 0, "{signal}");
    }
}
