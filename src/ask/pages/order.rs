//! Lines of one nanosecond in the order in which they were written.
//!
//! The answer that carries rows does not have it: Loki's front end sorts more than twelve lines of a label
//! set in no order, and lines with other metadata go apart. So it is asked once more for the rows that are
//! tied, with each nanosecond as a label set of its own and without metadata; the lines are then matched by
//! their texts. (`docs/architecture.md`, "How lines are read".)

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::Reading;
use crate::answer::{Page, Position, Tie, Written, is_internal};
use crate::frame::Notice;
use crate::logql::{LabelName, MatchOp, Matcher, parse_selector, quote, selectors};
use crate::loki::{Call, LogAnswer, Request, UnderWay};
use crate::query::Direction;

/// The label that makes each nanosecond a label set of its own.
const NANOSECOND: &str = "gk_t";
/// Lines that may have come since the page was read.
const SPARE_LINES: usize = 16;
/// Of up to so many nanoseconds Loki is asked for these alone, where most lines are of others.
const MOST_NAMED: usize = 1000;
/// Ties that lie far apart are asked for in so many requests, without what lies between them.
const MOST_CLUSTERS: usize = 4;
/// Ties that are no further apart are asked for at once.
const SHORT_NS: u64 = 60_000_000_000;

impl Reading<'_> {
    /// Brings the rows of each nanosecond of a page into their order.
    pub(super) async fn arrange(&mut self, expr: &str, page: &mut Page) {
        let zone = &self.wanted.system.time_zone;
        let ties = page.by_own_time(self.own_time.as_ref(), zone);
        if ties.is_empty() {
            return;
        }
        let before_line = ties.iter().flat_map(|tie| tie.differ_by.iter().cloned());
        let before_line: BTreeSet<String> = before_line.filter(|name| is_plain(name)).collect();
        let answers = self.written(expr, page, &ties, &before_line).await;
        let written = Written {
            answers: &answers,
            added: NANOSECOND,
            before_line: &before_line,
        };
        self.unordered.extend(page.as_written(&ties, &written));
    }

    /// Asks in which order the rows of ties were written.
    async fn written(
        &mut self,
        expr: &str,
        page: &Page,
        ties: &[Tie],
        before_line: &BTreeSet<String>,
    ) -> Vec<Arc<LogAnswer>> {
        let mut requests = JoinSet::new();
        let sets = label_sets(ties);
        let all: Vec<&BTreeSet<&str>> = sets.keys().collect();
        for (names, times) in &sets {
            let expr = only_streams_with(expr, names, &all);
            for cluster in clusters(times) {
                let (Some(first), Some(last)) = (cluster.first(), cluster.last()) else {
                    continue;
                };
                let tied: usize = cluster.iter().map(|(_, rows)| rows).sum();
                let between = page.rows_between(first.0, last.0);
                let named = cluster.len() <= MOST_NAMED && 2 * tied < between;
                let lines = if named { tied } else { between };
                let limit = u32::try_from(lines + lines / 8 + SPARE_LINES).unwrap_or(u32::MAX);
                let request = Request::Written {
                    query: in_order(&expr, names, before_line, named.then_some(cluster)),
                    start_ns: first.0,
                    end_ns: last.0.saturating_add(1),
                    limit: limit.min(self.most_entries(limit).await),
                };
                let client = self.data_source.client.clone();
                let call = Call {
                    under_way: UnderWay::default(),
                    ..self.wanted.call.clone()
                };
                let asked = async move { client.logs(&request, &call).await };
                requests.spawn(asked.in_current_span());
            }
        }
        let mut answers = Vec::new();
        while let Some(answered) = requests.join_next().await {
            match answered {
                Ok(Ok(answer)) => {
                    self.read.stats.add(&answer.stats);
                    answers.push(answer);
                }
                Ok(Err(error)) => self.order_failed = Some(error.to_string()),
                Err(panic) => tracing::error!(%panic, "the order of lines was not asked for"),
            }
        }
        answers
    }
}

impl Reading<'_> {
    /// Says of how many rows nobody knows the order, if any of them is in the answer.
    pub(super) fn note_order(&mut self, last: Option<Position>) {
        let is_shown = |(timestamp_ns, _): &&(i64, usize)| {
            last.is_some_and(|last| match self.wanted.direction {
                Direction::Backward => *timestamp_ns >= last.timestamp_ns,
                Direction::Forward => *timestamp_ns <= last.timestamp_ns,
            })
        };
        let rows = self.unordered.iter().filter(is_shown).map(|(_, rows)| rows);
        let rows: usize = rows.sum();
        if rows == 0 {
            return;
        }
        let why = match &self.order_failed {
            Some(error) => format!("Loki did not say it: {error}"),
            None => "a stream has more than 12 of one nanosecond, or stands in shards".to_owned(),
        };
        self.read.notices.push(Notice::info(format!(
            "the order in which {rows} lines were written is not known, and they come in that of their ids: {why}"
        )));
    }
}

/// The nanoseconds of ties, oldest first, each with its number of rows.
type Times = Vec<(i64, usize)>;

/// Returns the ties of which the order can be known, by the names that their streams have as labels.
fn label_sets(ties: &[Tie]) -> BTreeMap<BTreeSet<&str>, Times> {
    let mut sets: BTreeMap<BTreeSet<&str>, BTreeMap<i64, usize>> = BTreeMap::new();
    for tie in ties.iter().filter(|tie| tie.can_be_known) {
        let names = tie.labels.iter().map(|(name, _)| name);
        let names = names.filter(|name| !is_internal(name) && is_plain(name));
        let times = sets.entry(names.collect()).or_default();
        *times.entry(tie.timestamp_ns).or_default() += tie.rows();
    }
    let sets = sets.into_iter();
    sets.map(|(names, times)| (names, times.into_iter().collect()))
        .collect()
}

/// Says whether LogQL takes a name.
fn is_plain(name: &str) -> bool {
    LabelName::new(name).is_some()
}

/// Returns the query for the streams that have exactly these of the labels: metadata of other streams could
/// have the names of the rest.
fn only_streams_with(expr: &str, names: &BTreeSet<&str>, sets: &[&BTreeSet<&str>]) -> String {
    let own = selectors(expr).into_iter().next();
    let Some((own, Ok(mut selector))) = own.map(|own| (own, parse_selector(own))) else {
        return expr.to_owned();
    };
    let all: BTreeSet<&str> = sets.iter().flat_map(|set| set.iter().copied()).collect();
    let shared = |name: &str| sets.iter().all(|set| set.contains(name));
    for name in all.into_iter().filter(|name| !shared(name)) {
        let op = if names.contains(name) {
            MatchOp::NotEqual
        } else {
            MatchOp::Equal
        };
        if let Some(name) = LabelName::new(name) {
            let value = String::new();
            selector = selector.with(Matcher { name, op, value });
        }
    }
    expr.replacen(own, &selector.to_string(), 1)
}

/// Returns the query with each nanosecond as a label set of its own; `named` are the nanoseconds that are
/// asked for, all if there are none.
fn in_order(
    expr: &str,
    names: &BTreeSet<&str>,
    before_line: &BTreeSet<String>,
    named: Option<&[(i64, usize)]>,
) -> String {
    // LogQL of the user's own may end with a comment.
    let mut query = format!(
        "{expr}\n| label_format {NANOSECOND}={}",
        quote::string("{{ __timestamp__ | unixEpochNanos }}")
    );
    if let Some(times) = named {
        let times: Vec<String> = times.iter().map(|(time, _)| time.to_string()).collect();
        let one_of = quote::string(&format!("^(?:{})$", times.join("|")));
        query = format!("{query} | {NANOSECOND}=~{one_of}");
    }
    if !before_line.is_empty() {
        let separator = Written::SEPARATOR;
        let values = before_line
            .iter()
            .map(|name| format!("{{{{ .{name} }}}}{separator}"));
        let template = values
            .chain(["{{ __line__ }}".to_owned()])
            .collect::<String>();
        query = format!("{query} | line_format {}", quote::string(&template));
    }
    let kept = std::iter::once(NANOSECOND).chain(names.iter().copied());
    let kept: Vec<&str> = kept.collect();
    format!("{query} | keep {}", kept.join(", "))
}

/// Returns ties in groups with long times between them.
fn clusters(times: &[(i64, usize)]) -> Vec<&[(i64, usize)]> {
    let (Some((first, _)), Some((last, _))) = (times.first(), times.last()) else {
        return Vec::new();
    };
    let long = (last.abs_diff(*first) / 8).max(SHORT_NS);
    let pairs = times.iter().zip(times.iter().skip(1)).enumerate();
    let mut gaps: Vec<(u64, usize)> = pairs
        .map(|(number, ((before, _), (after, _)))| (after.abs_diff(*before), number + 1))
        .filter(|(gap, _)| *gap > long)
        .collect();
    gaps.sort_unstable_by(|a, b| b.cmp(a));
    gaps.truncate(MOST_CLUSTERS - 1);
    let mut cuts: Vec<usize> = gaps.into_iter().map(|(_, cut)| cut).collect();
    cuts.sort_unstable();
    let mut clusters = Vec::new();
    let (mut rest, mut done) = (times, 0);
    for cut in cuts {
        let (cluster, behind) = rest.split_at_checked(cut - done).unwrap_or((rest, &[]));
        clusters.push(cluster);
        (rest, done) = (behind, cut);
    }
    clusters.push(rest);
    clusters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_ties_are_asked_for_apart() {
        let minute = 60_000_000_000;
        for (name, at, expected) in [
            ("one", &[5][..], &[1][..]),
            ("near", &[0, 1, 2], &[3]),
            ("two ends", &[0, 1, 60 * minute, 61 * minute], &[2, 2]),
            (
                "a chain",
                &[0, 2 * minute, 4 * minute, 6 * minute],
                &[1, 1, 1, 1],
            ),
            (
                "more than are worth it",
                &[0, 20 * minute, 40 * minute, 60 * minute, 80 * minute],
                &[1, 1, 1, 2],
            ),
        ] {
            let times: Times = at.iter().map(|at| (*at, 2)).collect();
            let found: Vec<usize> = clusters(&times).iter().map(|times| times.len()).collect();
            let rejoined: Times = clusters(&times).concat();
            assert_eq!(rejoined, times, "{name}");
            assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        }
    }

    #[test]
    fn the_question_keeps_what_tells_streams_apart() {
        let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<&str>>();
        let (few, many) = (set(&["job"]), set(&["job", "pod"]));
        let expr = "{job=\"a\"} |= \"{x}\"";
        assert_eq!(only_streams_with(expr, &few, &[&few]), expr);
        assert_eq!(
            only_streams_with(expr, &few, &[&few, &many]),
            "{job=\"a\", pod=\"\"} |= \"{x}\""
        );
        assert_eq!(
            only_streams_with(expr, &many, &[&few, &many]),
            "{job=\"a\", pod!=\"\"} |= \"{x}\""
        );
        let before = std::iter::once("m".to_owned()).collect();
        assert_eq!(
            in_order(expr, &many, &before, Some(&[(1, 2), (3, 2)])),
            "{job=\"a\"} |= \"{x}\"\n| label_format gk_t=\"{{ __timestamp__ | unixEpochNanos }}\" \
             | gk_t=~\"^(?:1|3)$\" | line_format \"{{ .m }}\\u0001{{ __line__ }}\" | keep gk_t, job, pod"
        );
    }
}
