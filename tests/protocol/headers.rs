//! What reaches Loki: the settings' own headers, and of Grafana's only those on the list.

use serde_json::{Value, json};

use crate::fake::{Act, Fake, Seen};
use crate::kit::RANGE;
use crate::support::{get, host};

/// Headers as a browser and Grafana's middlewares send them.
const INCOMING: [(&str, &str); 9] = [
    ("Authorization", "Bearer user-token"),
    ("X-Test-Id-Token", "id-token"),
    ("Cookie", "lb=1; other=2; lb_zone=3; grafana_session=4"),
    ("X-Grafana-User", "ann"),
    ("X-Grafana-Id", "signed"),
    ("X-Dashboard-Uid", "dash-1"),
    ("X-Dashboard-Title", "My board"),
    ("X-Panel-Id", "7"),
    ("X-Rule-Uid", "rule-9"),
];

/// Registers a data source at a new fake, asks one query and returns it as the fake saw it.
fn sent(uid: &str, mut settings: Value, query: &Value, headers: &[(&str, &str)]) -> Seen {
    let fake = Fake::always(Act::Good);
    settings["url"] = json!(fake.url);
    host().put_data_source(uid, &settings);
    let response = host().query_with(uid, RANGE.0, RANGE.1, std::slice::from_ref(query), headers);
    assert_eq!(response.status, 200, "{}", response.text);
    fake.queries().pop().expect("a log query")
}

#[test]
fn a_users_token_is_forwarded_only_where_the_settings_say_so() {
    let with = sent(
        "oauth",
        json!({ "jsonData": { "oauthPassThru": true } }),
        &json!({}),
        &INCOMING,
    );
    assert_eq!(with.header("authorization"), Some("Bearer user-token"));
    assert_eq!(with.header("x-id-token"), Some("id-token"));
    let without = sent("no-oauth", json!({}), &json!({}), &INCOMING);
    assert_eq!(without.header("authorization"), None);
    assert_eq!(without.header("x-id-token"), None);
}

#[test]
fn only_the_cookies_to_keep_are_forwarded_and_never_the_session() {
    for (name, keep, wanted) in [
        ("none", json!([]), None),
        ("by name", json!(["lb"]), Some("lb=1")),
        ("by the beginning", json!(["lb[]"]), Some("lb=1; lb_zone=3")),
        (
            "the session",
            json!(["lb", "grafana_session"]),
            Some("lb=1"),
        ),
    ] {
        let seen = sent(
            "cookies",
            json!({ "jsonData": { "keepCookies": keep } }),
            &json!({}),
            &INCOMING,
        );
        assert_eq!(seen.header("cookie"), wanted, "{name}");
    }
}

#[test]
fn nothing_else_of_grafanas_request_reaches_loki() {
    let seen = sent("list", json!({}), &json!({}), &INCOMING);
    // The plugin context's user, and not the name in the header.
    assert_eq!(seen.header("x-grafana-user"), Some("admin"));
    let mut names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let wanted = [
        "accept",
        "accept-encoding",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-grafana-user",
        "x-loki-response-encoding-flags",
        "x-query-tags",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn resources_forward_by_the_same_list() {
    let fake = Fake::always(Act::Good);
    host().put_data_source(
        "resource-list",
        &json!({ "url": fake.url, "jsonData": { "oauthPassThru": true } }),
    );
    let response = logs(
        "resource-list",
        &[
            ("X-Evil", "1"),
            ("X-Grafana-User", "ann"),
            ("Authorization", "Bearer user-token"),
            ("X-Test-Id-Token", "id-token"),
        ],
    );
    assert_eq!(response.status, 200, "{}", response.text);
    let seen = fake.queries().pop().expect("a log query");
    assert_eq!(seen.header("x-evil"), None);
    assert_eq!(seen.header("x-grafana-user"), Some("admin"));
    assert_eq!(seen.header("authorization"), Some("Bearer user-token"));
    assert_eq!(seen.header("x-id-token"), Some("id-token"));
}

/// Calls the resource `logs` as a browser with these headers does.
fn logs(uid: &str, headers: &[(&str, &str)]) -> crate::support::Response {
    let url = format!("{}/api/datasources/uid/{uid}/resources/logs", host().url);
    get(&url, headers)
}

#[test]
fn a_viewers_own_headers_never_make_them_somebody_else() {
    let settings = json!({ "oauthPassThru": true, "keepCookies": ["[]"] });
    let evil = [
        ("http_X-Grafana-User", "boss"),
        ("http_Authorization", "Bearer boss"),
        ("http_X-Id-Token", "boss"),
        ("http_Cookie", "sid=boss"),
        ("X-Id-Token", "boss"),
    ];
    let own = [
        ("X-Grafana-User", "boss"),
        ("Authorization", "Bearer user-token"),
        ("Cookie", "sid=own"),
    ];
    let both = [own.as_slice(), &evil].concat();
    let fake = Fake::always(Act::Good);
    let mut config = json!({ "url": fake.url });
    config["jsonData"] = settings;
    host().put_data_source("viewer", &config);
    // The host's maps have another order each time.
    for round in 0..24 {
        let alone = logs("viewer", &evil);
        assert_eq!(alone.status, 200, "{round}: {}", alone.text);
        let seen = fake.queries().pop().expect("a log query");
        for name in ["x-grafana-user", "authorization", "x-id-token", "cookie"] {
            assert_eq!(seen.header(name), None, "{round}: {name}");
        }
        let beside = logs("viewer", &both);
        assert_eq!(beside.status, 200, "{round}: {}", beside.text);
        let seen = fake.queries().pop().expect("a log query");
        for (name, wanted) in [
            ("x-grafana-user", Some("admin")),
            ("authorization", Some("Bearer user-token")),
            ("x-id-token", None),
            ("cookie", Some("sid=own")),
        ] {
            assert_eq!(seen.header(name), wanted, "{round}: {name}");
        }
    }
    let before = fake.seen().len();
    let twice = [both.as_slice(), &[("X-Test-Id-Token", "id-token")]].concat();
    let refused = logs("viewer", &twice);
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(
        refused.text.contains("has the header X-ID-Token twice"),
        "{}",
        refused.text
    );
    assert_eq!(fake.seen().len(), before, "nothing was sent");
}

#[test]
fn tenant_custom_headers_and_basic_auth_come_from_the_settings() {
    let settings = json!({
        "basicAuth": true,
        "basicAuthUser": "ann",
        "jsonData": { "tenant": "desk-1", "httpHeaderName1": "X-Api-Key", "httpHeaderName2": "X-Zone" },
        "secureJsonData": { "basicAuthPassword": "pw", "httpHeaderValue1": "key-1", "httpHeaderValue2": "eu" },
    });
    let seen = sent("own-headers", settings, &json!({}), &[]);
    for (name, value) in [
        ("x-scope-orgid", "desk-1"),
        ("x-api-key", "key-1"),
        ("x-zone", "eu"),
        // ann:pw
        ("authorization", "Basic YW5uOnB3"),
    ] {
        assert_eq!(seen.header(name), Some(value), "{name}");
    }
}

#[test]
fn who_asked_is_in_lokis_query_tags() {
    let trace = json!({ "queryType": "trace", "system": "fastapi", "ids": ["t-1"] });
    for (name, query, headers, wanted) in [
        (
            "nobody",
            json!({}),
            &[][..],
            "Source=ginkgo,System=ginkgo,QueryType=any",
        ),
        (
            "a panel and a rule",
            trace,
            &INCOMING[..],
            "Source=ginkgo,System=fastapi,QueryType=trace,Dashboard=dash-1,Panel=7,AlertRule=rule-9",
        ),
        (
            "a title that would break the pairs",
            json!({}),
            &[("X-Dashboard-Uid", "a=b,Source=evil")][..],
            "Source=ginkgo,System=ginkgo,QueryType=any,Dashboard=a-b-Source-evil",
        ),
    ] {
        let seen = sent("tags", json!({}), &query, headers);
        assert_eq!(seen.header("x-query-tags"), Some(wanted), "{name}");
    }
}

#[test]
fn a_query_is_a_form_that_asks_for_labels_by_category() {
    let seen = sent(
        "form",
        json!({}),
        &json!({ "limit": 5, "direction": "forward" }),
        &[],
    );
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("POST", "/loki/api/v1/query_range")
    );
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        seen.header("x-loki-response-encoding-flags"),
        Some("categorize-labels")
    );
    assert!(
        seen.header("accept-encoding")
            .is_some_and(|value| value.contains("gzip"))
    );
    assert!(
        seen.header("user-agent")
            .is_some_and(|agent| agent.starts_with("ginkgo/"))
    );
    let (start, end) = (RANGE.0.to_string(), RANGE.1.to_string());
    for (name, value) in [
        ("query", "{job=\"ginkgo\"}"),
        // One more than asked for tells whether there is more.
        ("limit", "6"),
        ("direction", "forward"),
        ("start", start.as_str()),
        ("end", end.as_str()),
    ] {
        assert_eq!(seen.param(name), Some(value), "{name}");
    }
}

#[test]
fn a_base_path_stands_before_every_path() {
    let fake = Fake::always(Act::Good);
    let url = format!("{}/gateway/loki/", fake.url);
    host().put_data_source("base-path", &json!({ "url": url }));
    let search = json!([{ "operator": "matches", "text": "judged first" }]);
    let query = json!({ "queryType": "trace", "ids": ["t-1"], "search": search });
    let response = host().query("base-path", RANGE.0, RANGE.1, &[query]);
    assert_eq!(response.status, 200, "{}", response.text);
    let paths: Vec<String> = fake.seen().into_iter().map(|seen| seen.path).collect();
    assert!(paths.len() > 1, "{paths:?}");
    let prefix = "/gateway/loki/loki/api/v1/";
    assert!(
        paths.iter().all(|path| path.starts_with(prefix)),
        "{paths:?}"
    );
}
