//! From lines to samples: `unwrap` and grouping.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::go::duration::{parse_duration, seconds};
use super::go::float::parse_float;
use super::go::size::parse_size;
use super::label_filter::LabelTest;
use super::labels::{ERROR, ERROR_DETAILS, ErrorKind, Labels};
use super::stage::Current;
use super::{LabelSet, PipelineError, Sample};
use crate::syntax::{Conversion, Grouping, RangeAggregation, RangeOp, Unwrap};

/// How many label sets are kept to be shared.
const MOST_SETS: usize = 1 << 16;

/// What a line counts for.
#[derive(Debug)]
pub enum Measure {
    /// 1
    Lines,
    /// Its length.
    Bytes,
    /// The value of a label.
    Label {
        /// Its name.
        name: String,
        /// How it is read.
        conversion: Option<Conversion>,
        /// The filters behind `unwrap`.
        filters: Vec<LabelTest>,
    },
}

impl Measure {
    /// Compiles what a range aggregation measures.
    ///
    /// # Errors
    /// A label filter that Loki refuses.
    pub fn new(range: &RangeAggregation) -> Result<Self, PipelineError> {
        Ok(match &range.unwrap {
            Some(Unwrap {
                label,
                conversion,
                filters,
            }) => Self::Label {
                name: label.clone(),
                conversion: *conversion,
                filters: filters
                    .iter()
                    .map(LabelTest::new)
                    .collect::<Result<_, _>>()?,
            },
            None if matches!(range.op, RangeOp::BytesRate | RangeOp::BytesOverTime) => Self::Bytes,
            None => Self::Lines,
        })
    }

    /// Calls `each` with the labels that it reads.
    pub fn for_each_name(&self, each: &mut dyn FnMut(&str)) {
        if let Self::Label { name, filters, .. } = self {
            each(name);
            for filter in filters {
                filter.for_each_name(each);
            }
        }
    }

    /// Measures a line; `None` where it has no sample.
    pub fn of(&self, current: &mut Current<'_, '_>) -> Option<f64> {
        match self {
            Self::Lines => Some(1.0),
            Self::Bytes => Some(current.line.len() as f64),
            Self::Label {
                name,
                conversion,
                filters,
            } => {
                let labels = &mut current.labels;
                let text = labels.get(name).filter(|text| !text.is_empty())?;
                let value = converted(text, *conversion).unwrap_or_else(|problem| {
                    labels.set_error(ErrorKind::Sample, Some(problem));
                    0.0
                });
                let passes = filters.iter().all(|filter| filter.passes(labels));
                passes.then_some(value)
            }
        }
    }
}

fn converted(text: &str, conversion: Option<Conversion>) -> Result<f64, String> {
    match conversion {
        None => parse_float(text),
        Some(Conversion::Duration | Conversion::DurationSeconds) => {
            parse_duration(text).map(seconds)
        }
        Some(Conversion::Bytes) => parse_size(text).map(|bytes| bytes as f64),
    }
}

/// The labels of samples.
#[derive(Debug)]
pub struct SampleLabels {
    grouping: Option<Grouping>,
    /// The unwrapped label, which is none of the series but where it is grouped by.
    unwrapped: Option<String>,
    /// Whether errors of parsers do not matter: the query groups by labels and names `__error__`.
    tolerates_errors: bool,
    sets: HashMap<u64, Vec<Arc<LabelSet>>>,
}

impl SampleLabels {
    /// `unwrapped` is the label whose value is the sample.
    pub fn new(
        grouping: Option<Grouping>,
        unwrapped: Option<String>,
        tolerates_errors: bool,
    ) -> Self {
        Self {
            grouping,
            unwrapped,
            tolerates_errors,
            sets: HashMap::new(),
        }
    }

    /// Returns the sample of a line with these labels: they are grouped, unless there is an error, which
    /// wants them all.
    pub fn sample(&mut self, labels: &Labels<'_>, value: f64) -> Sample {
        let is_tolerated = self.tolerates_errors && labels.has_parser_error;
        let failed = labels.error().is_some() && !is_tolerated;
        let grouping = self.grouping.as_ref().filter(|_| !failed);
        let mut pairs: Vec<(Cow<'_, str>, &str)> = Vec::new();
        match grouping {
            Some(grouping) if !grouping.without => {
                for name in &grouping.labels {
                    let value = match name.as_str() {
                        ERROR => labels.error().or_else(|| labels.get(ERROR)),
                        ERROR_DETAILS if labels.error().is_some() => labels.error_details(),
                        name if labels.was_removed(name) => None,
                        name => labels.get(name),
                    };
                    pairs.extend(value.map(|value| (Cow::Borrowed(name.as_str()), value)));
                }
                pairs.sort_unstable();
                pairs.dedup();
            }
            grouping => {
                let without = grouping.map_or(&[][..], |grouping| grouping.labels.as_slice());
                let unwrapped = self.unwrapped.as_ref().filter(|_| !failed);
                labels.collect(&mut pairs);
                // What describes an error that was dropped is in no group.
                let hides_details = grouping.is_some() && labels.error().is_none();
                pairs.retain(|(name, value)| {
                    !(hides_details && name == ERROR_DETAILS)
                        && unwrapped.is_none_or(|unwrapped| unwrapped != name)
                        && !without.iter().any(|without| without == name)
                        && !(value.is_empty() && (grouping.is_some() || labels.loses_empty))
                });
                pairs.sort_unstable();
            }
        }
        Sample {
            value,
            labels: shared(&mut self.sets, &pairs),
            failed,
        }
    }
}

/// Returns a set of these labels, the same one as before if it is kept.
fn shared(
    sets: &mut HashMap<u64, Vec<Arc<LabelSet>>>,
    pairs: &[(Cow<'_, str>, &str)],
) -> Arc<LabelSet> {
    let mut hasher = DefaultHasher::new();
    pairs.hash(&mut hasher);
    let hash = hasher.finish();
    if sets.len() > MOST_SETS {
        sets.clear();
    }
    let candidates = sets.entry(hash).or_default();
    let is_equal = |set: &&Arc<LabelSet>| {
        let mut both = set.iter().zip(pairs);
        set.len() == pairs.len() && both.all(|((a, b), (c, d))| a == c && b == d)
    };
    if let Some(set) = candidates.iter().find(is_equal) {
        return Arc::clone(set);
    }
    let owned = |(name, value): &(Cow<'_, str>, &str)| (name.to_string(), (*value).to_owned());
    let set: Arc<LabelSet> = Arc::new(pairs.iter().map(owned).collect());
    candidates.push(Arc::clone(&set));
    set
}
