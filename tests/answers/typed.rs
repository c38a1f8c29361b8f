//! Every operator with every type, and the rules of "has a value of the type".

use ginkgo_demo::{Layout, System};

use crate::ask::{Site, Source};
use crate::corpus::corpus;
use crate::named::{Case, case, run};
use crate::oracle::value;
use crate::query::Query;

use System::{Dynamo, Fastapi, Ginkgo, Tskv};

type Row = (System, &'static str, &'static str, &'static [&'static str]);

/// Operators with values that some lines have and some have not.
const ROWS: &[Row] = &[
    (Ginkgo, "event_type", "=", &["ORDERFILLED"]),
    (Ginkgo, "event_type", "!=", &["ORDERFILLED"]),
    (
        Ginkgo,
        "event_type",
        "=|",
        &["RISKBREACH", "absent", "ORDERACK"],
    ),
    (
        Ginkgo,
        "event_type",
        "!=|",
        &["RISKBREACH", "PRICERECEIVED"],
    ),
    (Ginkgo, "event_type", "=~", &["ORDER(FILLED|ACK)"]),
    (Ginkgo, "event_type", "!~", &["ORDER.*"]),
    (Ginkgo, "event_type", "=~", &[".*"]),
    (Ginkgo, "event_type", "!~", &[".*"]),
    (Ginkgo, "event_type", "!~", &["|ORDERACK"]),
    (Ginkgo, "event_type", "exists", &[]),
    (Ginkgo, "event_type", "missing", &[]),
    // Loki itself reads these as "contains": alternatives that share a beginning, or come twice.
    (
        Ginkgo,
        "event_type",
        "=|",
        &["ORDER", "ORDERACK", "ORDERACK"],
    ),
    (
        Ginkgo,
        "event_type",
        "!=|",
        &["ORDER", "ORDERACK", "ORDERFILL"],
    ),
    (
        Ginkgo,
        "host_hostname",
        "=|",
        &[
            "ginkgo-worker-0",
            "ginkgo-worker-0",
            "ginkgo-worker-1",
            "ginkgo-worker-1",
        ],
    ),
    (Ginkgo, "event_type", "=~", &["ORDER|ORDERACK"]),
    (Ginkgo, "event_type", "!~", &["ORDER|ORDERACK|ORDERACK"]),
    (Tskv, "path", "=|", &["/api", "/api/v1"]),
    (Tskv, "path", "!=|", &["/api/v1", "/api/v1/cart"]),
    (Dynamo, "message", "=~", &["SPAN_CLOSED|SPAN_CLOSED"]),
    (Ginkgo, "symbol", "=", &["BTC/USDT"]),
    (Ginkgo, "component_name", "=~", &["(?i).*ENGINE.*|.*[a-z]"]),
    (Tskv, "event", "=", &["can't connect"]),
    (Tskv, "event", "=", &["stored as C:\\orders\\new.db"]),
    (
        Tskv,
        "event",
        "=|",
        &["it's queued:\n\tone mail", "订单已保存 🚀"],
    ),
    (Tskv, "event", "!=", &["Request completed"]),
    (
        Tskv,
        "event",
        "!=|",
        &["Request completed", "user 'guest' has no \"admin\" role"],
    ),
    (Tskv, "user_id", "missing", &[]),
    (Fastapi, "status_code", "=", &["200"]),
    (Fastapi, "status_code", "=", &["2.00e2"]),
    (Fastapi, "status_code", "!=", &["200"]),
    (Fastapi, "status_code", "=|", &["500", "502.0"]),
    (Fastapi, "status_code", "!=|", &["200", "404"]),
    (Fastapi, "status_code", ">", &["200"]),
    (Fastapi, "status_code", ">=", &["500"]),
    (Fastapi, "status_code", "<", &["404"]),
    (Fastapi, "status_code", "<=", &["404"]),
    (Fastapi, "status_code", "exists", &[]),
    (Fastapi, "status_code", "missing", &[]),
    (Tskv, "status_code", ">=", &["404"]),
    (Tskv, "status_code", "!=", &["200"]),
    (Tskv, "elapsed", "<", &["1e-1"]),
    (Ginkgo, "pnl", "<", &["-0.0"]),
    (Ginkgo, "slippage", ">", &["+.0005"]),
    (Dynamo, "line", "=|", &["232", "512"]),
    (Dynamo, "duration_us", ">", &["1000000"]),
    (Fastapi, "cached", "=", &["TRUE"]),
    (Fastapi, "cached", "!=", &["1"]),
    (Fastapi, "cached", "=|", &["true", "0"]),
    (Fastapi, "cached", "!=|", &["false", "true"]),
    (Fastapi, "cached", "exists", &[]),
    (Tskv, "cached", "=", &["false"]),
    (Tskv, "cached", "=|", &["false", "1"]),
    (Tskv, "cached", "!=|", &["0", "1"]),
    (Tskv, "cached", "!=", &["false"]),
    (Tskv, "cached", "missing", &[]),
    (Ginkgo, "level", "=", &["error"]),
    (Ginkgo, "level", "=", &[" ERR "]),
    (Ginkgo, "level", "!=", &["info"]),
    (Ginkgo, "level", "=|", &["critical", "40"]),
    (Ginkgo, "level", "!=|", &["critical", "info"]),
    (Ginkgo, "level", "=", &["unknown"]),
    (Ginkgo, "level", "!=", &["unknown"]),
    (Tskv, "level", "=|", &["unknown", "error"]),
    (Tskv, "level", "!=|", &["unknown", "info"]),
    (Dynamo, "level", ">", &["info"]),
    (Dynamo, "level", ">=", &["warn"]),
    (Dynamo, "level", "<", &["info"]),
    (Tskv, "level", "<=", &["debug"]),
    (Fastapi, "level", "exists", &[]),
    (Fastapi, "level", "missing", &[]),
    (Ginkgo, "business_timestamp", "exists", &[]),
    (Ginkgo, "business_timestamp", "missing", &[]),
    (Fastapi, "time", "missing", &[]),
    (Ginkgo, "origin", "exists", &[]),
    (Ginkgo, "origin", "missing", &[]),
    (Ginkgo, "origin", "=~", &["\\{.*\"engine.py\".*\\}"]),
    (Ginkgo, "origin", "!~", &["\\{.*"]),
    (Ginkgo, "origin", "!=", &["{}"]),
    (Fastapi, "service_name", "=", &["aichemol-compute"]),
    (Fastapi, "service_name", "=", &["compute"]),
    (Fastapi, "service_name", "=~", &["aichemol-.*"]),
    (Fastapi, "service_name", "!~", &["aichemol-.*"]),
    (Ginkgo, "container", "=~", &["ginkgo-.*"]),
    (Dynamo, "namespace", "!=", &["dynamo"]),
];

#[test]
fn every_operator_means_what_the_table_says() {
    let mut cases = Vec::new();
    for (index, (system, field, operator, values)) in ROWS.iter().enumerate() {
        let mixed = index % 4 != 3;
        let query = Query::any(*system)
            .filter(field, operator, values)
            .limit(250);
        let query = if index % 2 == 0 {
            query.forward()
        } else {
            query
        };
        let name = format!("{system} {field} {operator} {values:?}");
        cases.push(case(&name, Layout::ALL[index % 4], query.clone()));
        if mixed {
            cases.push(case(&name, Layout::Mixed, query));
        }
    }
    let of_some = origin();
    let origin = Query::any(Ginkgo).filter("origin", "=", &[&of_some]);
    cases.push(case("json is its raw text", Layout::Line, origin));
    let origin = Query::any(Ginkgo)
        .filter("origin", "!=|", &[&of_some, "{}"])
        .limit(50);
    cases.push(case("json is not one of", Layout::Line, origin));
    let origin = Query::any(Ginkgo).filter("origin", "=|", &[&of_some, "{}"]);
    cases.push(case("json is one of", Layout::Line, origin));
    run(cases);
}

fn origin() -> String {
    let schema = Site::new(Layout::Line, Source::Auto).schema(Ginkgo);
    let field = schema.field("origin");
    let lines = corpus(Layout::Line).lines(Ginkgo);
    let mut texts = lines.iter().filter_map(|line| value(&field, line));
    texts.next().expect("a line with an origin").to_owned()
}

#[test]
fn all_conditions_must_hold() {
    let known = |layout, field: &str| -> String {
        let lines = corpus(layout).lines(Ginkgo);
        let mut texts = lines.iter().filter_map(|line| line.meant.get(field));
        texts.next().unwrap().clone()
    };
    let mut cases: Vec<Case> = Vec::new();
    for layout in Layout::ALL {
        let portfolio = known(layout, "portfolio_id");
        let query = Query::of("portfolio", Ginkgo, &[&portfolio])
            .filter("level", "<", &["error"])
            .filter("event_type", "=~", &["ORDER.*|PRICE.*"])
            .filter("price", "exists", &[])
            .search("not contains", "no such text", false)
            .limit(200);
        cases.push(case(
            "portfolio, level, event, number, search",
            layout,
            query,
        ));
        let query = Query::of("trace", Tskv, &[])
            .filter("status_code", ">=", &["200"])
            .filter("error_type", "missing", &[])
            .filter("level", "!=", &["error"])
            .limit(200);
        cases.push(case("trace, number, missing, level", layout, query));
    }
    run(cases);
}
