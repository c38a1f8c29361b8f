//! The arguments, with the examples that `--help` shows.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Ask business questions of the logs in a Loki: by portfolio, strategy, trace or run.
#[derive(Debug, Parser)]
#[command(
    name = "ginkgo",
    version,
    after_help = "\
Examples:
  ginkgo demo --backfill 1h --once          fill a Loki with demo logs of the last hour
  ginkgo query --portfolio ID --level error the errors of one portfolio
  ginkgo query --trace ID --output json     one trace, for a program
  ginkgo explain --strategy ID              the LogQL of a question, and why
  ginkgo doctor                             is everything right with this Loki?

Exit codes: 0 done, 1 Loki could not answer or is not healthy, 2 the question or a setting is wrong."
)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask a question and print the answer.
    #[command(after_help = "\
Examples:
  ginkgo query --portfolio 550e8400-e29b-41d4-a716-446655440000 --since 30m
  ginkgo query --strategy momentum --filter event_type=ORDERFILLED --columns symbol,transaction_price
  ginkgo query --system fastapi --level error --search timeout --limit 20
  ginkgo query --result errorRate --group-by strategy_id --since 5m
  ginkgo query --result value --measure duration_ms:p95 --group-by component_name --step 5m
  ginkgo query --expr '{job=\"ginkgo\"} |= \"halt\"'
  ginkgo query --result topErrors --since 24h
  ginkgo query --query '{\"queryType\":\"run\",\"ids\":[\"bt-7\"],\"result\":\"table\"}' --output json")]
    Query(Box<Question>),
    /// Show the LogQL that a question becomes, and the reason of each part.
    #[command(after_help = "\
Examples:
  ginkgo explain --portfolio 550e8400-e29b-41d4-a716-446655440000
  ginkgo explain --system tskv --trace ID --output json")]
    Explain(Box<Question>),
    /// Check the connection, and hold the schemas against what the streams really hold.
    #[command(after_help = "\
Examples:
  ginkgo doctor
  ginkgo doctor --url https://loki.example.com --since 6h --output json")]
    Doctor(Doctor),
    /// Write demo logs of the four systems into a Loki, the same for the same seed.
    #[command(after_help = "\
Examples:
  ginkgo demo                               live, until it is stopped
  ginkgo demo --backfill 24h --rate 5       first the last day, then live
  ginkgo demo --backfill 1h --once          the last hour only
  ginkgo demo --serve                       with a Loki in memory and a page with the editors
  ginkgo demo --systems ginkgo,tskv --layout labels --mess 0")]
    Demo(Box<Demo>),
    /// Run an embedded Loki: in memory, for demos and tests, never for production.
    #[command(after_help = "\
Examples:
  ginkgo loki                               on a free port; its address is the first line of the output
  ginkgo loki --port 3100 --memory-mb 4096
  ginkgo loki --max-entries 1000000 --message-mb 256")]
    Loki(Loki),
}

/// Where Loki is and how its logs are read.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// Loki's address (else $GINKGO_LOKI_URL, else http://127.0.0.1:3100).
    #[arg(long)]
    pub url: Option<String>,
    /// The tenant (X-Scope-OrgID).
    #[arg(long)]
    pub tenant: Option<String>,
    /// The user for basic authentication; the password is read from $GINKGO_PASSWORD.
    #[arg(long)]
    pub user: Option<String>,
    /// A file with the data source's settings (the jsonData of its provisioning, as JSON).
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// The time range.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Time range")]
pub struct Range {
    /// The range's length up to its end: 15m, 1h, 7d.
    #[arg(long, default_value = "1h", value_name = "DURATION")]
    pub since: String,
    /// The range's start instead: RFC 3339 or milliseconds since the epoch.
    #[arg(long, value_name = "TIME", conflicts_with = "since")]
    pub from: Option<String>,
    /// The range's end, now by default.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

/// How the answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// The flags that make a question; beside a question written out they would not count.
const CONDITIONS: [&str; 7] = [
    "portfolio",
    "strategy",
    "trace",
    "run",
    "level",
    "filter",
    "search",
];

/// A question.
#[derive(Debug, ClapArgs)]
pub struct Question {
    /// Lines of these portfolios; without a value, of any. May be repeated.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    pub portfolio: Vec<String>,
    /// Lines of these strategies.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    pub strategy: Vec<String>,
    /// Lines of these traces.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    pub trace: Vec<String>,
    /// Lines of these runs.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    pub run: Vec<String>,
    /// Only lines of these levels, in any spelling.
    #[arg(long, value_delimiter = ',')]
    pub level: Vec<String>,
    /// Only lines whose field compares so: `symbol=BTC/USDT`, `duration_ms>100`, `error_type exists`.
    #[arg(long, value_name = "FILTER")]
    pub filter: Vec<String>,
    /// Only lines that contain the text.
    #[arg(long, value_name = "TEXT")]
    pub search: Vec<String>,
    /// The system; the default one where it is missing.
    #[arg(long)]
    pub system: Option<String>,
    /// LogQL of your own instead of the flags above, except the system.
    #[arg(long, value_name = "LOGQL", conflicts_with_all = CONDITIONS)]
    pub expr: Option<String>,
    /// The query model as JSON instead of the flags above; - reads it from standard input.
    #[arg(long, value_name = "JSON", conflicts_with_all = CONDITIONS, conflicts_with = "expr")]
    pub query: Option<String>,
    /// The most lines.
    #[arg(long)]
    pub limit: Option<u32>,
    /// The oldest lines first.
    #[arg(long)]
    pub forward: bool,
    /// The columns, instead of the usual ones.
    #[arg(long, value_delimiter = ',')]
    pub columns: Vec<String>,
    /// What is answered: table, count, errorCount, errorRate, value, topErrors, lastSeen, events.
    #[arg(long)]
    pub result: Option<String>,
    /// Numbers by the values of these fields; of topErrors the fields whose values are named.
    #[arg(long, value_delimiter = ',')]
    pub group_by: Vec<String>,
    /// The number field of the result value, and how it is measured: `duration_ms:p95`.
    #[arg(long, value_name = "FIELD[:HOW]")]
    pub measure: Option<String>,
    /// Numbers over time, this far apart, instead of one for the whole range.
    #[arg(long, value_name = "DURATION")]
    pub step: Option<String>,
    /// How far back each number looks.
    #[arg(long, value_name = "DURATION")]
    pub window: Option<String>,
    /// Print the raw lines too.
    #[arg(long)]
    pub lines: bool,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    #[command(flatten)]
    pub range: Range,
    #[command(flatten)]
    pub connection: Connection,
}

/// A check-up.
#[derive(Debug, ClapArgs)]
pub struct Doctor {
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    #[command(flatten)]
    pub range: Range,
    #[command(flatten)]
    pub connection: Connection,
}

/// Demo logs.
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// The seed: the same seed and range give the same logs.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Lines a second, of each system.
    #[arg(long, default_value_t = 2.0)]
    pub rate: f64,
    /// The systems: ginkgo, fastapi, tskv, dynamo.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "ginkgo,fastapi,tskv,dynamo"
    )]
    pub systems: Vec<ginkgo_demo::System>,
    /// Where business ids stand: labels, metadata, line or mixed.
    #[arg(long, default_value = "metadata")]
    pub layout: ginkgo_demo::Layout,
    /// The share of messy lines, 0 to 1.
    #[arg(long, default_value_t = 0.02)]
    pub mess: f64,
    /// Trouble to alert on, in every hour: from :10 to :22 errors in one portfolio and in everybody's
    /// requests, from :35 to :55 no line of another portfolio, of fastapi's search and of tskv's orders.
    #[arg(long)]
    pub incidents: bool,
    /// First write the logs of this time up to now: 1h, 7d.
    #[arg(long, value_name = "DURATION")]
    pub backfill: Option<String>,
    /// End after the back-fill instead of going on live.
    #[arg(long, requires = "backfill", conflicts_with = "serve")]
    pub once: bool,
    #[command(flatten)]
    pub page: Page,
    #[command(flatten)]
    pub connection: Connection,
}

/// The page with the editors.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Page")]
pub struct Page {
    /// Serve a page with the editors and what is behind them, until ctrl-c. Where neither --url nor
    /// $GINKGO_LOKI_URL names a Loki, one is kept in memory. Without --backfill, an hour of logs comes first.
    #[arg(long)]
    pub serve: bool,
    /// The page's port on 127.0.0.1; 0 takes any that is free.
    #[arg(long, requires = "serve", default_value_t = 0)]
    pub port: u16,
    /// Likewise, that of the Loki in memory.
    #[arg(long, requires = "serve", default_value_t = 0, value_name = "PORT")]
    pub loki_port: u16,
    /// The checkout's folder `frontend`; the one of the checkout that this program or the current folder is
    /// in by default.
    #[arg(long, requires = "serve", value_name = "FOLDER")]
    pub frontend: Option<PathBuf>,
    /// Write no logs.
    #[arg(long, requires = "serve", conflicts_with = "backfill")]
    pub no_logs: bool,
    /// End with standard input too, so as not to outlive whoever started it.
    #[arg(long, requires = "serve")]
    pub until_eof: bool,
}

/// An embedded Loki.
#[derive(Debug, ClapArgs)]
pub struct Loki {
    /// The address that it listens on.
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// The memory that streams and lines may take, in MiB; what does not fit is refused.
    #[arg(long, default_value_t = 1536)]
    pub memory_mb: u64,
    /// The most lines of an answer; 0 for no limit.
    #[arg(long, default_value_t = 5000)]
    pub max_entries: u32,
    /// The most series of a metric query.
    #[arg(long, default_value_t = 500)]
    pub max_series: usize,
    /// The longest range of a query; 0 for no limit.
    #[arg(long, default_value = "721h", value_name = "DURATION")]
    pub max_query_length: String,
    /// How long a query may take.
    #[arg(long, default_value = "1m", value_name = "DURATION")]
    pub query_timeout: String,
    /// The largest answer, in MiB; above it the connection is closed without one.
    #[arg(long, default_value_t = 4)]
    pub message_mb: u64,
    /// The longest line, in KiB.
    #[arg(long, default_value_t = 4096)]
    pub max_line_kb: usize,
    /// Demand a tenant (X-Scope-OrgID) with each request.
    #[arg(long)]
    pub auth: bool,
    /// Append each request to this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub requests: Option<PathBuf>,
    /// Take lines no faster than a default Loki, and refuse those of the future.
    #[arg(long)]
    pub default_rates: bool,
    /// End with standard input, so that it cannot outlive the program that started it.
    #[arg(long)]
    pub until_eof: bool,
}
