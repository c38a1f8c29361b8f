//! The stages that rewrite: `line_format`, `label_format`, `decolorize`.

use super::labels::{ERROR, ERROR_DETAILS, ErrorKind, Labels};
use super::template::{Context, Template};
use crate::syntax::LabelFormat;

/// What templates read.
struct EntryContext<'c, 'e> {
    labels: &'c Labels<'e>,
    line: &'c str,
    timestamp_ns: i64,
}

impl Context for EntryContext<'_, '_> {
    fn label(&self, name: &str) -> Option<&str> {
        match name {
            ERROR => self.labels.error().or_else(|| self.labels.get(ERROR)),
            ERROR_DETAILS => {
                let details = self.labels.error_details();
                details.or_else(|| self.labels.get(ERROR_DETAILS))
            }
            name => self.labels.get(name),
        }
    }

    fn labels(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        self.labels.collect(&mut pairs);
        pairs.sort_unstable();
        let owned = pairs.into_iter();
        owned
            .map(|(name, value)| (name.into_owned(), value.to_owned()))
            .collect()
    }

    fn line(&self) -> &str {
        self.line
    }

    fn timestamp_ns(&self) -> i64 {
        self.timestamp_ns
    }
}

/// Runs `line_format`; `None` leaves the line as it is, with an error among the labels.
pub fn format_line(
    template: &Template,
    labels: &mut Labels<'_>,
    line: &str,
    timestamp_ns: i64,
) -> Option<String> {
    // Loki takes a label alone from the labels, among which an error is none.
    if let Some(name) = template.only_label() {
        return Some(labels.get(name).unwrap_or_default().to_owned());
    }
    let context = EntryContext {
        labels,
        line,
        timestamp_ns,
    };
    match template.run(&context) {
        Ok(line) => Some(line),
        Err(problem) => {
            labels.set_error(ErrorKind::Template, Some(problem));
            None
        }
    }
}

/// An assignment of `label_format`.
#[derive(Debug)]
pub enum Assignment {
    /// `to=from`
    Rename {
        /// The new name.
        to: String,
        /// The old one.
        from: String,
    },
    /// `to="…"`
    Template {
        /// The label that it sets.
        to: String,
        /// What it sets it to.
        template: Template,
    },
}

impl Assignment {
    /// Compiles the assignments of a stage.
    ///
    /// # Errors
    /// Loki's words.
    pub fn compile(formats: &[LabelFormat]) -> Result<Vec<Self>, String> {
        let mut assignments: Vec<Self> = Vec::new();
        for format in formats {
            let to = match format {
                LabelFormat::Rename { to, .. } | LabelFormat::Template { to, .. } => to,
            };
            if to == ERROR {
                return Err(format!("{ERROR} cannot be formatted"));
            }
            if assignments.iter().any(|other| other.to() == to) {
                return Err(format!(
                    "multiple label name '{to}' not allowed in a single format operation"
                ));
            }
            assignments.push(match format {
                LabelFormat::Rename { to, from } => Self::Rename {
                    to: to.clone(),
                    from: from.clone(),
                },
                LabelFormat::Template { to, template } => Self::Template {
                    to: to.clone(),
                    template: Template::new("label", template).map_err(|problem| {
                        format!("invalid template for label '{to}': {problem}")
                    })?,
                },
            });
        }
        Ok(assignments)
    }

    /// Calls `each` with the labels that it reads.
    pub fn for_each_name(&self, each: &mut dyn FnMut(&str)) {
        match self {
            Self::Rename { from, .. } => each(from),
            Self::Template { template, .. } => template.for_each_field(each),
        }
    }

    fn to(&self) -> &str {
        match self {
            Self::Rename { to, .. } | Self::Template { to, .. } => to,
        }
    }
}

/// Labels as they were when the first template of a stage ran: the templates behind it see no more.
#[derive(Debug)]
struct Snapshot {
    labels: Vec<(String, String)>,
    line: String,
    timestamp_ns: i64,
}

impl Context for Snapshot {
    fn label(&self, name: &str) -> Option<&str> {
        let at = self
            .labels
            .binary_search_by(|(known, _)| known.as_str().cmp(name));
        let at = at.ok()?;
        self.labels.get(at).map(|(_, value)| value.as_str())
    }

    fn labels(&self) -> Vec<(String, String)> {
        self.labels.clone()
    }

    fn line(&self) -> &str {
        &self.line
    }

    fn timestamp_ns(&self) -> i64 {
        self.timestamp_ns
    }
}

/// Runs `label_format`.
pub fn format_labels(
    assignments: &[Assignment],
    labels: &mut Labels<'_>,
    line: &str,
    timestamp_ns: i64,
) {
    let mut snapshot: Option<Snapshot> = None;
    for assignment in assignments {
        match assignment {
            Assignment::Rename { to, from } => {
                labels.loses_empty = true;
                if let Some(value) = labels.get(from).map(str::to_owned) {
                    labels.set(to, &value);
                    labels.remove(from);
                }
            }
            Assignment::Template { to, template } => {
                let snapshot = snapshot.get_or_insert_with(|| Snapshot {
                    labels: EntryContext {
                        labels,
                        line,
                        timestamp_ns,
                    }
                    .labels(),
                    line: line.to_owned(),
                    timestamp_ns,
                });
                match template.run(snapshot) {
                    Ok(value) => labels.set(to, &value),
                    Err(problem) => labels.set_error(ErrorKind::Template, Some(problem)),
                }
            }
        }
    }
}
