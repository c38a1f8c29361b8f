//! What is well-formed and yet wrong, in Loki's words.

use re2::Re2;

use super::ast::{
    BinaryOp, Expr, Grouping, MatchOp, Matcher, MetricExpr, RangeAggregation, RangeOp, VectorOp,
};
use super::error::ParseError;
use super::regex_error;

/// Checks what can only be checked at the end: every selector must choose streams.
pub(super) fn expr(expr: &Expr) -> Result<(), ParseError> {
    match expr {
        Expr::Log(lines) => selector(&lines.selector),
        Expr::Metric(metric) => metric_expr(metric),
    }
}

fn metric_expr(expr: &MetricExpr) -> Result<(), ParseError> {
    match expr {
        MetricExpr::Range(range) => selector(&range.lines.selector),
        MetricExpr::Vector(vector) => metric_expr(&vector.inner),
        MetricExpr::Binary(binary) => {
            metric_expr(&binary.left)?;
            metric_expr(&binary.right)
        }
        MetricExpr::LabelReplace(replace) => metric_expr(&replace.inner),
        MetricExpr::Number(_) | MetricExpr::ConstantVector(_) => Ok(()),
    }
}

/// Said of a selector that demands nothing.
pub(crate) const NO_VALUE: &str = "queries require at least one regexp or equality matcher that does not have \
    an empty-compatible value. For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will";

/// Checks that a matcher demands a value.
pub(super) fn selector(matchers: &[Matcher]) -> Result<(), ParseError> {
    if matchers.iter().any(demands_a_value) {
        return Ok(());
    }
    Err(ParseError::semantic(NO_VALUE))
}

fn demands_a_value(matcher: &Matcher) -> bool {
    let matches_empty = || Re2::new(&matcher.value).is_ok_and(|regex| regex.matches(""));
    match matcher.op {
        MatchOp::Equal => !matcher.value.is_empty(),
        MatchOp::NotEqual | MatchOp::NotRegex => false,
        MatchOp::Regex => !matches_empty(),
    }
}

/// Checks the expression of a matcher.
pub(super) fn matcher(matcher: &Matcher) -> Result<(), ParseError> {
    match matcher.op {
        MatchOp::Regex | MatchOp::NotRegex => {
            regex_error::check(&matcher.value).map_err(ParseError::semantic)
        }
        MatchOp::Equal | MatchOp::NotEqual => Ok(()),
    }
}

/// Checks the expression of `| regexp`: its named groups become labels.
pub(super) fn regexp(expression: &str) -> Result<(), ParseError> {
    let problem = |what: String| ParseError::semantic(format!("invalid regexp parser: {what}"));
    let regex = regex_error::compile(expression).map_err(problem)?;
    let names = regex.names().iter().filter(|name| !name.is_empty());
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() {
        let what = "at least one named capture must be supplied";
        return Err(problem(what.to_owned()));
    }
    match first_repeated(&names) {
        Some(name) => Err(problem(format!("duplicate extracted label name '{name}'"))),
        None => Ok(()),
    }
}

fn first_repeated<'n>(names: &[&'n str]) -> Option<&'n str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().copied().find(|name| !seen.insert(*name))
}

/// Checks the expression of `| pattern`: it has captures, with text between them.
pub(super) fn pattern(expression: &str) -> Result<(), ParseError> {
    let problem = |what: String| ParseError::semantic(format!("invalid pattern parser: {what}"));
    let pieces = pattern_pieces(expression);
    let mut names = Vec::new();
    let mut last: Option<&str> = None;
    for piece in pieces {
        if let (Some(last), Some(capture)) = (last, piece) {
            return Err(problem(format!(
                "found consecutive capture '<{last}><{capture}>': invalid expression"
            )));
        }
        last = piece;
        names.extend(piece.filter(|name| *name != "_"));
    }
    if names.is_empty() {
        return Err(problem("at least one capture is required".to_owned()));
    }
    match first_repeated(&names) {
        Some(name) => Err(problem(format!(
            "duplicate capture name ({name}): invalid expression"
        ))),
        None => Ok(()),
    }
}

/// Cuts a pattern into captures (`Some` of the name) and pieces of text (`None`).
fn pattern_pieces(expression: &str) -> Vec<Option<&str>> {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let mut pieces = Vec::new();
    let mut rest = expression;
    while !rest.is_empty() {
        let capture = rest.strip_prefix('<').and_then(|inside| {
            let (name, behind) =
                super::units::split_while(inside, |c| is_start(c) || c.is_ascii_digit());
            let behind = behind.strip_prefix('>')?;
            name.starts_with(is_start).then_some((name, behind))
        });
        if let Some((name, behind)) = capture {
            pieces.push(Some(name));
            rest = behind;
            continue;
        }
        if pieces.last() != Some(&None) {
            pieces.push(None);
        }
        let mut chars = rest.chars();
        chars.next();
        rest = chars.as_str();
    }
    pieces
}

/// Checks the expression of `label_replace`, which is anchored.
pub(super) fn label_replace(expression: &str) -> Result<(), ParseError> {
    let anchored = format!("^(?:{expression})$");
    regex_error::check(&anchored).map_err(|problem| {
        ParseError::semantic(format!("invalid regex in label_replace: {problem}"))
    })
}

/// Checks what an aggregation over a range takes; `parameter` as written.
pub(super) fn range_aggregation(
    aggregation: &RangeAggregation,
    parameter: Option<&str>,
) -> Result<(), ParseError> {
    use RangeOp as Op;
    let op = aggregation.op;
    let text = op.text();
    let fail = |what: String| Err(ParseError::semantic(what));
    match parameter {
        Some(number) if op != Op::QuantileOverTime => {
            return fail(format!(
                "parameter {number} not supported for operation {text}"
            ));
        }
        None if op == Op::QuantileOverTime => {
            return fail(format!("parameter required for operation {text}"));
        }
        _ => {}
    }
    let may_group = matches!(
        op,
        Op::AvgOverTime
            | Op::MinOverTime
            | Op::MaxOverTime
            | Op::FirstOverTime
            | Op::LastOverTime
            | Op::StdvarOverTime
            | Op::StddevOverTime
            | Op::QuantileOverTime
    );
    if aggregation.grouping.is_some() && !may_group {
        return fail(format!("grouping not allowed for {text} aggregation"));
    }
    let unwrapped = aggregation.unwrap.is_some();
    match op {
        Op::Rate | Op::AbsentOverTime => Ok(()),
        Op::CountOverTime | Op::BytesRate | Op::BytesOverTime if unwrapped => {
            fail(format!("invalid aggregation {text} with unwrap"))
        }
        Op::CountOverTime | Op::BytesRate | Op::BytesOverTime => Ok(()),
        _ if !unwrapped => fail(format!("invalid aggregation {text} without unwrap")),
        _ => Ok(()),
    }
}

/// Reads the parameter of an aggregation over series, and checks its grouping.
pub(super) fn vector_parameter(
    op: VectorOp,
    written: Option<&str>,
    grouping: Option<&Grouping>,
) -> Result<Option<i64>, ParseError> {
    use VectorOp as Op;
    let text = op.text();
    let fail = |what: String| Err(ParseError::semantic(what));
    match op {
        Op::Topk | Op::Bottomk | Op::ApproxTopk => {
            let Some(written) = written else {
                return fail(format!("parameter required for operation {text}"));
            };
            let Ok(parameter) = written.parse::<i64>() else {
                return fail(format!("invalid parameter {text}({written},"));
            };
            if parameter <= 0 {
                return fail(format!(
                    "invalid parameter (must be greater than 0) {text}({written}"
                ));
            }
            if op == Op::ApproxTopk && grouping.is_some() {
                return fail(format!("grouping not allowed for {text} aggregation"));
            }
            Ok(Some(parameter))
        }
        _ => {
            if let Some(written) = written {
                return fail(format!(
                    "unsupported parameter for operation {text}({written},"
                ));
            }
            let has_labels = grouping.is_some_and(|g| !g.labels.is_empty());
            if matches!(op, Op::Sort | Op::SortDesc) && has_labels {
                return fail("sort and sort_desc doesn't allow grouping by ".to_owned());
            }
            Ok(None)
        }
    }
}

/// Checks that both sides of an operator are numbers, and no bare ones where sets are combined.
pub(super) fn operands(
    op: BinaryOp,
    left: Expr,
    right: Expr,
) -> Result<(MetricExpr, MetricExpr), ParseError> {
    let left = operand(op, "left", left)?;
    let right = operand(op, "right", right)?;
    if op.is_set() {
        for (side, operand) in [("left", &left), ("right", &right)] {
            if let MetricExpr::Number(number) = operand {
                let op = op.text();
                return Err(ParseError::semantic(format!(
                    "unexpected literal for {side} leg of logical/set binary operation ({op}): \
                     {number:.6}"
                )));
            }
        }
    }
    Ok((left, right))
}

fn operand(op: BinaryOp, side: &str, expr: Expr) -> Result<MetricExpr, ParseError> {
    let lines = match expr {
        Expr::Metric(metric) => return Ok(metric),
        Expr::Log(lines) => lines,
    };
    let kind = if lines.stages.is_empty() {
        "MatchersExpr"
    } else {
        "PipelineExpr"
    };
    let op = op.text();
    Err(ParseError::semantic(format!(
        "unexpected type for {side} leg of binary operation ({op}): *syntax.{kind}"
    )))
}
