//! What a stream and its lines must be like, and what Loki says when they are not.

use super::decode::{WireEntry, WireStream};
use super::{level, names, service};
use crate::options::PushLimits;
use crate::pipeline::LabelSet;
use crate::store::{NewEntry, label_text, value_of};
use crate::time::rfc3339;

/// A push that is refused whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Loki's words.
    pub words: String,
}

/// A stream that is in order, with its lines.
pub struct Checked {
    /// Its labels.
    pub labels: LabelSet,
    /// Its lines that are in order.
    pub entries: Vec<NewEntry>,
}

/// Errors that are told together, each kind once with its number.
#[derive(Debug, Default)]
pub struct Problems(Vec<(String, usize)>);

impl Problems {
    /// Adds one.
    pub fn add(&mut self, problem: String) {
        match self.0.iter_mut().find(|(known, _)| *known == problem) {
            Some((_, count)) => *count += 1,
            None => self.0.push((problem, 1)),
        }
    }

    /// Returns all as one text; `None` where there are none.
    pub fn text(self) -> Option<String> {
        match self.0.as_slice() {
            [] => None,
            [(problem, 1)] => Some(problem.clone()),
            problems => {
                let like =
                    |(problem, count): &(String, usize)| format!("{count} errors like: {problem}");
                Some(problems.iter().map(like).collect::<Vec<_>>().join("; "))
            }
        }
    }
}

/// Reads a stream's labels and the names of its metadata; what is empty is left out.
///
/// # Errors
/// A name that cannot be one: such a push is refused whole.
pub fn names(stream: WireStream) -> Result<(LabelSet, Vec<WireEntry>), Refusal> {
    let mut labels = stream.stream.0;
    labels.retain(|(_, value)| !value.is_empty());
    let mut column = 2;
    for (name, value) in &labels {
        if let Some(words) = names::label_problem(name, column) {
            return Err(Refusal { status: 400, words });
        }
        // `name="value", `
        column += name.chars().count() + value.chars().count() + 5;
    }
    let mut entries = stream.values;
    for entry in &mut entries {
        let mut clean = LabelSet::with_capacity(entry.metadata.len() + 1);
        for (name, value) in std::mem::take(&mut entry.metadata) {
            let name =
                names::metadata_name(&name).map_err(|words| Refusal { status: 500, words })?;
            let is_new = clean.iter().all(|(known, _)| *known != name);
            if is_new && !value.is_empty() {
                clean.push((name, value));
            }
        }
        clean.sort_unstable();
        entry.metadata = clean;
    }
    Ok((labels, entries))
}

/// Holds a stream against the limits and adds what Loki adds. What is not in order is left out and told in
/// `problems`; `None` where nothing is left. `now_ns` is the time of the push.
pub fn check(
    mut labels: LabelSet,
    entries: Vec<WireEntry>,
    limits: &PushLimits,
    now_ns: i64,
    problems: &mut Problems,
) -> Option<Checked> {
    let own_labels = labels.len();
    if limits.discover_service_name {
        service::add(&mut labels);
    }
    let text = label_text(&labels);
    if let Some(problem) = label_problem(&labels, own_labels, &text, limits) {
        problems.add(problem);
        return None;
    }
    let adds_level =
        limits.discover_log_levels && value_of(&labels, level::DETECTED_LEVEL).is_empty();
    let mut good = Vec::with_capacity(entries.len());
    for entry in entries {
        let timestamp_ns = match in_order(&entry, &text, limits, now_ns) {
            Ok(time) => time,
            Err(problem) => {
                problems.add(problem);
                continue;
            }
        };
        let mut metadata = entry.metadata;
        if adds_level {
            add_level(&labels, &mut metadata, &entry.line);
        }
        good.push(NewEntry {
            timestamp_ns,
            line: entry.line,
            metadata,
        });
    }
    (!good.is_empty()).then_some(Checked {
        labels,
        entries: good,
    })
}

fn add_level(labels: &LabelSet, metadata: &mut LabelSet, line: &str) {
    let place = metadata.binary_search_by(|(name, _)| name.as_str().cmp(level::DETECTED_LEVEL));
    match place {
        Ok(place) => {
            if let Some((_, value)) = metadata.get_mut(place)
                && let Some(known) = level::known(value)
            {
                known.clone_into(value);
            }
        }
        Err(place) => {
            let detected = level::detect(labels, metadata, line);
            metadata.insert(place, (level::DETECTED_LEVEL.to_owned(), detected));
        }
    }
}

/// What is wrong with a stream's labels. A `service_name` that was added does not count.
fn label_problem(
    labels: &LabelSet,
    own_labels: usize,
    text: &str,
    limits: &PushLimits,
) -> Option<String> {
    if labels.is_empty() {
        return Some("error at least one label pair is required per stream".to_owned());
    }
    let most = limits.max_label_names_per_series;
    if own_labels > most {
        return Some(format!(
            "entry for stream '{text}' has {own_labels} label names; limit {most}"
        ));
    }
    labels.iter().find_map(|(name, value)| {
        if name.len() > limits.max_label_name_length {
            let problem = format!("stream '{text}' has label name too long: '{name}'");
            return Some(problem);
        }
        (value.len() > limits.max_label_value_length)
            .then(|| format!("stream '{text}' has label value too long: '{value}'"))
    })
}

/// Returns the time of an entry that is in order.
///
/// # Errors
/// What is wrong with it.
fn in_order(
    entry: &WireEntry,
    text: &str,
    limits: &PushLimits,
    now_ns: i64,
) -> Result<i64, String> {
    let Some(time) = entry.timestamp_ns else {
        return Err(format!("entry for stream '{text}' has no timestamp"));
    };
    let age = i64::try_from(limits.reject_old_samples_max_age.as_nanos()).unwrap_or(i64::MAX);
    let oldest = now_ns.saturating_sub(age);
    if limits.reject_old_samples && time < oldest {
        return Err(format!(
            "entry for stream '{text}' has timestamp too old: {}, oldest acceptable timestamp is: {}",
            rfc3339(time),
            rfc3339(oldest)
        ));
    }
    if let Some(grace) = limits.creation_grace_period {
        let grace = i64::try_from(grace.as_nanos()).unwrap_or(i64::MAX);
        if time > now_ns.saturating_add(grace) {
            let time = rfc3339(time);
            let problem = format!("entry for stream '{text}' has timestamp too new: {time}");
            return Err(problem);
        }
    }
    let (most, length) = (limits.max_line_size, entry.line.len());
    if length > most {
        return Err(format!(
            "max entry size '{most}' bytes exceeded for stream '{text}' while adding an entry with length \
             '{length}' bytes"
        ));
    }
    let (most, count) = (limits.max_structured_metadata_entries, entry.metadata.len());
    if count > most {
        return Err(format!(
            "stream '{text}' has too many structured metadata labels: '{count}', limit: '{most}'. Please see \
             `limits_config.max_structured_metadata_entries_count` or contact your Loki administrator to \
             increase it"
        ));
    }
    let most = limits.max_structured_metadata_bytes;
    let bytes: usize = entry.metadata.iter().map(|(n, v)| n.len() + v.len()).sum();
    if bytes > most {
        return Err(format!(
            "stream '{text}' has structured metadata too large: '{bytes}' bytes, limit: '{most}' bytes. Please \
             see `limits_config.max_structured_metadata_size` or contact your Loki administrator to increase it"
        ));
    }
    Ok(time)
}
