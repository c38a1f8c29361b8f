//! LogQL of the user's own that makes numbers.

use super::{
    Answer, DataSource, Error, Notice, Numbers, Query, Scope, Timing, most_groups, stats_of, timing,
};
use crate::answer::metric::series_frames;
use crate::ask::prepare::range_ms;
use crate::loki::Request;
use crate::loki::response::Series;
use crate::query::{MacroContext, QueryError, expand};

impl DataSource {
    /// Answers LogQL that makes numbers with the frames of numbers; its labels stay as they are.
    pub(super) async fn logql_numbers(
        &self,
        query: &Query,
        scope: &Scope,
    ) -> Result<Answer, Error> {
        let system = self.named_system(query.system.as_deref())?;
        let call = self.call(&scope.caller, Some(system), query.query_type.as_str());
        let timing = unmoved(query, scope)?;
        let expr = expand(&query.expr, &macros_of(query, scope, &timing))
            .trim()
            .to_owned();
        let request = if timing.instant {
            Request::Instant {
                query: expr.clone(),
                time_ns: timing.end_ns,
            }
        } else {
            Request::Range {
                query: expr.clone(),
                start_ns: timing.start_ns,
                end_ns: timing.end_ns,
                step_ns: timing.step_ns,
            }
        };
        let answer = self.client.metric(&request, &call).await?;
        let mut memory = self.lease(&call);
        let deadline = self.deadline(&call);
        memory.reach(answer.memory(), deadline).await?;
        let asked = Numbers {
            query,
            system,
            groups: &[],
            measure: None,
            expr: &expr,
            timing: &timing,
        };
        let shown = largest(&answer.series, most_groups(query));
        let mut frames = series_frames(&asked, &shown);
        if let Some(first) = frames.first_mut() {
            if shown.len() < answer.series.len() {
                first.meta.notices.push(Notice::warning(format!(
                    "{} series: shown are the {} with the largest numbers; aggregate to fewer, or raise the limit",
                    answer.series.len(),
                    shown.len()
                )));
            }
            let said = answer.warnings.iter();
            let said = said.map(|text| Notice::warning(format!("Loki says: {text}")));
            first.meta.notices.extend(said);
            first.meta.stats = stats_of(&answer.stats);
        }
        Ok(Answer {
            query_type: query.query_type.as_str(),
            result: query.result.as_str(),
            loki_seconds: answer.stats.exec_seconds,
            loki_bytes: answer.stats.bytes_processed,
            rows: frames.iter().map(|frame| frame.rows() as u64).sum(),
            frames,
            memory: Some((memory, deadline)),
        })
    }
}

/// Returns at most so many series, in their order: those with the largest numbers in all points together.
fn largest(series: &[Series], most: usize) -> Vec<&Series> {
    let mut shown: Vec<&Series> = series.iter().collect();
    if shown.len() <= most {
        return shown;
    }
    let sum = |series: &Series| {
        let numbers = series.points.iter().map(|(_, value)| *value);
        numbers.filter(|value| !value.is_nan()).sum::<f64>()
    };
    let mut sums: Vec<(usize, f64)> = series.iter().map(sum).enumerate().collect();
    // Equals stay in their order.
    sums.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let mut kept: Vec<usize> = sums
        .into_iter()
        .take(most)
        .map(|(number, _)| number)
        .collect();
    kept.sort_unstable();
    shown = kept
        .into_iter()
        .filter_map(|number| series.get(number))
        .collect();
    shown
}

/// Returns what the macros of LogQL stand for that makes numbers: `$__interval` is the step that is asked for.
pub(in crate::ask) fn macros(query: &Query, scope: &Scope) -> Result<MacroContext, QueryError> {
    let timing = unmoved(query, scope)?;
    Ok(macros_of(query, scope, &timing))
}

/// Finds the points: Loki puts them on multiples of the step, and the user's own windows cannot be moved.
fn unmoved(query: &Query, scope: &Scope) -> Result<Timing, QueryError> {
    let unmoved = Query {
        utc_offset_s: 0,
        ..query.clone()
    };
    timing(&unmoved, scope)
}

fn macros_of(query: &Query, scope: &Scope, timing: &Timing) -> MacroContext {
    MacroContext {
        interval_ms: timing.step_ns / 1_000_000,
        range_ms: range_ms(scope),
        instant: query.instant,
    }
}

/// Says whether LogQL makes numbers: everything but a selector with its pipeline begins with a word or
/// a number, inside any parentheses.
pub(super) fn makes_numbers(expr: &str) -> bool {
    let mut rest = expr;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        match rest.strip_prefix('#') {
            Some(comment) => rest = comment.split_once('\n').map_or("", |(_, after)| after),
            None => return !rest.is_empty() && !rest.starts_with('{'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{largest, makes_numbers};
    use crate::loki::MetricAnswer;

    #[test]
    fn the_series_with_the_largest_numbers_are_shown_in_their_order() {
        let series = |name: &str, values: &str| {
            format!(r#"{{"metric":{{"a":"{name}"}},"values":[{values}]}}"#)
        };
        let all = [
            series("small", r#"[1,"1"],[2,"2"]"#),
            series("large", r#"[1,"9"],[2,"NaN"]"#),
            series("none", r#"[1,"NaN"]"#),
            series("twice", r#"[1,"4"],[2,"4"]"#),
        ];
        let body = format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#,
            all.join(",")
        );
        let answer = MetricAnswer::decode(body.as_bytes()).unwrap();
        for (most, want) in [
            (5, "small large none twice"),
            (4, "small large none twice"),
            (3, "small large twice"),
            (2, "large twice"),
            (1, "large"),
        ] {
            let shown = largest(&answer.series, most);
            let names: Vec<&str> = shown.iter().filter_map(|s| s.labels.get("a")).collect();
            assert_eq!(names.join(" "), want, "{most}");
        }
    }

    #[test]
    fn numbers_begin_with_a_word() {
        for (expr, numbers) in [
            ("{a=\"b\"}", false),
            (" ( {a=\"b\"} |= \"sum(\" )", false),
            ("# sum\n{a=\"b\"}", false),
            ("sum(rate({a=\"b\"}[1m]))", true),
            ("(sum(rate({a=\"b\"}[1m])) / 2)", true),
            ("# {\n  1 + 1", true),
            ("", false),
            ("# nothing", false),
        ] {
            assert_eq!(makes_numbers(expr), numbers, "{expr}");
        }
    }
}
