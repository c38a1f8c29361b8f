use serde_json::json;

use super::*;

fn settings(json_data: Value) -> Result<Settings, SettingsError> {
    Settings::try_from(RawSettings {
        url: "http://loki:3100".to_owned(),
        json_data,
        secure: HashMap::from([
            ("tlsCACert".to_owned(), "ca".to_owned()),
            ("httpHeaderValue1".to_owned(), "secret-1".to_owned()),
            ("httpHeaderValue100".to_owned(), "secret-100".to_owned()),
        ]),
        ..RawSettings::default()
    })
}

#[test]
fn the_url_alone_is_enough() {
    let settings = settings(Value::Null).unwrap();
    let names: Vec<&str> = settings.systems.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["ginkgo", "fastapi", "tskv", "dynamo"]);
    assert_eq!(settings.default_system, "ginkgo");
    assert_eq!(settings.max_lines, 1000);
    assert!(!settings.systems.iter().any(|system| system.configured));
}

#[test]
fn everything_can_be_set() {
    let settings = settings(json!({
        "systems": [{"preset": "tskv", "name": "docker"}, {"preset": "dynamo"}],
        "maxLines": "50", "timeout": 7, "maxConcurrent": 3, "tenant": "t1",
        "tlsAuthWithCACert": true, "serverName": "inner", "tlsSkipVerify": "true",
        "oauthPassThru": true, "keepCookies": ["a"], "httpHeaderName1": "X-Key"
    }))
    .unwrap();
    assert_eq!(
        settings.default_system, "docker",
        "the first that somebody wrote"
    );
    assert_eq!(settings.max_lines, 50);
    let loki = settings.loki;
    assert_eq!(loki.timeout, Duration::from_secs(7));
    assert_eq!(loki.max_concurrent, 3);
    assert_eq!(loki.tenant.as_deref(), Some("t1"));
    assert_eq!(loki.tls.ca_pem.as_deref(), Some("ca"));
    assert_eq!(loki.tls.server_name.as_deref(), Some("inner"));
    assert!(loki.tls.skip_verify && loki.forward_oauth);
    assert_eq!(loki.keep_cookies, ["a"]);
    assert_eq!(loki.headers[0].0, "X-Key");
    assert_eq!(loki.headers[0].1.expose(), "secret-1");
}

#[test]
fn what_is_wrong_is_named_and_quoted() {
    for (json_data, error) in [
        (
            json!({"systems": {}}),
            "systems {} is not valid: expected a list",
        ),
        (json!({"systems": [5]}), "systems[0] cannot be read"),
        (
            json!({"systems": [{"preset": "x"}]}),
            "systems[0].preset \"x\" is not known",
        ),
        (
            json!({"systems": [{"preset": "tskv"}, {"preset": "tskv"}]}),
            "systems[1].name \"tskv\" is there twice",
        ),
        (
            json!({"defaultSystem": "x"}),
            "defaultSystem \"x\" is not one of the systems: use ginkgo",
        ),
        (
            json!({"maxLines": 0}),
            "maxLines 0 is not valid: use a number from 1 to 100000",
        ),
        (json!({"timeout": "soon"}), "timeout \"soon\" is not valid"),
        (json!({"maxConcurrent": 0}), "maxConcurrent 0 is not valid"),
        (
            json!({"tenant": 5}),
            "tenant 5 is not valid: expected a text",
        ),
        (
            json!({"tlsAuth": true}),
            "tlsClientCert is empty, and tlsAuth is on",
        ),
        (
            json!({"tlsSkipVerify": "maybe"}),
            "tlsSkipVerify \"maybe\" is not valid",
        ),
        (
            json!({"keepCookies": "a"}),
            "keepCookies \"a\" is not valid",
        ),
        (
            json!({"enableSecureSocksProxy": true}),
            "enableSecureSocksProxy is on",
        ),
    ] {
        let said = settings(json_data.clone()).unwrap_err().to_string();
        let expected = format!("data source setting {error}");
        assert!(said.starts_with(&expected), "{json_data}: {said}");
    }
    let error = Settings::try_from(RawSettings::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("data source setting url is empty"),
        "{error}"
    );
}

#[test]
fn secrets_are_never_shown() {
    let raw = RawSettings {
        secure: HashMap::from([("basicAuthPassword".to_owned(), "pw-1".to_owned())]),
        url: "http://user:pw-2@loki".to_owned(),
        ..RawSettings::default()
    };
    let shown = format!("{raw:?}");
    assert!(
        shown.contains("basicAuthPassword") && !shown.contains("pw-"),
        "{shown}"
    );
}

#[test]
fn every_bound_is_kept_and_said() {
    let systems = |count: usize| -> Value {
        let system = |n| json!({ "preset": "ginkgo", "name": format!("s{n}") });
        json!({ "systems": (0..count).map(system).collect::<Value>() })
    };
    let tenant = |bytes: usize| json!({ "tenant": "t".repeat(bytes) });
    let cookies = |count: usize| json!({ "keepCookies": vec!["c"; count] });
    let header = |number: usize| {
        let key = format!("httpHeaderName{number}");
        json!({ key: "X-Key" })
    };
    for (right, wrong, said) in [
        (
            systems(100),
            systems(101),
            "systems has 101 entries: at most 100 are allowed",
        ),
        (
            tenant(4096),
            tenant(4097),
            "tenant has 4097 bytes: at most 4096 are allowed",
        ),
        (
            cookies(100),
            cookies(101),
            "keepCookies has 101 entries: at most 100 are allowed",
        ),
        (
            header(100),
            header(101),
            "httpHeaderName101 is one header too many: at most 100 are allowed",
        ),
    ] {
        assert!(settings(right).is_ok(), "{said}");
        let error = settings(wrong).unwrap_err();
        assert_eq!(error.to_string(), format!("data source setting {said}"));
    }
    let address = |bytes: usize| {
        let url = format!("http://loki/{}", "x".repeat(bytes - 12));
        Settings::try_from(RawSettings {
            url,
            ..RawSettings::default()
        })
    };
    assert!(address(4096).is_ok());
    let error = address(4097).unwrap_err().problem;
    assert_eq!(error, "has 4097 bytes: at most 4096 are allowed");
}

#[test]
fn a_header_without_a_value_is_an_error() {
    for without in ["2", "99"] {
        let key = format!("httpHeaderName{without}");
        let error = settings(json!({ "httpHeaderName1": "X-Key", &key: "X-Token" })).unwrap_err();
        assert_eq!(error.at, key);
        let said = format!("is \"X-Token\", and httpHeaderValue{without} is empty");
        assert!(error.problem.starts_with(&said), "{error}");
    }
    // Grafana leaves an empty name behind where a header was removed.
    assert!(settings(json!({ "httpHeaderName2": "" })).is_ok());
}
