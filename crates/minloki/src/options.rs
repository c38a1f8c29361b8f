//! What can be set: the limits of a Loki, with the values that a Loki has by default.
//!
//! Names are those of Loki's own configuration where it has such a setting.
//! Source: <https://grafana.com/docs/loki/latest/configure/#limits_config>.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Settings of an embedded Loki.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Where it listens. Port 0 takes a free one.
    pub address: SocketAddr,
    /// Whether requests must name a tenant (`X-Scope-OrgID`). Without it the header is ignored and all
    /// data belong to the tenant `fake`.
    pub auth_enabled: bool,
    /// The most bytes that streams and their lines may take, of all tenants together. A push beyond it is
    /// refused whole.
    pub memory_bytes: u64,
    /// The most bytes of a request's body, after decompression.
    pub body_bytes: usize,
    /// The most bytes of one message between the parts of a real Loki (`grpc_server_max_send_msg_size`). An
    /// answer to a log query above it never comes: the connection is closed after [`Self::message_pause`].
    pub message_bytes: u64,
    /// How long the client of such an answer waits; a real Loki takes a minute.
    pub message_pause: Duration,
    /// A file to which every request is appended, one JSON object a line (`path`, `params`, `categorize`,
    /// `tenant`); pushes and tails are left out.
    pub requests_file: Option<PathBuf>,
    /// What may be read.
    pub query: QueryLimits,
    /// What may be written.
    pub push: PushLimits,
    /// What tails may do.
    pub tail: TailLimits,
}

/// Limits of reading.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryLimits {
    /// The most lines of one answer; 0 is no limit.
    pub max_entries_limit_per_query: u32,
    /// The most series of a metric query.
    pub max_query_series: usize,
    /// The most points of a series.
    pub max_points: u64,
    /// The most bytes of an expression.
    pub max_expression_bytes: usize,
    /// The longest range; zero is no limit.
    pub max_query_length: Duration,
    /// How long a query may take.
    pub query_timeout: Duration,
    /// How many queries run at once; the others wait.
    pub max_concurrent: usize,
    /// The most series of an answer to `index/volume`.
    pub volume_max_series: usize,
}

/// Limits of writing, and what is added to what is written.
#[derive(Debug, Clone, PartialEq)]
pub struct PushLimits {
    /// Bytes of lines that a tenant may write a second; `None` is no limit.
    pub ingestion_rate_bytes: Option<u64>,
    /// Bytes of lines that a tenant may write at once.
    pub ingestion_burst_bytes: u64,
    /// Bytes of lines that one stream may take a second; `None` is no limit.
    pub per_stream_rate_bytes: Option<u64>,
    /// Bytes of lines that one stream may take at once.
    pub per_stream_burst_bytes: u64,
    /// The most streams of a tenant; 0 is no limit.
    pub max_streams: usize,
    /// The most bytes of a line.
    pub max_line_size: usize,
    /// The most labels of a stream, without a `service_name` that was added.
    pub max_label_names_per_series: usize,
    /// The most bytes of a label's name.
    pub max_label_name_length: usize,
    /// The most bytes of a label's value.
    pub max_label_value_length: usize,
    /// The most pairs of structured metadata of a line.
    pub max_structured_metadata_entries: usize,
    /// The most bytes of structured metadata of a line.
    pub max_structured_metadata_bytes: usize,
    /// Whether lines older than [`Self::reject_old_samples_max_age`] are refused. A real Loki does so by
    /// default.
    pub reject_old_samples: bool,
    /// How old a line may be then.
    pub reject_old_samples_max_age: Duration,
    /// How far in the future a line may be; `None` is no limit.
    pub creation_grace_period: Option<Duration>,
    /// Whether each line gets the metadata `detected_level`.
    pub discover_log_levels: bool,
    /// Whether each stream without a label `service_name` gets one.
    pub discover_service_name: bool,
}

/// Limits of tails.
#[derive(Debug, Clone, PartialEq)]
pub struct TailLimits {
    /// How many a tenant may have at once.
    pub max_concurrent: usize,
    /// How long one lasts.
    pub max_duration: Duration,
    /// How many lines wait for a slow client before the newest are dropped and reported.
    pub max_waiting: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            auth_enabled: false,
            memory_bytes: 1536 << 20,
            body_bytes: 100 << 20,
            message_bytes: 4 << 20,
            message_pause: Duration::from_millis(200),
            requests_file: None,
            query: QueryLimits::default(),
            push: PushLimits::default(),
            tail: TailLimits::default(),
        }
    }
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            max_entries_limit_per_query: 5000,
            max_query_series: 500,
            max_points: 11_000,
            max_expression_bytes: 128 << 10,
            max_query_length: Duration::from_secs(721 * 3600),
            query_timeout: Duration::from_secs(60),
            max_concurrent: 4,
            volume_max_series: 1000,
        }
    }
}

impl Default for PushLimits {
    fn default() -> Self {
        Self {
            ingestion_rate_bytes: Some(4 << 20),
            ingestion_burst_bytes: 6 << 20,
            per_stream_rate_bytes: Some(3 << 20),
            per_stream_burst_bytes: 15 << 20,
            max_streams: 5000,
            max_line_size: 256 << 10,
            max_label_names_per_series: 15,
            max_label_name_length: 1024,
            max_label_value_length: 2048,
            max_structured_metadata_entries: 128,
            max_structured_metadata_bytes: 64 << 10,
            reject_old_samples: false,
            reject_old_samples_max_age: Duration::from_secs(7 * 24 * 3600),
            creation_grace_period: Some(Duration::from_secs(600)),
            discover_log_levels: true,
            discover_service_name: true,
        }
    }
}

impl PushLimits {
    /// Without rates, limits on time and on the number of streams: for generated logs, which come in bursts
    /// and with times of their own.
    pub fn unhurried() -> Self {
        Self {
            ingestion_rate_bytes: None,
            per_stream_rate_bytes: None,
            max_streams: 0,
            creation_grace_period: None,
            ..Self::default()
        }
    }
}

impl Default for TailLimits {
    fn default() -> Self {
        Self {
            max_concurrent: 10,
            max_duration: Duration::from_secs(3600),
            max_waiting: 1000,
        }
    }
}
