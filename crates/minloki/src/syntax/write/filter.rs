//! Label filters.
//!
//! Exactly spelled, they have parentheses where they need them: `or` binds less tightly than `and`, both to
//! the left; a comma takes all that follows. Long chains would be nested deeper than the parser goes
//! otherwise. Loki has parentheses around everything.

use re2::Shape;

use super::Writer;
use crate::syntax::ast::{CompareOp, LabelFilter, MatchOp, Matcher};
use crate::syntax::numbers;
use crate::syntax::quote::quote;
use crate::syntax::regex_error;
use crate::syntax::units::{bytes_text, duration_text};

/// How tightly what stands around a filter binds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Operand,
}

impl Writer {
    pub(super) fn label_filter(&mut self, filter: &LabelFilter) {
        self.bound_filter(filter, Binding::Or, true);
    }

    /// Writes a filter; `is_last` says whether nothing of the expression around it follows.
    fn bound_filter(&mut self, filter: &LabelFilter, around: Binding, is_last: bool) {
        match filter {
            LabelFilter::And(left, right) if !self.is_exact() => self.both(left, " , ", right),
            LabelFilter::Or(left, right) if !self.is_exact() => self.both(left, " or ", right),
            LabelFilter::And(left, right) if is_last && !is_operand(right) => {
                self.bound_filter(left, Binding::Operand, false);
                self.push(" , ");
                self.label_filter(right);
            }
            LabelFilter::And(left, right) => self.bound(around > Binding::And, |writer, parens| {
                writer.bound_filter(left, Binding::And, false);
                writer.push(" and ");
                writer.bound_filter(right, Binding::Operand, is_last || parens);
            }),
            LabelFilter::Or(left, right) => self.bound(around > Binding::Or, |writer, parens| {
                writer.bound_filter(left, Binding::Or, false);
                writer.push(" or ");
                writer.bound_filter(right, Binding::And, is_last || parens);
            }),
            operand => self.filter_operand(operand),
        }
    }

    /// Writes within parentheses where they are needed.
    fn bound(&mut self, parens: bool, write: impl FnOnce(&mut Self, bool)) {
        self.push(if parens { "(" } else { "" });
        write(self, parens);
        self.push(if parens { ")" } else { "" });
    }

    fn both(&mut self, left: &LabelFilter, operator: &str, right: &LabelFilter) {
        self.push("( ");
        self.label_filter(left);
        self.push(operator);
        self.label_filter(right);
        self.push(" )");
    }

    fn filter_operand(&mut self, filter: &LabelFilter) {
        match filter {
            LabelFilter::And(..) | LabelFilter::Or(..) => {}
            LabelFilter::Text(matcher) => self.text_filter(matcher),
            LabelFilter::Number { name, op, value } => {
                let number = match (value.is_infinite(), self.is_exact()) {
                    (true, true) if *value < 0.0 => "-1e999".to_owned(),
                    (true, true) => "1e999".to_owned(),
                    _ => numbers::plain(*value),
                };
                self.comparison(name, *op, &number);
            }
            LabelFilter::Duration {
                name,
                op,
                value,
                text,
            } => {
                let exact = self.is_exact().then(|| text.clone());
                self.comparison(name, *op, &exact.unwrap_or_else(|| duration_text(*value)));
            }
            LabelFilter::Bytes {
                name,
                op,
                value,
                text,
            } => {
                let exact = self.is_exact().then(|| text.clone());
                self.comparison(name, *op, &exact.unwrap_or_else(|| bytes_text(*value)));
            }
            LabelFilter::Ip {
                name,
                negated,
                pattern,
            } => {
                let op = if *negated { "!=" } else { "=" };
                self.name(name);
                self.push(&format!("{op}ip({})", quote(pattern)));
            }
        }
    }

    /// Loki prints the expressions of `=~` that it runs as expressions as they are, between backticks, but for
    /// those with a backtick in them.
    fn text_filter(&mut self, matcher: &Matcher) {
        let is_quoted = is_search(&matcher.value) || matcher.value.contains('`');
        if self.is_exact() || matcher.op != MatchOp::Regex || is_quoted {
            return self.matcher(matcher);
        }
        let Matcher { name, op, value } = matcher;
        self.push(&format!("{name}{}`{value}`", op.text()));
    }

    fn comparison(&mut self, name: &str, op: CompareOp, value: &str) {
        self.name(name);
        self.push(op.text());
        self.push(value);
    }
}

fn is_operand(filter: &LabelFilter) -> bool {
    !matches!(filter, LabelFilter::And(..) | LabelFilter::Or(..))
}

/// Says whether Loki turns an expression into searches for texts.
fn is_search(expression: &str) -> bool {
    regex_error::compile(expression).is_ok_and(|regex| is_searched(regex.shape()))
}

fn is_searched(shape: &Shape) -> bool {
    match shape {
        Shape::Empty | Shape::Literal { .. } | Shape::AnyStar | Shape::AnyPlus => true,
        Shape::Capture(inner) => is_searched(inner),
        Shape::Alternate(parts) => parts.iter().all(is_searched),
        Shape::Concat(parts) => is_one_text(parts),
        Shape::Dot | Shape::Class | Shape::Other => false,
    }
}

/// Says whether parts are one text with anything around it, or with alternatives behind it.
fn is_one_text(parts: &[Shape]) -> bool {
    let (mut literals, mut alternatives) = (0, 0);
    for part in parts {
        let mut part = part;
        while let Shape::Capture(inner) = part {
            part = inner;
        }
        match part {
            Shape::Literal { .. } => literals += 1,
            Shape::Alternate(parts) if literals == 1 && parts.iter().all(is_searched) => {
                alternatives += 1;
            }
            Shape::Empty | Shape::AnyStar => {}
            _ => return false,
        }
    }
    literals == 1 && alternatives <= 1
}
