//! Faults that go away: the rows are right, and nobody notices but by the clock.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fake::{Act, Fake, LINE, Seen};
use crate::kit::{RANGE, ask, column, frame, put, soon};
use crate::support::host;

fn unavailable() -> Act {
    Act::status("503 Service Unavailable", "", "starting")
}

fn busy(headers: &str) -> Act {
    Act::status("429 Too Many Requests", headers, "slow down")
}

#[test]
fn faults_that_pass_cost_no_rows() {
    let date =
        "date: Sun, 06 Nov 1994 08:49:30 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:31 GMT\r\n";
    for (number, (name, faults)) in [
        ("503 twice", vec![unavailable(), unavailable()]),
        ("502", vec![Act::status("502 Bad Gateway", "", "<html>")]),
        ("429", vec![busy("")]),
        ("429 with a pause", vec![busy("retry-after: 1\r\n")]),
        ("429 with a date", vec![busy(date)]),
        ("429 with nonsense", vec![busy("retry-after: -1\r\n")]),
        ("closed", vec![Act::Write(Vec::new())]),
        ("reset", vec![Act::Reset, Act::Reset]),
        (
            "one after the other",
            vec![unavailable(), Act::Reset, busy(""), Act::Write(Vec::new())],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let count = faults.len();
        let fake = Fake::in_turn(faults.into_iter().chain([Act::Good]));
        let uid = format!("passes-{number}");
        put(&uid, &fake.url, json!({}));
        let rows = frame(&uid, &json!({}));
        assert_eq!(column(&rows, "body"), [json!(LINE)], "{name}");
        assert_eq!(fake.seen().len(), count + 1, "{name}");
        assert_eq!(host().health(&uid).status, 200, "{name}");
    }
}

#[test]
fn what_is_asked_before_the_question_is_tried_again_as_well() {
    let fake = Fake::in_turn([unavailable(), Act::Reset, Act::Good]);
    put("judge-passes", &fake.url, json!({}));
    let search = json!([{ "operator": "matches", "text": "a+ line" }]);
    let rows = frame("judge-passes", &json!({ "search": search }));
    assert_eq!(column(&rows, "body"), [json!(LINE)]);
    let seen = fake.seen();
    assert!(seen.iter().take(3).all(|seen| !seen.is_query()), "{seen:?}");
}

#[test]
fn a_loki_that_comes_up_while_it_is_asked_is_found() {
    // Refused once, twice or four times: the pauses are random. When all were over before the server
    // was there, the next round shows it; never is a wrong answer right.
    for round in 0..20 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        drop(listener);
        let uid = format!("comes-up-{round}");
        put(&uid, &format!("http://{address}"), json!({}));
        let asked = std::thread::spawn(move || ask(&uid, &json!({})));
        std::thread::sleep(Duration::from_millis(60));
        let listener = TcpListener::bind(address);
        // Somebody else's connection may have been given the port meanwhile.
        let fake = listener.map(|listener| Fake::on(listener, |_| Act::Good));
        let result = asked.join().expect("an answer");
        if result["status"] == 200 {
            assert_eq!(column(&result["frames"][0], "body"), [json!(LINE)]);
            assert_eq!(fake.map(|fake| fake.seen().len()).ok(), Some(1));
            return;
        }
        assert_eq!(result["status"], 502, "{result}");
    }
    panic!("it was never found");
}

#[test]
fn requests_that_wait_to_be_sent_again_hold_no_place() {
    let fake = Fake::start(|seen| match seen.param("limit") {
        // One more than asked for.
        Some("8") => busy("retry-after: 2\r\n"),
        _ => Act::Good,
    });
    let one = json!({ "maxConcurrent": 1, "timeout": 5 });
    put("one-place", &fake.url, one);
    let waiting = std::thread::spawn(|| ask("one-place", &json!({ "limit": 7 })));
    assert!(soon(Duration::from_secs(5), || fake.seen().len() == 1));
    for _ in 0..3 {
        frame("one-place", &json!({}));
    }
    assert!(!waiting.is_finished(), "the others did not wait for it");
    let result = waiting.join().expect("an answer");
    assert_eq!(result["status"], 429, "{result}");
    let error = result["error"].as_str().unwrap_or_default();
    assert!(error.contains("slow down (tried "), "{error}");
    // Long behind a quarter of its time, but at Loki's own wish: no smaller page goes out beside it.
    let smaller = |seen: &Seen| seen.param("limit") == Some("1");
    assert!(!fake.queries().iter().any(smaller));
}

#[test]
fn places_are_shared_by_all_questions_to_a_data_source() {
    let fake = Fake::always(Act::Late(Duration::from_millis(100)));
    put("shared", &fake.url, json!({ "maxConcurrent": 2 }));
    std::thread::scope(|scope| {
        for batch in 0..3 {
            scope.spawn(move || {
                // Equal ones would be sent once.
                let queries: Vec<Value> = (0..3)
                    .map(|i| json!({ "refId": format!("Q{i}"), "limit": 10 + 3 * batch + i }))
                    .collect();
                let response = host().query("shared", RANGE.0, RANGE.1, &queries);
                assert_eq!(response.status, 200, "{}", response.text);
            });
        }
    });
    assert_eq!(fake.queries().len(), 9);
    assert_eq!(fake.most_at_once(), 2);
}
