//! Expressions as Loki looks for them.
//!
//! Loki takes an expression apart where it can, and searches for plain texts instead. Not always does
//! that mean the same: an alternative that matches everything is left out (`foo|` finds `foo` alone),
//! `(?i)` compares lower-case letters one by one from a first byte that must be equal (`(?i)σ` finds no
//! `Σ`), and what a label's value must equal becomes a text that it must contain (`.*foo`).

use memchr::memmem::Finder;
use re2::{Problem, Search, Shape};

/// What is asked of a text.
#[derive(Debug, Clone)]
pub enum TextTest {
    /// Nothing.
    All,
    /// That there is any.
    NonEmpty,
    /// That it is this one.
    Equal(Needle),
    /// That this one is in it.
    Contains(Needle),
    /// That one of these holds; never empty.
    Any(Vec<TextTest>),
    /// That the expression matches.
    Regex(Box<Search>),
}

/// Whether an expression is looked for in a line or stands for a whole value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchoring {
    /// Line filters.
    Line,
    /// Label filters.
    Value,
}

impl TextTest {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What Go's `regexp` refuses.
    pub fn regex(expression: &str, anchoring: Anchoring) -> Result<Self, Problem> {
        let search = Search::new(expression)?;
        if let Some(test) = simplified(search.shape(), anchoring) {
            return Ok(test);
        }
        let search = match anchoring {
            Anchoring::Line => search,
            Anchoring::Value => Search::new(&format!("^(?:{expression})$"))?,
        };
        Ok(Self::Regex(Box::new(search)))
    }

    /// Looks for a text; the empty one is everywhere.
    pub fn contains(text: &str) -> Self {
        if text.is_empty() {
            return Self::All;
        }
        Self::Contains(Needle::new(text, false))
    }

    /// Joins alternatives, as Loki does: those that match everything are left out unless all do.
    pub fn any(tests: Vec<Self>) -> Self {
        let mut left: Vec<Self> = tests
            .into_iter()
            .filter(|test| !matches!(test, Self::All))
            .collect();
        match left.len() {
            0 => Self::All,
            1 => left.pop().unwrap_or(Self::All),
            _ => Self::Any(left),
        }
    }

    /// Says whether it holds.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::All => true,
            Self::NonEmpty => !text.is_empty(),
            Self::Equal(needle) => needle.equals(text),
            Self::Contains(needle) => needle.is_in(text),
            Self::Any(tests) => tests.iter().any(|test| test.holds(text)),
            Self::Regex(search) => search.is_match(text),
        }
    }
}

fn simplified(shape: &Shape, anchoring: Anchoring) -> Option<TextTest> {
    Some(match shape {
        Shape::Empty | Shape::AnyStar => TextTest::All,
        Shape::AnyPlus => TextTest::NonEmpty,
        Shape::Literal { text, fold } => {
            let needle = Needle::new(text, *fold);
            match anchoring {
                Anchoring::Line => TextTest::Contains(needle),
                Anchoring::Value => TextTest::Equal(needle),
            }
        }
        Shape::Capture(inner) => simplified(inner, anchoring)?,
        Shape::Alternate(shapes) => {
            let tests = shapes.iter().map(|shape| simplified(shape, anchoring));
            TextTest::any(tests.collect::<Option<_>>()?)
        }
        Shape::Concat(shapes) => simplified_concat(shapes)?,
        Shape::Dot | Shape::Class | Shape::Other => return None,
    })
}

/// One literal with anything around it, or with alternatives behind it.
fn simplified_concat(shapes: &[Shape]) -> Option<TextTest> {
    let mut literal: Option<(&str, bool)> = None;
    let mut endings: Option<Vec<&str>> = None;
    for shape in shapes {
        match without_captures(shape) {
            Shape::Literal { text, fold } if literal.is_none() => literal = Some((text, *fold)),
            Shape::AnyStar | Shape::Empty => {}
            Shape::Alternate(alternatives) if literal.is_some() && endings.is_none() => {
                let (_, fold) = literal?;
                endings = Some(endings_of(alternatives, fold)?);
            }
            // Behind an ending that may be empty, nothing more is asked.
            Shape::Alternate(alternatives) if endings.as_ref().is_some_and(|e| e.contains(&"")) => {
                let (_, fold) = literal?;
                if !endings_of(alternatives, fold)?.contains(&"") {
                    return None;
                }
            }
            _ => return None,
        }
    }
    let (text, fold) = literal?;
    let endings = endings.unwrap_or_else(|| vec![""]);
    let tests = endings
        .iter()
        .map(|ending| TextTest::Contains(Needle::new(&format!("{text}{ending}"), fold)));
    Some(TextTest::any(tests.collect()))
}

fn without_captures(shape: &Shape) -> &Shape {
    match shape {
        // A literal in a group stays apart from the one before it.
        Shape::Capture(inner) if !matches!(**inner, Shape::Literal { .. }) => {
            without_captures(inner)
        }
        shape => shape,
    }
}

/// The texts of alternatives; what begins with `.*` ends the search.
fn endings_of(alternatives: &[Shape], fold: bool) -> Option<Vec<&str>> {
    alternatives
        .iter()
        .map(|shape| match without_captures(shape) {
            Shape::Literal { text, fold: other } if *other == fold => Some(text.as_str()),
            Shape::Empty | Shape::AnyStar => Some(""),
            _ => None,
        })
        .collect()
}

/// A text to look for.
#[derive(Debug, Clone)]
pub struct Needle {
    text: String,
    kind: NeedleKind,
}

#[derive(Debug, Clone)]
enum NeedleKind {
    Exact(Box<Finder<'static>>),
    /// In any case: its lower-case characters.
    Fold(Vec<char>),
}

impl Needle {
    /// `fold` looks for the text in any case.
    pub fn new(text: &str, fold: bool) -> Self {
        let kind = if fold {
            NeedleKind::Fold(text.chars().map(lower).collect())
        } else {
            NeedleKind::Exact(Box::new(Finder::new(text).into_owned()))
        };
        Self {
            text: text.to_owned(),
            kind,
        }
    }

    fn is_in(&self, text: &str) -> bool {
        match &self.kind {
            NeedleKind::Exact(finder) => finder.find(text.as_bytes()).is_some(),
            NeedleKind::Fold(needle) => is_in_folded(text, needle),
        }
    }

    fn equals(&self, text: &str) -> bool {
        match &self.kind {
            NeedleKind::Exact(_) => self.text == text,
            NeedleKind::Fold(needle) => starts_folded(text, needle) == Some(true),
        }
    }
}

/// Looks for lower-case characters. The first byte of what is found must be that of the first character,
/// but for the case of ASCII letters.
fn is_in_folded(text: &str, needle: &[char]) -> bool {
    let Some(first) = needle.first() else {
        return true;
    };
    let mut buffer = [0; 4];
    first.encode_utf8(&mut buffer);
    let [lead, ..] = buffer;
    let upper = lead.to_ascii_uppercase();
    memchr::memchr2_iter(lead, upper, text.as_bytes())
        .any(|at| starts_folded(text.get(at..).unwrap_or_default(), needle).is_some())
}

/// Says whether a text begins with lower-case characters, and if so, whether it ends there.
fn starts_folded(text: &str, needle: &[char]) -> Option<bool> {
    let mut chars = text.chars();
    for (at, wanted) in needle.iter().enumerate() {
        let c = chars.next()?;
        let same_lead = || {
            let mut buffers = [[0; 4]; 2];
            let [a, b] = &mut buffers;
            c.encode_utf8(a);
            wanted.encode_utf8(b);
            a.first().map(u8::to_ascii_lowercase) == b.first().copied()
        };
        if lower(c) != *wanted || (at == 0 && !same_lead()) {
            return None;
        }
    }
    Some(chars.as_str().is_empty())
}

/// Go's `unicode.ToLower`.
fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    c.to_lowercase().next().unwrap_or(c)
}
