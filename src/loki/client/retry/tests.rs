use super::*;
use crate::loki::error::{Phase, TlsFailure};
use crate::loki::request::Direction;

fn logs() -> Request {
    Request::Logs {
        query: "{a=\"1\"}".into(),
        start_ns: 0,
        end_ns: 1,
        limit: 1,
        direction: Direction::Backward,
    }
}

fn push() -> Request {
    Request::Push { body: "{}".into() }
}

fn refused(status: u16, words: &str, retry_after: Option<Duration>) -> Error {
    Error::Refused {
        status,
        reason: Reason::of(status, words),
        words: words.into(),
        retry_after,
        tries: 1,
    }
}

fn connection(failure: ConnectionFailure) -> Error {
    Error::Connection {
        origin: "http://loki".into(),
        failure,
        cause: "x".into(),
        tries: 1,
    }
}

#[test]
fn what_is_sent_again() {
    let timeout = |phase| Error::Timeout {
        phase,
        after: Duration::from_secs(1),
        tries: 1,
    };
    let tls = Error::Tls {
        origin: "https://loki".into(),
        failure: TlsFailure::Name,
        cause: "x".into(),
    };
    // Each with what holds for a query and for writing lines.
    for (name, error, query, write) in [
        ("429", refused(429, "", None), true, true),
        (
            "full queue",
            refused(429, "too many outstanding requests", None),
            true,
            true,
        ),
        (
            "full queue behind a 500",
            refused(500, "rpc error: too many outstanding requests", None),
            true,
            true,
        ),
        ("502", refused(502, "", None), true, false),
        ("503", refused(503, "", None), true, true),
        ("504", refused(504, "", None), false, false),
        (
            "time behind a 503",
            refused(503, "context deadline exceeded", None),
            false,
            false,
        ),
        (
            "a limit behind a 429",
            refused(429, "maximum of series (500) reached", None),
            false,
            false,
        ),
        (
            "closed by an operator",
            refused(429, "querying is disabled, please contact", None),
            false,
            false,
        ),
        ("500", refused(500, "boom", None), false, false),
        ("400", refused(400, "parse error", None), false, false),
        ("401", refused(401, "", None), false, false),
        ("403", refused(403, "", None), false, false),
        ("404", refused(404, "", None), false, false),
        ("413", refused(413, "", None), false, false),
        ("499", refused(499, "", None), false, false),
        (
            "nobody listens",
            connection(ConnectionFailure::Refused),
            true,
            true,
        ),
        ("closed", connection(ConnectionFailure::Closed), true, false),
        (
            "broke off",
            connection(ConnectionFailure::Truncated),
            false,
            false,
        ),
        ("no host", connection(ConnectionFailure::Dns), false, false),
        (
            "no way",
            connection(ConnectionFailure::Unreachable),
            false,
            false,
        ),
        (
            "no HTTP",
            connection(ConnectionFailure::NotHttp),
            false,
            false,
        ),
        ("TLS", tls, false, false),
        ("no place", timeout(Phase::Queue), false, false),
        ("no answer", timeout(Phase::Answer), false, false),
        ("half an answer", timeout(Phase::Body), false, false),
        (
            "too large",
            Error::TooLarge { limit_bytes: 1 },
            false,
            false,
        ),
        ("a page", Error::Html { title: "x".into() }, false, false),
    ] {
        let at_once = Duration::from_millis(1);
        assert_eq!(passes(&logs(), &error, at_once), query, "{name}");
        assert_eq!(passes(&push(), &error, at_once), write, "{name}, writing");
    }
}

#[test]
fn a_connection_that_closes_after_a_while_carried_an_answer_too_large() {
    let closed = connection(ConnectionFailure::Closed);
    assert!(passes(&logs(), &closed, Duration::from_millis(1999)));
    assert!(!passes(&logs(), &closed, Duration::from_secs(2)));
    let refused = connection(ConnectionFailure::Refused);
    assert!(passes(&logs(), &refused, Duration::from_secs(9)));
}

#[test]
fn pauses_double_are_spread_and_end() {
    let first = Duration::from_millis(100);
    let pause = |error: &Error, tries| pause(&logs(), error, tries, Duration::ZERO, first);
    let error = refused(503, "", None);
    for (tries, most_ms) in [(1, 100), (2, 200), (3, 400), (4, 800)] {
        let pauses: Vec<Duration> = (0..200).filter_map(|_| pause(&error, tries)).collect();
        let most = Duration::from_millis(most_ms);
        assert_eq!(pauses.len(), 200, "{tries}");
        assert!(pauses.iter().all(|pause| *pause < most), "{tries}");
        // Of 200 the chance that none is in a given half is below 2 to the power of -199.
        assert!(pauses.iter().any(|pause| *pause < most / 2), "{tries}");
        assert!(pauses.iter().any(|pause| *pause >= most / 2), "{tries}");
    }
    assert_eq!(pause(&error, MOST_TRIES), None);
    let asked = Duration::from_secs(7);
    let error = refused(429, "", Some(asked));
    let paused = pause(&error, 1).unwrap();
    assert!(paused >= asked && paused < asked + first, "{paused:?}");
    let for_ever = refused(429, "", Some(Duration::MAX));
    assert_eq!(pause(&for_ever, 1), Some(Duration::MAX));
}

#[test]
fn retry_after() {
    let now = "Sun, 06 Nov 1994 08:49:30 GMT";
    for (name, text, want) in [
        ("seconds", "120", Some(120)),
        ("blanks", " 3 ", Some(3)),
        ("at once", "0", Some(0)),
        ("for ever", "99999999999999999999999", Some(u64::MAX)),
        ("a date", "Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
        ("a date of old", "Sunday, 06-Nov-94 08:49:37 GMT", Some(7)),
        ("a date of C", "Sun Nov  6 08:49:37 1994", Some(7)),
        ("a date gone by", "Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
        ("nothing", "", None),
        ("a fraction", "1.5", None),
        ("below zero", "-1", None),
        ("words", "soon", None),
        ("not ASCII", "½", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        headers.insert(DATE, now.parse().unwrap());
        let want = want.map(Duration::from_secs);
        assert_eq!(asked(&headers), want, "{name}");
    }
    assert_eq!(asked(&HeaderMap::new()), None);
}

#[test]
fn a_date_is_by_our_clock_where_the_server_tells_no_time() {
    let mut headers = HeaderMap::new();
    let date = SystemTime::now() + Duration::from_secs(60);
    headers.insert(RETRY_AFTER, httpdate::fmt_http_date(date).parse().unwrap());
    let pause = asked(&headers).unwrap();
    assert!(pause <= Duration::from_secs(60), "{pause:?}");
    assert!(pause > Duration::from_secs(30), "{pause:?}");
}
