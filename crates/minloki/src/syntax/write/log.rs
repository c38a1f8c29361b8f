//! Selectors and pipelines.

use super::Writer;
use crate::syntax::ast::{
    Extraction, LabelFormat, LineFilter, LineMatch, LineOp, LogExpr, Matcher, NameOrMatcher, Stage,
};
use crate::syntax::quote::quote;

impl Writer {
    pub(super) fn log_expr(&mut self, log: &LogExpr) {
        self.selector(&log.selector);
        for stage in &log.stages {
            self.push(" ");
            self.stage(stage);
        }
    }

    pub(super) fn selector(&mut self, matchers: &[Matcher]) {
        self.push("{");
        self.list(", ", matchers, Self::matcher);
        self.push("}");
    }

    pub(super) fn matcher(&mut self, matcher: &Matcher) {
        if !self.is_exact() && !is_plain(&matcher.name) {
            self.push(&quote(&matcher.name));
        } else {
            self.name(&matcher.name);
        }
        self.push(matcher.op.text());
        self.push(&quote(&matcher.value));
    }

    /// Writes a name before an operator. Odd ones are kept apart from it: `!` and `=` would be another.
    pub(super) fn name(&mut self, name: &str) {
        self.push(name);
        if self.is_exact() && !is_plain(name) {
            self.push(" ");
        }
    }

    pub(super) fn stage(&mut self, stage: &Stage) {
        let quoted = |writer: &mut Self, word: &str, text: &str| {
            writer.push(word);
            writer.push(&quote(text));
        };
        match stage {
            Stage::LineFilter(filter) => self.line_filter(filter),
            Stage::Json(extractions) => {
                self.push("| json");
                self.extractions(extractions);
            }
            Stage::Logfmt {
                strict,
                keep_empty,
                extractions,
            } => {
                self.push("| logfmt");
                self.push(if *strict { " --strict" } else { "" });
                self.push(if *keep_empty { " --keep-empty" } else { "" });
                self.extractions(extractions);
            }
            Stage::Regexp(expression) => quoted(self, "| regexp ", expression),
            Stage::Pattern(expression) => quoted(self, "| pattern ", expression),
            Stage::Unpack => self.push("| unpack"),
            Stage::LabelFilter(filter) => {
                self.push("| ");
                self.label_filter(filter);
            }
            Stage::LineFormat(template) => quoted(self, "| line_format ", template),
            Stage::LabelFormat(formats) => {
                self.push("| label_format ");
                self.list(",", formats, Self::label_format);
            }
            Stage::Decolorize => self.push("| decolorize"),
            Stage::Drop(names) => {
                self.push("| drop ");
                self.list(",", names, Self::name_or_matcher);
            }
            Stage::Keep(names) => {
                self.push("| keep ");
                self.list(",", names, Self::name_or_matcher);
            }
        }
    }

    fn extractions(&mut self, extractions: &[Extraction]) {
        if !extractions.is_empty() {
            self.push(" ");
        }
        self.list(",", extractions, |writer, extraction| {
            writer.name(&extraction.name);
            writer.push("=");
            writer.push(&quote(&extraction.expression));
        });
    }

    fn label_format(&mut self, format: &LabelFormat) {
        match format {
            LabelFormat::Rename { to, from } => {
                self.name(to);
                self.push(&format!("={from}"));
            }
            LabelFormat::Template { to, template } => {
                self.name(to);
                self.push(&format!("={}", quote(template)));
            }
        }
    }

    fn name_or_matcher(&mut self, item: &NameOrMatcher) {
        match item {
            NameOrMatcher::Name(name) => self.push(name),
            NameOrMatcher::Matcher(matcher) => self.matcher(matcher),
        }
    }

    fn line_filter(&mut self, filter: &LineFilter) {
        let op = filter.op.text();
        // Loki takes alternatives of a negative filter for filters in a row.
        let separator = if !self.is_exact() && is_negative(filter.op) {
            format!(" {op} ")
        } else {
            " or ".to_owned()
        };
        self.push(op);
        self.push(" ");
        self.list(&separator, &filter.alternatives, Self::line_match);
    }

    pub(super) fn line_match(&mut self, alternative: &LineMatch) {
        match alternative {
            LineMatch::Text(text) => self.push(&quote(text)),
            LineMatch::Ip(pattern) => self.push(&format!("ip({})", quote(pattern))),
        }
    }
}

/// Says whether a name is one of a label in Prometheus' old sense.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Says whether a filter keeps the lines that do not match.
pub(super) fn is_negative(op: LineOp) -> bool {
    matches!(
        op,
        LineOp::NotContains | LineOp::NotRegex | LineOp::NotPattern
    )
}
