//! Writing: from the body of a push to stored lines.
//!
//! Of a push that cannot be read nothing is stored. Else what is in order is stored, and the answer says
//! what was not.
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.

mod check;
mod decode;
pub mod level;
mod names;
mod rate;
pub mod service;

use std::sync::Arc;

pub use check::Refusal;

use check::{Checked, Problems};
use rate::{Rates, bytes_text};

use crate::options::PushLimits;
use crate::pipeline::LabelSet;
use crate::store::{NewEntry, NewStreams, Refused, Store, label_text};
use crate::time::go_time;

/// How many lines that came too fast are named one by one.
const MOST_NAMED: usize = 10;

/// What writes.
#[derive(Debug)]
pub struct Writer {
    limits: PushLimits,
    tenants: Rates<String>,
    streams: Rates<(String, Arc<LabelSet>)>,
}

impl Writer {
    /// A writer that holds to these limits.
    pub fn new(limits: PushLimits) -> Self {
        Self {
            limits,
            tenants: Rates::default(),
            streams: Rates::default(),
        }
    }

    /// Stores the lines of a push in JSON. `now_ns` is the time of the push.
    ///
    /// # Errors
    /// What was not stored: everything or a part; the words say which.
    pub fn push(
        &self,
        store: &Store,
        tenant: &str,
        body: &[u8],
        now_ns: i64,
    ) -> Result<(), Refusal> {
        let refusal = |status: u16, words: String| Refusal { status, words };
        let sent = decode::streams(body).map_err(|words| refusal(400, words))?;
        if sent.is_empty() {
            let words = "error at least one valid stream is required for ingestion";
            return Err(refusal(422, words.to_owned()));
        }
        let named: Vec<_> = sent
            .into_iter()
            .map(check::names)
            .collect::<Result<_, _>>()?;
        let mut problems = Problems::default();
        let checked: Vec<Checked> = named
            .into_iter()
            .filter(|(_, entries)| !entries.is_empty())
            .filter_map(|(labels, entries)| {
                check::check(labels, entries, &self.limits, now_ns, &mut problems)
            })
            .collect();
        self.take_rate(tenant, &checked)?;
        let mut too_fast = Vec::new();
        let new: NewStreams = checked
            .into_iter()
            .map(|stream| self.slow_enough(tenant, stream, &mut too_fast))
            .collect();
        let beyond = match store.push(tenant, new, self.limits.max_streams) {
            Ok(beyond) => beyond,
            Err(full @ Refused::Full { .. }) => return Err(refusal(500, full.to_string())),
            Err(other @ Refused::Streams { .. }) => Some(other),
        };
        if let Some(problems) = problems.text() {
            return Err(refusal(400, problems));
        }
        if let Some(beyond) = beyond {
            return Err(refusal(429, beyond.to_string()));
        }
        match too_fast.into_iter().next() {
            Some(words) => Err(refusal(429, words)),
            None => Ok(()),
        }
    }

    /// Takes the bytes of all lines off the tenant's rate.
    fn take_rate(&self, tenant: &str, streams: &[Checked]) -> Result<(), Refusal> {
        let Some(rate) = self.limits.ingestion_rate_bytes else {
            return Ok(());
        };
        let entries = || streams.iter().flat_map(|stream| &stream.entries);
        let bytes: usize = entries().map(|entry| entry.line.len()).sum();
        let burst = self.limits.ingestion_burst_bytes;
        if self
            .tenants
            .take(tenant.to_owned(), bytes as u64, rate, burst)
        {
            return Ok(());
        }
        let lines = entries().count();
        Err(Refusal {
            status: 429,
            words: format!(
                "ingestion rate limit exceeded for user {tenant} (limit: {rate} bytes/sec) while attempting to \
                 ingest '{lines}' lines totaling '{bytes}' bytes, reduce log volume or contact your Loki \
                 administrator to see if the limit can be increased"
            ),
        })
    }

    /// Leaves out the lines that come too fast for their stream.
    fn slow_enough(
        &self,
        tenant: &str,
        stream: Checked,
        too_fast: &mut Vec<String>,
    ) -> (Arc<LabelSet>, Vec<NewEntry>) {
        let labels = Arc::new(stream.labels);
        let mut entries = stream.entries;
        let Some(rate) = self.limits.per_stream_rate_bytes else {
            return (labels, entries);
        };
        let (all, burst) = (entries.len(), self.limits.per_stream_burst_bytes);
        let mut ignored = Vec::new();
        entries.retain(|entry| {
            let key = (tenant.to_owned(), Arc::clone(&labels));
            let bytes = entry.line.len() as u64;
            let is_slow = self.streams.take(key, bytes, rate, burst);
            if !is_slow {
                ignored.push((entry.timestamp_ns, bytes));
            }
            is_slow
        });
        if !ignored.is_empty() {
            too_fast.push(too_fast_words(tenant, &labels, rate, &ignored, all));
        }
        (labels, entries)
    }
}

fn too_fast_words(
    tenant: &str,
    labels: &LabelSet,
    rate: u64,
    ignored: &[(i64, u64)],
    all: usize,
) -> String {
    let (stream, rate) = (label_text(labels), bytes_text(rate));
    let one = |(time, bytes): &(i64, u64)| {
        format!(
            "entry with timestamp {} ignored, reason: 'Per stream rate limit exceeded (limit: {rate}/sec) while \
             attempting to ingest for stream '{stream}' totaling {}, consider splitting a stream via additional \
             labels or contact your Loki administrator to see if the limit can be increased',\n",
            go_time(*time),
            bytes_text(*bytes),
        )
    };
    let words: String = ignored.iter().take(MOST_NAMED).map(one).collect();
    let count = ignored.len();
    words + &format!("user '{tenant}', total ignored: {count} out of {all} for stream: {stream}")
}
