//! The LogQL of a business question, in the order that Loki answers fastest (loki-facts.md): label
//! matchers, search, a line filter, filters on labels and metadata, one parser, the exact filters,
//! `drop`.

use super::condition::{Condition, Test};
use super::place::{self, Extraction, Naming, Place};
use super::text::{self, Texts};
use super::{Bound, Facts, number, search, time};
use crate::line::Format;
use crate::logql::{
    LabelName, LineOp, LogQuery, MatchOp, Matcher, Predicate, Selector, Stage, TextOp, quote,
};
use crate::query::Query;
use crate::schema::{Field, Level, Source, System};

/// More alternatives than this make a line filter slower than none (measured: loki-facts.md).
const MOST_LINE_FILTER_VALUES: usize = 3;
/// The shortest beginning of a value and of a key, in bytes, that says as good as all of it: ids are often
/// numbered behind a prefix that all of them have, keys hardly ever.
const LEAST_OF_VALUE: usize = 7;
const LEAST_OF_KEY: usize = 2;

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
        match as_matchers(condition, texts.as_ref(), facts) {
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
            let reason = format!(
                "search: the raw line {} the text, first because it is cheapest there",
                entry.operator
            );
            built.push(stage, reason);
        }
    }
    for (condition, _) in &rest {
        if let Some(stage) = line_filter(condition, system.format) {
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
            if let Some(stages) = narrowed(condition, &places, system.format, &mut extraction) {
                narrowing.push((condition, stages));
            }
            let stages = stages_of(condition, texts.as_ref(), &places, &mut extraction);
            let in_line = condition.field.line_paths().next().is_some();
            let numeric = matches!(condition.test, Test::Number(..) | Test::NotNumbers(_));
            // Numbers need their old error marks gone, so they wait behind the parser.
            let group = if in_line || numeric {
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
                    left_to_catch(&stage)
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
            for stage in keyed(field, &outside, system.format, &mut extraction) {
                let reason = format!(
                    "only lines that contain the key can have {} in it: a byte search spares the parser{}",
                    field.name,
                    left_to_catch(&stage)
                );
                self.push(stage, reason);
            }
        }
        let parsers = extraction.stages();
        let parses = !parsers.is_empty();
        for parser in parsers {
            self.push(
                parser,
                "reads from the line only what is asked for, under names of Ginkgo's own",
            );
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

/// What matchers can say of a condition.
enum Matched {
    /// All of it.
    Decided(Vec<Matcher>, String),
    /// Which streams cannot have such lines; the pipeline decides.
    Narrowed(Matcher, String),
    /// Nothing.
    Not,
}

fn as_matchers(condition: &Condition, texts: Option<&Texts>, facts: &Facts) -> Matched {
    if matches!(condition.test, Test::NotTimes(_)) {
        let why = "lines without the time are meant as well".to_owned();
        return Matched::Decided(Vec::new(), why);
    }
    let Some(label) = place::first_label(&condition.field) else {
        return Matched::Not;
    };
    let only_label = place::is_label_only(&condition.field);
    let decides = only_label || facts.everywhere.contains(&label);
    let why = if only_label {
        format!("{label} is a label")
    } else {
        format!("every stream has the label {label}")
    };
    let empty = |op| Matcher {
        name: label.clone(),
        op,
        value: String::new(),
    };
    let negative = condition.test.is_negative();
    match (texts, &condition.test) {
        // An expression that matches the empty text would keep streams without the label.
        (Some(texts @ Texts::Pattern(_)), _) if decides && !negative => {
            Matched::Decided(vec![texts.matcher(&label), empty(MatchOp::NotEqual)], why)
        }
        (Some(texts), _) if decides && !negative => {
            Matched::Decided(vec![texts.matcher(&label)], why)
        }
        // Absent is no text; an expression that matches the empty text would drop such streams.
        (Some(Texts::Pattern(_)), _) if negative => Matched::Not,
        (Some(texts), _) if decides => Matched::Decided(vec![texts.not_matcher(&label)], why),
        (Some(texts), _) if negative => Matched::Narrowed(
            texts.not_matcher(&label),
            format!("streams whose label {label} has it are out"),
        ),
        // Nobody has times as labels: not worth its length.
        (Some(_), Test::Time(..)) => Matched::Not,
        (Some(texts), _) => Matched::Narrowed(
            texts.matcher_or_absent(&label),
            format!("streams whose label {label} has another value are out"),
        ),
        (None, Test::Exists) if decides => Matched::Decided(vec![empty(MatchOp::NotEqual)], why),
        (None, Test::Missing) if decides => Matched::Decided(vec![empty(MatchOp::Equal)], why),
        (None, Test::Missing) => Matched::Narrowed(
            empty(MatchOp::Equal),
            format!("streams with the label {label} are out"),
        ),
        // Where the label is, its name in the pipeline is the label; elsewhere it could be metadata.
        (None, Test::Number(..)) if only_label => Matched::Narrowed(empty(MatchOp::NotEqual), why),
        (None, _) => Matched::Not,
    }
}

/// Returns the texts that a test asks for (or, when negative, excludes); numbers and presence are
/// asked for in other ways.
fn texts(test: &Test, system: &System) -> Option<Texts> {
    Some(match test {
        Test::OneOf(texts) | Test::NoneOf(texts) => Texts::Exact(texts.clone()),
        Test::Matches(regex) | Test::NotMatches(regex) => Texts::Pattern(format!("(?s:{regex})")),
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
            let words = quote::regex_one_of(system.levels.words_of(&named));
            let words = if words.is_empty() {
                "[^\\s\\S]"
            } else {
                &words
            };
            let blanks = text::BLANKS;
            Texts::Words(format!("(?i:{blanks}(?:{words}){blanks})"))
        }
        Test::Number(..)
        | Test::NotNumbers(_)
        | Test::NotTimes(_)
        | Test::Exists
        | Test::Missing => return None,
    })
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

/// Returns the byte search that narrows an equality, where the value can only be in the line.
fn line_filter(condition: &Condition, format: Format) -> Option<Stage> {
    let texts = searchable_texts(condition, format)?;
    place::is_line_only(&condition.field).then(|| Stage::Line(LineOp::Contains, texts.to_vec()))
}

/// Returns the same where the value can be a label or metadata as well. A line filter cannot be an
/// alternative to a label filter; what follows the text in the line can, and is a byte search too.
fn narrowed(
    condition: &Condition,
    places: &[Place],
    format: Format,
    extraction: &mut Extraction,
) -> Option<Vec<Stage>> {
    let texts = searchable_texts(condition, format)?;
    let field = &condition.field;
    if place::is_line_only(field) || field.line_paths().next().is_none() {
        return None;
    }
    let extracted = extraction.names();
    let outside = places.iter().flat_map(Place::names);
    let outside: Vec<LabelName> = outside.filter(|name| !extracted.contains(name)).collect();
    let mut stages = Vec::new();
    let mut anywhere = Vec::new();
    for text in texts {
        let equal = |name: &LabelName| Predicate::Text(name.clone(), TextOp::Equal, text.clone());
        anywhere.extend(outside.iter().map(equal));
        let (stage, found) = found(text, LEAST_OF_VALUE, extraction.computed("found"));
        stages.push(stage);
        anywhere.push(found);
    }
    stages.push(Stage::Filter(Predicate::any(anywhere)));
    Some(stages)
}

/// Returns a stage and a predicate that together keep the lines with a text, or hardly more: what follows
/// all of the text but its last byte is never empty, even where the line ends with the text. Where that
/// says too little, with fewer bytes than `least`, the text itself is captured.
fn found(text: &str, least: usize, name: LabelName) -> (Stage, Predicate) {
    let present = Predicate::present(&name);
    let start = text
        .get(..text.len().saturating_sub(1))
        .filter(|start| start.len() >= least && !start.contains('<'));
    let stage = match start {
        Some(start) => Stage::After(start.to_owned(), name),
        None => Stage::Regexp(format!("(?P<{name}>{})", quote::regex_literal(text))),
    };
    (stage, present)
}

/// Says why a text lacks its end.
fn left_to_catch(stage: &Stage) -> &'static str {
    match stage {
        Stage::After(..) => " (its last letter is left to be caught behind it)",
        _ => "",
    }
}

/// Returns the stages that leave out lines which cannot have the field, by the bytes of its key. In JSON
/// a letter of a key can also be written as `\u00..`, so lines with such an escape stay.
fn keyed(
    field: &Field,
    places: &[Place],
    format: Format,
    extraction: &mut Extraction,
) -> Vec<Stage> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let mut keys = Vec::new();
    for path in field.line_paths() {
        let key = path.0.last().map(String::as_str).unwrap_or_default();
        let key = key.rsplit('.').next().unwrap_or_default();
        if key.is_empty() || !key.bytes().all(plain) {
            return Vec::new();
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    match format {
        Format::Json => keys.push("\\u00"),
        Format::Tskv => {}
        // logfmt compares keys in a form of its own, and plain text has none.
        Format::Logfmt | Format::Text => return Vec::new(),
    }
    if keys.len() > MOST_LINE_FILTER_VALUES || field.line_paths().next().is_none() {
        return Vec::new();
    }
    if place::is_line_only(field) {
        let keys = keys.into_iter().map(str::to_owned).collect();
        return vec![Stage::Line(LineOp::Contains, keys)];
    }
    let extracted = extraction.names();
    let outside = places.iter().flat_map(Place::names);
    let outside: Vec<LabelName> = outside.filter(|name| !extracted.contains(name)).collect();
    let mut anywhere: Vec<Predicate> = outside.iter().map(Predicate::present).collect();
    let mut stages = Vec::new();
    for key in keys {
        let (stage, found) = found(key, LEAST_OF_KEY, extraction.computed("key"));
        stages.push(stage);
        anywhere.push(found);
    }
    stages.push(Stage::Filter(Predicate::any(anywhere)));
    stages
}

/// Returns the texts of an equality if they stand in lines as they are: letters, digits and
/// `_ . : -` are never escaped.
fn searchable_texts(condition: &Condition, format: Format) -> Option<&[String]> {
    let Test::OneOf(texts) = &condition.test else {
        return None;
    };
    let plain = |text: &String| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
    };
    let worth =
        format != Format::Text && texts.len() <= MOST_LINE_FILTER_VALUES && texts.iter().all(plain);
    worth.then_some(texts)
}

fn place_names(condition: &Condition) -> String {
    let mut names: Vec<&str> = condition.field.sources.iter().map(Source::place).collect();
    names.dedup();
    names.join(", ")
}
