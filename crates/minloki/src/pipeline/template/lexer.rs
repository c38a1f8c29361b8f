//! From text to tokens.

/// What stands within an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// `if`, `lower`
    Word(String),
    /// `.name`
    Field(String),
    /// `.`
    Dot,
    /// `$name`
    Variable(String),
    /// `"text"`, decoded.
    Text(String),
    /// `'a'`
    Char(i64),
    /// `1.5e3`, `0x10`, as written.
    Number(String),
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// Blanks between others.
    Blank,
}

/// A token and where it stands.
#[derive(Debug, Clone)]
pub struct Lexed {
    /// What it is.
    pub token: Token,
    /// Its first byte, from the start of the template.
    pub at: usize,
    /// The byte behind it.
    pub end: usize,
}

/// A piece of a template.
#[derive(Debug, Clone)]
pub enum Piece {
    /// Text outside actions.
    Text(String),
    /// An action, and where it begins.
    Action(usize, Vec<Lexed>),
}

/// Splits a template.
///
/// # Errors
/// Go's words, and where.
pub fn split(template: &str) -> Result<Vec<Piece>, (usize, String)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut trims = false;
    loop {
        let rest = template.get(at..).unwrap_or_default();
        let open = rest.find("{{");
        let text = rest.get(..open.unwrap_or(rest.len())).unwrap_or_default();
        let mut text = if trims {
            text.trim_start_matches(BLANKS)
        } else {
            text
        };
        let Some(open) = open else {
            push_text(&mut pieces, text);
            return Ok(pieces);
        };
        let start = at + open;
        at = start + 2;
        let action = template.get(at..).unwrap_or_default();
        let dash = action
            .strip_prefix('-')
            .filter(|rest| rest.starts_with(BLANKS));
        if dash.is_some() {
            text = text.trim_end_matches(BLANKS);
            at += 1;
        }
        push_text(&mut pieces, text);
        let behind = template.get(at..).unwrap_or_default();
        if let Some(comment) = behind.trim_start_matches(BLANKS).strip_prefix("/*") {
            let (end, trim) =
                comment_end(comment).ok_or_else(|| (start, "unclosed comment".to_owned()))?;
            at = template.len() - end.len();
            trims = trim;
            continue;
        }
        let mut tokens = Vec::new();
        trims = action_tokens(template, &mut at, &mut tokens)?;
        pieces.push(Piece::Action(start, tokens));
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
}

/// Returns what follows a comment's action, and whether that is trimmed.
fn comment_end(comment: &str) -> Option<(&str, bool)> {
    let (_, behind) = comment.split_once("*/")?;
    if let Some(behind) = behind.strip_prefix("}}") {
        return Some((behind, false));
    }
    let trimmed = behind.strip_prefix(BLANKS)?.trim_start_matches(BLANKS);
    trimmed.strip_prefix("-}}").map(|behind| (behind, true))
}

/// Reads the tokens of an action; returns whether the text behind it is trimmed.
fn action_tokens(
    template: &str,
    at: &mut usize,
    tokens: &mut Vec<Lexed>,
) -> Result<bool, (usize, String)> {
    loop {
        let rest = template.get(*at..).unwrap_or_default();
        let start = *at;
        if let Some(blank) = rest.strip_prefix(BLANKS) {
            let trimmed = blank.trim_start_matches(BLANKS);
            if trimmed.starts_with("-}}") {
                *at += rest.len() - trimmed.len() + 3;
                return Ok(true);
            }
            *at += rest.len() - trimmed.len();
            tokens.push(Lexed {
                token: Token::Blank,
                at: start,
                end: *at,
            });
            continue;
        }
        if rest.starts_with("}}") {
            *at += 2;
            return Ok(false);
        }
        let (token, length) = token(rest).map_err(|problem| (start, problem))?;
        *at += length;
        if matches!(token, Token::Word(_) | Token::Field(_) | Token::Variable(_)) {
            check_end(template.get(*at..).unwrap_or_default())
                .map_err(|problem| (start, problem))?;
        }
        tokens.push(Lexed {
            token,
            at: start,
            end: *at,
        });
    }
}

/// Reads a token and its length.
fn token(rest: &str) -> Result<(Token, usize), String> {
    let Some(first) = rest.chars().next() else {
        return Err("unclosed action".to_owned());
    };
    let behind = rest.get(first.len_utf8()..).unwrap_or_default();
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    let word = |text: &str| {
        text.chars()
            .take_while(|c| is_word(*c))
            .map(char::len_utf8)
            .sum()
    };
    let simple = |token| Ok((token, first.len_utf8()));
    match first {
        '|' => simple(Token::Pipe),
        '(' => simple(Token::Open),
        ')' => simple(Token::Close),
        ',' => simple(Token::Comma),
        '=' => simple(Token::Assign),
        ':' if behind.starts_with('=') => Ok((Token::Declare, 2)),
        ':' => Err("expected :=".to_owned()),
        '"' => text(behind),
        '`' => match behind.split_once('`') {
            Some((text, _)) => Ok((Token::Text(text.to_owned()), text.len() + 2)),
            None => Err("unterminated raw quoted string".to_owned()),
        },
        '\'' => character(behind),
        '.' if !behind.starts_with(|c: char| c.is_ascii_digit()) => {
            let length: usize = word(behind);
            let name = behind.get(..length).unwrap_or_default();
            Ok(if name.is_empty() {
                (Token::Dot, 1)
            } else {
                (Token::Field(name.to_owned()), length + 1)
            })
        }
        '$' => {
            let length: usize = word(behind);
            let name = behind.get(..length).unwrap_or_default();
            Ok((Token::Variable(name.to_owned()), length + 1))
        }
        '+' | '-' | '.' | '0'..='9' => number(rest),
        c if is_word(c) => {
            let length: usize = word(rest);
            let name = rest.get(..length).unwrap_or_default();
            Ok((Token::Word(name.to_owned()), length))
        }
        c => Err(format!("unexpected \"{c}\" in command")),
    }
}

/// Checks what stands behind a name.
fn check_end(rest: &str) -> Result<(), String> {
    match rest.chars().next() {
        Some(c) if !BLANKS.contains(&c) && !".,|:)(".contains(c) && !rest.starts_with("}}") => {
            Err(format!("bad character U+{:04X} '{c}'", u32::from(c)))
        }
        _ => Ok(()),
    }
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let mut length = 0;
    let mut before = ' ';
    for c in rest.chars() {
        let is_sign =
            matches!(c, '+' | '-') && (length == 0 || matches!(before, 'e' | 'E' | 'p' | 'P'));
        if !(is_sign || c.is_ascii_alphanumeric() || matches!(c, '.' | '_')) {
            break;
        }
        length += c.len_utf8();
        before = c;
    }
    let text = rest.get(..length).unwrap_or_default();
    let digits = text.trim_start_matches(['+', '-']);
    if digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        Ok((Token::Number(text.to_owned()), length))
    } else {
        Err(format!("bad number syntax: \"{text}\""))
    }
}

fn text(behind: &str) -> Result<(Token, usize), String> {
    let mut out = String::new();
    let mut chars = behind.chars();
    loop {
        match chars.next() {
            None | Some('\n') => return Err("unterminated quoted string".to_owned()),
            Some('"') => break,
            Some('\\') => push_escape(&mut chars, &mut out, '"')?,
            Some(c) => out.push(c),
        }
    }
    Ok((Token::Text(out), behind.len() - chars.as_str().len() + 1))
}

fn character(behind: &str) -> Result<(Token, usize), String> {
    let unterminated = || "unterminated character constant".to_owned();
    let mut out = String::new();
    let mut chars = behind.chars();
    match chars.next() {
        None | Some('\n' | '\'') => return Err(unterminated()),
        Some('\\') => push_escape(&mut chars, &mut out, '\'')?,
        Some(c) => out.push(c),
    }
    let mut inside = out.chars();
    match (inside.next(), inside.next(), chars.next()) {
        (Some(c), None, Some('\'')) => {
            let length = behind.len() - chars.as_str().len() + 1;
            Ok((Token::Char(i64::from(u32::from(c))), length))
        }
        _ => match behind.split_once('\'') {
            Some((text, _)) => Err(format!("malformed character constant: '{text}'")),
            None => Err(unterminated()),
        },
    }
}

/// Decodes an escape from behind its `\`.
fn push_escape(
    chars: &mut std::str::Chars<'_>,
    out: &mut String,
    delimiter: char,
) -> Result<(), String> {
    let invalid = || "invalid syntax".to_owned();
    let kind = chars.next().ok_or_else(invalid)?;
    let mut digits = |first: &str, count: usize, radix: u32| {
        let mut digits = first.to_owned();
        digits.extend(chars.take(count));
        u32::from_str_radix(&digits, radix).ok()
    };
    let code = match kind {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => 0x0a,
        'r' => 0x0d,
        't' => 0x09,
        'v' => 0x0b,
        '\\' => 0x5c,
        c if c == delimiter => u32::from(c),
        // Bytes that are no text by themselves cannot be written here.
        'x' => digits("", 2, 16)
            .filter(|code| *code < 0x80)
            .ok_or_else(invalid)?,
        '0'..='7' => {
            let code = digits(&kind.to_string(), 2, 8);
            code.filter(|code| *code < 0x80).ok_or_else(invalid)?
        }
        'u' => digits("", 4, 16).ok_or_else(invalid)?,
        'U' => digits("", 8, 16).ok_or_else(invalid)?,
        _ => return Err(invalid()),
    };
    out.push(char::from_u32(code).ok_or_else(invalid)?);
    Ok(())
}
