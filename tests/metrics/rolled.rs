//! Random metric questions: fields, groups, windows, steps and ranges of every kind.

use crate::ask::{Site, Source};
use crate::corpus::{Corpus, END_NS, Line, START_NS};
use crate::lines::{corpus, site};
use crate::metric::{HOUR, MINUTE, MS, Metric, SECOND, Span};
use crate::roll::{Dice, cell, question_about};
use crate::schema::{Kind, Schema};

/// Rolls a question and where to ask it.
pub fn question(seed: u64) -> (Site, &'static Corpus, Metric) {
    let (layout, system) = cell(seed);
    let mut dice = Dice::new(seed);
    let source = if dice.chance(60) {
        Source::Auto
    } else {
        *dice.pick(&Source::ALL)
    };
    let (site, corpus) = (site(layout, source), corpus(layout));
    let (mut lines, mut dice) = question_about(dice, &site, corpus, system);
    if lines.query_type == "logql" {
        lines.query_type = "any";
    }
    (lines.result, lines.columns, lines.limit) = ("logs", None, None);
    (lines.pipeline, lines.range_ms, lines.forward) = ("", None, false);
    if dice.chance(50) {
        lines.search.clear();
    }
    let most_filters = *dice.pick(&[0, 0, 1, 1, 3]);
    lines.filters.truncate(most_filters);
    let schema = site.schema(system);
    let results = [
        "count",
        "count",
        "count",
        "errorCount",
        "errorCount",
        "errorRate",
        "errorRate",
        "errorRate",
        "value",
        "value",
        "value",
        "value",
        "value",
        "lastSeen",
        "lastSeen",
    ];
    let result = *dice.pick(&results);
    if matches!(result, "errorCount" | "errorRate") {
        let is_level = |name| schema.field(name).kind == Kind::Level;
        lines.filters.retain(|filter| !is_level(filter.field));
    }
    let mut metric = Metric::new(lines, result, (START_NS, END_NS));
    let mut roll = Roll {
        dice,
        schema,
        lines: corpus.lines(system),
    };
    roll.fill(&mut metric);
    (site, corpus, metric)
}

struct Roll {
    dice: Dice,
    schema: Schema,
    lines: &'static [Line],
}

const STEPS: [Span; 9] = [
    Span::Fixed("5s", 5 * SECOND),
    Span::Fixed("10s", 10 * SECOND),
    Span::Fixed("30s", 30 * SECOND),
    Span::Fixed("1m", MINUTE),
    Span::Fixed("1m30s", 90 * SECOND),
    Span::Fixed("7s", 7 * SECOND),
    Span::Fixed("5m", 5 * MINUTE),
    Span::Fixed("1500ms", 1500 * MS),
    Span::Interval,
];

const LONG_STEPS: [Span; 6] = [
    Span::Fixed("10m", 10 * MINUTE),
    Span::Fixed("1h", HOUR),
    Span::Fixed("1h30m", 90 * MINUTE),
    Span::Fixed("6h", 6 * HOUR),
    Span::Fixed("1d", 24 * HOUR),
    Span::Interval,
];

const WINDOWS: [Span; 9] = [
    Span::Fixed("5s", 5 * SECOND),
    Span::Fixed("30s", 30 * SECOND),
    Span::Fixed("1m", MINUTE),
    Span::Fixed("5m", 5 * MINUTE),
    Span::Fixed("10m", 10 * MINUTE),
    Span::Fixed("2h", 2 * HOUR),
    Span::Fixed("2500ms", 2500 * MS),
    Span::Range,
    Span::Auto,
];

impl Roll {
    fn fill(&mut self, metric: &mut Metric) {
        if metric.result == "value" || self.dice.chance(5) {
            let aggregations = [
                "avg", "min", "max", "sum", "last", "p50", "p90", "p95", "p99", "rate",
            ];
            let aggregation = *self.dice.pick(&aggregations);
            metric.measure = Some((self.number_field(), aggregation));
        }
        self.groups(metric);
        metric.instant = self.dice.chance(30);
        self.times(metric);
        if self.dice.chance(10) {
            *metric = metric.clone().alert();
        }
        if self.dice.chance(15) {
            let delays = [
                Span::Fixed("30s", 30 * SECOND),
                Span::Fixed("2m", 2 * MINUTE),
                Span::Fixed("0s", 0),
                Span::Fixed("1500ms", 1500 * MS),
            ];
            metric.delay = Some(*self.dice.pick(&delays));
        }
        if self.dice.chance(15) {
            let legends = [
                "{{level}} at {{ symbol }}",
                "{{trace_id}}",
                "all",
                "{{service_name}}/{{level}}",
            ];
            metric.legend = Some(*self.dice.pick(&legends));
        }
        if self.dice.chance(8) {
            metric.limit = Some(1 + self.dice.below(12));
        }
        if self.dice.chance(10) && !metric.lines.ids.is_empty() {
            metric.lines.ids.push("silent as \"the\" grave".to_owned());
        }
        if self.dice.chance(10) && !metric.lines.ids.is_empty() {
            metric.lines.ids.push(String::new());
            metric.lines.ids.push(metric.lines.ids[0].clone());
        }
    }

    /// A number field; those that many lines have come more often.
    fn number_field(&mut self) -> &'static str {
        let numbers = self.schema.fields.iter();
        let numbers: Vec<&'static str> = numbers
            .filter(|field| field.kind == Kind::Number)
            .map(|field| field.name)
            .collect();
        for _ in 0..40 {
            let name = *self.dice.pick(&numbers);
            let line = self.dice.pick(self.lines);
            if crate::oracle::value(&self.schema.field(name), line).is_some() {
                return name;
            }
        }
        numbers[0]
    }

    fn groups(&mut self, metric: &mut Metric) {
        let count = match self.dice.below(100) {
            0..25 => return,
            25..40 => 0,
            40..80 => 1,
            80..95 => 2,
            _ => 3,
        };
        let mut fields: Vec<&'static str> = Vec::new();
        while fields.len() < count {
            let field = match self.dice.below(100) {
                0..20 => self.schema.role("level").unwrap().name,
                20..55 => {
                    let roles: Vec<_> = self.schema.role_fields().cloned().collect();
                    self.dice.pick(&roles).name
                }
                55..95 => self.dice.pick(&self.schema.fields).name,
                _ => self
                    .dice
                    .word(&["x-always.there", "http.route", "corpus", "nowhere"]),
            };
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        metric.group_by = Some(fields);
    }

    fn times(&mut self, metric: &mut Metric) {
        let is_long = self.dice.chance(20);
        let around = |dice: &mut Dice, most: i64| dice.below(most as usize) as i64;
        metric.range = match self.dice.below(4) {
            _ if is_long => {
                let before = around(&mut self.dice, 3 * 24 * 3_600_000) * MS;
                let behind = around(&mut self.dice, 24 * 3_600_000) * MS;
                (START_NS - before, END_NS + behind)
            }
            0 => (START_NS, END_NS),
            1 => {
                let shift = around(&mut self.dice, 60_000) * MS;
                (
                    START_NS + shift,
                    END_NS - around(&mut self.dice, 90_000) * MS,
                )
            }
            // Exactly at lines: every second one stands at a whole second.
            _ => {
                let one = self.dice.pick(self.lines).ns / MS * MS;
                let other = self.dice.pick(self.lines).ns / MS * MS;
                (one.min(other), one.max(other) + SECOND)
            }
        };
        let steps: &[Span] = if is_long { &LONG_STEPS } else { &STEPS };
        if self.dice.chance(60) {
            metric.step = Some(*self.dice.pick(steps));
        }
        if self.dice.chance(50) {
            metric.window = Some(*self.dice.pick(&WINDOWS));
        } else if metric.step.is_none() && self.dice.chance(30) {
            metric.window = Some(*self.dice.pick(&[Span::Interval, Span::RateInterval]));
        }
        metric.utc_offset_s = *self.dice.pick(&[0, 0, 28_800, 19_800, -12_600, 3600]);
        metric.interval_ms = *self
            .dice
            .pick(&[1000, 2000, 15_000, 15_000, 30_000, 60_000, 1500]);
        metric.max_data_points = *self.dice.pick(&[37, 100, 500, 500, 1000, 43_200]);
    }
}
