//! How far one query has gone through the range.

use super::splitting::Split;
use super::window::{Density, Expected, Window};
use super::{Direction, Reading, time};
use crate::answer::{Page, Place};
use crate::frame::Notice;

/// Few rows are looked for in up to so many parts of a range at once: should they be more than a page, parts
/// that are cancelled put Loki to sleep.
const FEW_PARTS: u64 = 8;

/// One query on its way through the range.
pub struct Part {
    /// The LogQL.
    pub expr: String,
    start_ns: i64,
    end_ns: i64,
    /// Rows that are complete and not yet taken.
    pub page: Page,
    /// The first row that is not yet taken.
    pub next: usize,
    /// Nothing is left of the range.
    pub ended: bool,
    /// How many lines fit into a page; `None` until the first lines are seen.
    pub fitting: Option<u32>,
    /// How densely its rows lie.
    pub density: Density,
}

impl Part {
    /// Begins at the front of the range.
    pub fn new(expr: &str, start_ns: i64, end_ns: i64, density: Density) -> Self {
        Self {
            expr: expr.to_owned(),
            start_ns,
            end_ns,
            page: Page::default(),
            next: 0,
            ended: end_ns <= start_ns,
            fitting: None,
            density,
        }
    }

    /// Returns the next row's place.
    pub fn head(&self) -> Option<Place> {
        self.page.place(self.next)
    }

    /// Returns what a request for so many lines is to cover.
    pub fn window(&mut self, direction: Direction, lines: u32, split: Split) -> Window {
        let left = (self.start_ns, self.end_ns);
        self.density.window(left, direction, lines, split)
    }

    /// Takes the rows of a window and goes on behind them. Of a full page the last nanosecond is left
    /// to the next page, since Loki may have more lines of it. `false` when the page has no other.
    pub fn advance(
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
    pub fn skip_border(&mut self, page: &Page, direction: Direction) -> Notice {
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

impl Reading<'_> {
    /// Begins the reading of one query.
    pub(super) fn part(&self, expr: &str) -> Part {
        let (mut start_ns, mut end_ns) = (self.wanted.from_ns, self.wanted.to_ns);
        if let Some(after) = self.wanted.start.after {
            match self.wanted.direction {
                Direction::Backward => end_ns = end_ns.min(after.timestamp_ns.saturating_add(1)),
                Direction::Forward => start_ns = start_ns.max(after.timestamp_ns),
            }
        }
        if let Some(before) = self.wanted.start.before {
            end_ns = end_ns.min(before.timestamp_ns.saturating_add(1));
        }
        let split = self.data_source.splitting.split();
        let density = Density::new(self.expected(split.parts(start_ns, end_ns)));
        Part::new(expr, start_ns, end_ns, density)
    }

    /// Returns what the question lets expect of a range that Loki splits into so many parts.
    fn expected(&self, parts: u64) -> Expected {
        let sizes = &self.data_source.line_sizes;
        let is_size_known = || sizes.is_known(&self.wanted.system.name);
        if !self.wanted.is_sparse {
            Expected::Any
        } else if parts == 1 || (parts <= FEW_PARTS && is_size_known()) {
            Expected::FewerThanAPage
        } else {
            Expected::Few
        }
    }
}

/// Returns the part whose row is the next of all, and the first row of the others.
pub fn first_of(parts: &mut [Part], direction: Direction) -> Option<(&mut Part, Option<Place>)> {
    let mut heads: Vec<(Place, usize)> = parts
        .iter()
        .enumerate()
        .filter_map(|(number, part)| Some((part.head()?, number)))
        .collect();
    heads.sort_by(|(a, _), (b, _)| a.cmp(b, direction));
    let mut heads = heads.into_iter();
    let (_, first) = heads.next()?;
    let bound = heads.next().map(|(place, _)| place);
    Some((parts.get_mut(first)?, bound))
}
