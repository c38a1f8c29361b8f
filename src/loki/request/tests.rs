use super::*;

fn written(request: &Request) -> String {
    let head = format!("{:?} {}", request.method(), request.path());
    let form = request
        .form()
        .into_iter()
        .map(|(key, value)| format!("{key}={value}"));
    std::iter::once(head)
        .chain(form)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn requests_as_written() {
    let query = String::from(r#"{job="ginkgo"} |= "a&b=c""#);
    for (name, request, want) in [
        (
            "logs",
            Request::Logs {
                query: query.clone(),
                start_ns: 1,
                end_ns: 1_700_000_000_000_000_001,
                limit: 500,
                direction: Direction::Forward,
            },
            "Post /loki/api/v1/query_range\nquery={job=\"ginkgo\"} |= \"a&b=c\"\nstart=1\n\
             end=1700000000000000001\nlimit=500\ndirection=forward",
        ),
        (
            "numbers over time",
            Request::Range {
                query: "rate({a=\"1\"}[1m])".into(),
                start_ns: 1,
                end_ns: 2,
                step_ns: 1_500_000_000,
            },
            "Post /loki/api/v1/query_range\nquery=rate({a=\"1\"}[1m])\nstart=1\nend=2\nstep=1500ms",
        ),
        (
            "numbers of an instant",
            Request::Instant {
                query: "rate({a=\"1\"}[1m])".into(),
                time_ns: 1_700_000_000_000_000_001,
            },
            "Post /loki/api/v1/query\nquery=rate({a=\"1\"}[1m])\ntime=1700000000000000001",
        ),
        (
            "series of two selectors",
            Request::Series {
                matchers: vec!["{a=\"1\"}".into(), "{b=\"2\"}".into()],
                start_ns: 1,
                end_ns: 2,
            },
            "Post /loki/api/v1/series\nmatch[]={a=\"1\"}\nmatch[]={b=\"2\"}\nstart=1\nend=2",
        ),
        (
            "format",
            Request::FormatQuery {
                query: query.clone(),
            },
            "Post /loki/api/v1/format_query\nquery={job=\"ginkgo\"} |= \"a&b=c\"",
        ),
        (
            "labels",
            Request::Labels {
                start_ns: 1,
                end_ns: 2,
                selector: None,
            },
            "Post /loki/api/v1/labels\nstart=1\nend=2",
        ),
        (
            "labels of a selector",
            Request::Labels {
                start_ns: 1,
                end_ns: 2,
                selector: Some("{a=\"1\"}".into()),
            },
            "Post /loki/api/v1/labels\nquery={a=\"1\"}\nstart=1\nend=2",
        ),
        (
            "values of a label",
            Request::LabelValues {
                label: "pod".into(),
                selector: "{a=\"1\"}".into(),
                start_ns: 1,
                end_ns: 2,
            },
            "Post /loki/api/v1/label/pod/values\nquery={a=\"1\"}\nstart=1\nend=2",
        ),
        (
            "detected labels",
            Request::DetectedLabels {
                selector: "{a=\"1\"}".into(),
                start_ns: 1,
                end_ns: 2,
            },
            "Post /loki/api/v1/detected_labels\nquery={a=\"1\"}\nstart=1\nend=2",
        ),
        (
            "detected fields",
            Request::DetectedFields {
                query: "{a=\"1\"}".into(),
                start_ns: 1,
                end_ns: 2,
                line_limit: 1000,
                limit: 100,
            },
            "Post /loki/api/v1/detected_fields\nquery={a=\"1\"}\nstart=1\nend=2\n\
             line_limit=1000\nlimit=100",
        ),
        (
            "what the index knows",
            Request::IndexStats {
                selector: "{a=\"1\"}".into(),
                start_ns: 1,
                end_ns: 2,
            },
            "Post /loki/api/v1/index/stats\nquery={a=\"1\"}\nstart=1\nend=2",
        ),
        (
            "lines as they were written",
            Request::Written {
                query: "{a=\"1\"}".into(),
                start_ns: 1,
                end_ns: 2,
                limit: 9,
            },
            "Post /loki/api/v1/query_range\nquery={a=\"1\"}\nstart=1\nend=2\nlimit=9\n\
             direction=forward",
        ),
        ("configuration", Request::Config, "Get /config"),
        (
            "version",
            Request::BuildInfo,
            "Get /loki/api/v1/status/buildinfo",
        ),
        (
            "limits",
            Request::DrilldownLimits,
            "Get /loki/api/v1/drilldown-limits",
        ),
    ] {
        assert_eq!(written(&request), want, "{name}");
    }
}

#[test]
fn lines_of_a_whole_millisecond_are_asked_for_from_just_before_it() {
    const MINUTE: i64 = 60_000_000_000;
    let start = |start_ns: i64| {
        let request = Request::Logs {
            query: String::new(),
            start_ns,
            end_ns: i64::MAX,
            limit: 1,
            direction: Direction::Forward,
        };
        let form = request.form();
        let start = form.into_iter().find(|(name, _)| *name == "start");
        start.unwrap().1.parse::<i64>().unwrap()
    };
    for (start_ns, asked) in [
        (MINUTE, MINUTE),
        (MINUTE + 1, MINUTE + 1),
        (MINUTE + 1_000_000, MINUTE + 999_999),
        (MINUTE + 1_000_001, MINUTE + 1_000_001),
        (0, 0),
        (i64::MIN, i64::MIN),
    ] {
        assert_eq!(start(start_ns), asked);
    }
}
