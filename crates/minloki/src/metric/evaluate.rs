//! From an expression to its value.
//!
//! A real Loki cuts a query into parts that it works out by themselves. What that changes in answers is done
//! here as well: where the limit on series holds, `avg_over_time … by` (see [`Evaluation::mean_of_groups`])
//! and instant queries over more than an hour (see `parts`).

use std::borrow::Cow;
use std::sync::Arc;

use super::column::{Column, Point, Value, check_count};
use super::grid::Grid;
use super::{Entries, Limits, QueryError, aggregate, binary, collect, labels, length, parts};
use crate::pipeline::LabelSet;
use crate::syntax::{
    Binary, BinaryOp, Grouping, LabelReplace, MatchOp, MetricExpr, NO_VALUE, RangeAggregation,
    RangeOp, VectorAggregation, VectorOp, regex_words,
};

/// One evaluation of a query.
pub(super) struct Evaluation<'e> {
    pub(super) grid: Grid,
    pub(super) entries: &'e dyn Entries,
    pub(super) limits: &'e Limits,
    pub(super) is_instant: bool,
}

impl Evaluation<'_> {
    /// Evaluates an expression.
    pub(super) fn value(&self, expr: &MetricExpr) -> Result<Value, QueryError> {
        match expr {
            MetricExpr::Number(number) => Ok(Value::Number(*number)),
            MetricExpr::ConstantVector(number) => Ok(Value::Vector(vec![self.constant(*number)])),
            MetricExpr::Range(range) => {
                let columns = self.range(range, None)?;
                check_count(columns.len(), self.limits)?;
                Ok(Value::Vector(columns))
            }
            MetricExpr::Vector(vector) => self.vector(vector).map(Value::Vector),
            MetricExpr::Binary(operation) => {
                let left = self.value(&operation.left)?;
                let right = self.value(&operation.right)?;
                binary::evaluate(operation, left, right, &self.grid, self.limits)
            }
            MetricExpr::LabelReplace(replace) => self.label_replace(replace),
        }
    }

    /// A series without labels that has the same value at every step.
    fn constant(&self, value: f64) -> Column {
        Column {
            labels: Arc::default(),
            points: (0..self.grid.count)
                .map(|step| Point { step, value })
                .collect(),
        }
    }

    fn columns(&self, expr: &MetricExpr) -> Result<Vec<Column>, QueryError> {
        match self.value(expr)? {
            Value::Vector(columns) => Ok(columns),
            Value::Number(number) => Ok(vec![self.constant(number)]),
        }
    }

    /// Evaluates an aggregation over a range; `outer` is the aggregation right around it.
    fn range(
        &self,
        range: &RangeAggregation,
        outer: Option<&VectorAggregation>,
    ) -> Result<Vec<Column>, QueryError> {
        if let Some(grouping) = range.grouping.as_ref().filter(|grouping| !grouping.without)
            && range.op == RangeOp::AvgOverTime
        {
            return self.mean_of_groups(range, grouping);
        }
        let join = self.join_of(range, outer.map(|outer| outer.op));
        if self.is_instant && join.is_none() {
            length::check(range.range_ns, self.limits)?;
        }
        let sum_around = outer.filter(|outer| is_grouped_by_line(range.op, outer.op));
        let none = Grouping {
            without: false,
            labels: Vec::new(),
        };
        let grouping = sum_around.map(|outer| outer.grouping.as_ref().unwrap_or(&none));
        let grouped = with_forgotten_label(range);
        let columns =
            collect::range_columns(&grouped, grouping, &self.grid, self.entries, self.limits)?;
        if range.op == RangeOp::AbsentOverTime {
            return Ok(self.absent(range, &columns).into_iter().collect());
        }
        match join {
            Some(join) => Ok(parts::joined(range, join, columns)),
            None => Ok(columns),
        }
    }

    /// How the hours of a range are joined, if Loki works them out one by one.
    fn join_of(
        &self,
        range: &RangeAggregation,
        outer: Option<VectorOp>,
    ) -> Option<fn(f64, f64) -> f64> {
        let is_whole = matches!(outer, Some(VectorOp::Stddev | VectorOp::Stdvar));
        let is_split = self.is_instant && !is_whole;
        parts::join_of(range).filter(|_| is_split)
    }

    /// An aggregation of series that is done within each hour of a range before the hours are joined.
    fn within_parts(
        &self,
        vector: &VectorAggregation,
        range: &RangeAggregation,
        join: fn(f64, f64) -> f64,
    ) -> Result<Vec<Column>, QueryError> {
        let mut all = Vec::new();
        for (part, factor) in parts::split(range) {
            let (grid, limits) = (&self.grid, self.limits);
            let columns = collect::range_columns(&part, None, grid, self.entries, limits)?;
            let mut columns = aggregate::evaluate(vector, columns, grid, limits)?;
            let points = columns.iter_mut().flat_map(|column| &mut column.points);
            points.for_each(|point| point.value *= factor);
            all.extend(columns);
        }
        Ok(parts::joined(range, join, all))
    }

    /// `avg_over_time(… | unwrap x | f [5m]) by (g)`, which Loki takes for the sum of the values through
    /// `sum by (g) (count_over_time(… [5m]))`: lines whose `x` is no number count, and those that `f` leaves
    /// out.
    fn mean_of_groups(
        &self,
        range: &RangeAggregation,
        grouping: &Grouping,
    ) -> Result<Vec<Column>, QueryError> {
        let sums = RangeAggregation {
            op: RangeOp::SumOverTime,
            grouping: None,
            ..range.clone()
        };
        let counts = RangeAggregation {
            op: RangeOp::CountOverTime,
            grouping: None,
            unwrap: None,
            ..range.clone()
        };
        let sum = |range| {
            MetricExpr::Vector(VectorAggregation {
                op: VectorOp::Sum,
                parameter: None,
                grouping: Some(grouping.clone()),
                inner: Box::new(MetricExpr::Range(range)),
            })
        };
        self.columns(&MetricExpr::Binary(Box::new(Binary {
            op: BinaryOp::Div,
            left: sum(sums),
            right: sum(counts),
            return_bool: false,
            matching: None,
            group: None,
        })))
    }

    /// A series with the labels that the selector names by value, where there are no lines.
    fn absent(&self, range: &RangeAggregation, columns: &[Column]) -> Option<Column> {
        let mut present = vec![false; self.grid.count as usize];
        for point in columns.iter().flat_map(|column| &column.points) {
            if let Some(present) = present.get_mut(point.step as usize) {
                *present = true;
            }
        }
        let steps = (0..self.grid.count_of_ranges).zip(present);
        let absent = steps.filter(|(_, present)| !present);
        let points: Vec<Point> = absent.map(|(step, _)| Point { step, value: 1.0 }).collect();
        let mut set = LabelSet::new();
        let matchers = &range.lines.selector;
        for matcher in matchers.iter().filter(|m| m.op == MatchOp::Equal) {
            let same = matchers.iter().filter(|other| other.name == matcher.name);
            if same.count() == 1 {
                labels::set(&mut set, &matcher.name, &matcher.value);
            }
        }
        let labels = Arc::new(set);
        (!points.is_empty()).then_some(Column { labels, points })
    }

    fn vector(&self, vector: &VectorAggregation) -> Result<Vec<Column>, QueryError> {
        if vector.op == VectorOp::ApproxTopk {
            return Err(QueryError::Internal(
                "approx_topk is not enabled. See -limits.shard_aggregations".to_owned(),
            ));
        }
        let inner = match vector.inner.as_ref() {
            MetricExpr::Range(range) => self.inner_range(vector, range)?,
            MetricExpr::Number(_) => return Err(no_selector()),
            inner => self.columns(inner)?,
        };
        let columns = aggregate::evaluate(vector, inner, &self.grid, self.limits)?;
        check_count(columns.len(), self.limits)?;
        Ok(columns)
    }

    /// Evaluates the range below an aggregation of series.
    fn inner_range(
        &self,
        vector: &VectorAggregation,
        range: &RangeAggregation,
    ) -> Result<Vec<Column>, QueryError> {
        let join = self.join_of(range, Some(vector.op));
        if let Some(join) = join
            && parts::is_pushed_into_parts(range, vector.op)
        {
            return self.within_parts(vector, range, join);
        }
        let columns = self.range(range, Some(vector))?;
        let counts_series = join.is_some() && vector.op == VectorOp::Count;
        if !is_pushed_down(vector.op) || counts_series {
            check_count(columns.len(), self.limits)?;
        }
        Ok(columns)
    }

    fn label_replace(&self, replace: &LabelReplace) -> Result<Value, QueryError> {
        let mut columns = self.columns(&replace.inner)?;
        let anchored = format!("^(?:{})$", replace.regex);
        let regex = re2::Search::new(&anchored).map_err(|problem| {
            QueryError::BadRequest(format!("parse error : {}", regex_words(&problem)))
        })?;
        for column in &mut columns {
            let from = labels::value(&column.labels, &replace.from);
            if let Some(to) = regex.expand_first(from, &replace.replacement) {
                let mut set = labels::without_empty(&column.labels);
                labels::set(&mut set, &replace.to, &to);
                column.labels = Arc::new(set);
            }
        }
        Ok(Value::Vector(columns))
    }
}

/// What Loki says about `sum(1)`.
fn no_selector() -> QueryError {
    QueryError::BadRequest(format!("parse error : {NO_VALUE}"))
}

/// `without (a, b, c)` of a range: where Loki groups the samples themselves, it forgets the last name, in the
/// order of the alphabet, of an odd number from three on.
fn with_forgotten_label(range: &RangeAggregation) -> Cow<'_, RangeAggregation> {
    let groups_samples = matches!(
        range.op,
        RangeOp::FirstOverTime
            | RangeOp::LastOverTime
            | RangeOp::StddevOverTime
            | RangeOp::StdvarOverTime
            | RangeOp::QuantileOverTime
    );
    let without = range.grouping.as_ref().filter(|grouping| grouping.without);
    let Some(grouping) = without.filter(|_| groups_samples) else {
        return Cow::Borrowed(range);
    };
    let count = grouping.labels.len();
    if count < 3 || count.is_multiple_of(2) {
        return Cow::Borrowed(range);
    }
    let mut labels = grouping.labels.clone();
    labels.sort_unstable();
    labels.pop();
    Cow::Owned(RangeAggregation {
        grouping: Some(Grouping {
            without: true,
            labels,
        }),
        ..range.clone()
    })
}

/// Says whether Loki sums up lines group by group, instead of series.
fn is_grouped_by_line(range: RangeOp, outer: VectorOp) -> bool {
    outer == VectorOp::Sum
        && matches!(
            range,
            RangeOp::CountOverTime
                | RangeOp::Rate
                | RangeOp::BytesOverTime
                | RangeOp::BytesRate
                | RangeOp::SumOverTime
        )
}

/// Says whether Loki evaluates an aggregation together with the range below it, whose series no limit holds
/// for then.
fn is_pushed_down(op: VectorOp) -> bool {
    matches!(
        op,
        VectorOp::Sum | VectorOp::Min | VectorOp::Max | VectorOp::Avg | VectorOp::Count
    )
}
