//! What the collectors make of raw lines: labels, metadata, timestamps, and that Ginkgo finds the rows.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::json;

use crate::site::{Seen, Site, site};
use crate::support::skipped;

const TRACE: &str = "550e8400-e29b-41d4-a716-446655440000";
const MOLECULE_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN_TRACE: &str = "b672ccf48683b392891c5cb4163d4b51";
const ODD: &str = "pf \"odd\" {x|y}\n订单";

/// What an entry must be.
struct Expected<'e> {
    /// Nanoseconds after the site's minute; none: the time when it was read.
    after_ns: Option<i64>,
    line: &'e str,
    labels: &'e [(&'e str, &'e str)],
    metadata: &'e [(&'e str, &'e str)],
}

fn map(pairs: &[&[(&str, &str)]]) -> BTreeMap<String, String> {
    let pairs = pairs.iter().flat_map(|pairs| pairs.iter());
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Holds entries against what they must be; `common` are labels of all.
fn check(site: &Site, entries: &[Seen], common: &[(&str, &str)], expected: &[Expected<'_>]) {
    for expected in expected {
        let line = expected.line;
        let found: Vec<&Seen> = entries
            .iter()
            .filter(|entry| entry.line.contains(line))
            .collect();
        let [entry] = found[..] else {
            panic!("{line}: {found:#?}")
        };
        let mut labels = entry.labels.clone();
        if !expected
            .labels
            .iter()
            .chain(common)
            .any(|(name, _)| *name == "service_name")
        {
            // Loki's own guess.
            labels.remove("service_name");
        }
        assert_eq!(labels, map(&[common, expected.labels]), "labels of {line}");
        assert_eq!(
            entry.metadata,
            map(&[expected.metadata]),
            "metadata of {line}"
        );
        let after = entry.at_ns - site.minute.as_nanosecond() as i64;
        match expected.after_ns {
            Some(at) => assert_eq!(after, at, "time of {line}"),
            None => assert!(after > 60_000_000_000, "{line} was not read at {after}"),
        }
    }
}

/// The layouts of a system's collector: the site, and whether ids are labels.
const LAYOUTS: [(&str, bool); 2] = [("alloy-metadata", false), ("alloy-labels", true)];

#[test]
fn ginkgo_containers() {
    let site = site();
    for (name, ids_are_labels) in LAYOUTS {
        let entries = site.entries(&format!("{{job=\"ginkgo\", site=\"{name}\"}}"), 6);
        let common = [
            ("job", "ginkgo"),
            ("container", "ginkgo-worker-0"),
            ("site", name),
        ];
        let ids = [
            ("portfolio_id", TRACE),
            ("strategy_id", "6ba7b810-9dad-41d1-80b4-00c04fd430c8"),
        ];
        let more = [
            ("task_id", "bt-7"),
            ("trace_id", "trace-123"),
            ("span_id", "span-456"),
        ];
        let filled = [("level", "info"), ("log_category", "backtest")];
        let refused = [("level", "error"), ("log_category", "system")];
        let all = |parts: &[&[(&'static str, &'static str)]]| parts.concat();
        let (filled, ids, refused, odd) = if ids_are_labels {
            (
                all(&[&filled, &ids, &more[1..2]]),
                vec![],
                all(&[&refused, &[("portfolio_id", ODD)]]),
                vec![],
            )
        } else {
            (
                filled.to_vec(),
                all(&[&ids, &more]),
                refused.to_vec(),
                vec![("portfolio_id", ODD), ("span_id", "span-9")],
            )
        };
        check(
            site,
            &entries,
            &common,
            &[
                Expected {
                    after_ns: Some(1_123_456_000),
                    line: "o-17",
                    labels: &filled,
                    metadata: &ids,
                },
                Expected {
                    after_ns: Some(2_000_001_000),
                    line: "风控",
                    labels: &refused,
                    metadata: &odd,
                },
                Expected {
                    after_ns: None,
                    line: "Traceback (most recent call last):\n  File \"/app/worker.py\", line 12, in <module>\n    main()\nValueError: no bars",
                    labels: &[("level", "error")],
                    metadata: &[],
                },
                Expected {
                    after_ns: None,
                    line: "worker 0 stopped",
                    labels: &[],
                    metadata: &[],
                },
            ],
        );
        for (asked, count) in [
            (vec!["--portfolio", TRACE], 1),
            (vec!["--portfolio", ODD, "--level", "error"], 1),
            (vec!["--portfolio", "pf-python"], 2),
            (vec!["--run", "bt-python", "--level", "ERROR"], 1),
            (vec!["--trace", "trace-123"], 1),
        ] {
            assert_eq!(site.rows(name, &asked).len(), count, "{name}: {asked:?}");
        }
    }
}

#[test]
fn fastapi_files_with_stack_traces_and_rotation() {
    let site = site();
    let sites = [
        ("alloy-metadata", false),
        ("alloy-labels", true),
        ("promtail-metadata", false),
        ("promtail-labels", true),
    ];
    let path = site.path("fastapi/backend.log");
    let file = path.to_string_lossy().into_owned();
    for (name, ids_are_labels) in sites {
        let selector = format!("{{job=\"fastapi\", service=\"backend\", site=\"{name}\"}}");
        let entries = site.entries(&selector, 5);
        let common = [("job", "fastapi"), ("service", "backend"), ("site", name)];
        let ids = |span| vec![("trace_id", MOLECULE_TRACE), ("span_id", span)];
        let named = [("filename", file.as_str())];
        let labelled = [
            ("service_name", "aichemol-backend"),
            ("trace_id", MOLECULE_TRACE),
        ];
        let lines = [
            (
                1_123_000_000,
                "GET /api/health 200",
                "info",
                Some("00f067aa0ba902b7"),
                None,
            ),
            (1_123_000_001, "127.0.0.1:51432", "info", None, None),
            (
                1_123_000_002,
                "ERROR:    Exception in ASGI application",
                "error",
                None,
                None,
            ),
            (
                1_123_000_003,
                "Traceback (most recent call last):\n  File \"/app/main.py\", line 40, in jobs\n    raise httpx.ConnectError(\"db: down\")\n\nhttpx.ConnectError: db: down",
                "error",
                None,
                Some("httpx.ConnectError"),
            ),
            (
                5_500_000_000,
                "任务失败",
                "error",
                Some("00f067aa0ba902b8"),
                None,
            ),
        ];
        for (at, line, level, span, error) in lines {
            let mut labels = vec![("level", level)];
            let mut metadata = Vec::new();
            if ids_are_labels {
                labels.push(named[0]);
                labels.extend(span.iter().flat_map(|_| labelled));
            } else {
                metadata.push(named[0]);
                metadata.extend(span.iter().flat_map(|span| ids(span)));
            }
            metadata.extend(error.map(|error| ("error_type", error)));
            check(
                site,
                &entries,
                &common,
                &[Expected {
                    after_ns: Some(at),
                    line,
                    labels: &labels,
                    metadata: &metadata,
                }],
            );
        }
        for (asked, count) in [
            (vec!["--trace", MOLECULE_TRACE], 2),
            (vec!["--trace", &site.python_trace], 5),
            (
                vec![
                    "--filter",
                    "error_type=httpx.ConnectError",
                    "--level",
                    "error",
                ],
                1,
            ),
            (vec!["--level", "error"], 5),
            (vec!["--filter", "status_code>=400"], 2),
        ] {
            let mut arguments = vec!["--system", "fastapi"];
            arguments.extend(&asked);
            assert_eq!(
                site.rows(name, &arguments).len(),
                count,
                "{name}: {asked:?}"
            );
        }
    }

    if !site.is_live() {
        let test = "fastapi_files_with_stack_traces_and_rotation";
        skipped(
            "a real Promtail",
            test,
            "a file is rotated between two lines",
        );
        return;
    }
    // The file is rotated between two lines.
    let line = |at: &str, text: &str| {
        let at = format!("{}:{at}Z", site.minute.strftime("%Y-%m-%dT%H:%M"));
        format!(
            "{}\n",
            json!({ "timestamp": at, "level": "info", "message": text })
        )
    };
    let mut open = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("writable");
    open.write_all(line("07.000", "the last").as_bytes())
        .expect("writable");
    std::fs::rename(&path, site.path("fastapi/backend.log.1")).expect("renamed");
    open.write_all(line("08.000", "behind the last").as_bytes())
        .expect("writable");
    drop(open);
    std::fs::write(&path, line("09.000", "the first")).expect("writable");
    for (name, _) in sites {
        let selector = format!("{{job=\"fastapi\", service=\"backend\", site=\"{name}\"}}");
        let entries = site.entries(&selector, 8);
        let last: Vec<&str> = entries[5..]
            .iter()
            .map(|entry| entry.line.as_str())
            .collect();
        assert!(
            last[0].contains("the last") && last[2].contains("the first"),
            "{last:?}"
        );
    }
}

#[test]
fn tskv_of_compose_services() {
    let site = site();
    for (name, ids_are_labels) in LAYOUTS {
        let selector = format!("{{job=\"docker\", site=\"{name}\"}}");
        let entries = site.entries(&selector, 8);
        let common = [
            ("job", "docker"),
            ("project", "shop"),
            ("service", "api"),
            ("container", "shop-api-1"),
            ("site", name),
        ];
        let trace = ("trace_id", TRACE);
        let request = ("request_id", "7c9e6679-7425-40de-944b-e07fc1f90ae7");
        let (a, b, c, d): (Vec<_>, Vec<_>, Vec<_>, Vec<_>) = (
            vec![
                ("level", "info"),
                ("logger", "service"),
                ("event", "Request completed"),
                ("method", "GET"),
                ("path", "/api/v1"),
                ("status_code", "200"),
                trace,
                request,
            ],
            vec![
                ("level", "error"),
                ("logger", "service"),
                ("event", "can't connect"),
                ("path", "/api/v1/users"),
                ("status_code", "502"),
                ("error_type", "ConnectError"),
                trace,
            ],
            vec![("level", "warning")],
            vec![("level", "50"), trace],
        );
        let ids = |all: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
            let is_id = |(name, _): &&(&str, &str)| !ids_are_labels && name.ends_with("_id");
            all.iter().filter(is_id).copied().collect()
        };
        let labels = |all: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
            if ids_are_labels {
                all.to_vec()
            } else {
                all[..1].to_vec()
            }
        };
        check(
            site,
            &entries,
            &common,
            &[
                Expected {
                    after_ns: Some(1_000_001_000),
                    line: "Request completed",
                    labels: &labels(&a),
                    metadata: &ids(&a),
                },
                Expected {
                    after_ns: Some(2_000_001_000),
                    line: "can't connect",
                    labels: &labels(&b),
                    metadata: &ids(&b),
                },
                // Neither the level nor the trace inside the quotes, and no value with escapes.
                Expected {
                    after_ns: Some(3_000_001_000),
                    line: "note=",
                    labels: &labels(&c),
                    metadata: &[],
                },
                Expected {
                    after_ns: Some(4_000_000_000),
                    line: "upstream answered",
                    labels: &labels(&d),
                    metadata: &ids(&d),
                },
                Expected {
                    after_ns: Some(5_500_000_000),
                    line: "GET /cart",
                    labels: &[],
                    metadata: &[],
                },
                Expected {
                    after_ns: Some(6_500_000_000),
                    line: "Traceback (most recent call last):\n  File \"/app/x.py\", line 1, in <module>",
                    labels: &[],
                    metadata: &[],
                },
            ],
        );
        let event = json!({
            "queryType": "trace", "system": "tskv", "ids": ["11111111-2222-4333-8444-555555555555"],
            "filters": [{ "field": "event", "operator": "=", "values": ["it's \"stored\"\nas C:\\new"] }],
        });
        for (asked, count) in [
            (vec!["--system", "tskv", "--trace", TRACE], 3),
            (vec!["--system", "tskv", "--level", "error"], 3),
            (
                vec!["--system", "tskv", "--filter", "request_id=cli'ent \"1\""],
                1,
            ),
            (vec!["--system", "tskv", "--filter", "status_code>=500"], 2),
            (vec!["--query", &event.to_string()], 1),
        ] {
            assert_eq!(site.rows(name, &asked).len(), count, "{name}: {asked:?}");
        }
    }
}

#[test]
fn dynamo_pods() {
    let site = site();
    for (name, ids_are_labels) in LAYOUTS {
        let selector =
            format!("{{nvidia_com_dynamo_graph_deployment_name=\"llm\", site=\"{name}\"}}");
        let entries = site.entries(&selector, 3);
        let common = [
            ("namespace", "inference"),
            ("service_namespace", "inference"),
            ("nvidia_com_dynamo_graph_deployment_name", "llm"),
            ("nvidia_com_dynamo_component_type", "prefill"),
            ("app_kubernetes_io_name", "llm-prefill"),
            ("service_name", "llm-prefill"),
            ("container", "main"),
            ("job", "inference/main"),
            ("site", name),
        ];
        let pod = ("pod", "llm-prefill-0");
        let trace = ("trace_id", SPAN_TRACE);
        let (mut first, mut second) = (vec![("level", "debug")], vec![("level", "info")]);
        let (mut of_first, mut of_second) = (vec![pod], vec![pod]);
        if ids_are_labels {
            first.push(trace);
            second.push(trace);
        } else {
            of_first.extend([
                trace,
                ("span_id", "5c20cc08e6afb2b7"),
                ("x_request_id", "req-1"),
            ]);
            of_second.extend([
                trace,
                ("span_id", "b035f33bdd5c4b50"),
                ("parent_id", "6959a1b2d1ee41a5"),
            ]);
        }
        check(
            site,
            &entries,
            &common,
            &[
                Expected {
                    after_ns: Some(1_745_264_000),
                    line: "Prefill",
                    labels: &first,
                    metadata: &of_first,
                },
                Expected {
                    after_ns: Some(2_787_232_000),
                    line: "SPAN_CLOSED",
                    labels: &second,
                    metadata: &of_second,
                },
                Expected {
                    after_ns: None,
                    line: "panicked at lib/llm/src/kv.rs:7:5:\nindex out of bounds",
                    labels: &[("level", "error")],
                    metadata: &[pod],
                },
            ],
        );
        for (asked, count) in [
            (vec!["--trace", SPAN_TRACE], 2),
            (vec!["--filter", "duration_us>1000000"], 1),
            (vec!["--level", "error"], 1),
            (vec!["--filter", "pod=llm-prefill-0"], 3),
        ] {
            let mut arguments = vec!["--system", "dynamo"];
            arguments.extend(&asked);
            assert_eq!(
                site.rows(name, &arguments).len(),
                count,
                "{name}: {asked:?}"
            );
        }
    }
}
