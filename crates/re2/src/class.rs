//! Escapes and classes.

use super::problem::Problem;
use super::shape::Shape;
use super::syntax::{Purpose, Translator};

const BROKEN_ESCAPE: &str = "invalid escape sequence";
const BROKEN_RANGE: &str = "invalid character class range";

/// The characters of a class, from code to code; `None` as soon as it names a group of characters.
type Ranges = Option<Vec<(u32, u32)>>;

impl<'e> Translator<'e> {
    /// Reads what follows a `\` outside classes.
    pub(super) fn escape(&mut self) -> Result<(), Problem> {
        let start = self.behind(1);
        if let Some(item) = self.group_escape(start)? {
            self.push_cased(format!("[{item}]"), Shape::Class);
            return Ok(());
        }
        for (escape, written) in [
            ("A", r"\A"),
            ("z", r"\z"),
            ("b", r"(?-u:\b)"),
            ("B", r"(?-u:\B)"),
        ] {
            if self.eat(escape) {
                self.push(written);
                return Ok(());
            }
        }
        if self.eat("Q") {
            let (quoted, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
            self.rest = after;
            for c in quoted.chars() {
                self.literal(c);
            }
            return Ok(());
        }
        let code = self.character_escape(start)?;
        let item = self.item(code, code, start)?;
        let shape = self.class_shape(Some(&[(code, code)]));
        self.push_cased(format!("[{item}]"), shape);
        Ok(())
    }

    /// Reads a class from behind its `[`.
    pub(super) fn class(&mut self) -> Result<(), Problem> {
        let start = self.behind(1);
        let negated = self.eat("^");
        let mut items = String::new();
        let mut ranges: Ranges = (!negated).then(Vec::new);
        let mut first = true;
        while first || !self.eat("]") {
            first = false;
            if let Some(name) = self.posix_name()? {
                items.push_str(name);
                ranges = None;
                continue;
            }
            let character = self.rest;
            let (from, to) = if self.eat("\\") {
                if let Some(item) = self.group_escape(character)? {
                    items.push_str(&item);
                    ranges = None;
                    continue;
                }
                self.range(Some('\\'), start, character)?
            } else {
                let c = self.next();
                self.range(c, start, character)?
            };
            items.push_str(&self.item(from, to, character)?);
            if let Some(ranges) = &mut ranges {
                ranges.push((from, to));
            }
        }
        let sign = if negated { "^" } else { "" };
        let shape = self.class_shape(ranges.as_deref());
        self.push_cased(format!("[{sign}{items}]"), shape);
        Ok(())
    }

    /// Reads the rest of a character or range that begins with `first`, in the class from `start`.
    fn range(
        &mut self,
        first: Option<char>,
        start: &'e str,
        character: &'e str,
    ) -> Result<(u32, u32), Problem> {
        let code = |this: &mut Self, c: Option<char>, shown| match c {
            Some('\\') => this.character_escape(shown),
            Some(c) => Ok(u32::from(c)),
            None => Err(Problem::new(
                "it has a [ without its ]",
                "missing closing ]",
                start,
            )),
        };
        let from = code(self, first, character)?;
        let mut to = from;
        // `[a-]` means `a` or `-`.
        if self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]") {
            self.eat("-");
            let shown = self.rest;
            let c = self.next();
            to = code(self, c, shown)?;
        }
        Ok((from, to))
    }

    /// Writes the characters from one code to another as an item of a class. Surrogates are left out: no
    /// text has them. Alone they are refused, since Go itself is not sure whether they match U+FFFD.
    fn item(&self, from: u32, to: u32, start: &'e str) -> Result<String, Problem> {
        const SURROGATES: std::ops::RangeInclusive<u32> = 0xD800..=0xDFFF;
        if to < from {
            let text = "it has a range whose end is before its start";
            return Err(Problem::new(text, BROKEN_RANGE, self.since(start)));
        }
        if SURROGATES.contains(&from) && SURROGATES.contains(&to) {
            let text = format!("\\x{{{from:X}}} is half a character, which no text has");
            return Err(Problem::ours(text));
        }
        let from = if SURROGATES.contains(&from) {
            0xE000
        } else {
            from
        };
        let to = if SURROGATES.contains(&to) { 0xD7FF } else { to };
        Ok(format!("\\x{{{from:x}}}-\\x{{{to:x}}}"))
    }

    /// Reads `[:word:]` or `[:^word:]`; the names and what they mean are the same in Rust.
    fn posix_name(&mut self) -> Result<Option<&'static str>, Problem> {
        const NAMES: [[&str; 2]; 14] = [
            ["[:alnum:]", "[:^alnum:]"],
            ["[:alpha:]", "[:^alpha:]"],
            ["[:ascii:]", "[:^ascii:]"],
            ["[:blank:]", "[:^blank:]"],
            ["[:cntrl:]", "[:^cntrl:]"],
            ["[:digit:]", "[:^digit:]"],
            ["[:graph:]", "[:^graph:]"],
            ["[:lower:]", "[:^lower:]"],
            ["[:print:]", "[:^print:]"],
            ["[:punct:]", "[:^punct:]"],
            ["[:space:]", "[:^space:]"],
            ["[:upper:]", "[:^upper:]"],
            ["[:word:]", "[:^word:]"],
            ["[:xdigit:]", "[:^xdigit:]"],
        ];
        let start = self.rest;
        if let Some(name) = NAMES.into_iter().flatten().find(|name| self.eat(name)) {
            return Ok(Some(name));
        }
        match start.strip_prefix("[:").and_then(|r| r.split_once(":]")) {
            Some((_, after)) if self.purpose() == Purpose::Search => {
                let shown = start.get(..start.len() - after.len()).unwrap_or_default();
                Err(Problem::new("it has an unknown class", BROKEN_RANGE, shown))
            }
            _ => Ok(None),
        }
    }

    /// Reads the escape of a group of characters (`d`, `W`, `pL`, `P{Greek}`) from behind its `\`;
    /// returns the item of a class.
    fn group_escape(&mut self, start: &'e str) -> Result<Option<String>, Problem> {
        for (escape, item) in [
            ("d", "[0-9]"),
            ("D", "[^0-9]"),
            ("s", r"[\t\n\f\r ]"),
            ("S", r"[^\t\n\f\r ]"),
            ("w", "[0-9A-Za-z_]"),
            ("W", "[^0-9A-Za-z_]"),
        ] {
            if self.eat(escape) {
                return Ok(Some(item.to_owned()));
            }
        }
        let mut negated = match () {
            () if self.eat("p") => false,
            () if self.eat("P") => true,
            () => return Ok(None),
        };
        let name = if self.eat("{") {
            let (name, after) = self
                .rest
                .split_once('}')
                .ok_or_else(|| Problem::new("it has a \\p{ without }", BROKEN_RANGE, start))?;
            self.rest = after;
            name.to_owned()
        } else {
            self.next().map(String::from).unwrap_or_default()
        };
        let positive = name.strip_prefix('^');
        negated ^= positive.is_some();
        let name = positive.unwrap_or(&name);
        // Rust knows more than names here (`\p{sc=Greek}`), and would take a name apart.
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ');
        if name.is_empty() || !name.chars().all(is_name) {
            let text = format!("{name:?} is no class of Unicode");
            return Err(Problem::new(text, BROKEN_RANGE, self.since(start)));
        }
        let sign = if negated { 'P' } else { 'p' };
        Ok(Some(format!("\\{sign}{{{name}}}")))
    }

    /// Reads the escape of one character, from behind its `\`; returns its code, which may be that of
    /// a surrogate.
    fn character_escape(&mut self, start: &'e str) -> Result<u32, Problem> {
        let c = self.next().ok_or_else(|| {
            let go = "trailing backslash at end of expression";
            Problem::new("it ends with a single \\", go, "")
        })?;
        let digit = |rest: &str, radix| rest.chars().next().and_then(|c| c.to_digit(radix));
        Ok(match c {
            'a' => 0x07,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            'x' => return self.hex_escape(start),
            // A single digit but 0 would be a reference.
            '0'..='7' if c == '0' || digit(self.rest, 8).is_some() => {
                let mut code = c.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = digit(self.rest, 8) else {
                        break;
                    };
                    code = code * 8 + digit;
                    self.next();
                }
                code
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
            c => {
                let text = format!("\\{c} is no escape of RE2");
                return Err(Problem::new(text, BROKEN_ESCAPE, self.since(start)));
            }
        })
    }

    fn hex_escape(&mut self, start: &'e str) -> Result<u32, Problem> {
        let wrong = |shown| Problem::new("it has a broken \\x", BROKEN_ESCAPE, shown);
        let digits = if self.eat("{") {
            let (digits, after) = self.rest.split_once('}').ok_or_else(|| wrong(start))?;
            self.rest = after;
            digits.to_owned()
        } else {
            [self.next(), self.next()].into_iter().flatten().collect()
        };
        let are_digits = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let code = u32::from_str_radix(&digits, 16).ok();
        code.filter(|code| are_digits && *code <= u32::from(char::MAX))
            .ok_or_else(|| wrong(self.since(start)))
    }
}
