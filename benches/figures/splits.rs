//! "Splits": lines through Ginkgo against the best LogQL by hand, on Lokis that split ranges at other
//! intervals (`split_queries_by_interval`).
//!
//! Each side has a block of its own: a bare query that its limit cuts puts Loki's workers to sleep, and so
//! slows down whatever follows.

use std::thread::sleep;
use std::time::Duration;

use ginkgo_demo::Layout;
use serde_json::{Value, json};

use crate::ask::{self, Range, Took};
use crate::support::loki::Loki;
use crate::table::{median, print, quantile};
use crate::{bed, corpus};

/// Nothing is split; the Helm chart's interval; Loki's default; a day.
const INTERVALS: [&str; 4] = ["0s", "15m", "1h", "24h"];
/// Questions of a block.
const IN_A_ROW: usize = 10;
/// Longer than the sleep of Loki's workers.
const REST: Duration = Duration::from_millis(5_200);
/// How much longer Ginkgo may take than the best LogQL: a share, and milliseconds.
const BOUND: (f64, f64) = (1.15, 25.0);

struct Question {
    name: &'static str,
    model: Value,
    by_hand: String,
    limit: u32,
}

/// Prints the table of "Splits".
pub fn run() {
    let (host, _) = bed::host();
    let agent = ask::agent();
    let range = Range {
        from_ns: corpus::start_ns(corpus::SIX_HOURS),
        to_ns: corpus::END_NS,
    };
    let mut rows = Vec::new();
    for interval in INTERVALS {
        let environment = [("GINKGO_LOKI_SPLIT", interval)];
        let loki = Loki::start_own_with("loki-large.yaml", &[], &environment);
        corpus::push(&loki, Layout::Line, corpus::SIX_HOURS);
        let uid = format!("splits-{interval}");
        bed::data_source(&host, &uid, &loki, Layout::Line);
        for question in questions() {
            let Question {
                model,
                by_hand,
                limit,
                ..
            } = &question;
            let ginkgo = block(|| ask::ginkgo(&agent, &host, &uid, range, model));
            let by_hand = block(|| ask::logql(&agent, &loki.url, range, by_hand, *limit));
            let row = row(interval, question.name, &ginkgo, &by_hand);
            eprintln!("{}", row.join(" | "));
            rows.push(row);
        }
    }
    print(
        &format!(
            "Six hours, newest lines first, {IN_A_ROW} in a row, ms (bound: {} of the best and {} ms)",
            BOUND.0, BOUND.1
        ),
        &[
            "interval",
            "question",
            "Ginkgo",
            "best LogQL",
            "ratio",
            "Ginkgo's longest / median",
            "within the bound",
        ],
        &rows,
    );
}

fn questions() -> [Question; 3] {
    let portfolio = &corpus::ids(corpus::SIX_HOURS).portfolios[0];
    let trace = corpus::trace(7);
    let streams = corpus::selector(Layout::Line);
    let by_hand = |key: &str, id: &str| {
        format!(r#"{streams} |= "{id}" | json a="{key}" | a="{id}" | drop a"#)
    };
    [
        Question {
            name: "all lines of a trace",
            model: json!({ "queryType": "trace", "ids": [trace], "limit": 5000 }),
            by_hand: by_hand("trace.id", &trace),
            limit: 5000,
        },
        Question {
            name: "5,000 lines of a portfolio",
            model: json!({ "queryType": "portfolio", "ids": [portfolio], "limit": 5000 }),
            by_hand: by_hand("ginkgo.portfolio_id", portfolio),
            limit: 5000,
        },
        Question {
            name: "1,000 lines",
            model: json!({ "queryType": "any", "limit": 1000 }),
            by_hand: streams,
            limit: 1000,
        },
    ]
}

/// Asks again and again; the first answer, after which Ginkgo knows the lines' size, does not count.
fn block(ask: impl Fn() -> Took) -> Result<Vec<f64>, String> {
    sleep(REST);
    ask()?;
    (0..IN_A_ROW).map(|_| ask()).collect()
}

fn row(
    interval: &str,
    name: &str,
    ginkgo: &Result<Vec<f64>, String>,
    by_hand: &Result<Vec<f64>, String>,
) -> Vec<String> {
    let (Ok(ginkgo), Ok(by_hand)) = (ginkgo, by_hand) else {
        let said = |side: &Result<Vec<f64>, String>| match side {
            Ok(took) => format!("{:.0}", median(took)),
            Err(error) => error.clone(),
        };
        return [interval, name, &said(ginkgo), &said(by_hand)]
            .map(str::to_owned)
            .to_vec();
    };
    let (took, best) = (median(ginkgo), median(by_hand));
    let is_within = took <= best * BOUND.0 + BOUND.1;
    vec![
        interval.to_owned(),
        name.to_owned(),
        format!("{took:.0}"),
        format!("{best:.0}"),
        format!("{:.2}", took / best),
        format!("{:.1}", quantile(ginkgo, 1.0) / took),
        if is_within { "yes" } else { "no" }.to_owned(),
    ]
}
