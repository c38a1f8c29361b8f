//! Errors of entries: what stages could not do with them.

/// The label that names the last error of an entry.
pub const ERROR: &str = "__error__";
/// The label that describes it.
pub const ERROR_DETAILS: &str = "__error_details__";

/// Loki's names of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// `JSONParserErr`
    Json,
    /// `LogfmtParserErr`
    Logfmt,
    /// `SampleExtractionErr`
    Sample,
    /// `LabelFilterErr`
    Filter,
    /// `TemplateFormatErr`
    Template,
}

impl ErrorKind {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSONParserErr",
            Self::Logfmt => "LogfmtParserErr",
            Self::Sample => "SampleExtractionErr",
            Self::Filter => "LabelFilterErr",
            Self::Template => "TemplateFormatErr",
        }
    }
}
