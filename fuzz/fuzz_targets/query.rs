//! Any JSON as a query and as settings: an error or an answer, never a panic; a plan's parts are its
//! LogQL, of lines and of numbers.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use ginkgo::query::{MacroContext, Query, expand};
use ginkgo::schema::{System, presets};
use ginkgo::settings::{RawSettings, Settings};
use ginkgo::translate::metric::{self, Ask, Metric};
use ginkgo::translate::{Bound, Facts, Plan, compile, plan};
use ginkgo_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

/// The parts joined by blanks, none behind a parenthesis that opens, are the LogQL.
fn assert_is_its_parts(plan: &Plan) {
    let mut joined = String::new();
    for part in &plan.parts {
        if !joined.is_empty() && !joined.ends_with('(') {
            joined.push(' ');
        }
        joined.push_str(&part.logql);
    }
    assert_eq!(plan.expr, joined);
}

static PRESETS: LazyLock<Vec<System>> = LazyLock::new(presets);

const KEYS: [&str; 40] = [
    "queryType",
    "system",
    "ids",
    "filters",
    "search",
    "result",
    "columns",
    "measure",
    "groupBy",
    "limit",
    "direction",
    "expr",
    "field",
    "operator",
    "values",
    "text",
    "caseSensitive",
    "systems",
    "name",
    "preset",
    "selector",
    "format",
    "timeZone",
    "fields",
    "role",
    "type",
    "source",
    "key",
    "unit",
    "errorLevels",
    "levelMap",
    "defaultSystem",
    "maxLines",
    "tenant",
    "timeout",
    "maxConcurrent",
    "keepCookies",
    "serverName",
    "httpHeaderName1",
    "x",
];

const WORDS: [&str; 52] = [
    "portfolio",
    "strategy",
    "trace",
    "run",
    "any",
    "logql",
    "logs",
    "table",
    "count",
    "forward",
    "backward",
    "=",
    "!=",
    "=|",
    "!=|",
    "=~",
    "!~",
    ">",
    ">=",
    "<",
    "<=",
    "exists",
    "missing",
    "contains",
    "not contains",
    "matches",
    "not matches",
    "ginkgo",
    "fastapi",
    "tskv",
    "dynamo",
    "level",
    "message",
    "time",
    "status_code",
    "duration_ms",
    "cached",
    "json",
    "logfmt",
    "auto",
    "line",
    "label",
    "error",
    "1.5",
    "true",
    "2026-01-02 03:04:05",
    "{job=\"x\"}",
    "a|b.*",
    "(?i)x",
    "a.b",
    "[\"a\"]",
    "$__interval",
];

/// JSON with the keys and words that mean something.
fn json(bytes: &mut Bytes, depth: usize) -> Value {
    match bytes.below(if depth < 5 { 10 } else { 7 }) {
        0 => Value::Null,
        1 => (bytes.below(3) == 0).into(),
        2 => ((bytes.below(1 << 16) as f64 - 32768.0) / 16.0).into(),
        3 => bytes.below(70_000).into(),
        4 => bytes.text().into(),
        5 | 6 => WORDS[bytes.below(WORDS.len())].into(),
        7 => (0..bytes.below(5))
            .map(|_| json(bytes, depth + 1))
            .collect(),
        _ => object(bytes, depth),
    }
}

fn object(bytes: &mut Bytes, depth: usize) -> Value {
    let entry = |bytes: &mut Bytes| {
        let key = KEYS[bytes.below(KEYS.len())].to_owned();
        (key, json(bytes, depth + 1))
    };
    Value::Object(
        (0..bytes.below(8))
            .map(|_| entry(bytes))
            .collect::<Map<_, _>>(),
    )
}

fuzz_target!(|data: &[u8]| {
    let bytes = &mut Bytes(data);
    let value = serde_json::from_slice(data).unwrap_or_else(|_| match bytes.below(3) {
        // A query whose shape is right.
        0 => json!({
            "queryType": WORDS[bytes.below(6)],
            "ids": [json(bytes, 5)],
            "filters": [{
                "field": WORDS[bytes.below(WORDS.len())],
                "operator": WORDS[11 + bytes.below(12)],
                "values": [json(bytes, 5)],
            }],
            "search": [{ "operator": WORDS[23 + bytes.below(4)], "text": bytes.text() }],
            "result": WORDS[6 + bytes.below(2)],
            "columns": [json(bytes, 5)],
            "expr": bytes.text(),
        }),
        _ => object(bytes, 0),
    });
    let raw = RawSettings {
        url: "http://loki".into(),
        json_data: value.clone(),
        ..RawSettings::default()
    };
    let settings = Settings::try_from(raw);
    let systems = settings.map_or_else(|_| Vec::new(), |settings| settings.systems);
    let Ok(query) = Query::try_from(&value) else {
        return;
    };
    let macros = MacroContext {
        interval_ms: 1,
        range_ms: i64::MAX as _,
        instant: false,
    };
    expand(&query.expr, &macros);
    for system in PRESETS.iter().chain(&systems) {
        let Ok(bound) = Bound::new(&query, system) else {
            continue;
        };
        let _ = bound.decisions(system, &compile);
        let _ = bound.regexes(&query).count();
        let mut parts = vec![Facts::default()];
        for name in bound.ambiguous_names().iter().take(3) {
            parts = parts.iter().flat_map(|facts| facts.split(name)).collect();
        }
        let metric = Metric::new(&query, &bound, system);
        for mut facts in parts {
            if let Ok(plan) = plan(&query, &bound, system, &facts, &macros) {
                assert_is_its_parts(&plan);
            }
            if let Ok(metric) = &metric {
                let ask = Ask {
                    by: &metric.by(),
                    reading: &metric.reading,
                    also: Vec::new(),
                    window: Duration::from_secs(60),
                    offset: Duration::ZERO,
                    by_value: true,
                };
                facts.somewhere = metric.sparing_labels(&bound);
                for numbers in metric::plans(&query, &bound, system, &facts, &ask).unwrap_or_default() {
                    assert_is_its_parts(&numbers.plan);
                }
            }
        }
    }
});
