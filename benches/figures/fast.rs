//! "Fast": a question through Ginkgo against the best LogQL written by hand, in that Loki alone, and
//! against what a query builder writes.
//!
//! Loki splits a range at full hours and cancels the parts that a filled limit does not need. Each
//! cancelled part puts one of its four workers to sleep for up to five seconds, so the *next* question
//! waits. Hence two figures for a question that fills its limit: rested (each request after a pause
//! longer than that sleep), and back to back, as the panels of a dashboard come.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use ginkgo_demo::Layout;
use serde_json::{Value, json};
use ureq::Agent;

use crate::ask::{self, Range, Took};
use crate::support::host::Host;
use crate::support::loki::Loki;
use crate::table::{median, print, quantile};
use crate::{bed, corpus, process};

/// Longer than the sleep of Loki's workers.
const REST: Duration = Duration::from_millis(5_200);
/// Rounds in which the sides take turns.
const ROUNDS: usize = 9;
/// Questions back to back.
const IN_A_ROW: usize = 20;
/// Lines of the large questions.
const LINES: u32 = 5000;
/// Lines of the question about memory.
const MOST_LINES: u32 = 50_000;
/// How much longer Ginkgo may take than the best LogQL, and how much is aimed at, in milliseconds.
const BOUND_MS: [f64; 2] = [50.0, 25.0];
/// CPU time of the plugin for one large question, in milliseconds.
const BOUND_CPU_MS: f64 = 30.0;

/// A question in three spellings.
struct Question {
    name: &'static str,
    model: Value,
    /// The best LogQL by hand, and what a query builder writes.
    by_hand: String,
    naive: String,
    /// Whether there are more lines than the limit.
    fills_limit: bool,
}

/// Prints the tables of "Fast".
pub fn run() {
    let layouts = [Layout::Line, Layout::Labels];
    let large = bed::loki("loki-large.yaml", &layouts, corpus::SIX_HOURS);
    let default = bed::loki("loki.yaml", &[Layout::Line], corpus::SIX_HOURS);
    let (host, pid) = bed::host();
    let agent = ask::agent();
    let range = Range {
        from_ns: corpus::start_ns(corpus::SIX_HOURS),
        to_ns: corpus::END_NS,
    };
    let mut compared = Vec::new();
    let mut in_a_row = Vec::new();
    for (loki, limits, layout) in [
        (&large, "raised", Layout::Line),
        (&large, "raised", Layout::Labels),
        (&default, "default", Layout::Line),
    ] {
        let uid = format!("{limits}-{layout}");
        bed::data_source(&host, &uid, loki, layout);
        let side = Side {
            agent: &agent,
            host: &host,
            pid,
            loki,
            uid: &uid,
            range,
        };
        for question in questions(layout) {
            let place = format!("{}, ids in: {layout}, limits: {limits}", question.name);
            compared.push(said(side.compare(&place, &question)));
            if question.fills_limit {
                in_a_row.push(said(side.repeat(&place, &question)));
            }
        }
    }
    print(
        &format!(
            "Six hours, newest lines first, median of {ROUNDS} in ms (bound: best + {}, goal: + {})",
            BOUND_MS[0], BOUND_MS[1]
        ),
        &[
            "question",
            "lines",
            "Ginkgo",
            "best LogQL",
            "Ginkgo - best",
            "| json |",
            "| json | / Ginkgo",
        ],
        &compared,
    );
    print(
        &format!(
            "{IN_A_ROW} of the same in a row, ms (bound of the plugin's CPU time: {BOUND_CPU_MS})"
        ),
        &[
            "question",
            "Ginkgo p50",
            "p95",
            "plugin's CPU a question",
            "best LogQL p50",
            "p95",
        ],
        &in_a_row,
    );
    memory(&large, range);
}

/// Shows a row at once: the tables come at the end.
fn said(row: Vec<String>) -> Vec<String> {
    eprintln!("{}", row.join(" | "));
    row
}

/// Asks for the most lines, in a plugin that did nothing else before.
fn memory(loki: &Loki, range: Range) {
    let (host, pid) = bed::host();
    bed::data_source(&host, "memory", loki, Layout::Line);
    let ids = corpus::ids(corpus::SIX_HOURS);
    let model =
        json!({ "queryType": "portfolio", "ids": [ids.portfolios[0]], "limit": MOST_LINES });
    let before = process::memory_mb(pid);
    let took = ask::ginkgo(&ask::agent(), &host, "memory", range, &model);
    let peak = process::peak_memory_mb(pid);
    if let Err(error) = &took {
        println!("{MOST_LINES} lines: {error}");
    }
    let row = vec![
        format!("{before:.0}"),
        format!("{peak:.0}"),
        number(&[took], median),
    ];
    print(
        &format!("{MOST_LINES} lines of a portfolio, the whole plugin"),
        &["plugin's memory before, MB", "at its peak, MB", "took, ms"],
        &[row],
    );
}

fn questions(layout: Layout) -> [Question; 2] {
    let ids = corpus::ids(corpus::SIX_HOURS);
    let (portfolio, trace) = (&ids.portfolios[0], corpus::trace(7));
    let streams = corpus::selector(layout);
    // Both spellings of a key, as Ginkgo reads them: nested, and one key with a dot.
    let in_line = |key: &str, id: &str| {
        format!(
            r#"{streams} |= "{id}" | json a="{key}", b="[\"{key}\"]" | a="{id}" or b="{id}" | drop a, b"#
        )
    };
    let by_label = streams.replace('}', &format!(r#", portfolio_id="{portfolio}"}}"#));
    [
        Question {
            name: "5,000 lines of a portfolio",
            model: json!({ "queryType": "portfolio", "ids": [portfolio], "limit": LINES }),
            by_hand: if layout == Layout::Labels {
                by_label
            } else {
                in_line("ginkgo.portfolio_id", portfolio)
            },
            naive: format!(r#"{streams} | json | ginkgo_portfolio_id="{portfolio}""#),
            fills_limit: true,
        },
        Question {
            name: "all lines of a trace",
            model: json!({ "queryType": "trace", "ids": [trace], "limit": LINES }),
            by_hand: in_line("trace.id", &trace),
            naive: format!(r#"{streams} | json | trace_id="{trace}""#),
            fills_limit: false,
        },
    ]
}

/// Where questions go.
struct Side<'b> {
    agent: &'b Agent,
    host: &'b Host,
    pid: u64,
    loki: &'b Loki,
    uid: &'b str,
    range: Range,
}

impl Side<'_> {
    fn ginkgo(&self, question: &Question) -> Took {
        ask::ginkgo(self.agent, self.host, self.uid, self.range, &question.model)
    }

    fn logql(&self, expr: &str) -> Took {
        ask::logql(self.agent, &self.loki.url, self.range, expr, LINES)
    }

    /// Lets the sides take turns. A side that fails (Loki alone with default limits cannot send more
    /// than 4 MiB in one answer) is asked no more.
    fn compare(&self, place: &str, question: &Question) -> Vec<String> {
        let (agent, url) = (self.agent, &self.loki.url);
        let lines = [
            ask::rows(agent, self.host, self.uid, self.range, &question.model),
            ask::lines(agent, url, self.range, &question.by_hand, LINES),
            ask::lines(agent, url, self.range, &question.naive, LINES),
        ];
        let answers: BTreeSet<&usize> = lines.iter().flatten().collect();
        assert!(answers.len() < 2, "not the same answers: {lines:?}");
        let mut took = lines.clone().map(|lines| match lines {
            Ok(_) => Vec::new(),
            Err(error) => {
                println!("{place}: {error}");
                vec![Err(error)]
            }
        });
        let sides: [&dyn Fn() -> Took; 3] = [
            &|| self.ginkgo(question),
            &|| self.logql(&question.by_hand),
            &|| self.logql(&question.naive),
        ];
        for round in 0..ROUNDS {
            // Each follows each: what one leaves behind in Loki (its garbage) is not always the same one's.
            for turn in 0..sides.len() {
                let turn = (turn + round) % sides.len();
                let (side, took) = (sides[turn], &mut took[turn]);
                if took.last().is_some_and(Result::is_err) {
                    continue;
                }
                if question.fills_limit {
                    sleep(REST);
                }
                took.push(side());
            }
        }
        let [ginkgo, by_hand, naive] = &took;
        vec![
            place.to_owned(),
            answers.first().map_or(String::new(), ToString::to_string),
            number(ginkgo, median),
            number(by_hand, median),
            // Of each round by itself: what else the machine does hits both sides.
            number(
                &of_pairs(ginkgo, by_hand, |ginkgo, best| ginkgo - best),
                median,
            ),
            number(naive, median),
            ratio(&of_pairs(naive, ginkgo, |naive, ginkgo| naive / ginkgo)),
        ]
    }

    /// Asks the same again and again, Ginkgo first, then Loki alone.
    fn repeat(&self, place: &str, question: &Question) -> Vec<String> {
        let before = process::cpu_ms(self.pid);
        let ginkgo = in_a_row(|| self.ginkgo(question));
        let cpu = (process::cpu_ms(self.pid) - before) / ginkgo.len() as f64;
        let by_hand = in_a_row(|| self.logql(&question.by_hand));
        let p95 = |values: &[f64]| quantile(values, 0.95);
        vec![
            place.to_owned(),
            number(&ginkgo, median),
            number(&ginkgo, p95),
            format!("{cpu:.0}"),
            number(&by_hand, median),
            number(&by_hand, p95),
        ]
    }
}

/// Asks again and again, until it fails.
fn in_a_row(ask: impl Fn() -> Took) -> Vec<Took> {
    sleep(REST);
    let mut took = Vec::new();
    while took.len() < IN_A_ROW && took.last().is_none_or(Result::is_ok) {
        took.push(ask());
    }
    took
}

/// Computes something of the two sides of each round.
fn of_pairs(one: &[Took], other: &[Took], how: fn(f64, f64) -> f64) -> Vec<Took> {
    let rounds = one.iter().zip(other);
    rounds
        .map(|pair| match pair {
            (Ok(one), Ok(other)) => Ok(how(*one, *other)),
            _ => Err(String::new()),
        })
        .collect()
}

/// Sums up what questions took; `None` when one failed.
fn summed_up(took: &[Took], how: fn(&[f64]) -> f64) -> Option<f64> {
    let took: Option<Vec<f64>> = took
        .iter()
        .map(|took| took.as_ref().ok().copied())
        .collect();
    took.map(|took| how(&took))
}

fn number(took: &[Took], how: fn(&[f64]) -> f64) -> String {
    summed_up(took, how).map_or("fails".to_owned(), |ms| format!("{ms:.0}"))
}

fn ratio(ratios: &[Took]) -> String {
    summed_up(ratios, median).map_or("fails".to_owned(), |ratio| format!("{ratio:.1}"))
}
