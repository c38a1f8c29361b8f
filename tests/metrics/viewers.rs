//! Many who look at the same thing at the same time cost Loki what one costs.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use ginkgo_demo::{Layout, System};
use serde_json::{Value, json};

use crate::corpus::{Corpus, END_NS, START_NS};
use crate::fake::{Act, Fake, Seen};
use crate::lines::corpus;
use crate::metric::MS;
use crate::proxy::{Proxy, matrix};
use crate::support::{self, host};

const VIEWERS: usize = 10;
/// So long Loki takes for an answer: long enough for all to ask.
const LATE: Duration = Duration::from_millis(1200);
const RANGE: (i64, i64) = (START_NS, END_NS);

/// A panel, and whether it shows numbers over time.
type Panel = (Value, bool);

/// A dashboard of twelve panels.
fn dashboard(corpus: &Corpus) -> Vec<Panel> {
    let some = |field: &str| {
        let lines = corpus.lines(System::Ginkgo).iter();
        let mut values = lines.filter_map(|line| line.meant.get(field));
        values.next().unwrap().clone()
    };
    let logql = format!(
        "sum by (level) (count_over_time({}[1m]))",
        corpus.selector(System::Fastapi)
    );
    let rows = [
        json!({ "queryType": "any", "system": "ginkgo", "limit": 50 }),
        json!({ "queryType": "portfolio", "system": "ginkgo", "ids": [some("portfolio_id")], "limit": 50 }),
        json!({ "queryType": "any", "system": "tskv", "limit": 50, "filters": [
            { "field": "level", "operator": "=|", "values": ["error", "critical", "info"] }] }),
        json!({ "queryType": "any", "system": "fastapi", "limit": 50, "result": "table" }),
        json!({ "queryType": "any", "system": "dynamo", "result": "topErrors" }),
        json!({ "queryType": "any", "system": "ginkgo", "result": "errorCount", "instant": true }),
        json!({ "queryType": "any", "system": "ginkgo", "result": "lastSeen", "instant": true,
            "window": "12m", "groupBy": ["strategy_id"] }),
    ];
    let series = [
        json!({ "queryType": "any", "system": "ginkgo", "result": "count", "groupBy": ["level"] }),
        json!({ "queryType": "any", "system": "fastapi", "result": "errorRate", "groupBy": ["service_name"] }),
        json!({ "queryType": "any", "system": "ginkgo", "result": "value", "groupBy": ["portfolio_id"],
            "measure": { "field": "duration_ms", "aggregation": "p95" }, "window": "1m" }),
        json!({ "queryType": "any", "system": "tskv", "result": "errorCount", "groupBy": [] }),
        json!({ "queryType": "logql", "system": "fastapi", "expr": logql }),
    ];
    let panel = |over_time: bool| {
        move |mut query: Value| {
            query["intervalMs"] = 15_000.into();
            query["maxDataPoints"] = 500.into();
            (query, over_time)
        }
    };
    let rows = rows.into_iter().map(panel(false));
    rows.chain(series.into_iter().map(panel(true))).collect()
}

fn late_proxy(uid: &str, corpus: &Corpus) -> Proxy {
    let late = |_: &Seen| {
        std::thread::sleep(LATE);
        None
    };
    Proxy::with_faults(uid, corpus.name, corpus, &support::loki().url, late)
}

/// Opens the dashboard so many times at once; returns the answers by viewer and panel.
fn open(uid: &str, panels: &[Panel], viewers: usize) -> Vec<Vec<Value>> {
    let all_here = Barrier::new(viewers * panels.len());
    std::thread::scope(|scope| {
        let mut dashboards = Vec::new();
        for viewer in 0..viewers {
            let mut open = Vec::new();
            for (number, (query, over_time)) in panels.iter().enumerate() {
                let all_here = &all_here;
                // Each looks some milliseconds later, within a step, which moves no point of a series.
                let moved = if *over_time {
                    (viewer as i64 + 1) * MS
                } else {
                    0
                };
                open.push(scope.spawn(move || {
                    let (panel, who) = (number.to_string(), format!("viewer-{viewer}"));
                    let headers = [
                        ("X-Dashboard-Uid", who.as_str()),
                        ("X-Panel-Id", panel.as_str()),
                    ];
                    let (from, to) = (RANGE.0 + moved, RANGE.1 + moved);
                    let queries = [query.clone()];
                    all_here.wait();
                    let answer = host().query_with(uid, from, to, &queries, &headers);
                    answer.json()["results"]["Q0"].clone()
                }));
            }
            dashboards.push(open);
        }
        let answers = dashboards.into_iter().map(|open| {
            let panels = open.into_iter().map(|panel| panel.join().unwrap());
            panels.collect()
        });
        answers.collect()
    })
}

/// What Loki was asked, each question with how often.
fn asked(seen: &[Seen]) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for seen in seen {
        let question = format!("{} {:?}", seen.path, seen.form);
        *asked.entry(question).or_default() += 1;
    }
    asked
}

/// What is shown, without what it cost.
fn shown(answer: &Value) -> Vec<(&Value, &Value)> {
    let frames = answer["frames"].as_array().unwrap();
    frames
        .iter()
        .map(|frame| (&frame["schema"]["fields"], &frame["data"]))
        .collect()
}

#[test]
fn ten_viewers_of_a_dashboard_cost_what_one_costs() {
    let corpus = corpus(Layout::Mixed);
    let panels = dashboard(corpus);
    assert_eq!(panels.len(), 12);
    let alone = late_proxy("viewers-one", corpus);
    let one = open(&alone.uid, &panels, 1).remove(0);
    let together = late_proxy("viewers-ten", corpus);
    let ten = open(&together.uid, &panels, VIEWERS);
    for (number, alone) in one.iter().enumerate() {
        let query = &panels[number].0;
        assert_eq!(alone["status"], 200, "{query}: {alone}");
        let values = &alone["frames"][0]["data"]["values"][0];
        assert!(
            values.as_array().is_some_and(|values| !values.is_empty()),
            "{query}: {alone}"
        );
        for viewer in &ten {
            let answer = &viewer[number];
            assert_eq!(answer["checks"], json!([]), "{query}");
            assert_eq!(shown(answer), shown(alone), "{query}");
            assert_eq!(*answer, ten[0][number], "{query}");
        }
    }
    let (one, ten) = (asked(&alone.seen()), asked(&together.seen()));
    assert_eq!(ten, one);
    assert!(one.values().sum::<usize>() >= panels.len());
}

/// A Loki that answers nothing before it is told to.
struct Held {
    uid: &'static str,
    fake: Fake,
    /// The requests as they came, answered or not.
    came: Arc<Mutex<Vec<Seen>>>,
    told: Arc<AtomicBool>,
}

impl Held {
    fn new(uid: &'static str, settings: Value) -> Self {
        let told = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&told);
        let answer = move |seen: &Seen| {
            while !heard.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            if seen.param("step").is_none() {
                return Act::Good;
            }
            let point = json!([HELD.0 / 1_000_000_000, "1"]);
            let numbers = matrix(&[json!({ "metric": {}, "values": [point] })]);
            let json = "content-type: application/json\r\n";
            Act::status("200 OK", json, numbers.to_string())
        };
        Self {
            told,
            ..Self::with(uid, settings, answer)
        }
    }

    fn with(
        uid: &'static str,
        mut settings: Value,
        answer: impl Fn(&Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        let came = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&came);
        let fake = Fake::start(move |seen| {
            all.lock().unwrap().push(seen.clone());
            answer(seen)
        });
        settings["url"] = fake.url.clone().into();
        host().put_data_source(uid, &settings);
        Self {
            uid,
            fake,
            came,
            told: Arc::default(),
        }
    }

    fn came(&self) -> Vec<Seen> {
        self.came.lock().unwrap().clone()
    }

    fn tell(&self) {
        self.told.store(true, Ordering::SeqCst);
    }

    fn ask(&self, query: &Value, headers: &[(&str, &str)]) -> Value {
        let answer = host().query_with(
            self.uid,
            HELD.0,
            HELD.1,
            std::slice::from_ref(query),
            headers,
        );
        answer.json()["results"]["Q0"].clone()
    }

    /// Asks and is gone after so long, if there is no answer.
    fn ask_and_leave(&self, query: &Value, patience: Duration) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(patience))
            .build()
            .into();
        let mut query = query.clone();
        query["refId"] = "Q0".into();
        query["datasource"] = json!({ "uid": self.uid });
        let body = json!({ "from": (HELD.0 / MS).to_string(), "to": (HELD.1 / MS).to_string(), "queries": [query] });
        let answer = agent
            .post(format!("{}/api/ds/query", host().url))
            .send_json(body);
        assert!(matches!(answer, Err(ureq::Error::Timeout(_))), "{answer:?}");
    }

    /// Waits until Loki was asked so often.
    fn asked(&self, times: usize) {
        let patience = Instant::now() + Duration::from_secs(20);
        while self.came().len() < times {
            assert!(Instant::now() < patience, "{:?}", self.came());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Around the line of the fake.
const HELD: (i64, i64) = (1_772_366_400_000_000_000, 1_772_366_520_000_000_000);
/// Long enough for whoever asks at the same time to have asked.
const A_WHILE: Duration = Duration::from_millis(1500);

#[test]
fn what_others_may_see_is_not_shared() {
    let passing_on = json!({ "jsonData": { "oauthPassThru": true } });
    let held = Held::new("viewers-identity", passing_on);
    let users = ["Bearer ann", "Bearer bob"];
    std::thread::scope(|scope| {
        let mut viewers = Vec::new();
        for viewer in 0..VIEWERS {
            let (held, user) = (&held, users[viewer % 2]);
            let ask = move || held.ask(&json!({ "limit": 5 }), &[("Authorization", user)]);
            viewers.push(scope.spawn(ask));
        }
        held.asked(2);
        std::thread::sleep(A_WHILE);
        held.tell();
        for viewer in viewers {
            let answer = viewer.join().unwrap();
            assert_eq!(answer["status"], 200, "{answer}");
        }
    });
    let seen = held.came();
    for user in users {
        let own: Vec<Seen> = seen
            .iter()
            .filter(|seen| seen.header("authorization") == Some(user))
            .cloned()
            .collect();
        assert!(asked(&own).values().all(|times| *times == 1), "{seen:?}");
        assert_eq!(own.len() * 2, seen.len(), "{seen:?}");
    }
}

#[test]
fn who_leaves_takes_nothing_from_the_others() {
    let held = Held::new("viewers-leave", json!({}));
    let query = json!({ "limit": 5 });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| held.ask_and_leave(&query, A_WHILE));
        held.asked(1);
        let stays = scope.spawn(|| held.ask(&query, &[]));
        let leaves = scope.spawn(|| held.ask_and_leave(&query, A_WHILE));
        first.join().unwrap();
        leaves.join().unwrap();
        assert_eq!(held.came().len(), 1);
        held.tell();
        let answer = stays.join().unwrap();
        assert_eq!(answer["status"], 200, "{answer}");
        assert_eq!(
            answer["frames"][0]["data"]["values"][1]
                .as_array()
                .map(Vec::len),
            Some(1)
        );
    });
    let asked = asked(&held.came());
    assert!(asked.values().all(|times| *times == 1), "{asked:?}");
}

#[test]
fn the_last_who_leaves_takes_the_request_along() {
    let hang = |_: &Seen| Act::Hang(Vec::new());
    let held = Held::with("viewers-all-leave", json!({}), hang);
    let query = json!({ "limit": 5 });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| held.ask_and_leave(&query, A_WHILE));
        held.asked(1);
        let last = scope.spawn(|| held.ask_and_leave(&query, 2 * A_WHILE));
        first.join().unwrap();
        assert_eq!(held.fake.left(), 0, "somebody waits");
        last.join().unwrap();
    });
    let patience = Instant::now() + Duration::from_secs(10);
    while held.fake.left() < 1 && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!((held.came().len(), held.fake.left()), (1, 1));
}

#[test]
fn who_asked_first_gives_up_first_and_alone() {
    let held = Held::new("viewers-deadline", json!({ "jsonData": { "timeout": 4 } }));
    let query = json!({ "result": "count", "intervalMs": 15_000, "maxDataPoints": 500 });
    std::thread::scope(|scope| {
        let first = scope.spawn(|| held.ask(&query, &[]));
        held.asked(1);
        std::thread::sleep(Duration::from_secs(2));
        let second = scope.spawn(|| held.ask(&query, &[]));
        let late = first.join().unwrap();
        assert_eq!(late["status"], 504, "{late}");
        held.tell();
        let answer = second.join().unwrap();
        assert_eq!(answer["status"], 200, "{answer}");
    });
    assert_eq!(held.came().len(), 1);
}
