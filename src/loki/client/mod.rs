//! Sends a request to Loki and reads the answer: the only place that touches the network.
//!
//! One call is bounded by the sooner of the data source's timeout and the caller's deadline; that
//! covers waiting for a free place, connecting, redirects and the body. Equal calls at the same time
//! share one request (`sharing`). When the last of them is dropped its connection is dropped as well,
//! which is how Loki learns that nobody waits any more. A fault that may pass is met by sending the
//! request again (`retry`), within the time of the most patient.
//!
//! Environment proxies (`HTTPS_PROXY`, `NO_PROXY`) are honoured as in Go, never for this machine.
//! Through a proxy `serverName` is also the name the proxy is asked for.

mod address;
mod body;
mod clock;
mod failure;
mod flight;
mod headers;
mod resolve;
mod retry;
mod scrub;
mod send;
mod sharing;
mod tls;
mod under_way;

pub use headers::forwardable;
pub use under_way::UnderWay;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use self::address::Address;
use self::headers::Fixed;
use self::scrub::Scrub;
use self::send::{Clean, Kind};
use self::sharing::Sharing;
use super::error::{Error, Phase};
use super::options::Options;
use super::request::Request;
use super::response::{self, DetectedField, IndexStats, LogAnswer, MetricAnswer, ServerLimits};
use super::tags::Tags;
use crate::capacity::{Capacity, Question};

/// The longest time to connect; within the data source's timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The most requests of health checks at once.
const CHECKS_AT_ONCE: usize = 4;

/// What is particular to one call: who asked, on whose behalf, and how long it may take.
#[derive(Clone, Default)]
pub struct Call {
    /// Who asked, for Loki's query log.
    pub tags: Tags,
    /// Headers from [`forwardable`].
    pub forwarded: Vec<(String, String)>,
    /// When the question began of which this is a part; `None` for one that begins with this call.
    pub since: Option<Instant>,
    /// When the caller gives up; the data source's timeout holds in any case.
    pub deadline: Option<Instant>,
    /// Whether the call has places of its own, beside those of questions.
    pub is_check: bool,
    /// Tells since when Loki has the request.
    pub under_way: UnderWay,
    /// The question whose memory the answer takes; without one the request is its own.
    pub question: Option<Question>,
}

/// By hand: what is forwarded are tokens and cookies.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .forwarded
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        f.debug_struct("Call")
            .field("tags", &self.tags)
            .field("forwarded", &names)
            .field("since", &self.since)
            .field("deadline", &self.deadline)
            .field("is_check", &self.is_check)
            .field("under_way", &self.under_way)
            .field("question", &self.question)
            .finish()
    }
}

/// A connection to one Loki; cheap to clone, clones share connections and the concurrency limit.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    address: Address,
    /// The address as errors show it.
    origin: String,
    fixed: Fixed,
    scrub: Scrub,
    places: Semaphore,
    /// Those of checks: whether a Loki works must be seen also when questions take all places.
    check_places: Semaphore,
    sharing: Sharing,
    options: Options,
    capacity: Capacity,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.origin).finish()
    }
}

impl Client {
    /// Makes a client as [`Self::within`] does, for a process that has no other.
    ///
    /// # Errors
    /// [`Error::Setting`] names the setting that cannot be used.
    pub fn new(options: Options) -> Result<Self, Error> {
        Self::within(options, Capacity::default())
    }

    /// Checks the options and makes a client that keeps to this capacity; connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::Setting`] names the setting that cannot be used.
    pub fn within(options: Options, capacity: Capacity) -> Result<Self, Error> {
        let address = Address::parse(&options.url, options.tls.server_name.as_deref())?;
        let origin = address.origin();
        let host = address.host_header();
        // With a host on the wire that is not the server's, only HTTP/1.1 sends the right `Host`.
        let http2 = host.is_none();
        let tls = tls::config(&options.tls, address.is_https(), http2)?;
        let fixed = Fixed::new(&options, host.as_deref())?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .gzip(true);
        if host.is_some() {
            let resolver = resolve::Always::new(address.host());
            builder = builder.http1_only().dns_resolver(resolver);
        }
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| failure::from_reqwest(error, &origin, Phase::Answer))?;
        Ok(Self(Arc::new(Inner {
            http,
            address,
            origin,
            fixed,
            scrub: Scrub::new(&options),
            places: Semaphore::new(options.max_concurrent.clamp(1, Semaphore::MAX_PERMITS)),
            check_places: Semaphore::new(CHECKS_AT_ONCE),
            sharing: Sharing::default(),
            options,
            capacity,
        })))
    }

    /// What the client may take of the process.
    pub fn capacity(&self) -> &Capacity {
        &self.0.capacity
    }

    /// What the client was made from, e.g. for [`forwardable`].
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Asks for log lines ([`Request::Logs`], [`Request::Written`]).
    pub async fn logs(&self, request: &Request, call: &Call) -> Result<Arc<LogAnswer>, Error> {
        fn tidy(answer: &mut LogAnswer, clean: Clean<'_>) {
            answer.warnings.iter_mut().for_each(clean);
        }
        let kind = Kind {
            decode: LogAnswer::decode,
            tidy,
            growth: 4,
            keep: |answer, lease| answer.hold(lease),
        };
        self.ask(request, call, kind).await
    }

    /// Asks for numbers ([`Request::Range`], [`Request::Instant`]).
    pub async fn metric(&self, request: &Request, call: &Call) -> Result<Arc<MetricAnswer>, Error> {
        fn tidy(answer: &mut MetricAnswer, clean: Clean<'_>) {
            answer.warnings.iter_mut().for_each(clean);
        }
        let kind = Kind {
            decode: MetricAnswer::decode,
            tidy,
            growth: 8,
            keep: |answer, lease| answer.hold(lease),
        };
        self.ask(request, call, kind).await
    }

    /// Says whether there are streams ([`Request::Series`]).
    pub async fn has_series(&self, request: &Request, call: &Call) -> Result<bool, Error> {
        let kind = Kind {
            decode: response::has_series,
            tidy: |_, _| {},
            growth: 1,
            keep: |_, _| {},
        };
        let any = self.ask(request, call, kind).await?;
        Ok(*any)
    }

    /// Asks for the labels of streams with the number of their values ([`Request::DetectedLabels`]).
    pub async fn detected_labels(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Vec<(String, u64)>, Error> {
        self.list(request, call, response::detected_labels).await
    }

    /// Asks for the names of labels ([`Request::Labels`]), or for the values of one
    /// ([`Request::LabelValues`]).
    pub async fn labels(&self, request: &Request, call: &Call) -> Result<Vec<String>, Error> {
        self.list(request, call, response::labels).await
    }

    /// Asks for the fields inside lines ([`Request::DetectedFields`]).
    pub async fn detected_fields(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Vec<DetectedField>, Error> {
        self.list(request, call, response::detected_fields).await
    }

    /// Asks what the index knows of streams ([`Request::IndexStats`]).
    pub async fn index_stats(&self, request: &Request, call: &Call) -> Result<IndexStats, Error> {
        self.list(request, call, response::index_stats).await
    }

    /// Has Loki read and format a query ([`Request::FormatQuery`]).
    pub async fn format_query(&self, query: &str, call: &Call) -> Result<String, Error> {
        let request = Request::FormatQuery {
            query: query.to_owned(),
        };
        self.list(&request, call, response::format_query).await
    }

    /// Has Loki say whether a log query finds any line ([`Request::Check`]).
    pub async fn check(&self, request: &Request, call: &Call) -> Result<bool, Error> {
        let answer = self.logs(request, call).await?;
        Ok(!answer.is_empty())
    }

    /// Writes lines ([`Request::Push`]).
    pub async fn push(&self, request: &Request, call: &Call) -> Result<(), Error> {
        self.list(request, call, |_| Ok(())).await
    }

    /// Asks for Loki's version, such as `3.7.8`; empty when that Loki was built without one.
    pub async fn version(&self, call: &Call) -> Result<String, Error> {
        self.list(&Request::BuildInfo, call, response::version)
            .await
    }

    /// Asks at which interval Loki splits ranges ([`Request::Config`]); zero is no splitting, `None` that its
    /// configuration does not say.
    pub async fn split_interval(&self, call: &Call) -> Result<Option<Duration>, Error> {
        self.list(&Request::Config, call, response::split_interval)
            .await
    }

    /// Asks for the limits that Loki sets our tenant ([`Request::DrilldownLimits`]). An older
    /// Loki and many a gateway do not answer it, nor does any Loki for several tenants at once.
    pub async fn drilldown_limits(&self, call: &Call) -> Result<ServerLimits, Error> {
        let request = Request::DrilldownLimits;
        self.list(&request, call, response::server_limits).await
    }
}

#[cfg(test)]
mod tests;
