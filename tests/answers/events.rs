//! `events`: annotations, against the oracle's own reading of the lines.

use std::collections::BTreeMap;

use ginkgo_demo::{Layout, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source, range};
use crate::corpus::{Corpus, END_NS, Line, START_NS, corpus};
use crate::oracle::{matching, value};
use crate::query::Query;
use crate::schema::{Kind, Schema};
use crate::values::level;

/// Time, end, title, text, tags.
type Annotation = (i64, Option<i64>, String, String, String);

/// A field's value as annotations show it.
fn shown<'l>(schema: &Schema, name: &'static str, line: &'l Line) -> Option<&'l str> {
    let field = schema.field(name);
    match field.kind {
        Kind::Level => Some(level(value(&field, line))),
        _ => value(&field, line),
    }
}

fn ask(
    site: &Site,
    corpus: &Corpus,
    query: &Query,
    events: Value,
) -> (Vec<Annotation>, Vec<String>, Value) {
    let mut model = query.json("");
    model["result"] = json!("events");
    model["events"] = events;
    model["limit"] = json!(query.limit.unwrap_or(100_000));
    let (frame, columns) = site.frame(corpus, &model, range(query));
    let texts = |name: &str| -> Vec<String> {
        columns[name]
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    let (titles, bodies, tags) = (texts("title"), texts("text"), texts("tags"));
    let annotations = (0..titles.len()).map(|row| {
        (
            columns["time"][row].as_i64().unwrap(),
            columns["timeEnd"][row].as_i64(),
            titles[row].clone(),
            bodies[row].clone(),
            tags[row].clone(),
        )
    });
    (
        annotations.collect(),
        texts("id"),
        frame["schema"]["meta"].clone(),
    )
}

/// Rows of one nanosecond have no order that the oracle knows.
fn sorted(mut annotations: Vec<Annotation>) -> Vec<Annotation> {
    annotations.sort();
    annotations
}

/// As much of a text as has so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text without what moves a terminal's cursor.
fn plain(text: &str) -> String {
    let seen = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().filter(seen).collect()
}

/// A tag: one line.
fn tag(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    cut(&words.join(" "), 200).replace(',', ";")
}

/// A value within a text: Grafana draws it as HTML.
fn drawn(text: &str) -> String {
    let special = [
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ("\"", "&quot;"),
        ("'", "&#39;"),
    ];
    let text = plain(cut(text, 2048));
    special
        .into_iter()
        .fold(text, |text, (c, entity)| text.replace(c, entity))
}

fn body(text: &str) -> String {
    drawn(text).trim().to_owned()
}

/// Holds annotations against each other, in any order within a nanosecond.
fn assert_same(answer: Vec<Annotation>, expected: Vec<Annotation>, what: &str) {
    let (answer, expected) = (sorted(answer), sorted(expected));
    for (one, other) in answer.iter().zip(&expected) {
        assert_eq!(one, other, "{what}");
    }
    assert_eq!(answer.len(), expected.len(), "{what}");
}

/// Each line as a point, with the default texts.
fn points(query: &Query, schema: &Schema, lines: &[Line], event: &'static str) -> Vec<Annotation> {
    let message = schema.role("message").unwrap().name;
    let lines = matching(query, schema, lines, range(query));
    let point = |line: &Line| {
        let event = shown(schema, event, line).unwrap_or_default();
        let text = shown(schema, message, line).unwrap_or_default();
        (line.ns, None, body(event), body(text), tag(event))
    };
    lines.into_iter().map(point).collect()
}

fn event_of(system: System) -> &'static str {
    match system {
        System::Ginkgo => "event_type",
        System::Dynamo => "span_name",
        System::Fastapi | System::Tskv => "level",
    }
}

#[test]
fn events_of_every_system_in_every_layout() {
    for layout in Layout::ALL {
        let site = Site::new(layout, Source::Auto);
        let corpus = corpus(layout);
        for system in System::ALL {
            let event = event_of(system);
            let any = Query::any(system);
            // Nothing says which lines are meant, so those that have the field are.
            let with_event = any.clone().filter(event, "exists", &[]);
            let schema = site.schema(system);
            let expected = points(&with_event, &schema, corpus.lines(system), event);
            assert!(!expected.is_empty(), "{system} {layout:?}");
            for query in [&any, &any.clone().forward()] {
                let (answer, _, meta) = ask(&site, corpus, query, json!({}));
                assert_same(answer, expected.clone(), &format!("{system} {layout:?}"));
                assert_eq!(meta["notices"], Value::Null, "{meta}");
            }
            // A filter says which, also without an event.
            let errors = any.filter("level", "=|", &["error", "critical"]);
            let expected = points(&errors, &schema, corpus.lines(system), event);
            let (answer, ids, _) = ask(&site, corpus, &errors, json!({}));
            assert_same(answer, expected, &format!("{system} {layout:?}"));
            // Ids are those of the rows.
            let logs = site.ask(corpus, &errors.limit(100_000).forward()).unwrap();
            assert_eq!(ids, logs.ids, "{system} {layout:?}");
        }
    }
}

#[test]
fn texts_and_tags_are_made_of_fields() {
    for (layout, source) in [
        (Layout::Mixed, Source::Reversed),
        (Layout::Labels, Source::Label),
    ] {
        let site = Site::new(layout, source);
        let corpus = corpus(layout);
        let schema = site.schema(System::Ginkgo);
        let query =
            Query::any(System::Ginkgo).filter("event_type", "=|", &["ORDERFILLED", "RISKBREACH"]);
        let options = json!({
            "title": "{{event_type}} {{symbol}}",
            "text": "{{portfolio_id}}: {{ message }}",
            "tags": ["strategy_id", "symbol", "level"],
        });
        let lines = matching(&query, &schema, corpus.lines(System::Ginkgo), range(&query));
        assert!(!lines.is_empty());
        let expected = lines.into_iter().map(|line| {
            let of = |name: &'static str| cut(shown(&schema, name, line).unwrap_or_default(), 2048);
            let tags = ["strategy_id", "symbol", "level"].map(of);
            let mut seen: Vec<String> = Vec::new();
            for text in tags.into_iter().filter(|text| !text.is_empty()).map(tag) {
                if !seen.contains(&text) {
                    seen.push(text);
                }
            }
            let in_text = |name| drawn(of(name));
            let title = format!("{} {}", in_text("event_type"), in_text("symbol"));
            let text = format!("{}: {}", in_text("portfolio_id"), in_text("message"));
            (
                line.ns,
                None,
                title.trim().to_owned(),
                text.trim().to_owned(),
                seen.join(","),
            )
        });
        let expected = sorted(expected.collect());
        let (answer, _, _) = ask(&site, corpus, &query, options);
        assert_same(answer, expected, "texts and tags");
    }
}

/// Pairs events as the contract says.
fn regions(
    query: &Query,
    schema: &Schema,
    lines: &[Line],
    start: &str,
    ends: &[&str],
) -> Vec<Annotation> {
    let run = schema.role("run").unwrap().name;
    let mut open: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    let mut made = Vec::new();
    for line in matching(query, schema, lines, range(query)) {
        let get = |name: &'static str| shown(schema, name, line);
        let Some(event) = get("event_type").filter(|event| *event == start || ends.contains(event))
        else {
            continue;
        };
        let message = body(get("message").unwrap_or_default());
        let Some(key) = get(run) else {
            made.push((line.ns, None, event.to_owned(), message, event.to_owned()));
            continue;
        };
        assert_ne!(
            last.insert(key, line.ns),
            Some(line.ns),
            "the order of {key} is not known"
        );
        if event == start {
            open.entry(key).or_default().push(line);
            continue;
        }
        match open.insert(key, Vec::new()) {
            None => {
                let text = format!("{message} (began earlier)").trim_start().to_owned();
                made.push((
                    range(query).0,
                    Some(line.ns),
                    event.to_owned(),
                    text,
                    event.to_owned(),
                ));
            }
            Some(starts) if starts.is_empty() => {
                made.push((line.ns, None, event.to_owned(), message, event.to_owned()));
            }
            Some(starts) => made.extend(starts.into_iter().map(|begun| {
                let text = shown(schema, "message", begun)
                    .map(body)
                    .unwrap_or(message.clone());
                (
                    begun.ns,
                    Some(line.ns),
                    start.to_owned(),
                    text,
                    format!("{start},{event}"),
                )
            })),
        }
    }
    for begun in open.into_values().flatten() {
        let text = shown(schema, "message", begun)
            .map(body)
            .unwrap_or_default();
        let text = format!("{text} (still open)").trim_start().to_owned();
        made.push((
            begun.ns,
            Some(range(query).1),
            start.to_owned(),
            text,
            start.to_owned(),
        ));
    }
    sorted(made)
}

#[test]
fn regions_go_from_start_to_end() {
    let options = json!({ "start": ["ENGINESTART"], "end": ["ENGINECOMPLETE", "ENGINEERROR"] });
    let mut seen = [0; 4];
    for (layout, source) in [
        (Layout::Labels, Source::Auto),
        (Layout::Metadata, Source::Auto),
        (Layout::Line, Source::Line),
        (Layout::Mixed, Source::Reversed),
    ] {
        let site = Site::new(layout, source);
        let corpus = corpus(layout);
        let schema = site.schema(System::Ginkgo);
        for query in [
            Query::any(System::Ginkgo),
            Query::any(System::Ginkgo).forward(),
            Query::of("run", System::Ginkgo, &[]),
            Query::any(System::Ginkgo).range_ms(120_000, 480_000),
        ] {
            let lines = corpus.lines(System::Ginkgo);
            let expected = regions(
                &query,
                &schema,
                lines,
                "ENGINESTART",
                &["ENGINECOMPLETE", "ENGINEERROR"],
            );
            let (answer, _, _) = ask(&site, corpus, &query, options.clone());
            assert_same(answer, expected.clone(), &format!("{query:?} {site:?}"));
            for (_, end, _, text, _) in expected {
                let kind = match end {
                    None => 0,
                    Some(_) if text.ends_with("(began earlier)") => 1,
                    Some(_) if text.ends_with("(still open)") => 2,
                    Some(_) => 3,
                };
                seen[kind] += 1;
            }
        }
    }
    assert!(
        seen.iter().all(|count| *count > 0),
        "the corpus is not what it tests: {seen:?}"
    );
}

#[test]
fn a_limit_says_so_and_keeps_what_it_read() {
    let site = Site::new(Layout::Metadata, Source::Auto);
    let corpus = corpus(Layout::Metadata);
    let query = Query::any(System::Ginkgo).filter("event_type", "=", &["PRICERECEIVED"]);
    let (all, ids, _) = ask(&site, corpus, &query, json!({}));
    let (newest, newest_ids, meta) = ask(&site, corpus, &query.clone().limit(5), json!({}));
    assert_eq!(newest, all[all.len() - 5..]);
    assert_eq!(newest_ids, ids[ids.len() - 5..]);
    let said =
        "the limit of 5 events is reached: these are made of the newest, and there may be more";
    assert_eq!(meta["notices"][0]["text"], said, "{meta}");
    let (oldest, _, meta) = ask(&site, corpus, &query.limit(5).forward(), json!({}));
    assert_eq!(oldest, all[..5]);
    assert!(
        meta["notices"][0]["text"]
            .as_str()
            .unwrap()
            .contains("the oldest"),
        "{meta}"
    );
    // What was not read has not begun at the range's start, but somewhere before what was.
    let regions = json!({ "start": ["ENGINESTART"], "end": ["ENGINECOMPLETE", "ENGINEERROR"] });
    let (answer, _, _) = ask(&site, corpus, &Query::any(System::Ginkgo).limit(3), regions);
    assert!(
        answer.iter().all(|(time, ..)| *time > START_NS),
        "{answer:?}"
    );
    assert!(
        answer
            .iter()
            .all(|(_, end, ..)| end.is_none_or(|end| end <= END_NS)),
        "{answer:?}"
    );
}
