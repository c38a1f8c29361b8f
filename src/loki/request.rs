//! One question to Loki as a value: where it goes and what it says.
//!
//! Times are nanoseconds since 1970; `start` is inclusive, `end` exclusive. Whatever takes a form
//! is sent as a POST, because a long query does not fit into a URL.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// The order of log lines in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Newest first: a limit cuts the oldest.
    #[default]
    Backward,
    /// Oldest first: a limit cuts the newest.
    Forward,
}

impl Direction {
    /// Loki's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backward => "backward",
            Self::Forward => "forward",
        }
    }
}

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Without a body.
    Get,
    /// With the form as body.
    Post,
    /// With JSON as body.
    PostJson,
}

/// One question to Loki.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Request {
    /// Log lines of a log query.
    Logs {
        /// LogQL.
        query: String,
        /// From, inclusive, in nanoseconds.
        start_ns: i64,
        /// To, exclusive, in nanoseconds.
        end_ns: i64,
        /// The most lines, over all streams.
        limit: u32,
        /// The order, and which side a limit cuts.
        direction: Direction,
    },
    /// Log lines, oldest first, with all that stands beside them as labels of their streams: within a set
    /// of labels, lines of one nanosecond then come as they were written.
    Written {
        /// LogQL.
        query: String,
        /// From, inclusive, in nanoseconds.
        start_ns: i64,
        /// To, exclusive, in nanoseconds.
        end_ns: i64,
        /// The most lines.
        limit: u32,
    },
    /// Numbers over time, of a metric query.
    Range {
        /// LogQL.
        query: String,
        /// The first point, in nanoseconds.
        start_ns: i64,
        /// The last point, in nanoseconds.
        end_ns: i64,
        /// How far points are apart, in nanoseconds.
        step_ns: i64,
    },
    /// One number a series, of a metric query.
    Instant {
        /// LogQL.
        query: String,
        /// When, in nanoseconds.
        time_ns: i64,
    },
    /// The label sets of the streams that match any of the selectors.
    Series {
        /// Stream selectors.
        matchers: Vec<String>,
        /// From, in nanoseconds.
        start_ns: i64,
        /// To, in nanoseconds.
        end_ns: i64,
    },
    /// Asks Loki to read a query and write it prettily; judges the syntax only.
    FormatQuery {
        /// LogQL.
        query: String,
    },
    /// The names of the labels.
    Labels {
        /// From, in nanoseconds.
        start_ns: i64,
        /// To, in nanoseconds.
        end_ns: i64,
        /// Only those of the streams that this selector matches.
        selector: Option<String>,
    },
    /// The values of a label.
    LabelValues {
        /// The label.
        label: String,
        /// Only those of the streams that this selector matches.
        selector: String,
        /// From, in nanoseconds.
        start_ns: i64,
        /// To, in nanoseconds.
        end_ns: i64,
    },
    /// The labels of streams with the number of their values, but for those that are ids or numbers.
    DetectedLabels {
        /// A stream selector.
        selector: String,
        /// From, in nanoseconds.
        start_ns: i64,
        /// To, in nanoseconds.
        end_ns: i64,
    },
    /// The fields that Loki finds in a sample of lines and their metadata.
    DetectedFields {
        /// A log query.
        query: String,
        /// From, in nanoseconds.
        start_ns: i64,
        /// To, in nanoseconds.
        end_ns: i64,
        /// How many lines to sample.
        line_limit: u32,
        /// The most fields.
        limit: u32,
    },
    /// What the index knows of the streams of a selector: fresh lines may be missing.
    IndexStats {
        /// A stream selector.
        selector: String,
        /// From, in nanoseconds.
        start_ns: i64,
        /// To, in nanoseconds.
        end_ns: i64,
    },
    /// Loki's version.
    BuildInfo,
    /// The limits of Loki that hold for our tenant.
    DrilldownLimits,
    /// Loki's configuration, as it shows it to whoever asks.
    Config,
    /// Asks whether a log query that found nothing really runs and finds nothing.
    ///
    /// With `categorize-labels` Loki 3.7 loses what goes wrong while lines are read
    /// (`pkg/iter/categorized_labels_iterator.go` hides the error of what it wraps): stages that do not
    /// compile, batches of lines above the message size. It answers with success and what it had until
    /// then. Without that header it says what is wrong. `format_query` does not look into stages.
    Check {
        /// LogQL.
        query: String,
        /// From, inclusive, in nanoseconds.
        start_ns: i64,
        /// To, exclusive, in nanoseconds.
        end_ns: i64,
    },
    /// Writes lines.
    Push {
        /// The body of Loki's push API, as JSON.
        body: String,
    },
}

impl Request {
    /// The path under the base URL, beginning with `/`.
    pub fn path(&self) -> Cow<'static, str> {
        let path = match self {
            Self::LabelValues { label, .. } => {
                return Cow::Owned(format!("/loki/api/v1/label/{label}/values"));
            }
            Self::Logs { .. } | Self::Written { .. } | Self::Check { .. } | Self::Range { .. } => {
                "/loki/api/v1/query_range"
            }
            Self::Instant { .. } => "/loki/api/v1/query",
            Self::Series { .. } => "/loki/api/v1/series",
            Self::FormatQuery { .. } => "/loki/api/v1/format_query",
            Self::Labels { .. } => "/loki/api/v1/labels",
            Self::DetectedLabels { .. } => "/loki/api/v1/detected_labels",
            Self::DetectedFields { .. } => "/loki/api/v1/detected_fields",
            Self::IndexStats { .. } => "/loki/api/v1/index/stats",
            Self::BuildInfo => "/loki/api/v1/status/buildinfo",
            Self::DrilldownLimits => "/loki/api/v1/drilldown-limits",
            Self::Config => "/config",
            Self::Push { .. } => "/loki/api/v1/push",
        };
        Cow::Borrowed(path)
    }

    /// The method; version and limits are all that Loki does not give to a POST.
    pub fn method(&self) -> Method {
        match self {
            Self::Logs { .. }
            | Self::Written { .. }
            | Self::Range { .. }
            | Self::Instant { .. }
            | Self::Check { .. }
            | Self::Series { .. }
            | Self::FormatQuery { .. }
            | Self::Labels { .. }
            | Self::LabelValues { .. }
            | Self::DetectedLabels { .. }
            | Self::DetectedFields { .. }
            | Self::IndexStats { .. } => Method::Post,
            Self::BuildInfo | Self::DrilldownLimits | Self::Config => Method::Get,
            Self::Push { .. } => Method::PostJson,
        }
    }

    /// The form's fields in order, not yet encoded.
    pub fn form(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Logs {
                query,
                start_ns,
                end_ns,
                limit,
                direction,
            } => vec![
                ("query", query.clone()),
                ("start", lines_from(*start_ns).to_string()),
                ("end", end_ns.to_string()),
                ("limit", limit.to_string()),
                ("direction", direction.as_str().to_owned()),
            ],
            Self::Written {
                query,
                start_ns,
                end_ns,
                limit,
            } => {
                let mut form = vec![("query", query.clone())];
                form.extend(range(lines_from(*start_ns), *end_ns));
                form.push(("limit", limit.to_string()));
                form.push(("direction", Direction::Forward.as_str().to_owned()));
                form
            }
            Self::Range {
                query,
                start_ns,
                end_ns,
                step_ns,
            } => {
                let mut form = vec![("query", query.clone())];
                form.extend(range(*start_ns, *end_ns));
                form.push(("step", format!("{}ms", step_ns / 1_000_000)));
                form
            }
            Self::Instant { query, time_ns } => {
                vec![("query", query.clone()), ("time", time_ns.to_string())]
            }
            Self::Series {
                matchers,
                start_ns,
                end_ns,
            } => {
                let matchers = matchers.iter().map(|matcher| ("match[]", matcher.clone()));
                matchers
                    .chain(range(lines_from(*start_ns), *end_ns))
                    .collect()
            }
            Self::Check {
                query,
                start_ns,
                end_ns,
            } => {
                let mut form = vec![("query", query.clone()), ("limit", "1".to_owned())];
                form.extend(range(lines_from(*start_ns), *end_ns));
                form
            }
            Self::FormatQuery { query } => vec![("query", query.clone())],
            Self::Labels {
                start_ns,
                end_ns,
                selector,
            } => {
                let selector = selector.iter().map(|selector| ("query", selector.clone()));
                selector
                    .chain(range(lines_from(*start_ns), *end_ns))
                    .collect()
            }
            Self::DetectedFields {
                query,
                start_ns,
                end_ns,
                line_limit,
                limit,
            } => vec![
                ("query", query.clone()),
                ("start", start_ns.to_string()),
                ("end", end_ns.to_string()),
                ("line_limit", line_limit.to_string()),
                ("limit", limit.to_string()),
            ],
            Self::IndexStats {
                selector,
                start_ns,
                end_ns,
            }
            | Self::LabelValues {
                selector,
                start_ns,
                end_ns,
                ..
            }
            | Self::DetectedLabels {
                selector,
                start_ns,
                end_ns,
            } => {
                let mut form = vec![("query", selector.clone())];
                form.extend(range(*start_ns, *end_ns));
                form
            }
            Self::BuildInfo | Self::DrilldownLimits | Self::Config | Self::Push { .. } => {
                Vec::new()
            }
        }
    }

    /// The JSON body of a request that has one.
    pub fn json(&self) -> &str {
        match self {
            Self::Push { body } => body,
            _ => "",
        }
    }

    /// Whether to ask for metadata and parsed labels apart from the stream's labels.
    pub fn categorizes_labels(&self) -> bool {
        matches!(self, Self::Logs { .. })
    }

    /// Whether Loki wants a tenant for this even where it wants none for a query.
    pub fn needs_tenant(&self) -> bool {
        matches!(self, Self::DrilldownLimits)
    }
}

/// Returns the start to ask for, for all lines from this nanosecond on.
///
/// Loki (3.7) leaves out a chunk of its store whose last line is of the very millisecond in which a range begins,
/// if neither has a part of a millisecond: such a range begins a nanosecond earlier. Where a minute begins it does
/// not, since there Loki splits ranges, and a nanosecond more would be a part more.
fn lines_from(start_ns: i64) -> i64 {
    const MILLISECOND: i64 = 1_000_000;
    const MINUTE: i64 = 60_000_000_000;
    let is_exact = start_ns % MILLISECOND == 0 && start_ns % MINUTE != 0;
    start_ns.saturating_sub(i64::from(is_exact))
}

fn range(start_ns: i64, end_ns: i64) -> [(&'static str, String); 2] {
    [("start", start_ns.to_string()), ("end", end_ns.to_string())]
}
