//! `topErrors`: how many errors there are, beside those that were read.

use super::pages::Read;
use super::prepare::Ground;
use super::{DataSource, Scope};
use crate::frame::Notice;
use crate::query::Query;

/// The most lines that are read for a table of errors.
pub(super) const MOST_LINES: u32 = 10_000;

impl DataSource {
    /// Finds out how many lines a question has, and by which LogQL: as many as were read when nothing
    /// was left out; else Loki counts them. What only Ginkgo can decide, Loki cannot count, and a
    /// number that may be wrong is none.
    pub(super) async fn total_of(
        &self,
        query: &Query,
        ground: &Ground<'_>,
        scope: &Scope,
        read: &mut Read,
        rows: u64,
        can_count: bool,
    ) -> (Option<u64>, String) {
        if read.more_behind.is_none() && read.notices.is_empty() {
            return (Some(rows), String::new());
        }
        if !can_count {
            let text = "how many errors there are is not known: a filter is one that only Ginkgo can decide, on the lines that it reads";
            read.notices.push(Notice::info(text));
            return (None, String::new());
        }
        match self.total(query, ground, scope).await {
            Ok(total) => {
                read.stats.add(&total.stats);
                read.notices.extend(total.notices);
                (Some(total.lines), total.expr)
            }
            Err(error) => {
                let text = format!("how many errors there are is not known: {error}");
                read.notices.push(Notice::warning(text));
                (None, String::new())
            }
        }
    }
}
