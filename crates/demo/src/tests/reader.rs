//! Reference readers, written from the contract alone (semantics, section 4), slow and simple.

use std::collections::BTreeMap;

/// Keys and values of a line: the first of equal keys, as far as the line can be read.
pub(super) type Pairs = BTreeMap<String, String>;

/// Reads a JSON line that may be cut off; keys of nested objects are joined with dots.
pub(super) fn json(line: &str) -> Pairs {
    let mut scanner = Scanner {
        text: line,
        at: 0,
        pairs: Vec::new(),
    };
    let _ = scanner.object("");
    first_of_each(scanner.pairs)
}

fn first_of_each(pairs: Vec<(String, String)>) -> Pairs {
    let mut first = Pairs::new();
    for (key, value) in pairs {
        first.entry(key).or_insert(value);
    }
    first.retain(|_, value| !value.is_empty());
    first
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    pairs: Vec<(String, String)>,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self, token: &str) -> Option<()> {
        self.rest()
            .starts_with(token)
            .then(|| self.at += token.len())
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn object(&mut self, prefix: &str) -> Option<()> {
        self.token("{")?;
        loop {
            self.blanks();
            let key = format!("{prefix}{}", self.string()?);
            self.blanks();
            self.token(":")?;
            self.blanks();
            self.value(&key)?;
            self.blanks();
            if self.token("}").is_some() {
                return Some(());
            }
            self.token(",")?;
        }
    }

    fn value(&mut self, key: &str) -> Option<()> {
        let start = self.at;
        let text = match self.rest().chars().next()? {
            '"' => self.string()?.replace('\u{fffd}', " "),
            '{' => {
                let known = self.pairs.len();
                self.object(&format!("{key}."))?;
                if key != "log.origin" {
                    return Some(());
                }
                // The one field that is an object: its members are none.
                self.pairs.truncate(known);
                self.text.get(start..self.at)?.to_owned()
            }
            _ => {
                let end = self.rest().find([',', '}', ' '])?;
                self.at += end;
                let token = self.text.get(start..self.at)?;
                if token == "null" { "" } else { token }.to_owned()
            }
        };
        self.pairs.push((key.to_owned(), text));
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.token("\"")?;
        loop {
            let c = self.rest().chars().next()?;
            self.at += c.len_utf8();
            match c {
                '\\' => self.at += self.rest().chars().next()?.len_utf8(),
                '"' => return serde_json::from_str(self.text.get(start..self.at)?).ok(),
                _ => {}
            }
        }
    }
}

/// Reads a line of tagged key-values.
pub(super) fn tskv(line: &str) -> Pairs {
    let line = line.split('\n').next().unwrap_or_default();
    let mut pairs = Vec::new();
    let mut rest = line;
    loop {
        let key_end = rest.find([' ', '\t', '=', '\'', '"']).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(key_end);
        if word.is_empty() {
            break;
        }
        if let Some(value) = tail.strip_prefix('=') {
            let Some((text, behind)) = python_value(value) else {
                break;
            };
            pairs.push((word.to_owned(), text));
            rest = behind;
        } else if pairs.is_empty() || tail.starts_with(['\'', '"']) {
            break;
        } else {
            rest = tail;
        }
        if !rest.starts_with([' ', '\t']) {
            break;
        }
        rest = rest.trim_start_matches([' ', '\t']);
    }
    first_of_each(pairs)
}

/// Reads one value, decoded, and gives what stands behind it.
fn python_value(text: &str) -> Option<(String, &str)> {
    let Some(quote @ ('\'' | '"')) = text.chars().next() else {
        let end = text.find([' ', '\t']).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        let word = if word == "None" { "" } else { word };
        return Some((word.to_owned(), rest));
    };
    let mut decoded = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((decoded, text.get(at + 1..)?));
        }
        if c != '\\' {
            decoded.push(c);
            continue;
        }
        let (_, escape) = chars.next()?;
        let digits = match escape {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            'n' => {
                decoded.push('\n');
                continue;
            }
            't' => {
                decoded.push('\t');
                continue;
            }
            'r' => {
                decoded.push('\r');
                continue;
            }
            other => {
                decoded.push(other);
                continue;
            }
        };
        let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
        decoded.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
    }
    None
}
