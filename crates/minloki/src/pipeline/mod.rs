//! What happens to each line of a query: the stages of its pipeline, as Loki 3.7 runs them.
//!
//! A [`Pipeline`] is compiled once a query and fed entry by entry. It answers lines
//! ([`Pipeline::for_lines`]) or samples ([`Pipeline::for_numbers`]).
//! Source: <https://grafana.com/docs/loki/latest/query/log_queries/>.

mod error_kind;
mod extract;
mod format;
mod go;
mod hints;
mod ip;
mod json;
mod label_filter;
mod labels;
mod line_filter;
mod logfmt;
mod name;
mod pattern;
mod sample;
mod select;
mod stage;
mod template;
#[cfg(test)]
mod tests;
mod text_test;

use std::borrow::Cow;
use std::sync::Arc;

use crate::syntax::{Grouping, RangeAggregation, Stage};

use hints::Hints;
use label_filter::{LabelCondition, LabelTest};
use labels::{Labels, Scratch};
use sample::{Measure, SampleLabels};
use stage::{CompiledStage, Current};

/// Names and values, sorted by name, each name once.
pub type LabelSet = Vec<(String, String)>;

/// An entry as it was pushed.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    /// The line.
    pub line: &'a str,
    /// The structured metadata, sorted by name.
    pub metadata: &'a [(String, String)],
}

/// The labels of an answered line, by where they come from; no name is in two of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CategorizedLabels {
    /// Labels of the stream. Shared with the stream where the pipeline changed none.
    pub stream: Arc<LabelSet>,
    /// Structured metadata.
    pub metadata: LabelSet,
    /// What stages made, `__error__` and `__error_details__` included.
    pub parsed: LabelSet,
}

impl CategorizedLabels {
    /// All labels in one set, as answers without `categorize-labels` show them.
    pub fn merged(&self) -> LabelSet {
        let mut all: LabelSet = self.stream.to_vec();
        all.extend_from_slice(&self.metadata);
        all.extend_from_slice(&self.parsed);
        all.sort_unstable();
        all
    }
}

/// A line that the pipeline let through.
#[derive(Debug, Clone)]
pub struct ProcessedLine<'a> {
    /// The line, formatted where a stage does so.
    pub line: Cow<'a, str>,
    /// Its labels.
    pub labels: CategorizedLabels,
}

/// What a line counts for in a metric query.
#[derive(Debug, Clone)]
pub struct Sample {
    /// 1 for counts, the line's length for bytes, else the unwrapped value.
    pub value: f64,
    /// The labels of the sample's series, grouped where a grouping applies. Equal sets usually share one
    /// allocation.
    pub labels: Arc<LabelSet>,
    /// Whether a stage failed, so that the whole query fails; the labels, which are all of them then,
    /// say by `__error__` and `__error_details__` why.
    pub failed: bool,
}

/// A stage that cannot be compiled; the text is Loki's where Loki refuses it as well. Loki answers with
/// status 400 and this text, and with status 200 and no rows where the request asks for categorized
/// labels and the text begins with `parse error : stage`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PipelineError(pub String);

/// The compiled stages of a query.
#[derive(Debug)]
pub struct Pipeline {
    stages: Vec<CompiledStage>,
    hints: Hints,
    measure: Measure,
    sample_labels: SampleLabels,
    scratch: Scratch,
}

impl Pipeline {
    /// Compiles the stages of a log query.
    ///
    /// # Errors
    /// A stage that Loki refuses, or that the embedded Loki cannot run.
    pub fn for_lines(stages: &[Stage]) -> Result<Self, PipelineError> {
        let stages = stage::compile(stages)?;
        Ok(Self {
            hints: Hints::all_labels(conditions(&stages)),
            stages,
            measure: Measure::Lines,
            sample_labels: SampleLabels::new(None, None, false),
            scratch: Scratch::default(),
        })
    }

    /// Compiles the stages below a range aggregation. `outer` is the grouping of the `sum` right around
    /// it, if there is one (an empty `by` for a `sum` without a grouping): Loki evaluates it per line,
    /// unless the range aggregation has a grouping of its own.
    ///
    /// # Errors
    /// A stage that Loki refuses, or that the embedded Loki cannot run.
    pub fn for_numbers(
        range: &RangeAggregation,
        outer: Option<&Grouping>,
    ) -> Result<Self, PipelineError> {
        let mut stages = stage::compile(&range.lines.stages)?;
        let measure = Measure::new(range)?;
        if !matches!(measure, Measure::Bytes) {
            remove_idle_formats(&mut stages);
        }
        let grouping = range.grouping.as_ref().or(outer);
        let hints = match grouping {
            Some(grouping) if !grouping.without => {
                let mut required = grouping.labels.clone();
                let mut add = |name: &str| required.push(name.to_owned());
                for stage in &stages {
                    stage.for_each_name(&mut add);
                }
                measure.for_each_name(&mut add);
                let conditions = if grouping.labels.is_empty() {
                    conditions(&stages)
                } else {
                    Vec::new()
                };
                Hints::some_labels(conditions, required)
            }
            _ => Hints::all_labels(conditions(&stages)),
        };
        let unwrapped = range.unwrap.as_ref().map(|unwrap| unwrap.label.clone());
        Ok(Self {
            sample_labels: SampleLabels::new(grouping.cloned(), unwrapped, hints.name_errors()),
            stages,
            hints,
            measure,
            scratch: Scratch::default(),
        })
    }

    /// Runs an entry through the stages; `None` when one of them filters it out. `stream` is sorted by
    /// name.
    pub fn process<'a>(
        &mut self,
        stream: &Arc<LabelSet>,
        entry: &Entry<'a>,
    ) -> Option<ProcessedLine<'a>> {
        let mut current = self.begin(stream, entry)?;
        let labels = self.run(&mut current).then(|| current.labels.categorized());
        self.scratch = current.labels.into_scratch();
        Some(ProcessedLine {
            line: current.line,
            labels: labels?,
        })
    }

    /// Runs an entry through the stages and reads its sample; `None` when one of them filters it out, or
    /// when it lacks the label to unwrap. `stream` is sorted by name.
    pub fn sample(&mut self, stream: &Arc<LabelSet>, entry: &Entry<'_>) -> Option<Sample> {
        let mut current = self.begin(stream, entry)?;
        let value = if self.run(&mut current) {
            self.measure.of(&mut current)
        } else {
            None
        };
        let sample = value.map(|value| self.sample_labels.sample(&current.labels, value));
        self.scratch = current.labels.into_scratch();
        sample
    }

    /// Runs the line filters at the front, for which no label is needed.
    fn begin<'a, 's>(
        &mut self,
        stream: &'s Arc<LabelSet>,
        entry: &Entry<'a>,
    ) -> Option<Current<'a, 's>>
    where
        'a: 's,
    {
        for stage in &self.stages {
            match stage {
                CompiledStage::Line(test) if test.passes(entry.line) => {}
                CompiledStage::Line(_) => return None,
                _ => break,
            }
        }
        Some(Current {
            line: Cow::Borrowed(entry.line),
            timestamp_ns: entry.timestamp_ns,
            labels: Labels::new(stream, entry.metadata, std::mem::take(&mut self.scratch)),
        })
    }

    /// Runs the stages behind the first line filters.
    fn run(&self, current: &mut Current<'_, '_>) -> bool {
        let is_line_filter = |stage: &&CompiledStage| matches!(stage, CompiledStage::Line(_));
        let mut stages = self.stages.iter().skip_while(is_line_filter);
        stages.all(|stage| stage.run(current, &self.hints))
    }
}

/// Collects the label filters of one condition.
fn conditions(stages: &[CompiledStage]) -> Vec<LabelCondition> {
    let condition = |stage: &CompiledStage| match stage {
        CompiledStage::Labels(LabelTest::One(condition)) => Some(condition.clone()),
        _ => None,
    };
    stages.iter().filter_map(condition).collect()
}

/// Takes out every `line_format` that no parser and no line filter follows, as Loki does where the line
/// does not count: a template of `label_format` behind it sees the line as it was.
fn remove_idle_formats(stages: &mut Vec<CompiledStage>) {
    let reads_line =
        |stage: &CompiledStage| matches!(stage, CompiledStage::Line(_) | CompiledStage::Parser(_));
    let last_reader = stages.iter().rposition(reads_line);
    let mut number = 0;
    stages.retain(|stage| {
        let is_idle = last_reader.is_none_or(|last| number > last);
        number += 1;
        !(is_idle && matches!(stage, CompiledStage::LineFormat(_)))
    });
}
