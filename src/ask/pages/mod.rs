//! Reading the lines of a question page by page.
//!
//! Loki cuts an answer above its message size (4 MiB by default) by falling silent, so a page is as
//! large as the lines seen so far allow. Pages meet inside a nanosecond: of a full page the border
//! nanosecond is left to the next page, which reads all of it. So rows come complete and in order,
//! whatever the pages' sizes.

mod border;
mod deciding;
mod order;
mod part;
mod request;
mod size;
mod splitting;
mod suspicion;
mod window;

use std::ops::Range;

use part::{Part, first_of};
use request::{Asking, allowed_entries, is_range_refused};
pub use size::LineSizes;
use size::fitting;
pub use splitting::Splitting;

use super::{DataSource, Error, Start};
use crate::answer::{Builder, Page, Position, Reader};
use crate::capacity::{Lease, Slice};
use crate::frame::Notice;
use crate::loki::{Call, LogAnswer, Stats};
use crate::query::Direction;
use crate::schema::{Role, System};
use crate::translate::Decision;

/// The most lines that Loki sends at once by default (`max_entries_limit_per_query`).
const DEFAULT_MOST_ENTRIES: u32 = 5000;
/// The most lines that are read for conditions that LogQL cannot say.
pub const MOST_LINES_TO_DECIDE: u64 = 100_000;
/// The most bytes of a frame.
pub const MOST_FRAME_BYTES: usize = 128 << 20;

/// What is read, and where it begins and ends.
pub(super) struct Wanted<'w> {
    /// The LogQL: one query, or one for each part of the streams.
    pub exprs: Vec<String>,
    /// The range's start, inclusive.
    pub from_ns: i64,
    /// The range's end, exclusive.
    pub to_ns: i64,
    /// The order.
    pub direction: Direction,
    /// The most rows.
    pub limit: u32,
    /// Which rows are left out at the beginning.
    pub start: Start,
    /// The system.
    pub system: &'w System,
    /// What must hold of a row and LogQL cannot say.
    pub decisions: Vec<Decision>,
    /// Whether few lines are expected in a long range.
    pub is_sparse: bool,
    /// The LogQL of all lines that could be asked for, in whose order a row stands that the question lacks;
    /// `None` where lines are wanted in any order.
    pub all_lines: Option<String>,
    /// What goes with each request.
    pub call: Call,
}

/// How the reading ended.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// What it cost.
    pub stats: Stats,
    /// What Loki said, each once.
    pub warnings: Vec<String>,
    /// What the user must know.
    pub notices: Vec<Notice>,
    /// The last row, if there may be more behind it.
    pub more_behind: Option<Position>,
    /// The memory of the frame.
    pub memory: Option<Lease>,
}

/// The reading of one question.
struct Reading<'r> {
    data_source: &'r DataSource,
    wanted: &'r Wanted<'r>,
    read: Read,
    /// The most lines that this Loki sends at once.
    most_entries: Option<u32>,
    /// The values that decisions are made on.
    deciding: Reader,
    /// The lines that were read to decide on.
    decided_on: u64,
    /// Reads a line's own time.
    own_time: Option<Reader>,
    /// Nanoseconds with the number of their rows whose order is not known.
    unordered: Vec<(i64, usize)>,
    /// A batch of lines was suspected to be lost, and was not.
    has_suspected: bool,
    /// Why Loki did not say in which order lines were written.
    order_failed: Option<String>,
    /// The memory of the frame.
    memory: Lease,
}

impl DataSource {
    /// Reads the lines into the frame, in order. What comes after the first page may fail without
    /// losing what is there: a notice says where it ended and why.
    ///
    /// # Errors
    /// What Loki said, when not a single row was read before.
    pub(super) async fn read(
        &self,
        wanted: &Wanted<'_>,
        builder: &mut Builder<'_>,
    ) -> Result<Read, Error> {
        let reading = Reading {
            data_source: self,
            wanted,
            read: Read::default(),
            most_entries: None,
            deciding: Reader::new(
                wanted
                    .decisions
                    .iter()
                    .map(|decision| decision.field().clone())
                    .collect(),
                wanted.system.format,
            ),
            decided_on: 0,
            own_time: wanted.system.role(Role::Time).map(|field| {
                let fields = vec![field.clone()];
                Reader::new(fields, wanted.system.format)
            }),
            unordered: Vec::new(),
            has_suspected: false,
            order_failed: None,
            memory: self.lease(&wanted.call),
        };
        reading.run(builder).await
    }
}

impl Reading<'_> {
    async fn run(mut self, builder: &mut Builder<'_>) -> Result<Read, Error> {
        let last = self.fill(builder).await?;
        self.note_order(last);
        let Self {
            mut read, memory, ..
        } = self;
        read.memory = Some(memory);
        Ok(read)
    }

    /// Reads the lines into the frame; returns the last row.
    async fn fill(&mut self, builder: &mut Builder<'_>) -> Result<Option<Position>, Error> {
        let wanted = self.wanted;
        let (start_ns, end_ns) = (wanted.from_ns, wanted.to_ns);
        let splitting = &self.data_source.splitting;
        if splitting.split().parts(start_ns, end_ns) > 1 {
            splitting.ask(&self.data_source.client, &wanted.call).await;
        }
        let mut parts: Vec<Part> = wanted.exprs.iter().map(|expr| self.part(expr)).collect();
        let mut to_skip = wanted.start.offset as usize;
        let mut last = None;
        loop {
            let missing = to_skip + (wanted.limit as usize).saturating_sub(builder.rows());
            if missing == 0 {
                let more = |part: &Part| part.head().is_some() || !part.ended;
                self.read.more_behind = last.filter(|_| parts.iter().any(more));
                return Ok(last);
            }
            for part in &mut parts {
                while part.head().is_none() && !part.ended {
                    if self.decided_on >= MOST_LINES_TO_DECIDE {
                        self.note_end(last, &format!("a condition that only Ginkgo can decide was held against {} lines, the most for one question; narrow the time range or add other conditions", self.decided_on));
                        return Ok(last);
                    }
                    if let Err(error) = self.fetch(part, missing).await {
                        if builder.rows() == 0 {
                            return Err(error);
                        }
                        self.note_end(last, &error.to_string());
                        return Ok(last);
                    }
                }
            }
            let Some((part, bound)) = first_of(&mut parts, wanted.direction) else {
                return Ok(last);
            };
            let end = part.page.first_behind(part.next, bound);
            let skipped = to_skip.min(end - part.next);
            to_skip -= skipped;
            let start = part.next + skipped;
            let end = end.min(start + (missing - skipped - to_skip));
            if let Err(error) = self.push(builder, &part.page, start..end).await {
                if builder.rows() == 0 {
                    return Err(error);
                }
                self.note_end(last, &error.to_string());
                return Ok(last);
            }
            last = part.page.position(end.saturating_sub(1)).or(last);
            part.next = end;
            if builder.bytes() > MOST_FRAME_BYTES {
                let size = MOST_FRAME_BYTES >> 20;
                self.note_end(last, &format!("an answer has at most {size} MiB"));
                return Ok(last);
            }
        }
    }

    /// Adds rows to the frame, in slices.
    async fn push(
        &mut self,
        builder: &mut Builder<'_>,
        page: &Page,
        rows: Range<usize>,
    ) -> Result<(), Error> {
        let Call { deadline, .. } = self.wanted.call;
        // A column that grows is there twice for a moment.
        let growing = 2 * page.bytes(rows.clone());
        self.lease(2 * builder.memory() + growing).await?;
        let mut next = rows.start;
        while next < rows.end {
            let slice = Slice::begin(deadline);
            let compute = &self.data_source.capacity().compute;
            let work = || {
                while next < rows.end && !slice.is_over() {
                    let end = page.first_part(next..rows.end);
                    builder.push(page, next..end);
                    next = end;
                }
            };
            compute.run(work).await;
            if next < rows.end && slice.is_overdue() {
                return Err(self.data_source.overdue());
            }
        }
        self.memory.shrink_to(builder.memory());
        Ok(())
    }

    /// Leases so many bytes for the frame.
    async fn lease(&mut self, bytes: usize) -> Result<(), Error> {
        let deadline = self.data_source.deadline(&self.wanted.call);
        Ok(self.memory.reach(bytes, deadline).await?)
    }

    /// Reads the next page of a part.
    async fn fetch(&mut self, part: &mut Part, missing: usize) -> Result<(), Error> {
        let wanted = self.wanted;
        let direction = wanted.direction;
        // One more than needed tells whether the last row's nanosecond is complete.
        let mut lines = if self.wanted.decisions.is_empty() {
            u32::try_from(missing).unwrap_or(u32::MAX).saturating_add(1)
        } else {
            u32::MAX
        };
        lines = lines.min(part.fitting.unwrap_or_else(|| {
            let sizes = &self.data_source.line_sizes;
            sizes.first_page(&self.wanted.system.name)
        }));
        let splitting = self.data_source.splitting.clone();
        let mut window = part.window(direction, lines, splitting.split());
        loop {
            lines = lines.min(self.most_entries(lines).await).max(1);
            let (answer, asked) = match self.asking().page(&part.expr, &window, lines).await {
                Err(error) => {
                    if let Some(most) = allowed_entries(&error).filter(|most| *most < lines) {
                        self.most_entries = Some(most);
                    } else if is_range_refused(&error)
                        && part.density.shrink(&window, splitting.split())
                    {
                        window = part.window(direction, lines, splitting.split());
                    } else {
                        return Err(error.into());
                    }
                    continue;
                }
                Ok(answered) => answered,
            };
            self.take_notes(&answer);
            let fitting = fitting(&answer);
            let full = answer.len() >= asked as usize;
            if !full {
                splitting.saw(&window, answer.stats.splits);
            }
            let smaller = self.smaller_than(&part.expr, &window, &answer, asked).await;
            let mut page = Page::new(answer, direction);
            // A range may be asked for from a little earlier on, and not every server that speaks like Loki keeps
            // to range and limit.
            page.keep_between(window.start_ns, window.end_ns);
            if let Some(smaller) = smaller {
                lines = smaller;
                continue;
            }
            if !part.advance(&mut page, &window, full, direction) {
                // Where a smaller page came than was asked for, only one line more is tried.
                let factor = if asked == lines { 8 } else { 1 };
                let larger = fitting
                    .unwrap_or(1)
                    .min(asked.saturating_mul(factor).max(asked + 1));
                let larger = larger.min(self.most_entries(larger).await);
                if larger > asked && (asked == lines || larger < lines) {
                    lines = larger;
                    continue;
                }
                let notice = part.skip_border(&page, direction);
                self.read.notices.push(notice);
            }
            part.fitting = fitting.or(part.fitting);
            if wanted.all_lines.is_some() {
                self.arrange(&part.expr, &mut page).await;
            }
            self.keep_between_borders(&mut page).await;
            self.keep_decided(&mut page).await?;
            (part.page, part.next) = (page, 0);
            return Ok(());
        }
    }

    fn take_notes(&mut self, answer: &LogAnswer) {
        let sizes = &self.data_source.line_sizes;
        sizes.saw(&self.wanted.system.name, answer);
        self.read.stats.add(&answer.stats);
        for warning in &answer.warnings {
            if !self.read.warnings.contains(warning) {
                self.read.warnings.push(warning.clone());
            }
        }
    }

    /// Says that the answer ends before the range does.
    fn note_end(&mut self, last: Option<Position>, why: &str) {
        let until = last.map_or_else(String::new, |last| {
            let word = match self.wanted.direction {
                Direction::Backward => "back",
                Direction::Forward => "up",
            };
            format!(", {word} to {}", time(last.timestamp_ns))
        });
        self.read.notices.push(Notice::warning(format!(
            "the answer is not complete{until}: {why}"
        )));
        self.read.more_behind = last;
    }

    fn asking(&self) -> Asking<'_> {
        Asking {
            client: &self.data_source.client,
            call: &self.wanted.call,
            direction: self.wanted.direction,
        }
    }

    /// Returns the most lines that this Loki sends at once; asks it only when `lines` may be too many.
    async fn most_entries(&mut self, lines: u32) -> u32 {
        if self.most_entries.is_none() && lines > DEFAULT_MOST_ENTRIES {
            let limits = self.data_source.client.drilldown_limits(&self.wanted.call);
            let said = limits.await.ok().and_then(|limits| limits.max_entries);
            self.most_entries = Some(said.unwrap_or(DEFAULT_MOST_ENTRIES).max(1));
        }
        self.most_entries.unwrap_or(DEFAULT_MOST_ENTRIES)
    }
}

fn time(nanosecond: i64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanosecond));
    time.map(|time| time.to_string()).unwrap_or_default()
}
