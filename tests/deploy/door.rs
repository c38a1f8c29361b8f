//! The door of `ginkgo demo --serve` against Grafana's own plugin client: the same JSON for the same question.

use std::net::TcpListener;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::kit::text;
use crate::support::process::{Process, ginkgo};
use crate::support::{Response, get, host, loki, send};

/// The data source that both have.
const UID: &str = "door";

/// The door and the host over the same lines, and a range that no line is still written into.
struct Both {
    door: String,
    host: String,
    from: String,
    to: String,
    ids: Vec<(String, String)>,
    _process: Process,
}

/// One of each for all tests.
fn both() -> &'static Both {
    static BOTH: OnceLock<Both> = OnceLock::new();
    BOTH.get_or_init(Both::start)
}

impl Both {
    fn start() -> Self {
        let loki = loki().url.clone();
        let said = Command::new(ginkgo())
            .args(["demo", "--backfill", "20m", "--once", "--layout", "mixed"])
            .args(["--mess", "0.2", "--url", &loki])
            .output()
            .expect("it runs");
        assert!(said.status.success(), "{said:?}");
        let said = String::from_utf8(said.stdout).expect("text");
        let ids = said.lines().filter_map(|line| {
            let (kind, id) = line
                .trim()
                .strip_prefix("ginkgo query --")?
                .split_once(' ')?;
            Some((kind.to_owned(), id.to_owned()))
        });
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("a port").port();
        drop(free);
        let mut command = Command::new(ginkgo());
        command.args([
            "demo",
            "--serve",
            "--no-logs",
            "--until-eof",
            "--url",
            &loki,
        ]);
        command.args(["--port", &port.to_string()]);
        let process = Process::start(&mut command);
        let now = jiff::Timestamp::now().as_millisecond();
        let both = Self {
            door: format!("http://127.0.0.1:{port}"),
            host: host().url.clone(),
            from: (now - 20 * 60_000).to_string(),
            to: now.to_string(),
            ids: ids.collect(),
            _process: process,
        };
        let settings = json!({ "url": loki, "jsonData": { "maxLines": 200 } });
        for server in [&both.door, &both.host] {
            let url = format!("{server}/api/datasources/uid/{UID}");
            assert_eq!(send("PUT", &url, &[], &settings).status, 200);
        }
        both
    }

    /// Fails when the two answer differently; returns what they answer.
    fn compare(&self, name: &str, ask: impl Fn(&str) -> Response) -> Value {
        let [door, host] = [&self.door, &self.host].map(|server| ask(server));
        assert_eq!(door.status, host.status, "{name}: {door:?}\n{host:?}");
        let [door, host] = [door, host].map(|answer| comparable(answer.json()));
        if let Some(at) = difference(&door, &host) {
            panic!("{name}: the door differs at {at}");
        }
        door
    }

    /// Likewise, of one query.
    fn query(&self, name: &str, query: &Value) -> Value {
        let mut query = query.clone();
        query["refId"] = json!("A");
        query["datasource"] = json!({ "uid": UID });
        let body = json!({ "from": self.from, "to": self.to, "queries": [query] });
        self.compare(name, |server| {
            send("POST", &format!("{server}/api/ds/query"), &[], &body)
        })
    }
}

/// Leaves out what no two answers have in common: how long Loki took, and the words of two JSON readers.
fn comparable(mut answer: Value) -> Value {
    fn visit(value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(visit),
            Value::Object(object) => {
                if let Some(Value::Array(stats)) = object.get_mut("stats") {
                    for stat in stats {
                        stat["value"].take();
                    }
                }
                object.values_mut().for_each(visit);
            }
            _ => {}
        }
    }
    visit(&mut answer);
    let own = answer["message"]
        .as_str()
        .and_then(|text| text.split(':').next());
    if let Some(own) = own {
        answer = json!({ "message": own });
    }
    answer
}

/// Where two values differ; 1 and 1.0 are the same number.
fn difference(door: &Value, host: &Value) -> Option<String> {
    match (door, host) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names = a.keys().chain(b.keys());
            let differs = |name: &String| {
                let nothing = Value::String("nothing there".to_owned());
                let of = |object: &serde_json::Map<String, Value>| {
                    object.get(name).unwrap_or(&nothing).clone()
                };
                let inner = difference(&of(a), &of(b))?;
                Some(format!("{name}.{inner}"))
            };
            names.find_map(differs)
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            let differs = |(row, (a, b))| Some(format!("{row}.{}", difference(a, b)?));
            pairs.find_map(differs)
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        (a, b) if a == b => None,
        (a, b) => Some(format!(": {a:.200} and not {b:.200}")),
    }
}

#[test]
fn the_door_answers_what_grafanas_own_client_answers() {
    let both = both();
    let contract: Value = serde_json::from_str(&text("tests/contract/queries.json")).expect("JSON");
    let cases = contract.as_array().expect("a list");
    assert!(cases.len() > 100);
    // Some of them: which frames there are hangs on few.
    for case in cases.iter().step_by(4) {
        both.query(&case["name"].to_string(), &case["query"]);
    }

    // Each kind of frame, with lines in it.
    let mut seen = String::new();
    for (kind, id) in &both.ids {
        for result in [
            "logs",
            "table",
            "count",
            "errorRate",
            "topErrors",
            "lastSeen",
            "events",
        ] {
            for instant in [false, true] {
                let query = json!({
                    "queryType": kind, "ids": [id], "result": result, "instant": instant,
                    "groupBy": if result == "count" { json!(["level"]) } else { Value::Null },
                });
                seen += &both
                    .query(&format!("{kind} {result} {instant}"), &query)
                    .to_string();
            }
        }
    }
    let count = "sum(count_over_time({job=~\".+\"}[1m]))";
    for expr in [
        format!("{count} / 0"),
        format!("{count} * 1e308 * 1e308"),
        format!("{count} * 1e308 * -1e308"),
    ] {
        let query = json!({ "queryType": "logql", "expr": expr, "instant": false });
        seen += &both.query(&expr, &query).to_string();
    }
    for part in [
        "\"nanos\":[[",
        "\"NaN\":[",
        "\"Inf\":[",
        "\"NegInf\":[",
        "\"json.RawMessage\"",
        "\"nullable\":true",
        "\"config\":{",
        "\"labels\":{",
        "\"notices\":[",
        "\"log-lines\"",
        "\"timeseries-multi\"",
        "\"numeric-multi\"",
        "[null,",
    ] {
        assert!(seen.contains(part), "no answer has {part}");
    }
}

#[test]
fn the_door_refuses_and_passes_on_what_grafanas_server_does() {
    let both = both();
    let query =
        |server: &str, body: &Value| send("POST", &format!("{server}/api/ds/query"), &[], body);
    let of = |uid: &str| json!({ "refId": "A", "datasource": { "uid": uid } });
    let hidden = json!({ "refId": "H", "datasource": { "uid": UID }, "hide": true });
    for (name, body) in [
        ("no queries", json!({})),
        ("no list", json!({ "queries": {} })),
        (
            "no such data source",
            json!({ "from": "0", "to": "1", "queries": [of("none")] }),
        ),
        ("no range", json!({ "queries": [of(UID)] })),
        (
            "bad range",
            json!({ "from": "x", "to": "1", "queries": [of(UID)] }),
        ),
        (
            "backwards",
            json!({ "from": "10", "to": "1", "queries": [of(UID)] }),
        ),
        (
            "twice",
            json!({ "from": "0", "to": "1", "queries": [of(UID), of(UID)] }),
        ),
        (
            "hidden",
            json!({ "from": "0", "to": "1", "queries": [hidden] }),
        ),
        (
            "RFC 3339",
            json!({ "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:01.5Z", "queries": [of(UID)] }),
        ),
    ] {
        both.compare(name, |server| query(server, &body));
    }
    let source = |server: &str| format!("{server}/api/datasources/uid/{UID}");
    let range = format!("from={}&to={}", both.from, both.to);
    for path in [
        format!("systems?{range}"),
        format!("fields?system=tskv&{range}"),
        format!("logs?search=a%26b%2Bc&limit=5&{range}"),
        "logs?portfolo=x".to_owned(),
        "nothing".to_owned(),
        "systems/x".to_owned(),
    ] {
        both.compare(&path, |server| {
            get(&format!("{}/resources/{path}", source(server)), &[])
        });
    }
    let values = json!({ "field": "strategy_id", "from": both.from, "to": both.to });
    for (path, body) in [
        ("values", &values),
        ("explain", &json!({})),
        ("explain", &json!([])),
    ] {
        both.compare(path, |server| {
            send(
                "POST",
                &format!("{}/resources/{path}", source(server)),
                &[],
                body,
            )
        });
    }
    both.compare("health", |server| {
        get(&format!("{}/health", source(server)), &[])
    });
    both.compare("no health", |server| {
        get(&format!("{server}/api/datasources/uid/none/health"), &[])
    });
}
