//! What Ginkgo decides, and that Loki keeps every line for which it holds: the LogQL is evaluated by a
//! model of its own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use re2::Re2;

use super::*;
use crate::line::{Extractor, python_escape, python_repr};
use crate::logql::{LogQuery, MatchOp, Predicate, Stage, TextOp};
use crate::query::Query;
use crate::schema::{Level, Source, presets};
use crate::translate::{Bound, Facts, pipeline};

type Labels = BTreeMap<String, String>;

fn system(name: &str) -> System {
    static PRESETS: OnceLock<Vec<System>> = OnceLock::new();
    let systems = PRESETS.get_or_init(presets);
    systems.iter().find(|s| s.name == name).unwrap().clone()
}

fn asked(system: &System, field: &str, operator: &str, values: &Value) -> (LogQuery, Bound) {
    let filter = json!({ "field": field, "operator": operator, "values": values });
    let query = Query::try_from(&json!({ "filters": [filter] })).unwrap();
    let bound = Bound::new(&query, system).unwrap();
    let logql = pipeline::build(&query, &bound, system, &Facts::default()).0;
    (logql, bound)
}

fn one_decision(system: &System, field: &str, operator: &str, values: &Value) -> Decision {
    let (_, bound) = asked(system, field, operator, values);
    let mut decisions = bound.decisions(system, &compile).unwrap();
    assert_eq!(decisions.len(), 1, "{field} {operator}");
    decisions.remove(0)
}

fn decides(decision: &Decision, value: Option<&str>) -> bool {
    decision.holds(value, || true).unwrap()
}

#[test]
fn times_are_compared_as_instants() {
    let mut system = system("ginkgo");
    system.time_zone = TimeZone::get("Asia/Shanghai").unwrap();
    let wanted = ["2020-03-02 09:35:00", "2020-03-02T01:40:00Z"];
    let (same, later, other) = ("1583112900", "1583112900001", "2020-03-02 09:40:00.0");
    for (operator, count, holding, failing) in [
        (
            "=",
            1,
            &[same, "2020-03-02T02:35:00+01:00"][..],
            &[later, "soon"][..],
        ),
        ("=|", 2, &[same, other], &[later]),
        ("!=", 1, &[later, other, "soon"], &[same]),
        ("!=|", 2, &[later, "2020-03-02"], &[same, other]),
        (">", 1, &[later], &[same, "soon"]),
        (">=", 1, &[later, same], &["2020-03-02 09:34:59.999999999"]),
        ("<", 1, &["2020-03-02 09:34:59.999999999"], &[same, "0"]),
        ("<=", 1, &[same], &[later]),
    ] {
        let values = json!(wanted.get(..count).unwrap());
        let decision = one_decision(&system, "business_timestamp", operator, &values);
        assert_eq!(decision.field().name, "business_timestamp");
        for text in holding {
            assert!(decides(&decision, Some(text)), "{text} {operator} {values}");
        }
        for text in failing {
            assert!(
                !decides(&decision, Some(text)),
                "{text} {operator} {values}"
            );
        }
        assert_eq!(
            decides(&decision, None),
            operator.starts_with('!'),
            "{operator}"
        );
    }
}

#[test]
fn expressions_judge_what_python_meant() {
    let tskv = system("tskv");
    let matches = one_decision(&tskv, "event", "=~", &json!(["it's.*\t订"]));
    let differs = one_decision(&tskv, "event", "!~", &json!(["it's.*\t订"]));
    for (value, expected) in [
        (Some("it's\n\t订"), true),
        (Some("it's\\n\\t订"), false),
        (Some("an it's\t订"), false),
        (None, false),
    ] {
        assert_eq!(decides(&matches, value), expected, "{value:?}");
        assert_eq!(decides(&differs, value), !expected, "{value:?}");
    }
    let empty = one_decision(&tskv, "event", "=~", &json!([".*"]));
    assert!(!decides(&empty, None), "an absent value is no text");
}

#[test]
fn only_what_logql_cannot_say_is_decided() {
    let (tskv, ginkgo) = (system("tskv"), system("ginkgo"));
    for (system, field, operator, values) in [
        (&ginkgo, "event_type", "=~", json!(["a"])),
        (&ginkgo, "business_timestamp", "exists", json!([])),
        (&tskv, "event", "=", json!(["订 🫨"])),
        (&tskv, "status_code", ">", json!([1])),
        (&tskv, "level", "!=", json!(["error"])),
    ] {
        let (_, bound) = asked(system, field, operator, &values);
        assert!(
            bound.decisions(system, &compile).unwrap().is_empty(),
            "{field} {operator}"
        );
    }
    let mut labelled = tskv;
    let event = labelled
        .fields
        .iter_mut()
        .find(|f| f.name == "event")
        .unwrap();
    event
        .sources
        .retain(|source| !matches!(source, Source::Line(_)));
    let (_, bound) = asked(&labelled, "event", "=~", &json!(["a.*"]));
    assert!(
        bound.decisions(&labelled, &compile).unwrap().is_empty(),
        "a label has no escapes"
    );
}

#[test]
fn an_expression_that_cannot_be_evaluated_names_its_key() {
    let tskv = system("tskv");
    let (_, bound) = asked(&tskv, "event", "=~", &json!(["\\x{D800}"]));
    let error = bound.decisions(&tskv, &compile).unwrap_err();
    assert_eq!(error.at, "filters[0].values");
    assert!(
        error
            .problem
            .starts_with(r#""\\x{D800}" cannot be evaluated"#),
        "{error}"
    );
}

/// Whether Loki keeps the line of a stream with these labels.
fn keeps(query: &LogQuery, stream: &Labels, line: &str) -> bool {
    let value = |labels: &Labels, name: &str| labels.get(name).cloned().unwrap_or_default();
    let matchers = query.selector.matchers.iter().all(|matcher| {
        let value = value(stream, matcher.name.as_str());
        let matched = || Re2::new(&matcher.value).unwrap().matches(&value);
        match matcher.op {
            MatchOp::Equal => value == matcher.value,
            MatchOp::NotEqual => value != matcher.value,
            MatchOp::Matches => matched(),
            MatchOp::NotMatches => !matched(),
        }
    });
    let mut labels = stream.clone();
    let mut passes = |stage: &Stage| match stage {
        Stage::Regexp(expression) => {
            let regex = ::regex::Regex::new(expression).unwrap();
            let groups = regex.captures(line);
            for name in regex.capture_names().flatten() {
                let group = groups.as_ref().and_then(|groups| groups.name(name));
                labels.insert(name.to_owned(), group.map_or("", |g| g.as_str()).to_owned());
            }
            true
        }
        Stage::After(text, name) => {
            let after = line
                .split_once(text.as_str())
                .map_or("", |(_, after)| after);
            labels.insert(name.to_string(), after.to_owned());
            true
        }
        Stage::Filter(predicate) => holds(predicate, &labels),
        Stage::Drop(_) => true,
        other => panic!("no model of {other}"),
    };
    matchers && query.stages.iter().all(&mut passes)
}

fn holds(predicate: &Predicate, labels: &Labels) -> bool {
    match predicate {
        Predicate::Text(name, op, wanted) => {
            let value = labels.get(name.as_str()).map_or("", String::as_str);
            // In a label filter a dot matches no newline.
            let matched = || Re2::new(&format!("(?-s:{wanted})")).unwrap().matches(value);
            match op {
                TextOp::Equal => value == wanted,
                TextOp::NotEqual => value != wanted,
                TextOp::Matches => matched(),
                TextOp::NotMatches => !matched(),
            }
        }
        Predicate::Number(..) => panic!("no model of numbers"),
        Predicate::All(all) => all.iter().all(|p| holds(p, labels)),
        Predicate::Any(any) => any.iter().any(|p| holds(p, labels)),
    }
}

/// The field's value by the contract: the stream's label, else what the line says.
fn value_of(field: &Field, stream: &Labels, line: &str) -> Option<String> {
    let paths = field.line_paths().cloned().collect();
    let mut values = Vec::new();
    Extractor::new(crate::line::Format::Tskv, paths).read(line, &mut values);
    let label = stream.get(&field.name).filter(|value| !value.is_empty());
    let in_line = || {
        values
            .into_iter()
            .flatten()
            .next()
            .map(std::borrow::Cow::into_owned)
    };
    label.cloned().or_else(in_line)
}

fn stream(label: Option<&str>) -> Labels {
    let mut stream = Labels::from([("job".to_owned(), "docker".to_owned())]);
    stream.extend(label.map(|value| ("event".to_owned(), value.to_owned())));
    stream
}

const PIECES: [&str; 24] = [
    "a",
    "can",
    "'",
    "\"",
    r"\'",
    r#"\""#,
    r"\\",
    r"\n",
    r"\t",
    r"\x1b",
    r"\x61",
    r"\u8ba2",
    "订",
    r"\U0001fae8",
    "🫨",
    " ",
    "\n",
    "\\",
    "None",
    "=",
    "1",
    r"\ud83d",
    "\u{fffd}",
    "é",
];

const EXPRESSIONS: [&str; 16] = [
    "can.*",
    ".*",
    "|a",
    "a|b|can",
    "(?-s)a.*",
    ".*\n.*",
    "[^\u{1b}]+",
    "订.*",
    r".*\\.*",
    "(?i)CAN",
    ".*['\"].*",
    "a?",
    r"\w+",
    "🫨+",
    "\u{fffd}|é",
    r".*\n",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..5).prop_map(|p| p.concat())
}

/// What stands behind `event=`, whoever wrote it.
fn written() -> impl Strategy<Value = String> {
    let quotes = prop::sample::select(vec!["'", "\"", ""]);
    (quotes, pieces()).prop_map(|(quote, inside)| format!("{quote}{inside}{quote}"))
}

/// The text as a Python writes it that knows some of the characters as printable.
fn repr(text: &str, known: u32) -> String {
    let double = text.contains('\'') && !text.contains('"');
    let quote = if double { '"' } else { '\'' };
    let write = |(i, c): (usize, char)| match c {
        c if !matches!(c, ' '..='~') && known >> (i % 32) & 1 == 1 => c.to_string(),
        c if c.is_ascii() => python_repr(c.encode_utf8(&mut [0; 4]), quote),
        c => python_escape(c),
    };
    let inside: String = text.chars().enumerate().map(write).collect();
    format!("{quote}{inside}{quote}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn loki_keeps_every_line_whose_text_is_meant(
        expression in prop::sample::select(EXPRESSIONS.to_vec()),
        operator in prop::sample::select(vec!["=~", "!~"]),
        label in prop::option::weighted(0.3, prop::sample::select(vec!["can", "a\nb", "订"])),
        written in written(),
    ) {
        let tskv = system("tskv");
        let (query, bound) = asked(&tskv, "event", operator, &json!([expression]));
        let decision = bound.decisions(&tskv, &compile).unwrap().remove(0);
        let (stream, line) = (stream(label), format!("x=1 event={written} y='2'"));
        let value = value_of(decision.field(), &stream, &line);
        let (kept, meant) = (keeps(&query, &stream, &line), decides(&decision, value.as_deref()));
        prop_assert!(kept || !meant, "lost: {line} as {value:?}\n{query}");
        if !written.contains('\\') {
            prop_assert_eq!(kept, meant, "more than needed: {} as {:?}\n{}", line, value, query);
        }
    }

    #[test]
    fn an_equality_is_exact_whatever_python_wrote_the_line(
        text in prop_oneof![pieces(), any::<String>()],
        others in prop::collection::vec(pieces(), 0..3),
        same in any::<bool>(),
        known in any::<u32>(),
        negative in any::<bool>(),
    ) {
        prop_assume!(!text.is_empty() && !text.contains("$__"));
        let tskv = system("tskv");
        let mut wanted: Vec<&String> = others.iter().filter(|t| !t.is_empty()).collect();
        if same || wanted.is_empty() {
            wanted.push(&text);
        }
        let operator = if negative { "!=|" } else { "=|" };
        let (query, bound) = asked(&tskv, "event", operator, &json!(wanted));
        prop_assert!(bound.decisions(&tskv, &compile).unwrap().is_empty());
        let (stream, line) = (stream(None), format!("event={} y=1", repr(&text, known)));
        let value = value_of(&tskv.field("event"), &stream, &line);
        prop_assert_eq!(value.as_deref(), Some(text.as_str()));
        let meant = wanted.contains(&&text) != negative;
        prop_assert_eq!(keeps(&query, &stream, &line), meant, "{}\n{}", line, query);
    }

    #[test]
    fn a_level_is_exact_whatever_blanks_are_around_it(
        text in prop::collection::vec(prop::sample::select(LEVEL_PIECES.to_vec()), 1..5),
        operator in prop::sample::select(vec!["=", "!=", ">="]),
        wanted in prop::sample::select(vec!["error", "info", "unknown"]),
        known in any::<u32>(),
    ) {
        let tskv = system("tskv");
        let (query, bound) = asked(&tskv, "level", operator, &json!([wanted]));
        prop_assert!(bound.decisions(&tskv, &compile).unwrap().is_empty());
        let line = format!("level={} y=1", repr(&text.concat(), known));
        let value = value_of(&tskv.field("level"), &Labels::new(), &line);
        let level = tskv.levels.canonical(value.as_deref().unwrap_or_default());
        let wanted = tskv.levels.meant(wanted).unwrap();
        let meant = match operator {
            "=" => level == wanted,
            "!=" => level != wanted,
            _ => level >= wanted && wanted != Level::Unknown,
        };
        prop_assert_eq!(keeps(&query, &stream(None), &line), meant, "{}\n{}", line, query);
    }

    #[test]
    fn loki_keeps_every_line_whose_time_is_meant(
        wanted in prop::sample::select(TIMES.to_vec()),
        operator in prop::sample::select(vec!["=", "!=", ">", ">=", "<", "<="]),
        written in prop_oneof![
            prop::sample::select(TIMES.to_vec()).prop_map(|time| repr(time, 0)),
            prop::sample::select(TIMES.to_vec()).prop_map(str::to_owned),
            written(),
        ],
    ) {
        let tskv = system("tskv");
        let (query, bound) = asked(&tskv, "time", operator, &json!([wanted]));
        let decision = bound.decisions(&tskv, &compile).unwrap().remove(0);
        let (stream, line) = (stream(None), format!("timestamp={written} y=1"));
        let value = value_of(decision.field(), &Labels::new(), &line);
        let (kept, meant) = (keeps(&query, &stream, &line), decides(&decision, value.as_deref()));
        prop_assert!(kept || !meant, "lost: {line} as {value:?}\n{query}");
    }
}

const LEVEL_PIECES: [&str; 9] = [
    " ", "\n", "\t", "\r", "\u{c}", "ERROR", "info", "x", "\u{a0}",
];

const TIMES: [&str; 8] = [
    "2020-03-02T09:35:00Z",
    "2020-03-02T09:35:00.5+08:00",
    "2020-03-02 09:35:00",
    "1583141700",
    "1583141700123",
    "1583141700123456789",
    "2019-12-31T23:59:59-12:00",
    "2262-04-11 23:47:16",
];
