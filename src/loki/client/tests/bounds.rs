//! Bytes and time: nothing lasts longer or grows larger than allowed.

use std::time::{Duration, Instant};

use super::fake::{Act, EMPTY, Fake, GZIP, answer, call, good, gzip, logs};
use super::faults::fail;
use crate::loki::client::Client;
use crate::loki::error::{Error, Layer, Phase};

#[tokio::test]
async fn size_counts_after_decompression() {
    let bomb = gzip(&vec![b' '; 8 << 20]);
    assert!(bomb.len() < 100_000);
    for (name, bytes) in [
        ("gzip bomb", answer("200 OK", GZIP, bomb)),
        (
            "announced",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{".to_vec(),
        ),
        (
            "endless",
            [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b' '; 2 << 20]].concat(),
        ),
    ] {
        let fake = Fake::start(Act::Write(bytes)).await;
        let mut options = fake.options();
        options.max_body_bytes = 1 << 20;
        let (error, text) = fail(name, options).await;
        assert_eq!(
            error,
            Error::TooLarge {
                limit_bytes: 1 << 20
            },
            "{name}: {text}"
        );
    }
}

#[tokio::test]
async fn a_body_as_large_as_allowed_passes() {
    for bytes in [good(), answer("200 OK", GZIP, gzip(EMPTY.as_bytes()))] {
        let fake = Fake::start(Act::Write(bytes)).await;
        let mut options = fake.options();
        options.max_body_bytes = EMPTY.len();
        assert!(
            Client::new(options)
                .unwrap()
                .logs(&logs(), &call())
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn time_runs_out() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{".to_vec();
    let piece = b" ".to_vec();
    let slow = Act::Drip(
        [vec![head.clone()], vec![piece; 99]].concat(),
        Duration::from_millis(30),
    );
    for (name, act, phase) in [
        ("no answer", Act::WriteAndHang(Vec::new()), Phase::Answer),
        (
            "half a head",
            Act::WriteAndHang(b"HTTP/1.1 200 OK\r\n".to_vec()),
            Phase::Answer,
        ),
        ("half a body", Act::WriteAndHang(head), Phase::Body),
        ("a slow body", slow, Phase::Body),
    ] {
        let fake = Fake::start(act).await;
        let mut options = fake.options();
        options.timeout = Duration::from_millis(600);
        let (error, text) = fail(name, options).await;
        let Error::Timeout {
            phase: got, after, ..
        } = error
        else {
            panic!("{name}: {text}")
        };
        assert_eq!(got, phase, "{name}");
        assert!(after >= Duration::from_millis(590), "{name}: {after:?}");
        assert_eq!(error.status(), 504);
    }
}

#[tokio::test]
async fn an_explanation_that_never_ends_still_has_its_status() {
    let bytes =
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 999\r\n\r\nnot ready".to_vec();
    let fake = Fake::start(Act::WriteAndHang(bytes)).await;
    let mut options = fake.options();
    options.timeout = Duration::from_millis(150);
    let (error, text) = fail("hang", options).await;
    assert_eq!(error.layer(), Layer::Unavailable);
    assert!(text.contains("not ready"), "{text}");
}

#[tokio::test]
async fn the_callers_deadline_is_sooner() {
    let fake = Fake::start(Act::WriteAndHang(Vec::new())).await;
    let mut options = fake.options();
    options.timeout = Duration::MAX;
    let client = Client::new(options).unwrap();
    let mut call = call();
    let started = Instant::now();
    call.deadline = Some(tokio::time::Instant::now() + Duration::from_millis(60));
    let error = client.logs(&logs(), &call).await.unwrap_err();
    assert_eq!(error.layer(), Layer::Timeout);
    assert!(started.elapsed() < Duration::from_millis(500));
}
