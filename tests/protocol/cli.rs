//! The command line: the same answers as the plugin, for people and for programs.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::fake::{Act, Fake, LINE_NS};
use crate::kit::{LINES, NOBODY, RANGE, column, corpus, corpus_settings, frame, scratch};
use crate::support::loki;

/// The program on the corpus, with its range and settings.
fn ginkgo(arguments: &[&str]) -> Command {
    corpus();
    let settings = scratch("settings.json");
    // Two tests may write it at once: whole files only.
    let part = scratch(&format!("settings-{:?}.json", std::thread::current().id()));
    std::fs::write(&part, corpus_settings().to_string()).expect("writable");
    std::fs::rename(&part, &settings).expect("writable");
    let milliseconds = |nanoseconds: i64| (nanoseconds / 1_000_000).to_string();
    let mut command = bare(arguments);
    command
        .args(["--url", &loki().url])
        .arg("--settings")
        .arg(settings);
    command.args([
        "--from",
        &milliseconds(RANGE.0),
        "--to",
        &milliseconds(RANGE.1),
    ]);
    command
}

/// The program alone.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(crate::support::process::ginkgo());
    command
        .args(arguments)
        .env_remove("GINKGO_LOKI_URL")
        .env_remove("GINKGO_PASSWORD");
    command.stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> (Output, String, String) {
    let output = command.output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

fn rows(text: &str) -> Vec<Value> {
    let answer: Value =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    answer["frames"][0]["rows"]
        .as_array()
        .expect("rows")
        .clone()
}

#[test]
fn flags_and_the_query_model_give_the_plugins_rows() {
    let model = r#"{"queryType":"portfolio","ids":["pf-1"],"result":"logs","direction":"forward"}"#;
    let (output, by_model, err) = run(&mut ginkgo(&[
        "query", "--query", model, "--output", "json",
    ]));
    assert!(output.status.success(), "{err}");
    let frame = frame(corpus(), &serde_json::from_str(model).expect("JSON"));
    let rows = rows(&by_model);
    for name in ["body", "severity", "id", "labels"] {
        let of_program: Vec<Value> = rows.iter().map(|row| row[name].clone()).collect();
        assert_eq!(of_program, column(&frame, name), "{name}");
    }
    assert_eq!(rows[0]["timestamp"], "2026-03-01T12:00:00.000000001Z");

    let (output, by_flags, err) = run(&mut ginkgo(&[
        "query",
        "--portfolio",
        "pf-1",
        "--forward",
        "--output",
        "json",
    ]));
    assert!(output.status.success(), "{err}");
    let lines: Vec<Value> = self::rows(&by_flags)
        .iter()
        .map(|row| row["line"].clone())
        .collect();
    assert_eq!(lines, column(&frame, "body"));
}

#[test]
fn kinds_of_errors_and_events_are_tables() {
    let (output, out, err) = run(&mut ginkgo(&["query", "--result", "topErrors"]));
    assert!(output.status.success(), "{err}");
    assert!(out.contains("refused") && out.contains("1 row\n"), "{out}");
    assert!(
        !out.contains("sample"),
        "raw lines only when asked for: {out}"
    );
    let (_, out, _) = run(&mut ginkgo(&["query", "--result", "topErrors", "--lines"]));
    assert!(out.contains("sample"), "{out}");
    let arguments = [
        "query", "--result", "events", "--search", "filled", "--output", "json",
    ];
    let (output, out, err) = run(&mut ginkgo(&arguments));
    assert!(output.status.success(), "{err}");
    assert_eq!(rows(&out)[0]["text"], "filled &lt;b&gt;");
    assert_eq!(rows(&out)[0]["timeEnd"], Value::Null);
}

#[test]
fn every_flag_narrows_the_question() {
    for (name, arguments, wanted) in [
        ("level", &["--level", "critical,warning"][..], vec![2, 1]),
        ("filter", &["--filter", "duration_ms>5"][..], vec![0]),
        ("search", &["--search", "traceback"][..], vec![3]),
        ("limit", &["--limit", "1"][..], vec![3]),
        ("any portfolio", &["--portfolio"][..], vec![2, 1, 0]),
        (
            "portfolio and strategy",
            &["--portfolio", "pf-1", "--strategy", "st-2"][..],
            vec![1],
        ),
        (
            "expr",
            &["--expr", "{job=\"protocol\"} |= \"odd\""][..],
            vec![2],
        ),
        ("another system", &["--system", "fastapi"][..], vec![]),
    ] {
        let (output, out, err) = run(ginkgo(&["query", "--output", "json"]).args(arguments));
        assert!(output.status.success(), "{name}: {err}");
        let lines: Vec<String> = rows(&out)
            .iter()
            .map(|row| row["line"].as_str().unwrap_or_default().to_owned())
            .collect();
        let wanted: Vec<&str> = wanted.iter().map(|row: &usize| LINES[*row].1).collect();
        assert_eq!(lines, wanted, "{name}");
    }
}

#[test]
fn a_table_has_a_header_and_a_count() {
    let (output, out, err) = run(&mut ginkgo(&[
        "query",
        "--columns",
        "symbol,duration_ms",
        "--forward",
    ]));
    assert!(output.status.success(), "{err}");
    let header: Vec<&str> = out
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    assert_eq!(header, ["time", "symbol", "duration_ms"]);
    assert!(out.contains("BTC/USDT") && out.contains("12.5"), "{out}");
    assert!(out.trim_end().ends_with("4 rows"), "{out}");
    assert!(
        err.contains("warning: column \"duration_ms\": 1 of 3"),
        "notices stand apart: {err}"
    );
}

#[test]
fn a_query_may_come_from_standard_input() {
    let mut command = ginkgo(&["query", "--query", "-", "--output", "json"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("piped");
    input
        .write_all(br#"{"queryType":"strategy","ids":["st-1"]}"#)
        .expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(rows(&String::from_utf8_lossy(&output.stdout)).len(), 1);
}

#[test]
fn explain_shows_the_logql_and_its_reasons() {
    let question = ["explain", "--portfolio", "pf-1"];
    let (output, text, err) = run(&mut ginkgo(&question));
    assert!(output.status.success(), "{err}");
    let (_, json, _) = run(ginkgo(&question).args(["--output", "json"]));
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(answer["queryType"], "portfolio");
    assert_eq!(text.lines().next(), answer["expr"].as_str(), "{text}");
    let parts = answer["parts"].as_array().expect("parts");
    assert!(parts.len() > 1, "{answer}");
    for part in parts {
        for key in ["logql", "reason"] {
            let words = part[key].as_str().unwrap_or_default();
            assert!(text.contains(words), "{key}: {words} is not in {text}");
        }
    }
    let errors = ["explain", "--result", "topErrors"];
    let (output, text, err) = run(&mut ginkgo(&errors));
    assert!(output.status.success(), "{err}");
    let (_, json, _) = run(ginkgo(&errors).args(["--output", "json"]));
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    let counting = answer["counting"]["expr"].as_str().expect("LogQL");
    assert!(text.contains(counting), "{counting} is not in {text}");
    // It depends on nothing that only Loki knows.
    let (output, text, err) = run(bare(&question).args(["--url", NOBODY]));
    assert!(output.status.success(), "{err}");
    assert!(text.contains("portfolio_id=~\"pf-1|\""), "{text}");
}

#[test]
fn doctor_says_how_things_are_and_ends_accordingly() {
    let (output, out, err) = run(&mut ginkgo(&["doctor"]));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(
        out.starts_with("ok: Loki (") && out.contains("logs found for ginkgo"),
        "{out}"
    );
    assert!(out.contains("portfolio_id (line)"), "{out}");
    let (output, out, _) = run(&mut ginkgo(&["doctor", "--output", "json"]));
    let health: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (output.status.code(), &health["ok"]),
        (Some(0), &json!(true))
    );

    let nothing = [
        "doctor",
        "--from",
        "2020-01-01T00:00:00Z",
        "--to",
        "2020-01-02T00:00:00Z",
    ];
    let (output, out, _) = run(bare(&nothing).args(["--url", &loki().url]));
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(
        out.starts_with("not ok: Loki (") && out.contains("no system has logs"),
        "{out}"
    );
    let (output, out, _) = run(&mut bare(&["doctor", "--url", NOBODY]));
    assert_eq!(output.status.code(), Some(1));
    assert!(out.starts_with("not ok: cannot connect to"), "{out}");
    let (output, _, err) = run(&mut bare(&["query", "--url", NOBODY]));
    assert_eq!(output.status.code(), Some(1));
    assert!(err.starts_with("ginkgo: cannot connect to"), "{err}");
}

#[test]
fn a_wrong_question_ends_with_2_and_names_the_key() {
    for (name, arguments, part) in [
        (
            "query type",
            &["query", "--query", r#"{"queryType":"orders"}"#][..],
            "queryType \"orders\"",
        ),
        ("no JSON", &["query", "--query", "{"][..], "--query"),
        ("no object", &["query", "--query", "[]"][..], "--query"),
        ("level", &["query", "--level", "loud"][..], "loud"),
        ("filter", &["query", "--filter", "symbol"][..], "symbol"),
        ("system", &["query", "--system", "nosuch"][..], "nosuch"),
        (
            "role",
            &["query", "--system", "fastapi", "--portfolio", "x"][..],
            "portfolio",
        ),
        ("LogQL", &["query", "--expr", "{job="][..], "parse error"),
        (
            "explain",
            &["explain", "--query", r#"{"ids":7}"#][..],
            "ids",
        ),
        ("flag", &["query", "--portfolo", "x"][..], "--portfolo"),
    ] {
        let (output, out, err) = run(&mut ginkgo(arguments));
        assert_eq!(output.status.code(), Some(2), "{name}: {out}{err}");
        assert!(err.contains(part), "{name}: {part} is not in {err}");
        assert!(out.is_empty(), "{name}: {out}");
    }
    for (name, arguments, part) in [
        ("url", &["query", "--url", "loki"][..], "url"),
        ("since", &["query", "--since", "soon"][..], "--since"),
        ("from", &["query", "--from", "soon"][..], "--from"),
        (
            "settings",
            &["query", "--settings", "/nonexistent"][..],
            "/nonexistent",
        ),
        (
            "a filter beside LogQL",
            &["query", "--expr", "{a=\"b\"}", "--level", "error"][..],
            "--level",
        ),
        (
            "an id beside a model",
            &["query", "--query", "{}", "--portfolio", "x"][..],
            "--portfolio",
        ),
        (
            "two questions",
            &["query", "--query", "{}", "--expr", "{}"][..],
            "--expr",
        ),
        ("no command", &[][..], "Usage"),
    ] {
        let (output, _, err) = run(&mut bare(arguments));
        assert_eq!(output.status.code(), Some(2), "{name}: {err}");
        assert!(err.contains(part), "{name}: {part} is not in {err}");
    }
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    for arguments in [
        &["--help"][..],
        &["query", "--help"][..],
        &["explain", "--help"][..],
        &["doctor", "--help"][..],
        &["demo", "--help"][..],
    ] {
        let (output, out, _) = run(&mut bare(arguments));
        assert!(output.status.success(), "{arguments:?}");
        assert!(out.contains("Examples:\n  ginkgo "), "{arguments:?}: {out}");
    }
    assert!(run(&mut bare(&["--help"])).1.contains("Exit codes:"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    for command in ["query", "explain", "doctor"] {
        let mut command = ginkgo(&[command]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        // Closed before anything was printed.
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !err.contains("panic"),
            "{command:?}: {err}"
        );
    }
}

#[test]
fn the_password_goes_to_loki_and_nowhere_else() {
    let fake = Fake::start(|seen| {
        let header = seen.header("authorization").unwrap_or_default();
        Act::status(
            "401 Unauthorized",
            "",
            format!("you sent {header} passw0rd-hunter2"),
        )
    });
    for command in ["query", "doctor", "explain"] {
        let mut command = bare(&[command, "--url", &fake.url, "--user", "ann"]);
        let (output, out, err) = run(command.env("GINKGO_PASSWORD", "passw0rd-hunter2"));
        let all = format!("{out}{err}");
        assert!(
            !all.contains("hunter2") && !all.contains("YW5uOnBhc3N3MHJkLWh1bnRlcjI"),
            "{all}"
        );
        assert!(
            all.contains("you sent") || output.status.success(),
            "{command:?}: {all}"
        );
    }
    let sent = fake.seen();
    assert!(
        sent.iter()
            .any(|seen| seen.header("authorization") == Some("Basic YW5uOnBhc3N3MHJkLWh1bnRlcjI=")),
        "{sent:?}"
    );
}

#[test]
fn a_broken_pipe_of_loki_is_a_failure() {
    // The words alone once made it a success.
    let fake = Fake::always(Act::status("500 Oh", "", "write tcp: Broken pipe"));
    let (output, out, err) = run(&mut bare(&["query", "--url", &fake.url]));
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(err.contains("Broken pipe"), "{err}");
}

#[test]
fn the_longest_range_can_be_asked_for() {
    let fake = Fake::always(Act::Good);
    let range = ["--from=-9223372036854", "--to=9223372036854"];
    for command in ["query", "explain"] {
        let (output, out, err) = run(bare(&[command, "--url", &fake.url]).args(range));
        assert!(output.status.success(), "{command}: {out}{err}");
    }
}

#[test]
fn nothing_that_loki_says_reaches_the_terminal_as_more_than_text() {
    let hostile = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}<b>".to_owned() + &"x".repeat(3_000_000);
    let version = json!({ "version": hostile }).to_string();
    let warned = json!({ "status": "success", "warnings": [hostile], "data": {
        "resultType": "streams",
        "encodingFlags": ["categorize-labels"],
        "result": [{ "stream": { "job": "ginkgo", "\u{1b}[1mlabel": "\u{1b}[2m" }, "values": [[LINE_NS, hostile]] }],
    } })
    .to_string();
    let json = "content-type: application/json\r\n";
    let fake = Fake::start(move |seen| {
        let path = seen.path.as_str();
        if path.ends_with("buildinfo") {
            Act::status("200 OK", json, &version)
        } else if path.ends_with("query_range") {
            Act::status("200 OK", json, &warned)
        } else {
            Act::Good
        }
    });
    let refuses = Fake::always(Act::status(
        "400 Bad Request",
        "",
        "\u{1b}[31mparse error\u{202e}",
    ));
    let milliseconds = |nanoseconds: i64| (nanoseconds / 1_000_000).to_string();
    let (from, to) = (milliseconds(RANGE.0), milliseconds(RANGE.1));
    let range = ["--from", from.as_str(), "--to", to.as_str()];
    for (name, url, arguments) in [
        ("a table", &fake.url, vec!["query"]),
        ("its lines", &fake.url, vec!["query", "--lines"]),
        ("JSON", &fake.url, vec!["query", "--output", "json"]),
        ("a check-up", &fake.url, vec!["doctor"]),
        (
            "a check-up as JSON",
            &fake.url,
            vec!["doctor", "--output", "json"],
        ),
        ("an error", &refuses.url, vec!["query"]),
        (
            "an explained error",
            &refuses.url,
            vec!["explain", "--search", "x"],
        ),
    ] {
        let arguments = [&arguments[..], &range[..], &["--url", url]].concat();
        let (output, out, err) = run(&mut bare(&arguments));
        for text in [&out, &err] {
            let obeyed = |c: char| c != '\n' && c != '\t' && (c.is_control() || c == '\u{202e}');
            assert!(
                !text.contains(obeyed),
                "{name}: {:?}",
                text.chars().take(400).collect::<String>()
            );
        }
        assert!(err.len() < 10_000, "{name}: {} bytes on stderr", err.len());
        if name.starts_with("a check-up") {
            assert!(out.len() < 10_000, "{name}: {} bytes", out.len());
        }
        if name.ends_with("JSON") {
            assert!(
                serde_json::from_str::<Value>(&out).is_ok(),
                "{name}: {output:?}"
            );
        }
    }
}
