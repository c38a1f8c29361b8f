//! Frames of numbers.

use serde_json::{Map, Value, json};

use super::{Grid, Group};
use crate::frame::{Column, Field, Frame, FrameType, Meta};
use crate::loki::response::Series;
use crate::query::timing::Timing;
use crate::query::{Aggregation, Query, ResultKind};
use crate::schema::{self, Level, Role, System};

/// What stands for the lines without the field that is grouped by.
const NONE: &str = "(none)";

/// What frames of numbers are made for.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    /// The question.
    pub query: &'a Query,
    /// Its system.
    pub system: &'a System,
    /// The fields by which it is grouped.
    pub groups: &'a [schema::Field],
    /// The field that is measured.
    pub measure: Option<&'a schema::Field>,
    /// The LogQL that Loki was asked.
    pub expr: &'a str,
    /// The points.
    pub timing: &'a Timing,
}

/// Makes a frame for each group, in the groups' order; without any, one frame that says so.
pub fn frames(asked: &Numbers<'_>, mut grid: Grid) -> Vec<Frame> {
    grid.sort_by(|a, b| sort_key(asked, a).cmp(&sort_key(asked, b)));
    let name = asked.query.result.as_str();
    let frames = grid.iter().filter_map(|(group, values)| {
        let labels = labels(asked.groups, group);
        let mut config = Map::new();
        let legend = legend(asked, group);
        config.insert("displayNameFromDS".into(), legend.into());
        if let Some(unit) = unit(asked) {
            config.insert("unit".into(), unit.into());
        }
        if let Some(color) = level_color(asked.groups, group) {
            config.insert(
                "color".into(),
                json!({ "mode": "fixed", "fixedColor": color }),
            );
        }
        let points = values.iter().enumerate();
        let points = points.filter(|(_, value)| !value.is_nan());
        let points = points.map(|(point, value)| (asked.timing.time_of(point), *value));
        frame(asked, name, labels, config, points)
    });
    finished(frames.collect(), asked)
}

/// Makes a frame for each series of a `logql` answer.
pub fn series_frames(asked: &Numbers<'_>, series: &[&Series]) -> Vec<Frame> {
    let frames = series.iter().filter_map(|series| {
        let labels: Vec<(String, String)> = series
            .labels
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let format = &asked.query.legend_format;
        let legend = if format.is_empty() {
            let pairs = labels
                .iter()
                .map(|(name, value)| format!("{name}={value:?}"));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        } else {
            let value = |name: &str| series.labels.get(name).map(str::to_owned);
            filled(format, value)
        };
        let mut config = Map::new();
        config.insert("displayNameFromDS".into(), legend.into());
        let instant = asked.timing.instant.then_some(asked.timing.end_ns);
        let points = series.points.iter();
        let points = points.map(|(time, value)| (instant.unwrap_or(*time), *value));
        frame(asked, "value", labels, config, points)
    });
    finished(frames.collect(), asked)
}

fn frame(
    asked: &Numbers<'_>,
    name: &str,
    labels: Vec<(String, String)>,
    config: Map<String, Value>,
    points: impl Iterator<Item = (i64, f64)>,
) -> Option<Frame> {
    let (times, values): (Vec<i64>, Vec<f64>) = points.unzip();
    if values.is_empty() {
        return None;
    }
    let number = Field {
        config,
        labels,
        ..Field::new(name, Column::Number(values))
    };
    let mut fields = Vec::new();
    if !asked.timing.instant {
        let mut time = Field::new("time", Column::Time(times));
        let step_ms = asked.timing.step_ns / 1_000_000;
        time.config.insert("interval".into(), step_ms.into());
        fields.push(time);
    }
    fields.push(number);
    Some(Frame {
        name: String::new(),
        fields,
        meta: meta(asked),
    })
}

/// Puts what was asked of Loki on the first frame: Grafana's query inspector takes it from any frame of a
/// query (`public/app/features/inspector/QueryInspector.tsx`), and an answer of hundreds of frames would
/// carry the same kilobytes in each. Without any frame there is one that says so.
fn finished(mut frames: Vec<Frame>, asked: &Numbers<'_>) -> Vec<Frame> {
    if frames.is_empty() {
        frames.push(Frame {
            name: String::new(),
            fields: Vec::new(),
            meta: meta(asked),
        });
    }
    if let Some(first) = frames.first_mut() {
        asked.expr.clone_into(&mut first.meta.executed_query);
    }
    frames
}

fn meta(asked: &Numbers<'_>) -> Meta {
    let frame_type = if asked.timing.instant {
        FrameType::NumericMulti
    } else {
        FrameType::TimeSeriesMulti
    };
    let mut meta = Meta::new(frame_type, "");
    if asked.query.result.is_metric() {
        let result = asked.query.result.as_str();
        meta.custom.insert("resultType".into(), result.into());
    }
    // Divided once: `as_secs_f64` makes 1.8399999999999999 of 1.84 s.
    let window = asked.timing.window.as_nanos() as f64 / 1e9;
    meta.custom.insert("window".into(), window.into());
    if !asked.timing.instant {
        let step = asked.timing.step_ns as f64 / 1e9;
        meta.custom.insert("step".into(), step.into());
    }
    meta
}

/// Orders groups by their texts, and levels by their severity.
fn sort_key<'g>(asked: &Numbers<'_>, group: &'g Group) -> Vec<(bool, usize, &'g str)> {
    let fields = asked.groups.iter().zip(group);
    fields
        .map(|(field, value)| {
            let text = value.as_deref().unwrap_or_default();
            let level = Level::from_name(text).filter(|_| field.role == Some(Role::Level));
            let rank = level.and_then(|level| Level::ALL.iter().position(|l| *l == level));
            (value.is_none(), rank.unwrap_or(0), text)
        })
        .collect()
}

fn labels(groups: &[schema::Field], group: &Group) -> Vec<(String, String)> {
    let fields = groups.iter().zip(group);
    let pairs = fields.filter_map(|(field, value)| Some((field.name.clone(), value.clone()?)));
    pairs.collect()
}

fn legend(asked: &Numbers<'_>, group: &Group) -> String {
    let format = &asked.query.legend_format;
    if !format.is_empty() {
        let number = |name: &str| asked.groups.iter().position(|field| field.name == name);
        return filled(format, |name| group.get(number(name)?).cloned().flatten());
    }
    if group.is_empty() {
        return match (&asked.query.measure, asked.query.result) {
            (Some(measure), ResultKind::Value) => {
                format!("{} {}", measure.aggregation, measure.field)
            }
            (_, result) => result.to_string(),
        };
    }
    let values = group.iter().map(|value| value.as_deref().unwrap_or(NONE));
    values.collect::<Vec<_>>().join(", ")
}

/// Replaces each `{{name}}` by its value.
fn filled(format: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut text = String::with_capacity(format.len());
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        text.push_str(before);
        let value = value(name.trim());
        text.push_str(value.as_deref().filter(|v| !v.is_empty()).unwrap_or(NONE));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn unit(asked: &Numbers<'_>) -> Option<String> {
    match asked.query.result {
        ResultKind::ErrorRate => Some("percentunit".to_owned()),
        ResultKind::LastSeen => Some("s".to_owned()),
        ResultKind::Value => {
            let rate = |m: &crate::query::Measure| m.aggregation == Aggregation::Rate;
            let per_second = asked.query.measure.as_ref().is_some_and(rate);
            let unit = asked.measure.map(|field| field.unit.clone());
            // Grafana has no unit for, say, milliseconds a second.
            unit.filter(|unit| !unit.is_empty() && !per_second)
        }
        _ => None,
    }
}

/// Grafana's own colours of levels (`packages/grafana-data`, `LogLevelColor`).
fn level_color(groups: &[schema::Field], group: &Group) -> Option<&'static str> {
    let is_level = |field: &schema::Field| field.role == Some(Role::Level);
    let number = groups.iter().position(is_level)?;
    let level = Level::from_name(group.get(number)?.as_deref()?)?;
    Some(match level {
        Level::Critical => "#705da0",
        Level::Error => "#e24d42",
        Level::Warning => "#eab839",
        Level::Info => "#7eb26d",
        Level::Debug => "#1f78c1",
        Level::Trace => "#6ed0e0",
        Level::Unknown => "#8e8e8e",
    })
}
