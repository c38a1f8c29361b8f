//! `topErrors`: kinds of errors, counted by the oracle's own reading of the lines. What a pattern is,
//! a table beside its code says.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ginkgo::answer::pattern;
use ginkgo_demo::{Layout, System};
use serde_json::{Value, json};

use crate::ask::{Site, Source, range};
use crate::corpus::{Corpus, END_NS, Line, START_NS, corpus};
use crate::made::entry;
use crate::oracle::{matching, value};
use crate::query::Query;
use crate::schema::{Kind, Schema};
use crate::values::level;

type Key = (Option<String>, String);

fn is_error(schema: &Schema, line: &Line) -> bool {
    let raw = schema.role("level").and_then(|field| value(field, line));
    matches!(level(raw), "error" | "critical")
}

/// What an error says: of a Python traceback its last line.
fn telling(message: &str) -> &str {
    let mut lines = message.lines().filter(|line| !line.trim().is_empty());
    if message.contains("Traceback (most recent call last):") {
        return lines.next_back().unwrap_or_default();
    }
    message
}

/// The errors that a question means, by kind.
fn kinds<'l>(query: &Query, schema: &Schema, lines: &'l [Line]) -> BTreeMap<Key, Vec<&'l Line>> {
    let mut kinds: BTreeMap<Key, Vec<&Line>> = BTreeMap::new();
    let lines = matching(query, schema, lines, range(query));
    for line in lines.into_iter().filter(|line| is_error(schema, line)) {
        let of = |role: &str| schema.role(role).and_then(|field| value(field, line));
        let error_type = of("error_type").map(str::to_owned);
        let message = pattern(telling(of("message").unwrap_or(&line.line)));
        kinds.entry((error_type, message)).or_default().push(line);
    }
    kinds
}

/// The most frequent values of a field, as the table names them.
fn affected(schema: &Schema, name: &'static str, lines: &[&Line]) -> Value {
    let field = schema.field(name);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines {
        let text = value(&field, line);
        let text = if field.kind == Kind::Level {
            Some(level(text))
        } else {
            text
        };
        if let Some(text) = text {
            *counts.entry(text.to_owned()).or_default() += 1;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let more = counts.len().saturating_sub(3);
    let mut texts: Vec<String> = counts.into_iter().take(3).map(|(text, _)| text).collect();
    if more > 0 {
        texts.push(format!("+{more}"));
    }
    if texts.is_empty() {
        return Value::Null;
    }
    texts.join(", ").into()
}

fn trace_of<'l>(schema: &Schema, line: &'l Line) -> Option<&'l str> {
    value(schema.role("trace")?, line)
}

/// Asks and compares; returns how many errors there were.
fn check(site: &Site, corpus: &Corpus, query: &Query, groups: Option<&[&'static str]>) -> usize {
    let schema = site.schema(query.system);
    let mut model = query.json("");
    model["result"] = json!("topErrors");
    model["limit"] = json!(1000);
    let affected_by: Vec<&'static str> = match groups {
        Some(names) => {
            model["groupBy"] = json!(names);
            names.to_vec()
        }
        None => ["service", "strategy", "portfolio"]
            .iter()
            .filter_map(|role| Some(schema.role(role)?.name))
            .collect(),
    };
    let kinds = kinds(query, &schema, corpus.lines(query.system));
    let total: usize = kinds.values().map(Vec::len).sum();
    let (frame, columns) = site.frame(corpus, &model, range(query));
    let custom = &frame["schema"]["meta"]["custom"];
    let name = format!("{model} on {site:?}: {frame}");
    assert_eq!(custom["total"], total, "{name}");
    assert_eq!(custom["read"], total, "{name}");
    assert_eq!(frame["schema"]["meta"]["notices"], Value::Null, "{name}");
    let rows = columns["count"].len();
    assert_eq!(rows, kinds.len(), "{name}");
    let counts: Vec<f64> = columns["count"]
        .iter()
        .map(|c| c.as_f64().unwrap())
        .collect();
    assert!(counts.is_sorted_by(|a, b| a >= b), "{name}");
    for (row, count) in counts.iter().enumerate() {
        let cell = |column: &str| &columns[column][row];
        let text = |column: &str| cell(column).as_str().map(str::to_owned);
        let key = (text("error_type"), text("message").unwrap());
        let lines = kinds
            .get(&key)
            .unwrap_or_else(|| panic!("{key:?} is none of {name}"));
        assert_eq!(*count as usize, lines.len(), "{key:?} {name}");
        let share = cell("share").as_f64().unwrap();
        assert!(
            (share - lines.len() as f64 / total as f64).abs() < 1e-12,
            "{key:?}"
        );
        assert_eq!(cell("first_seen"), &json!(lines[0].ns), "{key:?} {name}");
        assert_eq!(
            cell("last_seen"),
            &json!(lines[lines.len() - 1].ns),
            "{key:?} {name}"
        );
        for group in &affected_by {
            assert_eq!(
                cell(group),
                &affected(&schema, group, lines),
                "{group} {key:?} {name}"
            );
        }
        let traced = lines
            .iter()
            .rev()
            .find(|line| trace_of(&schema, line).is_some());
        let newest = traced.unwrap_or(&lines[lines.len() - 1]).ns;
        let at_that_time: Vec<(&str, Option<&str>)> = lines
            .iter()
            .filter(|line| line.ns == newest)
            .map(|line| (line.line.as_str(), trace_of(&schema, line)))
            .collect();
        let (sample, trace) = (text("sample").unwrap(), text("trace_id"));
        let shown = |(line, own): &(&str, Option<&str>)| {
            let start = sample.strip_suffix('…').unwrap_or(&sample);
            line.starts_with(start)
                && start.len() >= line.len().min(2000)
                && *own == trace.as_deref()
        };
        assert!(at_that_time.iter().any(shown), "{sample} {key:?} {name}");
    }
    total
}

#[test]
fn errors_of_every_system_in_every_layout() {
    for layout in Layout::ALL {
        let site = Site::new(layout, Source::Auto);
        for system in System::ALL {
            let any = Query::any(system);
            assert!(
                check(&site, corpus(layout), &any, None) > 0,
                "{system} {layout:?}"
            );
            check(&site, corpus(layout), &any, Some(&["level"]));
        }
    }
}

#[test]
fn errors_of_some_ids_filters_and_searches() {
    for (layout, source) in [
        (Layout::Metadata, Source::Auto),
        (Layout::Mixed, Source::Reversed),
        (Layout::Labels, Source::Label),
    ] {
        let site = Site::new(layout, source);
        let corpus = corpus(layout);
        let schema = site.schema(System::Ginkgo);
        let portfolio = schema.role("portfolio").unwrap();
        let lines = corpus.lines(System::Ginkgo);
        let mut errors = lines.iter().filter(|line| is_error(&schema, line));
        let id = errors.find_map(|line| value(portfolio, line)).unwrap();
        let of_one = Query::of("portfolio", System::Ginkgo, &[id]);
        assert!(check(&site, corpus, &of_one, None) > 0);
        let of_one = of_one.filter("event_type", "=", &["RISKBREACH"]);
        check(&site, corpus, &of_one, Some(&["symbol"]));
        let searched = Query::any(System::Tskv).search("contains", "can't", false);
        assert!(check(&site, corpus, &searched, Some(&[])) > 0);
        let half = Query::any(System::Fastapi).range_ms(100_000, 400_000);
        assert!(check(&site, corpus, &half, None) > 0);
        let none = Query::any(System::Dynamo).search("contains", "no such text", true);
        assert_eq!(check(&site, corpus, &none, None), 0);
    }
}

#[test]
fn conditions_that_only_ginkgo_can_decide_count_too() {
    let site = Site::new(Layout::Metadata, Source::Auto);
    let corpus = corpus(Layout::Metadata);
    let later =
        Query::any(System::Ginkgo).filter("business_timestamp", ">=", &["2020-03-05 10:00:00"]);
    let all = check(&site, corpus, &Query::any(System::Ginkgo), None);
    let some = check(&site, corpus, &later, None);
    assert!(0 < some && some < all, "{some} of {all}");
    let quoted = Query::any(System::Tskv).filter("event", "=~", &["can't.*"]);
    assert!(check(&site, corpus, &quoted, None) > 0);
}

/// More errors than are read: every third line is none.
const MANY: usize = 16_200;

fn many() -> &'static Corpus {
    static MADE: OnceLock<Corpus> = OnceLock::new();
    MADE.get_or_init(|| {
        let entries = (0..MANY).map(|n| {
            let level = ["error", "FATAL", "info"][n % 3];
            let time = jiff::Timestamp::from_nanosecond(i128::from(at(n))).unwrap();
            let number = n.to_string();
            let line = format!(r#"{{"level":"{level}","message":"m {n}","timestamp":"{time}"}}"#);
            let read = [("level", level), ("message", number.as_str())];
            entry(
                System::Fastapi,
                at(n) - START_NS,
                &[("corpus", "many")],
                &[],
                &line,
                &read,
            )
        });
        Corpus::push("many", entries.collect())
    })
}

fn at(n: usize) -> i64 {
    START_NS + n as i64 * 10_000_000
}

#[test]
fn a_part_says_so_and_the_total_is_exact() {
    let (corpus, site) = (
        many(),
        Site {
            corpus: "many",
            source: Source::Auto,
        },
    );
    let model = |also: Value| {
        let mut model = json!({ "system": "fastapi", "result": "topErrors" });
        for (key, value) in also.as_object().unwrap() {
            model[key] = value.clone();
        }
        model
    };
    // The first and the last line of the range are its borders.
    let range = (at(3), at(MANY - 3));
    let (frame, columns) = site.frame(corpus, &model(json!({})), range);
    let meta = &frame["schema"]["meta"];
    assert_eq!(meta["custom"]["total"], 10_796, "{meta}");
    assert_eq!(meta["custom"]["read"], 10_000, "{meta}");
    let notice = "the table is of the newest 10000 of 10796 errors: narrow the time range or add filters to see all of them";
    assert_eq!(meta["notices"][0]["text"], notice, "{meta}");
    assert_eq!(meta["notices"][0]["severity"], "warning");
    assert_eq!(columns["count"], [json!(10_000.0)]);
    assert_eq!(columns["message"], [json!("m <num>")]);
    assert_eq!(columns["last_seen"], [json!(at(MANY - 5))]);
    assert_eq!(columns["first_seen"], [json!(at(MANY - 3 - 15_000))]);
    let executed = meta["executedQueryString"].as_str().unwrap();
    assert!(executed.contains("\nsum(count_over_time("), "{executed}");

    let (frame, columns) = site.frame(corpus, &model(json!({ "direction": "forward" })), range);
    assert_eq!(columns["first_seen"], [json!(at(3))]);
    let notices = &frame["schema"]["meta"]["notices"];
    assert!(
        notices[0]["text"]
            .as_str()
            .unwrap()
            .contains("of the oldest 10000 of 10796"),
        "{notices}"
    );

    let time = jiff::Timestamp::from_nanosecond(i128::from(at(3)))
        .unwrap()
        .to_string();
    let times = json!([{ "field": "time", "operator": ">=", "values": [time] }]);
    let (frame, _) = site.frame(
        corpus,
        &model(json!({ "filters": times })),
        (START_NS, END_NS),
    );
    let meta = &frame["schema"]["meta"];
    assert_eq!(meta["custom"]["total"], Value::Null, "{meta}");
    let texts: Vec<&str> = meta["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["text"].as_str().unwrap())
        .collect();
    assert!(
        texts.iter().any(|text| text
            .starts_with("the table is of the newest 10000 errors, and there may be more")),
        "{texts:?}"
    );
    assert!(
        texts
            .iter()
            .any(|text| text.starts_with("how many errors there are is not known")),
        "{texts:?}"
    );
}

#[test]
fn rows_are_limited_and_delays_move_the_range() {
    let site = Site::new(Layout::Metadata, Source::Auto);
    let corpus = corpus(Layout::Metadata);
    let ask = |also: Value, range: (i64, i64)| {
        let mut model = json!({ "system": "ginkgo", "result": "topErrors" });
        for (key, value) in also.as_object().unwrap() {
            model[key] = value.clone();
        }
        site.frame(corpus, &model, range)
    };
    let (_, all) = ask(json!({}), (START_NS, END_NS));
    let (frame, two) = ask(json!({ "limit": 2 }), (START_NS, END_NS));
    assert_eq!(two["message"], all["message"][..2]);
    let hidden = all["message"].len() - 2;
    let notice = frame["schema"]["meta"]["notices"][0]["text"]
        .as_str()
        .unwrap();
    assert!(
        notice.starts_with(&format!("{hidden} more kinds of errors")),
        "{notice}"
    );
    let later = 3_600_000_000_000;
    let (_, delayed) = ask(json!({ "delay": "1h" }), (START_NS + later, END_NS + later));
    assert_eq!(delayed, all);
}
