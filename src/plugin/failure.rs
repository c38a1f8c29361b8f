//! Why a request has no answer, in the terms of Grafana's protocol.

use std::fmt::Write as _;

use tracing::Level;

use crate::{ask, text};

/// An error on its way to the user, the log and the metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status that says what kind of error it is.
    pub status: u16,
    /// Whose fault it is, in the protocol's words: `plugin` or `downstream`.
    pub source: &'static str,
    /// The query type for the metrics; `unknown` when it was not read.
    pub query_type: &'static str,
    /// The sentence for the user.
    pub message: String,
    /// What lies behind it, for the log; empty when there is nothing.
    pub cause: String,
}

impl Failure {
    /// Makes the error of a request that its sender got wrong.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            source: "downstream",
            query_type: "unknown",
            message: text::message(&message.into()),
            cause: String::new(),
        }
    }

    /// Makes the error of a fault of ours; `cause` goes to the log only.
    pub fn fault(message: &str, cause: impl Into<String>) -> Self {
        Self {
            status: 500,
            source: "plugin",
            query_type: "unknown",
            message: message.to_owned(),
            cause: cause.into(),
        }
    }

    /// Makes the error of a request to a data source that has as many under way as it may.
    pub fn busy(name: &str, most: usize) -> Self {
        let name = text::one_line(name, 100);
        let message = format!(
            "the data source {name:?} has {most} requests under way, and no more are let in: \
             try again when some are answered; if it stays so, Loki is too slow or away"
        );
        Self {
            status: 503,
            ..Self::bad_request(message)
        }
    }

    /// Makes the error of a request whose handler panicked.
    pub fn panicked() -> Self {
        let message = "the Ginkgo plugin failed on this request; Grafana's server log says where";
        Self::fault(message, "panic")
    }

    /// Says whether Loki could not answer at all, now, as opposed to refusing this question.
    pub fn is_unavailable(&self) -> bool {
        self.source == "downstream" && matches!(self.status, 502..=504)
    }

    /// Logs the outcome of a request: `error` for our faults, `warn` for everybody else's.
    pub fn log(&self, route: &str, duration_ms: u64) {
        let (status, query_type) = (self.status, self.query_type);
        // What is wrong with a question quotes it, and what users look for is not the log's business.
        let quotes = self.status == 400 && !tracing::enabled!(Level::DEBUG);
        let text = |text: &'_ str| (!quotes && !text.is_empty()).then(|| text.to_owned());
        let (error, cause) = (text(&self.message), text(&self.cause));
        if self.source == "plugin" {
            tracing::error!(
                route,
                query_type,
                status,
                duration_ms,
                error,
                cause,
                "request failed"
            );
        } else {
            tracing::warn!(
                route,
                query_type,
                status,
                duration_ms,
                error,
                cause,
                "request failed"
            );
        }
    }
}

impl From<ask::Error> for Failure {
    fn from(error: ask::Error) -> Self {
        let mut cause = String::new();
        // The inherent `source` says whose fault it is; the trait's has the chain.
        let mut next = std::error::Error::source(&error);
        while let Some(inner) = next {
            let separator = if cause.is_empty() { "" } else { ": " };
            let _ = write!(cause, "{separator}{inner}");
            next = inner.source();
        }
        Self {
            status: error.status(),
            source: match error.source() {
                ask::Source::Plugin => "plugin",
                ask::Source::Downstream => "downstream",
            },
            query_type: error.query_type(),
            message: text::message(&error.to_string()),
            cause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_gateway_status_from_downstream_means_that_loki_is_away() {
        let mut failure = Failure::bad_request("x");
        assert!(!failure.is_unavailable());
        failure.status = 503;
        assert!(failure.is_unavailable());
        failure.source = "plugin";
        assert!(!failure.is_unavailable());
    }
}
