//! From Go's syntax to that of Rust's `regex`.
//!
//! What is written depends on no flag around it: each piece says itself whether case matters
//! (`(?i:…)`), whether a dot matches a newline, what `^` is. Whether a value matches as a whole
//! depends neither on greediness nor on captures, so these are left out unless a search asks for them.

use super::piece::{Flags, Group, Piece};
use super::problem::Problem;
use super::shape::Shape;

/// The deepest nesting of groups and repetitions; Go's limit is 1000, and nobody writes 50.
const DEEPEST: u32 = 200;

/// Go's limit for a counted repetition.
const MOST_REPETITIONS: u32 = 1000;

/// What a translation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Whether a whole value matches: a dot matches a newline, as within `(?s:…)`.
    Whole,
    /// Where an expression matches within a text, and what its groups hold.
    Search,
}

/// An expression of Go's, written for Rust.
#[derive(Debug)]
pub struct Translation {
    /// In a group of its own.
    pub text: String,
    /// The names of the capturing groups in their order, empty for those without one. A search writes
    /// these groups without their names.
    pub names: Vec<String>,
    /// How the expression is built.
    pub shape: Shape,
}

/// Writes an expression of Go's for Rust.
///
/// # Errors
/// Says what is no expression of Go's, or nested too deeply.
pub fn translate(expression: &str, purpose: Purpose) -> Result<Translation, Problem> {
    let mut translator = Translator {
        expression,
        rest: expression,
        purpose,
        flags: Flags {
            fold: false,
            dot_matches_newline: purpose == Purpose::Whole,
            multi_line: false,
            lazy: false,
        },
        group: Group::default(),
        outer: Vec::new(),
        names: Vec::new(),
    };
    translator.run()?;
    if !translator.outer.is_empty() {
        return Err(translator.unclosed());
    }
    let piece = translator.group.written(false);
    Ok(Translation {
        text: piece.text,
        names: translator.names,
        shape: piece.shape,
    })
}

pub(super) struct Translator<'e> {
    expression: &'e str,
    pub(super) rest: &'e str,
    purpose: Purpose,
    flags: Flags,
    group: Group,
    /// The groups around, each with the flags that hold again behind the inner one.
    outer: Vec<(Group, Flags)>,
    names: Vec<String>,
}

impl<'e> Translator<'e> {
    fn run(&mut self) -> Result<(), Problem> {
        // Where the repetition began that ends here.
        let mut repetition: Option<&str> = None;
        while let Some(c) = self.next() {
            let mut repeats = None;
            match c {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => self.group.next_alternative(),
                '^' if self.flags.multi_line => self.push("(?m:^)"),
                '^' => self.push(r"\A"),
                '$' if self.flags.multi_line => self.push("(?m:$)"),
                '$' => self.push(r"\z"),
                '.' if self.flags.dot_matches_newline => self.push("(?s:.)"),
                '.' => self.push_shaped(r"[^\n]", Shape::Dot),
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    let start = self.behind(c.len_utf8());
                    let count = match c {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(&c.to_string(), count, start, repetition)?;
                    repeats = Some(repetition.unwrap_or(start));
                }
                '{' => {
                    let start = self.behind(c.len_utf8());
                    match self.count() {
                        Some(count) => {
                            let operator = valid_count(count, self.since(start))?;
                            self.repeat(&operator, count, start, repetition)?;
                            repeats = Some(repetition.unwrap_or(start));
                        }
                        None => self.literal(c),
                    }
                }
                '\\' => self.escape()?,
                c => self.literal(c),
            }
            repetition = repeats;
        }
        Ok(())
    }

    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
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

    /// Returns the expression from `bytes` before the place that was read up to.
    pub(super) fn behind(&self, bytes: usize) -> &'e str {
        let at = self.expression.len() - self.rest.len();
        self.expression
            .get(at.saturating_sub(bytes)..)
            .unwrap_or_default()
    }

    /// Returns what was read since `start`, which is what the expression was then.
    pub(super) fn since(&self, start: &'e str) -> &'e str {
        start
            .get(..start.len().saturating_sub(self.rest.len()))
            .unwrap_or_default()
    }

    pub(super) fn unclosed(&self) -> Problem {
        Problem::new(
            "it has a ( without its )",
            "missing closing )",
            self.expression,
        )
    }

    pub(super) fn push(&mut self, text: impl Into<String>) {
        self.push_shaped(text, Shape::Other);
    }

    fn push_shaped(&mut self, text: impl Into<String>, shape: Shape) {
        let text = text.into();
        self.group.push(Piece {
            text,
            height: 0,
            shape,
        });
    }

    pub(super) fn literal(&mut self, c: char) {
        let shape = Shape::literal(c, self.flags.fold);
        self.push_cased(format!("\\x{{{:x}}}", u32::from(c)), shape);
    }

    /// Adds a piece whose case may not matter.
    pub(super) fn push_cased(&mut self, text: String, shape: Shape) {
        let text = if self.flags.fold {
            format!("(?i:{text})")
        } else {
            text
        };
        self.push_shaped(text, shape);
    }

    /// The shape of a class that holds one character alone; Go takes both cases of a letter for the
    /// letter in any case.
    pub(super) fn class_shape(&self, ranges: Option<&[(u32, u32)]>) -> Shape {
        let single = |range: &(u32, u32)| match *range {
            (from, to) if from == to => char::from_u32(from),
            _ => None,
        };
        match ranges {
            Some([range]) => {
                single(range).map_or(Shape::Class, |c| Shape::literal(c, self.flags.fold))
            }
            Some([a, b]) => match (single(a), single(b)) {
                (Some(a), Some(b)) if a.is_ascii() && a != b && a.eq_ignore_ascii_case(&b) => {
                    Shape::literal(a, true)
                }
                _ => Shape::Class,
            },
            _ => Shape::Class,
        }
    }

    /// Reads what follows `(`.
    fn open(&mut self) -> Result<(), Problem> {
        let flags = self.flags;
        let start = self.behind(1);
        let mut captures = true;
        let mut name = "";
        if self.eat("?") {
            let named = self.eat("P<") || self.eat("<");
            if named {
                let broken =
                    |shown| Problem::new("it has a broken name", "invalid named capture", shown);
                let (inside, after) = self.rest.split_once('>').ok_or_else(|| broken(start))?;
                name = inside;
                self.rest = after;
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if self.purpose == Purpose::Search
                    && (name.is_empty() || !name.chars().all(is_name))
                {
                    return Err(broken(self.since(start)));
                }
            } else if self.flags(start)? {
                captures = false;
            } else {
                // `(?i)`: for the rest of the group it stands in.
                return Ok(());
            }
        }
        if captures {
            self.names.push(name.to_owned());
        }
        let group = Group {
            captures,
            ..Group::default()
        };
        self.outer
            .push((std::mem::replace(&mut self.group, group), flags));
        if self.outer.len() > DEEPEST as usize {
            return Err(self.too_deep());
        }
        Ok(())
    }

    /// Reads the flags behind `(?`; true when a group follows.
    fn flags(&mut self, start: &'e str) -> Result<bool, Problem> {
        let perl = "invalid or unsupported Perl syntax";
        let mut on = true;
        loop {
            match self.next() {
                Some('i') => self.flags.fold = on,
                Some('s') => self.flags.dot_matches_newline = on,
                Some('m') => self.flags.multi_line = on,
                Some('U') => self.flags.lazy = on,
                Some('-') if on => on = false,
                Some(':') => return Ok(true),
                Some(')') => return Ok(false),
                Some(c) => {
                    let text = format!("(?{c} is no flag of RE2");
                    return Err(Problem::new(text, perl, self.since(start)));
                }
                None => return Err(Problem::new("it has a ( without its )", perl, start)),
            }
        }
    }

    fn close(&mut self) -> Result<(), Problem> {
        let (outer, flags) = self.outer.pop().ok_or_else(|| {
            Problem::new("it has a ) without its (", "unexpected )", self.expression)
        })?;
        let with_captures = self.purpose == Purpose::Search;
        let group = std::mem::replace(&mut self.group, outer).written(with_captures);
        if group.height > DEEPEST {
            return Err(self.too_deep());
        }
        self.group.push(group);
        self.flags = flags;
        Ok(())
    }

    fn repeat(
        &mut self,
        operator: &str,
        count: (u32, Option<u32>),
        start: &'e str,
        repetition: Option<&'e str>,
    ) -> Result<(), Problem> {
        let lazy = self.eat("?") != self.flags.lazy;
        let mark = if lazy && self.purpose == Purpose::Search {
            "?"
        } else {
            ""
        };
        if let Some(first) = repetition {
            let text = format!("{operator} follows another repetition");
            let go = "invalid nested repetition operator";
            return Err(Problem::new(text, go, self.since(first)));
        }
        let piece = self.group.pieces.pop().ok_or_else(|| {
            let text = format!("{operator} has nothing to repeat");
            let go = "missing argument to repetition operator";
            Problem::new(text, go, self.since(start))
        })?;
        if piece.height >= DEEPEST {
            return Err(self.too_deep());
        }
        self.group.push(Piece {
            text: format!("(?:{}){operator}{mark}", piece.text),
            height: piece.height + 1,
            shape: piece.shape.repeated(count),
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

    fn too_deep(&self) -> Problem {
        let text = format!("it is nested deeper than {DEEPEST} groups and repetitions");
        Problem::new(text, "expression nests too deeply", self.expression)
    }
}

fn valid_count((least, most): (u32, Option<u32>), shown: &str) -> Result<String, Problem> {
    let largest = most.unwrap_or(least);
    if largest > MOST_REPETITIONS || least > largest {
        let text = format!(
            "a repetition goes up to {MOST_REPETITIONS}, from the smaller number to the larger"
        );
        return Err(Problem::new(text, "invalid repeat count", shown));
    }
    let most = most.map_or(String::new(), |most| most.to_string());
    Ok(format!("{{{least},{most}}}"))
}
