//! Values of labels as samples, and lines with errors.

use super::{HOUR, Lines, at};

/// Lines with numbers, one without and one that is no number.
fn lines() -> Lines {
    Lines::default().stream(
        "x=1",
        [
            (1.0, "v=1 g=a"),
            (2.0, "v=2 g=a"),
            (3.0, "v=4 g=b"),
            (4.0, "v=abc g=b"),
            (5.0, "v=7 g=b"),
        ],
    )
}

fn instant(query: &str) -> String {
    let numbers = r#"{x="1"} | logfmt | v=~"[0-9]+" | unwrap v"#;
    let all = r#"{x="1"} | logfmt | unwrap v"#;
    at(
        &lines(),
        10,
        &query.replace("NUMBERS", numbers).replace("ALL", all),
    )
}

#[test]
fn windows_of_values_have_a_function_each() {
    for (function, a, b) in [
        ("min_over_time(", 1.0, 4.0),
        ("max_over_time(", 2.0, 7.0),
        ("first_over_time(", 1.0, 4.0),
        ("last_over_time(", 2.0, 7.0),
        ("avg_over_time(", 1.5, 5.5),
        ("stddev_over_time(", 0.5, 1.5),
        ("stdvar_over_time(", 0.25, 2.25),
        ("quantile_over_time(0, ", 1.0, 4.0),
        ("quantile_over_time(0.25, ", 1.25, 4.75),
        ("quantile_over_time(1, ", 2.0, 7.0),
    ] {
        assert_eq!(
            instant(&format!("{function}NUMBERS [1m]) by (g)")),
            format!("{{g=\"a\"}} {a}\n{{g=\"b\"}} {b}"),
            "{function}"
        );
    }
    assert_eq!(
        instant("sum by (g) (sum_over_time(NUMBERS [1m]))"),
        "{g=\"a\"} 3\n{g=\"b\"} 11"
    );
    assert_eq!(instant("sum(rate(NUMBERS [10s]))"), "{} 1.4");
    assert_eq!(
        instant("quantile_over_time(2, NUMBERS [1m]) by ()"),
        "{} inf"
    );
}

#[test]
fn an_average_by_labels_divides_by_all_lines() {
    assert_eq!(
        instant(r#"avg_over_time(ALL | __error__="" [1m]) by ()"#),
        format!("{{}} {}", 14.0 / 5.0)
    );
    assert_eq!(
        instant(r#"avg_over_time(ALL | __error__="" [1m]) by (g)"#),
        format!("{{g=\"a\"}} 1.5\n{{g=\"b\"}} {}", 11.0 / 3.0)
    );
    // It is right where nothing but numbers reaches `unwrap`.
    assert_eq!(instant("avg_over_time(NUMBERS [1m]) by ()"), "{} 3.5");
}

#[test]
fn a_line_with_an_error_fails_the_query() {
    let error = instant("sum_over_time(ALL [1m])");
    let (first, rest) = error.split_once('\n').unwrap();
    assert!(
        first.starts_with("pipeline error: 'SampleExtractionErr' for series: '{"),
        "{first}"
    );
    assert_eq!(
        rest,
        "Use a label filter to intentionally skip this error. (e.g | __error__!=\"SampleExtractionErr\").\n\
         To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n\
         The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n"
    );
}

#[test]
fn times_as_values_are_floats() {
    let lines = Lines::default().times("x=1", &[1.000_000_065]);
    let template = r#"label_format t="{{ __timestamp__ | unixEpochNanos }}""#;
    let latest = at(
        &lines,
        10,
        &format!(r#"max_over_time({{x="1"}} | {template} | unwrap t [1m]) by ()"#),
    );
    let nanoseconds = (HOUR + 1) * 1_000_000_000 + 65;
    assert_eq!(latest, format!("{{}} {}", nanoseconds as f64));
    assert_ne!(nanoseconds as f64 as i64, nanoseconds);
}

#[test]
fn a_counter_may_start_again() {
    let lines = Lines::default().stream(
        "x=1",
        [(10.0, "v=5"), (20.0, "v=8"), (30.0, "v=2"), (40.0, "v=4")],
    );
    let rate = at(
        &lines,
        60,
        r#"rate_counter({x="1"} | logfmt | unwrap v [1m])"#,
    );
    let (_, value) = rate.rsplit_once(' ').unwrap();
    // 3 up, a start from zero, 4 up: 7 in a minute, stretched by a millionth of the range.
    let value: f64 = value.parse().unwrap();
    let expected = 7.0 / 60.0 * (30.000_06 / 30.0);
    assert!(
        (value - expected).abs() < 1e-12,
        "{value} is not {expected}"
    );
}

#[test]
fn an_odd_number_of_labels_to_be_without_loses_its_last() {
    let lines = Lines::default().stream("x=1", [(1.0, "a=1 b=2 c=3 d=4 v=5")]);
    let labels = |function: &str, without: &str| {
        let query =
            format!(r#"{function}({{x="1"}} | logfmt | unwrap v [1m]) without ({without})"#);
        at(&lines, 10, &query)
    };
    assert_eq!(
        labels("first_over_time", "a, b"),
        r#"{c="3", d="4", x="1"} 5"#
    );
    assert_eq!(
        labels("first_over_time", "c, a, b"),
        r#"{c="3", d="4", x="1"} 5"#
    );
    assert_eq!(labels("first_over_time", "a, b, c, d"), r#"{x="1"} 5"#);
    assert_eq!(labels("max_over_time", "a, b, c"), r#"{d="4", x="1"} 5"#);
}
