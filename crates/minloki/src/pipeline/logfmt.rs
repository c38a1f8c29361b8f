//! Pairs of keys and values: the stage `logfmt`.
//!
//! A broken pair is left out and the reading goes on behind the next blank, unless the stage is strict.
//! Source: <https://grafana.com/docs/loki/latest/query/log_queries/#logfmt>.

use std::borrow::Cow;

/// What is wrong at a byte, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    at: usize,
    what: String,
}

impl Problem {
    /// Returns Loki's words.
    pub fn text(&self) -> String {
        format!("logfmt syntax error at pos {} : {}", self.at, self.what)
    }
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<'l> {
    /// As written.
    pub key: &'l str,
    /// Without quotes, escapes decoded; empty for a key alone.
    pub value: Cow<'l, str>,
}

/// Reads the pairs of a line.
#[derive(Debug, Clone)]
pub struct Pairs<'l> {
    line: &'l str,
    at: usize,
    /// Whether the broken pair has ended, with its closing quote.
    has_ended: bool,
}

impl<'l> Pairs<'l> {
    /// Begins at the start of a line.
    pub fn new(line: &'l str) -> Self {
        Self {
            line,
            at: 0,
            has_ended: false,
        }
    }

    /// Leaves out what is left of a broken pair: up to the next blank, or nothing where only an escape within its
    /// quotes was wrong.
    pub fn skip_to_blank(&mut self) {
        if std::mem::take(&mut self.has_ended) {
            return;
        }
        while self.peek().is_some_and(|byte| byte > b' ') {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn since(&self, start: usize) -> &'l str {
        self.line.get(start..self.at).unwrap_or_default()
    }

    fn unexpected(&self, byte: u8) -> Problem {
        Problem {
            at: self.at + 1,
            what: format!("unexpected '{}'", char::from(byte)),
        }
    }

    fn pair(&mut self) -> Result<Pair<'l>, Problem> {
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'=') if self.at == start => return Err(self.unexpected(b'=')),
                Some(b'"') => return Err(self.unexpected(b'"')),
                Some(b'=') => break,
                Some(byte) if byte > b' ' => self.at += 1,
                _ => {
                    let key = self.key(start)?;
                    let value = Cow::Borrowed("");
                    return Ok(Pair { key, value });
                }
            }
        }
        let key = self.key(start)?;
        self.at += 1;
        let value = if self.peek() == Some(b'"') {
            self.quoted()?
        } else {
            self.bare()?
        };
        Ok(Pair { key, value })
    }

    fn key(&self, start: usize) -> Result<&'l str, Problem> {
        let key = self.since(start);
        if key.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Problem {
                at: self.at + 1,
                what: "invalid key".to_owned(),
            });
        }
        Ok(key)
    }

    fn bare(&mut self) -> Result<Cow<'l, str>, Problem> {
        let start = self.at;
        loop {
            match self.peek() {
                Some(byte @ (b'=' | b'"')) => return Err(self.unexpected(byte)),
                Some(byte) if byte > b' ' => self.at += 1,
                _ => return Ok(Cow::Borrowed(self.since(start))),
            }
        }
    }

    fn quoted(&mut self) -> Result<Cow<'l, str>, Problem> {
        let start = self.at + 1;
        self.at = start;
        let mut has_escapes = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escapes = true;
                    self.at += 2;
                }
                Some(_) => self.at += 1,
                None => {
                    self.at = self.line.len();
                    return Err(Problem {
                        at: self.at + 1,
                        what: "unterminated quoted value".to_owned(),
                    });
                }
            }
        }
        let text = self.since(start);
        self.at += 1;
        if !has_escapes {
            return Ok(Cow::Borrowed(text));
        }
        let decoded = unquote(text);
        self.has_ended = decoded.is_none();
        let decoded = decoded.ok_or_else(|| Problem {
            at: self.at + 1,
            what: "invalid quoted value".to_owned(),
        })?;
        Ok(Cow::Owned(decoded))
    }
}

impl<'l> Iterator for Pairs<'l> {
    type Item = Result<Pair<'l>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.peek()? <= b' ' {
            self.at += 1;
        }
        Some(self.pair())
    }
}

/// Decodes escapes as JSON has them; half a surrogate pair becomes U+FFFD.
fn unquote(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..)?;
        if c != '\\' {
            out.push(c);
            continue;
        }
        let kind = rest.chars().next()?;
        rest = rest.get(kind.len_utf8()..)?;
        out.push(match kind {
            '"' | '\\' | '/' | '\'' => kind,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let code = four_digits(rest)?;
                rest = rest.get(4..)?;
                let pair = rest.strip_prefix("\\u").and_then(four_digits);
                match (code, pair) {
                    (0xD800..=0xDBFF, Some(low @ 0xDC00..=0xDFFF)) => {
                        rest = rest.get(6..)?;
                        char::from_u32(0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00))?
                    }
                    _ => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return None,
        });
    }
    Some(out)
}

fn four_digits(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| are_digits)
}

/// Reads the key of an extraction: a name, or any text between double quotes.
///
/// # Errors
/// Loki's words.
pub fn parse_key(expression: &str) -> Result<String, String> {
    let fail = |problem: &str| Err(format!("cannot parse expression [{expression}]: {problem}"));
    let text = expression.trim_matches([' ', '\t', '\n', '\r']);
    let none = "syntax error: unexpected $end, expecting STRING or KEY";
    if let Some(quoted) = text.strip_prefix('"') {
        return match quoted.split_once('"') {
            Some((key, "")) => Ok(key.to_owned()),
            Some(_) => fail("syntax error: unexpected KEY"),
            None => fail(none),
        };
    }
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return fail(none);
    }
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.chars().find(|c| !is_key(*c)) {
        None => Ok(text.to_owned()),
        Some(' ' | '\t' | '\n' | '\r') => fail("syntax error: unexpected KEY"),
        Some(c) => fail(&format!("unexpected char {c}")),
    }
}
