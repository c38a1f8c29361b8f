//! Pipelines as a real Loki 3.7 was seen to run them; each row was compared with one.

mod faults;
mod lines;
mod numbers;
mod panics;
mod templates;

use std::borrow::Cow;
use std::sync::Arc;

use super::{Entry, LabelSet, Pipeline, PipelineError, ProcessedLine, Sample};
use crate::syntax::{Expr, Grouping, MetricExpr, parse};

/// Sorted labels.
fn labels(pairs: &[(&str, &str)]) -> LabelSet {
    let mut labels: LabelSet = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    labels.sort();
    labels
}

/// Compiles the stages of a log query; `{t="t"}` is put before them.
fn compile(stages: &str) -> Result<Pipeline, PipelineError> {
    match parse(&format!("{{t=\"t\"}} {stages}")) {
        Ok(Expr::Log(query)) => Pipeline::for_lines(&query.stages),
        Ok(Expr::Metric(_)) => panic!("{stages} are no stages"),
        Err(problem) => Err(PipelineError(problem.to_string())),
    }
}

/// Compiles a query for numbers: a range aggregation, or one with a `sum` around it; `@` is its selector.
fn compile_numbers(query: &str) -> Pipeline {
    let query = query.replace('@', "{t=\"t\"}");
    let by_nothing = Grouping {
        without: false,
        labels: Vec::new(),
    };
    match parse(&query).unwrap() {
        Expr::Metric(MetricExpr::Range(range)) => Pipeline::for_numbers(&range, None).unwrap(),
        Expr::Metric(MetricExpr::Vector(sum)) => match *sum.inner {
            MetricExpr::Range(range) => {
                let outer = sum.grouping.as_ref().unwrap_or(&by_nothing);
                Pipeline::for_numbers(&range, Some(outer)).unwrap()
            }
            _ => panic!("{query} is not of the tests' kind"),
        },
        _ => panic!("{query} is not of the tests' kind"),
    }
}

/// Runs a line with metadata `m="meta"` in the stream `{app="s"}`.
fn run(pipeline: &mut Pipeline, line: &str) -> Option<ProcessedLine<'static>> {
    let stream = Arc::new(labels(&[("app", "s")]));
    let metadata = labels(&[("m", "meta")]);
    let entry = Entry {
        timestamp_ns: 1_700_000_000_000_000_000,
        line,
        metadata: &metadata,
    };
    let processed = pipeline.process(&stream, &entry)?;
    Some(ProcessedLine {
        line: Cow::Owned(processed.line.into_owned()),
        labels: processed.labels,
    })
}

/// Runs a line and reads its sample.
fn sample(pipeline: &mut Pipeline, line: &str) -> Option<Sample> {
    let stream = Arc::new(labels(&[("app", "s")]));
    let entry = Entry {
        timestamp_ns: 1_700_000_000_000_000_000,
        line,
        metadata: &[],
    };
    pipeline.sample(&stream, &entry)
}

/// Returns what stages made of a line's labels, as `name=value` with blanks between, or `-` for a line
/// that they filtered out.
fn parsed(stages: &str, line: &str) -> String {
    let mut pipeline = compile(stages).unwrap_or_else(|problem| panic!("{stages}: {problem}"));
    let Some(processed) = run(&mut pipeline, line) else {
        return "-".to_owned();
    };
    let parsed = processed.labels.parsed.iter();
    let shown: Vec<_> = parsed
        .filter(|(name, _)| name != "__error_details__")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    shown.join(" ")
}

/// Returns which of the lines pass.
fn passing<'l>(stages: &str, lines: &[&'l str]) -> Vec<&'l str> {
    let mut pipeline = compile(stages).unwrap_or_else(|problem| panic!("{stages}: {problem}"));
    let passes = |line: &&&str| run(&mut pipeline, line).is_some();
    lines.iter().filter(passes).copied().collect()
}

/// Returns the line that stages make.
fn line(stages: &str, line: &str) -> String {
    let mut pipeline = compile(stages).unwrap_or_else(|problem| panic!("{stages}: {problem}"));
    run(&mut pipeline, line).unwrap().line.into_owned()
}
