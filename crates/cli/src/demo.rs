//! `ginkgo demo`: writes generated logs into a Loki, first back-filled, then live.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use ginkgo::ask::{DataSource, LineToWrite};
use ginkgo_demo::{Catalog, Config, Entry, catalog, generate};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::Demo;
use crate::time::{duration_ns, now_ns};
use crate::{Failure, connect, out, serve};

/// Lines of one push, and the bytes after which a push is sent: far below Loki's 6 MB burst limit.
const MOST_LINES: usize = 1000;
const MOST_BYTES: usize = 512 * 1024;
/// How long a refused push is tried again: Loki takes 4 MB a second by default.
const MOST_TRIES: u32 = 30;
/// How often the live part looks for lines whose time has come.
const LIVE_PAUSE: Duration = Duration::from_millis(500);

/// Writes until it is stopped, or only the back-fill; with `--serve`, beside the page.
pub async fn run(demo: Demo) -> Result<ExitCode, Failure> {
    if demo.page.serve {
        return serve::run(demo).await;
    }
    let source = connect::data_source(&demo.connection)?;
    let announce = |written: &Written| announce(&demo, written, None);
    write(&demo, &source, announce).await?;
    Ok(ExitCode::SUCCESS)
}

/// What was written when the live part begins, and ids that these logs have.
pub struct Written {
    lines: usize,
    known: Catalog,
    trace: Option<String>,
}

/// Writes the back-fill, tells `live` of it, and goes on live, or ends where nothing else was asked for.
pub async fn write(
    demo: &Demo,
    source: &DataSource,
    mut live: impl FnMut(&Written) -> io::Result<()>,
) -> Result<(), Failure> {
    let config = config(demo)?;
    let mut writer = Writer::new(source);
    let mut entries = generate(&config).peekable();
    let bar = progress(config.start_ns);
    let mut is_live = demo.backfill.is_none();
    if is_live {
        live(&writer.written(&config))?;
    }
    loop {
        let now = now_ns();
        while let Some(entry) = entries.next_if(|entry| entry.timestamp_ns <= now) {
            let at = entry.timestamp_ns;
            if let Some(written) = writer.add(entry).await? {
                bar.set_position(position(config.start_ns, at));
                bar.set_message(format!("{written} lines"));
            }
        }
        writer.flush().await?;
        if !is_live {
            bar.finish_and_clear();
            is_live = true;
            live(&writer.written(&config))?;
        }
        if entries.peek().is_none() {
            return Ok(());
        }
        tokio::time::sleep(LIVE_PAUSE).await;
    }
}

fn config(demo: &Demo) -> Result<Config, Failure> {
    if !(0.01..=100_000.0).contains(&demo.rate) {
        return Err(Failure::usage(format!(
            "--rate {} is not valid: use 0.01 to 100000",
            demo.rate
        )));
    }
    if !(0.0..=1.0).contains(&demo.mess) {
        return Err(Failure::usage(format!(
            "--mess {} is not valid: use a share from 0 to 1",
            demo.mess
        )));
    }
    let now = now_ns();
    let back = match &demo.backfill {
        Some(text) => duration_ns("--backfill", text)?,
        None => 0,
    };
    let end = if demo.once { now } else { i64::MAX };
    let mut config = Config::new(demo.seed, now.saturating_sub(back), end);
    config.lines_per_second = demo.rate;
    config.systems.clone_from(&demo.systems);
    config.layout = demo.layout;
    config.mess = demo.mess;
    config.incidents = demo.incidents;
    Ok(config)
}

/// Collects lines and pushes them in pieces that Loki takes.
struct Writer<'s> {
    source: &'s DataSource,
    waiting: Vec<Entry>,
    bytes: usize,
    written: usize,
    trace: Option<String>,
}

impl<'s> Writer<'s> {
    fn new(source: &'s DataSource) -> Self {
        Self {
            source,
            waiting: Vec::new(),
            bytes: 0,
            written: 0,
            trace: None,
        }
    }

    fn written(&self, config: &Config) -> Written {
        Written {
            lines: self.written,
            known: catalog(config),
            trace: self.trace.clone(),
        }
    }

    /// Adds a line; returns how many are written when a push was sent.
    async fn add(&mut self, entry: Entry) -> Result<Option<usize>, Failure> {
        let is_story = entry.system == ginkgo_demo::System::Ginkgo && entry.truth.mess.is_none();
        if let Some(trace) = entry.truth.fields.get("trace_id").filter(|_| is_story) {
            self.trace = Some(trace.clone());
        }
        self.bytes += entry.line.len();
        self.waiting.push(entry);
        if self.waiting.len() < MOST_LINES && self.bytes < MOST_BYTES {
            return Ok(None);
        }
        self.flush().await?;
        Ok(Some(self.written))
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let lines: Vec<LineToWrite<'_>> = self.waiting.iter().map(line).collect();
        let mut tries = 0;
        while let Err(error) = self.source.write(&lines).await {
            tries += 1;
            // Too fast, not wrong: a back-fill is faster than Loki's default rate.
            if !error.is_rate_limit() || tries == MOST_TRIES {
                return Err(error.into());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        self.written += self.waiting.len();
        self.waiting.clear();
        self.bytes = 0;
        Ok(())
    }
}

fn line(entry: &Entry) -> LineToWrite<'_> {
    fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
        map.iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
    LineToWrite {
        timestamp_ns: entry.timestamp_ns,
        labels: pairs(&entry.labels),
        metadata: pairs(&entry.metadata),
        line: &entry.line,
    }
}

fn progress(start_ns: i64) -> ProgressBar {
    let bar = ProgressBar::new(position(start_ns, now_ns()));
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {msg} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Seconds since the start, for the bar.
fn position(start_ns: i64, at_ns: i64) -> u64 {
    (at_ns.saturating_sub(start_ns) / 1_000_000_000) as u64
}

/// Says what was written and what can be asked of it; `loki` is the address to ask, where it is none that the
/// user knows.
pub fn announce(demo: &Demo, written: &Written, loki: Option<&str>) -> io::Result<()> {
    let mut out = out::stdout();
    let (lines, seed) = (written.lines, demo.seed);
    if demo.backfill.is_some() {
        let layout = demo.layout;
        writeln!(out, "{lines} lines written (seed {seed}, layout {layout}).")?;
    }
    if !demo.once {
        writeln!(out, "Writing live; stop with ctrl-c.")?;
    }
    writeln!(out, "Questions that have answers:")?;
    if let Some(url) = loki {
        writeln!(out, "  export GINKGO_LOKI_URL={url}")?;
    }
    let first = |ids: &[String]| ids.first().cloned();
    for (flag, id) in [
        ("portfolio", first(&written.known.portfolios)),
        ("strategy", first(&written.known.strategies)),
        ("trace", written.trace.clone()),
        ("run", first(&written.known.runs)),
    ] {
        if let Some(id) = id {
            writeln!(out, "  ginkgo query --{flag} {id}")?;
        }
    }
    out.flush()
}
