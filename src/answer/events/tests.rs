use serde_json::{Value, json};

use super::regions::{EARLIER, OPEN};
use super::*;
use crate::answer::Builder as Frames;
use crate::loki::LogAnswer;
use crate::loki::response::Stats;
use crate::schema::presets;

/// A line of the trading system.
fn line(event: &str, task: &str, message: &str) -> String {
    let text = |text: &str| {
        if text.is_empty() {
            Value::Null
        } else {
            json!(text)
        }
    };
    json!({
        "message": message,
        "log": { "level": "INFO" },
        "ginkgo": { "event_type": text(event), "task_id": text(task), "symbol": "A,B" },
    })
    .to_string()
}

fn page(lines: &[(i64, String)], direction: Direction) -> Page {
    let values = lines.iter().map(|(ns, line)| json!([ns.to_string(), line]));
    let values: Vec<Value> = values.collect();
    let streams = json!([{ "stream": { "job": "ginkgo" }, "values": values }]);
    let body =
        json!({ "status": "success", "data": { "resultType": "streams", "result": streams } });
    Page::new(
        LogAnswer::decode(body.to_string().as_bytes())
            .unwrap()
            .into(),
        direction,
    )
}

fn frame(options: &Value, system: &str, lines: &[(i64, String)]) -> Frame {
    let query = |direction: Direction| {
        let model =
            json!({ "result": "events", "events": options, "direction": direction.as_str() });
        Query::try_from(&model).unwrap()
    };
    let systems = presets();
    let system = systems.iter().find(|known| known.name == system).unwrap();
    let made = |direction| {
        let query = query(direction);
        let mut builder = Frames::new(Asked {
            query: &query,
            system,
            expr: "{}",
            search_words: &[],
            limit: 100,
        });
        let page = page(lines, direction);
        builder.push(&page, 0..page.len());
        builder.ended(Ending {
            covered: 0..1000,
            whole: true,
            total: None,
        });
        builder.finish(&Stats::default(), &[], Vec::new())
    };
    let frame = made(Direction::Forward);
    assert_eq!(
        frame,
        made(Direction::Backward),
        "the order of reading does not matter"
    );
    frame
}

type Row = (i64, Option<i64>, String, String, String);

fn rows(frame: &Frame) -> Vec<Row> {
    let Column::Time(times) = &frame.field("time").unwrap().column else {
        panic!("no times")
    };
    let Column::OptionalTime(ends) = &frame.field("timeEnd").unwrap().column else {
        panic!("no ends")
    };
    let text = |name: &str, row: usize| match &frame.field(name).unwrap().column {
        Column::Text(texts) => texts.get(row).unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    assert!(times.is_sorted());
    let mut ids: Vec<String> = (0..times.len()).map(|row| text("id", row)).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), times.len(), "ids are unique");
    (0..times.len())
        .map(|row| {
            (
                times[row],
                ends[row],
                text("title", row),
                text("text", row),
                text("tags", row),
            )
        })
        .collect()
}

fn row(time: i64, end: Option<i64>, title: &str, text: &str, tags: &str) -> Row {
    (
        time,
        end,
        title.to_owned(),
        text.to_owned(),
        tags.to_owned(),
    )
}

#[test]
fn every_line_is_a_point() {
    let lines = [
        (20, line("ORDERFILLED", "t", "filled")),
        (10, line("RISKBREACH", "t", "breach")),
        (20, line("ORDERFILLED", "t", "filled")),
        (30, line("", "t", "nothing")),
    ];
    let frame = frame(&json!({}), "ginkgo", &lines);
    let names: Vec<&str> = frame
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["time", "timeEnd", "title", "text", "tags", "id"]);
    assert_eq!(
        rows(&frame),
        [
            row(10, None, "RISKBREACH", "breach", "RISKBREACH"),
            row(20, None, "ORDERFILLED", "filled", "ORDERFILLED"),
            row(20, None, "ORDERFILLED", "filled", "ORDERFILLED"),
            row(30, None, "", "nothing", ""),
        ]
    );
}

#[test]
fn texts_are_templates_and_tags_are_parted_by_commas() {
    let options = json!({
        "title": "{{event_type}}: {{ symbol }}",
        "text": "{{message}} of {{run}} at {{field}} {{nowhere}}",
        "tags": ["symbol", "level", "symbol", "nowhere", "task_id"],
    });
    let frame = frame(&options, "ginkgo", &[(1, line("E", "t", "m"))]);
    let expected = row(1, None, "E: A,B", "m of t at E", "A;B,info,t");
    assert_eq!(rows(&frame), [expected]);
    let notices: Vec<&str> = frame.meta.notices.iter().map(|n| n.text.as_str()).collect();
    let said = "field \"nowhere\" is not in the schema of system \"ginkgo\", and no line of this answer has it";
    assert_eq!(notices, [said]);
}

#[test]
fn without_an_event_the_level_is_one() {
    let lines = [(
        1,
        "level='WARN' event='slow, very' service='api'".to_owned(),
    )];
    let frame = frame(&json!({}), "tskv", &lines);
    assert_eq!(
        rows(&frame),
        [row(1, None, "warning", "slow, very", "warning")]
    );
}

#[test]
fn regions_go_from_a_start_to_the_next_end_of_the_same_key() {
    let options = json!({ "start": ["START"], "end": ["DONE", "FAILED"] });
    let region = |time, end, text: &str, tags: &str| row(time, Some(end), "START", text, tags);
    for (name, lines, expected) in [
        (
            "two at once",
            vec![
                (10, "START", "a"),
                (20, "START", "b"),
                (30, "FAILED", "b"),
                (40, "DONE", "a"),
            ],
            vec![
                region(10, 40, "START a", "START,DONE"),
                region(20, 30, "START b", "START,FAILED"),
            ],
        ),
        (
            "open",
            vec![(10, "START", "a")],
            vec![region(10, 1000, &format!("START a{OPEN}"), "START")],
        ),
        (
            "began earlier, and an end too many",
            vec![(10, "DONE", "a"), (20, "FAILED", "a")],
            vec![
                row(0, Some(10), "DONE", &format!("DONE a{EARLIER}"), "DONE"),
                row(20, None, "FAILED", "FAILED a", "FAILED"),
            ],
        ),
        (
            "again",
            vec![
                (10, "START", "a"),
                (20, "DONE", "a"),
                (25, "DONE", "a"),
                (30, "START", "a"),
            ],
            vec![
                region(10, 20, "START a", "START,DONE"),
                row(25, None, "DONE", "DONE a", "DONE"),
                region(30, 1000, &format!("START a{OPEN}"), "START"),
            ],
        ),
        (
            "two starts end together",
            vec![(10, "START", "a"), (20, "START", "a"), (30, "DONE", "a")],
            vec![
                region(10, 30, "START a", "START,DONE"),
                region(20, 30, "START a", "START,DONE"),
            ],
        ),
    ] {
        let lines: Vec<(i64, String)> = lines
            .into_iter()
            .map(|(time, event, task)| (time, line(event, task, &format!("{event} {task}"))))
            .collect();
        let frame = frame(&options, "ginkgo", &lines);
        assert_eq!(rows(&frame), expected, "{name}");
        assert!(frame.meta.notices.is_empty(), "{name}");
    }
}

#[test]
fn what_ends_one_region_may_begin_the_next() {
    let options = json!({ "start": ["DEPLOY"], "end": ["DEPLOY"], "key": "event_type" });
    let lines = [10, 20, 30].map(|time| (time, line("DEPLOY", "", "")));
    let ends: Vec<(i64, Option<i64>)> = rows(&frame(&options, "ginkgo", &lines))
        .into_iter()
        .map(|(time, end, ..)| (time, end))
        .collect();
    assert_eq!(ends, [(10, Some(20)), (20, Some(30)), (30, Some(1000))]);
}

#[test]
fn what_the_start_lacks_the_end_may_have() {
    let options = json!({
        "start": ["START"], "end": ["DONE"], "title": "{{event_type}} {{error_type}}",
    });
    let end =
        r#"{"message":"out","error":{"type":"Boom"},"ginkgo":{"event_type":"DONE","task_id":"a"}}"#;
    let lines = [(10, line("START", "a", "in")), (20, end.to_owned())];
    let expected = row(10, Some(20), "START Boom", "in", "START,DONE");
    assert_eq!(rows(&frame(&options, "ginkgo", &lines)), [expected]);
}

#[test]
fn without_a_key_an_event_is_a_point() {
    let options = json!({ "start": ["START"], "end": ["DONE"] });
    let lines = [(10, line("START", "", "x")), (20, line("DONE", "", "y"))];
    let frame = frame(&options, "ginkgo", &lines);
    let ends: Vec<Option<i64>> = rows(&frame).into_iter().map(|(_, end, ..)| end).collect();
    assert_eq!(ends, [None, None]);
    let said = "2 events have no task_id, by which a region's start and end find each other: they are shown as points";
    assert_eq!(frame.meta.notices[0].text, said);
}

#[test]
fn levels_begin_and_end_regions_in_any_spelling() {
    let options = json!({ "start": ["err"], "end": ["info"], "key": "service" });
    let lines = [
        (10, "level='ERROR' event='down' service='api'".to_owned()),
        (
            20,
            "level='Information' event='up' service='api'".to_owned(),
        ),
    ];
    let expected = row(10, Some(20), "error", "down", "error,info");
    assert_eq!(rows(&frame(&options, "tskv", &lines)), [expected]);
}

#[test]
fn texts_are_bounded() {
    let long = "é".repeat(1 << 20);
    let options = json!({ "text": "{{message}}", "tags": ["message"] });
    let frame = frame(&options, "ginkgo", &[(1, line("E", "t", &long))]);
    let (_, _, _, text, tags) = rows(&frame).remove(0);
    assert_eq!((text.len(), tags.len()), (LONGEST_VALUE, LONGEST_TAG));
}

#[test]
fn what_a_line_holds_is_no_markup_and_turns_nothing_round() {
    let hostile = "<img src=//evil>&amp;\u{1b}[31m\u{202e}x\u{9b}'\"";
    let options =
        json!({ "title": "<b>{{message}}</b>", "text": "{{message}}", "tags": ["message"] });
    let frame = frame(&options, "ginkgo", &[(1, line("E", "t", hostile))]);
    let (_, _, title, text, tags) = rows(&frame).remove(0);
    let written = "&lt;img src=//evil&gt;&amp;amp;[31mx&#39;&quot;";
    // What the dashboard's author wrote around it is theirs.
    assert_eq!(title, format!("<b>{written}</b>"));
    assert_eq!(text, written);
    // Tags are no HTML in Grafana.
    assert_eq!(tags, "<img src=//evil>&amp; [31m x '\"");
}
