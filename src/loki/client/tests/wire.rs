//! What goes over the wire: form, headers, redirects, concurrency, cancelling.

use std::time::Duration;

use super::fake::{Act, Fake, SECRET, answer, call, good, logs, logs_to};
use crate::loki::client::{Call, Client};
use crate::loki::error::{Error, Layer, Phase, RedirectFailure};

fn ok(body: &str) -> Act {
    Act::Write(answer("200 OK", "", body))
}

#[tokio::test]
async fn a_log_query_as_sent() {
    let fake = Fake::start(Act::Write(good())).await;
    let mut options = fake.options();
    options.url.push_str("/loki-prefix/");
    options.tenant = Some("team".into());
    Client::new(options)
        .unwrap()
        .logs(&logs(), &call())
        .await
        .unwrap();
    let request = fake.requests().remove(0).replace(SECRET, "SECRET");
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = head.lines().map(str::to_lowercase).collect();
    assert_eq!(
        lines.remove(0),
        "post /loki-prefix/loki/api/v1/query_range http/1.1"
    );
    lines.sort();
    let port = fake.port;
    let length = body.len();
    assert_eq!(
        lines,
        [
            "accept-encoding: gzip".to_owned(),
            "accept: application/json".to_owned(),
            "authorization: bearer secret".to_owned(),
            format!("content-length: {length}"),
            "content-type: application/x-www-form-urlencoded".to_owned(),
            format!("host: 127.0.0.1:{port}"),
            format!("user-agent: ginkgo/{}", env!("CARGO_PKG_VERSION")),
            "x-api-key: secret".to_owned(),
            "x-loki-response-encoding-flags: categorize-labels".to_owned(),
            "x-query-tags: source=ginkgo".to_owned(),
            "x-scope-orgid: team".to_owned(),
        ]
    );
    assert_eq!(
        body,
        "query=%7Bjob%3D%22ginkgo%22%7D+%7C%3D+%22a%26b%3Dc+d%2Be%25%22&start=1&end=2&limit=3\
         &direction=backward"
    );
}

#[tokio::test]
async fn the_other_questions() {
    let fake = Fake::start(ok(r#"{"version":"3.7.8"}"#)).await;
    let client = Client::new(fake.options()).unwrap();
    assert_eq!(client.version(&call()).await.unwrap(), "3.7.8");
    assert!(fake.requests()[0].starts_with("GET /loki/api/v1/status/buildinfo HTTP/1.1"));
    let fake = Fake::start(ok(r#"{"status":"success","data":"{a=\"1\"}"}"#)).await;
    let client = Client::new(fake.options()).unwrap();
    assert_eq!(
        client.format_query("{a='1'}", &call()).await.unwrap(),
        "{a=\"1\"}"
    );
}

fn redirect(status: &str, to: &str) -> Vec<u8> {
    answer(status, &format!("location: {to}\r\n"), "")
}

#[tokio::test]
async fn redirects_within_the_origin_keep_the_body() {
    for status in ["307 Temporary Redirect", "308 Permanent Redirect"] {
        let moved = Act::Write(redirect(status, "/elsewhere?x=1"));
        let fake = Fake::start(Act::InTurn(vec![moved, Act::Write(good())])).await;
        Client::new(fake.options())
            .unwrap()
            .logs(&logs(), &call())
            .await
            .unwrap();
        let requests = fake.requests();
        assert!(
            requests[1].starts_with("POST /elsewhere?x=1 HTTP/1.1"),
            "{}",
            requests[1]
        );
        let body = |request: &str| request.split_once("\r\n\r\n").unwrap().1.to_owned();
        assert_eq!(body(&requests[0]), body(&requests[1]));
        assert!(
            requests[1].contains(SECRET),
            "the same origin gets the same headers"
        );
    }
    let moved = Act::Write(redirect("302 Found", "/v"));
    let fake = Fake::start(Act::InTurn(vec![moved, ok(r#"{"version":"3"}"#)])).await;
    assert_eq!(
        Client::new(fake.options())
            .unwrap()
            .version(&call())
            .await
            .unwrap(),
        "3"
    );
}

#[tokio::test]
async fn redirects_that_are_not_followed() {
    let other = Fake::start(Act::Write(good())).await;
    let elsewhere = format!(
        "http://me:{SECRET}@127.0.0.1:{}/x?token={SECRET}",
        other.port
    );
    let origin = format!("http://127.0.0.1:{}", other.port);
    for (name, bytes, want) in [
        (
            "other port",
            redirect("307 Temporary Redirect", &elsewhere),
            RedirectFailure::OtherOrigin,
        ),
        (
            "other port, GET",
            redirect("302 Found", &elsewhere),
            RedirectFailure::OtherOrigin,
        ),
        (
            "POST to GET",
            redirect("302 Found", "/login"),
            RedirectFailure::LosesBody,
        ),
        (
            "for ever",
            redirect("307 Temporary Redirect", "/again"),
            RedirectFailure::TooMany,
        ),
        (
            "nowhere",
            answer("307 Temporary Redirect", "", ""),
            RedirectFailure::Nowhere,
        ),
        (
            "not changed",
            answer("304 Not Modified", "", ""),
            RedirectFailure::Nowhere,
        ),
    ] {
        let fake = Fake::start(Act::Write(bytes)).await;
        let error = Client::new(fake.options())
            .unwrap()
            .logs(&logs(), &call())
            .await
            .unwrap_err();
        let Error::Redirect { failure, to, .. } = &error else {
            panic!("{name}: {error}")
        };
        assert_eq!(*failure, want, "{name}");
        let all = format!("{error} {error:?}");
        assert!(
            !all.contains(SECRET) && !all.contains("/x"),
            "{name}: {all}"
        );
        if want == RedirectFailure::OtherOrigin {
            assert_eq!(*to, origin, "{name}");
        }
        let most = if want == RedirectFailure::TooMany {
            6
        } else {
            1
        };
        assert_eq!(fake.requests().len(), most, "{name}");
        assert_eq!(
            (error.layer(), error.status()),
            (Layer::Redirect, 502),
            "{name}"
        );
    }
    assert!(
        other.requests().is_empty(),
        "nothing may reach another origin"
    );
}

#[tokio::test]
async fn lines_are_not_written_to_where_a_redirect_would_lose_them() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other"] {
        let fake = Fake::start(Act::Write(redirect(status, "/elsewhere"))).await;
        let request = crate::loki::Request::Push {
            body: "{}".to_owned(),
        };
        let client = Client::new(fake.options()).unwrap();
        let error = client.push(&request, &call()).await.unwrap_err();
        let Error::Redirect { failure, .. } = error else {
            panic!("{status}: {error}")
        };
        assert_eq!(failure, RedirectFailure::LosesBody, "{status}");
        assert_eq!(fake.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn who_gives_up_says_how_long_the_question_took() {
    let fake = Fake::start(Act::WriteAndHang(Vec::new())).await;
    let client = Client::new(fake.options()).unwrap();
    let now = tokio::time::Instant::now();
    let late = Call {
        since: now.checked_sub(Duration::from_secs(60)),
        deadline: Some(now + Duration::from_millis(20)),
        ..call()
    };
    let error = client.logs(&logs(), &late).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("after 60.0 s it still waited"), "{text}");
}

#[tokio::test]
async fn waiting_for_a_place_counts() {
    let fake = Fake::start(Act::WriteAndHang(Vec::new())).await;
    let mut options = fake.options();
    options.max_concurrent = 1;
    let client = Client::new(options).unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { client.logs(&logs(), &call()).await }
    });
    while fake.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let deadline = Some(tokio::time::Instant::now() + Duration::from_millis(60));
    let other = logs_to("another question");
    let second = client.logs(&other, &Call { deadline, ..call() }).await;
    assert!(
        matches!(
            second,
            Err(Error::Timeout {
                phase: Phase::Queue,
                ..
            })
        ),
        "{second:?}"
    );
    assert_eq!(fake.requests().len(), 1);
    first.abort();
    // The place is free again as soon as its holder is gone.
    _ = first.await;
    let deadline = Some(tokio::time::Instant::now() + Duration::from_millis(60));
    let third = client.logs(&logs(), &Call { deadline, ..call() }).await;
    assert!(
        matches!(
            third,
            Err(Error::Timeout {
                phase: Phase::Answer,
                ..
            })
        ),
        "{third:?}"
    );
}

#[tokio::test]
async fn a_call_given_up_is_cancelled_at_the_server() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{".to_vec();
    for (name, bytes) in [("before the answer", Vec::new()), ("within the body", head)] {
        let fake = Fake::start(Act::WriteAndHang(bytes)).await;
        let mut options = fake.options();
        options.timeout = Duration::from_secs(60);
        let client = Client::new(options).unwrap();
        let call = call();
        let request = logs();
        let given_up =
            tokio::time::timeout(Duration::from_millis(300), client.logs(&request, &call));
        assert!(given_up.await.is_err(), "{name}");
        let told = tokio::time::timeout(Duration::from_secs(5), fake.gone.notified()).await;
        assert!(told.is_ok(), "{name}: the connection stayed open");
    }
}
