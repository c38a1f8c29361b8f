//! "Metric": numbers through Ginkgo against the best single LogQL of the same meaning in that Loki alone,
//! and against what people write today.

use std::time::Instant;

use ginkgo_demo::Layout;
use serde_json::{Value, json};
use ureq::Agent;

use crate::ask::{self, Range, Took};
use crate::support::host::Host;
use crate::support::loki::Loki;
use crate::table::{median, print};
use crate::{bed, corpus};

/// Rounds in which the sides take turns.
const ROUNDS: usize = 20;
/// How much longer Ginkgo may take than the best LogQL, in milliseconds.
const BOUND_MS: f64 = 10.0;
const STEP_S: i64 = 300;

/// A question in four spellings.
struct Question {
    name: &'static str,
    model: Value,
    /// The best single LogQL of the same meaning: both spellings of a key, and what streams have beside lines.
    by_hand: String,
    /// That of somebody who knows that this site has but one.
    knowing: String,
    /// What people write.
    naive: String,
}

/// Prints the table of "Metric".
pub fn run() {
    let layouts = [Layout::Line, Layout::Labels];
    let loki = bed::loki("loki-large.yaml", &layouts, corpus::SIX_HOURS);
    let (host, _) = bed::host();
    let agent = ask::agent();
    let mut rows = Vec::new();
    for layout in layouts {
        let uid = format!("metric-{layout}");
        bed::data_source(&host, &uid, &loki, layout);
        for question in questions(layout) {
            let row = compare(&agent, &host, &uid, &loki, layout, &question);
            eprintln!("{}", row.join(" | "));
            rows.push(row);
        }
    }
    print(
        &format!("Six hours in 72 steps, median of {ROUNDS} in ms (bound: best + {BOUND_MS})"),
        &[
            "question",
            "series",
            "Ginkgo",
            "best LogQL",
            "Ginkgo - best",
            "one spelling",
            "people write",
            "people write / Ginkgo",
        ],
        &rows,
    );
}

fn questions(layout: Layout) -> [Question; 2] {
    let streams = corpus::selector(layout);
    // Both spellings of a key, as Ginkgo reads them: nested, and one key with a dot.
    let keys = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(name, key)| format!(r#"{name}="{key}", {name}2="[\"{key}\"]""#));
        format!("| json {}", pairs.collect::<Vec<_>>().join(", "))
    };
    let marks = "| drop __error__, __error_details__";
    let ratio = match layout {
        Layout::Labels => {
            format!("sum by (strategy_id, level) (count_over_time({streams} [{STEP_S}s]))")
        }
        // A stream that had them as labels or metadata would be grouped by these: the same meaning.
        _ => format!(
            "sum by (strategy_id, s, s2, level, l, l2) (count_over_time({streams} {} {marks} [{STEP_S}s]))",
            keys(&[("s", "ginkgo.strategy_id"), ("l", "log.level")]),
        ),
    };
    let errors = r#"| log_level=~"(?i)error|critical""#;
    let by_name = "sum by (ginkgo_strategy_id)";
    let number = r#"v=~"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?""#;
    let value = |keys: &str, one_name: &str, by: &str| {
        format!(
            "avg_over_time({streams} {keys} {marks} {one_name} | {number} | unwrap v [{STEP_S}s]) by ({by})"
        )
    };
    let (knowing_ratio, knowing_value) = match layout {
        Layout::Labels => (
            ratio.clone(),
            value(r#"| json v="ginkgo.total_value""#, "", "portfolio_id"),
        ),
        _ => (
            format!(
                r#"sum by (s, l) (count_over_time({streams} | json s="ginkgo.strategy_id", l="log.level" {marks} [{STEP_S}s]))"#
            ),
            value(
                r#"| json v="ginkgo.total_value", p="ginkgo.portfolio_id""#,
                "",
                "p",
            ),
        ),
    };
    // The first spelling that is there, by renaming: a template costs half as much again.
    let one = |name: &str, from: &str| {
        format!(
            r#"| drop {from}="", {from}2="" | label_format {name}={from}2 | label_format {name}={from}"#
        )
    };
    let value = match layout {
        Layout::Labels => value(
            &keys(&[("n", "ginkgo.total_value")]),
            &format!(r#"| n!="" or n2!="" {}"#, one("v", "n")),
            "portfolio_id",
        ),
        _ => value(
            &keys(&[("n", "ginkgo.total_value"), ("p", "ginkgo.portfolio_id")]),
            &format!(r#"| n!="" or n2!="" {} {}"#, one("v", "n"), one("g", "p")),
            "g",
        ),
    };
    [
        Question {
            name: "error ratio by strategy",
            model: json!({
                "queryType": "any", "result": "errorRate", "groupBy": ["strategy_id"],
                "step": "5m", "window": "5m",
            }),
            by_hand: ratio,
            knowing: knowing_ratio,
            naive: format!(
                "{by_name} (rate({streams} | json {errors} [{STEP_S}s])) / {by_name} (rate({streams} | json [{STEP_S}s]))"
            ),
        },
        Question {
            name: "total_value by portfolio",
            model: json!({
                "queryType": "any", "result": "value", "groupBy": ["portfolio_id"],
                "measure": { "field": "total_value", "aggregation": "avg" },
                "step": "5m", "window": "5m",
            }),
            by_hand: value,
            knowing: knowing_value,
            naive: format!(
                r#"avg_over_time({streams} | json | __error__="" | unwrap ginkgo_total_value | __error__="" [{STEP_S}s]) by (ginkgo_portfolio_id)"#
            ),
        },
    ]
}

/// Lets the sides take turns; a side that fails is asked no more.
fn compare(
    agent: &Agent,
    host: &Host,
    uid: &str,
    loki: &Loki,
    layout: Layout,
    question: &Question,
) -> Vec<String> {
    let place = format!("{}, ids in: {layout}", question.name);
    // The first point looks back from the range's start, which is a multiple of the step.
    let to_ns = corpus::END_NS;
    let range = Range {
        from_ns: to_ns - 71 * STEP_S * 1_000_000_000,
        to_ns,
    };
    let logql = |expr: &str| number(agent, &loki.url, range, expr).map(|(took, _)| took);
    let sides: [&dyn Fn() -> Took; 4] = [
        &|| ask::ginkgo(agent, host, uid, range, &question.model),
        &|| logql(&question.by_hand),
        &|| logql(&question.knowing),
        &|| logql(&question.naive),
    ];
    // Once unmeasured, for the sizes and for Loki's files.
    let series = number(agent, &loki.url, range, &question.by_hand);
    let series = series.map_or_else(|error| error, |(_, series)| series.to_string());
    let mut took: [Vec<Took>; 4] = Default::default();
    for round in 0..ROUNDS {
        // There and back: what people write leaves Loki garbage, and neither Ginkgo nor the best is to clear
        // it away. What follows it is itself or what one spelling costs.
        let mut turns: Vec<_> = sides.iter().zip(&mut took).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (side, took) in turns {
            if took.last().is_none_or(Result::is_ok) {
                took.push(side());
            }
        }
    }
    for error in took.iter().flatten().filter_map(|took| took.as_ref().err()) {
        println!("{place}: {error}");
    }
    let [ginkgo, by_hand, knowing, naive] =
        took.map(|took| took.into_iter().collect::<Result<Vec<f64>, _>>());
    let shown = |values: &Result<Vec<f64>, String>| {
        values.as_ref().map_or("fails".to_owned(), |values| {
            format!("{:.0}", median(values))
        })
    };
    // Of each round by itself: what else the machine does hits all sides.
    let pairs = |one: &Result<Vec<f64>, String>,
                 other: &Result<Vec<f64>, String>,
                 how: fn(f64, f64) -> f64| {
        let (Ok(one), Ok(other)) = (one, other) else {
            return f64::NAN;
        };
        let rounds: Vec<f64> = one.iter().zip(other).map(|(a, b)| how(*a, *b)).collect();
        median(&rounds)
    };
    vec![
        place,
        series,
        shown(&ginkgo),
        shown(&by_hand),
        format!(
            "{:.0}",
            pairs(&ginkgo, &by_hand, |ginkgo, best| ginkgo - best)
        ),
        shown(&knowing),
        shown(&naive),
        format!(
            "{:.1}",
            pairs(&naive, &ginkgo, |naive, ginkgo| naive / ginkgo)
        ),
    ]
}

/// Asks Loki itself in one request, as a Grafana would: the time until its answer is here, unread, and
/// its series.
fn number(agent: &Agent, url: &str, range: Range, expr: &str) -> Result<(f64, usize), String> {
    let began = Instant::now();
    let response = agent
        .post(format!("{url}/loki/api/v1/query_range"))
        .send_form([
            ("query", expr),
            ("start", &range.from_ns.to_string()),
            ("end", &range.to_ns.to_string()),
            ("step", &STEP_S.to_string()),
        ]);
    let mut response = response.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = response.body_mut().with_config().limit(1 << 30);
    let body = body.read_to_vec().map_err(|error| error.to_string())?;
    let took = began.elapsed().as_secs_f64() * 1000.0;
    if status != 200 {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)));
    }
    let answer: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let series = answer["data"]["result"].as_array().map_or(0, Vec::len);
    Ok((took, series))
}
