//! What the plugin counts about itself, in Prometheus' text form.
//!
//! Label values come from fixed sets: a label that carried a user's text would make a series of each.

use std::time::Duration;

use prometheus::{
    Counter, Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGaugeVec,
    Opts, Registry, TextEncoder,
};

/// Bounds in seconds: from a cached answer to Grafana's usual timeout.
const DURATION_BUCKETS: &[f64] = &[
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// The counters of one plugin process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    queries: IntCounterVec,
    durations: HistogramVec,
    resources: IntCounterVec,
    loki_seconds: Counter,
    loki_bytes: IntCounter,
    rows: IntCounter,
}

/// How one query ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The query type; `unknown` when it was not read.
    pub query_type: &'static str,
    /// The kind of result; `none` when there is none.
    pub result: &'static str,
    /// The status label, by [`status_label`].
    pub status: &'static str,
}

impl Metrics {
    /// Makes the counters, all at zero.
    ///
    /// # Errors
    /// Fails when two of them share a name.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let add = |metric: Box<dyn prometheus::core::Collector>| registry.register(metric);
        let counters = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
        };
        let queries = counters(
            "ginkgo_queries_total",
            "Queries by type, result and status.",
            &["query_type", "result", "status"],
        )?;
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "ginkgo_query_duration_seconds",
                "Time from a query's arrival to its answer.",
            )
            .buckets(DURATION_BUCKETS.to_vec()),
            &["query_type"],
        )?;
        let resources = counters(
            "ginkgo_resource_requests_total",
            "Resource requests by route and status.",
            &["route", "status"],
        )?;
        let loki_seconds = Counter::new(
            "ginkgo_loki_seconds_total",
            "Execution time that Loki reported, by answer: questions that share one count it each.",
        )?;
        let loki_bytes = IntCounter::new(
            "ginkgo_loki_bytes_total",
            "Bytes that Loki reported as read, by answer: questions that share one count them each.",
        )?;
        let rows = IntCounter::new("ginkgo_rows_total", "Rows answered to Grafana.")?;
        let build = IntGaugeVec::new(
            Opts::new("ginkgo_build_info", "The version that runs; always 1."),
            &["version"],
        )?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        add(Box::new(queries.clone()))?;
        add(Box::new(durations.clone()))?;
        add(Box::new(resources.clone()))?;
        add(Box::new(loki_seconds.clone()))?;
        add(Box::new(loki_bytes.clone()))?;
        add(Box::new(rows.clone()))?;
        add(Box::new(build))?;
        Ok(Self {
            registry,
            queries,
            durations,
            resources,
            loki_seconds,
            loki_bytes,
            rows,
        })
    }

    /// Counts a query that ended.
    pub fn query(&self, outcome: Outcome, duration: Duration) {
        let Outcome {
            query_type,
            result,
            status,
        } = outcome;
        self.queries
            .with_label_values(&[query_type, result, status])
            .inc();
        self.durations
            .with_label_values(&[query_type])
            .observe(duration.as_secs_f64());
    }

    /// Counts what an answer cost and held.
    pub fn answer(&self, loki_seconds: f64, loki_bytes: u64, rows: u64) {
        // A counter must not go down, and a broken server may report anything.
        if loki_seconds.is_finite() && loki_seconds > 0.0 {
            self.loki_seconds.inc_by(loki_seconds);
        }
        self.loki_bytes.inc_by(loki_bytes);
        self.rows.inc_by(rows);
    }

    /// Counts a resource request.
    pub fn resource(&self, route: &'static str, status: u16) {
        self.resources
            .with_label_values(&[route, status_label(status)])
            .inc();
    }

    /// Writes all of them.
    ///
    /// # Errors
    /// Fails when a metric cannot be written as text.
    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// Answers the label of an HTTP status: the usual ones as they are, the rest as `other`.
pub fn status_label(status: u16) -> &'static str {
    match status {
        200 => "200",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        413 => "413",
        422 => "422",
        429 => "429",
        500 => "500",
        501 => "501",
        502 => "502",
        503 => "503",
        504 => "504",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_holds_every_metric_under_its_name() {
        let metrics = Metrics::new().unwrap();
        let outcome = Outcome {
            query_type: "trace",
            result: "logs",
            status: status_label(200),
        };
        metrics.query(outcome, Duration::from_millis(20));
        metrics.answer(0.5, 1024, 3);
        metrics.answer(f64::NAN, 0, 0);
        metrics.answer(-1.0, 0, 0);
        metrics.resource("systems", 418);
        let text = String::from_utf8(metrics.text().unwrap()).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        for line in [
            "ginkgo_queries_total{query_type=\"trace\",result=\"logs\",status=\"200\"} 1",
            "ginkgo_query_duration_seconds_bucket{query_type=\"trace\",le=\"0.025\"} 1",
            "ginkgo_query_duration_seconds_count{query_type=\"trace\"} 1",
            "ginkgo_resource_requests_total{route=\"systems\",status=\"other\"} 1",
            "ginkgo_loki_seconds_total 0.5",
            "ginkgo_loki_bytes_total 1024",
            "ginkgo_rows_total 3",
            &format!("ginkgo_build_info{{version=\"{version}\"}} 1"),
        ] {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    }
}
