//! Lines that Loki may have lost.
//!
//! With `categorize-labels` a batch of an ingester above the message size is lost without a word. Where lines
//! are so long that this is likely, smaller pages are read. Where a batch seems to be missing, the window is
//! looked at once more without that header: an answer that lacks a batch then never comes. Whether one is
//! missing depends on what is believed of Loki's parts, so a question looks once: it suspects no more where
//! nothing was missing, and believes every further suspicion where something was.

use std::time::Duration;

use super::Reading;
use super::size::{fitting, may_be_too_long, misses_a_batch};
use super::window::Window;
use crate::loki::response::LINES_IN_A_BATCH;
use crate::loki::{Call, LogAnswer, Request, UnderWay};

/// An answer that has not come after so many times what the one before took, and [`PATIENCE`], never comes.
const TIMES: u32 = 4;
/// See [`TIMES`].
const PATIENCE: Duration = Duration::from_millis(500);

/// What became of a question's suspicion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Suspicion {
    /// There was none.
    #[default]
    None,
    /// Nothing was lost.
    WasFalse,
    /// A batch was lost.
    WasTrue,
}

impl Reading<'_> {
    /// Returns of how many lines a smaller page is to be read instead of an answer that lost some.
    pub(super) async fn smaller_than(
        &mut self,
        expr: &str,
        window: &Window,
        answer: &LogAnswer,
        asked: u32,
        took: Duration,
    ) -> Option<u32> {
        if asked <= 1 || answer.len() >= asked as usize {
            return None;
        }
        if !may_be_too_long(answer, asked)
            && !self.has_lost(expr, window, answer, asked, took).await
        {
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
        took: Duration,
    ) -> bool {
        let splitting = &self.data_source.splitting;
        let (split, trust) = (splitting.split(), splitting.trust());
        if self.suspicion == Suspicion::WasFalse || !misses_a_batch(answer, window, split, trust) {
            return false;
        }
        if self.suspicion == Suspicion::WasTrue {
            return true;
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
        let patience = took.saturating_mul(TIMES).saturating_add(PATIENCE);
        let looked = self.data_source.client.logs(&request, &call);
        let looked = tokio::time::timeout(patience, looked).await;
        self.suspicion = Suspicion::WasTrue;
        if let Ok(Ok(whole)) = looked {
            self.read.stats.add(&whole.stats);
            if whole.len() <= answer.len() {
                self.suspicion = Suspicion::WasFalse;
                self.data_source.splitting.was_false_alarm();
                tracing::debug!(?trust, "no batch was missing");
            }
        }
        self.suspicion == Suspicion::WasTrue
    }
}
