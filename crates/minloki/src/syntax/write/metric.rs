//! Queries for numbers.

use super::Writer;
use crate::syntax::ast::{
    Binary, BinaryOp, Grouping, LabelReplace, MetricExpr, RangeAggregation, Unwrap,
    VectorAggregation,
};
use crate::syntax::numbers;
use crate::syntax::quote::quote;
use crate::syntax::units::{duration_text, range_text};

impl Writer {
    pub(super) fn metric_expr(&mut self, expr: &MetricExpr) {
        self.bound_expr(expr, 0);
    }

    /// Writes an expression, in parentheses if it binds less tightly than `least`.
    fn bound_expr(&mut self, expr: &MetricExpr, least: u8) {
        match expr {
            MetricExpr::Range(range) => self.range_aggregation(range),
            MetricExpr::Vector(vector) => self.vector_aggregation(vector),
            MetricExpr::Binary(binary) => self.binary(binary, least),
            MetricExpr::Number(number) => self.number(*number),
            MetricExpr::ConstantVector(number) => {
                let number = if self.is_exact() {
                    numbers::plain(*number)
                } else {
                    format!("{number:.6}")
                };
                self.push(&format!("vector({number})"));
            }
            MetricExpr::LabelReplace(replace) => self.label_replace(replace),
        }
    }

    /// Writes a number. LogQL cannot spell infinities and NaN: read again, they are worked out.
    fn number(&mut self, number: f64) {
        let text = match number {
            n if n.is_nan() && self.is_exact() => "(0 / 0)".to_owned(),
            n if n.is_infinite() && self.is_exact() => {
                let sign = if n < 0.0 { "-" } else { "" };
                format!("({sign}1e300 * 1e300)")
            }
            n => numbers::short(n),
        };
        self.push(&text);
    }

    fn range_aggregation(&mut self, range: &RangeAggregation) {
        self.push(range.op.text());
        self.push("(");
        if let Some(parameter) = range.parameter {
            self.push(&numbers::short(parameter));
            self.push(",");
        }
        self.log_expr(&range.lines);
        if let Some(unwrap) = &range.unwrap {
            self.push(" ");
            self.unwrap(unwrap);
            for filter in &unwrap.filters {
                self.push(" | ");
                self.label_filter(filter);
            }
        }
        self.push(&format!("[{}]", range_text(range.range_ns)));
        if range.offset_ns != 0 {
            self.push(&format!(" offset {}", duration_text(range.offset_ns)));
        }
        self.push(")");
        if let Some(grouping) = &range.grouping {
            self.push(" ");
            self.grouping(grouping, ",");
        }
    }

    /// Writes `| unwrap …` without the filters behind it.
    pub(super) fn unwrap(&mut self, unwrap: &Unwrap) {
        let label = &unwrap.label;
        match unwrap.conversion {
            None => self.push(&format!("| unwrap {label}")),
            Some(conversion) => self.push(&format!("| unwrap {}({label})", conversion.text())),
        }
    }

    pub(super) fn grouping(&mut self, grouping: &Grouping, separator: &str) {
        let word = if grouping.without { "without" } else { "by" };
        self.push(&format!("{word} ({})", grouping.labels.join(separator)));
    }

    fn vector_aggregation(&mut self, vector: &VectorAggregation) {
        self.push(vector.op.text());
        if let Some(grouping) = &vector.grouping {
            // `by ()` groups as nothing does.
            if self.is_exact() || grouping.without || !grouping.labels.is_empty() {
                self.push(" ");
                self.grouping(grouping, ",");
            }
        }
        self.push("(");
        if let Some(parameter) = vector.parameter {
            self.push(&format!("{parameter},"));
        }
        self.metric_expr(&vector.inner);
        self.push(")");
    }

    fn binary(&mut self, binary: &Binary, least: u8) {
        let precedence = binary.op.precedence();
        // Loki has parentheses around every operation.
        let parens = !self.is_exact() || precedence < least;
        let (left, right) = match (self.is_exact(), binary.op) {
            (false, _) => (0, 0),
            (true, BinaryOp::Pow) => (precedence + 1, precedence),
            (true, _) => (precedence, precedence + 1),
        };
        self.push(if parens { "(" } else { "" });
        self.bound_expr(&binary.left, left);
        self.push(" ");
        self.operator(binary);
        self.push(" ");
        self.bound_expr(&binary.right, right);
        self.push(if parens { ")" } else { "" });
    }

    /// Writes the operator with its modifiers.
    fn operator(&mut self, binary: &Binary) {
        self.push(binary.op.text());
        if binary.return_bool {
            self.push(" bool");
        }
        let Some(matching) = &binary.matching else {
            return;
        };
        let exact = self.is_exact();
        if exact || !matching.without || !matching.labels.is_empty() {
            let word = if matching.without { "ignoring" } else { "on" };
            self.push(&format!(" {word} ({})", matching.labels.join(",")));
            // Loki leaves room for a group, whether there is one or not.
            self.push(if exact || binary.group.is_some() {
                ""
            } else {
                " "
            });
        }
        let lost = !exact && matching.without && matching.labels.is_empty();
        if let Some(group) = binary.group.as_ref().filter(|_| !lost) {
            self.push(if group.right {
                " group_right"
            } else {
                " group_left"
            });
            if exact || !group.include.is_empty() {
                self.push(&format!(" ({})", group.include.join(",")));
            }
        }
    }

    fn label_replace(&mut self, replace: &LabelReplace) {
        self.push("label_replace(");
        self.metric_expr(&replace.inner);
        for argument in replace.arguments() {
            self.push(",");
            self.push(&quote(argument));
        }
        self.push(")");
    }
}

impl LabelReplace {
    /// The texts, in the order in which they are written.
    pub(super) fn arguments(&self) -> [&String; 4] {
        [&self.to, &self.replacement, &self.from, &self.regex]
    }
}
