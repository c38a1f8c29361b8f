//! Why Loki, or something in front of it, refused a request: one function of status and words.
//!
//! Loki's errors are plain text and its statuses coarse (a syntax error and five limits are all
//! 400), so the words decide where they are known and the status decides otherwise. The words are
//! those of Loki 3.4 to 3.7; each is matched by the part that did not change between them.

use super::Layer;

/// What an answer with an error status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The query is no valid LogQL.
    Syntax,
    /// A stage failed on some line of a metric query (`pipeline error`).
    Pipeline,
    /// The expression is longer than Loki reads (131,072 bytes).
    QueryLength,
    /// More lines were asked for than `max_entries_limit_per_query`.
    Entries,
    /// More series than `max_query_series`.
    Series,
    /// More bytes or chunks would be read than the server allows.
    Bytes,
    /// A longer range than `max_query_length`.
    Range,
    /// More than 11,000 points a series.
    Resolution,
    /// The URL says `http`, the port speaks TLS.
    Scheme,
    /// The server demands labels that the selector does not name.
    RequiredLabels,
    /// An operator blocked this query or all queries.
    Blocked,
    /// The answer is larger than the server's own message size.
    AnswerSize,
    /// Too many requests at once.
    Busy,
    /// The server gave up after its own time limit.
    ServerTimeout,
    /// No or wrong credentials.
    Unauthenticated,
    /// Right credentials without the right.
    Forbidden,
    /// The server wants a tenant.
    NoTenant,
    /// A proxy on the way wants credentials.
    ProxyLogin,
    /// Nothing is at this address.
    NotFound,
    /// The request's body is larger than something on the way allows.
    RequestSize,
    /// Another 4xx: the server did not like the request.
    BadRequest,
    /// The request was given up on the way.
    Cancelled,
    /// Loki itself failed.
    ServerError,
    /// Nothing healthy stands behind the address.
    Unavailable,
}

/// Words and the reason that they give, in the order they are tried; all in lower case.
const KNOWN: &[(&str, Reason)] = &[
    ("input size too long", Reason::QueryLength),
    ("parse error", Reason::Syntax),
    ("failed to parse the log query", Reason::Syntax),
    ("only label matchers are supported", Reason::Syntax),
    ("not supported as an instant query type", Reason::Syntax),
    ("pipeline error", Reason::Pipeline),
    ("max entries limit per query exceeded", Reason::Entries),
    ("maximum of series", Reason::Series),
    ("maximum number of series", Reason::Series),
    ("max number of series limit", Reason::Series),
    ("would read too many bytes", Reason::Bytes),
    ("too large to execute on a single querier", Reason::Bytes),
    ("max number of chunks limit", Reason::Bytes),
    ("query time range exceeds the limit", Reason::Range),
    ("[interval] value exceeds limit", Reason::Range),
    ("exceeded maximum resolution", Reason::Resolution),
    ("maximum resolution of", Reason::Resolution),
    ("missing required matchers", Reason::RequiredLabels),
    ("less label matchers than required", Reason::RequiredLabels),
    ("query blocked by policy", Reason::Blocked),
    ("querying is disabled", Reason::Blocked),
    ("larger than the max message size", Reason::AnswerSize),
    ("received message larger than max", Reason::AnswerSize),
    ("trying to send message larger than max", Reason::AnswerSize),
    ("too many outstanding requests", Reason::Busy),
    ("context deadline exceeded", Reason::ServerTimeout),
    (
        "request timed out, decrease the duration",
        Reason::ServerTimeout,
    ),
    ("no org id", Reason::NoTenant),
    ("http request to an https server", Reason::Scheme),
    ("http request was sent to https port", Reason::Scheme),
];

impl Reason {
    /// Classifies an answer by its status and its words.
    ///
    /// Words that begin the text are preferred: a parse error quotes the query, and a query may
    /// search for any of the other words.
    pub fn of(status: u16, words: &str) -> Self {
        let words = words.to_ascii_lowercase();
        let length = words.starts_with("parse error") && words.contains("input size too long");
        if !length && words.starts_with("parse error") {
            return Self::Syntax;
        }
        let known = KNOWN.iter().find(|(part, _)| words.contains(part));
        match (known, status) {
            (Some((_, reason)), _) => *reason,
            (None, 401) => Self::Unauthenticated,
            (None, 403) => Self::Forbidden,
            (None, 404 | 405 | 410 | 501) => Self::NotFound,
            (None, 407) => Self::ProxyLogin,
            (None, 408 | 504) => Self::ServerTimeout,
            (None, 413 | 414 | 431) => Self::RequestSize,
            (None, 429) => Self::Busy,
            (None, 499) => Self::Cancelled,
            (None, 502 | 503) => Self::Unavailable,
            (None, 500..) => Self::ServerError,
            (None, _) => Self::BadRequest,
        }
    }

    /// The layer at fault.
    pub fn layer(self) -> Layer {
        match self {
            Self::Syntax | Self::Pipeline | Self::BadRequest => Layer::Syntax,
            Self::QueryLength
            | Self::Entries
            | Self::Series
            | Self::Bytes
            | Self::Range
            | Self::Resolution
            | Self::RequiredLabels
            | Self::Blocked
            | Self::Busy
            | Self::RequestSize => Layer::Limit,
            Self::AnswerSize => Layer::TooLarge,
            Self::ServerTimeout => Layer::Timeout,
            Self::Unauthenticated | Self::Forbidden | Self::NoTenant | Self::ProxyLogin => {
                Layer::Auth
            }
            Self::Scheme => Layer::Tls,
            Self::NotFound => Layer::NotFound,
            Self::Cancelled | Self::ServerError | Self::Unavailable => Layer::Unavailable,
        }
    }

    /// The status for Grafana. Never one of those that Grafana counts as the plugin's own fault
    /// (405, 413, 501 and others: grafana-contracts.md, 2.12).
    pub fn grafana_status(self) -> u16 {
        match self {
            Self::Syntax
            | Self::Pipeline
            | Self::QueryLength
            | Self::Entries
            | Self::Series
            | Self::Bytes
            | Self::Range
            | Self::Resolution
            | Self::RequiredLabels
            | Self::AnswerSize
            | Self::RequestSize
            | Self::NoTenant
            | Self::BadRequest => 400,
            Self::Unauthenticated | Self::ProxyLogin => 401,
            Self::Forbidden | Self::Blocked => 403,
            Self::NotFound => 404,
            Self::Busy => 429,
            Self::Cancelled => 499,
            Self::Scheme | Self::ServerError => 502,
            Self::Unavailable => 503,
            Self::ServerTimeout => 504,
        }
    }

    /// What failed, before the words.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Syntax => "loki cannot read the query",
            Self::Pipeline => "a stage of the query failed on some lines",
            Self::QueryLength
            | Self::Entries
            | Self::Series
            | Self::Bytes
            | Self::Range
            | Self::Resolution
            | Self::AnswerSize => "the query exceeds a limit of loki",
            Self::RequiredLabels | Self::Blocked => "loki does not allow this query",
            Self::Busy => "loki is busy",
            Self::ServerTimeout => "loki gave up after its own time limit",
            Self::Unauthenticated => "loki does not accept the credentials",
            Self::Forbidden => "loki does not allow access",
            Self::NoTenant => "loki wants a tenant",
            Self::ProxyLogin => "a proxy wants credentials",
            Self::NotFound => "loki has nothing at this address",
            Self::RequestSize => "the request is too large",
            Self::BadRequest => "loki refused the request",
            Self::Cancelled => "the request was given up on the way",
            Self::Scheme => "no secure connection was asked for",
            Self::ServerError => "loki failed",
            Self::Unavailable => "loki is not available",
        }
    }

    /// What to do about it.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Syntax => "correct the query where it says",
            Self::Pipeline => {
                "filter the values of that field to what the stage can read, or add `| __error__=\"\"`"
            }
            Self::QueryLength => "ask for fewer ids or values at a time",
            Self::Entries => "lower the line limit, or raise `max_entries_limit_per_query` in Loki",
            Self::Series => {
                "group by fewer fields, add filters, or raise `max_query_series` in Loki"
            }
            Self::Bytes => "narrow the time range or add filters on labels",
            Self::Range => "narrow the time range, or raise `max_query_length` in Loki",
            Self::Resolution => "choose a larger step or a shorter time range",
            Self::RequiredLabels => "add the labels it names to the system's stream selector",
            Self::Blocked => "ask the operator of Loki",
            Self::AnswerSize => {
                "lower the line limit or narrow the query, or raise Loki's gRPC message size"
            }
            Self::Busy => {
                "try again in a moment; if it stays so, lower the number of concurrent requests"
            }
            Self::ServerTimeout => {
                "narrow the time range, add filters, or raise Loki's query_timeout and those of \
                 the proxies before it"
            }
            Self::Unauthenticated => {
                "check user and password, the custom headers, or forwarding of the OAuth identity"
            }
            Self::Forbidden => "check the tenant and what these credentials may read",
            Self::NoTenant => "set the tenant in the data source's settings",
            Self::ProxyLogin => "check the proxy in Grafana's environment",
            Self::NotFound => {
                "check that the URL is Loki's, with its base path if there is one and without \
                 `/loki/api`; a Loki that is too old lacks the path"
            }
            Self::RequestSize => {
                "ask for fewer ids or values, or raise the proxy's limit on request bodies"
            }
            Self::BadRequest => "change what it names",
            Self::Cancelled => "try again",
            Self::Scheme => "begin the URL with `https`",
            Self::ServerError => "try again; if it stays so, Loki's own log has the cause",
            Self::Unavailable => "check that Loki is running and ready, and the proxy before it",
        }
    }
}
