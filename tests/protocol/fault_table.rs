//! What can go wrong with a Loki, and what the user must read then.

use std::io::Write as _;

use crate::fake::{Act, good, reply};

/// One fault.
pub struct Fault {
    pub name: &'static str,
    /// What the fake does with every request.
    pub act: Act,
    /// The status of the answer to Grafana.
    pub status: u16,
    /// What failed, whose words, what to do.
    pub parts: &'static [&'static str],
}

fn fault(name: &'static str, act: Act, status: u16, parts: &'static [&'static str]) -> Fault {
    Fault {
        name,
        act,
        status,
        parts,
    }
}

fn plain(status: &str, body: &str) -> Act {
    Act::status(status, "content-type: text/plain\r\n", body)
}

fn busy(headers: &str) -> Act {
    Act::status("429 Too Many Requests", headers, "slow down")
}

fn json(body: &str) -> Act {
    Act::status("200 OK", "content-type: application/json\r\n", body)
}

fn page(status: &str, title: &str) -> Act {
    let body =
        format!("<!DOCTYPE html><html><head><title>{title}</title></head><body>x</body></html>");
    Act::status(status, "content-type: text/html\r\n", body)
}

/// Statuses, each with Loki's or a proxy's own words.
pub fn statuses() -> Vec<Fault> {
    vec![
        fault(
            "401",
            plain("401 Unauthorized", "no such key"),
            401,
            &[
                "does not accept the credentials",
                "no such key",
                "check user and password",
            ],
        ),
        fault(
            "403",
            plain("403 Forbidden", "not your tenant"),
            403,
            &[
                "does not allow access",
                "not your tenant",
                "check the tenant",
            ],
        ),
        fault(
            "404",
            plain("404 Not Found", "404 page not found"),
            404,
            &[
                "nothing at this address",
                "404 page not found",
                "check that the URL is Loki's",
            ],
        ),
        fault(
            "no tenant",
            plain("401 Unauthorized", "no org id"),
            400,
            &["wants a tenant", "no org id", "set the tenant"],
        ),
        fault(
            "407",
            plain("407 Proxy Authentication Required", "who are you"),
            401,
            &[
                "a proxy wants credentials",
                "who are you",
                "check the proxy",
            ],
        ),
        fault(
            "413",
            page("413 Content Too Large", "413 Request Entity Too Large"),
            400,
            &[
                "the request is too large",
                "413 Request Entity Too Large",
                "raise the proxy's limit",
            ],
        ),
        fault(
            "429",
            plain("429 Too Many Requests", "too many outstanding requests"),
            429,
            &[
                "loki is busy",
                "too many outstanding requests (tried ",
                " times); try again in a moment",
            ],
        ),
        fault(
            "429 with a pause that is no time",
            busy("retry-after: soon\r\n"),
            429,
            &["loki is busy", "slow down (tried ", "try again in a moment"],
        ),
        fault(
            "429 with a pause beyond the deadline",
            busy("retry-after: 3600\r\n"),
            429,
            &[
                "loki is busy",
                "slow down (it asks to wait 3600 s)",
                "try again in a moment",
            ],
        ),
        fault(
            "429 with a date beyond the deadline",
            busy(
                "date: Sun, 06 Nov 1994 08:00:00 GMT\r\nretry-after: Sun, 06 Nov 1994 09:00:00 GMT\r\n",
            ),
            429,
            &[
                "loki is busy",
                "slow down (it asks to wait 3600 s)",
                "try again in a moment",
            ],
        ),
        fault(
            "500",
            plain("500 Internal Server Error", "the ring is empty"),
            502,
            &[
                "loki failed",
                "the ring is empty",
                "Loki's own log has the cause",
            ],
        ),
        fault(
            "501",
            plain("501 Not Implemented", "not here"),
            404,
            &["nothing at this address", "not here", "check that the URL"],
        ),
        fault(
            "502 of a proxy",
            page("502 Bad Gateway", "502 Bad Gateway"),
            503,
            &[
                "not available",
                "502 Bad Gateway (tried ",
                "check that Loki is running",
            ],
        ),
        fault(
            "503",
            plain("503 Service Unavailable", "Ingester not ready"),
            503,
            &[
                "not available",
                "Ingester not ready (tried ",
                "check that Loki is running",
            ],
        ),
        fault(
            "504",
            plain("504 Gateway Timeout", "upstream timed out"),
            504,
            &[
                "its own time limit",
                "upstream timed out",
                "narrow the time range",
            ],
        ),
        fault(
            "500 without a word",
            plain("500 Internal Server Error", ""),
            502,
            &["loki failed", "status 500 without a reason", "try again"],
        ),
    ]
}

/// Bodies and connections that are not what Loki answers.
pub fn answers() -> Vec<Fault> {
    let cut = String::from_utf8_lossy(&reply(
        "200 OK",
        "content-type: application/json\r\n",
        good("query_range").as_bytes(),
    ))
    .into_owned();
    let cut = cut
        .get(..cut.len() - 40)
        .unwrap_or_default()
        .as_bytes()
        .to_vec();
    let gzip = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let mut half = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    half.write_all(good("query_range").as_bytes())
        .expect("in memory");
    let half = half.finish().expect("in memory");
    let half = half.get(..half.len() / 2).unwrap_or_default().to_vec();
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\nconnection: close\r\n\r\n";
    let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
    let odd_line = r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{},"values":[["x","y"]]}]}}"#;
    vec![
        fault(
            "login page",
            page("200 OK", "Sign in"),
            502,
            &[
                "a web page, not loki's",
                "Sign in",
                "check that the URL is Loki's own",
            ],
        ),
        fault(
            "broken off",
            Act::Write(cut),
            502,
            &["broke off", "try again"],
        ),
        fault(
            "no gzip",
            Act::status("200 OK", gzip, "plain"),
            502,
            &["compressed answer", "check that the URL"],
        ),
        fault(
            "half of a gzip",
            Act::status("200 OK", gzip, half),
            502,
            &["answer"],
        ),
        fault(
            "larger than allowed",
            Act::Write(b"HTTP/1.1 200 OK\r\ncontent-length: 70000000\r\n\r\n{".to_vec()),
            400,
            &[
                "answer is too large",
                "67108864 bytes",
                "lower the line limit",
            ],
        ),
        fault(
            "closed",
            Act::Write(Vec::new()),
            502,
            &[
                "closed the connection without an answer",
                "(tried ",
                "ask for fewer lines",
            ],
        ),
        fault(
            "reset",
            Act::Reset,
            502,
            &[
                "closed the connection without an answer",
                "reset by peer",
                "(tried ",
            ],
        ),
        fault(
            "a length that is no number",
            Act::Write(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}".to_vec()),
            502,
            &[
                "does not answer in valid HTTP",
                "content-length",
                "check scheme, host and port",
            ],
        ),
        fault(
            "a length too short",
            Act::Write([short.as_bytes(), good("query_range").as_bytes()].concat()),
            502,
            &["the answer is no answer to a log query", "EOF"],
        ),
        fault(
            "no HTTP",
            Act::Write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()),
            502,
            &[
                "http://127.0.0.1",
                "does not answer in valid HTTP",
                "check scheme, host and port",
            ],
        ),
        fault(
            "redirect elsewhere",
            Act::status(
                "302 Found",
                "location: https://login.example.com/x?token=s3cr3t\r\n",
                "",
            ),
            502,
            &[
                "redirects the request",
                "https://login.example.com",
                "a login page cannot be passed",
            ],
        ),
        fault(
            "redirect to nowhere",
            Act::status("307 Temporary Redirect", "", ""),
            502,
            &["redirects the request", "does not say where"],
        ),
        fault(
            "redirect in a circle",
            Act::status("307 Temporary Redirect", "location: /again\r\n", ""),
            502,
            &["redirects the request", "too many"],
        ),
        fault(
            "JSON of another server",
            json(r#"{"hits":{"total":0}}"#),
            502,
            &[
                "the answer is no answer to a log query",
                "hits",
                "version 3 or later",
            ],
        ),
        fault(
            "a JSON list",
            json("[1,2]"),
            502,
            &["the answer is no answer to a log query", "[1,2]"],
        ),
        fault(
            "an empty body",
            json(""),
            502,
            &["the answer is no answer to a log query"],
        ),
        fault(
            "a line without a time",
            json(odd_line),
            502,
            &["the answer is no answer to a log query"],
        ),
        fault(
            "a metric answer",
            json(matrix),
            400,
            &["holds no log lines", "gives a matrix", "send a log query"],
        ),
    ]
}

/// Silence: the data source's timeout ends it.
pub fn silences() -> Vec<Fault> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"
        .to_vec();
    vec![
        fault(
            "no answer",
            Act::Hang(Vec::new()),
            504,
            &[
                "did not answer in time",
                "for the answer",
                "raise the timeout",
            ],
        ),
        fault(
            "half an answer",
            Act::Hang(head),
            504,
            &[
                "did not answer in time",
                "for the rest of the answer",
                "raise the timeout",
            ],
        ),
    ]
}
