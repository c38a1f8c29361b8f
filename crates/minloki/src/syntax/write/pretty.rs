//! Loki's layout of queries: what has more than 100 bytes is split over lines.
//!
//! It has a fault that is kept: a line filter that is split loses its alternatives.

use std::fmt::Write as _;

use super::log::is_negative;
use super::{Spelling, Writer};
use crate::syntax::ast::{
    Binary, Expr, Grouping, LineFilter, LineMatch, LineOp, LogExpr, MetricExpr, RangeAggregation,
    Stage, VectorAggregation,
};
use crate::syntax::numbers;
use crate::syntax::quote::quote;
use crate::syntax::units::range_text;

/// The longest text that stays in one line, in bytes.
const LONGEST: usize = 100;

/// Writes a query as `/loki/api/v1/format_query` answers it.
pub fn pretty(expr: &Expr) -> String {
    match expr {
        Expr::Log(log) => pretty_log(log, 0),
        Expr::Metric(metric) => pretty_metric(metric, 0),
    }
}

/// Writes in one line, in Loki's spelling.
fn line(write: impl FnOnce(&mut Writer)) -> String {
    Writer::text(Spelling::Loki, write)
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}

fn pretty_log(log: &LogExpr, level: usize) -> String {
    let text = line(|writer| writer.log_expr(log));
    if log.stages.is_empty() || text.len() <= LONGEST {
        return indent(level) + &text;
    }
    let mut out = indent(level) + &line(|writer| writer.selector(&log.selector));
    let level = level + 1;
    let mut filters: Vec<&LineFilter> = Vec::new();
    for stage in &log.stages {
        if let Stage::LineFilter(filter) = stage {
            filters.push(filter);
            continue;
        }
        push_filters(&mut out, &mut filters, level);
        out.push('\n');
        out.push_str(&indent(level));
        out.push_str(&line(|writer| writer.stage(stage)));
    }
    push_filters(&mut out, &mut filters, level);
    out
}

/// One of several line filters in a row, as Loki chains them: each alternative of a negative filter is a
/// filter of its own.
struct Link<'a> {
    op: LineOp,
    first: &'a LineMatch,
    others: &'a [LineMatch],
}

fn push_filters(out: &mut String, filters: &mut Vec<&LineFilter>, level: usize) {
    let mut links = Vec::new();
    for filter in filters.drain(..) {
        let op = filter.op;
        let Some((first, others)) = filter.alternatives.split_first() else {
            continue;
        };
        if !is_negative(op) {
            links.push(Link { op, first, others });
            continue;
        }
        links.extend(filter.alternatives.iter().map(|first| Link {
            op,
            first,
            others: &[],
        }));
    }
    // What comes first stays in one line as long as there is room, all else has lines of its own.
    let mut shared = String::new();
    let mut fits = true;
    for link in &links {
        let text = link.text();
        let separator = if shared.is_empty() { "" } else { " " };
        fits &= shared.len() + separator.len() + text.len() <= LONGEST;
        if fits {
            shared = shared + separator + &text;
            continue;
        }
        for text in [std::mem::take(&mut shared), link.alone()] {
            if !text.is_empty() {
                out.push('\n');
                out.push_str(&indent(level));
                out.push_str(&text);
            }
        }
    }
    if !shared.is_empty() {
        out.push('\n');
        out.push_str(&indent(level));
        out.push_str(&shared);
    }
}

impl Link<'_> {
    fn text(&self) -> String {
        let mut text = self.alone();
        for other in self.others {
            text.push_str(" or ");
            text.push_str(&line(|writer| writer.line_match(other)));
        }
        text
    }

    /// The text without alternatives.
    fn alone(&self) -> String {
        let first = line(|writer| writer.line_match(self.first));
        format!("{} {first}", self.op.text())
    }
}

fn pretty_metric(expr: &MetricExpr, level: usize) -> String {
    let text = line(|writer| writer.metric_expr(expr));
    let room = indent(level);
    if text.len() <= LONGEST {
        return room + &text;
    }
    match expr {
        MetricExpr::Number(_) | MetricExpr::ConstantVector(_) => room + &text,
        MetricExpr::Range(range) => pretty_range(range, level),
        MetricExpr::Vector(vector) => pretty_vector(vector, level),
        MetricExpr::Binary(binary) => {
            let left = pretty_metric(&binary.left, level + 1);
            let right = pretty_metric(&binary.right, level + 1);
            format!("{left}\n{room}{}\n{right}", operator(binary))
        }
        MetricExpr::LabelReplace(replace) => {
            let mut out = format!("{room}label_replace(\n");
            out.push_str(&pretty_metric(&replace.inner, level + 1));
            for argument in replace.arguments() {
                out.push_str(",\n");
                out.push_str(&indent(level + 1));
                out.push_str(&quote(argument));
            }
            format!("{out}\n{room})")
        }
    }
}

/// Writes an operator with its modifiers; those without labels are lost.
fn operator(binary: &Binary) -> String {
    let mut out = binary.op.text().to_owned();
    if binary.return_bool {
        out.push_str(" bool");
    }
    let Some(matching) = binary.matching.as_ref().filter(|m| !m.labels.is_empty()) else {
        return out;
    };
    let word = if matching.without { "ignoring" } else { "on" };
    let labels = matching.labels.join(",");
    let _ = write!(out, " {word} ({labels}) ");
    if let Some(group) = &binary.group {
        out.push_str(if group.right {
            "group_right"
        } else {
            "group_left"
        });
        if !group.include.is_empty() {
            let _ = write!(out, " ({})", group.include.join(","));
        }
    }
    out
}

fn grouping(grouping: &Grouping) -> String {
    let word = if grouping.without { "without" } else { "by" };
    format!(" {word} ({})", grouping.labels.join(", "))
}

fn pretty_range(range: &RangeAggregation, level: usize) -> String {
    let (room, deeper) = (indent(level), indent(level + 1));
    let mut out = format!("{room}{}(\n", range.op.text());
    if let Some(parameter) = range.parameter {
        let _ = writeln!(out, "{deeper}{},", numbers::short(parameter));
    }
    out.push_str(&pretty_log(&range.lines, level + 1));
    if let Some(unwrap) = &range.unwrap {
        let deepest = indent(level + 2);
        let _ = write!(out, "\n{deepest}{}", line(|writer| writer.unwrap(unwrap)));
        for filter in &unwrap.filters {
            let filter = line(|writer| writer.label_filter(filter));
            let _ = write!(out, "\n{deepest}| {filter}");
        }
    }
    let _ = write!(out, " [{}]", range_text(range.range_ns));
    if range.offset_ns != 0 {
        let sign = if range.offset_ns < 0 { "-" } else { "" };
        let offset = range_text(range.offset_ns.saturating_abs());
        let _ = write!(out, " offset {sign}{offset}");
    }
    let _ = write!(out, "\n{room})");
    match &range.grouping {
        Some(labels) if !labels.labels.is_empty() => out.push_str(&grouping(labels)),
        Some(labels) if labels.without => out.push_str(" without"),
        _ => {}
    }
    out
}

fn pretty_vector(vector: &VectorAggregation, level: usize) -> String {
    let (room, deeper) = (indent(level), indent(level + 1));
    let mut out = format!("{room}{}", vector.op.text());
    match &vector.grouping {
        Some(labels) if !labels.labels.is_empty() => out.push_str(&grouping(labels)),
        Some(labels) if labels.without => out.push_str(" without"),
        _ => {}
    }
    out.push_str("(\n");
    if let Some(parameter) = vector.parameter {
        let _ = writeln!(out, "{deeper}{parameter},");
    }
    out.push_str(&pretty_metric(&vector.inner, level + 1));
    format!("{out}\n{room})")
}
