//! Selectors and the stages of a pipeline.

use super::Parser;
use crate::syntax::ast::{
    Extraction, LabelFormat, LineFilter, LineMatch, LineOp, LogExpr, MatchOp, Matcher,
    NameOrMatcher, Stage,
};
use crate::syntax::check;
use crate::syntax::error::ParseError;
use crate::syntax::token::{Function, Sign, Token, Word};

impl Parser<'_> {
    /// Parses a selector and its pipeline.
    pub(super) fn log_expr(&mut self) -> Result<LogExpr, ParseError> {
        let selector = self.selector()?;
        let mut stages = Vec::new();
        self.stages(&mut stages)?;
        if *self.peek() == Token::Sign(Sign::Pipe) {
            self.skip();
            return self.unexpected("");
        }
        Ok(LogExpr { selector, stages })
    }

    /// Parses `{name="value", …}`.
    pub(super) fn selector(&mut self) -> Result<Vec<Matcher>, ParseError> {
        self.expect(Sign::OpenBrace, "")?;
        let mut matchers = Vec::new();
        if self.eat(Sign::CloseBrace) {
            return Ok(matchers);
        }
        let mut expected = "IDENTIFIER or }";
        loop {
            let name = self.name(expected)?;
            let Some(op) = self.match_op() else {
                return self.unexpected("= or =~ or !~ or !=");
            };
            self.skip();
            let value = self.text("STRING")?;
            let matcher = Matcher { name, op, value };
            check::matcher(&matcher)?;
            matchers.push(matcher);
            if self.eat(Sign::CloseBrace) {
                return Ok(matchers);
            }
            self.expect(Sign::Comma, "} or ,")?;
            expected = "IDENTIFIER";
        }
    }

    fn match_op(&self) -> Option<MatchOp> {
        match self.peek() {
            Token::Sign(Sign::Equal) => Some(MatchOp::Equal),
            Token::Sign(Sign::NotEqual) => Some(MatchOp::NotEqual),
            Token::Sign(Sign::EqualTilde) => Some(MatchOp::Regex),
            Token::Sign(Sign::NotTilde) => Some(MatchOp::NotRegex),
            _ => None,
        }
    }

    /// Parses stages up to what is none. It stops before `| unwrap`, and before a pipe that no stage
    /// follows.
    pub(super) fn stages(&mut self, stages: &mut Vec<Stage>) -> Result<(), ParseError> {
        loop {
            if let Some(op) = self.line_op() {
                self.skip();
                stages.push(Stage::LineFilter(self.line_filter(op)?));
            } else if *self.peek() == Token::Sign(Sign::Pipe) {
                let Some(stage) = self.stage()? else {
                    return Ok(());
                };
                stages.push(stage);
            } else {
                return Ok(());
            }
        }
    }

    fn line_op(&self) -> Option<LineOp> {
        match self.peek() {
            Token::Sign(Sign::PipeEqual) => Some(LineOp::Contains),
            Token::Sign(Sign::PipeTilde) => Some(LineOp::Regex),
            Token::Sign(Sign::PipeGreater) => Some(LineOp::Pattern),
            Token::Sign(Sign::NotEqual) => Some(LineOp::NotContains),
            Token::Sign(Sign::NotTilde) => Some(LineOp::NotRegex),
            Token::Sign(Sign::NotGreater) => Some(LineOp::NotPattern),
            _ => None,
        }
    }

    fn line_filter(&mut self, op: LineOp) -> Result<LineFilter, ParseError> {
        let mut alternatives = vec![self.line_match()?];
        while self.eat_word(Word::Or) {
            alternatives.push(self.line_match()?);
        }
        Ok(LineFilter { op, alternatives })
    }

    fn line_match(&mut self) -> Result<LineMatch, ParseError> {
        if *self.peek() == Token::Function(Function::Ip) {
            return self.ip().map(LineMatch::Ip);
        }
        self.text("STRING or ip").map(LineMatch::Text)
    }

    /// Parses a stage from its pipe on; nothing is taken if none follows.
    fn stage(&mut self) -> Result<Option<Stage>, ParseError> {
        let word = match *self.ahead(1) {
            Token::Name(_) | Token::Sign(Sign::OpenParen) => {
                self.skip();
                return self
                    .label_filter("")
                    .map(|filter| Some(Stage::LabelFilter(filter)));
            }
            Token::Word(word) => word,
            _ => return Ok(None),
        };
        let from = self.next;
        self.next += 2;
        let stage = match word {
            Word::Json => Stage::Json(self.extractions()?),
            Word::Logfmt => self.logfmt()?,
            Word::Regexp => {
                let regexp = self.text("STRING")?;
                check::regexp(&regexp)?;
                Stage::Regexp(regexp)
            }
            Word::Pattern => {
                let pattern = self.text("STRING")?;
                check::pattern(&pattern)?;
                Stage::Pattern(pattern)
            }
            Word::Unpack => Stage::Unpack,
            Word::LineFormat => Stage::LineFormat(self.text("STRING")?),
            Word::LabelFormat => Stage::LabelFormat(self.label_formats()?),
            Word::Decolorize => Stage::Decolorize,
            Word::Drop => Stage::Drop(self.names_or_matchers()?),
            Word::Keep => Stage::Keep(self.names_or_matchers()?),
            _ => {
                self.next = from;
                return Ok(None);
            }
        };
        Ok(Some(stage))
    }

    fn logfmt(&mut self) -> Result<Stage, ParseError> {
        let (mut strict, mut keep_empty) = (false, false);
        loop {
            match self.peek() {
                Token::Strict => strict = true,
                Token::KeepEmpty => keep_empty = true,
                _ => break,
            }
            self.skip();
        }
        Ok(Stage::Logfmt {
            strict,
            keep_empty,
            extractions: self.extractions()?,
        })
    }

    /// Parses `name="path", name, …`, or nothing.
    fn extractions(&mut self) -> Result<Vec<Extraction>, ParseError> {
        let mut extractions = Vec::new();
        if !matches!(self.peek(), Token::Name(_)) {
            return Ok(extractions);
        }
        loop {
            let name = self.name("IDENTIFIER")?;
            let expression = if self.eat(Sign::Equal) {
                self.text("STRING")?
            } else {
                name.clone()
            };
            extractions.push(Extraction { name, expression });
            if !self.eat(Sign::Comma) {
                return Ok(extractions);
            }
        }
    }

    fn label_formats(&mut self) -> Result<Vec<LabelFormat>, ParseError> {
        let mut formats = Vec::new();
        loop {
            let to = self.name("IDENTIFIER")?;
            self.expect(Sign::Equal, "=")?;
            formats.push(match self.peek() {
                Token::Text(_) => LabelFormat::Template {
                    to,
                    template: self.text("STRING")?,
                },
                _ => LabelFormat::Rename {
                    to,
                    from: self.name("IDENTIFIER or STRING")?,
                },
            });
            if !self.eat(Sign::Comma) {
                return Ok(formats);
            }
        }
    }

    fn names_or_matchers(&mut self) -> Result<Vec<NameOrMatcher>, ParseError> {
        let mut list = Vec::new();
        loop {
            let name = self.name("IDENTIFIER")?;
            list.push(match self.match_op() {
                None => NameOrMatcher::Name(name),
                Some(op) => {
                    self.skip();
                    let value = self.text("STRING")?;
                    let matcher = Matcher { name, op, value };
                    check::matcher(&matcher)?;
                    NameOrMatcher::Matcher(matcher)
                }
            });
            if !self.eat(Sign::Comma) {
                return Ok(list);
            }
        }
    }
}
