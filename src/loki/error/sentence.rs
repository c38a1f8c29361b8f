//! The sentence that an error makes: what failed, whose words, what to do.

use std::fmt;

use super::{ConnectionFailure, Error, Phase, RedirectFailure, TlsFailure};

impl Error {
    /// The words of whoever noticed the failure, on one line.
    pub fn words(&self) -> String {
        match self {
            Self::Setting { problem, .. } | Self::Internal { problem } => problem.clone(),
            Self::Connection { cause, .. } | Self::Tls { cause, .. } => cause.clone(),
            Self::Timeout { phase, after, .. } => {
                let waited = match phase {
                    Phase::Queue => "for a free place among the concurrent requests",
                    Phase::Answer => "for the answer",
                    Phase::Body => "for the rest of the answer",
                    Phase::Work => "for ginkgo's own work on the answer",
                };
                format!(
                    "after {:.1} s it still waited {waited}",
                    after.as_secs_f64()
                )
            }
            Self::Refused { status, words, .. } if words.is_empty() => {
                format!("status {status} without a reason")
            }
            Self::Refused { words, .. } => words.clone(),
            Self::TooLarge { limit_bytes } => format!("more than {limit_bytes} bytes"),
            Self::Memory { total_bytes, alone } => {
                let total = total_bytes >> 20;
                if *alone {
                    format!("alone it needs more than one question may have of {total} MiB")
                } else {
                    format!("the {total} MiB that all questions share are in use")
                }
            }
            Self::Redirect {
                status,
                failure,
                to,
            } => match failure {
                RedirectFailure::OtherOrigin => format!("status {status} leads to {to:?}"),
                RedirectFailure::LosesBody => {
                    format!("status {status} leads to {to:?} and loses the query")
                }
                RedirectFailure::TooMany => format!("too many, the last to {to:?}"),
                RedirectFailure::Nowhere => format!("status {status} does not say where"),
            },
            Self::Html { title } => format!("{title:?}"),
            Self::Answer { problem, start, .. } => {
                format!("{problem}; it begins with {start:?}")
            }
            Self::NotLogs { result_type } => format!("the query gives a {result_type}"),
            Self::NotMetric => "the query gives log lines".to_owned(),
        }
    }

    /// What a person can do about it, in one sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Setting { .. } => "correct it in the data source's settings",
            Self::Connection { failure, .. } => match failure {
                ConnectionFailure::Refused => {
                    "check host and port of the URL, and that Loki is running"
                }
                ConnectionFailure::Dns => {
                    "check the host of the URL, as seen from where Grafana runs"
                }
                ConnectionFailure::Unreachable => {
                    "check the URL, and that nothing blocks the way from Grafana to it"
                }
                ConnectionFailure::Closed => {
                    "ask for fewer lines or a shorter time (an answer above Loki's gRPC message \
                     size ends so), and check that the URL's scheme is right"
                }
                ConnectionFailure::Truncated => {
                    "try again; if it stays so, look at Loki and at the proxy before it"
                }
                ConnectionFailure::NotHttp => {
                    "check scheme, host and port of the URL, and the proxy before it"
                }
                ConnectionFailure::Other => "check the URL and the network to it",
            },
            Self::Tls { failure, .. } => match failure {
                TlsFailure::UnknownAuthority => {
                    "give the authority's certificate in `tlsCACert` (With CA cert); without it \
                     only the system's authorities are trusted, or the public ones if the system \
                     has none"
                }
                TlsFailure::Name => {
                    "use the certificate's name in the URL, or set it as `serverName`"
                }
                TlsFailure::Expired => "renew the server's certificate, or correct the clock",
                TlsFailure::ClientCertificate => {
                    "check `tlsClientCert` and `tlsClientKey` (TLS client authentication)"
                }
                TlsFailure::NotTls => "check the URL: the port may want `http`",
                TlsFailure::Other => "check the TLS settings and those of the server",
            },
            Self::Timeout { phase, .. } => match phase {
                Phase::Queue => {
                    "run fewer queries at once, or raise `maxConcurrent` or the timeout"
                }
                Phase::Work => {
                    "use simpler regular expressions, ask for fewer lines, narrow the time range, or \
                     raise the timeout"
                }
                Phase::Answer | Phase::Body => {
                    "ask for fewer lines (an answer above Loki's gRPC message size, 4 MiB by \
                     default, never comes), narrow the time range, add filters, or raise the \
                     timeout"
                }
            },
            Self::Memory { .. } => {
                "ask for fewer lines, groups or panels at once, or raise `memory_budget` in Grafana's \
                 section of this plugin"
            }
            Self::Refused { reason, .. } => reason.remedy(),
            Self::TooLarge { .. } => "lower the line limit, group by fewer fields, or add filters",
            Self::Redirect { .. } => {
                "set the URL to where Loki answers itself; a login page cannot be passed"
            }
            Self::Html { .. } => {
                "check that the URL is Loki's own; a proxy or a login page may stand before it"
            }
            Self::Answer { .. } => "check that the URL is Loki's, version 3 or later",
            Self::NotLogs { .. } => "send a log query, without an aggregation around it",
            Self::NotMetric => "send a metric query, such as count_over_time({job=\"x\"}[5m])",
            Self::Internal { .. } => "report this as a fault of Ginkgo",
        }
    }

    /// What was done about it, and what the server wants, behind its words; mostly nothing.
    fn history(&self) -> String {
        let (tries, pause) = match self {
            Self::Connection { tries, .. } | Self::Timeout { tries, .. } => (*tries, None),
            Self::Refused {
                tries, retry_after, ..
            } => (*tries, retry_after.filter(|pause| !pause.is_zero())),
            Self::Setting { .. }
            | Self::Tls { .. }
            | Self::TooLarge { .. }
            | Self::Memory { .. }
            | Self::Redirect { .. }
            | Self::Html { .. }
            | Self::Answer { .. }
            | Self::NotLogs { .. }
            | Self::NotMetric
            | Self::Internal { .. } => (1, None),
        };
        let tries = (tries > 1).then(|| format!("tried {tries} times"));
        let pause =
            pause.map(|pause| format!("it asks to wait {:.0} s", pause.as_secs_f64().ceil()));
        match (tries, pause) {
            (None, None) => String::new(),
            (Some(tries), Some(pause)) => format!(" ({tries}, {pause})"),
            (Some(only), None) | (None, Some(only)) => format!(" ({only})"),
        }
    }

    /// What failed.
    fn what(&self) -> String {
        match self {
            Self::Setting { setting, .. } => format!("setting {setting:?} cannot be used"),
            Self::Connection {
                origin, failure, ..
            } => match failure {
                ConnectionFailure::Refused
                | ConnectionFailure::Unreachable
                | ConnectionFailure::Other => format!("cannot connect to {origin:?}"),
                ConnectionFailure::Dns => format!("cannot find the host of {origin:?}"),
                ConnectionFailure::Closed => {
                    format!("{origin:?} closed the connection without an answer")
                }
                ConnectionFailure::Truncated => {
                    format!("the answer of {origin:?} broke off")
                }
                ConnectionFailure::NotHttp => format!("{origin:?} does not answer in valid HTTP"),
            },
            Self::Tls { origin, .. } => format!("no secure connection to {origin:?}"),
            Self::Timeout {
                phase: Phase::Work, ..
            } => "the answer was not ready in time".to_owned(),
            Self::Timeout { .. } => "loki did not answer in time".to_owned(),
            Self::Refused { reason, .. } => reason.what().to_owned(),
            Self::TooLarge { .. } => "loki's answer is too large".to_owned(),
            Self::Memory { .. } => "there is no memory for the answer".to_owned(),
            Self::Redirect { .. } => "the server redirects the request".to_owned(),
            Self::Html { .. } => "the answer is a web page, not loki's".to_owned(),
            Self::Answer { what, .. } => format!("the answer is no {what}"),
            Self::NotLogs { .. } => "the answer holds no log lines".to_owned(),
            Self::NotMetric => "the answer holds no numbers".to_owned(),
            Self::Internal { .. } => "ginkgo cannot send this request".to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Loki ends some of its sentences, ours goes on.
        let words = self.words();
        let words = words.trim_end_matches(['.', ' ']);
        let (what, history, remedy) = (self.what(), self.history(), self.remedy());
        write!(f, "{what}: {words}{history}; {remedy}")
    }
}
