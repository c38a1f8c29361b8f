//! Random questions: fields, operators and values as the corpus has them, and some that it has not.

use ginkgo_demo::{Layout, System};

use crate::ask::{Site, Source};
use crate::corpus::{Corpus, Line, corpus};
use crate::oracle::value;
use crate::query::{Filter, Query, Search};
use crate::schema::{Field, Kind, Schema};

/// A small generator of random numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize % bound
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One of these words.
    pub fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

/// Systems times layouts.
pub const CELLS: u64 = (System::ALL.len() * Layout::ALL.len()) as u64;

/// The layout and the system that a seed asks: each has its turn, so that so many seeds in a row ask all.
pub fn cell(seed: u64) -> (Layout, System) {
    let cell = (seed % CELLS) as usize;
    let systems = System::ALL.len();
    (Layout::ALL[cell / systems], System::ALL[cell % systems])
}

/// Rolls a question and where to ask it.
pub fn question(seed: u64) -> (Site, &'static Corpus, Query) {
    let (layout, system) = cell(seed);
    let mut dice = Dice::new(seed);
    let source = if dice.chance(60) {
        Source::Auto
    } else {
        *dice.pick(&Source::ALL)
    };
    let site = Site::new(layout, source);
    let corpus = corpus(layout);
    let (query, _) = question_about(dice, &site, corpus, system);
    (site, corpus, query)
}

/// Rolls a question about a system of a corpus; returns the dice for more.
pub fn question_about(
    dice: Dice,
    site: &Site,
    corpus: &'static Corpus,
    system: System,
) -> (Query, Dice) {
    let mut roll = Roll {
        dice,
        schema: site.schema(system),
        lines: corpus.lines(system),
    };
    let query = roll.question(system);
    (query, roll.dice)
}

struct Roll {
    dice: Dice,
    schema: Schema,
    lines: &'static [Line],
}

/// Names of no schema that some lines have.
const AD_HOC: [(System, &[&str]); 4] = [
    (System::Ginkgo, &["x-always.there", "http.route", "corpus"]),
    (System::Fastapi, &["http.route", "service", "nowhere"]),
    (System::Tskv, &["user_id", "http.route", "service_name"]),
    (
        System::Dynamo,
        &["version", "http.route", "service_namespace"],
    ),
];

type LineFilter = (&'static str, &'static str, bool);

/// Pipelines of `logql`, and what they ask for in the words of a search.
const PIPELINES: &[(&str, &[LineFilter])] = &[
    ("", &[]),
    (" |= `order`", &[("contains", "order", true)]),
    (" |~ `(?i)ERROR`", &[("matches", "error", false)]),
    (
        " != `info` |~ `[0-9]{3}`",
        &[
            ("not contains", "info", true),
            ("matches", "[0-9]{3}", true),
        ],
    ),
];

impl Roll {
    fn question(&mut self, system: System) -> Query {
        let mut query = Query::any(system);
        let kinds: &[&str] = match system {
            System::Ginkgo => &[
                "portfolio",
                "strategy",
                "trace",
                "run",
                "any",
                "any",
                "logql",
            ],
            _ => &["trace", "any", "any", "any", "logql"],
        };
        query.query_type = *self.dice.pick(kinds);
        if query.query_type == "logql" {
            self.pipeline(&mut query);
        } else {
            self.ids(&mut query);
            for _ in 0..*self.dice.pick(&[0, 1, 1, 1, 2, 2, 3]) {
                let filter = self.filter();
                query.filters.push(filter);
            }
            for _ in 0..*self.dice.pick(&[0, 0, 0, 1, 1, 2]) {
                let search = self.search();
                query.search.push(search);
            }
        }
        if self.dice.chance(35) {
            query.result = "table";
            if self.dice.chance(50) {
                let count = 1 + self.dice.below(4);
                let mut names: Vec<&str> = (0..count).map(|_| self.field().name).collect();
                names.sort_unstable();
                names.dedup();
                query.columns = Some(names);
            }
        }
        if query.names_a_tables_own_column() {
            query.result = "logs";
            query.columns = None;
        }
        query.limit = *self
            .dice
            .pick(&[None, Some(1), Some(7), Some(60), Some(200), Some(500)]);
        query.forward = self.dice.chance(40);
        if self.dice.chance(40) {
            let ms = |line: &Line| (line.ns - crate::corpus::START_NS) / 1_000_000;
            let from = ms(self.line());
            let to = ms(self.line());
            query.range_ms = Some((from.min(to), from.max(to) + 1));
        }
        query
    }

    fn pipeline(&mut self, query: &mut Query) {
        let (pipeline, searches) = *self.dice.pick(PIPELINES);
        query.pipeline = pipeline;
        for (operator, text, case_sensitive) in searches {
            *query = query.clone().search(operator, text, *case_sensitive);
        }
    }

    fn ids(&mut self, query: &mut Query) {
        let Some(role) = query.role() else { return };
        let field = self.schema.role(role).unwrap().clone();
        for _ in 0..*self.dice.pick(&[0, 1, 1, 1, 2, 3, 6]) {
            let id = self.text_of(&field);
            query.ids.push(id);
        }
    }

    fn line(&mut self) -> &'static Line {
        self.dice.pick(self.lines)
    }

    fn field(&mut self) -> Field {
        if self.dice.chance(8) {
            let own = AD_HOC
                .iter()
                .find(|(system, _)| *system == self.schema.system);
            let name = *self.dice.pick(own.unwrap().1);
            return self.schema.field(name);
        }
        self.dice.pick(&self.schema.fields).clone()
    }

    /// A value that some line has, here or elsewhere, or none has.
    fn text_of(&mut self, field: &Field) -> String {
        for _ in 0..30 {
            let line = self.line();
            let text = match self.dice.below(10) {
                0 => line.meant.get(field.name).map(String::as_str),
                _ => value(field, line),
            };
            if let Some(text) = text.filter(|text| text.len() < 3000) {
                return text.to_owned();
            }
        }
        "absent \"value\" {x|y}".to_owned()
    }

    fn filter(&mut self) -> Filter {
        let field = self.field();
        let mut operators = vec!["exists", "missing", "=", "=", "=", "!=", "=|", "=|", "!=|"];
        if matches!(field.kind, Kind::Text | Kind::Json) {
            operators.extend(["=~", "=~", "!~"]);
        }
        if matches!(field.kind, Kind::Number | Kind::Level | Kind::Time) {
            operators.extend([">", ">=", "<", "<=", ">", "<="]);
        }
        let operator = *self.dice.pick(&operators);
        let values = match operator {
            "exists" | "missing" => Vec::new(),
            "=|" | "!=|" => {
                let count = 1 + self.dice.below(4);
                (0..count).map(|_| self.filter_value(&field)).collect()
            }
            "=~" | "!~" => vec![self.regex(&field)],
            ">" | ">=" | "<" | "<=" if field.kind == Kind::Level => vec![self.known_level()],
            _ => vec![self.filter_value(&field)],
        };
        Filter {
            field: field.name,
            operator,
            values,
        }
    }

    fn known_level(&mut self) -> String {
        let words = ["critical", "ERROR", "warn", "Info", "20", "trace", " err "];
        (*self.dice.pick(&words)).to_owned()
    }

    fn filter_value(&mut self, field: &Field) -> String {
        match field.kind {
            Kind::Level if self.dice.chance(15) => "unknown".to_owned(),
            Kind::Level => self.known_level(),
            Kind::Bool => (*self.dice.pick(&["true", "FALSE", "1", "0", "True"])).to_owned(),
            Kind::Number => {
                let text = self.text_of(field);
                let Some(number) = crate::values::number(&text) else {
                    return "0".to_owned();
                };
                match self.dice.below(5) {
                    0 => format!("{number:e}"),
                    1 => format!("{}", number + 1.0),
                    2 => format!("{number:+.6}"),
                    _ => text,
                }
            }
            Kind::Time => {
                let text = self.text_of(field);
                let ns = crate::values::time(&text).unwrap_or(crate::corpus::START_NS);
                match self.dice.below(4) {
                    0 => ns.to_string(),
                    1 => (ns / 1_000_000).to_string(),
                    2 => format!(
                        "{}.0",
                        jiff::Timestamp::from_nanosecond(i128::from(ns))
                            .unwrap()
                            .strftime("%Y-%m-%d %H:%M:%S")
                    ),
                    _ => crate::values::time(&text).map_or(ns.to_string(), |_| text),
                }
            }
            _ => self.text_of(field),
        }
    }

    fn regex(&mut self, field: &Field) -> String {
        let text = self.text_of(field);
        let cut: String = text.chars().take(12).collect();
        let end: String = text
            .chars()
            .skip(text.chars().count().saturating_sub(5))
            .collect();
        match self.dice.below(6) {
            0 => regex::escape(&text),
            1 => format!("{}.*", regex::escape(&cut)),
            2 => format!(".*{}", regex::escape(&end)),
            3 => {
                let other = self.text_of(field);
                format!("{}|{}", regex::escape(&text), regex::escape(&other))
            }
            4 => format!("(?i){}.*", regex::escape(&cut.to_uppercase())),
            _ => "[a-z0-9-]+".to_owned(),
        }
    }

    fn search(&mut self) -> Search {
        let operators = [
            "contains",
            "contains",
            "not contains",
            "matches",
            "not matches",
        ];
        let operator = *self.dice.pick(&operators);
        let words = [
            "order",
            "ERROR",
            "订单",
            "trace_id",
            "🚀",
            "\"level\"",
            "\\",
            "600519.SH",
            "can't",
            "Traceback",
            "\u{1b}[",
            "docking 完成",
            "`",
            "{",
            "no such text",
            "订单 🚀",
        ];
        let text = if self.dice.chance(60) {
            (*self.dice.pick(&words)).to_owned()
        } else {
            let line: Vec<char> = self.line().line.chars().take(3000).collect();
            let from = self.dice.below(line.len());
            let piece = line.iter().skip(from).take(1 + self.dice.below(14));
            piece.collect()
        };
        let text = match operator {
            "contains" | "not contains" => text,
            _ => match self.dice.below(3) {
                0 => regex::escape(&text),
                1 => format!("{}.{{1,9}}[0-9]", regex::escape(&text)),
                _ => format!("{}|a[bc]d$", regex::escape(&text)),
            },
        };
        let case_sensitive = self.dice.chance(40);
        Search {
            operator,
            text,
            case_sensitive,
        }
    }
}
