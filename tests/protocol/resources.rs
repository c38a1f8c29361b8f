//! The resources `systems`, `fields` and `explain`, and what is no resource.

use serde_json::json;

use crate::fake::{Act, Fake};
use crate::kit::{RANGE, corpus, put};
use crate::support::{get, host, send};

fn url(uid: &str, path: &str) -> String {
    format!("{}/api/datasources/uid/{uid}/resources/{path}", host().url)
}

fn range() -> String {
    format!("from={}&to={}", RANGE.0, RANGE.1)
}

#[test]
fn systems_have_roles_and_say_whether_they_have_streams() {
    let response = host().resource(corpus(), &format!("systems?{}", range()));
    assert_eq!(response.status, 200, "{response:?}");
    let answer = response.json();
    assert_eq!(answer["defaultSystem"], "ginkgo");
    let systems = answer["systems"].as_array().expect("systems");
    assert_eq!(systems.len(), 2, "{answer}");
    let ginkgo = &systems[0];
    assert_eq!(ginkgo["name"], "ginkgo");
    assert_eq!(ginkgo["selector"], "{job=\"protocol\"}");
    assert_eq!(ginkgo["hasStreams"], true);
    assert_eq!(ginkgo["roles"]["portfolio"], "portfolio_id");
    assert_eq!(ginkgo["preset"], "ginkgo");
    let fields = ginkgo["fields"].as_array().expect("fields");
    let duration =
        json!({ "name": "duration_ms", "role": "duration", "type": "number", "unit": "ms" });
    let paper = json!({ "name": "paper", "role": null, "type": "bool", "unit": "" });
    for field in [duration, paper] {
        assert!(fields.contains(&field), "{field}: {ginkgo}");
    }
    assert_eq!(ginkgo["errorLevels"], json!(["error", "critical"]));
    assert_eq!(
        systems[1]["hasStreams"], false,
        "configured, so it is listed: {answer}"
    );
}

#[test]
fn fields_say_where_they_were_found() {
    let response = host().resource(corpus(), &format!("fields?system=ginkgo&{}", range()));
    assert_eq!(response.status, 200, "{response:?}");
    let answer = response.json();
    assert_eq!(
        (&answer["system"], &answer["sampledLines"]),
        (&json!("ginkgo"), &json!(4))
    );
    let fields = answer["fields"].as_array().expect("fields");
    let field = |name: &str| {
        fields
            .iter()
            .find(|field| field["name"] == name)
            .cloned()
            .unwrap_or_default()
    };
    let portfolio = field("portfolio_id");
    assert_eq!(portfolio["role"], "portfolio");
    assert_eq!(portfolio["found"], json!(["line"]));
    assert_eq!(portfolio["sources"], json!(["label", "metadata", "line"]));
    assert!(portfolio["example"].is_string(), "{portfolio}");
    assert_eq!(field("container")["found"], json!(["label"]));
    assert_eq!(
        (&field("duration_ms")["type"], &field("duration_ms")["unit"]),
        (&json!("number"), &json!("ms"))
    );
    assert_eq!(
        (&field("trace_id")["found"], &field("trace_id")["example"]),
        (&json!([]), &json!(null))
    );
}

#[test]
fn fields_are_those_of_the_system_that_a_query_names() {
    for (body, system) in [
        (json!({}), "ginkgo"),
        (json!({ "system": "fastapi" }), "fastapi"),
        (json!({ "query": { "system": "fastapi" } }), "fastapi"),
    ] {
        let response = host().post_resource(corpus(), "fields", &body);
        assert_eq!(response.status, 200, "{body}: {response:?}");
        assert_eq!(response.json()["system"], system, "{body}");
    }
    let unknown = json!({ "query": { "system": "nosuch" } });
    let response = host().post_resource(corpus(), "fields", &unknown);
    assert_eq!(response.status, 400, "{response:?}");
}

#[test]
fn explain_takes_a_bare_query_and_a_wrapped_one() {
    let query = json!({ "queryType": "portfolio", "ids": ["pf-1"] });
    let bare = host().post_resource(corpus(), "explain", &query);
    let wrapped = host().post_resource(
        corpus(),
        "explain",
        &json!({ "query": query, "from": RANGE.0, "to": RANGE.1 }),
    );
    for response in [&bare, &wrapped] {
        assert_eq!(response.status, 200, "{response:?}");
        let answer = response.json();
        assert_eq!(answer["queryType"], "portfolio");
        assert_eq!(answer["result"], "logs");
        assert_eq!(answer["system"], "ginkgo");
        assert!(
            answer["expr"]
                .as_str()
                .is_some_and(|expr| expr.starts_with("{job=\"protocol\"")),
            "{answer}"
        );
        assert!(answer["notices"].is_array(), "{answer}");
    }
}

#[test]
fn explain_works_without_loki_and_says_so() {
    let fake = Fake::always(Act::status("503 Service Unavailable", "", "starting"));
    let pod = json!({ "name": "pod", "source": ["metadata"] });
    let system = json!({ "preset": "ginkgo", "fields": [pod] });
    put("explain-down", &fake.url, json!({ "systems": [system] }));
    let filter = json!({ "field": "pod", "operator": "exists" });
    let response = host().post_resource(
        "explain-down",
        "explain",
        &json!({ "queryType": "trace", "ids": ["x"], "filters": [filter] }),
    );
    assert_eq!(response.status, 200, "{response:?}");
    let answer = response.json();
    let notice = answer["notices"][0].as_str().unwrap_or_default();
    assert!(
        notice.contains("any layout") && notice.contains("starting"),
        "{answer}"
    );
    assert!(
        answer["expr"]
            .as_str()
            .is_some_and(|expr| expr.contains("trace_id")),
        "{answer}"
    );
}

#[test]
fn what_is_wrong_with_a_request_is_said() {
    for (name, method, path, body, status, part) in [
        (
            "unknown route",
            "GET",
            "nothing",
            json!({}),
            404,
            "systems (GET), fields (GET, POST), values (POST), explain (POST), logs (GET, POST)",
        ),
        ("the root", "GET", "", json!({}), 404, "logs (GET, POST)"),
        (
            "method of systems",
            "POST",
            "systems",
            json!({}),
            405,
            "systems answers GET only",
        ),
        (
            "method of explain",
            "GET",
            "explain",
            json!({}),
            405,
            "explain answers POST only",
        ),
        (
            "method of logs",
            "PUT",
            "logs",
            json!({}),
            405,
            "logs answers GET, POST only",
        ),
        (
            "no object",
            "POST",
            "explain",
            json!([1]),
            400,
            "not a JSON object",
        ),
        (
            "bad query",
            "POST",
            "explain",
            json!({ "queryType": "x" }),
            400,
            "queryType",
        ),
        (
            "unknown parameter",
            "GET",
            "systems?form=1",
            json!({}),
            400,
            "\"form\"",
        ),
        (
            "unknown system",
            "GET",
            "fields?system=nosuch",
            json!({}),
            400,
            "\"nosuch\"",
        ),
        (
            "bad time",
            "GET",
            "systems?from=yesterday",
            json!({}),
            400,
            "yesterday",
        ),
        (
            "backwards",
            "GET",
            "systems?from=1772366400000&to=1772366300000",
            json!({}),
            400,
            "ends before it starts",
        ),
    ] {
        let url = url(corpus(), path);
        let response = if method == "GET" {
            get(&url, &[])
        } else {
            send(method, &url, &[], &body)
        };
        assert_eq!(response.status, status, "{name}: {response:?}");
        let answer = response.json();
        assert_eq!(answer["status"], status, "{name}");
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains(part), "{name}: {part} is not in {error}");
    }
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    for (name, body) in [
        ("half", "{"),
        ("empty", ""),
        ("text", "hello"),
        ("not UTF-8", "\u{fffd}{"),
    ] {
        for path in ["explain", "logs"] {
            let response = agent
                .post(url(corpus(), path))
                .send(body)
                .expect("an answer");
            assert_eq!(response.status().as_u16(), 400, "{name}: {path}");
        }
    }
}

#[test]
fn a_body_beyond_a_megabyte_is_refused() {
    for path in ["explain", "logs"] {
        let body = json!({ "search": "x".repeat(1 << 20) });
        let response = host().post_resource(corpus(), path, &body);
        assert_eq!(response.status, 413, "{path}: {}", response.text);
    }
}

#[test]
fn a_refusal_of_loki_is_not_grafanas_own_401() {
    // Grafana's front end takes a 401 of a resource for the end of its own session.
    let fake = Fake::always(Act::status("401 Unauthorized", "", "bad key"));
    put("resource-401", &fake.url, json!({}));
    for path in ["systems", "fields", "logs"] {
        let response = host().resource("resource-401", path);
        assert_eq!(response.status, 502, "{path}: {response:?}");
        let error = response.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(error.contains("bad key"), "{path}: {error}");
    }
}

#[test]
fn users_of_every_role_are_answered() {
    let health = format!("{}/api/datasources/uid/{}/health", host().url, corpus());
    let checked = get(&health, &[("X-Test-Role", "None")]);
    assert!(checked.text.contains("Loki ("), "{checked:?}");
    for role in ["None", "", "Viewer", "Editor", "Admin", "Grafana Admin"] {
        let headers = [("X-Test-Role", role)];
        let response = get(&url(corpus(), &format!("systems?{}", range())), &headers);
        assert_eq!(response.status, 200, "{role:?}: {response:?}");
        let query = [json!({ "refId": "A", "limit": 1 })];
        let response = host().query_with(corpus(), RANGE.0, RANGE.1, &query, &headers);
        assert_eq!(response.status, 200, "{role:?}: {response:?}");
    }
    let response = get(&url(corpus(), "systems"), &[("X-Test-No-User", "1")]);
    assert_eq!(response.status, 200, "{response:?}");
}

#[test]
fn answers_are_json_and_a_wrong_method_is_told_the_right_ones() {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let response = agent.put(url(corpus(), "logs")).send("{}");
    let response = response.expect("an answer");
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.and_then(|value| value.to_str().ok())
    };
    assert_eq!(response.status().as_u16(), 405);
    assert_eq!(header("allow"), Some("GET, POST"));
    assert_eq!(header("content-type"), Some("application/json"));
}
