//! From tokens to the tree: recursive descent, with the precedences of the operators.
//!
//! Errors are those of Loki's parser, down to the tokens that it would rather have seen. It names them
//! where they are at most four; [`Parser::unexpected`] takes them as Loki lists them.

mod aggregation;
mod filter;
mod pipeline;
mod ranges;

use super::ast::{Binary, BinaryOp, Expr, Group, Grouping, Matcher, MetricExpr};
use super::check;
use super::error::ParseError;
use super::lexer::{Spanned, tokens};
use super::numbers;
use super::token::{Function, Sign, Token, Word};

/// The deepest nesting of parentheses and calls, and the longest chain of operators. A real Loki has no
/// such bound; nobody writes a tenth of it.
const DEEPEST: u32 = 200;
pub(super) const LONGEST: u32 = 1000;

/// Parses a query.
///
/// # Errors
/// Says what Loki would say. What a real Loki takes and this one does not says so: *not in the embedded
/// Loki*.
pub fn parse(query: &str) -> Result<Expr, ParseError> {
    let mut parser = Parser::new(query);
    let expr = parser.expr(0)?;
    parser.end()?;
    check::expr(&expr)?;
    Ok(expr)
}

/// Parses a stream selector, `{…}` and nothing else.
///
/// # Errors
/// As [`parse`].
pub fn parse_selector(query: &str) -> Result<Vec<Matcher>, ParseError> {
    let mut parser = Parser::new(query);
    let matchers = parser.selector()?;
    parser.end()?;
    check::selector(&matchers)?;
    Ok(matchers)
}

struct Parser<'q> {
    tokens: Vec<Spanned<'q>>,
    next: usize,
    /// What stopped the lexer: the parser meets it behind the last token.
    broken: Option<ParseError>,
    /// The first error of what is well-formed: one of syntax anywhere comes before it.
    deferred: Option<ParseError>,
    depth: u32,
}

impl<'q> Parser<'q> {
    fn new(query: &'q str) -> Self {
        let (tokens, broken) = tokens(query);
        Self {
            tokens,
            next: 0,
            broken,
            deferred: None,
            depth: 0,
        }
    }

    fn peek(&self) -> &Token<'q> {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> &Token<'q> {
        let spanned = self.tokens.get(self.next + by);
        spanned.map_or(&Token::End, |spanned| &spanned.token)
    }

    fn skip(&mut self) {
        self.next += 1;
    }

    /// Takes a sign, if it comes next.
    fn eat(&mut self, sign: Sign) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        if found {
            self.skip();
        }
        found
    }

    fn eat_word(&mut self, word: Word) -> bool {
        let found = *self.peek() == Token::Word(word);
        if found {
            self.skip();
        }
        found
    }

    /// Returns the error of a token that fits nowhere; `expected` as Loki lists it, or nothing.
    fn unexpected<T>(&self, expected: &str) -> Result<T, ParseError> {
        let Some(spanned) = self.tokens.get(self.next) else {
            let error = self.broken.clone();
            return Err(
                error.unwrap_or_else(|| ParseError::semantic("syntax error: unexpected $end"))
            );
        };
        let label = spanned.token.label();
        let message = match expected {
            "" => format!("syntax error: unexpected {label}"),
            expected => format!("syntax error: unexpected {label}, expecting {expected}"),
        };
        Err(ParseError::at(spanned.position, message))
    }

    fn expect(&mut self, sign: Sign, expected: &str) -> Result<(), ParseError> {
        if self.eat(sign) {
            return Ok(());
        }
        self.unexpected(expected)
    }

    fn name(&mut self, expected: &str) -> Result<String, ParseError> {
        let &Token::Name(name) = self.peek() else {
            return self.unexpected(expected);
        };
        self.skip();
        Ok(name.to_owned())
    }

    fn text(&mut self, expected: &str) -> Result<String, ParseError> {
        let Token::Text(text) = self.peek() else {
            return self.unexpected(expected);
        };
        let text = text.clone();
        self.skip();
        Ok(text)
    }

    /// Remembers an error of an expression that starts where `earlier` was known. It comes before the
    /// errors of the expression's own parts.
    fn defer(&mut self, earlier: Earlier, result: Result<(), ParseError>) {
        if let (Earlier::Good, Err(error)) = (earlier, result) {
            self.deferred = Some(error);
        }
    }

    /// Says whether an error is known where an expression starts.
    fn earlier(&self) -> Earlier {
        match self.deferred {
            None => Earlier::Good,
            Some(_) => Earlier::Wrong,
        }
    }

    fn end(&mut self) -> Result<(), ParseError> {
        let at_end = *self.peek() == Token::End;
        if !at_end || self.next >= self.tokens.len() {
            return self.unexpected("");
        }
        self.deferred.take().map_or(Ok(()), Err)
    }

    /// Goes one level deeper.
    fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.depth >= DEEPEST {
            return Err(ParseError::not_here(format_args!(
                "a query that is nested deeper than {DEEPEST} levels"
            )));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Parses operands and the operators that bind at least as tightly as asked.
    fn expr(&mut self, least: u8) -> Result<Expr, ParseError> {
        let earlier = self.earlier();
        let mut left = self.nested(Self::operand)?;
        let mut length = 0;
        while let Some((op, precedence)) = self.operator().filter(|(_, p)| *p >= least) {
            length += 1;
            if length > LONGEST {
                return Err(ParseError::not_here(format_args!(
                    "more than {LONGEST} operators in a row"
                )));
            }
            self.skip();
            let modifier = self.modifier()?;
            // `^` alone binds to the right.
            let least = precedence + u8::from(op != BinaryOp::Pow);
            let right = self.nested(|parser| parser.expr(least))?;
            let result = combine(op, modifier, left, right);
            let (combined, error) = match result {
                Ok(combined) => (combined, Ok(())),
                // No number: that would be an error of its own further out.
                Err(error) => (MetricExpr::ConstantVector(f64::NAN), Err(error)),
            };
            self.defer(earlier, error);
            left = Expr::Metric(combined);
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(BinaryOp, u8)> {
        let op = match self.peek() {
            Token::Word(Word::And) => BinaryOp::And,
            Token::Word(Word::Or) => BinaryOp::Or,
            Token::Word(Word::Unless) => BinaryOp::Unless,
            Token::Sign(sign) => {
                let text = sign.text();
                *BinaryOp::ALL.iter().find(|op| op.text() == text)?
            }
            _ => return None,
        };
        Some((op, op.precedence()))
    }

    fn operand(&mut self) -> Result<Expr, ParseError> {
        match self.peek() {
            Token::Sign(Sign::OpenParen) => {
                self.skip();
                let inner = self.expr(0)?;
                self.expect(Sign::CloseParen, "")?;
                Ok(inner)
            }
            Token::Sign(Sign::OpenBrace) => self.log_expr().map(Expr::Log),
            Token::Word(Word::Variants) => Err(ParseError::not_here("variants")),
            _ => self.number_operand().map(Expr::Metric),
        }
    }

    fn number_operand(&mut self) -> Result<MetricExpr, ParseError> {
        match *self.peek() {
            Token::RangeOp(op) => self.range_aggregation(op).map(MetricExpr::Range),
            Token::VectorOp(op) => self.vector_aggregation(op).map(MetricExpr::Vector),
            Token::Function(Function::LabelReplace) => self.label_replace(),
            Token::Function(Function::Vector) => {
                self.skip();
                self.expect(Sign::OpenParen, "(")?;
                let number = self.literal("vectorExpr")?;
                self.expect(Sign::CloseParen, ")")?;
                Ok(MetricExpr::ConstantVector(number))
            }
            Token::Number(_) => self.literal("literal").map(MetricExpr::Number),
            Token::Sign(sign @ (Sign::Plus | Sign::Minus)) => {
                self.skip();
                let number = self.literal("literal")?;
                let negative = sign == Sign::Minus;
                Ok(MetricExpr::Number(if negative { -number } else { number }))
            }
            _ => self.unexpected(""),
        }
    }

    fn literal(&mut self, what: &str) -> Result<f64, ParseError> {
        let &Token::Number(text) = self.peek() else {
            return self.unexpected("NUMBER");
        };
        self.skip();
        let number = numbers::literal(text).map_err(|problem| {
            ParseError::semantic(format!("unable to parse {what} as a float: {problem}"))
        });
        let value = number.as_ref().map_or(f64::NAN, |number| *number);
        self.defer(self.earlier(), number.map(|_| ()));
        Ok(value)
    }

    /// Parses what stands behind an operator: `bool`, `on (…)`, `group_left (…)`.
    fn modifier(&mut self) -> Result<Modifier, ParseError> {
        let return_bool = self.eat_word(Word::Bool);
        let without = match self.peek() {
            Token::Word(Word::On) => false,
            Token::Word(Word::Ignoring) => true,
            _ => {
                return Ok(Modifier {
                    return_bool,
                    ..Modifier::default()
                });
            }
        };
        self.skip();
        let labels = self.label_list()?;
        let right = match self.peek() {
            Token::Word(Word::GroupLeft) => Some(false),
            Token::Word(Word::GroupRight) => Some(true),
            _ => None,
        };
        let group = match right {
            None => None,
            Some(right) => {
                self.skip();
                let has_labels = *self.peek() == Token::Sign(Sign::OpenParen);
                let include = if has_labels {
                    self.label_list()?
                } else {
                    Vec::new()
                };
                Some(Group { right, include })
            }
        };
        Ok(Modifier {
            return_bool,
            matching: Some(Grouping { without, labels }),
            group,
        })
    }

    /// Parses `(a, b)`.
    fn label_list(&mut self) -> Result<Vec<String>, ParseError> {
        self.expect(Sign::OpenParen, "(")?;
        let mut labels = Vec::new();
        if self.eat(Sign::CloseParen) {
            return Ok(labels);
        }
        labels.push(self.name("IDENTIFIER or )")?);
        while !self.eat(Sign::CloseParen) {
            self.expect(Sign::Comma, ", or )")?;
            labels.push(self.name("IDENTIFIER")?);
        }
        Ok(labels)
    }
}

/// Makes an operation of two operands; one of two numbers is worked out right away.
fn combine(
    op: BinaryOp,
    modifier: Modifier,
    left: Expr,
    right: Expr,
) -> Result<MetricExpr, ParseError> {
    let (left, right) = check::operands(op, left, right)?;
    if let (MetricExpr::Number(left), MetricExpr::Number(right)) = (&left, &right) {
        return Ok(MetricExpr::Number(numbers::fold(op, *left, *right)));
    }
    Ok(MetricExpr::Binary(Box::new(Binary {
        op,
        left,
        right,
        return_bool: modifier.return_bool,
        matching: modifier.matching,
        group: modifier.group,
    })))
}

/// Whether what stands before an expression has an error that shows at the end.
#[derive(Clone, Copy)]
enum Earlier {
    Good,
    Wrong,
}

/// What stands behind a binary operator.
#[derive(Default)]
struct Modifier {
    return_bool: bool,
    matching: Option<Grouping>,
    group: Option<Group>,
}
