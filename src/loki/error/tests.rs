//! Classification by table, and the sentences as a person reads them.

use super::*;

#[test]
fn status_and_words() {
    for (name, status, words, want) in [
        (
            "syntax",
            400,
            "parse error at line 1, col 7: syntax error: unexpected }",
            Reason::Syntax,
        ),
        (
            "syntax without a place",
            400,
            "parse error : queries require at least one",
            Reason::Syntax,
        ),
        (
            "syntax that quotes a limit",
            400,
            "parse error : `too many outstanding requests`",
            Reason::Syntax,
        ),
        (
            "too long",
            400,
            "parse error : input size too long (140000 > 131072)",
            Reason::QueryLength,
        ),
        (
            "selector only",
            400,
            "only label matchers are supported",
            Reason::Syntax,
        ),
        (
            "log query as instant",
            400,
            "log queries are not supported as an instant query type, please",
            Reason::Syntax,
        ),
        (
            "pipeline",
            400,
            "pipeline error: 'JSONParserErr' for series: '{}'.",
            Reason::Pipeline,
        ),
        (
            "entries",
            400,
            "max entries limit per query exceeded, limit > max_entries_limit_per_query (9 > 5)",
            Reason::Entries,
        ),
        (
            "series before 3.6",
            400,
            "maximum of series (500) reached for a single query",
            Reason::Series,
        ),
        (
            "series",
            400,
            "maximum number of series (500) reached for a single query; consider",
            Reason::Series,
        ),
        (
            "volume series",
            400,
            "the query hit the max number of series limit (limit: 1000 series)",
            Reason::Series,
        ),
        (
            "bytes",
            400,
            "the query would read too many bytes (query: 2GB, limit: 1GB); consider",
            Reason::Bytes,
        ),
        (
            "bytes of one querier",
            400,
            "un-shardable query too large to execute on a single querier: (q",
            Reason::Bytes,
        ),
        (
            "range",
            400,
            "the query time range exceeds the limit (query length: 31d, limit: 30d1h)",
            Reason::Range,
        ),
        (
            "points",
            400,
            "exceeded maximum resolution of 11,000 points per time series. Try",
            Reason::Resolution,
        ),
        (
            "labels",
            400,
            "stream selector is missing required matchers [ns], labels present",
            Reason::RequiredLabels,
        ),
        ("blocked", 400, "query blocked by policy", Reason::Blocked),
        (
            "disabled",
            429,
            "querying is disabled, please contact your Loki operator",
            Reason::Blocked,
        ),
        ("queue", 429, "too many outstanding requests", Reason::Busy),
        ("rate", 429, "slow down", Reason::Busy),
        (
            "gRPC size",
            500,
            "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (5 vs. 4)",
            Reason::AnswerSize,
        ),
        (
            "answer size",
            413,
            "response larger than the max message size (5 vs 4)",
            Reason::AnswerSize,
        ),
        (
            "time",
            504,
            "context deadline exceeded",
            Reason::ServerTimeout,
        ),
        (
            "time in other words",
            504,
            "request timed out, decrease the duration of the request or",
            Reason::ServerTimeout,
        ),
        (
            "time behind a 500",
            500,
            "rpc error: context deadline exceeded",
            Reason::ServerTimeout,
        ),
        ("no tenant", 401, "no org id", Reason::NoTenant),
        ("credentials", 401, "Unauthorized", Reason::Unauthenticated),
        ("right", 403, "Forbidden", Reason::Forbidden),
        ("address", 404, "404 page not found", Reason::NotFound),
        ("method", 405, "", Reason::NotFound),
        ("proxy", 407, "", Reason::ProxyLogin),
        (
            "body",
            413,
            "413 Request Entity Too Large",
            Reason::RequestSize,
        ),
        (
            "given up",
            499,
            "the request was cancelled by the client",
            Reason::Cancelled,
        ),
        ("failure", 500, "boom", Reason::ServerError),
        ("gateway", 502, "502 Bad Gateway", Reason::Unavailable),
        ("not ready", 503, "Ingester not ready", Reason::Unavailable),
        (
            "gateway's time",
            504,
            "504 Gateway Time-out",
            Reason::ServerTimeout,
        ),
        (
            "scheme",
            400,
            "Client sent an HTTP request to an HTTPS server.",
            Reason::Scheme,
        ),
        (
            "scheme behind nginx",
            400,
            "The plain HTTP request was sent to HTTPS port",
            Reason::Scheme,
        ),
        ("unknown 4xx", 418, "", Reason::BadRequest),
        ("unknown 5xx", 599, "", Reason::ServerError),
    ] {
        assert_eq!(Reason::of(status, words), want, "{name}");
    }
}

#[test]
fn no_status_makes_it_the_plugins_fault() {
    for status in 400..600 {
        let status = Reason::of(status, "").grafana_status();
        assert!(![405, 406, 412, 413, 414, 416, 417, 426, 431, 501].contains(&status));
    }
}

#[test]
fn sentences() {
    for (name, error, want) in [
        (
            "syntax",
            refused(
                400,
                "parse error at line 1, col 7: syntax error: unexpected }",
            ),
            "loki cannot read the query: parse error at line 1, col 7: syntax error: \
             unexpected }; correct the query where it says",
        ),
        (
            "no words",
            refused(503, ""),
            "loki is not available: status 503 without a reason; check that Loki is running \
             and ready, and the proxy before it",
        ),
        (
            "full stop of Loki's",
            refused(500, "it broke. "),
            "loki failed: it broke; try again; if it stays so, Loki's own log has the cause",
        ),
        (
            "time",
            Error::Timeout {
                phase: Phase::Body,
                after: Duration::from_millis(1250),
                tries: 1,
            },
            "loki did not answer in time: after 1.2 s it still waited for the rest of the \
             answer; ask for fewer lines (an answer above Loki's gRPC message size, 4 MiB by \
             default, never comes), narrow the time range, add filters, or raise the timeout",
        ),
        (
            "tried in vain",
            refused(503, "not ready.").after_tries(4),
            "loki is not available: not ready (tried 4 times); check that Loki is running and \
             ready, and the proxy before it",
        ),
        (
            "tried in vain, without words",
            Error::Connection {
                origin: "http://loki:3100".into(),
                failure: ConnectionFailure::Refused,
                cause: "Connection refused (os error 111)".into(),
                tries: 5,
            },
            "cannot connect to \"http://loki:3100\": Connection refused (os error 111) (tried 5 \
             times); check host and port of the URL, and that Loki is running",
        ),
        (
            "a pause too long",
            asking(refused(429, "slow down"), 119_001),
            "loki is busy: slow down (it asks to wait 120 s); try again in a moment; if it stays \
             so, lower the number of concurrent requests",
        ),
        (
            "a pause too long in the end",
            asking(refused(429, ""), 1000).after_tries(2),
            "loki is busy: status 429 without a reason (tried 2 times, it asks to wait 1 s); try \
             again in a moment; if it stays so, lower the number of concurrent requests",
        ),
        (
            "time, when it was sent again",
            Error::Timeout {
                phase: Phase::Answer,
                after: Duration::from_secs(5),
                tries: 2,
            },
            "loki did not answer in time: after 5.0 s it still waited for the answer (tried 2 \
             times); ask for fewer lines (an answer above Loki's gRPC message size, 4 MiB by \
             default, never comes), narrow the time range, add filters, or raise the timeout",
        ),
        (
            "metric query",
            Error::NotLogs {
                result_type: "matrix".into(),
            },
            "the answer holds no log lines: the query gives a matrix; send a log query, \
             without an aggregation around it",
        ),
        (
            "log query",
            Error::NotMetric,
            "the answer holds no numbers: the query gives log lines; send a metric query, such as \
             count_over_time({job=\"x\"}[5m])",
        ),
        (
            "setting",
            Error::Setting {
                setting: "url".into(),
                problem: "it is empty".into(),
            },
            "setting \"url\" cannot be used: it is empty; correct it in the data source's \
             settings",
        ),
    ] {
        assert_eq!(error.to_string(), want, "{name}");
    }
}

#[test]
fn only_our_own_faults_are_ours() {
    assert!(refused(500, "").is_downstream());
    assert!(Error::TooLarge { limit_bytes: 1 }.is_downstream());
    assert!(
        !Error::Internal {
            problem: "x".into()
        }
        .is_downstream()
    );
}

#[test]
fn deaths_are_what_a_smaller_page_may_escape() {
    let timeout = |phase| Error::Timeout {
        phase,
        after: Duration::from_secs(1),
        tries: 1,
    };
    let connection = |failure| Error::Connection {
        origin: "http://loki".into(),
        failure,
        cause: "x".into(),
        tries: 1,
    };
    for (name, error, want) in [
        ("no place", timeout(Phase::Queue), false),
        ("no answer", timeout(Phase::Answer), true),
        ("half an answer", timeout(Phase::Body), true),
        ("gateway's time", refused(504, ""), true),
        (
            "time behind a 500",
            refused(500, "context deadline exceeded"),
            true,
        ),
        (
            "gRPC size",
            refused(500, "trying to send message larger than max (5 vs. 4)"),
            true,
        ),
        ("busy", refused(429, ""), false),
        ("not ready", refused(503, ""), false),
        ("failure", refused(500, "boom"), false),
        ("request size", refused(413, ""), false),
        ("closed", connection(ConnectionFailure::Closed), true),
        ("broke off", connection(ConnectionFailure::Truncated), true),
        ("refused", connection(ConnectionFailure::Refused), false),
        ("no host", connection(ConnectionFailure::Dns), false),
        ("no way", connection(ConnectionFailure::Unreachable), false),
        ("no HTTP", connection(ConnectionFailure::NotHttp), false),
        ("our limit", Error::TooLarge { limit_bytes: 1 }, true),
        ("another shape", Error::Html { title: "x".into() }, false),
    ] {
        assert_eq!(error.is_death(), want, "{name}");
    }
}

fn asking(mut error: Error, pause_ms: u64) -> Error {
    if let Error::Refused { retry_after, .. } = &mut error {
        *retry_after = Some(Duration::from_millis(pause_ms));
    }
    error
}

fn refused(status: u16, words: &str) -> Error {
    Error::Refused {
        status,
        reason: Reason::of(status, words),
        words: words.into(),
        retry_after: None,
        tries: 1,
    }
}
