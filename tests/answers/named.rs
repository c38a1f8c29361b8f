//! Named questions over the generated logs: each says what it is about.

use ginkgo_demo::{Layout, System, catalog};

use crate::ask::{Site, Source};
use crate::compare::{check, check_ids};
use crate::corpus::{Corpus, config, corpus};
use crate::query::Query;

/// How many rows an answer must have: so that a case cannot pass by asking for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    Some,
    None,
}

/// A named question.
pub struct Case {
    pub name: String,
    pub site: Site,
    pub corpus: &'static Corpus,
    pub query: Query,
    pub rows: Rows,
}

/// A question that has an answer, of a layout's corpus under the presets.
pub fn case(name: &str, layout: Layout, query: Query) -> Case {
    Case {
        name: name.to_owned(),
        site: Site::new(layout, Source::Auto),
        corpus: corpus(layout),
        query,
        rows: Rows::Some,
    }
}

impl Case {
    fn without_rows(self) -> Self {
        let rows = Rows::None;
        Self { rows, ..self }
    }
}

/// Asks all of them, in turns as `logs` and as `table`, and says which were wrong.
pub fn run(cases: Vec<Case>) {
    let count = cases.len();
    let mut wrong = Vec::new();
    for (index, case) in cases.into_iter().enumerate() {
        let mut query = case.query;
        if index % 2 == 1 && !query.names_a_tables_own_column() {
            query.result = "table";
        }
        match check(&case.site, case.corpus, &query) {
            Ok(rows) if (rows == 0) == (case.rows == Rows::None) => {}
            Ok(rows) => wrong.push(format!("{}: {rows} rows: not what it tests", case.name)),
            Err(what) => wrong.push(format!("{}: {what}", case.name)),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

use System::{Dynamo, Fastapi, Ginkgo, Tskv};

#[test]
fn searches_look_at_the_raw_line() {
    let any = Query::any;
    let cases = [
        (
            "ASCII in any case",
            any(Fastapi).search("contains", "REQUEST STARTED", false),
        ),
        (
            "ASCII as it stands",
            any(Fastapi).search("contains", "request started", true),
        ),
        (
            "both spellings of Han",
            any(Ginkgo).search("contains", "组合", false),
        ),
        (
            "both spellings, as they stand",
            any(Fastapi).search("contains", "完成", true),
        ),
        (
            "a surrogate pair",
            any(Ginkgo).search("contains", "🚀", true),
        ),
        (
            "mixed text",
            any(Fastapi).search("contains", "docking 完成", false),
        ),
        (
            "neither spelling",
            any(Fastapi).search("not contains", "完成", false),
        ),
        (
            "not, in any case",
            any(Dynamo).search("not contains", "debug", false),
        ),
        (
            "not, as it stands",
            any(Dynamo).search("not contains", "debug", true),
        ),
        (
            "quotes",
            any(Tskv)
                .search("contains", "\"can't", false)
                .search("contains", "'", true),
        ),
        ("a backslash", any(Tskv).search("contains", "\\", false)),
        (
            "a back tick",
            any(Ginkgo).search("contains", "`tick`", true),
        ),
        (
            "a regex",
            any(Fastapi).search("matches", "status_code\": ?50[02]", true),
        ),
        (
            "a regex in any case",
            any(Ginkgo).search("matches", "order (FILLED|rejected)", false),
        ),
        (
            "not a regex",
            any(Fastapi).search("not matches", "health|^[^{]", false),
        ),
        (
            "several",
            any(Tskv)
                .search("contains", "path", false)
                .search("not contains", "GET", true),
        ),
        ("braces", any(Ginkgo).search("contains", "{x|y}", false)),
        (
            "a colour code",
            any(Tskv).search("contains", "\u{1b}[33m", true),
        ),
    ];
    let cases = cases.into_iter().enumerate().map(|(index, (name, query))| {
        let query = query.limit(150);
        case(name, Layout::ALL[index % 4], query)
    });
    let mut cases: Vec<Case> = cases.collect();
    let nothing = any(Ginkgo).search("contains", "no such text", false);
    cases.push(case("nothing", Layout::Line, nothing).without_rows());
    let text = any(Dynamo).search("contains", "", false).limit(5);
    cases.push(case("an empty text asks for nothing", Layout::Labels, text));
    run(cases);
}

#[test]
fn odd_ids_are_ids() {
    let mut cases = Vec::new();
    for layout in Layout::ALL {
        let known = catalog(&config(layout));
        let (portfolio, strategy) = (known.portfolios.last(), known.strategies.last());
        let [portfolio, strategy] = [portfolio, strategy].map(|id| id.unwrap().as_str());
        assert!(portfolio.contains('\n') && strategy.contains("{job=~"));
        let plain = known.portfolios[0].as_str();
        let query = Query::of("portfolio", Ginkgo, &[portfolio]).limit(100);
        cases.push(case("an odd portfolio", layout, query));
        let query = Query::of("portfolio", Ginkgo, &[plain, portfolio, "absent"]).limit(100);
        cases.push(case("an odd portfolio among others", layout, query));
        let query = Query::of("strategy", Ginkgo, &[strategy])
            .limit(100)
            .forward();
        cases.push(case("an odd strategy", layout, query));
        let query = Query::any(Ginkgo)
            .filter("portfolio_id", "!=", &[portfolio])
            .limit(100);
        cases.push(case("all but an odd portfolio", layout, query));
        let regex = regex::escape(portfolio);
        let query = Query::any(Ginkgo)
            .filter("portfolio_id", "=~", &[&regex])
            .limit(100);
        cases.push(case("an odd portfolio as a regex", layout, query));
        let query = Query::of("portfolio", Ginkgo, &["", plain, ""]).limit(20);
        cases.push(case("empty ids do not count", layout, query));
        let query = Query::of("run", Ginkgo, &[&portfolio.replace('\n', " ")]);
        cases.push(case("an id of nobody", layout, query).without_rows());
        for system in [Tskv, Dynamo] {
            let field = if system == Tskv {
                "request_id"
            } else {
                "x_request_id"
            };
            let lines = corpus(layout).lines(system);
            let mut ids = lines.iter().filter_map(|line| line.meant.get(field));
            let odd = ids.find(|id| id.contains('"')).expect("an odd request id");
            let query = Query::any(system).filter(field, "=", &[odd]);
            cases.push(case("an odd request", layout, query));
            let query = Query::any(system)
                .filter(field, "!=|", &[odd, "x"])
                .limit(50);
            cases.push(case("all but an odd request", layout, query));
        }
    }
    run(cases);
}

#[test]
fn ranges_limits_and_directions() {
    let minutes = |from: i64, to: i64| Query::any(Fastapi).range_ms(from * 60_000, to * 60_000);
    let mut cases = vec![
        case("a minute", Layout::Labels, minutes(3, 4)),
        case(
            "a minute, forward",
            Layout::Metadata,
            minutes(3, 4).forward(),
        ),
        case("the newest line", Layout::Line, Query::any(Tskv).limit(1)),
        case(
            "the oldest line",
            Layout::Mixed,
            Query::any(Tskv).limit(1).forward(),
        ),
        case("the default limit", Layout::Labels, Query::any(Dynamo)),
        case(
            "more than there are",
            Layout::Line,
            minutes(1, 3).limit(5000),
        ),
    ];
    let before = Query::any(Ginkgo).range_ms(-60_000, 0);
    cases.push(case("before the first line", Layout::Line, before).without_rows());
    run(cases);
}

#[test]
fn columns_are_those_asked_for_in_their_order() {
    let columns: &[(Layout, System, &[&'static str])] = &[
        (
            Layout::Labels,
            Ginkgo,
            &["symbol", "event_type", "duration_ms", "origin"],
        ),
        (
            Layout::Metadata,
            Ginkgo,
            &["business_timestamp", "portfolio_id", "level", "pnl"],
        ),
        (
            Layout::Line,
            Fastapi,
            &["status_code", "message", "cached", "service_name"],
        ),
        (
            Layout::Mixed,
            Tskv,
            &["request_id", "event", "status_code", "cached", "elapsed"],
        ),
        (
            Layout::Mixed,
            Dynamo,
            &["duration_us", "namespace", "file", "pod"],
        ),
        (
            Layout::Labels,
            Fastapi,
            &["http.route", "corpus", "x-always.there"],
        ),
    ];
    let mut cases = Vec::new();
    for (layout, system, names) in columns {
        let query = Query::any(*system).columns(names).limit(400);
        cases.push(case(&format!("{system} {names:?}"), *layout, query));
    }
    run(cases);
}

#[test]
fn ids_of_rows_are_unique_and_stable() {
    for (index, system) in System::ALL.into_iter().enumerate() {
        let layout = Layout::ALL[index];
        let (site, corpus) = (Site::new(layout, Source::Auto), corpus(layout));
        let all = Query::any(system).limit(1000).range_ms(0, 200_000);
        let filtered = Query::of("trace", system, &[]).limit(300);
        for query in [all, filtered] {
            check_ids(&site, corpus, &query).unwrap_or_else(|what| panic!("{what}"));
        }
    }
}

#[test]
fn names_outside_the_schema_are_found_or_noticed() {
    let site = Site::new(Layout::Line, Source::Auto);
    let corpus = corpus(Layout::Line);
    let mut cases = Vec::new();
    for (system, names) in [
        (Ginkgo, ["corpus", "x-always.there", "http.route", "订单"]),
        (
            Fastapi,
            ["weird-key", "naïve🚀", "two words", "x-always.there"],
        ),
        (Tskv, ["weird-key", "naïve🚀", "http.route", "订单"]),
        (
            Dynamo,
            [
                "service_namespace",
                "x-always.there",
                "http.route",
                "two words",
            ],
        ),
    ] {
        for name in names {
            if name == "service_namespace" {
                continue;
            }
            let query = Query::any(system).filter(name, "exists", &[]).limit(30);
            cases.push(case(
                &format!("{system}: {name} is there"),
                Layout::Line,
                query,
            ));
            let query = Query::any(system).filter(name, "missing", &[]).limit(30);
            let mut missing = case(&format!("{system}: {name} is missing"), Layout::Line, query);
            if name == "corpus" {
                missing = missing.without_rows();
            }
            cases.push(missing);
        }
    }
    run(cases);
    for (operator, has_rows) in [("exists", false), ("missing", true)] {
        let query = Query::any(Fastapi)
            .filter("nowhere", operator, &[])
            .limit(10);
        let answer = site.ask(corpus, &query).unwrap();
        assert_eq!(!answer.rows.is_empty(), has_rows);
        let said = answer
            .notices
            .iter()
            .any(|text| text.contains("\"nowhere\""));
        assert!(said, "{operator}: {:?}", answer.notices);
    }
    let query = Query::any(Fastapi)
        .filter("http.route", "exists", &[])
        .limit(10);
    let notices = site.ask(corpus, &query).unwrap().notices;
    assert!(
        !notices.iter().any(|text| text.contains("http.route")),
        "{notices:?}"
    );
}
