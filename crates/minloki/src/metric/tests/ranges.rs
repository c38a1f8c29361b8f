//! Ranges and their windows.

use super::{Lines, at, over};

fn every_ten_seconds() -> Lines {
    Lines::default().times("a=1", &[0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0])
}

#[test]
fn a_window_holds_its_end_and_not_its_start() {
    let lines = every_ten_seconds();
    assert_eq!(
        at(&lines, 60, r#"count_over_time({a="1"}[30s])"#),
        r#"{a="1"} 3"#
    );
    assert_eq!(
        at(&lines, 59, r#"count_over_time({a="1"}[30s])"#),
        r#"{a="1"} 3"#
    );
    assert_eq!(
        at(&lines, 61, r#"count_over_time({a="1"}[30s])"#),
        r#"{a="1"} 3"#
    );
    assert_eq!(at(&lines, 60, r#"count_over_time({a="1"}[0s])"#), "");
}

#[test]
fn points_stand_at_multiples_of_the_step() {
    let lines = every_ten_seconds();
    assert_eq!(
        over(&lines, (17, 41), 20, r#"count_over_time({a="1"}[20s])"#),
        r#"{a="1"} 0:1 20:2 40:2 60:2"#
    );
    // Windows that overlap, and windows with gaps between them.
    assert_eq!(
        over(&lines, (0, 60), 20, r#"count_over_time({a="1"}[1m])"#),
        r#"{a="1"} 0:1 20:3 40:5 60:6"#
    );
    assert_eq!(
        over(&lines, (0, 80), 20, r#"count_over_time({a="1"}[5s])"#),
        r#"{a="1"} 0:1 20:1 40:1 60:1"#
    );
    assert_eq!(over(&lines, (0, 20), 10, "vector(5)"), "{} 0:5 10:5 20:5");
    assert_eq!(over(&lines, (0, 20), 10, "1 + 1"), "{} 0:2 10:2 20:2");
}

#[test]
fn an_offset_moves_the_windows() {
    let lines = every_ten_seconds();
    let count = r#"count_over_time({a="1"}[20s] offset 30s)"#;
    assert_eq!(over(&lines, (0, 60), 20, count), r#"{a="1"} 40:2 60:2"#);
    let ahead = r#"count_over_time({a="1"}[20s] offset -30s)"#;
    assert_eq!(over(&lines, (0, 60), 20, ahead), r#"{a="1"} 0:2 20:2 40:1"#);
}

#[test]
fn a_rate_is_by_the_second_of_the_range() {
    let lines = every_ten_seconds();
    assert_eq!(at(&lines, 60, r#"rate({a="1"}[20s])"#), r#"{a="1"} 0.1"#);
    assert_eq!(
        at(&lines, 60, r#"bytes_over_time({a="1"}[20s])"#),
        r#"{a="1"} 8"#
    );
    assert_eq!(
        at(&lines, 60, r#"bytes_rate({a="1"}[20s])"#),
        r#"{a="1"} 0.4"#
    );
}

#[test]
fn an_absence_has_the_labels_that_the_selector_names_once() {
    let lines = every_ten_seconds();
    assert_eq!(at(&lines, 60, r#"absent_over_time({a="1"}[30s])"#), "");
    assert_eq!(
        at(
            &lines,
            60,
            r#"absent_over_time({a="2", b=~"c", d!="e", f="g"}[30s])"#
        ),
        r#"{a="2", f="g"} 1"#
    );
    assert_eq!(
        at(
            &lines,
            60,
            r#"absent_over_time({a="2", f="g", f="h"}[30s])"#
        ),
        r#"{a="2"} 1"#
    );
    assert_eq!(
        over(&lines, (60, 120), 20, r#"absent_over_time({a="1"}[30s])"#),
        r#"{a="1"} 100:1 120:1"#
    );
}

#[test]
fn a_series_with_the_replacement_character_vanishes() {
    let lines = Lines::default()
        .times("a=1 l=good", &[1.0])
        .times("a=1 l=bad\u{fffd}", &[1.0, 2.0]);
    let count = r#"count_over_time({a="1"}[1m])"#;
    assert_eq!(
        at(&lines, 10, &format!("sum by (l) ({count})")),
        r#"{l="good"} 1"#
    );
    assert_eq!(
        at(&lines, 10, &format!("sum(sum by (l) ({count}))")),
        "{} 1"
    );
    assert_eq!(at(&lines, 10, &format!("sum({count})")), "{} 3");
}

#[test]
fn instant_queries_of_many_hours_are_joined_from_hours() {
    // Two streams of one group: 3 and 1 lines in the last hour, 0 and 2 in the one before.
    let lines = Lines::default()
        .times("a=1 b=1", &[7000.0, 7100.0, 7200.0])
        .times("a=1 b=2", &[100.0, 200.0, 7000.0]);
    let count = r#"count_over_time({a="1"}[2h])"#;
    assert_eq!(
        at(&lines, 7200, count),
        "{a=\"1\", b=\"1\"} 3\n{a=\"1\", b=\"2\"} 3"
    );
    assert_eq!(
        at(&lines, 7200, &format!("sum by (a) ({count})")),
        r#"{a="1"} 6"#
    );
    // The largest of each hour, added up.
    assert_eq!(
        at(&lines, 7200, &format!("max by (a) ({count})")),
        r#"{a="1"} 5"#
    );
    assert_eq!(
        at(
            &lines,
            7200,
            &format!(
                "max by (a) ({})",
                count
                    .replace("count", "rate")
                    .replace("rate_over_time", "rate")
            )
        ),
        format!(r#"{{a="1"}} {}"#, 5.0 / 7200.0)
    );
    // A range query does it in one go.
    assert_eq!(
        over(&lines, (7200, 7200), 60, &format!("max by (a) ({count})")),
        r#"{a="1"} 7200:3"#
    );
}
