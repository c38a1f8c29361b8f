//! The stages of a log pipeline.

use std::fmt;

use super::{JsonPath, LabelName, Predicate, quote};

/// One step of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Keeps lines by their raw text; several texts are alternatives. Never empty.
    Line(LineOp, Vec<String>),
    /// Extracts JSON paths under names of our own.
    Json(Vec<(LabelName, JsonPath)>),
    /// Extracts logfmt keys under names of our own.
    Logfmt(Vec<(LabelName, String)>),
    /// Extracts by the named groups of an RE2 expression.
    Regexp(String),
    /// Extracts what follows the first occurrence of a text; nothing where the text is not in the line.
    /// Loki looks for the bytes, as a line filter does: much faster than a regular expression. The text
    /// has no `<`.
    After(String, LabelName),
    /// Keeps lines by labels, metadata and extracted values.
    Filter(Predicate),
    /// Sets a label to the first of these that is not empty.
    Coalesce(LabelName, Vec<LabelName>),
    /// Sets a label to the first of these that is not empty, if that one is taken; else to nothing.
    Chosen(LabelName, Vec<(LabelName, Taken)>),
    /// Sets a label to the word whose spellings have another one's text; to nothing when none has.
    Word(Box<Word>),
    /// Sets the first label to the second's text, of which a number or truth has one spelling.
    Spelled(LabelName, LabelName, Typed),
    /// Gives the first label the value and the place of the second, where that one is there, even empty.
    Rename(LabelName, LabelName),
    /// Gives the label the value of one whose name LogQL takes for a word of its own; empty where there is none.
    Reserved(LabelName, String),
    /// Replaces a text in labels, in each by another one.
    Replace(String, Vec<(LabelName, String)>),
    /// Takes labels away that are there and empty.
    DropEmpty(Vec<LabelName>),
    /// Sets a label to the entry's time, in nanoseconds since a time in nanoseconds since the epoch.
    Time(LabelName, i64),
    /// Takes labels away.
    Drop(Vec<LabelName>),
}

/// What is brought to one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// A number: whole ones by their digits, which a float would round, others as a float is written.
    Number,
    /// true, false, 1 or 0.
    Truth,
}

impl Typed {
    fn template(self, from: &LabelName) -> String {
        let is = |expression: &str, text: &str| {
            format!(
                "count {} {text}",
                quote::string(&format!("^(?:{expression})$"))
            )
        };
        match self {
            Self::Number => {
                let whole = quote::string("^[+]?(-?)0*([0-9]+)[.]?0*$");
                let is_whole = is("-?[0-9]+", "$whole");
                let is_number = is(
                    "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?",
                    &format!(".{from}"),
                );
                format!(
                    "{{{{ $whole := regexReplaceAll {whole} .{from} \"${{1}}${{2}}\" }}}}{{{{ if {is_whole} }}}}{{{{ $whole }}}}{{{{ else if {is_number} }}}}{{{{ printf \"%g\" (float64 .{from}) }}}}{{{{ else }}}}{{{{ .{from} }}}}{{{{ end }}}}"
                )
            }
            Self::Truth => {
                let [yes, no] =
                    ["(?i:true)|1", "(?i:false)|0"].map(|word| is(word, &format!(".{from}")));
                format!(
                    "{{{{ if {yes} }}}}true{{{{ else if {no} }}}}false{{{{ else }}}}{{{{ .{from} }}}}{{{{ end }}}}"
                )
            }
        }
    }
}

/// A label that gets one word for all of its spellings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The label.
    pub name: LabelName,
    /// The one that has the text, in any case; of a number without a fraction of nothing.
    pub from: LabelName,
    /// What may stand around the text (RE2).
    pub around: String,
    /// Each word with its spellings, in lower case.
    pub words: Vec<(String, Vec<String>)>,
}

impl Word {
    fn template(&self) -> String {
        let Self { from, around, .. } = self;
        let around = quote::string(&format!("^{around}|{around}$"));
        let text = format!("lower (regexReplaceAll {around} .{from} \"\")");
        let whole = quote::string("^([0-9]+)[.]0*$");
        let mut branches = vec![format!(
            "{{{{ $text := regexReplaceAll {whole} ({text}) \"${{1}}\" }}}}"
        )];
        for (number, (word, spellings)) in self.words.iter().enumerate() {
            let branch = if number == 0 { "if" } else { "else if" };
            let spellings = spellings.iter().map(|text| quote::string(text));
            let spellings = spellings.collect::<Vec<_>>().join(" ");
            let word = quote::string(word);
            branches.push(format!(
                "{{{{ {branch} eq $text {spellings} }}}}{{{{ {word} }}}}"
            ));
        }
        format!("{}{{{{ end }}}}", branches.concat())
    }
}

/// Whether a text is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Whatever it says.
    Always,
    /// Never.
    Never,
    /// When there is no backslash in it.
    Plain,
    /// When there is one.
    Escaped,
}

impl Taken {
    /// Writes a label's text in a template, where it is taken.
    fn template(self, label: &LabelName) -> String {
        let escaped = format!("if contains {} .{label}", quote::string("\\"));
        match self {
            Self::Always => format!("{{{{ .{label} }}}}"),
            Self::Never => String::new(),
            Self::Plain => {
                format!("{{{{ {escaped} }}}}{{{{ else }}}}{{{{ .{label} }}}}{{{{ end }}}}")
            }
            Self::Escaped => format!("{{{{ {escaped} }}}}{{{{ .{label} }}}}{{{{ end }}}}"),
        }
    }
}

/// How a line filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineOp {
    /// Contains the text.
    Contains,
    /// Does not contain the text.
    NotContains,
    /// Matches the expression somewhere.
    Matches,
    /// Matches the expression nowhere.
    NotMatches,
}

impl LineOp {
    fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "|=",
            Self::NotContains => "!=",
            Self::Matches => "|~",
            Self::NotMatches => "!~",
        }
    }
}

impl Stage {
    /// Takes the parser's marks away, so that a line that did not parse stays an ordinary line.
    pub fn drop_error_marks() -> Self {
        Self::Drop(error_marks().collect())
    }

    /// Says whether the stage extracts labels from the line.
    pub fn is_parser(&self) -> bool {
        matches!(
            self,
            Self::Json(_) | Self::Logfmt(_) | Self::Regexp(_) | Self::After(..)
        )
    }

    /// Takes the given names and the parser's marks away.
    pub fn drop_names(names: impl IntoIterator<Item = LabelName>) -> Self {
        Self::Drop(names.into_iter().chain(error_marks()).collect())
    }
}

fn error_marks() -> impl Iterator<Item = LabelName> {
    ["__error__", "__error_details__"]
        .into_iter()
        .filter_map(LabelName::new)
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(op, texts) => {
                let texts: Vec<String> = texts.iter().map(|text| quote::string(text)).collect();
                write!(f, "{} {}", op.as_str(), texts.join(" or "))
            }
            Self::Json(paths) => {
                let paths = paths
                    .iter()
                    .map(|(name, path)| format!("{name}={}", quote::string(&path.to_string())));
                write!(f, "| json {}", paths.collect::<Vec<_>>().join(", "))
            }
            Self::Logfmt(keys) => {
                let keys = keys
                    .iter()
                    .map(|(name, key)| format!("{name}={}", quote::string(key)));
                write!(f, "| logfmt {}", keys.collect::<Vec<_>>().join(", "))
            }
            Self::Regexp(expression) => write!(f, "| regexp {}", quote::string(expression)),
            Self::After(text, name) => {
                write!(
                    f,
                    "| pattern {}",
                    quote::string(&format!("<_>{text}<{name}>"))
                )
            }
            Self::Filter(predicate) => write!(f, "| {predicate}"),
            Self::Coalesce(name, from) => {
                let from: Vec<String> = from.iter().map(|label| format!(".{label}")).collect();
                let template = format!("{{{{ or {} }}}}", from.join(" "));
                write!(f, "| label_format {name}={}", quote::string(&template))
            }
            Self::Chosen(name, from) => {
                let mut branches = Vec::new();
                for (number, (label, taken)) in from.iter().enumerate() {
                    let word = if number == 0 { "if" } else { "else if" };
                    branches.push(format!("{{{{ {word} .{label} }}}}"));
                    branches.push(taken.template(label));
                }
                let template = format!("{}{{{{ end }}}}", branches.concat());
                write!(f, "| label_format {name}={}", quote::string(&template))
            }
            Self::Word(word) => {
                let template = quote::string(&word.template());
                write!(f, "| label_format {}={template}", word.name)
            }
            Self::Spelled(to, from, typed) => {
                let template = quote::string(&typed.template(from));
                write!(f, "| label_format {to}={template}")
            }
            Self::Rename(to, from) => write!(f, "| label_format {to}={from}"),
            Self::Reserved(to, word) => {
                let template = format!("{{{{ .{word} }}}}");
                write!(f, "| label_format {to}={}", quote::string(&template))
            }
            Self::Replace(old, names) => {
                let old = quote::string(old);
                let replaced = names.iter().map(|(name, new)| {
                    let template =
                        format!("{{{{ replace {old} {} .{name} }}}}", quote::string(new));
                    format!("{name}={}", quote::string(&template))
                });
                write!(
                    f,
                    "| label_format {}",
                    replaced.collect::<Vec<_>>().join(", ")
                )
            }
            Self::DropEmpty(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("{name}=\"\"")).collect();
                write!(f, "| drop {}", names.join(", "))
            }
            Self::Time(name, since_ns) => {
                let template = if *since_ns == 0 {
                    "{{ __timestamp__ | unixEpochNanos }}".to_owned()
                } else {
                    format!("{{{{ sub (__timestamp__ | unixEpochNanos) {since_ns} }}}}")
                };
                write!(f, "| label_format {name}={}", quote::string(&template))
            }
            Self::Drop(names) => {
                let names: Vec<&str> = names.iter().map(LabelName::as_str).collect();
                write!(f, "| drop {}", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_prints() {
        let name = |text| LabelName::new(text).unwrap();
        let text = |value: &str| value.to_owned();
        let path = |keys: &[&str]| {
            JsonPath::new(&keys.iter().map(|key| text(key)).collect::<Vec<_>>()).unwrap()
        };
        for (stage, printed) in [
            (
                Stage::Line(LineOp::Contains, vec![text("a"), text("b\"")]),
                r#"|= "a" or "b\"""#,
            ),
            (
                Stage::Json(vec![
                    (name("x"), path(&["a", "b"])),
                    (name("y"), path(&["a.b"])),
                ]),
                r#"| json x="a.b", y="[\"a.b\"]""#,
            ),
            (
                Stage::Logfmt(vec![(name("x"), text("k"))]),
                r#"| logfmt x="k""#,
            ),
            (
                Stage::After(text("a\\u"), name("x")),
                r#"| pattern "<_>a\\u<x>""#,
            ),
            (
                Stage::Coalesce(name("v"), vec![name("f"), name("x")]),
                r#"| label_format v="{{ or .f .x }}""#,
            ),
            (
                Stage::Chosen(
                    name("v"),
                    vec![(name("f"), Taken::Never), (name("x"), Taken::Always)],
                ),
                r#"| label_format v="{{ if .f }}{{ else if .x }}{{ .x }}{{ end }}""#,
            ),
            (
                Stage::Chosen(name("v"), vec![(name("f"), Taken::Plain)]),
                r#"| label_format v="{{ if .f }}{{ if contains \"\\\\\" .f }}{{ else }}{{ .f }}{{ end }}{{ end }}""#,
            ),
            (
                Stage::Word(Box::new(Word {
                    name: name("v"),
                    from: name("f"),
                    around: text("\\s*"),
                    words: vec![
                        (text("err"), vec![text("err"), text("e\"")]),
                        (text("info"), vec![text("info")]),
                    ],
                })),
                r#"| label_format v="{{ $text := regexReplaceAll \"^([0-9]+)[.]0*$\" (lower (regexReplaceAll \"^\\\\s*|\\\\s*$\" .f \"\")) \"${1}\" }}{{ if eq $text \"err\" \"e\\\"\" }}{{ \"err\" }}{{ else if eq $text \"info\" }}{{ \"info\" }}{{ end }}""#,
            ),
            (Stage::Rename(name("v"), name("f")), "| label_format v=f"),
            (
                Stage::DropEmpty(vec![name("a"), name("b")]),
                r#"| drop a="", b="""#,
            ),
            (
                Stage::Time(name("t"), 0),
                r#"| label_format t="{{ __timestamp__ | unixEpochNanos }}""#,
            ),
            (
                Stage::Time(name("t"), 5),
                r#"| label_format t="{{ sub (__timestamp__ | unixEpochNanos) 5 }}""#,
            ),
            (
                Stage::drop_names([name("x")]),
                "| drop x, __error__, __error_details__",
            ),
        ] {
            assert_eq!(stage.to_string(), printed);
        }
    }
}
