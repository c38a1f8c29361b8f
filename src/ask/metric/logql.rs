//! LogQL of the user's own that makes numbers.

use super::{Answer, DataSource, Error, Notice, Numbers, Query, Scope, Timing, stats_of, timing};
use crate::answer::metric::series_frames;
use crate::ask::prepare::range_ms;
use crate::loki::Request;
use crate::query::{MacroContext, expand};

impl DataSource {
    /// Answers LogQL that makes numbers with the frames of numbers; its labels stay as they are.
    pub(super) async fn logql_numbers(
        &self,
        query: &Query,
        scope: &Scope,
    ) -> Result<Answer, Error> {
        let system = self.named_system(query.system.as_deref())?;
        let call = self.call(&scope.caller, Some(system), query.query_type.as_str());
        // Loki puts points on multiples of the step, and the user's own windows cannot be moved.
        let unmoved = Query {
            utc_offset_s: 0,
            ..query.clone()
        };
        let timing = timing(&unmoved, scope)?;
        let expr = logql_text(query, scope, &timing);
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
        let mut frames = series_frames(&asked, &answer.series);
        if let Some(first) = frames.first_mut() {
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

/// Returns the user's LogQL with its macros replaced.
fn logql_text(query: &Query, scope: &Scope, timing: &Timing) -> String {
    let macros = MacroContext {
        interval_ms: timing.step_ns / 1_000_000,
        range_ms: range_ms(scope),
        instant: query.instant,
    };
    expand(&query.expr, &macros).trim().to_owned()
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
    use super::makes_numbers;

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
