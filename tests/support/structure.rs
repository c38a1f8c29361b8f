//! Questions with hostile texts in every place, each with a twin of plain texts of the same kind: both
//! must become LogQL of one structure. Told apart by a tokenizer that knows nothing of the writer.

use std::collections::BTreeMap;

use ginkgo::logql::{LabelName, quote};
use ginkgo::query::{MacroContext, Query};
use ginkgo::settings::{RawSettings, Settings};
use ginkgo::translate::{Bound, Facts, compile, plan};
use serde_json::{Value, json};

/// A question and its system, hostile and plain.
pub struct Case {
    pub hostile: Asked,
    pub plain: Asked,
    /// How many hostile texts there are.
    pub texts: usize,
}

/// A question and the settings that it is asked of.
#[derive(Clone, Default)]
pub struct Asked {
    pub query: Value,
    pub settings: Value,
}

/// Returns a number below the bound.
pub type Pick<'p> = &'p mut dyn FnMut(usize) -> usize;

const NASTY: [&str; 64] = [
    "\"",
    "\\",
    "`",
    "'",
    "\n",
    "\r",
    "\t",
    "\0",
    "{",
    "}",
    "|",
    "|=",
    "|~",
    "!=",
    "=~",
    "!~",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    "$__interval",
    "${x}",
    "$__all",
    ".*",
    ".+",
    "(?i)",
    "(?s:",
    "\\d",
    "\\x",
    "\\Q",
    "\\E",
    "^",
    "$",
    "|",
    " or ",
    " and ",
    " | drop x",
    "__error__",
    "\"}",
    "\" |= \"",
    "`}",
    "\\\"",
    "\\n",
    "\\u0041",
    "#",
    "//",
    "/*",
    "%",
    "{{",
    "}}",
    "{{ .x }}",
    "订",
    "é",
    "😀",
    "\u{feff}",
    "\u{2028}",
    "\u{fffd}",
    "\u{7f}",
    "\u{85}",
    "\u{e000}",
    "\u{10ffff}",
    "\u{301}",
];

/// A hostile text.
pub fn text(pick: Pick) -> String {
    let mut text = String::new();
    for _ in 0..=pick(4) {
        match pick(8) {
            0 => text.extend(char::from_u32(pick(0x11_0000) as u32)),
            1 => text.push(char::from(pick(128) as u8)),
            2 => text += ["a", "x y", "0", "_", ".", "gk_a"][pick(6)],
            _ => text += NASTY[pick(NASTY.len())],
        }
    }
    text
}

/// A plain text that must be written in the same structure: of the same kinds of characters where the
/// writer looks at them. Words may get a line filter, text beyond ASCII has a second spelling and letters of it are looked for in two steps; in TSKV,
/// quotes and escapes have several, and blanks and quotes say whether the text may stand bare.
fn plain(text: &str, tskv: bool) -> String {
    if text == "None" {
        return text.to_owned();
    }
    let plain = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' | ':' | '-' => 'a',
        '\'' | '"' | '\\' if tskv => c,
        c if tskv && c.is_ascii() && !(' '..='~').contains(&c) => c,
        ' ' => ' ',
        c if c.is_ascii() => '*',
        c if c
            .to_lowercase()
            .chain(c.to_uppercase())
            .all(|other| other == c) =>
        {
            '组'
        }
        _ => 'é',
    };
    text.chars().map(plain).collect()
}

/// A plain name in place of another: dots, and what can be a label, stay.
fn plain_name(name: &str) -> String {
    if LabelName::new(name).is_some() {
        return name.to_owned();
    }
    let stays = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.') || c.is_whitespace();
    name.chars()
        .map(|c| if stays(c) { c } else { '-' })
        .collect()
}

const FORMATS: [&str; 4] = ["json", "tskv", "logfmt", "text"];

/// Rolls a case. User expressions are rolled where `regexes` says so.
pub fn case(pick: Pick, regexes: bool) -> Case {
    let mut texts = 0;
    let format = FORMATS[pick(8) % 4];
    let tskv = format == "tskv";
    let mut value = |pick: Pick| {
        let text = text(pick);
        texts += 1;
        let plain = plain(&text, tskv);
        (text, plain)
    };
    let mut both = Case {
        hostile: Asked::default(),
        plain: Asked::default(),
        texts: 0,
    };

    // The settings: a selector's value, and the key or the place of a field.
    let (selector, plain_selector) = value(pick);
    let sources = [
        json!("auto"),
        json!("line"),
        json!(["line", "label"]),
        json!(["metadata", "line"]),
    ];
    let source = sources[pick(4)].clone();
    // A list of keys is another notation.
    let key = value(pick).0.trim_start_matches('[').to_owned() + "k";
    for (asked, selector, key) in [
        (&mut both.hostile, selector, key.clone()),
        (&mut both.plain, plain_selector, plain_name(&key)),
    ] {
        let selector = format!(
            "{{job={}, env!~{}}}",
            quote::string("x"),
            quote::string(&quote::regex_literal(&selector))
        );
        let mut run = json!({ "name": "task", "role": "run", "source": source });
        run["key"] = key.into();
        asked.settings = json!({ "systems": [{
            "name": "s", "selector": selector, "format": format, "fields": [
                { "name": "level", "role": "level" }, { "name": "message", "role": "message" },
                { "name": "n", "type": "number" }, run,
            ],
        }] });
        asked.query =
            json!({ "queryType": "run", "ids": [], "filters": [], "search": [], "columns": [] });
    }
    let mut add = |key: &str, hostile: Value, plain: Value| {
        let list = |asked: &'_ mut Asked, value| {
            asked.query[key].as_array_mut().map(|list| list.push(value))
        };
        list(&mut both.hostile, hostile);
        list(&mut both.plain, plain);
    };
    for number in 0..pick(4) {
        // Equal ids are one: they differ by a last letter, in both.
        let (mut id, mut plain) = value(pick);
        let last = char::from(b'a' + number as u8);
        id.push(last);
        plain.push(last);
        add("ids", json!(id), json!(plain));
    }
    for number in 0..pick(4) {
        let (name, _) = value(pick);
        let name = match pick(6) {
            0 => "message".to_owned(),
            1 => "task".to_owned(),
            2 => "label_or_so".to_owned(),
            // Two names of one spelling would be asked for once.
            _ => format!("{}n{number}", name.trim_start_matches('[')),
        };
        let operators = ["=", "!=", "=|", "!=|", "exists", "missing", "=~", "!~"];
        let operator = operators[pick(if regexes { 8 } else { 6 })];
        let many = if operator.ends_with('|') {
            1 + pick(3)
        } else {
            1
        };
        let (mut values, mut plains) = (Vec::new(), Vec::new());
        for number in 0..many {
            let (mut text, mut plain) = value(pick);
            if operator.ends_with('~') {
                "a.c".clone_into(&mut plain);
            } else {
                text += &number.to_string();
                plain += &number.to_string();
            }
            values.push(text);
            plains.push(plain);
        }
        add(
            "filters",
            json!({ "field": name, "operator": operator, "values": values }),
            json!({ "field": plain_name(&name), "operator": operator, "values": plains }),
        );
    }
    for _ in 0..pick(3) {
        let (text, mut plain) = value(pick);
        let operator = ["contains", "not contains", "matches", "not matches"]
            [pick(if regexes { 4 } else { 2 })];
        if operator.ends_with("matches") && !text.is_empty() {
            "a.c".clone_into(&mut plain);
        }
        let case = pick(2) == 0;
        add(
            "search",
            json!({ "operator": operator, "text": text, "caseSensitive": case }),
            json!({ "operator": operator, "text": plain, "caseSensitive": case }),
        );
    }
    for _ in 0..pick(3) {
        let (name, _) = value(pick);
        let plain = plain_name(&name);
        add("columns", json!(name), json!(plain));
    }
    for number in 0..pick(3) {
        let (text, plain) = value(pick);
        // A name that is no label name is refused; what it holds is text.
        let name = if pick(8) == 0 {
            value(pick).0
        } else {
            format!("label{number}")
        };
        for (asked, text) in [(&mut both.hostile, text), (&mut both.plain, plain)] {
            asked.query["stream"][&name] = text.into();
        }
    }
    both.hostile.query["result"] = json!(["logs", "table"][pick(2)]);
    both.plain.query["result"] = both.hostile.query["result"].clone();
    both.texts = texts;
    both
}

impl Asked {
    /// The LogQL, or the error's text.
    pub fn logql(&self) -> Result<String, String> {
        let raw = RawSettings {
            url: "http://loki".to_owned(),
            json_data: self.settings.clone(),
            ..RawSettings::default()
        };
        let settings = Settings::try_from(raw).map_err(|error| error.to_string())?;
        let system = settings.systems.first().ok_or("no system")?;
        let macros = MacroContext {
            interval_ms: 1000,
            range_ms: 60_000,
            instant: false,
        };
        let plan = Query::try_from(&self.query).and_then(|query| {
            let bound = Bound::new(&query, system)?;
            bound.decisions(system, &compile)?;
            plan(&query, &bound, system, &Facts::default(), &macros)
        });
        Ok(plan.map_err(|error| error.to_string())?.expr)
    }
}

/// What a case came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both became LogQL of one structure.
    Same,
    /// The hostile one was refused.
    Refused,
}

/// Holds a case against what must be.
///
/// # Errors
/// Says what differs, with both queries.
pub fn check(case: &Case) -> Result<Outcome, String> {
    let hostile = match case.hostile.logql() {
        Ok(logql) => logql,
        // An error quotes what stands there, and is one sentence of a bearable length.
        Err(error) if error.len() < 2000 => return Ok(Outcome::Refused),
        Err(error) => return Err(format!("a long error: {error}")),
    };
    let plain = case.plain.logql().map_err(|error| {
        format!(
            "the plain twin is refused: {error}\n  {}\n  {hostile}",
            case.plain.query
        )
    })?;
    let (ours, twin) = (structure(&hostile), structure(&plain));
    if ours.is_some() && ours == twin {
        return Ok(Outcome::Same);
    }
    Err(format!(
        "two structures\n  {}\n  {hostile}\n  {ours:?}\n  {plain}\n  {twin:?}",
        case.hostile.query
    ))
}

/// The tokens of a LogQL, every string as `""`, Ginkgo's own names numbered as they come; none where
/// it is no sequence of tokens. Go's scanner is the model: `text/scanner` and `strconv.Unquote`.
pub fn structure(logql: &str) -> Option<Vec<String>> {
    const SYMBOLS: [&str; 14] = [
        "|=", "|~", "!=", "!~", "=~", ">=", "<=", "==", "{", "}", "(", ")", ",", "|",
    ];
    let mut names = BTreeMap::new();
    let mut tokens = Vec::new();
    let mut rest = logql;
    loop {
        rest = rest.trim_start_matches(' ');
        let Some(first) = rest.chars().next() else {
            return Some(tokens);
        };
        if first == '"' {
            rest = string_end(rest)?;
            tokens.push("\"\"".to_owned());
        } else if first.is_ascii_alphanumeric() || matches!(first, '_' | '-' | '+') {
            let in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+');
            let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let known = names.len();
            tokens.push(if word.starts_with("gk_") {
                format!("gk_{}", names.entry(word.to_owned()).or_insert(known))
            } else {
                word.to_owned()
            });
            rest = after;
        } else {
            let found = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = found.copied().or_else(|| {
                let symbol = rest.get(..1)?;
                matches!(symbol, "=" | ">" | "<").then_some(symbol)
            })?;
            tokens.push(symbol.to_owned());
            rest = rest.get(symbol.len()..)?;
        }
    }
}

/// What follows a double-quoted string, which must be one that Go reads: no raw line break, NUL or
/// byte order mark, only its escapes.
fn string_end(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('"')?.chars();
    loop {
        let digits = match rest.next()? {
            '"' => return Some(rest.as_str()),
            '\n' | '\0' | '\u{feff}' => return None,
            '\\' => match rest.next()? {
                'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' | '"' => 0,
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => return None,
            },
            _ => 0,
        };
        for _ in 0..digits {
            rest.next().filter(char::is_ascii_hexdigit)?;
        }
    }
}
