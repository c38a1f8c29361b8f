//! Faults that pass: the request is sent again, within its time, without a place while it waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;

use super::fake::{Act, Fake, answer, call, good, logs, logs_to, options};
use super::faults::fail;
use crate::loki::client::retry::MOST_TRIES;
use crate::loki::client::{Call, Client};
use crate::loki::error::{ConnectionFailure, Error, Reason};
use crate::loki::request::Request;

fn status(status: &str, headers: &str) -> Act {
    Act::Write(answer(status, headers, "Ingester not ready"))
}

fn unavailable() -> Act {
    status("503 Service Unavailable", "")
}

fn closed() -> Act {
    Act::Write(Vec::new())
}

fn fine() -> Act {
    Act::Write(good())
}

#[tokio::test]
async fn faults_that_pass_cost_nothing_but_time() {
    let busy = |headers| status("429 Too Many Requests", headers);
    for (name, faults) in [
        ("503", vec![unavailable()]),
        (
            "502 and 503",
            vec![status("502 Bad Gateway", ""), unavailable()],
        ),
        ("429", vec![busy("")]),
        ("429 with a pause", vec![busy("retry-after: 0\r\n")]),
        ("429 with nonsense", vec![busy("retry-after: soon\r\n")]),
        ("closed", vec![closed()]),
        (
            "as many as are borne",
            vec![unavailable(), closed(), busy(""), unavailable()],
        ),
    ] {
        let count = faults.len();
        let acts = faults.into_iter().chain([fine()]).collect();
        let fake = Fake::start(Act::InTurn(acts)).await;
        let client = Client::new(fake.options()).unwrap();
        let result = client.logs(&logs(), &call()).await;
        assert!(result.is_ok(), "{name}: {result:?}");
        let requests = fake.requests();
        assert_eq!(requests.len(), count + 1, "{name}");
        assert!(
            requests.iter().all(|request| *request == requests[0]),
            "{name}: the same each time"
        );
    }
}

#[tokio::test]
async fn faults_that_stay_are_told_with_the_number_of_tries() {
    for (name, act, want) in [
        (
            "503",
            unavailable(),
            "loki is not available: Ingester not ready (tried 5 times); check",
        ),
        (
            "429",
            status("429 Too Many Requests", "retry-after: 0\r\n"),
            "loki is busy: Ingester not ready (tried 5 times); try",
        ),
        ("closed", closed(), "(tried 5 times); ask for fewer lines"),
    ] {
        let fake = Fake::start(act).await;
        let (_, text) = fail(name, fake.options()).await;
        assert!(text.contains(want), "{name}: {text}");
        assert_eq!(fake.requests().len(), MOST_TRIES as usize, "{name}");
    }
}

#[tokio::test]
async fn other_faults_are_told_at_once() {
    for (name, act) in [
        ("400", status("400 Bad Request", "")),
        ("401", status("401 Unauthorized", "retry-after: 0\r\n")),
        ("404", status("404 Not Found", "")),
        (
            "500",
            status("500 Internal Server Error", "retry-after: 0\r\n"),
        ),
        ("504", status("504 Gateway Timeout", "")),
        (
            "broke off",
            Act::Write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec()),
        ),
        ("no HTTP", Act::Write(b"SSH-2.0\r\n\r\n".to_vec())),
        ("a page", Act::Write(answer("200 OK", "", "<html>x</html>"))),
    ] {
        let fake = Fake::start(act).await;
        let (_, text) = fail(name, fake.options()).await;
        assert!(!text.contains("tried"), "{name}: {text}");
        assert_eq!(fake.requests().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_reset_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            stream.readable().await.unwrap();
            let socket = socket2::SockRef::from(&stream);
            socket.set_linger(Some(Duration::ZERO)).unwrap();
        }
        let (stream, _) = listener.accept().await.unwrap();
        super::fake::serve(stream, fine(), Arc::default(), Arc::default()).await;
    });
    let client = Client::new(options(&format!("http://127.0.0.1:{port}"))).unwrap();
    client.logs(&logs(), &call()).await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn the_pause_that_loki_asks_for_is_made() {
    let busy = status("429 Too Many Requests", "retry-after: 1\r\n");
    let fake = Fake::start(Act::InTurn(vec![busy, fine()])).await;
    let client = Client::new(fake.options()).unwrap();
    let started = Instant::now();
    client.logs(&logs(), &call()).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_pause_beyond_the_deadline_is_not_begun() {
    let date =
        "date: Sun, 06 Nov 1994 08:49:30 GMT\r\nretry-after: Sun, 06 Nov 1994 08:51:00 GMT\r\n";
    for (name, headers, want) in [
        ("seconds", "retry-after: 90\r\n", "(it asks to wait 90 s)"),
        ("a date", date, "(it asks to wait 90 s)"),
        (
            "for ever",
            "retry-after: 99999999999999999999\r\n",
            "(it asks to wait 18446744073709551616 s)",
        ),
    ] {
        let fake = Fake::start(status("429 Too Many Requests", headers)).await;
        let mut options = fake.options();
        options.timeout = Duration::from_secs(60);
        let started = Instant::now();
        let (error, text) = fail(name, options).await;
        assert!(started.elapsed() < Duration::from_secs(30), "{name}");
        assert_eq!(error.status(), 429, "{name}");
        assert!(
            text.contains("Ingester not ready") && text.contains(want),
            "{name}: {text}"
        );
        assert_eq!(fake.requests().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn tries_end_with_the_time() {
    let fake = Fake::start(unavailable()).await;
    let mut options = fake.options();
    options.retry_pause = Duration::from_secs(3600);
    options.timeout = Duration::from_millis(400);
    let (error, text) = fail("503", options).await;
    assert!(
        matches!(error, Error::Refused { status: 503, .. }),
        "{text}"
    );
}

#[tokio::test]
async fn who_waits_to_try_again_leaves_the_place_to_others() {
    let busy = status("429 Too Many Requests", "retry-after: 2\r\n");
    let fake = Fake::start(Act::InTurn(vec![busy, fine()])).await;
    let mut options = fake.options();
    options.max_concurrent = 1;
    options.timeout = Duration::from_secs(60);
    let client = Client::new(options).unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.logs(&logs(), &call()).await }
    });
    while fake.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = logs_to("another question");
    client.logs(&other, &call()).await.unwrap();
    assert!(
        !first.is_finished(),
        "the second did not wait for the first"
    );
    first.await.unwrap().unwrap();
    assert_eq!(fake.requests().len(), 3);
}

#[tokio::test]
async fn lokis_words_outlast_the_wait_for_another_place() {
    let busy = status("429 Too Many Requests", "retry-after: 1\r\n");
    let hang = Act::WriteAndHang(Vec::new());
    let fake = Fake::start(Act::InTurn(vec![busy, hang])).await;
    let mut options = fake.options();
    options.max_concurrent = 1;
    options.timeout = Duration::from_secs(60);
    let client = Client::new(options).unwrap();
    let deadline = Some(tokio::time::Instant::now() + Duration::from_secs(3));
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.logs(&logs(), &Call { deadline, ..call() }).await }
    });
    while fake.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = logs_to("another question");
    let second = tokio::spawn(async move { client.logs(&other, &call()).await });
    let error = first.await.unwrap().unwrap_err();
    let is_lokis = matches!(
        error,
        Error::Refused {
            reason: Reason::Busy,
            tries: 1,
            ..
        }
    );
    assert!(is_lokis, "{error:?}");
    second.abort();
}

#[tokio::test]
async fn a_call_given_up_is_not_sent_again() {
    let busy = status("429 Too Many Requests", "retry-after: 1\r\n");
    let fake = Fake::start(busy).await;
    let client = Client::new(fake.options()).unwrap();
    let (request, call) = (logs(), call());
    let given_up = tokio::time::timeout(Duration::from_millis(500), client.logs(&request, &call));
    assert!(given_up.await.is_err(), "it waits");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn a_connection_that_closes_late_is_a_death() {
    let late = Act::Drip(vec![Vec::new()], Duration::from_millis(2050));
    let fake = Fake::start(late).await;
    let (error, text) = fail("late", fake.options()).await;
    assert!(error.is_death(), "{text}");
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn lines_are_never_written_twice() {
    let push = Request::Push { body: "{}".into() };
    for (name, act, times) in [
        ("503", unavailable(), MOST_TRIES as usize),
        ("502", status("502 Bad Gateway", ""), 1),
        ("closed", closed(), 1),
    ] {
        let fake = Fake::start(act).await;
        let client = Client::new(fake.options()).unwrap();
        assert!(client.push(&push, &call()).await.is_err(), "{name}");
        assert_eq!(fake.requests().len(), times, "{name}");
    }
    // Nobody has read the lines where nobody listens.
    let port = Fake::start(fine()).await.port;
    tokio::task::yield_now().await;
    let client = Client::new(options(&format!("http://127.0.0.1:{port}"))).unwrap();
    let error = client.push(&push, &call()).await.unwrap_err();
    let refused = matches!(
        error,
        Error::Connection {
            failure: ConnectionFailure::Refused,
            tries: MOST_TRIES,
            ..
        }
    );
    assert!(refused, "{error:?}");
}
