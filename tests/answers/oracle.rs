//! Which lines a question means, by the contract alone.

use regex::Regex;

use crate::corpus::Line;
use crate::query::{Filter, Query, Search};
use crate::schema::{Field, Kind, Place, Schema};
use crate::values::{compared, level, severity, time, truth};

/// A field's value: the first of its places that is not empty.
pub fn value<'l>(field: &Field, line: &'l Line) -> Option<&'l str> {
    let at = |place: &Place| match place {
        Place::Label => line.labels.get(field.name),
        Place::Metadata => line.metadata.get(field.name),
        Place::Line => line.read.get(field.name),
    };
    let texts = field.places.iter().filter_map(at);
    texts.map(String::as_str).find(|text| !text.is_empty())
}

/// The lines that a question means, oldest first.
pub fn matching<'l>(
    query: &Query,
    schema: &Schema,
    lines: &'l [Line],
    (from_ns, to_ns): (i64, i64),
) -> Vec<&'l Line> {
    let role = query.role().map(|role| {
        let field = schema.role(role).expect("the system has the role");
        (field, &query.ids)
    });
    let filters: Vec<Test> = query.filters.iter().map(|f| Test::new(f, schema)).collect();
    let searches: Vec<Finder> = query.search.iter().map(Finder::new).collect();
    let is_meant = |line: &&Line| {
        let in_range = (from_ns..to_ns).contains(&line.ns);
        let has_id = role.is_none_or(|(field, ids)| {
            let value = value(field, line);
            value.is_some_and(|value| ids.is_empty() || ids.iter().any(|id| id == value))
        });
        in_range
            && has_id
            && filters.iter().all(|filter| filter.holds(line))
            && searches.iter().all(|search| search.holds(line))
    };
    lines.iter().filter(is_meant).collect()
}

/// A filter, ready to be tried.
struct Test<'q> {
    filter: &'q Filter,
    field: Field,
    regex: Option<Regex>,
}

impl<'q> Test<'q> {
    fn new(filter: &'q Filter, schema: &Schema) -> Self {
        let field = schema.field(filter.field);
        let is_regex = matches!(filter.operator, "=~" | "!~");
        let regex = is_regex.then(|| {
            assert!(matches!(field.kind, Kind::Text | Kind::Json), "{filter:?}");
            Regex::new(&format!(r"\A(?s:{})\z", filter.values[0])).unwrap()
        });
        Self {
            filter,
            field,
            regex,
        }
    }

    fn holds(&self, line: &Line) -> bool {
        let text = value(&self.field, line);
        let one_of = || {
            self.filter
                .values
                .iter()
                .any(|wanted| self.equal(text, wanted))
        };
        match self.filter.operator {
            "=" | "=|" => one_of(),
            "!=" | "!=|" => !one_of(),
            "=~" => self.matches(text),
            "!~" => !self.matches(text),
            "exists" => text.is_some(),
            "missing" => text.is_none(),
            operator => self.compares(text, operator),
        }
    }

    fn equal(&self, text: Option<&str>, wanted: &str) -> bool {
        match self.field.kind {
            Kind::Text | Kind::Json => text == Some(wanted),
            Kind::Number => {
                let order = text.and_then(|text| compared(text, wanted));
                order.is_some_and(std::cmp::Ordering::is_eq)
            }
            Kind::Bool => {
                let wanted = truth(wanted).expect("a truth");
                text.and_then(truth) == Some(wanted)
            }
            // None and odd words are `unknown`, which can be asked for.
            Kind::Level => level(text) == level(Some(wanted)),
            Kind::Time => {
                let wanted = time(wanted).expect("a time");
                text.and_then(time) == Some(wanted)
            }
        }
    }

    fn matches(&self, text: Option<&str>) -> bool {
        let regex = self.regex.as_ref().expect("a regex");
        text.is_some_and(|text| regex.is_match(text))
    }

    fn compares(&self, text: Option<&str>, operator: &str) -> bool {
        let wanted = &self.filter.values[0];
        let order = match self.field.kind {
            Kind::Number => text.and_then(|text| compared(text, wanted)),
            Kind::Level => {
                let wanted = severity(level(Some(wanted))).expect("a level of the order");
                severity(level(text)).map(|read| read.cmp(&wanted))
            }
            Kind::Time => {
                let wanted = time(wanted).expect("a time");
                text.and_then(time).map(|read| read.cmp(&wanted))
            }
            kind => panic!("{kind:?} has no order"),
        };
        order.is_some_and(|order| match operator {
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            other => panic!("no operator {other}"),
        })
    }
}

/// A search, ready to be tried.
struct Finder {
    any_of: Vec<Regex>,
    wanted: bool,
}

impl Finder {
    fn new(search: &Search) -> Self {
        let flag = if search.case_sensitive { "" } else { "i" };
        let regex = |text: &str| Regex::new(&format!("(?{flag}:{text})")).unwrap();
        let text = &search.text;
        let any_of = match search.operator {
            "contains" | "not contains" => {
                let mut spellings = vec![regex(&regex::escape(text))];
                if !text.is_ascii() {
                    // As somebody would do it by hand: each letter large and small, escaped.
                    let cases = |c: char| {
                        let itself = c.to_string();
                        let (small, large) = (itself.to_lowercase(), itself.to_uppercase());
                        if search.case_sensitive || c.is_ascii() {
                            return regex::escape(&dumped(&itself));
                        }
                        let ways = [itself, small, large].map(|way| regex::escape(&dumped(&way)));
                        format!("(?:{})", ways.join("|"))
                    };
                    spellings.push(regex(&text.chars().map(cases).collect::<String>()));
                }
                spellings
            }
            "matches" | "not matches" => vec![regex(text)],
            other => panic!("no search {other}"),
        };
        let wanted = !search.operator.starts_with("not ");
        Self { any_of, wanted }
    }

    fn holds(&self, line: &Line) -> bool {
        let found = self.any_of.iter().any(|regex| regex.is_match(&line.line));
        found == self.wanted
    }
}

/// A text as Python's `json.dumps` writes it, without the quotes around.
fn dumped(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| {
        let c = char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}');
        match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            ' '..='~' => c.to_string(),
            _ => format!("\\u{unit:04x}"),
        }
    });
    units.collect()
}

#[test]
fn texts_are_dumped_as_in_python() {
    let text = "订单 🚀 \"q\"\n\u{7f}";
    let expected = "\\u8ba2\\u5355 \\ud83d\\ude80 \\\"q\\\"\\n\\u007f";
    assert_eq!(dumped(text), expected);
}
