//! Answers of a real Loki 3.7, then everything they might be instead.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

const LOGS: &str = r#"{"status":"success","warnings":["slow"],"data":{"resultType":"streams",
"encodingFlags":["categorize-labels"],"result":[{"stream":{"job":"ginkgo","app":"x"},"values":[
["1700000000000000001","{\"a\":\"\u7ec4\u003c\"}",{"structuredMetadata":{"trace_id":"t","a":"m"},
"parsed":{"p":"1"}}],["1700000000000000000","plain",{}]]}],
"stats":{"summary":{"bytesProcessedPerSecond":1,"totalBytesProcessed":4096,
"totalLinesProcessed":12,"execTime":0.25,"queueTime":0.5,"totalEntriesReturned":2},
"querier":{"store":{"totalChunksRef":9,"totalChunksDownloaded":3}},
"ingester":{"totalReached":1,"totalBatches":3,"totalLinesSent":256,"totalChunksMatched":4,"store":{"totalChunksDownloaded":1}}}}}"#;

const FIELDS: &str = r#"{"fields":[{"label":"ginkgo_portfolio_id","type":"string","cardinality":4,
"parsers":["json"],"jsonPath":["ginkgo","portfolio_id"]},{"label":"trace_id","type":"string",
"cardinality":2,"parsers":null}],"limit":1000}"#;

fn pairs(pairs: &[(&str, &str)]) -> Arc<Pairs> {
    Arc::new(pairs.iter().copied().collect())
}

#[test]
fn log_answer_in_full() {
    let answer = LogAnswer::decode(LOGS.as_bytes()).unwrap();
    assert_eq!(answer.warnings, ["slow"]);
    assert_eq!(
        answer.stats,
        Stats {
            bytes_processed: 4096,
            lines_processed: 12,
            entries_returned: 2,
            exec_seconds: 0.25,
            queue_seconds: 0.5,
            chunks: 8,
            splits: 0,
            ingesters: Ingesters {
                requests: 1,
                batches: 3,
                lines: 256,
            },
        }
    );
    let labels = &pairs(&[("app", "x"), ("job", "ginkgo")]);
    let entries: Vec<Entry> = answer.entries().collect();
    assert_eq!(
        entries,
        [
            Entry {
                timestamp_ns: 1_700_000_000_000_000_001,
                line: "{\"a\":\"组<\"}",
                labels,
                metadata: &pairs(&[("a", "m"), ("trace_id", "t")]),
                parsed: &pairs(&[("p", "1")]),
            },
            Entry {
                timestamp_ns: 1_700_000_000_000_000_000,
                line: "plain",
                labels,
                metadata: &pairs(&[]),
                parsed: &pairs(&[]),
            },
        ]
    );
}

/// A stream of one entry, given as JSON.
fn with_entry(entry: &str) -> String {
    format!(
        r#"{{"status":"success","data":{{"resultType":"streams","result":[{{"stream":{{}},"values":[{entry}]}}]}}}}"#
    )
}

#[test]
fn entries() {
    for (name, entry, want) in [
        ("two elements", r#"["1","x"]"#, Some(1)),
        ("null categories", r#"["1","x",null]"#, Some(1)),
        (
            "null metadata",
            r#"["1","x",{"structuredMetadata":null}]"#,
            Some(1),
        ),
        ("more to come", r#"["1","x",{"later":1},[{}],2]"#, Some(1)),
        ("before 1970", r#"["-5","x"]"#, Some(-5)),
        ("no line", r#"["1"]"#, None),
        ("nothing", "[]", None),
        ("number", r#"[1,"x"]"#, None),
        ("no number", r#"["1.5","x"]"#, None),
        ("too far", r#"["99999999999999999999","x"]"#, None),
        ("line of another type", r#"["1",2]"#, None),
        (
            "metadata of another type",
            r#"["1","x",{"structuredMetadata":{"a":1}}]"#,
            None,
        ),
        ("object", "{}", None),
    ] {
        let answer = LogAnswer::decode(with_entry(entry).as_bytes());
        let time = answer
            .ok()
            .and_then(|answer| Some(answer.entry(0)?.timestamp_ns));
        assert_eq!(time, want, "{name}");
    }
}

#[test]
fn of_a_label_that_comes_twice_the_last_counts() {
    let body = with_entry(r#"["1","x",{"parsed":{"b":"1","a":"2","b":"3"}}]"#);
    let answer = LogAnswer::decode(body.as_bytes()).unwrap();
    let parsed = answer.entry(0).unwrap().parsed;
    assert_eq!(*parsed, pairs(&[("a", "2"), ("b", "3")]));
}

#[test]
fn empty_and_odd_log_answers() {
    for (name, body) in [
        (
            "empty list",
            r#"{"status":"success","data":{"resultType":"streams","result":[]}}"#,
        ),
        (
            "null",
            r#"{"status":"success","data":{"resultType":"streams","result":null}}"#,
        ),
        (
            "type last, odd statistics",
            r#"{"data":{"stats":["x"],"result":[],"resultType":"streams"},"status":"success"}"#,
        ),
        (
            "negative statistics",
            r#"{"status":"success","warnings":null,"data":{"resultType":"streams","result":[],"stats":{"summary":{"totalBytesProcessed":-1,"execTime":"x"}}}}"#,
        ),
    ] {
        assert_eq!(
            LogAnswer::decode(body.as_bytes()),
            Ok(LogAnswer::default()),
            "{name}"
        );
    }
}

#[test]
fn other_shapes() {
    let long = format!(r#"{{"status":"success","data":"{}"}}"#, "x".repeat(9999));
    for (name, body, want) in [
        (
            "matrix",
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#,
            "the answer holds no log lines: the query gives a matrix; send a log query",
        ),
        (
            "vector",
            r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#,
            "the query gives a vector",
        ),
        (
            "scalar",
            r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#,
            "the query gives a scalar",
        ),
        (
            "empty",
            "",
            "the answer is no answer to a log query: it is no JSON object; it begins with \"\"; check",
        ),
        (
            "page",
            "<!DOCTYPE html><title>Sign in</title>",
            "the answer is a web page, not loki's: \"Sign in\"; check that the URL",
        ),
        ("text", "ok", "it begins with \"ok\""),
        ("list", "[]", "it is no JSON object"),
        ("no status", "{}", "no status"),
        (
            "not success",
            r#"{"status":"error","error":"no such tenant"}"#,
            "no such tenant",
        ),
        (
            "no data",
            r#"{"status":"success"}"#,
            "invalid type: null, expected an object with resultType and result",
        ),
        (
            "prometheus",
            r#"{"status":"success","data":{"result":[]}}"#,
            "missing field `resultType`",
        ),
        (
            "cut short",
            r#"{"status":"success","data":{"resultType":"streams","res"#,
            "EOF while parsing",
        ),
        ("long", &long, "…"),
        ("no UTF-8", "{\"status\":\"\u{fffd}", "EOF"),
    ] {
        let error = LogAnswer::decode(body.as_bytes()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(want), "{name}: {text}");
        assert!(text.chars().count() < 700, "{name}: {text}");
        assert_eq!(
            error.status(),
            if matches!(error, Error::NotLogs { .. }) {
                400
            } else {
                502
            }
        );
    }
}

#[test]
fn lists() {
    let empty = br#"{"status":"success"}"#;
    assert_eq!(has_series(empty), Ok(false));
    assert_eq!(labels(empty), Ok(Vec::new()));
    let body = br#"{"status":"success","data":[{"job":"ginkgo","level":"info"},{}]}"#;
    assert_eq!(has_series(body), Ok(true));
    assert_eq!(has_series(br#"{"status":"success","data":[]}"#), Ok(false));
    assert_eq!(
        has_series(br#"{"status":"success","data":null}"#),
        Ok(false)
    );
    assert_eq!(
        labels(br#"{"status":"success","data":["a","b"]}"#).unwrap(),
        ["a", "b"]
    );
    assert_eq!(
        format_query(br#"{"status":"success","data":"{a=\"1\"}"}"#).unwrap(),
        "{a=\"1\"}"
    );
    assert!(format_query(empty).is_err());
    assert_eq!(
        version(br#"{"version":"3.7.8","revision":"x"}"#).unwrap(),
        "3.7.8"
    );
    assert!(version(br#"{"status":"success"}"#).is_err());
}

#[test]
fn limits() {
    for (name, body, want) in [
        (
            "as Loki 3.7 answers",
            r#"{"limits":{"discover_service_name":["app"],"max_entries_limit_per_query":5000,"max_query_length":"30d1h"},"pattern_ingester_enabled":true,"version":"3.7.8"}"#,
            Some(5000),
        ),
        (
            "no limit",
            r#"{"limits":{"max_entries_limit_per_query":0}}"#,
            Some(u32::MAX),
        ),
        (
            "beyond any limit",
            r#"{"limits":{"max_entries_limit_per_query":99999999999}}"#,
            Some(u32::MAX),
        ),
        (
            "in words",
            r#"{"limits":{"max_entries_limit_per_query":"many"}}"#,
            None,
        ),
        (
            "others only",
            r#"{"limits":{"max_query_series":500}}"#,
            None,
        ),
        ("no limits", r#"{"limits":null}"#, None),
        ("nothing", "{}", None),
    ] {
        let limits = server_limits(body.as_bytes()).unwrap();
        assert_eq!(limits.max_entries, want, "{name}");
    }
    assert!(server_limits(b"404 page not found").is_err());
}

#[test]
fn fields() {
    let fields = detected_fields(FIELDS.as_bytes()).unwrap();
    assert_eq!(
        fields,
        [
            DetectedField {
                name: "ginkgo_portfolio_id".into(),
                field_type: "string".into(),
                cardinality: 4,
                parsers: vec!["json".into()],
                json_path: vec!["ginkgo".into(), "portfolio_id".into()],
            },
            DetectedField {
                name: "trace_id".into(),
                field_type: "string".into(),
                cardinality: 2,
                parsers: Vec::new(),
                json_path: Vec::new(),
            },
        ]
    );
    assert_eq!(detected_fields(br#"{"limit":1000}"#), Ok(Vec::new()));
    assert_eq!(detected_fields(b" {} "), Ok(Vec::new()));
    assert!(detected_fields(br#"{"status":"success","data":[]}"#).is_err());
}

fn decode_all(body: &[u8]) -> Vec<Option<Error>> {
    vec![
        LogAnswer::decode(body).err(),
        has_series(body).err(),
        labels(body).err(),
        format_query(body).err(),
        version(body).err(),
        detected_fields(body).err(),
        server_limits(body).err(),
    ]
}

proptest! {
    /// Bytes changed, cut out and doubled: a value or an error of bounded length, never a panic.
    #[test]
    fn mutated_bodies(
        fields in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..6),
    ) {
        let mut body = if fields { FIELDS } else { LOGS }.as_bytes().to_vec();
        for (at, kind, byte) in edits {
            if body.is_empty() { break; }
            let at = at.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => { body.remove(at); }
                2 => body.truncate(at),
                _ => body.insert(at, b"{}[]\",:0"[usize::from(byte % 8)]),
            }
        }
        for error in decode_all(&body).into_iter().flatten() {
            prop_assert!(error.to_string().chars().count() < 900);
        }
    }

    #[test]
    fn arbitrary_bodies(body in any::<Vec<u8>>()) {
        decode_all(&body);
    }
}

#[test]
fn an_answer_that_nests_deeply_is_a_plain_error() {
    for open in ["[", "{\"x\":"] {
        let deep = open.repeat(100_000);
        for body in [
            deep.clone(),
            format!(r#"{{"status":"success","data":{deep}"#),
            format!(
                r#"{{"status":"success","data":{{"resultType":"streams","result":[{{"stream":{{}},"values":[["1","x",{deep}"#
            ),
        ] {
            let error = LogAnswer::decode(body.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Answer { .. }), "{error:?}");
            assert!(error.to_string().len() < 1000, "{error}");
            assert!(has_series(body.as_bytes()).is_err());
            assert!(detected_fields(body.as_bytes()).is_err());
        }
    }
}
