//! Label filters.
//!
//! `or` binds less tightly than `and`. A comma, or nothing at all between two filters, binds tightest to
//! the left and takes all that follows: `a or b, c or d` is `a or (b and (c or d))`.

use super::Parser;
use crate::syntax::ast::{CompareOp, LabelFilter, MatchOp, Matcher};
use crate::syntax::check;
use crate::syntax::error::ParseError;
use crate::syntax::numbers;
use crate::syntax::token::{Function, Sign, Token, Word};

/// What a filter starts with, in Loki's errors.
const START: &str = "IDENTIFIER or (";

/// Precedences of `or` and `and`.
const OR: u8 = 1;
const AND: u8 = 2;

impl Parser<'_> {
    /// Parses a label filter.
    pub(super) fn label_filter(&mut self, expected: &str) -> Result<LabelFilter, ParseError> {
        let mut room = super::LONGEST;
        self.operators(OR, expected, &mut room)
    }

    fn operators(
        &mut self,
        least: u8,
        expected: &str,
        room: &mut u32,
    ) -> Result<LabelFilter, ParseError> {
        let mut left = self.filter_operand(expected)?;
        loop {
            let (precedence, is_or) = match self.peek() {
                Token::Word(Word::Or) => (OR, true),
                Token::Word(Word::And) => (AND, false),
                Token::Sign(Sign::Comma) => (u8::MAX, false),
                Token::Name(_) | Token::Sign(Sign::OpenParen) => {
                    *room = room.checked_sub(1).ok_or_else(too_long)?;
                    let right = self.nested(|parser| parser.operators(OR, START, room))?;
                    return Ok(LabelFilter::And(Box::new(left), Box::new(right)));
                }
                _ => return Ok(left),
            };
            if precedence < least {
                return Ok(left);
            }
            *room = room.checked_sub(1).ok_or_else(too_long)?;
            self.skip();
            let least = if precedence == u8::MAX {
                OR
            } else {
                precedence + 1
            };
            let right = self.nested(|parser| parser.operators(least, START, room))?;
            let (left_side, right_side) = (Box::new(left), Box::new(right));
            left = if is_or {
                LabelFilter::Or(left_side, right_side)
            } else {
                LabelFilter::And(left_side, right_side)
            };
        }
    }

    fn filter_operand(&mut self, expected: &str) -> Result<LabelFilter, ParseError> {
        if self.eat(Sign::OpenParen) {
            let inner = self.nested(|parser| parser.label_filter(START))?;
            self.expect(Sign::CloseParen, "")?;
            return Ok(inner);
        }
        let name = self.name(expected)?;
        let &Token::Sign(sign) = self.peek() else {
            return self.unexpected("");
        };
        let (match_op, compare_op) = match sign {
            Sign::Equal => (Some(MatchOp::Equal), Some(CompareOp::Equal)),
            Sign::NotEqual => (Some(MatchOp::NotEqual), Some(CompareOp::NotEqual)),
            Sign::EqualTilde => (Some(MatchOp::Regex), None),
            Sign::NotTilde => (Some(MatchOp::NotRegex), None),
            Sign::EqualEqual => (None, Some(CompareOp::Equal)),
            Sign::Greater => (None, Some(CompareOp::Greater)),
            Sign::GreaterEqual => (None, Some(CompareOp::GreaterEqual)),
            Sign::Less => (None, Some(CompareOp::Less)),
            Sign::LessEqual => (None, Some(CompareOp::LessEqual)),
            _ => return self.unexpected(""),
        };
        self.skip();
        self.filter_value(name, match_op, compare_op)
    }

    fn filter_value(
        &mut self,
        name: String,
        match_op: Option<MatchOp>,
        compare_op: Option<CompareOp>,
    ) -> Result<LabelFilter, ParseError> {
        let Some(op) = compare_op else {
            let op = match_op.unwrap_or(MatchOp::Regex);
            let value = self.text("STRING")?;
            return text_filter(name, op, value);
        };
        if let Some(match_op) = match_op {
            if let Token::Text(value) = self.peek() {
                let value = value.clone();
                self.skip();
                return text_filter(name, match_op, value);
            }
            if *self.peek() == Token::Function(Function::Ip) {
                let pattern = self.ip()?;
                let negated = match_op == MatchOp::NotEqual;
                return Ok(LabelFilter::Ip {
                    name,
                    negated,
                    pattern,
                });
            }
        }
        let negative = match self.peek() {
            Token::Sign(Sign::Minus) => Some(true),
            Token::Sign(Sign::Plus) => Some(false),
            _ => None,
        };
        if negative.is_some() {
            self.skip();
        }
        let minus = negative == Some(true);
        let filter = match *self.peek() {
            Token::Number(text) => {
                let value = numbers::filter_operand(text);
                let value = if minus { -value } else { value };
                LabelFilter::Number { name, op, value }
            }
            Token::Duration(value, text) if negative.is_none() => LabelFilter::Duration {
                name,
                op,
                value,
                text: text.to_owned(),
            },
            Token::Bytes(value, text) if negative.is_none() => LabelFilter::Bytes {
                name,
                op,
                value,
                text: text.to_owned(),
            },
            _ if negative.is_some() => return self.unexpected("NUMBER"),
            _ => return self.unexpected(""),
        };
        self.skip();
        Ok(filter)
    }

    /// Parses `ip("…")`.
    pub(super) fn ip(&mut self) -> Result<String, ParseError> {
        self.skip();
        self.expect(Sign::OpenParen, "(")?;
        let pattern = self.text("STRING")?;
        self.expect(Sign::CloseParen, ")")?;
        Ok(pattern)
    }
}

fn text_filter(name: String, op: MatchOp, value: String) -> Result<LabelFilter, ParseError> {
    let matcher = Matcher { name, op, value };
    check::matcher(&matcher)?;
    Ok(LabelFilter::Text(matcher))
}

fn too_long() -> ParseError {
    let longest = super::LONGEST;
    ParseError::not_here(format_args!("more than {longest} filters in a row"))
}
