use super::*;
use crate::loki::options::Secret;
use crate::loki::request::Direction;
use crate::loki::tags::Tags;

fn options() -> Options {
    Options::new("http://loki")
}

fn logs() -> Request {
    Request::Logs {
        query: "{a=\"1\"}".into(),
        start_ns: 0,
        end_ns: 1,
        limit: 1,
        direction: Direction::Backward,
    }
}

/// The headers as text, in the order of their names.
fn written(options: &Options, request: &Request, call: &Call) -> String {
    let headers = Fixed::new(options, None).unwrap().of(request, call);
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| !["user-agent", "accept"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines.join("\n")
}

fn forwarded(pairs: &[(&str, &str)]) -> Call {
    let forwarded = pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Call {
        forwarded: forwarded.collect(),
        ..Call::default()
    }
}

#[test]
fn allow_list() {
    let mut with_oauth = options();
    with_oauth.forward_oauth = true;
    let mut with_cookies = options();
    with_cookies.keep_cookies = vec!["sid".into(), "app_[]".into()];
    let mut all_cookies = options();
    all_cookies.keep_cookies = vec!["[]".into()];
    let plain = options();
    let headers = [
        ("x-id-token", "id"),
        ("authorization", "Bearer t"),
        (
            "cookie",
            "sid=1; grafana_session=secret; app_x=2;app=3 ; sid2=4",
        ),
        ("x-grafana-user", "ann"),
        ("x-dashboard-uid", "d"),
        ("x-scope-orgid", "other"),
        ("x-grafana-id", "signed"),
    ];
    for (name, options, want) in [
        ("nothing configured", &plain, "x-grafana-user=ann"),
        (
            "OAuth",
            &with_oauth,
            "authorization=Bearer t|x-grafana-user=ann|x-id-token=id",
        ),
        (
            "cookies",
            &with_cookies,
            "cookie=sid=1; app_x=2|x-grafana-user=ann",
        ),
        (
            "all cookies",
            &all_cookies,
            "cookie=sid=1; app_x=2; app=3; sid2=4|x-grafana-user=ann",
        ),
    ] {
        let picked = forwardable(options, headers);
        let text: Vec<String> = picked
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(text.join("|"), want, "{name}");
    }
    assert_eq!(
        forwardable(&plain, [("x-grafana-user", "a\r\nX-Scope-OrgID: b")]),
        []
    );
}

#[test]
fn precedence() {
    let mut basic = options();
    basic.basic_auth = Some(BasicAuth {
        user: "ann".into(),
        password: "pw".into(),
    });
    let mut tenant = options();
    tenant.tenant = Some("team".into());
    let mut custom_tenant = options();
    custom_tenant.headers = vec![("x-scope-orgid".into(), Secret::new("custom"))];
    let mut both_tenants = custom_tenant.clone();
    both_tenants.tenant = Some("team".into());
    let mut custom_auth = basic.clone();
    custom_auth.headers = vec![
        ("X-A".into(), Secret::new("1")),
        ("Authorization".into(), Secret::new("Token k")),
        ("x-a".into(), Secret::new("2")),
    ];
    let token = forwarded(&[("authorization", "Bearer t"), ("X-Scope-OrgID", "evil")]);
    let none = Call::default();
    let tags = "x-query-tags: Source=ginkgo";
    for (name, options, call, want) in [
        (
            "basic",
            &basic,
            &none,
            format!("authorization: Basic YW5uOnB3\n{tags}"),
        ),
        (
            "token beats basic",
            &basic,
            &token,
            format!("authorization: Bearer t\n{tags}"),
        ),
        (
            "custom beats token",
            &custom_auth,
            &token,
            format!("authorization: Token k\nx-a: 2\n{tags}"),
        ),
        (
            "tenant",
            &tenant,
            &none,
            format!("{tags}\nx-scope-orgid: team"),
        ),
        (
            "forwarded tenant is none",
            &tenant,
            &token,
            format!("authorization: Bearer t\n{tags}\nx-scope-orgid: team"),
        ),
        (
            "custom tenant",
            &custom_tenant,
            &none,
            format!("{tags}\nx-scope-orgid: custom"),
        ),
        (
            "tenant beats custom",
            &both_tenants,
            &none,
            format!("{tags}\nx-scope-orgid: team"),
        ),
    ] {
        assert_eq!(written(options, &Request::BuildInfo, call), want, "{name}");
    }
}

#[test]
fn limits_are_asked_for_with_a_tenant() {
    let mut tenant = options();
    tenant.tenant = Some("team".into());
    let mut custom = options();
    custom.headers = vec![("X-Scope-OrgID".into(), Secret::new("custom"))];
    for (name, options, want) in [
        ("none of ours", options(), "fake"),
        ("the settings'", tenant, "team"),
        ("a custom header", custom, "custom"),
    ] {
        let headers = written(&options, &Request::DrilldownLimits, &Call::default());
        let want = format!("x-query-tags: Source=ginkgo\nx-scope-orgid: {want}");
        assert_eq!(headers, want, "{name}");
    }
}

#[test]
fn log_queries_ask_for_categories_and_carry_tags() {
    let tags = Tags {
        panel: Some("7".into()),
        ..Tags::default()
    };
    let call = Call {
        tags,
        ..Call::default()
    };
    assert_eq!(
        written(&options(), &logs(), &call),
        "x-loki-response-encoding-flags: categorize-labels\nx-query-tags: Source=ginkgo,Panel=7"
    );
}

#[test]
fn bad_settings_are_named() {
    let header = |name: &str, value: &str| {
        let mut options = options();
        options.headers = vec![
            ("X-Ok".into(), "1".into()),
            (name.into(), Secret::new(value)),
        ];
        options
    };
    let mut tenant = options();
    tenant.tenant = Some("a\nb".into());
    let mut user = options();
    user.basic_auth = Some(BasicAuth {
        user: "a:b".into(),
        password: "hunter2".into(),
    });
    for (name, options, want) in [
        (
            "name",
            header("bad name", "hunter2"),
            "setting \"httpHeaderName2\" cannot be used: \"bad name\" is no header name",
        ),
        ("empty name", header("", "hunter2"), "httpHeaderName2"),
        (
            "framing",
            header("Content-Length", "hunter2"),
            "is a header that Ginkgo has to set itself",
        ),
        (
            "another host",
            header("Host", "hunter2"),
            "is a header that Ginkgo has to set itself",
        ),
        (
            "value",
            header("X-Key", "hunter2\n"),
            "setting \"httpHeaderValue2\" cannot be used",
        ),
        ("tenant", tenant, "setting \"tenant\" cannot be used"),
        (
            "user",
            user,
            "setting \"basicAuthUser\" cannot be used: \"a:b\" holds a colon",
        ),
    ] {
        let error = Fixed::new(&options, None)
            .err()
            .map(|error| format!("{error} {error:?}"));
        let text = error.unwrap_or_default();
        assert!(text.contains(want), "{name}: {text}");
        assert!(!text.contains("hunter2"), "{name}: {text}");
    }
}

#[test]
fn values_are_not_printed() {
    let mut with_secret = options();
    with_secret.headers = vec![("X-Key".into(), Secret::new("hunter2"))];
    with_secret.basic_auth = Some(BasicAuth {
        user: "a".into(),
        password: "hunter2".into(),
    });
    let call = forwarded(&[("authorization", "hunter2"), ("cookie", "hunter2")]);
    let headers = Fixed::new(&with_secret, None).unwrap().of(&logs(), &call);
    let text = format!("{headers:?} {call:?}");
    assert!(!text.contains("hunter2"), "{text}");
}
