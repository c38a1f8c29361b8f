//! The evaluation over a few lines in memory. What is expected here was seen on a Loki 3.7.6.

mod aggregations;
mod operations;
mod ranges;
mod unwrapped;

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use re2::Re2;

use super::{Entries, InstantValue, Limits, QueryError, Series, evaluate_instant, evaluate_range};
use crate::pipeline::{Entry, LabelSet};
use crate::syntax::{Expr, MatchOp, Matcher, MetricExpr, parse};

const SECOND: i64 = 1_000_000_000;

/// A full hour, in seconds since the epoch, that times in these tests count from.
const HOUR: i64 = 1_700_002_800;

/// Streams: labels, and lines with their times in seconds from [`HOUR`].
#[derive(Default)]
struct Lines(Vec<Stream>);

type Stream = (Arc<LabelSet>, Vec<(f64, String)>);

impl Lines {
    /// Adds a stream; its labels are written `a=1 b=2`.
    fn stream<'l>(mut self, labels: &str, lines: impl IntoIterator<Item = (f64, &'l str)>) -> Self {
        let pairs = labels.split_whitespace();
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        let mut labels: LabelSet = pairs.map(pair).collect();
        labels.sort();
        let lines = lines
            .into_iter()
            .map(|(time, line)| (time, line.to_owned()));
        self.0.push((Arc::new(labels), lines.collect()));
        self
    }

    /// Adds a stream with lines at these times that say nothing.
    fn times(self, labels: &str, times: &[f64]) -> Self {
        self.stream(labels, times.iter().map(|time| (*time, "line")))
    }
}

impl Entries for Lines {
    fn visit(
        &self,
        selector: &[Matcher],
        from_ns: i64,
        to_ns: i64,
        visit: &mut dyn FnMut(&Arc<LabelSet>, &Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), QueryError> {
        for (labels, lines) in &self.0 {
            if !selector.iter().all(|matcher| holds(matcher, labels)) {
                continue;
            }
            for (time, line) in lines {
                let timestamp_ns = HOUR * SECOND + (time * 1e9) as i64;
                if timestamp_ns <= from_ns || timestamp_ns > to_ns {
                    continue;
                }
                let entry = Entry {
                    timestamp_ns,
                    line,
                    metadata: &[],
                };
                if visit(labels, &entry).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn holds(matcher: &Matcher, labels: &LabelSet) -> bool {
    let value = super::labels::value(labels, &matcher.name);
    let is_match = || Re2::new(&matcher.value).unwrap().matches(value);
    match matcher.op {
        MatchOp::Equal => value == matcher.value,
        MatchOp::NotEqual => value != matcher.value,
        MatchOp::Regex => is_match(),
        MatchOp::NotRegex => !is_match(),
    }
}

fn limits() -> Limits {
    Limits {
        max_series: 500,
        max_points: 11_000,
        max_query_length: Duration::from_secs(721 * 3600),
        deadline: None,
    }
}

fn metric(query: &str) -> MetricExpr {
    match parse(query) {
        Ok(Expr::Metric(expr)) => expr,
        other => panic!("{query}: {other:?}"),
    }
}

/// Evaluates at a time, in seconds from [`HOUR`]: `{a="1"} 5` a line.
fn at(lines: &Lines, time: i64, query: &str) -> String {
    let time_ns = (HOUR + time) * SECOND;
    match evaluate_instant(&metric(query), lines, time_ns, &limits()) {
        Ok(InstantValue::Scalar(number)) => number.to_string(),
        Ok(InstantValue::Vector(values)) => {
            let lines = values.iter();
            let lines = lines.map(|(labels, value)| format!("{} {value}", text(labels)));
            lines.collect::<Vec<_>>().join("\n")
        }
        Err(error) => error.to_string(),
    }
}

/// Evaluates from a time to another, in seconds from [`HOUR`]: `{a="1"} 0:5 10:6` a line.
fn over(lines: &Lines, (from, to): (i64, i64), step: i64, query: &str) -> String {
    let (start_ns, end_ns) = ((HOUR + from) * SECOND, (HOUR + to) * SECOND);
    let step_ns = step * SECOND;
    match evaluate_range(&metric(query), lines, start_ns, end_ns, step_ns, &limits()) {
        Ok(series) => series.iter().map(line).collect::<Vec<_>>().join("\n"),
        Err(error) => error.to_string(),
    }
}

fn line(series: &Series) -> String {
    let mut line = text(&series.labels);
    for (time_ns, value) in &series.points {
        let _ = write!(line, " {}:{value}", time_ns / SECOND - HOUR);
    }
    line
}

fn text(labels: &LabelSet) -> String {
    crate::store::label_text(labels)
}

#[test]
fn a_query_ends_at_its_deadline() {
    let lines = Lines::default().times("a=1", &vec![1.0; 5000]);
    let limits = Limits {
        deadline: Some(Instant::now()),
        ..limits()
    };
    let expr = metric(r#"count_over_time({a="1"}[5m])"#);
    let error = evaluate_instant(&expr, &lines, (HOUR + 10) * SECOND, &limits).unwrap_err();
    assert_eq!(error, QueryError::Timeout);
    assert_eq!(error.to_string(), "context deadline exceeded");
}

#[test]
fn a_query_that_reads_too_long_a_time_is_refused() {
    let lines = Lines::default();
    let query = r#"sum(count_over_time({a="1"}[1y]))"#;
    assert_eq!(
        over(&lines, (0, 2400), 300, query),
        "the query time range exceeds the limit (query length: 8760h40m0s, limit: 30d1h)"
    );
    let query = r#"quantile_over_time(0.5, {a="1"} | unwrap x [40d])"#;
    assert_eq!(
        at(&lines, 0, query),
        "the query time range exceeds the limit (query length: 960h0m0s, limit: 30d1h)"
    );
}

#[test]
fn more_series_than_the_limit_are_refused_wherever_loki_hands_them_on() {
    let mut lines = Lines::default();
    for i in 0..600 {
        lines = lines.times(&format!("x=many i={i} h={}", i % 7), &[1.0]);
    }
    let count = r#"count_over_time({x="many"}[5m])"#;
    for query in [
        "C",
        "sum by (i) (C)",
        "topk(3, C)",
        "stddev(C)",
        "count(sum by (i) (C))",
        "C > 5",
    ] {
        let error = at(&lines, 10, &query.replace('C', count));
        assert!(
            error.starts_with("maximum number of series (500) reached for a single query"),
            "{query}: {error}"
        );
    }
    for query in ["sum(C)", "max(C)", "count(C)", "avg(C)", "sum by (h) (C)"] {
        let answer = at(&lines, 10, &query.replace('C', count));
        assert!(answer.starts_with('{'), "{query}: {answer}");
    }
}
