//! Which faults pass, and how long to wait before a request is sent again.
//!
//! Sent again is what Loki did not get to: it is busy, not there, or restarting. Not sent again is
//! what would fail the same way (a wrong query, wrong credentials, TLS, a name that does not
//! resolve: the resolver has tried for itself), and what Loki did get to and could not deliver: an
//! answer that timed out or broke off, which only a smaller question may escape.
//!
//! The pause is exponential with full jitter, so that the panels of a dashboard, refused together,
//! do not come back together. `Retry-After` is waited for on top of it.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::loki::error::{ConnectionFailure, Error, Reason};
use crate::loki::request::{Method, Request};

/// The most times that a request is sent.
pub(super) const MOST_TRIES: u32 = 5;
/// A connection that closes later than that after the request carried an answer that Loki could not
/// deliver: above its gRPC message size it hangs for a minute and closes. Sooner it was a connection
/// that had been idle for too long, or a Loki that goes.
const AT_ONCE: Duration = Duration::from_secs(2);

/// How long to wait before the request is sent again; `None` when that is of no use.
///
/// The request has been sent `tries` times, the last time it was under way for `under_way`; the
/// first pause is at most `first`.
pub(super) fn pause(
    request: &Request,
    error: &Error,
    tries: u32,
    under_way: Duration,
    first: Duration,
) -> Option<Duration> {
    if tries >= MOST_TRIES || !passes(request, error, under_way) {
        return None;
    }
    let longest = first.saturating_mul(1 << (tries - 1).min(16));
    let asked = match error {
        Error::Refused { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    Some(asked.saturating_add(longest.mul_f64(fastrand::f64())))
}

/// Whether a fault may be gone when the request is sent again, and sending it twice does no harm.
fn passes(request: &Request, error: &Error, under_way: Duration) -> bool {
    // Lines must not be written twice, so Loki must not have read them the first time.
    let writes = request.method() == Method::PostJson;
    match error {
        Error::Refused { status, reason, .. } => match reason {
            Reason::Busy => true,
            // A gateway answers 502 also for a Loki that died after it had read the request.
            Reason::Unavailable => *status != 502 || !writes,
            Reason::Syntax
            | Reason::Pipeline
            | Reason::QueryLength
            | Reason::Entries
            | Reason::Series
            | Reason::Bytes
            | Reason::Range
            | Reason::Resolution
            | Reason::Scheme
            | Reason::RequiredLabels
            | Reason::Blocked
            | Reason::AnswerSize
            | Reason::ServerTimeout
            | Reason::Unauthenticated
            | Reason::Forbidden
            | Reason::NoTenant
            | Reason::ProxyLogin
            | Reason::NotFound
            | Reason::RequestSize
            | Reason::BadRequest
            | Reason::Cancelled
            | Reason::ServerError => false,
        },
        Error::Connection { failure, .. } => match failure {
            ConnectionFailure::Refused => true,
            ConnectionFailure::Closed => !writes && under_way < AT_ONCE,
            ConnectionFailure::Dns
            | ConnectionFailure::Unreachable
            | ConnectionFailure::Truncated
            | ConnectionFailure::NotHttp
            | ConnectionFailure::Other => false,
        },
        Error::Setting { .. }
        | Error::Tls { .. }
        | Error::Timeout { .. }
        | Error::TooLarge { .. }
        | Error::Memory { .. }
        | Error::Redirect { .. }
        | Error::Html { .. }
        | Error::Answer { .. }
        | Error::NotLogs { .. }
        | Error::NotMetric
        | Error::Internal { .. } => false,
    }
}

/// The pause that an answer asks for, as seconds or as a date; `None` when it asks for none or what
/// it says is neither.
pub(super) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits is for ever.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // By the server's clock where it says the time: ours may be another.
    let now = headers.get(DATE).and_then(|now| now.to_str().ok());
    let now = now.and_then(|now| httpdate::parse_http_date(now).ok());
    let now = now.unwrap_or_else(SystemTime::now);
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests;
