//! Aggregations over a range and over series, and `label_replace`.

use super::Parser;
use crate::syntax::ast::{
    Expr, Grouping, LabelReplace, MetricExpr, RangeAggregation, RangeOp, VectorAggregation,
    VectorOp,
};
use crate::syntax::check;
use crate::syntax::error::ParseError;
use crate::syntax::numbers;
use crate::syntax::token::{Sign, Token, Word};

impl Parser<'_> {
    pub(super) fn range_aggregation(
        &mut self,
        op: RangeOp,
    ) -> Result<RangeAggregation, ParseError> {
        let earlier = self.earlier();
        self.skip();
        self.expect(Sign::OpenParen, "(")?;
        let mut parameter = None;
        let mut written = None;
        let lines = if let &Token::Number(text) = self.peek() {
            self.skip();
            self.expect(Sign::Comma, ",")?;
            written = Some(text);
            let number = numbers::literal(text);
            parameter = Some(number.as_ref().map_or(f64::NAN, |number| *number));
            let error = number.map(|_| ()).map_err(|problem| {
                let op = op.text();
                ParseError::semantic(format!("invalid parameter for operation {op}: {problem}"))
            });
            self.defer(earlier, error);
            self.lines("{ or (")?
        } else {
            self.lines("NUMBER or { or (")?
        };
        self.expect(Sign::CloseParen, ")")?;
        let aggregation = RangeAggregation {
            op,
            parameter,
            lines: lines.log,
            unwrap: lines.unwrap,
            range_ns: lines.range_ns,
            offset_ns: lines.offset_ns,
            grouping: self.grouping()?,
        };
        if parameter.is_none_or(|number| !number.is_nan()) {
            self.defer(earlier, check::range_aggregation(&aggregation, written));
        }
        Ok(aggregation)
    }

    /// Parses `by (…)` or `without (…)`, if it follows.
    fn grouping(&mut self) -> Result<Option<Grouping>, ParseError> {
        let without = match self.peek() {
            Token::Word(Word::By) => false,
            Token::Word(Word::Without) => true,
            _ => return Ok(None),
        };
        self.skip();
        let labels = self.label_list()?;
        Ok(Some(Grouping { without, labels }))
    }

    pub(super) fn vector_aggregation(
        &mut self,
        op: VectorOp,
    ) -> Result<VectorAggregation, ParseError> {
        let earlier = self.earlier();
        self.skip();
        let mut grouping = self.grouping()?;
        self.expect(Sign::OpenParen, "(")?;
        let mut written = None;
        if let &Token::Number(text) = self.peek()
            && *self.ahead(1) == Token::Sign(Sign::Comma)
        {
            written = Some(text);
            self.next += 2;
        }
        let inner = self.metric_argument()?;
        self.expect(Sign::CloseParen, "")?;
        if grouping.is_none() {
            grouping = self.grouping()?;
        }
        let parameter = match check::vector_parameter(op, written, grouping.as_ref()) {
            Ok(parameter) => parameter,
            Err(error) => {
                self.defer(earlier, Err(error));
                None
            }
        };
        Ok(VectorAggregation {
            op,
            parameter,
            grouping,
            inner: Box::new(inner),
        })
    }

    /// Parses an argument that must be numbers.
    fn metric_argument(&mut self) -> Result<MetricExpr, ParseError> {
        match self.expr(0)? {
            Expr::Metric(inner) => Ok(inner),
            Expr::Log(_) => self.unexpected(""),
        }
    }

    pub(super) fn label_replace(&mut self) -> Result<MetricExpr, ParseError> {
        let earlier = self.earlier();
        self.skip();
        self.expect(Sign::OpenParen, "(")?;
        let inner = self.metric_argument()?;
        let mut argument = |first: bool| {
            self.expect(Sign::Comma, if first { "" } else { "," })?;
            self.text("STRING")
        };
        let (to, replacement) = (argument(true)?, argument(false)?);
        let (from, regex) = (argument(false)?, argument(false)?);
        self.expect(Sign::CloseParen, ")")?;
        self.defer(earlier, check::label_replace(&regex));
        Ok(MetricExpr::LabelReplace(Box::new(LabelReplace {
            inner,
            to,
            replacement,
            from,
            regex,
        })))
    }
}
