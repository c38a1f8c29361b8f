//! Where an answer begins and ends that goes on from a row.

use std::collections::HashSet;

use super::{Reading, Start};
use crate::answer::{Page, Position};
use crate::loki::{self, Request};
use crate::query::Direction;

/// A row at which an answer begins or ends, among the rows of its nanosecond.
struct Border {
    at: Position,
    /// The rows before it, oldest first; `None` where no row is it, and rows stand by their ids.
    before: Option<HashSet<Position>>,
}

impl Border {
    /// Says whether a row stands before it, oldest first.
    fn is_behind(&self, row: &Position) -> bool {
        let at = &self.at;
        if row.timestamp_ns != at.timestamp_ns {
            return row.timestamp_ns < at.timestamp_ns;
        }
        match &self.before {
            Some(before) => before.contains(row),
            None => (row.hash, row.ordinal) < (at.hash, at.ordinal),
        }
    }
}

impl Reading<'_> {
    /// Drops the rows that stand before the answer's first or behind its last.
    pub(super) async fn keep_between_borders(&mut self, page: &mut Page) {
        let Start { after, before, .. } = self.wanted.start;
        if let Some(after) = after {
            let border = self.border(after, page).await;
            let direction = self.wanted.direction;
            page.retain(|row, _| match direction {
                Direction::Backward => border.is_behind(row),
                Direction::Forward => *row != after && !border.is_behind(row),
            });
        }
        if let Some(before) = before {
            let border = self.border(before, page).await;
            page.retain(|row, _| border.is_behind(row));
        }
    }

    /// Finds where a row stands that a page may lack, since it is one of another question: then all rows of
    /// its nanosecond are read.
    async fn border(&mut self, at: Position, page: &Page) -> Border {
        let before = page.before(&at);
        let has_rows = page.first_at(at.timestamp_ns) < page.len();
        let Some(all_lines) = &self.wanted.all_lines else {
            return Border { at, before };
        };
        if before.is_some() || !has_rows {
            return Border { at, before };
        }
        let request = Request::Logs {
            query: all_lines.clone(),
            start_ns: at.timestamp_ns,
            end_ns: at.timestamp_ns.saturating_add(1),
            limit: self.most_entries(u32::MAX).await,
            direction: loki::Direction::Forward,
        };
        let answered = self.data_source.client.logs(&request, &self.wanted.call);
        let before = match answered.await {
            Ok(answer) => {
                self.read.stats.add(&answer.stats);
                let mut instant = Page::new(answer, Direction::Forward);
                self.arrange(all_lines, &mut instant).await;
                instant.before(&at)
            }
            Err(error) => {
                tracing::debug!(%error, "the rows of a nanosecond were not read");
                None
            }
        };
        Border { at, before }
    }
}
