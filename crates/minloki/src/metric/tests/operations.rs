//! Binary operations and `label_replace`.

use super::{Lines, at, over};

/// Counts of 1, 2 and 4 lines, and of the first two alone.
fn instant(query: &str) -> String {
    let lines = Lines::default()
        .times("x=1 a=1 b=p", &[1.0])
        .times("x=1 a=1 b=q", &[1.0, 2.0])
        .times("x=1 a=2 b=p", &[1.0, 2.0, 3.0, 4.0]);
    let query = query
        .replace("FINE", r#"sum by (a, b) (count_over_time({x="1"}[1m]))"#)
        .replace("COARSE", r#"sum by (a) (count_over_time({x="1"}[1m]))"#)
        .replace("ONE", r#"sum by (a) (count_over_time({x="1", a="1"}[1m]))"#);
    at(&lines, 10, &query)
}

#[test]
fn series_are_worked_out_with_numbers() {
    assert_eq!(instant("COARSE * 2"), "{a=\"1\"} 6\n{a=\"2\"} 8");
    assert_eq!(instant("2 ^ COARSE"), "{a=\"1\"} 8\n{a=\"2\"} 16");
    assert_eq!(instant("COARSE / 0"), "{a=\"1\"} NaN\n{a=\"2\"} NaN");
    assert_eq!(instant("COARSE > 3"), "{a=\"2\"} 4");
    assert_eq!(instant("3 < COARSE"), "{a=\"2\"} 4");
    assert_eq!(instant("COARSE > bool 3"), "{a=\"1\"} 0\n{a=\"2\"} 1");
    assert_eq!(instant("1 + 2 * 3"), "7");
}

#[test]
fn series_match_by_their_labels() {
    assert_eq!(instant("COARSE / COARSE"), "{a=\"1\"} 1\n{a=\"2\"} 1");
    assert_eq!(instant("COARSE - ONE"), "{a=\"1\"} 0");
    assert_eq!(
        instant("FINE / on (a) group_left COARSE"),
        format!(
            "{{a=\"1\", b=\"p\"}} {}\n{{a=\"1\", b=\"q\"}} {}\n{{a=\"2\", b=\"p\"}} 1",
            1.0 / 3.0,
            2.0 / 3.0
        )
    );
    assert_eq!(
        instant("COARSE / ignoring (b) group_right FINE"),
        "{a=\"1\", b=\"p\"} 3\n{a=\"1\", b=\"q\"} 1.5\n{a=\"2\", b=\"p\"} 1"
    );
}

#[test]
fn matches_that_are_not_one_to_one_must_be_asked_for() {
    assert_eq!(
        instant("FINE / on (a) COARSE"),
        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
    );
    assert_eq!(
        instant("COARSE / on (a) FINE"),
        "found duplicate series on the right hand-side;many-to-many matching not allowed: matching labels \
         must be unique on one side"
    );
    assert_eq!(
        instant("FINE / on (a) group_right FINE"),
        "found duplicate series on the left hand-side;many-to-many matching not allowed: matching labels \
         must be unique on one side"
    );
}

#[test]
fn sets_choose_series_and_keep_values() {
    assert_eq!(instant("COARSE and ONE"), "{a=\"1\"} 3");
    assert_eq!(instant("COARSE unless ONE"), "{a=\"2\"} 4");
    assert_eq!(instant("ONE or COARSE * 10"), "{a=\"1\"} 3\n{a=\"2\"} 40");
    assert_eq!(
        instant("FINE and on (a) ONE"),
        "{a=\"1\", b=\"p\"} 1\n{a=\"1\", b=\"q\"} 2"
    );
    assert_eq!(instant("sum(ONE) or vector(0)"), "{} 3");
}

#[test]
fn or_leaves_out_series_of_equal_labels_where_empty_ones_count_for_nothing() {
    let lines = Lines::default()
        .times("x=1 l=", &[1.0])
        .times("x=1 l=a", &[1.0]);
    let sum = r#"sum by (l) (count_over_time({x="1"}[1m]))"#;
    assert_eq!(
        at(&lines, 10, &format!("vector(7) or {sum}")),
        "{} 7\n{l=\"a\"} 1"
    );
    assert_eq!(
        at(&lines, 10, &format!("{sum} or vector(7)")),
        "{l=\"\"} 1\n{l=\"a\"} 1"
    );
    // Two sides of arithmetic lose them as well.
    assert_eq!(
        at(&lines, 10, &format!("{sum} + {sum}")),
        "{} 2\n{l=\"a\"} 2"
    );
    assert_eq!(
        at(&lines, 10, &format!("{sum} + 1")),
        "{l=\"\"} 2\n{l=\"a\"} 2"
    );
}

#[test]
fn label_replace_is_anchored() {
    assert_eq!(
        instant(r#"label_replace(COARSE, "c", "<$1>", "a", "(.)")"#),
        "{a=\"1\", c=\"<1>\"} 3\n{a=\"2\", c=\"<2>\"} 4"
    );
    assert_eq!(
        instant(r#"label_replace(FINE, "c", "x", "b", "")"#),
        instant("FINE")
    );
    // A label that is absent is empty.
    assert_eq!(
        instant(r#"label_replace(COARSE, "c", "x", "nope", "")"#),
        "{a=\"1\", c=\"x\"} 3\n{a=\"2\", c=\"x\"} 4"
    );
    // The value of nothing removes the label.
    assert_eq!(
        instant(r#"label_replace(COARSE, "a", "", "a", "1")"#),
        "{} 3\n{a=\"2\"} 4"
    );
}

#[test]
fn label_replace_drops_empty_labels_and_merges_what_becomes_equal() {
    let lines = Lines::default()
        .times("x=1", &[1.0, 61.0])
        .times("x=1 l=", &[1.0, 2.0, 62.0]);
    let sum = r#"sum by (l) (count_over_time({x="1"}[1m]))"#;
    let replaced = format!(r#"label_replace({sum}, "m", "$1", "l", "(.*)")"#);
    // One series with two points at each time.
    assert_eq!(
        over(&lines, (60, 120), 60, &replaced),
        "{} 60:1 60:2 120:1 120:1"
    );
    assert_eq!(at(&lines, 60, &replaced), "{} 1\n{} 2");
    // Not where the expression does not match.
    let kept = format!(r#"label_replace({sum}, "m", "$1", "l", "no")"#);
    assert_eq!(at(&lines, 60, &kept), "{} 1\n{l=\"\"} 2");
}

#[test]
fn a_query_with_ranges_has_one_point_at_steps_that_a_float_cuts() {
    let lines = Lines::default().times("x=1", &[1.0]);
    let points = |step_ms: i64, query: &str| {
        let (start_ns, end_ns) = (
            super::HOUR * super::SECOND,
            (super::HOUR + 20) * super::SECOND,
        );
        let step_ns = step_ms * 1_000_000;
        let expr = super::metric(query);
        let series =
            super::evaluate_range(&expr, &lines, start_ns, end_ns, step_ns, &super::limits())
                .unwrap();
        series
            .iter()
            .map(|series| series.points.len())
            .sum::<usize>()
    };
    let count = r#"sum(count_over_time({x="1"}[1h]))"#;
    for step_ms in [1001, 1011, 2022] {
        assert_eq!(points(step_ms, count), 0, "{step_ms}");
        assert!(points(step_ms, "vector(1)") > 5, "{step_ms}");
    }
    assert_eq!(points(1000, count), 20);
}
