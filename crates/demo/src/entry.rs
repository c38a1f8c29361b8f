//! What comes out: an entry as Loki would be given it, and the truth about it.

use std::collections::BTreeMap;

use super::config::System;

/// One log entry, ready to be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The system that wrote it.
    pub system: System,
    /// When the collector read it: nanoseconds since 1970, with real digits down to the last.
    pub timestamp_ns: i64,
    /// Stream labels, none of them empty.
    pub labels: BTreeMap<String, String>,
    /// Structured metadata, none of it empty.
    pub metadata: BTreeMap<String, String>,
    /// The line; never empty, but perhaps a single blank or several physical lines.
    pub line: String,
    /// What a correct reader makes of it.
    pub truth: Truth,
}

/// What is true of an [`Entry`], by field name as in the presets.
///
/// Null, `None`, absent and empty values are left out. Fields that no preset has stand under their
/// own key, dots and all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// What a correct reader gets **out of the line**: decoded text; numbers and bools as they
    /// stand there; objects as raw JSON. Empty for a line that is not in the system's format.
    pub line: BTreeMap<String, String>,
    /// What the program meant, wherever it ended up, and the labels and metadata of the site.
    ///
    /// Where the program and the site use one name for two things (`dynamo`'s `namespace`), or a
    /// messy label disagrees with the line, this holds the program's value.
    pub fields: BTreeMap<String, String>,
    /// `None` for a proper line, else the kind of mess (one of [`mess_kinds`](super::mess_kinds)).
    ///
    /// A proper line need not be readable: the Node services among `tskv` write JSON and plain text.
    pub mess: Option<&'static str>,
}
