//! The LogQL of a business question, in the order that Loki answers fastest (loki-facts.md): label
//! matchers, search, a line filter, filters on labels and metadata, one parser, the exact filters,
//! `drop`.

use super::condition::{Condition, Test};
use super::matchers::{Matched, matched};
use super::place::{self, Extraction, Naming, Place};
use super::text::{self, Texts};
use super::{Bound, Facts, narrow, number, search, time};
use crate::logql::{LogQuery, MatchOp, Predicate, Selector, Stage, quote};
use crate::query::{Query, SearchOperator};
use crate::schema::{Field, Level, Source, System, level};

/// The lines of a question, and where the pipeline has what is read of them.
pub(super) struct Lines {
    /// The query for them. What was extracted is still there.
    pub query: LogQuery,
    /// The reason of the selector and of every stage.
    pub reasons: Vec<String>,
    /// The places of each field that is read.
    pub places: Vec<Vec<Place>>,
    /// What was extracted.
    pub extraction: Extraction,
}

impl Lines {
    /// Adds a stage.
    pub fn push(&mut self, stage: Stage, reason: impl Into<String>) {
        self.query.stages.push(stage);
        self.reasons.push(reason.into());
    }

    /// Adds a stage in front of all others.
    pub fn push_first(&mut self, stage: Stage, reason: impl Into<String>) {
        self.query.stages.insert(0, stage);
        // The selector's reason stands before those of the stages.
        self.reasons.insert(1, reason.into());
    }
}

/// Builds a log query; returns it with the reason of the selector and of every stage.
pub fn build(
    query: &Query,
    bound: &Bound,
    system: &System,
    facts: &Facts,
) -> (LogQuery, Vec<String>) {
    let mut lines = lines(query, bound, &[], system, facts, &Reads::Nothing);
    let names = lines.extraction.names();
    let parses = lines.query.stages.iter().any(Stage::is_parser);
    if parses || !names.is_empty() {
        let drop = Stage::drop_names(names.iter().cloned());
        let reason = "takes Ginkgo's own names away, so that streams come back whole";
        lines.push(drop, reason);
    }
    (lines.query, lines.reasons)
}

/// What the pipeline must have of every line beside its conditions.
pub(super) enum Reads<'f> {
    /// Nothing: lines are wanted as they are.
    Nothing,
    /// These fields, for numbers: no line may carry the mark of an error.
    Fields {
        /// The fields.
        fields: &'f [&'f Field],
        /// The one among them without which a line does not count.
        needed: Option<&'f Field>,
    },
}

/// Builds the query for the lines that satisfy the question's conditions, and `also` these.
pub(super) fn lines(
    query: &Query,
    bound: &Bound,
    also: &[Condition],
    system: &System,
    facts: &Facts,
    reads: &Reads<'_>,
) -> Lines {
    let mut built = Builder::default();
    let mut matchers = system.selector.matchers.clone();
    let mut matcher_reasons = vec![format!("the streams of system {}", system.name)];
    for matcher in &facts.part {
        matchers.push(matcher.clone());
        let has = if matcher.op == MatchOp::Equal {
            "lack"
        } else {
            "have"
        };
        let why = if facts.somewhere.contains(&matcher.name) {
            "so that only lines without it are searched for it"
        } else {
            "the name means another thing on the others"
        };
        matcher_reasons.push(format!(
            "of these the ones that {has} the label {}: {why}",
            matcher.name
        ));
    }
    if !bound.stream.is_empty() {
        matchers.extend(bound.stream.iter().cloned());
        matcher_reasons
            .push("of these the streams that the query names by their labels".to_owned());
    }
    let mut rest = Vec::new();
    for condition in bound.conditions.iter().chain(also) {
        let texts = texts(&condition.test, system);
        match matched(condition, texts.as_ref(), facts) {
            Matched::Decided(decided, reason) => {
                matchers.extend(decided);
                matcher_reasons.push(match condition.beyond_logql {
                    Some(why) if is_time(condition) => {
                        format!("{reason}; {}", decides(condition, why))
                    }
                    _ => reason,
                });
                continue;
            }
            Matched::Narrowed(matcher, reason) => {
                matchers.push(matcher);
                matcher_reasons.push(reason);
            }
            Matched::Not => {}
        }
        rest.push((condition, texts));
    }
    built.reasons.push(matcher_reasons.join("; "));

    for entry in &query.search {
        for stage in search::stages(entry) {
            let condition = match entry.operator {
                SearchOperator::Contains => "contains the text",
                SearchOperator::NotContains => "does not contain the text",
                SearchOperator::Matches => "matches the expression",
                SearchOperator::NotMatches => "does not match the expression",
            };
            let reason =
                format!("search: the raw line {condition}, first because it is cheapest there");
            built.push(stage, reason);
        }
    }
    for (condition, _) in &rest {
        if let Some(stage) = narrow::line_filter(condition, system.format) {
            let reason = format!(
                "only lines that contain the text can have it in {}: a byte search before any parser",
                condition.field.name
            );
            built.push(stage, reason);
        }
    }
    let (extraction, places) = built.filters(&rest, system, facts, reads);
    let selector = Selector { matchers };
    Lines {
        query: LogQuery {
            selector,
            stages: built.stages,
        },
        reasons: built.reasons,
        places,
        extraction,
    }
}

#[derive(Default)]
struct Builder {
    stages: Vec<Stage>,
    reasons: Vec<String>,
}

impl Builder {
    fn push(&mut self, stage: Stage, reason: impl Into<String>) {
        self.stages.push(stage);
        self.reasons.push(reason.into());
    }

    /// Adds what decides: filters on labels and metadata, then the parser, then all others.
    fn filters(
        &mut self,
        conditions: &[(&Condition, Option<Texts>)],
        system: &System,
        facts: &Facts,
        reads: &Reads<'_>,
    ) -> (Extraction, Vec<Vec<Place>>) {
        let mut extraction = Extraction::new(match reads {
            Reads::Nothing => Naming::Fields,
            Reads::Fields { .. } => Naming::Numbers,
        });
        let mut before_parser = Vec::new();
        let mut narrowing = Vec::new();
        let mut behind_parser = Vec::new();
        for (condition, texts) in conditions {
            let places = extraction.places(&condition.field, system.format, facts);
            if let Some(stages) =
                narrow::by_value(condition, &places, system.format, &mut extraction)
            {
                narrowing.push((condition, stages));
            }
            let stages = stages_of(condition, texts.as_ref(), &places, &mut extraction);
            let in_line = condition.field.line_paths().next().is_some();
            let is_extracted = in_line || !place::is_nameable(&condition.field);
            let numeric = matches!(condition.test, Test::Number(..) | Test::NotNumbers(_));
            // Numbers need their old error marks gone, so they wait behind the parser.
            let group = if is_extracted || numeric {
                &mut behind_parser
            } else {
                &mut before_parser
            };
            group.push((condition, stages, numeric));
        }
        for (condition, stages, _) in before_parser {
            for stage in stages {
                let places = place_names(condition);
                let name = &condition.field.name;
                let mut reason = format!("{name} is asked for in {places}, before any parser");
                if let Some(why) = condition.beyond_logql {
                    reason = format!("{reason}; {}", decides(condition, why));
                }
                self.push(stage, reason);
            }
        }
        for (condition, stages) in narrowing {
            for stage in stages {
                let reason = format!(
                    "only lines that contain the text, or have it elsewhere, can have it in {}: spares the parser{}",
                    condition.field.name,
                    narrow::left_to_catch(&stage)
                );
                self.push(stage, reason);
            }
        }
        let places = match reads {
            Reads::Nothing => Vec::new(),
            Reads::Fields { fields, .. } => fields
                .iter()
                .map(|field| extraction.places(field, system.format, facts))
                .collect(),
        };
        if let Reads::Fields {
            needed: Some(field),
            ..
        } = reads
        {
            let outside = extraction.places(field, system.format, facts);
            for stage in narrow::by_key(field, &outside, system.format, &mut extraction) {
                let reason = format!(
                    "only lines that contain the key can have {} in it: a byte search spares the parser{}",
                    field.name,
                    narrow::left_to_catch(&stage)
                );
                self.push(stage, reason);
            }
        }
        let parsers = extraction.stages();
        let parses = !parsers.is_empty();
        for stage in parsers {
            let reason = match stage {
                Stage::Reserved(..) => "LogQL takes the name for a word of its own",
                Stage::Filter(_) => {
                    "always true: for numbers Loki reads only keys that are named like this"
                }
                _ => "reads from the line only what is asked for, under names of Ginkgo's own",
            };
            self.push(stage, reason);
        }
        let numbers = behind_parser.iter().any(|(_, _, numeric)| *numeric);
        let counts = matches!(reads, Reads::Fields { .. });
        if (numbers || counts) && parses {
            let reason = if counts {
                "a line that did not parse counts as well"
            } else {
                "a line that did not parse has no number, and is no error"
            };
            self.push(Stage::drop_error_marks(), reason);
        }
        for (condition, stages, numeric) in behind_parser {
            for stage in stages {
                let (name, places) = (&condition.field.name, place_names(condition));
                let reason = match condition.beyond_logql {
                    Some(why) => format!(
                        "keeps every line whose {name}, in {places}, can be meant; {}",
                        decides(condition, why)
                    ),
                    None if numeric => format!("{name} must be a number before it is compared"),
                    None => {
                        format!("{name} decides, in the first of {places} that is not empty")
                    }
                };
                self.push(stage, reason);
            }
        }
        (extraction, places)
    }
}

fn is_time(condition: &Condition) -> bool {
    matches!(condition.test, Test::Time(..) | Test::NotTimes(_))
}

/// Says who decides a condition that LogQL cannot say.
fn decides(condition: &Condition, why: &str) -> String {
    format!(
        "{why}, so Ginkgo itself decides {} on the lines that it reads",
        condition.field.name
    )
}

/// Returns the texts that a test asks for (or, when negative, excludes); numbers and presence are
/// asked for in other ways.
fn texts(test: &Test, system: &System) -> Option<Texts> {
    Some(match test {
        Test::OneOf(texts) | Test::NoneOf(texts) => Texts::Exact(texts.clone()),
        Test::Matches(regex) | Test::NotMatches(regex) => {
            Texts::Pattern(format!("(?s:{})", quote::regex(regex)))
        }
        Test::Bools(truths) | Test::NotBools(truths) => {
            let words = [(true, "(?i:true)|1"), (false, "(?i:false)|0")];
            let asked = words.iter().filter(|(truth, _)| truths.contains(truth));
            let asked: Vec<&str> = asked.map(|(_, words)| *words).collect();
            Texts::Words(asked.join("|"))
        }
        Test::Time(op, times) => {
            let pattern = time::pattern(*op, times, &system.time_zone);
            Texts::Pattern(format!("(?s:{pattern})"))
        }
        Test::Levels(wanted) => {
            // With `unknown` among them the others are excluded: any word, or none, is unknown.
            let excluding = wanted.contains(&Level::Unknown);
            let named =
                |level: &Level| wanted.contains(level) != excluding && *level != Level::Unknown;
            let named: Vec<Level> = Level::ALL.into_iter().filter(named).collect();
            Texts::Words(level_words(system, &named))
        }
        Test::Number(..)
        | Test::NotNumbers(_)
        | Test::NotTimes(_)
        | Test::Exists
        | Test::Missing => return None,
    })
}

/// Returns an expression for the words of these levels.
fn level_words(system: &System, levels: &[Level]) -> String {
    let words = system.levels.words_of(levels);
    let (numbers, words): (Vec<&str>, Vec<&str>) = words.partition(|word| level::is_number(word));
    let mut texts = quote::regex_one_of(words.iter().copied());
    if !numbers.is_empty() {
        let numbers = format!("(?:{})(?:[.]0*)?", numbers.join("|"));
        texts = if texts.is_empty() {
            numbers
        } else {
            format!("{texts}|{numbers}")
        };
    }
    if texts.is_empty() {
        "[^\\s\\S]".clone_into(&mut texts);
    }
    let around = level::AROUND;
    format!("{around}(?i:{texts}){around}")
}

/// Returns the stages that decide a condition.
fn stages_of(
    condition: &Condition,
    texts: Option<&Texts>,
    places: &[Place],
    extraction: &mut Extraction,
) -> Vec<Stage> {
    let one = |predicate: Option<Predicate>| predicate.map(|p| vec![Stage::Filter(p)]);
    let field = &condition.field;
    let stages = match (&condition.test, texts) {
        (Test::Number(op, numbers), _) => number::holds(field, places, *op, numbers, extraction),
        (Test::NotNumbers(numbers), _) => number::fails(field, places, numbers, extraction),
        (Test::Exists, _) => one(text::exists(places)),
        (Test::Missing, _) => one(text::missing(places)),
        (test, Some(texts)) if test.is_negative() => one(texts.fails(places)),
        (_, Some(texts)) => one(texts.holds(places)),
        (_, None) => None,
    };
    // Without a place (a line field of a system whose lines have no fields) the value is absent.
    stages.unwrap_or_else(|| {
        if condition.test.is_negative() {
            Vec::new()
        } else {
            vec![Stage::Filter(Predicate::present(&place::nowhere()))]
        }
    })
}

fn place_names(condition: &Condition) -> String {
    let mut names: Vec<&str> = condition.field.sources.iter().map(Source::place).collect();
    names.dedup();
    names.join(", ")
}
