//! What can go wrong between Ginkgo and Loki.
//!
//! Every error reads as one sentence in lower case, `what failed: whose words; what to do`. The
//! words are Loki's own wherever it said any. No variant can hold a URL's userinfo, a header's
//! value or another secret: the client cuts them before it makes an error.
//!
//! Each question about an error is one exhaustive match, so a new variant does not compile until
//! it is classified.

mod reason;
mod sentence;
pub(super) mod words;

pub use reason::Reason;

use std::time::Duration;

use crate::capacity::Full;

/// Where an error comes from, for those who decide by it and not by words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// A setting of the data source cannot be used.
    Settings,
    /// The server cannot be reached, or the connection broke.
    Connection,
    /// The secure connection failed.
    Tls,
    /// Credentials, rights or tenant.
    Auth,
    /// Nothing is at this address.
    NotFound,
    /// A limit of the server.
    Limit,
    /// The query is wrong.
    Syntax,
    /// Time ran out, here or there.
    Timeout,
    /// The answer is larger than allowed, here or there.
    TooLarge,
    /// There is no memory for the answer.
    Memory,
    /// The server points elsewhere.
    Redirect,
    /// The server is there but does not work.
    Unavailable,
    /// The answer is not what Loki answers.
    Answer,
    /// Ginkgo's own fault.
    Internal,
}

/// Why no connection came about or did not last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionFailure {
    /// Nobody listens on that port.
    Refused,
    /// The host name leads nowhere.
    Dns,
    /// The host cannot be reached, or does not answer.
    Unreachable,
    /// The connection was closed before an answer came.
    Closed,
    /// The answer ended before it was complete.
    Truncated,
    /// What was answered is no HTTP.
    NotHttp,
    /// Anything else.
    Other,
}

/// Why no secure connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsFailure {
    /// Nobody we trust vouches for the server.
    UnknownAuthority,
    /// The certificate is for another name.
    Name,
    /// The certificate is not valid now.
    Expired,
    /// The server wants a certificate of us, or another one.
    ClientCertificate,
    /// The server does not speak TLS.
    NotTls,
    /// Anything else.
    Other,
}

/// What a request was waiting for when its time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// A free place among the concurrent requests.
    Queue,
    /// The connection and the head of the answer.
    Answer,
    /// The rest of the answer.
    Body,
    /// Ginkgo's own work on answers.
    Work,
}

/// Why a redirect was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedirectFailure {
    /// It leads to another origin, to which credentials would follow.
    OtherOrigin,
    /// Its status turns a POST into a GET, which loses the query.
    LosesBody,
    /// It is one of too many.
    TooMany,
    /// It does not say where to go.
    Nowhere,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// A setting cannot be used.
    Setting {
        /// Its name as Grafana stores it, e.g. `url`, `tlsClientKey`, `httpHeaderName1`.
        setting: String,
        /// What is wrong with it; never quotes a secret.
        problem: String,
    },
    /// The server cannot be reached, or the connection broke.
    Connection {
        /// Scheme, host and port.
        origin: String,
        /// Why.
        failure: ConnectionFailure,
        /// The system's words.
        cause: String,
        /// How often the request was sent in all.
        tries: u32,
    },
    /// The secure connection failed.
    Tls {
        /// Scheme, host and port.
        origin: String,
        /// Why.
        failure: TlsFailure,
        /// The TLS library's words.
        cause: String,
    },
    /// Time ran out.
    Timeout {
        /// What it waited for.
        phase: Phase,
        /// How long the question had been under way, of which the request is a part.
        after: Duration,
        /// How often the request was sent in all.
        tries: u32,
    },
    /// The server answered with an error status.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it means.
        reason: Reason,
        /// Loki's words, on one line and bounded; empty if it said none.
        words: String,
        /// How long it asks to wait before the next request (`Retry-After`).
        retry_after: Option<Duration>,
        /// How often the request was sent in all.
        tries: u32,
    },
    /// The answer is larger than allowed.
    TooLarge {
        /// The most bytes allowed, after decompression.
        limit_bytes: usize,
    },
    /// The memory that all answers under way share is used up.
    Memory {
        /// The bytes that they share.
        total_bytes: u64,
        /// Whether this answer alone needs more than one may have.
        alone: bool,
    },
    /// The server points elsewhere.
    Redirect {
        /// The HTTP status.
        status: u16,
        /// Why it was not followed.
        failure: RedirectFailure,
        /// The origin it leads to, and nothing more of the address.
        to: String,
    },
    /// The answer is a web page: of a proxy, a login, or another program.
    Html {
        /// Its title, or how its text begins.
        title: String,
    },
    /// The answer has another shape than Loki's.
    Answer {
        /// The answer that was expected.
        what: &'static str,
        /// Where the shape is wrong.
        problem: String,
        /// The first 200 characters of the body.
        start: String,
    },
    /// A log query was asked for, and a metric query was sent.
    NotLogs {
        /// Loki's `resultType`: `matrix`, `vector`, `scalar`.
        result_type: String,
    },
    /// Numbers were asked for, and a log query was sent.
    NotMetric,
    /// Ginkgo made a request that cannot be sent.
    Internal {
        /// What is wrong with it.
        problem: String,
    },
}

impl Error {
    /// Where the error comes from.
    pub fn layer(&self) -> Layer {
        match self {
            Self::Setting { .. } => Layer::Settings,
            Self::Connection { .. } => Layer::Connection,
            Self::Tls { .. } => Layer::Tls,
            Self::Timeout { .. } => Layer::Timeout,
            Self::Refused { reason, .. } => reason.layer(),
            Self::TooLarge { .. } => Layer::TooLarge,
            Self::Memory { .. } => Layer::Memory,
            Self::Redirect { .. } => Layer::Redirect,
            Self::Html { .. } | Self::Answer { .. } => Layer::Answer,
            Self::NotLogs { .. } | Self::NotMetric => Layer::Syntax,
            Self::Internal { .. } => Layer::Internal,
        }
    }

    /// The HTTP status to give Grafana for this error.
    ///
    /// For resource calls mind that Grafana's front end takes a 401 for its own session's end.
    pub fn status(&self) -> u16 {
        match self {
            Self::Setting { .. }
            | Self::NotLogs { .. }
            | Self::NotMetric
            | Self::TooLarge { .. } => 400,
            Self::Connection { .. }
            | Self::Tls { .. }
            | Self::Redirect { .. }
            | Self::Html { .. }
            | Self::Answer { .. } => 502,
            Self::Timeout { .. } => 504,
            Self::Memory { .. } => 503,
            Self::Refused { reason, .. } => reason.grafana_status(),
            Self::Internal { .. } => 500,
        }
    }

    /// Whether the fault lies outside the plugin: Loki, the network, the settings or the query.
    pub fn is_downstream(&self) -> bool {
        match self.layer() {
            Layer::Settings
            | Layer::Connection
            | Layer::Tls
            | Layer::Auth
            | Layer::NotFound
            | Layer::Limit
            | Layer::Syntax
            | Layer::Timeout
            | Layer::TooLarge
            | Layer::Redirect
            | Layer::Unavailable
            | Layer::Answer => true,
            Layer::Memory | Layer::Internal => false,
        }
    }

    /// Sets how often the request was sent in all.
    pub(in crate::loki) fn after_tries(mut self, times: u32) -> Self {
        match &mut self {
            Self::Connection { tries, .. }
            | Self::Timeout { tries, .. }
            | Self::Refused { tries, .. } => *tries = times,
            Self::Setting { .. }
            | Self::Tls { .. }
            | Self::TooLarge { .. }
            | Self::Memory { .. }
            | Self::Redirect { .. }
            | Self::Html { .. }
            | Self::Answer { .. }
            | Self::NotLogs { .. }
            | Self::NotMetric
            | Self::Internal { .. } => {}
        }
        self
    }

    /// Whether the answer was under way and could not be delivered: asking for fewer lines may help,
    /// and the same request again will hardly.
    pub fn is_death(&self) -> bool {
        match self {
            Self::Timeout { phase, .. } => match phase {
                Phase::Queue | Phase::Work => false,
                Phase::Answer | Phase::Body => true,
            },
            Self::Refused { reason, .. } => {
                matches!(reason, Reason::ServerTimeout | Reason::AnswerSize)
            }
            Self::Connection { failure, .. } => match failure {
                ConnectionFailure::Closed | ConnectionFailure::Truncated => true,
                ConnectionFailure::Refused
                | ConnectionFailure::Dns
                | ConnectionFailure::Unreachable
                | ConnectionFailure::NotHttp
                | ConnectionFailure::Other => false,
            },
            Self::TooLarge { .. } => true,
            // With fewer lines it may find room.
            Self::Memory { alone, .. } => *alone,
            Self::Setting { .. }
            | Self::Tls { .. }
            | Self::Redirect { .. }
            | Self::Html { .. }
            | Self::Answer { .. }
            | Self::NotLogs { .. }
            | Self::NotMetric
            | Self::Internal { .. } => false,
        }
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Self {
        Self::Memory {
            total_bytes: full.total,
            alone: full.alone,
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
