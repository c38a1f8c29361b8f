//! "Together": twenty people with a dashboard of twelve log panels each, ten on each of two data sources,
//! who must be served alike; and somebody with a third data source, whose panel must not wait for them.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use ginkgo_demo::Layout;
use serde_json::{Value, json};

use crate::ask::{self, Range, Took};
use crate::support::host::Host;
use crate::table::{print, quantile};
use crate::{bed, corpus, process};

/// People who look at the dashboard, half of them on either data source.
const USERS: usize = 20;
/// The data sources of the crowds, each on a Loki of its own.
const CROWDS: [&str; 2] = ["one", "two"];
/// How often a dashboard refreshes, if the last refresh is done by then.
const REFRESH: Duration = Duration::from_secs(10);
/// Requests that a browser has on the way at once.
const LANES: usize = 6;
/// How often the lone user's panel refreshes.
const LONE_REFRESH: Duration = Duration::from_secs(1);
/// How long the lone user is alone at first.
const ALONE: Duration = Duration::from_secs(15);
/// How often the plugin's memory is looked at.
const LOOK: Duration = Duration::from_secs(30);
/// The minutes that a dashboard shows, over a full hour, and those in the store.
const SHOWN: i64 = 60;
const STORED: i64 = 120;

/// How the requests of one kind went.
#[derive(Default)]
struct Tally(Mutex<Vec<Took>>);

impl Tally {
    fn ask(&self, agent: &ureq::Agent, host: &Host, uid: &str, model: &Value) {
        let range = Range {
            from_ns: corpus::start_ns(SHOWN),
            to_ns: corpus::END_NS,
        };
        let took = ask::ginkgo(agent, host, uid, range, model);
        self.0.lock().expect("no thread panics").push(took);
    }

    fn row(self, who: &str) -> Vec<String> {
        let all = self.0.into_inner().expect("no thread panics");
        let took: Vec<f64> = all.iter().flatten().copied().collect();
        let errors: BTreeSet<&String> = all.iter().filter_map(|took| took.as_ref().err()).collect();
        for error in errors {
            println!("{who}: {error}");
        }
        let quantile = |share| format!("{:.0}", quantile(&took, share));
        vec![
            who.to_owned(),
            took.len().to_string(),
            (all.len() - took.len()).to_string(),
            quantile(0.5),
            quantile(0.95),
            quantile(1.0),
        ]
    }
}

/// Prints the table of "Together".
pub fn run(duration: Duration) {
    let lokis = CROWDS.map(|_| bed::loki("loki.yaml", &[Layout::Line], STORED));
    // What the lone user waits for is the plugin (and the machine's two cores).
    let own = bed::loki("loki.yaml", &[Layout::Line], SHOWN);
    let (host, pid) = bed::host();
    for (uid, loki) in CROWDS.iter().zip(&lokis) {
        bed::data_source(&host, uid, loki, Layout::Line);
    }
    bed::data_source(&host, "own", &own, Layout::Line);
    let ids = corpus::ids(STORED);
    let lone = json!({ "queryType": "portfolio", "ids": [ids.portfolios[0]], "limit": 100 });

    let (alone, beside) = (Tally::default(), Tally::default());
    let crowds = CROWDS.map(|_| Tally::default());
    let before = process::memory_mb(pid);
    let until = Instant::now() + ALONE;
    refresh(
        LONE_REFRESH,
        || Instant::now() < until,
        |agent| {
            alone.ask(agent, &host, "own", &lone);
        },
    );

    let over = AtomicBool::new(false);
    let mut memory = Vec::new();
    let goes_on = &|| !over.load(Ordering::Relaxed);
    scope(|threads| {
        for user in 0..USERS {
            let panels = panels(user / CROWDS.len(), &ids);
            let side = user % CROWDS.len();
            let (host, crowd, uid) = (&host, &crowds[side], CROWDS[side]);
            threads.spawn(move || dashboard(host, crowd, uid, &panels, goes_on));
        }
        threads.spawn(|| {
            refresh(LONE_REFRESH, goes_on, |agent| {
                beside.ask(agent, &host, "own", &lone);
            });
        });
        let began = Instant::now();
        while began.elapsed() < duration {
            sleep(LOOK.min(duration.saturating_sub(began.elapsed())));
            memory.push(format!("{:.0}", process::memory_mb(pid)));
        }
        over.store(true, Ordering::Relaxed);
    });

    let [one, two] = crowds;
    print(
        &format!(
            "{USERS} users with 12 panels each for {} s, default limits (bound: no errors, both crowds alike)",
            duration.as_secs()
        ),
        &[
            "who",
            "answers",
            "errors",
            "p50, ms",
            "p95, ms",
            "longest, ms",
        ],
        &[
            one.row("ten users of one data source"),
            two.row("ten users of another"),
            alone.row("the lone user before"),
            beside.row("the lone user beside them"),
        ],
    );
    println!(
        "\nmemory of the plugin, MB: {before:.0} at the start, then every {} s: {}",
        LOOK.as_secs(),
        memory.join(" ")
    );
}

/// Asks all panels of a dashboard, again and again.
fn dashboard(host: &Host, tally: &Tally, uid: &str, panels: &[Value], goes_on: impl Fn() -> bool) {
    refresh(REFRESH, goes_on, |agent| {
        let next = AtomicUsize::new(0);
        scope(|threads| {
            for _ in 0..LANES {
                threads.spawn(|| {
                    while let Some(panel) = panels.get(next.fetch_add(1, Ordering::Relaxed)) {
                        tally.ask(agent, host, uid, panel);
                    }
                });
            }
        });
    });
}

/// Does something at most once in this time, as long as it shall go on.
fn refresh(every: Duration, goes_on: impl Fn() -> bool, act: impl Fn(&ureq::Agent)) {
    let agent = ask::agent();
    while goes_on() {
        let began = Instant::now();
        act(&agent);
        while goes_on() && began.elapsed() < every {
            sleep(Duration::from_millis(50));
        }
    }
}

/// The twelve panels of a user's dashboard.
fn panels(user: usize, ids: &corpus::Ids) -> Vec<Value> {
    let of = |ids: &[String]| ids[user % ids.len()].clone();
    let (portfolio, strategy, run) = (of(&ids.portfolios), of(&ids.strategies), of(&ids.runs));
    let errors = json!([{ "field": "level", "operator": "=|", "values": ["error", "critical"] }]);
    let filled = json!([{ "field": "event_type", "operator": "=", "values": ["ORDERFILLED"] }]);
    let slow = json!([{ "field": "duration_ms", "operator": ">", "values": ["100"] }]);
    let expr = format!(r#"{} |= "ORDER""#, corpus::selector(Layout::Line));
    vec![
        json!({ "queryType": "portfolio", "ids": [portfolio] }),
        json!({ "queryType": "portfolio", "ids": [portfolio], "filters": errors }),
        json!({ "queryType": "portfolio", "ids": [portfolio], "result": "table", "filters": filled,
            "columns": ["symbol", "direction", "transaction_price", "transaction_volume"] }),
        json!({ "queryType": "strategy", "ids": [strategy] }),
        json!({ "queryType": "strategy", "ids": [strategy], "search":
            [{ "operator": "contains", "text": "order" }] }),
        json!({ "queryType": "trace", "ids": [corpus::trace(user as u128)] }),
        json!({ "queryType": "trace", "ids": [corpus::trace(user as u128 + 1)], "result": "table" }),
        json!({ "queryType": "run", "ids": [run] }),
        json!({ "queryType": "run", "ids": [run], "filters": slow }),
        json!({ "queryType": "any", "filters": errors }),
        json!({ "queryType": "any", "search": [{ "operator": "contains", "text": "rejected" }] }),
        json!({ "queryType": "logql", "expr": expr, "limit": 200 }),
    ]
}
