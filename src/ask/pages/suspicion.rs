//! Lines that Loki may have lost.
//!
//! With `categorize-labels` a batch of an ingester above the message size is lost without a word. Where lines
//! are so long that this is likely, smaller pages are read. Where a batch seems to be missing, the window is
//! looked at once more in an answer that cannot lose it: whether one is missing depends on what is believed
//! of Loki's parts, so a question suspects once for nothing at the most.

use super::Reading;
use super::size::{fitting, may_be_too_long, misses_a_batch};
use super::window::Window;
use crate::loki::response::LINES_IN_A_BATCH;
use crate::loki::{Call, LogAnswer, Request, UnderWay};

impl Reading<'_> {
    /// Returns of how many lines a smaller page is to be read instead of an answer that lost some.
    pub(super) async fn smaller_than(
        &mut self,
        expr: &str,
        window: &Window,
        answer: &LogAnswer,
        asked: u32,
    ) -> Option<u32> {
        if asked <= 1 || answer.len() >= asked as usize {
            return None;
        }
        if !may_be_too_long(answer, asked) && !self.has_lost(expr, window, answer, asked).await {
            return None;
        }
        let smaller = (asked / 2).min(LINES_IN_A_BATCH - 1);
        Some(fitting(answer).unwrap_or(1).min(smaller).max(1))
    }

    /// Says whether a batch that seems to be missing is.
    async fn has_lost(
        &mut self,
        expr: &str,
        window: &Window,
        answer: &LogAnswer,
        asked: u32,
    ) -> bool {
        let splitting = &self.data_source.splitting;
        let (split, trust) = (splitting.split(), splitting.trust());
        if self.has_suspected || !misses_a_batch(answer, window, split, trust) {
            return false;
        }
        let request = Request::Written {
            query: expr.to_owned(),
            start_ns: window.start_ns,
            end_ns: window.end_ns,
            limit: asked,
        };
        let call = Call {
            under_way: UnderWay::default(),
            ..self.wanted.call.clone()
        };
        // Without that header Loki says what went wrong.
        if let Ok(whole) = self.data_source.client.logs(&request, &call).await {
            self.read.stats.add(&whole.stats);
            if whole.len() <= answer.len() {
                self.has_suspected = true;
                self.data_source.splitting.was_false_alarm();
                tracing::debug!(?trust, "no batch was missing");
                return false;
            }
        }
        true
    }
}
