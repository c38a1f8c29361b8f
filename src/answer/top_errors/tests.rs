use serde_json::{Value, json};

use super::*;
use crate::answer::Builder as Frames;
use crate::loki::LogAnswer;
use crate::loki::response::Stats;
use crate::schema::presets;

/// A page of lines of one stream, each with its nanosecond and its level as metadata.
fn page(lines: &[(i64, &str, &Value)], direction: Direction) -> Page {
    let values = lines.iter().map(
        |(ns, line, metadata)| json!([ns.to_string(), line, { "structuredMetadata": metadata }]),
    );
    let values: Vec<Value> = values.collect();
    let streams = json!([{ "stream": { "job": "x", "container": "c" }, "values": values }]);
    let body =
        json!({ "status": "success", "data": { "resultType": "streams", "result": streams } });
    Page::new(
        LogAnswer::decode(body.to_string().as_bytes())
            .unwrap()
            .into(),
        direction,
    )
}

fn frame(query: &Value, system: &str, pages: &[Page], ending: Ending, limit: u32) -> Frame {
    let query = Query::try_from(query).unwrap();
    let systems = presets();
    let system = systems.iter().find(|known| known.name == system).unwrap();
    let mut builder = Frames::new(Asked {
        query: &query,
        system,
        expr: "{}",
        search_words: &[],
        limit,
    });
    for page in pages {
        builder.push(page, 0..page.len());
    }
    builder.ended(ending);
    builder.finish(&Stats::default(), &[], Vec::new())
}

fn texts(frame: &Frame, name: &str) -> Vec<String> {
    let field = frame
        .field(name)
        .unwrap_or_else(|| panic!("{name} in {frame:?}"));
    (0..frame.rows())
        .map(|row| match &field.column {
            Column::Text(texts) => texts.get(row).unwrap().to_owned(),
            Column::OptionalText(texts) => texts.get(row).unwrap_or("-").to_owned(),
            Column::Number(numbers) => numbers[row].to_string(),
            Column::Time(times) => times[row].to_string(),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn ginkgo(kind: &str, message: &str, portfolio: &str) -> String {
    json!({
        "message": message,
        "log": { "level": "error" },
        "error": { "type": kind },
        "ginkgo": { "portfolio_id": portfolio },
    })
    .to_string()
}

#[test]
fn errors_are_counted_by_type_and_pattern() {
    let none = json!({});
    let traced = json!({ "trace_id": "t-1" });
    let lines = [
        (
            10,
            ginkgo("TimeoutError", "no answer within 30 s", "a"),
            &none,
        ),
        (
            20,
            ginkgo("TimeoutError", "no answer within 5 s", "b"),
            &traced,
        ),
        (
            30,
            ginkgo("TimeoutError", "no answer within 60 s", "b"),
            &none,
        ),
        (
            40,
            ginkgo("ValueError", "no answer within 60 s", "c"),
            &none,
        ),
        (50, "Killed by 9".to_owned(), &none),
    ];
    let lines: Vec<(i64, &str, &Value)> = lines
        .iter()
        .map(|(ns, l, m)| (*ns, l.as_str(), *m))
        .collect();
    let query = json!({ "result": "topErrors" });
    for direction in [Direction::Backward, Direction::Forward] {
        let page = page(&lines, direction);
        let frame = frame(&query, "ginkgo", &[page], Ending::default(), 100);
        let names: Vec<&str> = frame
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        assert_eq!(
            names,
            [
                "error_type",
                "message",
                "count",
                "share",
                "first_seen",
                "last_seen",
                "container",
                "strategy_id",
                "portfolio_id",
                "sample",
                "trace_id"
            ]
        );
        assert_eq!(
            texts(&frame, "error_type"),
            ["TimeoutError", "-", "ValueError"]
        );
        let within = "no answer within <num> s";
        assert_eq!(
            texts(&frame, "message"),
            [within, "Killed by <num>", within]
        );
        assert_eq!(texts(&frame, "count"), ["3", "1", "1"]);
        assert_eq!(texts(&frame, "share"), ["0.6", "0.2", "0.2"]);
        assert_eq!(texts(&frame, "first_seen"), ["10", "50", "40"]);
        assert_eq!(texts(&frame, "last_seen"), ["30", "50", "40"]);
        assert_eq!(texts(&frame, "portfolio_id"), ["b, a", "-", "c"]);
        assert_eq!(texts(&frame, "strategy_id"), ["-", "-", "-"]);
        assert_eq!(texts(&frame, "container"), ["c", "c", "c"]);
        // The newest line with a trace.
        assert_eq!(texts(&frame, "trace_id"), ["t-1", "-", "-"]);
        assert!(texts(&frame, "sample")[0].contains("within 5 s"));
        assert_eq!(texts(&frame, "sample")[1], "Killed by 9");
        assert_eq!(frame.meta.custom["read"], 5);
        assert!(frame.meta.notices.is_empty(), "{:?}", frame.meta.notices);
    }
}

#[test]
fn values_affected_are_the_most_frequent_ones() {
    let none = json!({});
    let lines: Vec<String> = (0..20)
        .map(|n| ginkgo("E", "x", &format!("p{}", if n < 8 { 0 } else { n % 7 })))
        .collect();
    let lines: Vec<(i64, &str, &Value)> = lines.iter().map(|l| (1, l.as_str(), &none)).collect();
    let page = page(&lines, Direction::Backward);
    let query = json!({
        "result": "topErrors",
        "groupBy": ["portfolio_id", "message", "level", "nowhere"],
    });
    let frame = frame(&query, "ginkgo", &[page], Ending::default(), 100);
    assert_eq!(texts(&frame, "portfolio_id"), ["p0, p1, p2, +4"]);
    assert_eq!(texts(&frame, "message (field)"), ["x"]);
    assert_eq!(texts(&frame, "level"), ["error"]);
    assert_eq!(texts(&frame, "nowhere"), ["-"]);
    let notices = &frame.meta.notices;
    assert!(
        notices[0]
            .text
            .starts_with("field \"nowhere\" is not in the schema"),
        "{notices:?}"
    );
    let bare = json!({ "result": "topErrors", "groupBy": [] });
    let page = self::page(&[(1, "{}", &none)], Direction::Backward);
    let frame = self::frame(&bare, "dynamo", &[page], Ending::default(), 100);
    assert_eq!(frame.fields.len(), OWN_COLUMNS.len());
    assert_eq!(texts(&frame, "message"), ["{}"]);
}

#[test]
fn what_is_not_all_is_said() {
    let none = json!({});
    let lines = ["a", "b", "c", "c", "c", "b"];
    let lines: Vec<(i64, &str, &Value)> = lines.iter().map(|line| (1, *line, &none)).collect();
    let ending = |whole: bool, total: Option<u64>| Ending {
        whole,
        total,
        ..Ending::default()
    };
    for (name, ending, limit, said) in [
        ("all", ending(true, Some(6)), 3, vec![]),
        ("all, as it turned out", ending(false, Some(6)), 3, vec![]),
        (
            "a part",
            ending(false, Some(60)),
            3,
            vec![
                "the table is of the newest 6 of 60 errors: narrow the time range or add filters to see all of them",
            ],
        ),
        (
            "a part of nobody knows how many",
            ending(false, None),
            3,
            vec![
                "the table is of the newest 6 errors, and there may be more: narrow the time range or add filters to see all of them",
            ],
        ),
        (
            "some rows",
            ending(true, Some(6)),
            1,
            vec!["2 more kinds of errors, each less frequent, are not shown: `limit` is 1"],
        ),
    ] {
        let page = page(&lines, Direction::Backward);
        let total = ending.total;
        let query = json!({ "result": "topErrors" });
        let frame = frame(&query, "ginkgo", &[page], ending, limit);
        let notices = frame.meta.notices.iter();
        assert_eq!(
            notices.map(|n| n.text.as_str()).collect::<Vec<_>>(),
            said,
            "{name}"
        );
        assert_eq!(
            frame.meta.custom.get("total").and_then(Value::as_u64),
            total,
            "{name}"
        );
        assert_eq!(texts(&frame, "message")[0], "c", "{name}");
        assert_eq!(frame.rows(), limit as usize, "{name}");
    }
}

#[test]
fn samples_are_short() {
    let none = json!({});
    let long = "é".repeat(1 << 20);
    let page = page(&[(1, &long, &none)], Direction::Backward);
    let frame = frame(
        &json!({ "result": "topErrors" }),
        "tskv",
        &[page],
        Ending::default(),
        1,
    );
    assert!(texts(&frame, "sample")[0].len() <= LONGEST_SAMPLE + 3);
    assert!(texts(&frame, "sample")[0].ends_with('…'));
    assert!(texts(&frame, "message")[0].ends_with('…'));
}
