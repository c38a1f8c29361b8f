//! Writes JSON lines as different loggers do, and remembers what stands where.
//!
//! A writer of our own, because the lines need what a library rightly refuses: duplicate keys, both
//! spacings, `\uXXXX` escapes as Python's `json.dumps` has them, and the byte where a value ends.

use std::fmt::Write;

use super::draft::{Field, Value};

/// Which keys are written flat with dots instead of as nested objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dotted {
    /// None.
    Never,
    /// Only `log.level`, as the ECS loggers do.
    Level,
    /// All.
    Always,
}

/// How a logger spells JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// `", "` and `": "` instead of `","` and `":"`.
    pub(super) spaced: bool,
    /// Non-ASCII as `\uXXXX`.
    pub(super) ascii: bool,
    /// Flat keys with dots.
    pub(super) dotted: Dotted,
}

impl Style {
    /// Compact, raw UTF-8, nested.
    pub(super) const PLAIN: Self = Self {
        spaced: false,
        ascii: false,
        dotted: Dotted::Never,
    };
}

/// A value that a correct reader gets out of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    /// The field's name.
    pub(super) name: &'static str,
    /// The decoded text.
    pub(super) text: String,
    /// The byte behind the value.
    pub(super) end: usize,
}

/// A written line with its map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// The line.
    pub(super) line: String,
    /// The fields with a value, in the order of the line; of equal names only the first is read.
    pub(super) read: Vec<Read>,
    /// Bytes where the line may be cut between fields without leaving a doubt about any of them.
    pub(super) cuts: Vec<usize>,
    /// Bytes behind a field, where more may be put in.
    pub(super) gaps: Vec<usize>,
    /// First and last byte of the last text's content.
    pub(super) last_text: Option<(usize, usize)>,
}

/// Writes fields as one JSON object.
pub(super) fn write(fields: &[Field], style: Style) -> Written {
    let mut writer = Writer {
        style,
        out: Written::default(),
    };
    let members: Vec<Member<'_>> = fields
        .iter()
        .map(|field| Member::of(field, style.dotted))
        .collect();
    writer.members(&members);
    writer.out
}

/// A field and the keys that are still to be written.
#[derive(Clone, Copy)]
struct Member<'a> {
    field: &'a Field,
    /// A flat key, instead of `rest`.
    joined: bool,
    rest: &'a [&'static str],
}

impl<'a> Member<'a> {
    fn of(field: &'a Field, dotted: Dotted) -> Self {
        let joined = match dotted {
            Dotted::Never => false,
            Dotted::Level => field.path == ["log", "level", ""],
            Dotted::Always => true,
        };
        let rest = &field.path;
        Self {
            field,
            joined,
            rest,
        }
    }

    /// The next key, and whether the value follows it.
    fn key(&self) -> (&'static str, bool) {
        match self.rest {
            [key, "", ..] | [key] => (key, true),
            [key, ..] => (key, self.joined),
            [] => ("", true),
        }
    }

    fn inside(self) -> Self {
        let rest = self.rest.get(1..).unwrap_or_default();
        Self { rest, ..self }
    }
}

struct Writer {
    style: Style,
    out: Written,
}

impl Writer {
    fn members(&mut self, members: &[Member<'_>]) {
        self.out.line.push('{');
        let mut first = true;
        for (index, member) in members.iter().enumerate() {
            let (key, is_leaf) = member.key();
            if is_leaf {
                self.comma(&mut first);
                self.leaf(member);
                continue;
            }
            let in_group = |other: &&Member<'_>| other.key() == (key, false);
            if members.iter().take(index).any(|other| in_group(&other)) {
                // Written with the first of its group.
                continue;
            }
            self.comma(&mut first);
            self.key(key);
            let group = members.iter().filter(in_group).copied();
            let group: Vec<Member<'_>> = group.map(Member::inside).collect();
            self.members(&group);
        }
        self.out.line.push('}');
    }

    fn leaf(&mut self, member: &Member<'_>) {
        let field = member.field;
        if member.joined {
            let keys = field.path.iter().filter(|key| !key.is_empty());
            let key = keys.copied().collect::<Vec<_>>().join(".");
            self.key(&key);
        } else {
            self.key(member.key().0);
        }
        let start = self.out.line.len();
        self.value(&field.value);
        let end = self.out.line.len();
        self.out.gaps.push(end);
        let text = match &field.value {
            Value::Object(_) => self.out.line.get(start..).map(str::to_owned),
            other => other.plain(),
        };
        if let Some(text) = text {
            self.out.read.push(Read {
                name: field.name,
                // Loki and every reader that agrees with it read U+FFFD as a blank.
                text: text.replace('\u{fffd}', " "),
                end,
            });
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => {
                let start = self.out.line.len() + 1;
                self.string(text);
                self.out.last_text = Some((start, self.out.line.len() - 1));
            }
            Value::Number(number) => self.out.line.push_str(number),
            Value::Bool(true) => self.out.line.push_str("true"),
            Value::Bool(false) => self.out.line.push_str("false"),
            Value::Null => self.out.line.push_str("null"),
            Value::Object(members) => {
                self.out.line.push('{');
                let mut first = true;
                for (key, member) in members {
                    self.comma(&mut first);
                    self.key(key);
                    self.value(member);
                }
                self.out.line.push('}');
            }
        }
    }

    fn comma(&mut self, first: &mut bool) {
        if *first {
            *first = false;
            return;
        }
        self.out.line.push(',');
        self.out.cuts.push(self.out.line.len());
        if self.style.spaced {
            self.out.line.push(' ');
        }
    }

    fn key(&mut self, key: &str) {
        self.string(key);
        let colon = if self.style.spaced { ": " } else { ":" };
        self.out.line.push_str(colon);
    }

    fn string(&mut self, text: &str) {
        let out = &mut self.out.line;
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                ' '..='~' => out.push(c),
                _ if c >= '\u{80}' && !self.style.ascii => out.push(c),
                _ => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // Writing into a string cannot fail.
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
            }
        }
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::{flat, nested};

    fn fields() -> Vec<Field> {
        vec![
            nested("level", ["log", "level", ""], "info"),
            flat("message", "订单 🚀 \"q\"\n"),
            nested("logger", ["log", "logger", ""], "x"),
            nested("kubernetes_pod_name", ["kubernetes", "pod", "name"], "p"),
            nested("price", ["ginkgo", "price", ""], 10.0),
            nested("pnl", ["ginkgo", "pnl", ""], Value::Null),
        ]
    }

    #[test]
    fn every_style_is_valid_and_equal() {
        let compact = write(&fields(), Style::PLAIN);
        assert_eq!(
            compact.line,
            r#"{"log":{"level":"info","logger":"x"},"message":"订单 🚀 \"q\"\n","kubernetes":{"pod":{"name":"p"}},"ginkgo":{"price":10.0,"pnl":null}}"#
        );
        let ascii = write(
            &fields(),
            Style {
                spaced: true,
                ascii: true,
                dotted: Dotted::Always,
            },
        );
        assert_eq!(
            ascii.line,
            r#"{"log.level": "info", "message": "\u8ba2\u5355 \ud83d\ude80 \"q\"\n", "log.logger": "x", "kubernetes.pod.name": "p", "ginkgo.price": 10.0, "ginkgo.pnl": null}"#
        );
        let level = write(
            &fields(),
            Style {
                dotted: Dotted::Level,
                ..Style::PLAIN
            },
        );
        assert!(level.line.starts_with(r#"{"log.level":"info","message":"#));
        assert!(level.line.contains(r#""log":{"logger":"x"}"#));
        for written in [&compact, &ascii, &level] {
            let parsed: Result<serde_json::Value, _> = serde_json::from_str(&written.line);
            assert!(parsed.is_ok());
            // The same fields, whatever the order that grouping gives them.
            let mut names: Vec<_> = written.read.iter().map(|read| read.name).collect();
            names.sort_unstable();
            let expected = ["kubernetes_pod_name", "level", "logger", "message", "price"];
            assert_eq!(names, expected);
        }
    }

    #[test]
    fn the_map_fits_the_line() {
        let written = write(&fields(), Style::PLAIN);
        for cut in &written.cuts {
            assert!(written.line.get(..*cut).unwrap().ends_with(','));
        }
        let (from, to) = written.last_text.unwrap();
        assert_eq!(written.line.get(from..to), Some("p"));
        let price = written.read.iter().find(|read| read.name == "price");
        assert!(
            written
                .line
                .get(..price.unwrap().end)
                .unwrap()
                .ends_with("10.0")
        );
    }
}
