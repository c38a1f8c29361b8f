//! Aggregations of series.

use super::{Lines, at, over};

/// Three streams with 1, 2 and 4 lines.
fn three() -> Lines {
    Lines::default()
        .times("x=1 a=1 b=p", &[1.0])
        .times("x=1 a=1 b=q", &[1.0, 2.0])
        .times("x=1 a=2", &[1.0, 2.0, 3.0, 4.0])
}

const COUNT: &str = r#"count_over_time({x="1"}[1m])"#;

fn instant(query: &str) -> String {
    at(&three(), 10, &query.replace("COUNT", COUNT))
}

#[test]
fn groups_are_by_labels_or_without_them() {
    assert_eq!(instant("sum by (a) (COUNT)"), "{a=\"1\"} 3\n{a=\"2\"} 4");
    assert_eq!(
        instant("sum without (b, x) (COUNT)"),
        "{a=\"1\"} 3\n{a=\"2\"} 4"
    );
    assert_eq!(
        instant("sum by (b) (COUNT)"),
        "{} 4\n{b=\"p\"} 1\n{b=\"q\"} 2"
    );
    assert_eq!(instant("sum(COUNT)"), "{} 7");
    assert_eq!(instant("sum by () (COUNT)"), "{} 7");
    assert_eq!(instant("max by (a) (COUNT)"), "{a=\"1\"} 2\n{a=\"2\"} 4");
    assert_eq!(instant("min by (a) (COUNT)"), "{a=\"1\"} 1\n{a=\"2\"} 4");
    assert_eq!(instant("avg by (a) (COUNT)"), "{a=\"1\"} 1.5\n{a=\"2\"} 4");
    assert_eq!(instant("count by (a) (COUNT)"), "{a=\"1\"} 2\n{a=\"2\"} 1");
    assert_eq!(
        instant("stddev by (a) (COUNT)"),
        "{a=\"1\"} 0.5\n{a=\"2\"} 0"
    );
    assert_eq!(
        instant("stdvar by (a) (COUNT)"),
        "{a=\"1\"} 0.25\n{a=\"2\"} 0"
    );
}

#[test]
fn a_label_that_is_empty_and_one_that_is_absent_are_two_groups() {
    let lines = Lines::default()
        .times("x=1", &[1.0])
        .times("x=1 l=", &[1.0, 2.0]);
    let sum = format!("sum by (l) ({COUNT})");
    assert_eq!(over(&lines, (60, 60), 60, &sum), "{} 60:1\n{l=\"\"} 60:2");
    assert_eq!(at(&lines, 10, &sum), "{} 1\n{l=\"\"} 2");
    // `without` drops empty labels, and so do the hours of an instant query.
    assert_eq!(
        at(&lines, 10, &format!("sum without (x) ({COUNT})")),
        "{} 3"
    );
    assert_eq!(
        at(&lines, 10, r#"sum by (l) (count_over_time({x="1"}[2h]))"#),
        "{} 3"
    );
}

#[test]
fn the_largest_keep_their_labels() {
    assert_eq!(
        instant("topk(2, COUNT)"),
        "{a=\"1\", b=\"q\", x=\"1\"} 2\n{a=\"2\", x=\"1\"} 4"
    );
    assert_eq!(
        instant("bottomk(1, COUNT)"),
        "{a=\"1\", b=\"p\", x=\"1\"} 1"
    );
    assert_eq!(
        instant("topk by (a) (1, COUNT)"),
        "{a=\"1\", b=\"q\", x=\"1\"} 2\n{a=\"2\", x=\"1\"} 4"
    );
    assert_eq!(
        instant("approx_topk(1, COUNT)"),
        "approx_topk is not enabled. See -limits.shard_aggregations"
    );
}

#[test]
fn instant_values_can_be_sorted() {
    assert_eq!(
        instant("sort(sum by (b) (COUNT))"),
        "{b=\"p\"} 1\n{b=\"q\"} 2\n{} 4"
    );
    assert_eq!(
        instant("sort_desc(sum by (b) (COUNT))"),
        "{} 4\n{b=\"q\"} 2\n{b=\"p\"} 1"
    );
}

#[test]
fn a_vector_can_be_aggregated_and_a_number_cannot() {
    assert_eq!(instant("sum(vector(3))"), "{} 3");
    assert!(instant("sum(3)").contains("queries require at least one"));
}

#[test]
fn series_that_cross_an_hour_are_sorted_by_their_text() {
    let sum = format!("sum by (a, b) ({COUNT})");
    let lines = Lines::default()
        .times("x=1 a=1", &[-5.0, 5.0])
        .times("x=1 a=1 b=2", &[-5.0, 5.0]);
    let labels = |text: &str| -> Vec<String> {
        let series = text.lines();
        series
            .map(|line| line.split('}').next().unwrap().to_owned())
            .collect()
    };
    let within = over(&lines, (0, 60), 60, &sum);
    assert_eq!(labels(&within), [r#"{a="1""#, r#"{a="1", b="2""#]);
    let across = over(&lines, (-60, 60), 60, &sum);
    assert_eq!(labels(&across), [r#"{a="1", b="2""#, r#"{a="1""#]);
}
