//! What to generate: systems, layout, range, rate and mess.

use std::fmt;
use std::str::FromStr;

/// One of the four systems whose logs are generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// The trading and backtest framework: nested JSON.
    Ginkgo,
    /// The web service: flat JSON.
    Fastapi,
    /// The Docker Compose services: tagged key-values with Python's `repr`.
    Tskv,
    /// The inference runtime: flat JSON with dotted keys and span events.
    Dynamo,
}

impl System {
    /// Every system, in the order in which entries of the same nanosecond are given.
    pub const ALL: [Self; 4] = [Self::Ginkgo, Self::Fastapi, Self::Tskv, Self::Dynamo];

    /// The system's name, as the presets have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ginkgo => "ginkgo",
            Self::Fastapi => "fastapi",
            Self::Tskv => "tskv",
            Self::Dynamo => "dynamo",
        }
    }

    /// The fields that a site's collector lifts into stream labels under [`Layout::Labels`].
    pub(super) fn promoted(self) -> &'static [&'static str] {
        match self {
            Self::Ginkgo => &[
                "level",
                "log_category",
                "strategy_id",
                "portfolio_id",
                "trace_id",
                "task_id",
            ],
            Self::Fastapi => &["level", "service_name", "trace_id"],
            // `request_id` and `event` would make a stream of nearly every line.
            Self::Tskv => &[
                "level",
                "path",
                "trace_id",
                "logger",
                "method",
                "status_code",
                "error_type",
            ],
            Self::Dynamo => &["level", "trace_id"],
        }
    }

    /// The ids that a site moves into structured metadata under [`Layout::Metadata`].
    pub(super) fn ids(self) -> &'static [&'static str] {
        match self {
            Self::Ginkgo => &[
                "portfolio_id",
                "strategy_id",
                "task_id",
                "trace_id",
                "span_id",
            ],
            Self::Fastapi => &["trace_id", "span_id"],
            Self::Tskv => &["trace_id", "request_id"],
            Self::Dynamo => &["trace_id", "span_id", "parent_id", "x_request_id"],
        }
    }
}

/// Where a site keeps the business ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Stream labels, copied out of the line by the collector; they stay in the line.
    Labels,
    /// Structured metadata, moved out of the line by the collector.
    Metadata,
    /// Only in the line.
    Line,
    /// Line by line one of the others, or all at once; in messy lines the places may disagree.
    Mixed,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 4] = [Self::Labels, Self::Metadata, Self::Line, Self::Mixed];

    /// The layout's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Metadata => "metadata",
            Self::Line => "line",
            Self::Mixed => "mixed",
        }
    }
}

/// A word that names no system or no layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    word: String,
    valid: Vec<&'static str>,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let valid = self.valid.join(", ");
        write!(
            out,
            "unknown {} {:?}: choose one of {valid}",
            self.what, self.word
        )
    }
}

impl std::error::Error for UnknownName {}

impl FromStr for System {
    type Err = UnknownName;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|system| system.name() == word);
        found.ok_or_else(|| UnknownName {
            what: "system",
            word: word.to_owned(),
            valid: Self::ALL.map(Self::name).to_vec(),
        })
    }
}

impl FromStr for Layout {
    type Err = UnknownName;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|layout| layout.name() == word);
        found.ok_or_else(|| UnknownName {
            what: "layout",
            word: word.to_owned(),
            valid: Self::ALL.map(Self::name).to_vec(),
        })
    }
}

impl fmt::Display for System {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// What to generate.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The seed: the same seed tells the same story.
    pub seed: u64,
    /// The first nanosecond of the range, since 1970.
    pub start_ns: i64,
    /// The end of the range, exclusive; `i64::MAX` for a stream that never ends.
    pub end_ns: i64,
    /// Mean lines a second and system; zero, negative or not finite: no lines.
    pub lines_per_second: f64,
    /// The systems to write; one named twice counts once.
    pub systems: Vec<System>,
    /// Where the ids live.
    pub layout: Layout,
    /// The share of messy lines, 0 to 1; whatever lies outside is taken as the nearest border.
    pub mess: f64,
    /// Whether storms and silences come instead of short bursts of errors.
    pub incidents: bool,
}

impl Config {
    /// All systems in the `Labels` layout, five lines a second each, two percent of them messy.
    pub fn new(seed: u64, start_ns: i64, end_ns: i64) -> Self {
        Self {
            seed,
            start_ns,
            end_ns,
            lines_per_second: 5.0,
            systems: System::ALL.to_vec(),
            layout: Layout::Labels,
            mess: 0.02,
            incidents: false,
        }
    }
}
