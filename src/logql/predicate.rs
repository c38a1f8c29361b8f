//! Label filters: what a line's labels, metadata and extracted values must be.

use std::fmt;

use super::{LabelName, quote};

/// A condition on the labels of a line. An absent label reads as empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// A comparison of text; expressions match the whole value.
    Text(LabelName, TextOp, String),
    /// A comparison of numbers. Right only behind a filter that lets nothing but numbers through
    /// (`shared` recipe: a line whose label is no number passes).
    Number(LabelName, Comparison, f64),
    /// All hold. Never empty.
    All(Vec<Predicate>),
    /// At least one holds. Never empty.
    Any(Vec<Predicate>),
}

/// How text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextOp {
    /// Is the value.
    Equal,
    /// Is not the value.
    NotEqual,
    /// Matches the expression.
    Matches,
    /// Does not match the expression.
    NotMatches,
}

/// How numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Is the number.
    Equal,
    /// Is not the number.
    NotEqual,
    /// Is above.
    Greater,
    /// Is above or equal.
    GreaterOrEqual,
    /// Is below.
    Less,
    /// Is below or equal.
    LessOrEqual,
}

impl Predicate {
    /// Returns a predicate that holds when the label is there and not empty.
    pub fn present(name: &LabelName) -> Self {
        Self::Text(name.clone(), TextOp::NotEqual, String::new())
    }

    /// Returns a predicate that holds when the label is absent or empty.
    pub fn absent(name: &LabelName) -> Self {
        Self::Text(name.clone(), TextOp::Equal, String::new())
    }

    /// Joins predicates that must all hold; one alone stays as it is.
    pub fn all(mut predicates: Vec<Self>) -> Self {
        match predicates.pop() {
            Some(only) if predicates.is_empty() => only,
            Some(last) => {
                predicates.push(last);
                Self::All(predicates)
            }
            None => Self::All(predicates),
        }
    }

    /// Joins predicates of which one must hold; one alone stays as it is.
    pub fn any(mut predicates: Vec<Self>) -> Self {
        match predicates.pop() {
            Some(only) if predicates.is_empty() => only,
            Some(last) => {
                predicates.push(last);
                Self::Any(predicates)
            }
            None => Self::Any(predicates),
        }
    }
}

impl TextOp {
    fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
        }
    }
}

impl Comparison {
    /// Compares two values of one type.
    pub fn holds<T: PartialOrd>(self, value: &T, other: &T) -> bool {
        match self {
            Self::Equal => value == other,
            Self::NotEqual => value != other,
            Self::Greater => value > other,
            Self::GreaterOrEqual => value >= other,
            Self::Less => value < other,
            Self::LessOrEqual => value <= other,
        }
    }

    /// Returns the operator's text; equality of numbers is written `==`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(name, op, value) => {
                write!(f, "{name}{}{}", op.as_str(), quote::string(value))
            }
            Self::Number(name, op, value) => write!(f, "{name} {} {value}", op.as_str()),
            Self::All(parts) => join(f, parts, " and "),
            Self::Any(parts) => join(f, parts, " or "),
        }
    }
}

/// Writes the parts with every group in parentheses, so that precedence never matters.
fn join(f: &mut fmt::Formatter<'_>, parts: &[Predicate], word: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        match part {
            Predicate::All(_) | Predicate::Any(_) => write!(f, "({part})")?,
            Predicate::Text(..) | Predicate::Number(..) => write!(f, "{part}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stand_in_parentheses() {
        let name = |text| LabelName::new(text).unwrap();
        let is = |label, value: &str| Predicate::Text(name(label), TextOp::Equal, value.to_owned());
        let predicate = Predicate::any(vec![
            is("f", "V"),
            Predicate::all(vec![Predicate::absent(&name("f")), is("x", "V\"")]),
        ]);
        assert_eq!(predicate.to_string(), r#"f="V" or (f="" and x="V\"")"#);
        assert_eq!(Predicate::any(vec![is("f", "V")]).to_string(), r#"f="V""#);
        let number = Predicate::Number(name("n"), Comparison::Equal, 0.5);
        assert_eq!(number.to_string(), "n == 0.5");
    }
}
