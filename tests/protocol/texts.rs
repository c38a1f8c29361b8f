//! What a Loki or a line says is text wherever Grafana shows it: no markup, nothing hidden, never long.

use serde_json::{Value, json};

use crate::fake::{Act, Fake, LINE_NS, Seen};
use crate::kit::{RANGE, column, put};
use crate::support::host;

/// Moves a cursor, rings, turns a sentence round, draws a picture, and does not end.
fn hostile() -> String {
    "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{2066}<img src=//evil>".to_owned()
        + &"x".repeat(3_000_000)
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Holds against a text what all shown texts are.
fn assert_shown(name: &str, text: &Value) {
    let text = text.as_str().unwrap_or_else(|| panic!("{name}: {text}"));
    assert!(!text.is_empty(), "{name}");
    assert!(!text.contains(is_hidden), "{name}: {:?}", text.get(..200));
    assert!(text.len() < 20_000, "{name}: {} bytes", text.len());
}

fn answering(script: impl Fn(&Seen) -> Option<Value> + Send + Sync + 'static) -> Fake {
    Fake::start(move |seen| match script(seen) {
        Some(body) => Act::status(
            "200 OK",
            "content-type: application/json\r\n",
            body.to_string(),
        ),
        None => Act::Good,
    })
}

fn ask(uid: &str, query: &Value) -> Value {
    let mut query = query.clone();
    query["refId"] = json!("A");
    let response = host().query(uid, RANGE.0, RANGE.1, &[query]);
    response.json()["results"]["A"].clone()
}

#[test]
fn errors_of_loki() {
    for (name, status) in [
        ("query", "400 Bad Request"),
        ("fault", "500 Oh"),
        ("denied", "403 Forbidden"),
    ] {
        let fake = Fake::always(Act::status(status, "", hostile()));
        put("texts-error", &fake.url, json!({}));
        let answer = ask("texts-error", &json!({}));
        assert_shown(name, &answer["error"]);
        let health = host().health("texts-error").json();
        assert_shown(name, &health["message"]);
        assert_shown(name, &health["details"]["verboseMessage"]);
    }
}

#[test]
fn a_version_and_warnings() {
    let fake = answering(|seen| {
        let version = seen
            .path
            .ends_with("buildinfo")
            .then(|| json!({ "version": hostile() }));
        version.or_else(|| {
            seen.is_query().then(|| {
                json!({ "status": "success", "warnings": [hostile()], "data": {
                    "resultType": "streams",
                    "encodingFlags": ["categorize-labels"],
                    "result": [{ "stream": { "job": "ginkgo" }, "values": [[LINE_NS, "a line", {}]] }],
                } })
            })
        })
    });
    put("texts-version", &fake.url, json!({}));
    let health = host().health("texts-version").json();
    assert_eq!(health["status"], "OK", "{}", health["message"]);
    assert_shown("health", &health["message"]);
    assert_shown("version", &health["details"]["version"]);
    let answer = ask("texts-version", &json!({}));
    let notices = &answer["frames"][0]["schema"]["meta"]["notices"];
    let notices = notices.as_array().expect("a notice");
    assert!(!notices.is_empty());
    for notice in notices {
        assert_shown("notice", &notice["text"]);
    }
}

#[test]
fn annotations() {
    let message = hostile();
    let line = json!({ "message": message, "ginkgo": { "event_type": message } }).to_string();
    let fake = answering(move |seen| {
        seen.is_query().then(|| {
            json!({ "status": "success", "data": {
                "resultType": "streams",
                "encodingFlags": ["categorize-labels"],
                "result": [{ "stream": { "job": "ginkgo" }, "values": [[LINE_NS, line, {}]] }],
            } })
        })
    });
    put("texts-events", &fake.url, json!({}));
    let answer = ask("texts-events", &json!({ "result": "events" }));
    assert_eq!(answer["status"], 200, "{}", answer["error"]);
    let frame = &answer["frames"][0];
    for name in ["title", "text", "tags"] {
        let text = &column(frame, name)[0];
        assert_shown(name, text);
        // Tags are no HTML in Grafana.
        let has_markup = text.as_str().is_some_and(|text| text.contains('<'));
        assert_eq!(has_markup, name == "tags", "{name}: {text}");
    }
}
