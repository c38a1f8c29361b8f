//! Paths into JSON: `a.b`, `["a.b"]`, `a[0].b`.

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// An element of an array.
    Index(usize),
}

/// Reads a path.
///
/// # Errors
/// Loki's words.
pub fn parse_path(expression: &str) -> Result<Vec<Step>, String> {
    steps(expression)
        .map_err(|problem| format!("cannot parse expression [{expression}]: {problem}"))
}

/// What stands in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token<'e> {
    Field(&'e str),
    Text(&'e str),
    Index(usize),
    Dot,
    Open,
    Close,
}

impl Token<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Field(_) => "FIELD",
            Self::Text(_) => "STRING",
            Self::Index(_) => "INDEX",
            Self::Dot => "DOT",
            Self::Open => "LSB",
            Self::Close => "RSB",
        }
    }
}

fn steps(expression: &str) -> Result<Vec<Step>, String> {
    let mut rest = expression;
    let mut steps = Vec::new();
    let mut token = next_token(&mut rest)?;
    let expected = |token: Option<&Token<'_>>, what: &str| {
        let found = token.map_or("$end", Token::name);
        let what = if what.is_empty() {
            String::new()
        } else {
            format!(", expecting {what}")
        };
        Err(format!("syntax error: unexpected {found}{what}"))
    };
    loop {
        match token {
            Some(Token::Field(name)) if steps.is_empty() => steps.push(Step::Key(name.to_owned())),
            Some(Token::Dot) if !steps.is_empty() => match next_token(&mut rest)? {
                Some(Token::Field(name)) => steps.push(Step::Key(name.to_owned())),
                other => return expected(other.as_ref(), "FIELD"),
            },
            Some(Token::Open) => {
                match next_token(&mut rest)? {
                    Some(Token::Text(key)) => steps.push(Step::Key(key.to_owned())),
                    Some(Token::Index(index)) => steps.push(Step::Index(index)),
                    other => return expected(other.as_ref(), "STRING or INDEX"),
                }
                let close = next_token(&mut rest)?;
                if close != Some(Token::Close) {
                    return expected(close.as_ref(), "RSB");
                }
            }
            None if !steps.is_empty() => return Ok(steps),
            other if steps.is_empty() => return expected(other.as_ref(), "LSB or FIELD"),
            other => return expected(other.as_ref(), ""),
        }
        token = next_token(&mut rest)?;
    }
}

/// Reads the next token. What begins no token ends the path, as at its end.
fn next_token<'e>(rest: &mut &'e str) -> Result<Option<Token<'e>>, String> {
    let text = rest.trim_start_matches([' ', '\t', '\n', '\r']);
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return Ok(None);
    };
    let (token, after) = match first {
        '.' => (Token::Dot, chars.as_str()),
        '[' => (Token::Open, chars.as_str()),
        ']' => (Token::Close, chars.as_str()),
        '"' => match chars.as_str().split_once('"') {
            Some((key, after)) => (Token::Text(key), after),
            None => return Ok(None),
        },
        '0'..='9' => {
            let (digits, after) = split_while(text, |c| c.is_ascii_digit());
            match digits.parse() {
                Ok(index) => (Token::Index(index), after),
                Err(_) => return Ok(None),
            }
        }
        c if c.is_ascii_alphabetic() || c == '_' => {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let (name, after) = split_while(text, is_word);
            // A word ends with a blank or a symbol of the path.
            match after.chars().next() {
                Some(c) if !matches!(c, '.' | '[' | ']' | '"' | ' ' | '\t' | '\n' | '\r') => {
                    return Err(format!("unexpected char {c}"));
                }
                _ => (Token::Field(name), after),
            }
        }
        _ => return Ok(None),
    };
    *rest = after;
    Ok(Some(token))
}

fn split_while(text: &str, holds: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !holds(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::{Step, parse_path};

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn paths_are_read() {
        for (path, steps) in [
            ("a", vec![key("a")]),
            ("a.b", vec![key("a"), key("b")]),
            (r#"["a.b"]"#, vec![key("a.b")]),
            (r#"a["b c"].d"#, vec![key("a"), key("b c"), key("d")]),
            ("a[01].b", vec![key("a"), Step::Index(1), key("b")]),
            ("[0][1]", vec![Step::Index(0), Step::Index(1)]),
            (" a . b [ 0 ]", vec![key("a"), key("b"), Step::Index(0)]),
        ] {
            assert_eq!(parse_path(path), Ok(steps), "{path}");
        }
    }

    #[test]
    fn errors_are_lokis() {
        for (path, error) in [
            ("a.", "syntax error: unexpected $end, expecting FIELD"),
            ("a b", "syntax error: unexpected FIELD"),
            ("é", "syntax error: unexpected $end, expecting LSB or FIELD"),
            ("a-b", "unexpected char -"),
            ("", "syntax error: unexpected $end, expecting LSB or FIELD"),
            (
                "a[b]",
                "syntax error: unexpected FIELD, expecting STRING or INDEX",
            ),
            (
                "a.c[-1]",
                "syntax error: unexpected $end, expecting STRING or INDEX",
            ),
            (".a", "syntax error: unexpected DOT, expecting LSB or FIELD"),
            ("a..b", "syntax error: unexpected DOT, expecting FIELD"),
            (
                r#"["a\"b"]"#,
                "syntax error: unexpected FIELD, expecting RSB",
            ),
        ] {
            let error = format!("cannot parse expression [{path}]: {error}");
            assert_eq!(parse_path(path), Err(error));
        }
    }
}
