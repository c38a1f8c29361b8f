//! `ginkgo demo`: a Loki full of logs, and questions that have answers.

use serde_json::Value;

use crate::cli::bare;
use crate::kit::NOBODY;
use crate::support::loki;

#[test]
fn a_back_fill_writes_lines_and_prints_questions_that_find_them() {
    let url = &loki().url;
    let output = bare(&[
        "demo",
        "--backfill",
        "10m",
        "--once",
        "--seed",
        "7",
        "--url",
        url,
    ])
    .output()
    .expect("it runs");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{out}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let written = out
        .split(" lines written (seed 7")
        .next()
        .and_then(|count| count.parse::<u32>().ok());
    assert!(written.is_some_and(|lines| lines > 100), "{out}");

    let questions: Vec<&str> = out
        .lines()
        .filter_map(|line| line.strip_prefix("  ginkgo "))
        .collect();
    assert!(questions.len() >= 3, "{out}");
    for question in questions {
        let mut arguments: Vec<&str> = question.split(' ').collect();
        arguments.extend(["--url", url, "--output", "json"]);
        let output = bare(&arguments).output().expect("it runs");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let rows = answer["frames"][0]["rows"].as_array().expect("rows");
        assert!(!rows.is_empty(), "{question} has no rows");
    }

    let doctor = bare(&["doctor", "--url", url]).output().expect("it runs");
    let out = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        doctor.status.success() && out.contains("ginkgo, fastapi, tskv, dynamo"),
        "{out}"
    );
}

#[test]
fn what_demo_cannot_do_is_said() {
    for (name, arguments, part) in [
        ("rate", &["demo", "--rate", "0"][..], "--rate"),
        ("mess", &["demo", "--mess", "2"][..], "--mess"),
        ("system", &["demo", "--systems", "nosuch"][..], "nosuch"),
        ("layout", &["demo", "--layout", "round"][..], "round"),
        ("once alone", &["demo", "--once"][..], "--backfill"),
        (
            "duration",
            &["demo", "--backfill", "soon"][..],
            "--backfill",
        ),
    ] {
        let output = bare(arguments).output().expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {err}");
        assert!(err.contains(part), "{name}: {part} is not in {err}");
    }
    let nobody = ["demo", "--backfill", "1m", "--once", "--url", NOBODY];
    let output = bare(&nobody).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot connect"));
}
