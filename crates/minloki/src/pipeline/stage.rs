//! Stages: compiled, and run on an entry.

use std::borrow::Cow;

use re2::Search;

use super::PipelineError;
use super::extract::{JsonPaths, LogfmtKeys, Parser};
use super::format::{Assignment, format_labels, format_line};
use super::hints::Hints;
use super::label_filter::LabelTest;
use super::labels::Labels;
use super::line_filter::LineTest;
use super::pattern::Pattern;
use super::select::Selection;
use super::template::Template;
use crate::syntax::{Stage, regex_words};

/// What colours a terminal, and moves its cursor.
const COLORS: &str = "[\u{1b}\u{9b}][[\\]()#;?]*(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\u{7})\
                      |(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))";

/// An entry on its way.
#[derive(Debug)]
pub struct Current<'l, 'e> {
    /// The line as it is now.
    pub line: Cow<'l, str>,
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    /// Its labels.
    pub labels: Labels<'e>,
}

/// A compiled stage.
#[derive(Debug)]
pub enum CompiledStage {
    /// A line filter.
    Line(LineTest),
    /// `json`, `logfmt`, `regexp`, `pattern`, `unpack`
    Parser(Parser),
    /// A label filter.
    Labels(LabelTest),
    /// `line_format`
    LineFormat(Template),
    /// `label_format`
    LabelFormat(Vec<Assignment>),
    /// `decolorize`
    Decolorize(Box<Search>),
    /// `drop`
    Drop(Selection),
    /// `keep`
    Keep(Selection),
}

/// Compiles stages.
///
/// # Errors
/// The first stage that Loki refuses or this one cannot run, with Loki's words.
pub fn compile(stages: &[Stage]) -> Result<Vec<CompiledStage>, PipelineError> {
    let mut compiled = Vec::with_capacity(stages.len());
    let mut rest = stages;
    while let Some((stage, behind)) = rest.split_first() {
        let Stage::LineFilter(_) = stage else {
            let refused = |problem: String| {
                PipelineError(format!("parse error : stage '{stage}' : {problem}"))
            };
            compiled.push(match stage {
                Stage::LabelFilter(filter) => CompiledStage::Labels(LabelTest::new(filter)?),
                stage => compile_one(stage).map_err(refused)?,
            });
            rest = behind;
            continue;
        };
        // Line filters side by side are one stage for Loki.
        let is_line_filter = |stage: &&Stage| matches!(stage, Stage::LineFilter(_));
        let count = rest.iter().take_while(is_line_filter).count();
        let (filters, behind) = rest.split_at(count);
        for stage in filters {
            let Stage::LineFilter(filter) = stage else {
                continue;
            };
            compiled.push(CompiledStage::Line(LineTest::new(filter).map_err(
                |problem| {
                    let shown = filters.iter().map(ToString::to_string);
                    let shown = shown.collect::<Vec<_>>().join(" ");
                    PipelineError(format!("parse error : stage '{shown}' : {problem}"))
                },
            )?));
        }
        rest = behind;
    }
    Ok(compiled)
}

fn compile_one(stage: &Stage) -> Result<CompiledStage, String> {
    Ok(match stage {
        Stage::LineFilter(filter) => CompiledStage::Line(LineTest::new(filter)?),
        Stage::LabelFilter(filter) => {
            CompiledStage::Labels(LabelTest::new(filter).map_err(|problem| problem.0)?)
        }
        Stage::Json(extractions) if extractions.is_empty() => CompiledStage::Parser(Parser::Json),
        Stage::Json(extractions) => {
            CompiledStage::Parser(Parser::JsonPaths(JsonPaths::new(extractions)?))
        }
        Stage::Logfmt {
            strict,
            keep_empty,
            extractions,
        } => CompiledStage::Parser(if extractions.is_empty() {
            Parser::Logfmt {
                strict: *strict,
                keep_empty: *keep_empty,
            }
        } else {
            Parser::LogfmtKeys(LogfmtKeys::new(extractions, *strict)?)
        }),
        Stage::Regexp(expression) => {
            let search = Search::new(expression).map_err(|problem| regex_words(&problem))?;
            CompiledStage::Parser(Parser::Regexp(Box::new(search)))
        }
        Stage::Pattern(pattern) => {
            CompiledStage::Parser(Parser::Pattern(Pattern::of_stage(pattern)?))
        }
        Stage::Unpack => CompiledStage::Parser(Parser::Unpack),
        Stage::LineFormat(template) => CompiledStage::LineFormat(
            Template::new("line", template)
                .map_err(|problem| format!("invalid line template: {problem}"))?,
        ),
        Stage::LabelFormat(formats) => CompiledStage::LabelFormat(Assignment::compile(formats)?),
        Stage::Decolorize => {
            let search = Search::new(COLORS).map_err(|problem| regex_words(&problem))?;
            CompiledStage::Decolorize(Box::new(search))
        }
        Stage::Drop(items) => CompiledStage::Drop(Selection::new(items)?),
        Stage::Keep(items) => CompiledStage::Keep(Selection::new(items)?),
    })
}

impl CompiledStage {
    /// Calls `each` with the labels that the stage reads.
    pub fn for_each_name(&self, each: &mut dyn FnMut(&str)) {
        match self {
            Self::Labels(test) => test.for_each_name(each),
            Self::LineFormat(template) => template.for_each_field(each),
            Self::LabelFormat(assignments) => {
                for assignment in assignments {
                    assignment.for_each_name(each);
                }
            }
            Self::Line(_)
            | Self::Parser(_)
            | Self::Decolorize(_)
            | Self::Drop(_)
            | Self::Keep(_) => {}
        }
    }

    /// Runs the stage; false where it filters the entry out.
    pub fn run(&self, current: &mut Current<'_, '_>, hints: &Hints) -> bool {
        match self {
            Self::Line(test) => return test.passes(&current.line),
            Self::Parser(parser) => return parser.run(current, hints),
            Self::Labels(test) => return test.passes(&mut current.labels),
            Self::LineFormat(template) => {
                let Current {
                    line,
                    timestamp_ns,
                    labels,
                } = current;
                if let Some(formatted) = format_line(template, labels, line, *timestamp_ns) {
                    *line = Cow::Owned(formatted);
                }
            }
            Self::LabelFormat(assignments) => {
                let Current {
                    line,
                    timestamp_ns,
                    labels,
                } = current;
                format_labels(assignments, labels, line, *timestamp_ns);
            }
            Self::Decolorize(colors) => {
                if current.line.contains(['\u{1b}', '\u{9b}']) {
                    current.line = Cow::Owned(colors.replace_all_literal(&current.line, ""));
                }
            }
            Self::Drop(selection) => selection.drop_from(&mut current.labels),
            Self::Keep(selection) => selection.keep_of(&mut current.labels),
        }
        true
    }
}
