//! Reading the lines of a question page by page.
//!
//! Loki cuts an answer above its message size (4 MiB by default) by falling silent, so a page is as
//! large as the lines seen so far allow. Pages meet inside a nanosecond: of a full page the border
//! nanosecond is left to the next page, which reads all of it. So rows come complete and in order,
//! whatever the pages' sizes.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::window::{Density, Window};
use super::{DataSource, Error, Start};
use crate::answer::{Builder, Page, Position, Reader, Slots};
use crate::frame::Notice;
use crate::loki::{self, Call, Client, LogAnswer, Reason, Request, Stats};
use crate::query::Direction;
use crate::schema::System;
use crate::translate::Decision;

/// The most lines of a first page, whose size is not known yet.
const FIRST_PAGE_LINES: u32 = 500;
/// What a page may have in bytes: half of what Loki sends at most by default.
const PAGE_BYTES: u64 = 2 << 20;
/// The most lines that Loki sends at once by default (`max_entries_limit_per_query`).
const DEFAULT_MOST_ENTRIES: u32 = 5000;
/// What is tried when a page does not come: few lines, then one.
const SMALL_PAGES: [u32; 2] = [16, 1];
/// How many lines an ingester of Loki sends at once (`queryBatchSize`).
const LINES_IN_A_BATCH: u32 = 128;
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
}

/// One query on its way through the range.
struct Part {
    expr: String,
    start_ns: i64,
    end_ns: i64,
    /// Rows that are complete and not yet taken.
    page: Page,
    next: usize,
    /// Nothing is left of the range.
    ended: bool,
    /// How many lines fit into a page; `None` until the first lines are seen.
    fitting: Option<u32>,
    density: Density,
}

impl Part {
    fn head(&self) -> Option<Position> {
        self.page.position(self.next)
    }

    fn window(&mut self, direction: Direction, lines: u32) -> Window {
        let (start_ns, end_ns) = (self.start_ns, self.end_ns);
        self.density.window(start_ns, end_ns, direction, lines)
    }

    /// Takes the rows of a window and goes on behind them. Of a full page the last nanosecond is left
    /// to the next page, since Loki may have more lines of it. `false` when the page has no other.
    fn advance(
        &mut self,
        page: &mut Page,
        window: &Window,
        full: bool,
        direction: Direction,
    ) -> bool {
        let last = page.len().checked_sub(1).and_then(|row| page.position(row));
        let (mut start_ns, mut end_ns) = (window.start_ns, window.end_ns);
        if let Some(border) = last.filter(|_| full) {
            let border_ns = border.timestamp_ns;
            let complete = page.first_at(border_ns);
            if complete == 0 {
                return false;
            }
            page.truncate(complete);
            match direction {
                Direction::Backward => start_ns = border_ns.saturating_add(1),
                Direction::Forward => end_ns = border_ns,
            }
        }
        self.density.saw(page.len(), end_ns.abs_diff(start_ns));
        match direction {
            Direction::Backward => self.end_ns = start_ns,
            Direction::Forward => self.start_ns = end_ns,
        }
        self.ended = self.end_ns <= self.start_ns;
        true
    }

    /// Goes on behind a nanosecond of which no page can hold all lines.
    fn skip_border(&mut self, page: &Page, direction: Direction) -> Notice {
        let border_ns = page.position(0).map_or(0, |first| first.timestamp_ns);
        match direction {
            Direction::Backward => self.end_ns = border_ns,
            Direction::Forward => self.start_ns = border_ns.saturating_add(1),
        }
        self.ended = self.end_ns <= self.start_ns;
        Notice::warning(format!(
            "lines may be missing at {}: Loki did not send more than {} of that nanosecond at once",
            time(border_ns),
            page.len()
        ))
    }
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
        };
        reading.run(builder).await
    }
}

impl Reading<'_> {
    async fn run(mut self, builder: &mut Builder<'_>) -> Result<Read, Error> {
        let wanted = self.wanted;
        let mut parts: Vec<Part> = wanted.exprs.iter().map(|expr| self.part(expr)).collect();
        let mut to_skip = wanted.start.offset as usize;
        let mut last = None;
        loop {
            let missing = to_skip + (wanted.limit as usize).saturating_sub(builder.rows());
            if missing == 0 {
                let more = |part: &Part| part.head().is_some() || !part.ended;
                self.read.more_behind = last.filter(|_| parts.iter().any(more));
                return Ok(self.read);
            }
            for part in &mut parts {
                while part.head().is_none() && !part.ended {
                    if self.decided_on >= MOST_LINES_TO_DECIDE {
                        self.note_end(last, &format!("a condition that only Ginkgo can decide was held against {} lines, the most for one question; narrow the time range or add other conditions", self.decided_on));
                        return Ok(self.read);
                    }
                    if let Err(error) = self.fetch(part, missing).await {
                        if builder.rows() == 0 {
                            return Err(error);
                        }
                        self.note_end(last, &error.to_string());
                        return Ok(self.read);
                    }
                }
            }
            let Some((part, bound)) = first_of(&mut parts, wanted.direction) else {
                return Ok(self.read);
            };
            let end = part.page.first_behind(part.next, bound, wanted.direction);
            let skipped = to_skip.min(end - part.next);
            to_skip -= skipped;
            let start = part.next + skipped;
            let end = end.min(start + (missing - skipped - to_skip));
            builder.push(&part.page, start..end);
            last = part.page.position(end.saturating_sub(1)).or(last);
            part.next = end;
            if builder.bytes() > MOST_FRAME_BYTES {
                let size = MOST_FRAME_BYTES >> 20;
                self.note_end(last, &format!("an answer has at most {size} MiB"));
                return Ok(self.read);
            }
        }
    }

    fn part(&self, expr: &str) -> Part {
        let (mut start_ns, mut end_ns) = (self.wanted.from_ns, self.wanted.to_ns);
        if let Some(after) = self.wanted.start.after {
            match self.wanted.direction {
                Direction::Backward => end_ns = end_ns.min(after.timestamp_ns.saturating_add(1)),
                Direction::Forward => start_ns = start_ns.max(after.timestamp_ns),
            }
        }
        Part {
            expr: expr.to_owned(),
            start_ns,
            end_ns,
            page: Page::default(),
            next: 0,
            ended: end_ns <= start_ns,
            fitting: None,
            density: Density::new(self.wanted.is_sparse),
        }
    }

    /// Reads the next page of a part.
    async fn fetch(&mut self, part: &mut Part, missing: usize) -> Result<(), Error> {
        let direction = self.wanted.direction;
        // One more than needed tells whether the last row's nanosecond is complete.
        let mut lines = if self.wanted.decisions.is_empty() {
            u32::try_from(missing).unwrap_or(u32::MAX).saturating_add(1)
        } else {
            u32::MAX
        };
        lines = lines.min(part.fitting.unwrap_or_else(|| self.first_page()));
        let mut window = part.window(direction, lines);
        loop {
            lines = lines.min(self.most_entries(lines).await).max(1);
            let (answer, asked) = match self.page(&part.expr, &window, lines).await {
                Err(error) => {
                    if let Some(most) = allowed_entries(&error).filter(|most| *most < lines) {
                        self.most_entries = Some(most);
                    } else if is_range_refused(&error) && part.density.shrink() {
                        window = part.window(direction, lines);
                    } else {
                        return Err(error.into());
                    }
                    continue;
                }
                Ok(answered) => answered,
            };
            self.take_notes(&answer);
            let fitting = fitting(&answer);
            let mut page = Page::new(answer, direction);
            // Not every server that speaks like Loki keeps to range and limit.
            page.keep_between(window.start_ns, window.end_ns);
            let full = page.len() >= asked as usize;
            if !full && may_have_lost_lines(asked, fitting) {
                lines = fitting.unwrap_or(1).min(asked / 2);
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
            self.keep_wanted(&mut page);
            (part.page, part.next) = (page, 0);
            return Ok(());
        }
    }

    /// Drops the rows that are not wanted.
    fn keep_wanted(&mut self, page: &mut Page) {
        let Wanted {
            start, direction, ..
        } = *self.wanted;
        if let Some(after) = start.after {
            page.retain(|position, _| position.cmp(&after, direction).is_gt());
        }
        if self.wanted.decisions.is_empty() {
            return;
        }
        self.decided_on += page.len() as u64;
        let kept: Vec<bool> = {
            let mut slots = Slots::new();
            let rows = page.rows(0..page.len());
            rows.map(|(_, row)| {
                let values = self.deciding.read(row, &mut slots);
                let mut decisions = self.wanted.decisions.iter().zip(values.iter());
                decisions.all(|(decision, value)| decision.holds(value))
            })
            .collect()
        };
        let mut kept = kept.into_iter();
        page.retain(|_, _| kept.next().unwrap_or_default());
    }

    /// Returns how many lines the first page may have: as many as fit, if lines of this system have
    /// been seen before.
    fn first_page(&self) -> u32 {
        let known = self.data_source.line_bytes.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        let a_line = known.get(&self.wanted.system.name);
        a_line.map_or(FIRST_PAGE_LINES, |bytes| lines_of(*bytes))
    }

    /// Remembers how large the lines of this system are.
    fn remember_size(&self, answer: &LogAnswer) {
        let Some(bytes) = answer.wire_bytes().checked_div(answer.len() as u64) else {
            return;
        };
        let known = self.data_source.line_bytes.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        let name = &self.wanted.system.name;
        match known.get_mut(name) {
            // One answer with long lines is soon forgotten.
            Some(known) => *known = bytes.max((*known * 3 + bytes) / 4),
            None => drop(known.insert(name.clone(), bytes)),
        }
    }

    fn take_notes(&mut self, answer: &LogAnswer) {
        self.remember_size(answer);
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

    /// Returns the most lines that this Loki sends at once; asks it only when `lines` may be too many.
    async fn most_entries(&mut self, lines: u32) -> u32 {
        if self.most_entries.is_none() && lines > DEFAULT_MOST_ENTRIES {
            let limits = self.data_source.client.drilldown_limits(&self.wanted.call);
            let said = limits.await.ok().and_then(|limits| limits.max_entries);
            self.most_entries = Some(said.unwrap_or(DEFAULT_MOST_ENTRIES).max(1));
        }
        self.most_entries.unwrap_or(DEFAULT_MOST_ENTRIES)
    }

    /// Asks for the lines at the part's front; answers with how many were asked for in the end.
    ///
    /// A page that does not come within a quarter of the time left may be one that Loki cannot send,
    /// or Loki may be slow. So it goes on, and beside it a small page is asked for: the first to come
    /// is taken, and the other given up.
    async fn page(
        &self,
        expr: &str,
        window: &Window,
        lines: u32,
    ) -> Result<(LogAnswer, u32), loki::Error> {
        let small = SMALL_PAGES.into_iter().filter(|small| *small < lines);
        let mut sizes = std::iter::once(lines).chain(small);
        let mut next = sizes.next();
        let mut open = JoinSet::new();
        let mut waited = false;
        let mut failed = None;
        loop {
            if (open.is_empty() || waited)
                && let Some(lines) = next
            {
                let request = self.request(expr, window, lines);
                open.spawn(request.in_current_span());
                (next, waited) = (sizes.next(), false);
            }
            let joined = tokio::select! {
                joined = open.join_next() => joined,
                () = tokio::time::sleep(self.time_left() / 4), if next.is_some() => {
                    waited = true;
                    continue;
                }
            };
            let problem = match joined {
                Some(Ok((lines, Ok(answer)))) => return Ok((answer, lines)),
                Some(Ok((_, Err(error)))) => {
                    // A smaller page does not cure what kills no page.
                    if !error.is_death() && open.is_empty() {
                        return Err(error);
                    }
                    failed = Some(error);
                    continue;
                }
                Some(Err(panic)) => panic.to_string(),
                None => "no page was asked for".to_owned(),
            };
            return Err(failed.unwrap_or(loki::Error::Internal { problem }));
        }
    }

    fn request(
        &self,
        expr: &str,
        window: &Window,
        lines: u32,
    ) -> impl Future<Output = (u32, Result<LogAnswer, loki::Error>)> + use<> {
        let request = Request::Logs {
            query: expr.to_owned(),
            start_ns: window.start_ns,
            end_ns: window.end_ns,
            limit: lines,
            direction: match self.wanted.direction {
                Direction::Backward => loki::Direction::Backward,
                Direction::Forward => loki::Direction::Forward,
            },
        };
        let client = self.data_source.client.clone();
        let mut call = self.wanted.call.clone();
        call.tags.one_after_another = window.one_after_another;
        async move { (lines, checked(&client, request, &call).await) }
    }

    fn time_left(&self) -> Duration {
        let deadline = self.wanted.call.deadline;
        deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(Instant::now())
        })
    }
}

/// Asks for lines, and where there are none and Loki looked at none, whether that is true: it may have
/// lost them without a word.
async fn checked(client: &Client, request: Request, call: &Call) -> Result<LogAnswer, loki::Error> {
    let answer = client.logs(&request, call).await?;
    if let Request::Logs {
        query,
        start_ns,
        end_ns,
        ..
    } = request
        && answer.is_empty()
        && answer.stats.lines_processed == 0
    {
        let check = Request::Check {
            query,
            start_ns,
            end_ns,
        };
        if client.check(&check, call).await? {
            return Err(loki::Error::Refused {
                status: 200,
                reason: Reason::AnswerSize,
                words: "it sent none of the lines that there are".to_owned(),
                retry_after: None,
                tries: 1,
            });
        }
    }
    Ok(answer)
}

/// Says whether lines of the size seen could have been lost on their way inside Loki, which sends
/// batches of them ([`Request::Check`]).
fn may_have_lost_lines(asked: u32, fitting: Option<u32>) -> bool {
    fitting.is_some_and(|fitting| asked.min(LINES_IN_A_BATCH) > fitting)
}

/// Returns the part whose row is the next of all, and the first row of the others.
fn first_of(parts: &mut [Part], direction: Direction) -> Option<(&mut Part, Option<Position>)> {
    let mut heads: Vec<(Position, usize)> = parts
        .iter()
        .enumerate()
        .filter_map(|(number, part)| Some((part.head()?, number)))
        .collect();
    heads.sort_by(|(a, _), (b, _)| a.cmp(b, direction));
    let mut heads = heads.into_iter();
    let (_, first) = heads.next()?;
    let bound = heads.next().map(|(position, _)| position);
    Some((parts.get_mut(first)?, bound))
}

/// Returns how many lines of the size seen fit into a page; `None` where none was seen.
fn fitting(answer: &LogAnswer) -> Option<u32> {
    let lines = answer.len() as u64;
    answer.wire_bytes().checked_div(lines).map(lines_of)
}

/// Returns how many lines of this size fit into a page. At least two: of one alone nobody knows
/// whether its nanosecond has more.
fn lines_of(bytes: u64) -> u32 {
    u32::try_from((PAGE_BYTES / bytes.max(1)).max(2)).unwrap_or(u32::MAX)
}

/// Returns the number in Loki's words `max entries limit per query exceeded, limit > … (6000 > 5000)`.
fn allowed_entries(error: &loki::Error) -> Option<u32> {
    let loki::Error::Refused { reason, words, .. } = error else {
        return None;
    };
    let allowed = words.rsplit_once('>')?.1.trim().trim_end_matches(')');
    (*reason == Reason::Entries).then(|| allowed.parse().ok())?
}

fn is_range_refused(error: &loki::Error) -> bool {
    matches!(
        error,
        loki::Error::Refused {
            reason: Reason::Range,
            ..
        }
    )
}

fn time(nanosecond: i64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanosecond));
    time.map(|time| time.to_string()).unwrap_or_default()
}
