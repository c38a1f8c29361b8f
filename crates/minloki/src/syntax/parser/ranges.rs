//! Lines over a range: `{…} | … | unwrap … [5m] offset 1m`, in all the orders that Loki takes.

use super::Parser;
use crate::syntax::ast::{LogExpr, Stage, Unwrap};
use crate::syntax::error::ParseError;
use crate::syntax::token::{Function, Sign, Token, Word};

/// What `rate(…)` and its like aggregate.
pub(super) struct RangedLines {
    pub(super) log: LogExpr,
    pub(super) unwrap: Option<Unwrap>,
    pub(super) range_ns: i64,
    pub(super) offset_ns: i64,
}

/// Lines whose range may follow.
struct Open {
    log: LogExpr,
    unwrap: Option<Unwrap>,
    range: Option<(i64, i64)>,
}

impl Parser<'_> {
    /// Parses lines and their range. `expected` is for the first token.
    pub(super) fn lines(&mut self, expected: &str) -> Result<RangedLines, ParseError> {
        if !self.eat(Sign::OpenParen) {
            let open = self.open_lines(expected)?;
            let (range_ns, offset_ns) = match open.range {
                Some(range) => range,
                None if open.unwrap.is_some() => self.range("RANGE or |")?,
                None => self.range("")?,
            };
            return Ok(open.close(range_ns, offset_ns));
        }
        if *self.peek() == Token::Sign(Sign::OpenParen) {
            let lines = self.nested(|parser| parser.lines("{ or ("))?;
            self.expect(Sign::CloseParen, ")")?;
            return Ok(lines);
        }
        let open = self.open_lines("{ or (")?;
        if let Some((range_ns, offset_ns)) = open.range {
            self.expect(Sign::CloseParen, ")")?;
            return Ok(open.close(range_ns, offset_ns));
        }
        let expected = if open.unwrap.is_some() {
            "RANGE or ) or |"
        } else {
            ""
        };
        self.expect(Sign::CloseParen, expected)?;
        let (range_ns, offset_ns) = self.range("RANGE")?;
        let mut open = open;
        if open.unwrap.is_none() && self.eat(Sign::Pipe) {
            if *self.peek() != Token::Word(Word::Unwrap) {
                return self.unexpected("unwrap");
            }
            open.unwrap = Some(self.unwrap()?);
        }
        Ok(open.close(range_ns, offset_ns))
    }

    /// Parses from the selector on: `[5m] | …` or `| … [5m]`, or without a range.
    fn open_lines(&mut self, expected: &str) -> Result<Open, ParseError> {
        if *self.peek() != Token::Sign(Sign::OpenBrace) {
            return self.unexpected(expected);
        }
        let selector = self.selector()?;
        let mut range = None;
        if matches!(self.peek(), Token::Range(_)) {
            range = Some(self.range("RANGE")?);
        }
        let mut stages: Vec<Stage> = Vec::new();
        self.stages(&mut stages)?;
        let mut unwrap = None;
        if *self.peek() == Token::Sign(Sign::Pipe) {
            self.skip();
            if *self.peek() != Token::Word(Word::Unwrap) {
                return self.unexpected("");
            }
            unwrap = Some(self.unwrap()?);
        }
        if range.is_none() && matches!(self.peek(), Token::Range(_)) {
            range = Some(self.range("RANGE")?);
        }
        let log = LogExpr { selector, stages };
        Ok(Open { log, unwrap, range })
    }

    /// Parses `[5m] offset 1m`, in nanoseconds.
    fn range(&mut self, expected: &str) -> Result<(i64, i64), ParseError> {
        let &Token::Range(range_ns) = self.peek() else {
            return self.unexpected(expected);
        };
        self.skip();
        if !self.eat_word(Word::Offset) {
            return Ok((range_ns, 0));
        }
        let &Token::Duration(ns, _) = self.peek() else {
            return self.unexpected("DURATION");
        };
        self.skip();
        Ok((range_ns, ns))
    }

    /// Parses from the word `unwrap` on, with the filters behind it.
    fn unwrap(&mut self) -> Result<Unwrap, ParseError> {
        self.skip();
        let mut conversion = None;
        let label = if let &Token::Function(Function::Convert(found)) = self.peek() {
            conversion = Some(found);
            self.skip();
            self.expect(Sign::OpenParen, "(")?;
            let label = self.name("IDENTIFIER")?;
            self.expect(Sign::CloseParen, ")")?;
            label
        } else {
            self.name("IDENTIFIER or BYTES_CONV or DURATION_CONV or DURATION_SECONDS_CONV")?
        };
        let mut filters = Vec::new();
        while self.eat(Sign::Pipe) {
            filters.push(self.label_filter("IDENTIFIER or (")?);
        }
        Ok(Unwrap {
            label,
            conversion,
            filters,
        })
    }
}

impl Open {
    fn close(self, range_ns: i64, offset_ns: i64) -> RangedLines {
        RangedLines {
            log: self.log,
            unwrap: self.unwrap,
            range_ns,
            offset_ns,
        }
    }
}
