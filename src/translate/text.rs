//! Conditions on text, over the places of a field.
//!
//! The value is the first place that is not empty, so a positive condition over places p1, p2 is
//! `p1="V" or (p1="" and p2="V")`, and a negative one `(p1!="" and p1!="V") or (p1="" and p2!="V")`.
//!
//! What stands between quotes in a TSKV line is seen with Python's escapes. Texts that are known are
//! compared as Python writes them; an expression can only judge a value without escapes, so both it and
//! its negation also keep every value with a backslash, and Ginkgo decides.

use super::place::Place;
use crate::line::{python_escape, python_repr};
use crate::logql::{LabelName, MatchOp, Matcher, Predicate, TextOp, quote};
use crate::schema::level::{AROUND, AROUND_ESCAPED};

/// A set of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Texts {
    /// Exactly these. Never empty.
    Exact(Vec<String>),
    /// Those that match the RE2 expression as a whole, which never matches the empty text.
    Words(String),
    /// Those that match the RE2 expression as a whole; it may match the empty text, but an absent value
    /// is no text. Between the quotes of TSKV: also those with a backslash.
    Pattern(String),
}

impl Texts {
    /// Returns the matcher that keeps the streams whose label has such a value.
    pub fn matcher(&self, label: &LabelName) -> Matcher {
        let (op, value) = match self {
            Self::Exact(texts) if texts.len() == 1 => (MatchOp::Equal, texts.concat()),
            Self::Exact(_) | Self::Words(_) | Self::Pattern(_) => (MatchOp::Matches, self.regex()),
        };
        matcher(label, op, value)
    }

    /// Returns the matcher that keeps the streams whose label has no such value.
    pub fn not_matcher(&self, label: &LabelName) -> Matcher {
        let mut matcher = self.matcher(label);
        matcher.op = match matcher.op {
            MatchOp::Matches => MatchOp::NotMatches,
            _ => MatchOp::NotEqual,
        };
        matcher
    }

    /// Returns the matcher that leaves out only the streams whose label has another value: those
    /// without the label stay, since the value may stand elsewhere.
    pub fn matcher_or_absent(&self, label: &LabelName) -> Matcher {
        let regex = match self {
            Self::Exact(_) => format!("{}|", self.regex()),
            Self::Words(_) | Self::Pattern(_) => format!("(?:{})|", self.regex()),
        };
        matcher(label, MatchOp::Matches, regex)
    }

    fn regex(&self) -> String {
        match self {
            Self::Exact(texts) => quote::regex_one_of(texts.iter().map(String::as_str)),
            Self::Words(pattern) | Self::Pattern(pattern) => pattern.clone(),
        }
    }

    /// Returns the expression for a label filter, anchored by hand: Loki 3.7 takes alternatives that
    /// share a beginning (`ab|ac`, `a|a`) for a search of that beginning anywhere in the value.
    fn anchored(&self) -> String {
        match self {
            Self::Exact(_) => format!("^(?:{})$", self.regex()),
            Self::Pattern(pattern) => format!("^{pattern}$"),
            // Anchored as it is, or it begins and ends with a repetition, or is `(?i:true)|1`: those are read as they stand.
            Self::Words(pattern) => pattern.clone(),
        }
    }

    /// Holds when the value is there and one of the texts.
    pub fn holds(&self, places: &[Place]) -> Option<Predicate> {
        let (last, before) = places.split_last()?;
        let mut predicate = self.in_place(last);
        for place in before.iter().rev() {
            let elsewhere = Predicate::all(vec![is_empty(place), predicate]);
            predicate = Predicate::any(vec![self.in_place(place), elsewhere]);
        }
        Some(predicate)
    }

    /// Holds when the value is absent or none of the texts.
    pub fn fails(&self, places: &[Place]) -> Option<Predicate> {
        let (last, before) = places.split_last()?;
        let mut predicate = self.not_in_place(last);
        if let (Self::Pattern(_), Place::Plain(name)) = (self, last) {
            predicate = Predicate::any(vec![Predicate::absent(name), predicate]);
        }
        for place in before.iter().rev() {
            let here = Predicate::all(vec![is_there(place), self.not_in_place(place)]);
            let elsewhere = Predicate::all(vec![is_empty(place), predicate]);
            predicate = Predicate::any(vec![here, elsewhere]);
        }
        Some(predicate)
    }

    fn in_place(&self, place: &Place) -> Predicate {
        let compare = |(name, texts): (LabelName, Self)| match &texts {
            Self::Exact(exact) if exact.len() == 1 => {
                Predicate::Text(name, TextOp::Equal, exact.concat())
            }
            Self::Exact(_) | Self::Words(_) => {
                Predicate::Text(name, TextOp::Matches, texts.anchored())
            }
            Self::Pattern(_) => {
                let matches = Predicate::Text(name.clone(), TextOp::Matches, texts.anchored());
                let there = Predicate::all(vec![Predicate::present(&name), matches]);
                or_escaped(there, &name, place)
            }
        };
        Predicate::any(self.spelled(place).into_iter().map(compare).collect())
    }

    fn not_in_place(&self, place: &Place) -> Predicate {
        let differ = |(name, texts): (LabelName, Self)| match &texts {
            Self::Exact(exact) if exact.len() == 1 => {
                Predicate::Text(name, TextOp::NotEqual, exact.concat())
            }
            Self::Exact(_) | Self::Words(_) => {
                Predicate::Text(name, TextOp::NotMatches, texts.anchored())
            }
            Self::Pattern(_) => {
                let differs = Predicate::Text(name.clone(), TextOp::NotMatches, texts.anchored());
                let kept = or_escaped(differs, &name, place);
                // The labels beside the one that has the value are empty, and that is no match.
                match place {
                    Place::Plain(_) => kept,
                    Place::Repr { .. } => Predicate::any(vec![Predicate::absent(&name), kept]),
                }
            }
        };
        Predicate::all(self.spelled(place).into_iter().map(differ).collect())
    }

    /// Returns what each label of the place holds when the value is one of the texts.
    fn spelled(&self, place: &Place) -> Vec<(LabelName, Self)> {
        let (single, double, bare) = match place {
            Place::Plain(name) => return vec![(name.clone(), self.clone())],
            Place::Repr {
                single,
                double,
                bare,
            } => (single, double, bare),
        };
        let texts = match self {
            Self::Exact(texts) => texts,
            Self::Words(pattern) => {
                let quoted = Self::Words(pattern.replace(AROUND, AROUND_ESCAPED));
                return vec![
                    (single.clone(), quoted.clone()),
                    (double.clone(), quoted),
                    (bare.clone(), self.clone()),
                ];
            }
            Self::Pattern(_) => {
                let names = place.names().into_iter();
                return names.map(|name| (name, self.clone())).collect();
            }
        };
        let mut spelled = vec![
            (single.clone(), written(texts, '\'')),
            (double.clone(), written(texts, '"')),
        ];
        let can_be_bare = |text: &&String| {
            !text.starts_with(['\'', '"'])
                && !text.contains(|c: char| c.is_ascii_whitespace())
                && text.as_str() != "None"
        };
        let bare_texts: Vec<String> = texts.iter().filter(can_be_bare).cloned().collect();
        if !bare_texts.is_empty() {
            spelled.push((bare.clone(), Self::Exact(bare_texts)));
        }
        spelled
    }
}

/// Returns how the texts are written between such quotes. Which characters beyond ASCII stand there as
/// they are depends on the version of Python; control characters do with other writers.
fn written(texts: &[String], quote: char) -> Texts {
    let is_plain = |c: char| matches!(c, ' '..='~');
    if texts.iter().all(|text| text.chars().all(is_plain)) {
        return Texts::Exact(texts.iter().map(|text| python_repr(text, quote)).collect());
    }
    let either = |c: char| {
        let escaped = if c.is_ascii() {
            python_repr(c.encode_utf8(&mut [0; 4]), quote)
        } else {
            python_escape(c)
        };
        let escaped = quote::regex_literal(&escaped);
        match c {
            c if is_plain(c) => escaped,
            // Half of a pair, which Python escapes, is read as this character.
            char::REPLACEMENT_CHARACTER => format!(r"(?:{c}|{escaped}|\\ud[89a-f][0-9a-f]{{2}})"),
            c => {
                let itself = quote::regex_literal(c.encode_utf8(&mut [0; 4]));
                format!("(?:{itself}|{escaped})")
            }
        }
    };
    let spellings: Vec<String> = texts
        .iter()
        .map(|text| text.chars().map(either).collect())
        .collect();
    Texts::Words(format!("^(?:{})$", spellings.join("|")))
}

/// Holds as well when what stands between the quotes has an escape: what it means, LogQL cannot say.
fn or_escaped(predicate: Predicate, name: &LabelName, place: &Place) -> Predicate {
    match place {
        Place::Repr { single, double, .. } if name == single || name == double => {
            let escaped = r"(?s).*\\.*".to_owned();
            let escaped = Predicate::Text(name.clone(), TextOp::Matches, escaped);
            Predicate::any(vec![predicate, escaped])
        }
        _ => predicate,
    }
}

fn matcher(name: &LabelName, op: MatchOp, value: String) -> Matcher {
    Matcher {
        name: name.clone(),
        op,
        value,
    }
}

/// Holds when the place has a value.
pub fn is_there(place: &Place) -> Predicate {
    Predicate::any(place.names().iter().map(Predicate::present).collect())
}

/// Holds when the place has none.
pub fn is_empty(place: &Place) -> Predicate {
    Predicate::all(place.names().iter().map(Predicate::absent).collect())
}

/// Holds when one of the places has a value.
pub fn exists(places: &[Place]) -> Option<Predicate> {
    let names = places.iter().flat_map(Place::names);
    let there: Vec<Predicate> = names.map(|name| Predicate::present(&name)).collect();
    (!there.is_empty()).then(|| Predicate::any(there))
}

/// Holds when none of the places has a value.
pub fn missing(places: &[Place]) -> Option<Predicate> {
    let names = places.iter().flat_map(Place::names);
    let gone: Vec<Predicate> = names.map(|name| Predicate::absent(&name)).collect();
    (!gone.is_empty()).then(|| Predicate::all(gone))
}
