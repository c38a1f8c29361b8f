//! Asks a metric question and holds the answer against its meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};

use crate::ask::{Site, Source};
use crate::corpus::Corpus;
use crate::frames::Refusal;
use crate::meaning::{Group, Meaning, Number};
use crate::metric::{ALERT, MS, Metric};
use crate::numbers::{Answer, Series, read};
use crate::schema::Kind;
use crate::support;

/// Loki's own limit of series, and the default of ours.
pub const MOST_SERIES: usize = 500;
/// The most groups of an answer where the question names no limit: docs/architecture.md, Limits.
const MOST_GROUPS: usize = 5000;
/// The label of what is beyond.
pub const OTHER: &str = "other";

/// How an answer was right.
#[derive(Debug, Default, Clone, Copy)]
pub struct Found {
    pub series: usize,
    pub points: usize,
    pub with_other: bool,
    pub was_refused: bool,
}

/// Asks a data source.
pub fn ask(uid: &str, metric: &Metric) -> Result<Answer, Refusal> {
    let headers: &[(&str, &str)] = if metric.is_alert { &ALERT } else { &[] };
    ask_json(uid, &metric.json(), metric.range, headers)
}

/// Asks a data source in the words of the query model.
pub fn ask_json(
    uid: &str,
    model: &Value,
    (from, to): (i64, i64),
    headers: &[(&str, &str)],
) -> Result<Answer, Refusal> {
    let response = support::host().query_with(uid, from, to, std::slice::from_ref(model), headers);
    assert!(matches!(response.status, 200 | 207), "{response:?}");
    read(&response.json()["results"]["Q0"])
}

/// Asks and compares.
pub fn check(site: &Site, corpus: &Corpus, metric: &Metric) -> Result<Found, String> {
    check_at(&site.uid(corpus), site, corpus, metric)
}

/// Likewise, of a data source of one's own over the same lines.
pub fn check_at(uid: &str, site: &Site, corpus: &Corpus, metric: &Metric) -> Result<Found, String> {
    let schema = site.schema(metric.lines.system);
    let meaning = Meaning::new(metric, &schema, corpus.lines(metric.lines.system));
    let (executed, judged) = match ask(uid, metric) {
        Ok(answer) => {
            let judged = judge(metric, &meaning, &answer);
            (answer.executed, judged)
        }
        Err(refusal) => {
            let may = may_refuse(site, metric, &refusal);
            let what = || format!("    refused: {} {}", refusal.status, refusal.text);
            let found = Found {
                was_refused: true,
                ..Found::default()
            };
            (String::new(), if may { Ok(found) } else { Err(what()) })
        }
    };
    judged.map_err(|what| {
        let (from, to) = metric.range;
        format!(
            "{site:?}, range {} to {} ms, alert {}\n    query: {}\n    logql: {executed}\n{what}",
            from / MS,
            to / MS,
            metric.is_alert,
            metric.json()
        )
    })
}

/// What LogQL cannot say exactly is a clear error: times, and expressions on texts that Python wrote.
fn may_refuse(site: &Site, metric: &Metric, refusal: &Refusal) -> bool {
    let is_user_fault = refusal.status == 400 && refusal.source == "downstream";
    let schema = site.schema(metric.lines.system);
    // A name that is a label here and metadata there, asked for in one order only.
    let is_apart = site.source != Source::Auto
        && refusal.text.contains("measure.aggregation")
        && metric
            .measure
            .is_some_and(|(_, how)| how == "last" || how.starts_with('p'));
    // Many such names make more parts of the streams than a question may have.
    let is_in_too_many_parts = site.source != Source::Auto
        && refusal
            .text
            .contains("the question would need more than 8 queries");
    if is_apart || is_in_too_many_parts {
        return is_user_fault;
    }
    let is_such = metric
        .lines
        .filters
        .iter()
        .enumerate()
        .any(|(index, filter)| {
            let compares = !matches!(filter.operator, "exists" | "missing");
            let is_time = schema.field(filter.field).kind == Kind::Time && compares;
            let is_tskv = metric.lines.system == ginkgo_demo::System::Tskv;
            let named = refusal.text.contains(&format!("filters[{index}]"));
            named && (is_time || (is_tskv && matches!(filter.operator, "=~" | "!~")))
        });
    is_such && is_user_fault
}

/// Holds an answer against its meaning.
pub fn judge(metric: &Metric, meaning: &Meaning, answer: &Answer) -> Result<Found, String> {
    let mut wrong = String::new();
    judge_form(metric, meaning, answer, &mut wrong);
    let mut by_group: BTreeMap<Group, &Series> = BTreeMap::new();
    for series in &answer.series {
        let group = group_of(meaning, series, &mut wrong);
        if by_group.insert(group, series).is_some() {
            let _ = writeln!(wrong, "    twice: {:?}", series.labels);
        }
    }
    let other = rest_of(meaning);
    // Groups that exist but have no point that is asked for are no series.
    let mut wanted: BTreeMap<&Group, BTreeMap<i64, Number>> = BTreeMap::new();
    for group in meaning.groups.keys().chain(&meaning.silent) {
        let series = meaning.series(group);
        if !series.is_empty() {
            wanted.insert(group, series);
        }
    }
    let most = metric.limit.unwrap_or(MOST_SERIES);
    let loud = |groups: &mut dyn Iterator<Item = &Group>| {
        groups
            .filter(|group| !meaning.silent.contains(*group))
            .count()
    };
    let must_cut = loud(&mut wanted.keys().copied()) > most;
    let may_cut = must_cut || meaning.series_of_loki > MOST_SERIES;
    let has_other = !meaning.fields.is_empty();
    let other = has_other.then(|| by_group.remove(&other)).flatten();
    let shown: BTreeSet<Group> = by_group.keys().cloned().collect();
    let is_cut = other.is_some() || (may_cut && shown.len() < wanted.len());
    // Loki counts more than its limit where it is asked in parts, and what is all there is right.
    let limit = metric.limit.unwrap_or(MOST_GROUPS);
    if loud(&mut shown.iter()) > limit {
        let _ = writeln!(wrong, "    {} groups, at most {limit}", shown.len());
    }
    if is_cut && !may_cut {
        let _ = writeln!(
            wrong,
            "    cut: {} groups of {}, {} series in loki",
            shown.len(),
            wanted.len(),
            meaning.series_of_loki
        );
    }
    if is_cut && answer.notices.is_empty() {
        let _ = writeln!(wrong, "    cut without a notice");
    }
    for (group, series) in &by_group {
        match wanted.get(group) {
            Some(points) => compare(&format!("{group:?}"), points, series, &mut wrong),
            None => {
                let _ = writeln!(wrong, "    extra: {group:?} {:?}", few(&series.points));
            }
        }
    }
    let missing: Vec<_> = wanted
        .keys()
        .filter(|group| !shown.contains(**group))
        .collect();
    if is_cut {
        let has_rest = matches!(metric.result, "count" | "errorCount" | "errorRate");
        let rest = meaning.series_of(&meaning.rest(&shown));
        match other {
            Some(other) if has_rest => compare("other", &rest, other, &mut wrong),
            Some(_) => wrong.push_str("    other, of what does not add up\n"),
            None if has_rest && !rest.is_empty() => wrong.push_str("    no other\n"),
            None => {}
        }
        if meaning.series_of_loki <= MOST_SERIES && metric.result == "count" {
            judge_largest(meaning, &shown, &mut wrong);
        }
    } else if !missing.is_empty() {
        let _ = writeln!(wrong, "    missing: {} groups", missing.len());
        for group in missing.into_iter().take(4) {
            let _ = writeln!(wrong, "      {group:?}: {:?}", wanted[*group].iter().next());
        }
    }
    if wrong.is_empty() {
        return Ok(Found {
            series: answer.series.len(),
            points: answer.series.iter().map(|series| series.points.len()).sum(),
            with_other: is_cut,
            was_refused: false,
        });
    }
    let _ = writeln!(
        wrong,
        "    {} series, expected {} ({} in loki); window {} s, step {} s; notices {:?}",
        answer.series.len(),
        wanted.len(),
        meaning.series_of_loki,
        meaning.points.window as f64 / 1e9,
        meaning.points.step as f64 / 1e9,
        answer.notices,
    );
    Err(wrong)
}

/// The labels of what is beyond: never those of a group that there is.
fn rest_of(meaning: &Meaning) -> Group {
    if meaning.fields.is_empty() {
        // All lines are one group, and nothing is beyond.
        return Group::new();
    }
    let further = (2..).map(|number| format!("{OTHER} (rest {number})"));
    let names = [OTHER.to_owned(), format!("{OTHER} (rest)")];
    let groups = names
        .into_iter()
        .chain(further)
        .map(|name| vec![Some(name); meaning.fields.len()]);
    let is_free = |group: &Group| !meaning.groups.contains_key(group);
    groups.into_iter().find(is_free).expect("a free name")
}

/// The largest groups are those with the most lines, where all can be known.
fn judge_largest(meaning: &Meaning, shown: &BTreeSet<Group>, wrong: &mut String) {
    let total = |group: &Group| {
        let points = meaning.series(group).into_values();
        let numbers = points.map(|number| match number {
            Number::Near(value, _) => value,
            Number::OneOf(values) => values[0],
        });
        numbers.sum::<f64>()
    };
    let least = shown.iter().map(total).fold(f64::INFINITY, f64::min);
    let left = meaning
        .groups
        .keys()
        .filter(|group| !shown.contains(*group));
    let most = left.map(total).fold(0.0, f64::max);
    if least < most {
        let _ = writeln!(wrong, "    not the largest: {least} shown, {most} left out");
    }
}

/// What holds for every answer, whatever its numbers.
fn judge_form(metric: &Metric, meaning: &Meaning, answer: &Answer, wrong: &mut String) {
    for rule in &answer.broken_rules {
        let _ = writeln!(wrong, "    Grafana's rules: {rule}");
    }
    let instant = metric.instant;
    let kind = if instant {
        "numeric-multi"
    } else {
        "timeseries-multi"
    };
    if answer.kind != kind || answer.version != json!([0, 1]) {
        let _ = writeln!(wrong, "    {} {}, not {kind}", answer.kind, answer.version);
    }
    let seconds = |ns: i64| ns as f64 / 1e9;
    let custom = |key: &str| answer.custom[key].as_f64();
    if answer.custom["resultType"] != metric.result {
        let _ = writeln!(wrong, "    meta: {}", answer.custom);
    }
    if custom("window") != Some(seconds(meaning.points.window)) {
        let _ = writeln!(wrong, "    meta window: {:?}", custom("window"));
    }
    if !instant && custom("step") != Some(seconds(meaning.points.step)) {
        let _ = writeln!(wrong, "    meta step: {:?}", custom("step"));
    }
    let unit = match metric.result {
        "errorRate" => Some("percentunit"),
        "lastSeen" => Some("s"),
        "count" | "errorCount" => Some(""),
        _ => None,
    };
    for series in &answer.series {
        if unit.is_some_and(|unit| unit != series.unit) {
            let _ = writeln!(wrong, "    unit {:?}", series.unit);
        }
        if series.name != metric.result {
            let _ = writeln!(wrong, "    name {:?}", series.name);
        }
        let step_ms = meaning.points.step / MS;
        if series.interval_ms.is_some_and(|ms| ms != step_ms) {
            let _ = writeln!(wrong, "    interval {:?}", series.interval_ms);
        }
        let legend = legend(metric, meaning, series);
        if legend.is_some_and(|legend| legend != series.legend) {
            let _ = writeln!(
                wrong,
                "    legend {:?} of {:?}",
                series.legend, series.labels
            );
        }
    }
}

/// The name that a series must have; for one without groups, the result's.
fn legend(metric: &Metric, meaning: &Meaning, series: &Series) -> Option<String> {
    let none = || "(none)".to_owned();
    let value = |name: &str| {
        let grouped = meaning.fields.iter().any(|field| field.name == name);
        let value = series.labels.get(name).filter(|_| grouped);
        value.cloned().unwrap_or_else(none)
    };
    if let Some(format) = metric.legend {
        let mut text = format.to_owned();
        while let Some(begin) = text.find("{{") {
            let end = begin + text[begin..].find("}}").expect("closed");
            let value = value(text[begin + 2..end].trim());
            // What a value itself says stays as it is.
            let value = value.replace('{', "\u{1}");
            text.replace_range(begin..end + 2, &value);
        }
        return Some(text.replace('\u{1}', "{"));
    }
    if meaning.fields.is_empty() {
        let is_value = metric.result == "value";
        return (!is_value).then(|| metric.result.to_owned());
    }
    let values: Vec<String> = meaning
        .fields
        .iter()
        .map(|field| value(field.name))
        .collect();
    Some(values.join(", "))
}

fn group_of(meaning: &Meaning, series: &Series, wrong: &mut String) -> Group {
    let names: BTreeSet<&str> = meaning.fields.iter().map(|field| field.name).collect();
    for (name, value) in &series.labels {
        if !names.contains(name.as_str()) || value.is_empty() {
            let _ = writeln!(wrong, "    label {name:?}={value:?}");
        }
    }
    let value = |field: &crate::schema::Field| series.labels.get(field.name).cloned();
    meaning.fields.iter().map(value).collect()
}

fn compare(name: &str, wanted: &BTreeMap<i64, Number>, series: &Series, wrong: &mut String) {
    // An instant's frame has no time.
    let instant = series.interval_ms.is_none();
    let key = |time: i64| {
        if instant {
            *wanted.keys().next().unwrap_or(&0)
        } else {
            time
        }
    };
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let mut before = i64::MIN;
    for (time, value) in &series.points {
        let time = key(*time);
        if time <= before {
            faults.push(format!("{} behind {}", time / MS, before / MS));
        }
        before = time;
        seen.insert(time);
        match (wanted.get(&time), value) {
            (_, None) => faults.push(format!("null at {}", time / MS)),
            (Some(number), Some(value)) if number.is(*value) => {}
            (number, Some(value)) => {
                faults.push(format!("{value} at {}, not {number:?}", time / MS));
            }
        }
    }
    for (time, number) in wanted.iter().filter(|(time, _)| !seen.contains(*time)) {
        faults.push(format!("none at {}, not {number:?}", time / MS));
    }
    if !faults.is_empty() {
        let _ = writeln!(
            wrong,
            "    {name}: {} points wrong of {}",
            faults.len(),
            wanted.len()
        );
        for fault in faults.into_iter().take(4) {
            let _ = writeln!(wrong, "      {fault}");
        }
    }
}

fn few(points: &[(i64, Option<f64>)]) -> &[(i64, Option<f64>)] {
    &points[..points.len().min(2)]
}
