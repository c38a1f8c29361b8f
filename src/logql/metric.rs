//! Metric queries: lines counted or measured over a window, by label.

use std::fmt;
use std::time::Duration;

use super::{LabelName, LogQuery};

/// How the lines of a window become a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RangeOp {
    /// The number of lines.
    Count,
    /// The sum of the unwrapped label.
    Sum,
    /// Its mean.
    Avg,
    /// Its smallest value.
    Min,
    /// Its largest value.
    Max,
    /// Its newest value.
    Last,
    /// Its quantile, from 0 to 1.
    Quantile(f64),
}

/// `sum by (a, b) (count_over_time({…} | … [60s] offset 3600s))` and its kin.
///
/// Which of the two groupings is written follows from what Loki takes: counts and sums refuse one of
/// their own, and give the one around them to their readers; the others must have their own, or every
/// set of labels would become a series.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricQuery {
    /// How.
    pub op: RangeOp,
    /// Of which lines.
    pub lines: LogQuery,
    /// The label that is measured; none for a count.
    pub unwrap: Option<LabelName>,
    /// How far back each point looks; whole milliseconds, since LogQL has no smaller unit.
    pub window: Duration,
    /// How far back of each point the window ends; whole milliseconds.
    pub offset: Duration,
    /// The labels that make a series.
    pub by: Vec<LabelName>,
}

impl fmt::Display for MetricQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by: Vec<&str> = self.by.iter().map(LabelName::as_str).collect();
        let by = by.join(", ");
        let sums = matches!(self.op, RangeOp::Count | RangeOp::Sum);
        if sums && by.is_empty() {
            f.write_str("sum(")?;
        } else if sums {
            write!(f, "sum by ({by}) (")?;
        }
        match self.op {
            RangeOp::Count => f.write_str("count_over_time(")?,
            RangeOp::Sum => f.write_str("sum_over_time(")?,
            RangeOp::Avg => f.write_str("avg_over_time(")?,
            RangeOp::Min => f.write_str("min_over_time(")?,
            RangeOp::Max => f.write_str("max_over_time(")?,
            RangeOp::Last => f.write_str("last_over_time(")?,
            RangeOp::Quantile(share) => write!(f, "quantile_over_time({share}, ")?,
        }
        write!(f, "{}", self.lines)?;
        if let Some(label) = &self.unwrap {
            write!(f, " | unwrap {label}")?;
        }
        write!(f, " [{}]", duration(self.window))?;
        if !self.offset.is_zero() {
            write!(f, " offset {}", duration(self.offset))?;
        }
        f.write_str(")")?;
        if sums {
            f.write_str(")")
        } else {
            write!(f, " by ({by})")
        }
    }
}

/// Writes a duration, begun milliseconds included: a window must not lose lines, nor be none.
fn duration(span: Duration) -> String {
    let milliseconds = span.as_nanos().div_ceil(1_000_000).max(1);
    if milliseconds.is_multiple_of(1000) {
        format!("{}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}ms")
    }
}

/// Numbers of the lines of several queries, which have no line in common. Two of them may have series of
/// the same labels, of which `or` would leave one out: every query but the first marks its own.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricUnion {
    /// The queries.
    pub queries: Vec<MetricQuery>,
    /// The label that holds a series' query: absent for the first, `1` for the second.
    pub mark: LabelName,
}

impl MetricUnion {
    /// Returns what stands before and behind the query of this number.
    pub fn around(&self, number: usize) -> (&'static str, String) {
        let mark = &self.mark;
        match number {
            0 => ("", String::new()),
            _ => (
                "or label_replace(",
                format!(", \"{mark}\", \"{number}\", \"{mark}\", \"\")"),
            ),
        }
    }
}

impl fmt::Display for MetricUnion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, query) in self.queries.iter().enumerate() {
            let (before, behind) = self.around(number);
            let blank = if number == 0 { "" } else { " " };
            write!(f, "{blank}{before}{query}{behind}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logql::{Selector, parse_selector};

    fn query(op: RangeOp, unwrap: Option<&str>, by: &[&str]) -> MetricQuery {
        let selector: Selector = parse_selector("{a=\"b\"}").unwrap();
        let name = |text: &str| LabelName::new(text).unwrap();
        MetricQuery {
            op,
            lines: LogQuery {
                selector,
                stages: Vec::new(),
            },
            unwrap: unwrap.map(name),
            window: Duration::from_secs(90),
            offset: Duration::ZERO,
            by: by.iter().map(|text| name(text)).collect(),
        }
    }

    #[test]
    fn groupings_stand_where_loki_takes_them() {
        for (op, unwrap, by, expected) in [
            (
                RangeOp::Count,
                None,
                &["x", "y"][..],
                "sum by (x, y) (count_over_time({a=\"b\"} [90s]))",
            ),
            (
                RangeOp::Count,
                None,
                &[],
                "sum(count_over_time({a=\"b\"} [90s]))",
            ),
            (
                RangeOp::Sum,
                Some("n"),
                &["x"],
                "sum by (x) (sum_over_time({a=\"b\"} | unwrap n [90s]))",
            ),
            (
                RangeOp::Quantile(0.95),
                Some("n"),
                &["x"],
                "quantile_over_time(0.95, {a=\"b\"} | unwrap n [90s]) by (x)",
            ),
            (
                RangeOp::Avg,
                Some("n"),
                &[],
                "avg_over_time({a=\"b\"} | unwrap n [90s]) by ()",
            ),
        ] {
            assert_eq!(query(op, unwrap, by).to_string(), expected);
        }
    }

    #[test]
    fn series_of_one_query_are_none_of_another() {
        let count = |by: &[&str]| query(RangeOp::Count, None, by);
        let union = MetricUnion {
            queries: vec![count(&["x"]), count(&["y"]), count(&["x", "y"])],
            mark: LabelName::new("m").unwrap(),
        };
        let counted = "(count_over_time({a=\"b\"} [90s]))";
        let expected = format!(
            "sum by (x) {counted} or label_replace(sum by (y) {counted}, \"m\", \"1\", \"m\", \"\") or label_replace(sum by (x, y) {counted}, \"m\", \"2\", \"m\", \"\")"
        );
        assert_eq!(union.to_string(), expected);
    }

    #[test]
    fn durations_have_milliseconds_where_they_need_them() {
        assert_eq!(duration(Duration::from_secs(60)), "60s");
        assert_eq!(duration(Duration::from_millis(1500)), "1500ms");
        assert_eq!(duration(Duration::from_nanos(1)), "1ms");
        assert_eq!(duration(Duration::from_nanos(1_000_001)), "2ms");
        assert_eq!(duration(Duration::ZERO), "1ms");
    }
}
