//! One page: asked for until it comes.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::window::Window;
use crate::loki::{self, Call, Client, LogAnswer, Reason, Request, UnderWay};
use crate::query::Direction;

/// What is tried when a page does not come: few lines, then one.
const SMALL_PAGES: [u32; 2] = [16, 1];

/// Who asks, and in which order.
#[derive(Clone, Copy)]
pub struct Asking<'r> {
    /// Loki.
    pub client: &'r Client,
    /// What goes with each request.
    pub call: &'r Call,
    /// The order.
    pub direction: Direction,
}

impl Asking<'_> {
    /// Asks for the first lines of a window; answers with how many were asked for in the end.
    ///
    /// A page that does not come within a quarter of the time left may be one that Loki cannot send,
    /// or Loki may be slow. So it goes on, and beside it a small page is asked for: the first to come
    /// is taken, and the other given up. A page that waits here, for its place or because Loki said
    /// that it is busy, is not one that does not come.
    pub async fn page(
        &self,
        expr: &str,
        window: &Window,
        lines: u32,
    ) -> Result<(Arc<LogAnswer>, u32), loki::Error> {
        let small = SMALL_PAGES.into_iter().filter(|small| *small < lines);
        let mut sizes = std::iter::once(lines).chain(small);
        let mut next = sizes.next();
        let mut open = JoinSet::new();
        let mut newest = UnderWay::default();
        let mut waited = false;
        let mut failed = None;
        loop {
            if (open.is_empty() || waited)
                && let Some(lines) = next
            {
                newest = UnderWay::default();
                let request = self.request(expr, window, lines, newest.clone());
                open.spawn(request.in_current_span());
                (next, waited) = (sizes.next(), false);
            }
            let joined = tokio::select! {
                joined = open.join_next() => joined,
                () = newest.overdue(|sent| self.time_left(sent) / 4), if next.is_some() => {
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
        under_way: UnderWay,
    ) -> impl Future<Output = (u32, Result<Arc<LogAnswer>, loki::Error>)> + use<> {
        let request = Request::Logs {
            query: expr.to_owned(),
            start_ns: window.start_ns,
            end_ns: window.end_ns,
            limit: lines,
            direction: match self.direction {
                Direction::Backward => loki::Direction::Backward,
                Direction::Forward => loki::Direction::Forward,
            },
        };
        let client = self.client.clone();
        let mut call = Call {
            under_way,
            ..self.call.clone()
        };
        call.tags.one_after_another = window.one_after_another;
        async move { (lines, checked(&client, request, &call).await) }
    }

    /// Returns the time from this moment to the deadline.
    fn time_left(&self, from: Instant) -> Duration {
        let deadline = self.call.deadline;
        deadline.map_or(Duration::MAX, |deadline| {
            deadline.saturating_duration_since(from)
        })
    }
}

/// Asks for lines, and where there are none and Loki looked at none, whether that is true: it may have
/// lost them without a word.
async fn checked(
    client: &Client,
    request: Request,
    call: &Call,
) -> Result<Arc<LogAnswer>, loki::Error> {
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

/// Returns the number in Loki's words `max entries limit per query exceeded, limit > … (6000 > 5000)`.
pub fn allowed_entries(error: &loki::Error) -> Option<u32> {
    let loki::Error::Refused { reason, words, .. } = error else {
        return None;
    };
    let allowed = words.rsplit_once('>')?.1.trim().trim_end_matches(')');
    (*reason == Reason::Entries).then(|| allowed.parse().ok())?
}

/// Says whether Loki wants a shorter range.
pub fn is_range_refused(error: &loki::Error) -> bool {
    matches!(
        error,
        loki::Error::Refused {
            reason: Reason::Range,
            ..
        }
    )
}
