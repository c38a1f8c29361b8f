//! Whatever a value is, it changes no query's structure; what is proven shortens it.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::schema::presets;

fn plan_of(query: &serde_json::Value, facts: &Facts) -> Plan {
    let query = Query::try_from(query).unwrap();
    let name = query.system.as_deref().unwrap_or("ginkgo");
    static PRESETS: OnceLock<Vec<System>> = OnceLock::new();
    let systems = PRESETS.get_or_init(presets);
    let system = systems.iter().find(|s| s.name == name).unwrap();
    let bound = Bound::new(&query, system).unwrap();
    let macros = MacroContext {
        interval_ms: 1000,
        range_ms: 1000,
        instant: false,
    };
    plan(&query, &bound, system, facts, &macros).unwrap()
}

/// The text with every string literal emptied: what is left is structure.
fn skeleton(logql: &str) -> String {
    let mut rest = logql;
    let mut skeleton = String::new();
    while let Some((before, _)) = rest.split_once('"') {
        skeleton.push_str(before);
        skeleton.push_str("\"\"");
        let (_, after) = crate::logql::quote::read_string(rest.get(before.len()..).unwrap())
            .unwrap_or_else(|| panic!("broken string in {logql}"));
        rest = after;
    }
    skeleton + rest
}

fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "\"",
        "\\",
        "`",
        "'",
        "\n",
        "{",
        "}",
        "|",
        "|=",
        "$__interval",
        "${x}",
        "\0",
        ".*",
        "(?i)",
        "订",
        "😀",
        " or ",
        "__error__",
        "\u{feff}",
        "]",
        "a",
    ]);
    prop::collection::vec(
        prop_oneof![nasty.prop_map(str::to_owned), any::<String>()],
        1..6,
    )
    .prop_map(|parts| parts.concat())
    .prop_filter("empty asks for something else", |text| {
        !text.is_empty() && text != "$__all" && !text.is_ascii_alphanumeric()
    })
}

/// Plain text may get a line filter in front; hostile text never does.
trait AsciiWord {
    fn is_ascii_alphanumeric(&self) -> bool;
}

impl AsciiWord for String {
    fn is_ascii_alphanumeric(&self) -> bool {
        self.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.:-".contains(&b))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_value_changes_a_query_s_structure(text in hostile()) {
        for system in ["ginkgo", "fastapi", "dynamo"] {
            let query = |value: &str, searched: &str| json!({
                "queryType": "trace", "system": system, "ids": [value],
                "filters": [
                    {"field": "message", "operator": "!=", "values": [value]},
                    {"field": "desk.name", "operator": "=|", "values": [value, "b c"]},
                ],
                "search": [{"text": searched}, {"operator": "not contains", "text": searched}],
            });
            let plain = plan_of(&query("a b", plain(&text)), &Facts::default());
            let hostile = plan_of(&query(&text, &text), &Facts::default());
            prop_assert_eq!(skeleton(&hostile.expr), skeleton(&plain.expr));
        }
    }

    #[test]
    fn no_search_changes_a_query_s_structure(text in hostile()) {
        let query = |value: &str| json!({ "search": [{"text": value, "caseSensitive": false}] });
        let plain = plan_of(&query(plain(&text)), &Facts::default());
        let hostile = plan_of(&query(&text), &Facts::default());
        prop_assert_eq!(skeleton(&hostile.expr), skeleton(&plain.expr));
    }
}

/// A text in place of a search: letters beyond ASCII are looked for in two steps.
fn plain(search: &str) -> &'static str {
    let has_case = |c: char| {
        !c.is_ascii()
            && !c
                .to_lowercase()
                .chain(c.to_uppercase())
                .all(|other| other == c)
    };
    if search.contains(has_case) {
        "é b"
    } else {
        "a b"
    }
}

#[test]
fn a_label_that_every_stream_has_decides_alone() {
    let facts = Facts {
        everywhere: BTreeSet::from([LabelName::new("portfolio_id").unwrap()]),
        ..Facts::default()
    };
    for (query, expected) in [
        (
            json!({"queryType": "portfolio", "ids": ["p"]}),
            r#"{job="ginkgo", portfolio_id="p"}"#,
        ),
        (
            json!({"queryType": "portfolio", "ids": ["p", "q"]}),
            r#"{job="ginkgo", portfolio_id=~"p|q"}"#,
        ),
        (
            json!({"queryType": "portfolio"}),
            r#"{job="ginkgo", portfolio_id!=""}"#,
        ),
    ] {
        assert_eq!(plan_of(&query, &facts).expr, expected);
    }
}

/// The query of a run whose field has only these places.
fn of_run(source: &str, facts: &Facts) -> (LogQuery, Bound) {
    let mut system = presets().remove(0);
    let field = system
        .fields
        .iter_mut()
        .find(|f| f.name == "task_id")
        .unwrap();
    field.sources.retain(|s| s.place() == source);
    let query = Query::try_from(&json!({"queryType": "run", "ids": ["bt-7"]})).unwrap();
    let bound = Bound::new(&query, &system).unwrap();
    (pipeline::build(&query, &bound, &system, facts).0, bound)
}

#[test]
fn a_name_with_two_meanings_is_asked_for_in_parts() {
    let name = LabelName::new("task_id").unwrap();
    let [with, without] = Facts::default().split(&name);
    let expr = |facts: &Facts| of_run("metadata", facts).0.to_string();
    assert_eq!(
        expr(&with),
        r#"{job="ginkgo", task_id!=""} | task_id_extracted="bt-7""#
    );
    assert_eq!(
        expr(&without),
        r#"{job="ginkgo", task_id=""} | task_id="bt-7""#
    );
    for (source, ambiguous) in [("metadata", true), ("label", false), ("line", false)] {
        let (_, bound) = of_run(source, &Facts::default());
        let names = bound.ambiguous_names();
        assert_eq!(names.contains(&name), ambiguous, "{source}");
    }
}

#[test]
fn one_kind_of_source_needs_one_kind_of_filter() {
    let expr = |source: &str| of_run(source, &Facts::default()).0.to_string();
    assert_eq!(expr("label"), r#"{job="ginkgo", task_id="bt-7"}"#);
    assert_eq!(
        expr("metadata"),
        r#"{job="ginkgo"} | task_id_extracted="bt-7" or (task_id_extracted="" and task_id="bt-7")"#
    );
    assert_eq!(
        expr("line"),
        r#"{job="ginkgo"} |= "bt-7" | json gk_task_id="ginkgo.task_id", gk_task_id_2="[\"ginkgo.task_id\"]" | gk_task_id="bt-7" or (gk_task_id="" and gk_task_id_2="bt-7") | drop gk_task_id, gk_task_id_2, __error__, __error_details__"#
    );
}

#[test]
fn an_expression_that_loki_would_not_take_is_an_error() {
    let ids: Vec<String> = (0..9000).map(|i| format!("portfolio-{i:05}")).collect();
    let query = Query::try_from(&json!({"queryType": "portfolio", "ids": ids})).unwrap();
    let system = presets().remove(0);
    let bound = Bound::new(&query, &system).unwrap();
    let macros = MacroContext {
        interval_ms: 1,
        range_ms: 1,
        instant: false,
    };
    let error = plan(&query, &bound, &system, &Facts::default(), &macros).unwrap_err();
    assert_eq!(error.at, "ids");
    assert!(
        error.problem.contains("Loki takes at most 131072"),
        "{error}"
    );
}

#[test]
fn what_ginkgo_decides_is_said_where_it_is_asked_for() {
    let name = |name: &str| LabelName::new(name).unwrap();
    let everywhere = |label| Facts {
        everywhere: BTreeSet::from([name(label)]),
        ..Facts::default()
    };
    let [with, without] = Facts::default().split(&name("time"));
    let none = Facts::default();
    let [times, text] = ["LogQL cannot compare times", "with Python's escapes"];
    for (system, field, operator, facts, part, why) in [
        ("ginkgo", "time", ">", &none, r#"| (time!="""#, Some(times)),
        ("ginkgo", "time", "!=", &none, "{", Some(times)),
        ("ginkgo", "time", "=", &everywhere("time"), "{", Some(times)),
        ("fastapi", "time", "<=", &with, "{", Some(times)),
        (
            "fastapi",
            "time",
            "<=",
            &without,
            r#"| (time!="""#,
            Some(times),
        ),
        ("tskv", "event", "=~", &none, r#"| (event!="""#, Some(text)),
        ("tskv", "event", "=~", &everywhere("event"), "{", None),
        ("dynamo", "message", "=~", &none, r#"| (message!="""#, None),
    ] {
        let values = ["2020-03-02 09:35:00"];
        let filter = json!({"field": field, "operator": operator, "values": values});
        let query = json!({"system": system, "filters": [filter]});
        let plan = plan_of(&query, facts);
        let asked = format!("{system} {field} {operator}: {}", plan.expr);
        let said = plan
            .parts
            .iter()
            .filter(|p| p.reason.contains("Ginkgo itself decides"));
        let said: Vec<&Part> = said.collect();
        assert_eq!(said.len(), usize::from(why.is_some()), "{asked}");
        for (said, why) in said.iter().zip(why) {
            assert!(said.logql.starts_with(part), "{asked}\n{}", said.logql);
            assert!(said.reason.contains(why), "{asked}\n{}", said.reason);
        }
    }
}

/// The numbers of a question to the preset `ginkgo`, whose streams were seen to have these labels.
fn numbers_of(query: &serde_json::Value, seen: &[&str]) -> (Vec<LabelName>, metric::MetricPlan) {
    let query = Query::try_from(query).unwrap();
    let systems = presets();
    let system = systems.iter().find(|s| s.name == "ginkgo").unwrap();
    let bound = Bound::new(&query, system).unwrap();
    let metric = metric::Metric::new(&query, &bound, system).unwrap();
    let facts = Facts {
        somewhere: seen.iter().map(|n| LabelName::new(n).unwrap()).collect(),
        ..Facts::default()
    };
    let ask = metric::Ask {
        by: &metric.by(),
        reading: &metric.reading,
        also: Vec::new(),
        window: std::time::Duration::from_secs(60),
        offset: std::time::Duration::ZERO,
        by_value: false,
    };
    let mut plans = metric::plans(&query, &bound, system, &facts, &ask).unwrap();
    assert_eq!(plans.len(), 1);
    (metric.sparing_labels(&bound), plans.remove(0))
}

#[test]
fn a_value_that_is_named_twice_is_asked_for_once() {
    let facts = Facts {
        everywhere: BTreeSet::from([LabelName::new("portfolio_id").unwrap()]),
        ..Facts::default()
    };
    let asked = |ids: &[&str]| {
        let query = json!({"queryType": "portfolio", "ids": ids, "filters": [
            {"field": "portfolio_id", "operator": "!=|", "values": ids},
        ]});
        plan_of(&query, &facts).expr
    };
    assert_eq!(asked(&["b", "a", "b"]), asked(&["b", "a"]));
    assert_eq!(
        asked(&["b", "b"]),
        r#"{job="ginkgo", portfolio_id="b", portfolio_id!="b"}"#
    );
}

#[test]
fn streams_that_have_all_labels_are_counted_without_a_parser() {
    let query = json!({"result": "errorRate", "groupBy": ["strategy_id"]});
    let (labels, plan) = numbers_of(&query, &["strategy_id", "level"]);
    let labels: Vec<&str> = labels.iter().map(LabelName::as_str).collect();
    assert_eq!(labels, ["strategy_id", "level"]);
    let texts: Vec<&str> = plan.plan.parts.iter().map(|p| p.logql.as_str()).collect();
    assert_eq!(texts.join(" ").replace("( {", "({"), plan.plan.expr);

    let queries: Vec<&str> = plan.plan.expr.split(" or label_replace(").collect();
    let [both, no_level, no_strategy] = queries.as_slice() else {
        panic!("{}", plan.plan.expr);
    };
    assert_eq!(
        *both,
        r#"sum by (strategy_id, level) (count_over_time({job="ginkgo", strategy_id!="", level!=""} [60s]))"#
    );
    for (query, streams, looked_for, level, mark) in [
        (
            no_level,
            r#"strategy_id!="", level="""#,
            r#"json _1="log.level""#,
            r#"_1="", _2="" ["#,
            1,
        ),
        (
            no_strategy,
            r#"strategy_id="""#,
            r#"json _1="ginkgo.strategy_id""#,
            r#"_3="", _4="" ["#,
            2,
        ),
    ] {
        assert!(
            query.contains(&format!(r#"{{job="ginkgo", {streams}}}"#)),
            "{query}"
        );
        assert!(query.contains(looked_for), "{query}");
        let dropped = query.split_once("__error_details__ | drop ").unwrap().1;
        assert!(dropped.contains(level), "{query}");
        let marked = format!(r#", "gk_part", "{mark}", "gk_part", "")"#);
        assert!(query.ends_with(&marked), "{query}");
    }

    let read = |labels: &[(&str, &'static str)]| {
        let systems = presets();
        let system = systems.iter().find(|s| s.name == "ginkgo").unwrap();
        let fields = ["strategy_id", "level"].map(|name| system.field(name));
        let label = |name: &str| labels.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        plan.groups.read(&fields, system, label)
    };
    let group = |strategy: Option<&str>, level: &str| {
        vec![strategy.map(str::to_owned), Some(level.to_owned())]
    };
    let all = [("strategy_id", "s"), ("level", "ERROR")];
    assert_eq!(read(&all), group(Some("s"), "error"));
    let in_line = [("strategy_id", "s"), ("_1", "ERROR"), ("gk_part", "1")];
    assert_eq!(read(&in_line), group(Some("s"), "error"));
    let none = [("level", "warn"), ("gk_part", "2")];
    assert_eq!(read(&none), group(None, "warning"));
}

#[test]
fn lines_that_are_read_anyway_are_asked_for_together() {
    for (query, why) in [
        (
            json!({"result": "count", "groupBy": ["ginkgo.symbol"]}),
            "no label comes first",
        ),
        (
            json!({"result": "count", "groupBy": ["strategy_id", "task_id", "trace_id", "portfolio_id"]}),
            "too many",
        ),
        (json!({"result": "count"}), "nothing is read"),
    ] {
        let (labels, _) = numbers_of(&query, &[]);
        assert!(labels.is_empty(), "{why}: {labels:?}");
    }
    // Newest values and quantiles of parts make none of all.
    let query = json!({
        "result": "value", "groupBy": ["strategy_id"],
        "measure": {"field": "total_value", "aggregation": "p95"},
    });
    let (labels, plan) = numbers_of(&query, &["strategy_id"]);
    assert!(labels.is_empty(), "{labels:?}");
    assert!(
        !plan.plan.expr.contains("label_replace"),
        "{}",
        plan.plan.expr
    );
}

#[test]
fn many_ids_are_asked_for_together() {
    let ids: Vec<String> = (0..700).map(|n| format!("{n:040}")).collect();
    let query =
        json!({"queryType": "portfolio", "ids": ids, "result": "count", "groupBy": ["level"]});
    let (labels, plan) = numbers_of(&query, &["portfolio_id", "level"]);
    assert_eq!(labels.len(), 2);
    assert!(!plan.plan.expr.contains("label_replace"));
}
