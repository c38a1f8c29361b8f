//! Every fault: the right layer, within the deadline, and no secret in any text.

use std::time::{Duration, Instant};

use super::fake::{Act, EMPTY, Fake, GZIP, SECRET, answer, call, gzip, logs, options};
use crate::loki::client::Client;
use crate::loki::error::{ConnectionFailure, Error, Layer};
use crate::loki::options::Options;

/// Asks for logs and checks what every error has to hold to.
pub async fn fail(name: &str, options: Options) -> (Error, String) {
    let timeout = options.timeout;
    let client = Client::new(options).unwrap();
    let started = Instant::now();
    let result = client.logs(&logs(), &call()).await;
    let took = started.elapsed();
    let error = result.expect_err(name);
    let text = error.to_string();
    assert!(
        took < timeout + Duration::from_millis(500),
        "{name}: {took:?}"
    );
    let all = format!(
        "{text} {error:?} {client:?} {} {}",
        error.words(),
        error.remedy()
    );
    assert!(
        !all.contains(SECRET) && !all.contains("aHVudGVy"),
        "{name}: {all}"
    );
    assert!(
        text.chars().count() < 1100 && !text.contains('\n'),
        "{name}: {text}"
    );
    assert!(
        text.chars().next().is_some_and(|c| !c.is_uppercase()),
        "{name}: {text}"
    );
    (error, text)
}

#[tokio::test]
async fn answers_with_an_error_status() {
    let echo = format!("denied for Bearer {SECRET} and {SECRET}");
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    let long = "x".repeat(200_000);
    for (name, status, body, layer, to_grafana, want) in [
        (
            "syntax",
            "400 Bad Request",
            "parse error at line 1, col 7: syntax error",
            Layer::Syntax,
            400,
            "loki cannot read the query: parse error at line 1, col 7: syntax error; correct",
        ),
        (
            "series",
            "400 Bad Request",
            "maximum number of series (500) reached for a single query",
            Layer::Limit,
            400,
            "(500) reached",
        ),
        (
            "tenant",
            "401 Unauthorized",
            "no org id\n",
            Layer::Auth,
            400,
            "loki wants a tenant: no org id; set the tenant",
        ),
        (
            "echoed secrets",
            "401 Unauthorized",
            &echo,
            Layer::Auth,
            401,
            "denied for *** and ***",
        ),
        (
            "right",
            "403 Forbidden",
            "",
            Layer::Auth,
            403,
            "status 403 without a reason",
        ),
        (
            "address",
            "404 Not Found",
            "404 page not found\n",
            Layer::NotFound,
            404,
            "with its base path",
        ),
        (
            "method",
            "405 Method Not Allowed",
            "",
            Layer::NotFound,
            404,
            "status 405",
        ),
        (
            "request size",
            "413 Payload Too Large",
            page,
            Layer::Limit,
            400,
            "502 Bad Gateway",
        ),
        (
            "busy",
            "429 Too Many Requests",
            "too many outstanding requests",
            Layer::Limit,
            429,
            "loki is busy",
        ),
        (
            "failure",
            "500 Internal Server Error",
            "boom\nat line 2",
            Layer::Unavailable,
            502,
            "loki failed: boom at line 2; try",
        ),
        (
            "page",
            "502 Bad Gateway",
            page,
            Layer::Unavailable,
            503,
            "loki is not available: 502 Bad Gateway (tried 5 times); check",
        ),
        (
            "not ready",
            "503 Service Unavailable",
            "Ingester not ready: waiting",
            Layer::Unavailable,
            503,
            "Ingester not ready: waiting",
        ),
        (
            "time",
            "504 Gateway Timeout",
            "context deadline exceeded",
            Layer::Timeout,
            504,
            "narrow the time range",
        ),
        (
            "long",
            "500 Internal Server Error",
            &long,
            Layer::Unavailable,
            502,
            "…",
        ),
        (
            "format_query",
            "400 Bad Request",
            r#"{"status":"invalid-query","error":"parse error : no"}"#,
            Layer::Syntax,
            400,
            ": parse error : no; ",
        ),
    ] {
        let fake = Fake::start(Act::Write(answer(status, "", body))).await;
        let (error, text) = fail(name, fake.options()).await;
        assert_eq!(
            (error.layer(), error.status()),
            (layer, to_grafana),
            "{name}: {text}"
        );
        assert!(text.contains(want), "{name}: {text}");
        assert!(error.is_downstream(), "{name}");
    }
}

#[tokio::test]
async fn answers_of_another_shape() {
    let echo = format!("{{\"echo\":\"{SECRET}\"}}");
    let page = "<!doctype html><title>Grafana Login</title>";
    let gzipped = gzip(EMPTY.as_bytes());
    for (name, bytes, layer, want) in [
        (
            "page",
            answer("200 OK", "content-type: text/html\r\n", page),
            Layer::Answer,
            "a web page, not loki's: \"Grafana Login\"",
        ),
        (
            "other JSON",
            answer("200 OK", "", &echo),
            Layer::Answer,
            "{\\\"echo\\\":\\\"***\\\"}",
        ),
        (
            "empty",
            answer("200 OK", "", ""),
            Layer::Answer,
            "it is no JSON object",
        ),
        (
            "matrix",
            answer("200 OK", "", EMPTY.replace("streams", "matrix")),
            Layer::Syntax,
            "the query gives a matrix",
        ),
        (
            "no gzip",
            answer(
                "200 OK",
                GZIP,
                "not gzip at all, but long enough for a header",
            ),
            Layer::Answer,
            "compressed answer",
        ),
        (
            "gzip cut short",
            answer("200 OK", GZIP, &gzipped[..gzipped.len() / 2]),
            Layer::Connection,
            "broke off",
        ),
        (
            "body cut short",
            b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{".to_vec(),
            Layer::Connection,
            "broke off",
        ),
        (
            "chunks cut short",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"sta\r\n".to_vec(),
            Layer::Connection,
            "broke off",
        ),
        (
            "chunks without a size",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n{\"sta\r\n".to_vec(),
            Layer::Connection,
            "does not answer in valid HTTP: Invalid chunk size",
        ),
        (
            "no length",
            b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n{}".to_vec(),
            Layer::Connection,
            "does not answer in valid HTTP: invalid content-length parsed",
        ),
        (
            "longer than said",
            [
                b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n".as_slice(),
                EMPTY.as_bytes(),
            ]
            .concat(),
            Layer::Answer,
            "EOF",
        ),
        (
            "no HTTP",
            b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(),
            Layer::Connection,
            "does not answer in valid HTTP: invalid HTTP version parsed; check scheme, host and port",
        ),
        (
            "nothing",
            Vec::new(),
            Layer::Connection,
            "closed the connection without an answer",
        ),
    ] {
        let fake = Fake::start(Act::Write(bytes)).await;
        let (error, text) = fail(name, fake.options()).await;
        assert_eq!(error.layer(), layer, "{name}: {text} {error:?}");
        assert!(text.contains(want), "{name}: {text}");
    }
}

#[tokio::test]
async fn nobody_is_there() {
    // A port that was just free.
    let port = Fake::start(Act::Write(Vec::new())).await.port;
    tokio::task::yield_now().await;
    for (name, url, want) in [
        (
            "refused",
            format!("http://127.0.0.1:{port}"),
            ConnectionFailure::Refused,
        ),
        // No resolver has to be asked about a name as long as this.
        (
            "no such host",
            format!("http://{}:3100/x", "a".repeat(64)),
            ConnectionFailure::Dns,
        ),
    ] {
        let (error, text) = fail(name, options(&url)).await;
        let Error::Connection {
            failure, origin, ..
        } = &error
        else {
            panic!("{name}: {text}")
        };
        assert_eq!(*failure, want, "{name}: {text}");
        assert!(url.starts_with(origin), "{name}: {origin}");
        assert_eq!(error.status(), 502, "{name}");
    }
}

#[tokio::test]
async fn secrets_that_are_words_of_lokis_change_no_meaning() {
    let body = "max entries limit per query exceeded, limit > max_entries_limit_per_query (9 > 5)";
    let fake = Fake::start(Act::Write(answer("400 Bad Request", "", body))).await;
    let mut with_word = fake.options();
    with_word.headers = vec![("X-Api-Key".into(), "limit".into())];
    let error = Client::new(with_word).unwrap();
    let error = error.logs(&logs(), &call()).await.unwrap_err();
    let Error::Refused { reason, words, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*reason, crate::loki::error::Reason::Entries, "{error}");
    assert!(words.starts_with("max entries *** per query"), "{words}");

    let body = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    for word in ["resultType", "matrix", "success", "data"] {
        let fake = Fake::start(Act::Write(answer("200 OK", "", body))).await;
        let mut with_word = fake.options();
        with_word.headers = vec![("X-Api-Key".into(), word.into())];
        let client = Client::new(with_word).unwrap();
        let error = client.logs(&logs(), &call()).await.unwrap_err();
        assert!(matches!(error, Error::NotLogs { .. }), "{word}: {error}");
    }
}

#[tokio::test]
async fn a_secret_is_cut_out_before_the_text_is_cut() {
    // As JSON escapes it, and across the place where what is shown ends.
    let secret = "pass\"word-pass-word-pass-word-pass";
    let echo = serde_json::json!({ "message": format!("{} {secret}", "x".repeat(590)) });
    let page = format!("{}{secret}", "<p>".to_owned() + &"y".repeat(190));
    for (status, body) in [
        ("401 Unauthorized", echo.to_string()),
        ("200 OK", page.clone()),
        ("200 OK", page.replace("<p>", "z")),
        ("502 Bad Gateway", page),
    ] {
        let fake = Fake::start(Act::Write(answer(status, "", body))).await;
        let mut with_secret = fake.options();
        with_secret.retry_pause = std::time::Duration::ZERO;
        with_secret.headers = vec![("X-Api-Key".into(), secret.into())];
        let client = Client::new(with_secret).unwrap();
        let error = client.logs(&logs(), &call()).await.unwrap_err();
        let all = format!("{error} {error:?}");
        assert!(!all.contains("word-"), "{status}: {all}");
    }
}
