//! From text to tokens, as Loki's scanner (Go's `text/scanner`) cuts them.
//!
//! Comments are `# …`, `// …` and `/* … */`. A function's name is one only where a parenthesis, or `by (`
//! and `without (`, follows; elsewhere it is a name like others. Quirk: a token that is longer than what
//! Go's scanner takes for one (`|=`, `5m`, `[5m]`, `--strict`) is reported at line 0.

use super::error::{ParseError, Position};
use super::token::{Sign, Token, Word, function};
use super::units::{self, split_while};

/// A token and where it starts.
#[derive(Debug, Clone)]
pub(super) struct Spanned<'q> {
    pub(super) token: Token<'q>,
    pub(super) position: Position,
}

/// Cuts a query into tokens; the last is [`Token::End`], or an error that the parser meets when it gets
/// there.
pub(super) fn tokens(query: &str) -> (Vec<Spanned<'_>>, Option<ParseError>) {
    let mut lexer = Lexer {
        rest: query.strip_prefix('\u{feff}').unwrap_or(query),
        line: 1,
        column: 1,
    };
    let mut tokens = Vec::new();
    loop {
        if let Err(error) = lexer.blanks() {
            return (tokens, Some(error));
        }
        let position = lexer.position();
        match lexer.token() {
            Ok((token, line)) => {
                let last = token == Token::End;
                let position = match query {
                    "" => Position { line: 0, column: 0 },
                    _ => Position { line, ..position },
                };
                tokens.push(Spanned { token, position });
                if last {
                    return (tokens, None);
                }
            }
            Err(Problem { line, message }) => {
                let error = ParseError::at(Position { line, ..position }, message);
                return (tokens, Some(error));
            }
        }
    }
}

struct Lexer<'q> {
    rest: &'q str,
    line: u32,
    column: u32,
}

/// A broken token: the line that Loki names, and its words.
struct Problem {
    line: u32,
    message: String,
}

impl<'q> Lexer<'q> {
    fn position(&self) -> Position {
        Position {
            line: self.line,
            column: self.column,
        }
    }

    /// Takes so many bytes.
    fn take(&mut self, length: usize) -> &'q str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        for c in taken.chars() {
            if c == '\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, take: impl Fn(char) -> bool) -> &'q str {
        let (taken, _) = split_while(self.rest, take);
        self.take(taken.len())
    }

    fn blanks(&mut self) -> Result<(), ParseError> {
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let Some(length) = comment.find("*/") else {
                    return Err(ParseError::at(self.position(), "comment not terminated"));
                };
                self.take(length + 4);
            } else {
                return Ok(());
            }
        }
    }

    /// Reads a token, and the line that Loki names for it.
    fn token(&mut self) -> Result<(Token<'q>, u32), Problem> {
        let line = self.line;
        let Some(first) = self.rest.chars().next() else {
            return Ok((Token::End, line));
        };
        match first {
            '"' | '`' => self.text().map(|text| (Token::Text(text), line)),
            '[' => self.range(),
            '.' if self.rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => self.number(),
            c if c.is_ascii_digit() => self.number(),
            c if c.is_alphabetic() || c == '_' => Ok((self.name(), line)),
            _ if self.flag("--strict") => Ok((Token::Strict, 0)),
            _ if self.flag("--keep-empty") => Ok((Token::KeepEmpty, 0)),
            '\'' => self.character(),
            '-' if self.rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => {
                Ok(self.negative())
            }
            '\0' => Err(Problem {
                line,
                message: "invalid character NUL".to_owned(),
            }),
            c => {
                let sign = Sign::ALL.iter().find(|s| self.rest.starts_with(s.text()));
                let Some(sign) = sign else {
                    return Ok((Token::Name(self.take(c.len_utf8())), line));
                };
                let length = sign.text().len();
                self.take(length);
                let line = if length > 1 { 0 } else { line };
                Ok((Token::Sign(*sign), line))
            }
        }
    }

    /// Takes a flag of `logfmt`, if it is one.
    fn flag(&mut self, flag: &str) -> bool {
        let after = self.rest.strip_prefix(flag);
        let is_flag = after.is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()));
        if is_flag {
            self.take(flag.len());
        }
        is_flag
    }

    fn name(&mut self) -> Token<'q> {
        let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
        if let Some(word) = Word::find(name) {
            return Token::Word(word);
        }
        match function(name) {
            Some(function) if self.is_call() => function,
            _ => Token::Name(name),
        }
    }

    /// Says whether what follows a name makes it a function.
    fn is_call(&self) -> bool {
        let rest = self.rest.trim_start();
        let (word, behind) = split_while(rest, char::is_alphabetic);
        match Word::find(word) {
            Some(Word::By | Word::Without) => behind.trim_start().starts_with('('),
            _ => rest.starts_with('('),
        }
    }

    fn range(&mut self) -> Result<(Token<'q>, u32), Problem> {
        let problem = |message: String| Problem { line: 0, message };
        let inside = self.rest.strip_prefix('[').unwrap_or_default();
        let Some(length) = inside.find(']') else {
            return Err(problem("missing closing ']' in duration".to_owned()));
        };
        let taken = self.take(length + 2);
        let text = taken.trim_matches(|c| matches!(c, '[' | ']'));
        let ns = units::range(text).map_err(problem)?;
        Ok((Token::Range(ns), 0))
    }

    /// Reads a negative duration; before any other number a minus is a sign of its own.
    fn negative(&mut self) -> (Token<'q>, u32) {
        let unsigned = self.rest.strip_prefix('-').unwrap_or_default();
        let length = number_length(unsigned).unwrap_or(0);
        let text = duration_at(unsigned, length);
        let text = text.and_then(|(ns, text)| Some((ns, self.rest.get(..=text.len())?)));
        match text {
            Some((ns, text)) => (Token::Duration(-ns, self.take(text.len())), 0),
            None => {
                self.take(1);
                (Token::Sign(Sign::Minus), self.line)
            }
        }
    }

    /// Reads a character of Go's, which LogQL takes for a name.
    fn character(&mut self) -> Result<(Token<'q>, u32), Problem> {
        let line = self.line;
        let problem = |message: &str| {
            let message = message.to_owned();
            Err(Problem { line, message })
        };
        let mut chars = self.rest.chars();
        chars.next();
        let mut count = 0;
        loop {
            match chars.next() {
                None | Some('\n') => return problem("literal not terminated"),
                Some('\'') => break,
                Some('\\') => drop(chars.next()),
                Some(_) => {}
            }
            count += 1;
        }
        if count != 1 {
            return problem("invalid char literal");
        }
        let length = self.rest.len() - chars.as_str().len();
        Ok((Token::Name(self.take(length)), line))
    }

    fn number(&mut self) -> Result<(Token<'q>, u32), Problem> {
        let line = self.line;
        let problem = |message: &str| Problem {
            line,
            message: message.to_owned(),
        };
        let length = number_length(self.rest).map_err(problem)?;
        let (_, unit) = self.rest.split_at_checked(length).unwrap_or_default();
        if let Some((ns, text)) = duration_at(self.rest, length) {
            self.take(text.len());
            return Ok((Token::Duration(ns, text), 0));
        }
        let (more, _) = split_while(unit, |c| "BKkiMGTP".contains(c));
        if let Some(text) = self.rest.get(..length + more.len())
            && let Some(size) = units::bytes(text).filter(|_| !more.is_empty())
        {
            self.take(text.len());
            return Ok((Token::Bytes(size, text), 0));
        }
        Ok((Token::Number(self.take(length)), line))
    }

    fn text(&mut self) -> Result<String, Problem> {
        let line = self.line;
        let problem = |message: &str| Problem {
            line,
            message: message.to_owned(),
        };
        if let Some(raw) = self.rest.strip_prefix('`') {
            let Some(length) = raw.find('`') else {
                return Err(problem("literal not terminated"));
            };
            let taken = self.take(length + 2);
            // Go's raw strings drop carriage returns.
            return Ok(taken.trim_matches('`').replace('\r', ""));
        }
        let quoted = self.rest.strip_prefix('"').unwrap_or_default();
        let (text, length) = super::quote::unquote(quoted).map_err(problem)?;
        self.take(length + 1);
        Ok(text)
    }
}

/// Reads the duration that begins with a number of this length, if one does.
fn duration_at(text: &str, length: usize) -> Option<(i64, &str)> {
    let (_, unit) = text.split_at_checked(length)?;
    let is_unit = |c: char| c.is_ascii_digit() || ".nsumhdwyµμ".contains(c);
    let (more, _) = split_while(unit, is_unit);
    let text = text.get(..length + more.len())?;
    let ns = units::duration(text).filter(|_| !more.is_empty())?;
    Some((ns, text))
}

/// Measures a number of Go's.
fn number_length(text: &str) -> Result<usize, &'static str> {
    let based = |prefix: char, digits: fn(&char) -> bool, none: &'static str| {
        let rest = text.strip_prefix('0')?;
        let rest = rest.strip_prefix([prefix, prefix.to_ascii_uppercase()])?;
        let (found, _) = split_while(rest, |c| digits(&c) || c == '_');
        let length = found.len() + 2;
        Some(if found.is_empty() {
            Err(none)
        } else {
            Ok(length)
        })
    };
    let hex = based(
        'x',
        char::is_ascii_hexdigit,
        "hexadecimal literal has no digits",
    );
    let binary = based(
        'b',
        |c| matches!(c, '0' | '1'),
        "binary literal has no digits",
    );
    let octal = based(
        'o',
        |c| ('0'..='7').contains(c),
        "octal literal has no digits",
    );
    if let Some(length) = hex.or(binary).or(octal) {
        return length;
    }
    let is_digit = |c: char| c.is_ascii_digit() || c == '_';
    let (whole, rest) = split_while(text, is_digit);
    let mut length = whole.len();
    let mut behind = rest;
    if let Some(rest) = rest.strip_prefix('.') {
        let (fraction, after) = split_while(rest, is_digit);
        length += 1 + fraction.len();
        behind = after;
    }
    if behind.starts_with(['p', 'P']) {
        return Err("'P' exponent requires hexadecimal mantissa");
    }
    if let Some(exponent) = behind.strip_prefix(['e', 'E']) {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let (found, after) = split_while(digits, is_digit);
        if found.is_empty() {
            return Err("exponent has no digits");
        }
        length = text.len() - after.len();
    }
    let is_octal = length == whole.len() && whole.len() > 1 && whole.starts_with('0');
    match whole.chars().find(|c| matches!(c, '8' | '9')) {
        Some('8') if is_octal => return Err("invalid digit '8' in octal literal"),
        Some(_) if is_octal => return Err("invalid digit '9' in octal literal"),
        _ => {}
    }
    match text.get(..length).unwrap_or_default() {
        number if separators_are_good(number) => Ok(length),
        _ => Err("'_' must separate successive digits"),
    }
}

fn separators_are_good(number: &str) -> bool {
    let digit = |part: &str, end: bool| {
        let c = if end {
            part.chars().last()
        } else {
            part.chars().next()
        };
        c.is_some_and(|c| c.is_ascii_digit())
    };
    let parts: Vec<&str> = number.split('_').collect();
    let behind = parts.iter().skip(1).all(|part| digit(part, false));
    let before = parts.iter().rev().skip(1).all(|part| digit(part, true));
    behind && before
}
