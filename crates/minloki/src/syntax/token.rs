//! The tokens of LogQL and the names that Loki's errors give them.

use super::ast::{Conversion, RangeOp, VectorOp};

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'q> {
    /// The end of the query.
    End,
    /// A name: letters, digits and underscores, or one character that LogQL has no other use for.
    Name(&'q str),
    /// A string, unquoted.
    Text(String),
    /// A number as written.
    Number(&'q str),
    /// A duration in nanoseconds, and as written.
    Duration(i64, &'q str),
    /// A size in bytes, and as written.
    Bytes(u64, &'q str),
    /// `[5m]` in nanoseconds.
    Range(i64),
    /// `--strict`
    Strict,
    /// `--keep-empty`
    KeepEmpty,
    /// A word of LogQL, never a name.
    Word(Word),
    /// A function over a range; a parenthesis follows.
    RangeOp(RangeOp),
    /// A function over series; a parenthesis follows.
    VectorOp(VectorOp),
    /// Another function; a parenthesis follows.
    Function(Function),
    /// Punctuation and operators.
    Sign(Sign),
}

/// Functions that are no aggregations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Ip,
    Vector,
    LabelReplace,
    Convert(Conversion),
}

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $type { $($variant),+ }

        impl $type {
            pub(super) const ALL: &[Self] = &[$(Self::$variant),+];

            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

named! {
    /// The words that cannot be names, in any case.
    Word {
        And = "and",
        Bool = "bool",
        By = "by",
        Decolorize = "decolorize",
        Drop = "drop",
        GroupLeft = "group_left",
        GroupRight = "group_right",
        Ignoring = "ignoring",
        Json = "json",
        Keep = "keep",
        LabelFormat = "label_format",
        LineFormat = "line_format",
        Logfmt = "logfmt",
        Of = "of",
        Offset = "offset",
        On = "on",
        Or = "or",
        Pattern = "pattern",
        Regexp = "regexp",
        Unless = "unless",
        Unpack = "unpack",
        Unwrap = "unwrap",
        Variants = "variants",
        Without = "without",
    }
}

named! {
    /// Punctuation and operators; those of two characters stand first, for the lexer.
    Sign {
        PipeEqual = "|=",
        PipeTilde = "|~",
        PipeGreater = "|>",
        NotEqual = "!=",
        NotTilde = "!~",
        NotGreater = "!>",
        EqualEqual = "==",
        EqualTilde = "=~",
        GreaterEqual = ">=",
        LessEqual = "<=",
        Comma = ",",
        Dot = ".",
        OpenBrace = "{",
        CloseBrace = "}",
        OpenParen = "(",
        CloseParen = ")",
        Pipe = "|",
        Equal = "=",
        Greater = ">",
        Less = "<",
        Plus = "+",
        Minus = "-",
        Star = "*",
        Slash = "/",
        Percent = "%",
        Caret = "^",
    }
}

impl Word {
    /// Finds a word, in any case.
    pub(super) fn find(name: &str) -> Option<Self> {
        let found = |word: &&Self| word.text().eq_ignore_ascii_case(name);
        Self::ALL.iter().find(found).copied()
    }
}

impl Token<'_> {
    /// Returns what Loki's errors call it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::End => "$end".to_owned(),
            Self::Name(_) => "IDENTIFIER".to_owned(),
            Self::Text(_) => "STRING".to_owned(),
            Self::Number(_) => "NUMBER".to_owned(),
            Self::Duration(..) => "DURATION".to_owned(),
            Self::Bytes(..) => "BYTES".to_owned(),
            Self::Range(_) => "RANGE".to_owned(),
            Self::Strict | Self::KeepEmpty => "FUNCTION_FLAG".to_owned(),
            Self::Word(word) => word.text().to_owned(),
            Self::RangeOp(op) => op.text().to_ascii_uppercase(),
            Self::VectorOp(op) => op.text().to_ascii_uppercase(),
            Self::Function(function) => match function {
                Function::Ip => "ip".to_owned(),
                Function::LabelReplace => "label_replace".to_owned(),
                Function::Vector => "VECTOR".to_owned(),
                Function::Convert(conversion) => {
                    format!("{}_CONV", conversion.text().to_ascii_uppercase())
                }
            },
            Self::Sign(sign) => sign.text().to_owned(),
        }
    }
}

/// Finds the function of a name, in any case.
pub(super) fn function<'q>(name: &str) -> Option<Token<'q>> {
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    if let Some(op) = RangeOp::ALL.iter().find(|op| is(op.text())) {
        return Some(Token::RangeOp(*op));
    }
    if let Some(op) = VectorOp::ALL.iter().find(|op| is(op.text())) {
        return Some(Token::VectorOp(*op));
    }
    if let Some(conversion) = Conversion::ALL.iter().find(|c| is(c.text())) {
        return Some(Token::Function(Function::Convert(*conversion)));
    }
    let function = match name.to_ascii_lowercase().as_str() {
        "ip" => Function::Ip,
        "vector" => Function::Vector,
        "label_replace" => Function::LabelReplace,
        _ => return None,
    };
    Some(Token::Function(function))
}
