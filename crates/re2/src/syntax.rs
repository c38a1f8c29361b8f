//! From Go's syntax to that of Rust's `regex`.
//!
//! What is written depends on no flag around it: each piece says itself whether case matters
//! (`(?i:…)`), whether a dot matches a newline, what `^` is. Whether a value matches as a whole
//! depends neither on greediness nor on captures, so these are left out.

/// The deepest nesting of groups and repetitions; Go's limit is 1000, and nobody writes 50.
const DEEPEST: u32 = 200;

/// Go's limit for a counted repetition.
const MOST_REPETITIONS: u32 = 1000;

/// Writes an expression of Go's for Rust, in a group of its own. A dot matches a newline, as within
/// `(?s:…)`.
///
/// # Errors
/// Says what is no expression of Go's, or nested too deeply, as the end of a sentence.
pub fn translate(expression: &str) -> Result<String, String> {
    let mut translator = Translator {
        rest: expression,
        flags: Flags {
            fold: false,
            dot_matches_newline: true,
            multi_line: false,
        },
        group: Group::default(),
        outer: Vec::new(),
    };
    translator.run()?;
    if !translator.outer.is_empty() {
        return Err("it has a ( without its )".to_owned());
    }
    Ok(translator.group.written().text)
}

/// The flags that change what an expression matches: `i`, `s`, `m`.
#[derive(Debug, Clone, Copy)]
struct Flags {
    fold: bool,
    dot_matches_newline: bool,
    multi_line: bool,
}

/// A written piece that a repetition can stand behind.
#[derive(Debug, Clone, Default)]
struct Piece {
    text: String,
    height: u32,
}

/// An open group: finished alternatives, and the pieces of the one being read.
#[derive(Debug, Default)]
struct Group {
    alternatives: Vec<String>,
    pieces: Vec<Piece>,
    height: u32,
}

impl Group {
    fn push(&mut self, piece: Piece) {
        self.height = self.height.max(piece.height);
        self.pieces.push(piece);
    }

    fn next_alternative(&mut self) {
        let pieces = self.pieces.drain(..).map(|piece| piece.text);
        self.alternatives.push(pieces.collect());
    }

    fn written(mut self) -> Piece {
        self.next_alternative();
        Piece {
            text: format!("(?:{})", self.alternatives.join("|")),
            height: self.height + 1,
        }
    }
}

pub(super) struct Translator<'e> {
    pub(super) rest: &'e str,
    flags: Flags,
    group: Group,
    /// The groups around, each with the flags that hold again behind the inner one.
    outer: Vec<(Group, Flags)>,
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut behind_repetition = false;
        while let Some(c) = self.next() {
            let mut repeats = false;
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => self.group.next_alternative(),
                '^' if self.flags.multi_line => self.push("(?m:^)"),
                '^' => self.push(r"\A"),
                '$' if self.flags.multi_line => self.push("(?m:$)"),
                '$' => self.push(r"\z"),
                '.' if self.flags.dot_matches_newline => self.push("(?s:.)"),
                '.' => self.push(r"[^\n]"),
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    self.repeat(&c.to_string(), behind_repetition)?;
                    repeats = true;
                }
                '{' => match self.count() {
                    Some(count) => {
                        self.repeat(&valid_count(count)?, behind_repetition)?;
                        repeats = true;
                    }
                    None => self.literal(c),
                },
                '\\' => self.escape()?,
                c => self.literal(c),
            }
            behind_repetition = repeats;
        }
        Ok(())
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn push(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.group.push(Piece { text, height: 0 });
    }

    pub(super) fn literal(&mut self, c: char) {
        self.push_cased(format!("\\x{{{:x}}}", u32::from(c)));
    }

    /// Adds a piece whose case may not matter.
    pub(super) fn push_cased(&mut self, text: String) {
        self.push(if self.flags.fold {
            format!("(?i:{text})")
        } else {
            text
        });
    }

    /// Reads what follows `(`.
    fn open(&mut self) -> Result<(), String> {
        let flags = self.flags;
        if self.eat("?") {
            let named = self.eat("P<") || self.eat("<");
            if named {
                let (_, after) = self.rest.split_once('>').ok_or("it has a broken name")?;
                self.rest = after;
            } else if !self.flags()? {
                // `(?i)`: for the rest of the group it stands in.
                return Ok(());
            }
        }
        self.outer.push((std::mem::take(&mut self.group), flags));
        if self.outer.len() > DEEPEST as usize {
            return Err(too_deep());
        }
        Ok(())
    }

    /// Reads the flags behind `(?`; true when a group follows.
    fn flags(&mut self) -> Result<bool, String> {
        let mut on = true;
        loop {
            match self.next() {
                Some('i') => self.flags.fold = on,
                Some('s') => self.flags.dot_matches_newline = on,
                Some('m') => self.flags.multi_line = on,
                Some('U') => {}
                Some('-') if on => on = false,
                Some(':') => return Ok(true),
                Some(')') => return Ok(false),
                Some(c) => return Err(format!("(?{c} is no flag of RE2")),
                None => return Err("it has a ( without its )".to_owned()),
            }
        }
    }

    fn close(&mut self) -> Result<(), String> {
        let (outer, flags) = self.outer.pop().ok_or("it has a ) without its (")?;
        let group = std::mem::replace(&mut self.group, outer).written();
        if group.height > DEEPEST {
            return Err(too_deep());
        }
        self.group.push(group);
        self.flags = flags;
        Ok(())
    }

    fn repeat(&mut self, operator: &str, behind_repetition: bool) -> Result<(), String> {
        self.eat("?");
        if behind_repetition {
            return Err(format!("{operator} follows another repetition"));
        }
        let piece = self.group.pieces.pop();
        let piece = piece.ok_or_else(|| format!("{operator} has nothing to repeat"))?;
        if piece.height >= DEEPEST {
            return Err(too_deep());
        }
        self.group.push(Piece {
            text: format!("(?:{}){operator}", piece.text),
            height: piece.height + 1,
        });
        Ok(())
    }

    /// Reads `n}`, `n,}` or `n,m}`; anything else leaves the brace a character like others.
    fn count(&mut self) -> Option<(u32, Option<u32>)> {
        let (inside, after) = self.rest.split_once('}')?;
        let number = |digits: &str| {
            let leading_zero = digits.len() > 1 && digits.starts_with('0');
            let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            (is_number && !leading_zero).then(|| digits.parse().unwrap_or(u32::MAX))
        };
        let count = match inside.split_once(',') {
            None => {
                let exactly = number(inside)?;
                (exactly, Some(exactly))
            }
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        self.rest = after;
        Some(count)
    }
}

fn valid_count((least, most): (u32, Option<u32>)) -> Result<String, String> {
    let largest = most.unwrap_or(least);
    if largest > MOST_REPETITIONS || least > largest {
        return Err(format!(
            "a repetition goes up to {MOST_REPETITIONS}, from the smaller number to the larger"
        ));
    }
    let most = most.map_or(String::new(), |most| most.to_string());
    Ok(format!("{{{least},{most}}}"))
}

fn too_deep() -> String {
    format!("it is nested deeper than {DEEPEST} groups and repetitions")
}
