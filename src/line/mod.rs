//! Reads the business fields out of one log line.
//!
//! Loki extracts the same fields when it filters, so this module and Loki must agree on every
//! line, or a filter and a column contradict each other. For JSON and logfmt Loki's own parsers
//! are therefore the law, oddities included (`json`, `logfmt`); TSKV, which Loki cannot read,
//! has a grammar of its own and a regexp that says the same to Loki (`tskv`).
//!
//! The reader is a pure function of the line. It goes over the line once for all paths, never
//! fails, and borrows every value that needs no decoding. Source: semantics.md, section 4, and
//! Loki v3.7.8, `pkg/logql/log/parser.go`.

mod json;
mod json_array;
mod json_text;
mod logfmt;
mod path;
mod python;
#[cfg(test)]
mod tests;
mod tskv;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

pub use logfmt::logfmt_label;
pub use path::{KeyError, MAX_DEPTH, Path, index};
pub use python::{python_escape, python_repr, python_unescape};
pub use tskv::tskv_regexp;

/// How the lines of a system are laid out.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Format {
    /// One JSON object a line, nested or flat.
    Json,
    /// `key=<Python repr>` pairs, as structlog's `KeyValueRenderer` writes them.
    Tskv,
    /// `key=value` pairs with double quotes.
    Logfmt,
    /// Plain text without fields.
    Text,
}

impl Format {
    /// Every format, in the order in which they are listed to a user.
    pub const ALL: [Self; 4] = [Self::Json, Self::Tskv, Self::Logfmt, Self::Text];

    /// The word for the format in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Tskv => "tskv",
            Self::Logfmt => "logfmt",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == word)
            .ok_or_else(|| UnknownFormat(word.to_owned()))
    }
}

/// A word that names no [`Format`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownFormat(
    /// The word as the user wrote it.
    pub String,
);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown format {:?}: expected json, tskv, logfmt or text",
            self.0
        )
    }
}

impl std::error::Error for UnknownFormat {}

/// Whether a line is of its system's format.
///
/// It is a property of the line alone, whatever paths are asked for. The values of a [`No`] line
/// are all absent, except what Loki would extract from it all the same (`[x] {"a":1}` has an `a`).
///
/// [`No`]: Readable::No
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Readable {
    /// The line begins like a line of the format; it may be cut off or broken further on.
    Yes,
    /// The line belongs to another writer: a stack trace, another service, an empty line.
    No,
}

impl Readable {
    const fn when(condition: bool) -> Self {
        if condition { Self::Yes } else { Self::No }
    }
}

/// The values of one line, by path: borrowed from the line unless they had to be decoded.
type Values<'line> = Vec<Option<Cow<'line, str>>>;

/// Reads a fixed set of paths out of lines of one format.
#[derive(Clone, Debug)]
pub struct Extractor {
    paths: Vec<Path>,
    plan: Plan,
}

/// The paths, prepared for the one pass over a line.
#[derive(Clone, Debug)]
enum Plan {
    Json(json::Plan),
    Tskv(tskv::Plan),
    Logfmt(logfmt::Plan),
    Text,
}

impl Extractor {
    /// Prepares to read `paths` from lines of `format`.
    ///
    /// A path that the format cannot hold (a nested one in a `key=value` line, one without or
    /// with more than [`MAX_DEPTH`] segments) is absent from every line.
    pub fn new(format: Format, paths: Vec<Path>) -> Self {
        let plan = match format {
            Format::Json => Plan::Json(json::Plan::new(&paths)),
            Format::Tskv => Plan::Tskv(tskv::Plan::new(&paths)),
            Format::Logfmt => Plan::Logfmt(logfmt::Plan::new(&paths)),
            Format::Text => Plan::Text,
        };
        Self { paths, plan }
    }

    /// The paths, in the order of the values that [`Extractor::read`] fills in.
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// Fills `out` with the text at each path: `None` where it is absent, `null`, a bare `None`
    /// or empty. What `out` held before is dropped, its memory is used again.
    pub fn read<'line>(&self, line: &'line str, out: &mut Values<'line>) -> Readable {
        out.clear();
        out.resize(self.paths.len(), None);
        let readable = match &self.plan {
            Plan::Json(plan) => plan.read(line, out),
            Plan::Tskv(plan) => plan.read(line, out),
            Plan::Logfmt(plan) => plan.read(line, out),
            Plan::Text => Readable::Yes,
        };
        // The readers note a value that is present but empty as `""`, to know that the path is
        // decided. To everyone else empty and absent are the same.
        for value in out {
            if value.as_deref() == Some("") {
                *value = None;
            }
        }
        readable
    }
}
