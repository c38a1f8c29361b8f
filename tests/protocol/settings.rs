//! Settings: what is wrong is named, what changes is used at once, data sources stay apart.

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{NOBODY, ask, put};
use crate::support::host;

/// Settings with a custom header that has a value.
fn header(name: &str) -> Value {
    json!({ "url": NOBODY, "jsonData": { "httpHeaderName1": name }, "secureJsonData": { "httpHeaderValue1": "x" } })
}

/// Settings with a link to this address.
fn link(url: &str) -> Value {
    let links = json!([{ "field": "order_id", "url": url }]);
    json!({ "url": NOBODY, "jsonData": { "links": links } })
}

/// Settings that are wrong, each with the name of the setting and what the error says of it.
fn wrong() -> Vec<(&'static str, Value, [&'static str; 2])> {
    let own = |system: Value| json!({ "url": NOBODY, "jsonData": { "systems": [system] } });
    let field = |field: Value| own(json!({ "preset": "ginkgo", "fields": [field] }));
    let json_data = |data: Value| json!({ "url": NOBODY, "jsonData": data });
    vec![
        ("no url", json!({ "url": "" }), ["url", "is empty"]),
        (
            "no scheme",
            json!({ "url": "localhost:3100" }),
            ["\"url\"", "http://"],
        ),
        (
            "an API path",
            json!({ "url": "http://loki/loki/api/v1" }),
            ["\"url\"", "/loki/api"],
        ),
        (
            "systems is a text",
            json_data(json!({ "systems": "ginkgo" })),
            ["systems", "list of systems"],
        ),
        (
            "a system is a text",
            json_data(json!({ "systems": ["ginkgo"] })),
            ["systems[0]", "cannot be read"],
        ),
        (
            "broken selector",
            own(json!({ "preset": "ginkgo", "selector": "{job=}" })),
            ["systems[0].selector", "{job=}"],
        ),
        (
            "no selector",
            own(json!({ "name": "mine" })),
            ["systems[0].selector", "missing"],
        ),
        (
            "no name",
            own(json!({ "selector": "{job=\"x\"}" })),
            ["systems[0].name", "missing"],
        ),
        (
            "unknown preset",
            own(json!({ "preset": "gingko" })),
            ["systems[0].preset", "\"gingko\""],
        ),
        (
            "unknown format",
            own(json!({ "preset": "ginkgo", "format": "xml" })),
            ["systems[0].format", "\"xml\""],
        ),
        (
            "unknown zone",
            own(json!({ "preset": "ginkgo", "timeZone": "Mars/X" })),
            ["systems[0].timeZone", "\"Mars/X\""],
        ),
        (
            "bad source",
            field(json!({ "name": "a", "source": "index" })),
            ["systems[0].fields[0].source", "\"index\""],
        ),
        (
            "bad type",
            field(json!({ "name": "a", "type": "int" })),
            ["systems[0].fields[0].type", "\"int\""],
        ),
        (
            "bad role",
            field(json!({ "name": "a", "role": "boss" })),
            ["systems[0].fields[0].role", "\"boss\""],
        ),
        (
            "bad field name",
            field(json!({ "name": "a-b" })),
            ["systems[0].fields[0].name", "\"a-b\""],
        ),
        (
            "a name twice",
            json_data(json!({ "systems": [{ "preset": "ginkgo" }, { "preset": "ginkgo" }] })),
            ["systems[1].name", "twice"],
        ),
        (
            "unknown default",
            json_data(json!({ "defaultSystem": "x" })),
            ["defaultSystem", "\"x\""],
        ),
        (
            "timeout",
            json_data(json!({ "timeout": "soon" })),
            ["timeout", "\"soon\""],
        ),
        (
            "no lines",
            json_data(json!({ "maxLines": 0 })),
            ["maxLines", "0"],
        ),
        (
            "no requests",
            json_data(json!({ "maxConcurrent": 0 })),
            ["maxConcurrent", "0"],
        ),
        ("tenant", json_data(json!({ "tenant": 7 })), ["tenant", "7"]),
        (
            "cookies",
            json_data(json!({ "keepCookies": "lb" })),
            ["keepCookies", "\"lb\""],
        ),
        (
            "oauth",
            json_data(json!({ "oauthPassThru": "yes" })),
            ["oauthPassThru", "\"yes\""],
        ),
        (
            "no authority",
            json_data(json!({ "tlsAuthWithCACert": true })),
            ["tlsCACert", "tlsAuthWithCACert"],
        ),
        (
            "header name",
            header("X Key"),
            ["httpHeaderName1", "\"X Key\""],
        ),
        (
            "another host",
            header("Host"),
            ["httpHeaderName1", "Ginkgo has to set itself"],
        ),
        (
            "a header without a value",
            json_data(json!({ "httpHeaderName1": "X-Key" })),
            ["httpHeaderName1", "httpHeaderValue1 is empty"],
        ),
        (
            "a link to another server",
            link("//evil/${__value.raw}"),
            ["links[0].url", "another server"],
        ),
        (
            "a link to another server with a backslash",
            link("/\\evil"),
            ["links[0].url", "another server"],
        ),
        (
            "a link whose server a line says",
            link("https://${__value.raw}/x"),
            ["links[0].url", "to which server it leads"],
        ),
        (
            "socks",
            json_data(json!({ "enableSecureSocksProxy": true })),
            ["enableSecureSocksProxy", "turn it off"],
        ),
        (
            "user with a colon",
            json!({ "url": NOBODY, "basicAuth": true, "basicAuthUser": "a:b" }),
            ["basicAuthUser", "colon"],
        ),
    ]
}

#[test]
fn a_wrong_setting_is_named_in_queries_health_and_resources() {
    for (name, settings, parts) in wrong() {
        host().put_data_source("wrong", &settings);
        let result = ask("wrong", &json!({}));
        assert_eq!(result["status"], 400, "{name}: {result}");
        assert_eq!(result["errorSource"], "downstream", "{name}");
        let health = host().health("wrong");
        assert_eq!(health.status, 400, "{name}");
        let health = health.json();
        let resource = host().resource("wrong", "systems");
        assert_eq!(resource.status, 400, "{name}: {resource:?}");
        let resource = resource.json();
        for error in [&result["error"], &health["message"], &resource["error"]] {
            let error = error.as_str().unwrap_or_default();
            for part in parts {
                assert!(error.contains(part), "{name}: {part} is not in {error}");
            }
            assert!(error.contains("setting"), "{name}: {error}");
        }
    }
}

#[test]
fn settings_are_read_as_provisioning_writes_them() {
    let fake = Fake::always(Act::Good);
    let texts = json!({ "timeout": "5", "maxLines": "7", "maxConcurrent": "2", "oauthPassThru": "true", "systems": [] });
    put("texts", &format!(" {}/ ", fake.url), texts);
    assert_eq!(ask("texts", &json!({}))["status"], 200);
    assert_eq!(fake.queries()[0].param("limit"), Some("8"));
}

#[test]
fn a_changed_data_source_is_used_by_the_next_query() {
    let (first, second) = (Fake::always(Act::Good), Fake::always(Act::Good));
    put("changing", &first.url, json!({ "tenant": "one" }));
    assert_eq!(ask("changing", &json!({}))["status"], 200);
    put(
        "changing",
        &second.url,
        json!({ "tenant": "two", "maxLines": 3 }),
    );
    assert_eq!(ask("changing", &json!({}))["status"], 200);
    host().put_data_source("changing", &json!({ "url": "" }));
    assert_eq!(ask("changing", &json!({}))["status"], 400);
    put("changing", &second.url, json!({}));
    assert_eq!(ask("changing", &json!({}))["status"], 200);

    let tenants = |fake: &Fake| -> Vec<Option<String>> {
        let queries = fake.queries();
        queries
            .iter()
            .map(|seen| seen.header("x-scope-orgid").map(str::to_owned))
            .collect()
    };
    assert_eq!(tenants(&first), [Some("one".to_owned())]);
    assert_eq!(tenants(&second), [Some("two".to_owned()), None]);
    assert_eq!(second.queries()[0].param("limit"), Some("4"));
}

#[test]
fn data_sources_that_ask_at_once_do_not_mix() {
    let fakes: Vec<Fake> = (0..4).map(|_| Fake::always(Act::Good)).collect();
    std::thread::scope(|scope| {
        for (number, fake) in fakes.iter().enumerate() {
            scope.spawn(move || {
                let uid = format!("apart-{number}");
                put(&uid, &fake.url, json!({ "tenant": uid }));
                for _ in 0..5 {
                    assert_eq!(ask(&uid, &json!({}))["status"], 200);
                }
            });
        }
    });
    for (number, fake) in fakes.iter().enumerate() {
        let tenant = format!("apart-{number}");
        let queries = fake.queries();
        assert_eq!(queries.len(), 5, "{tenant}");
        assert!(
            queries
                .iter()
                .all(|seen| seen.header("x-scope-orgid") == Some(&tenant)),
            "{queries:?}"
        );
    }
}
