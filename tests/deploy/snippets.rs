//! The Python snippets: what Ginkgo reads in their lines, as columns.

use serde_json::{Value, json};

use crate::site::site;

/// Asks a site where ids are metadata for the columns of one line.
fn columns(query: &Value, columns: &[&str]) -> Value {
    let mut query = query.clone();
    query["result"] = json!("table");
    query["columns"] = json!(columns);
    // Its pipeline has to have brought the lines.
    let site = site();
    site.entries("{job=\"ginkgo\", site=\"alloy-metadata\"}", 6);
    site.entries(
        "{job=\"fastapi\", service=\"python\", site=\"alloy-metadata\"}",
        5,
    );
    site.entries("{job=\"docker\", site=\"alloy-metadata\"}", 8);
    let rows = site.rows("alloy-metadata", &["--query", &query.to_string()]);
    let [row] = &rows[..] else {
        panic!("{query}: {rows:#?}")
    };
    let read = columns
        .iter()
        .map(|name| ((*name).to_owned(), row[*name].clone()));
    Value::Object(read.collect())
}

#[test]
fn structlog_with_ecs() {
    let query = json!({ "queryType": "run", "ids": ["bt-python"], "filters": [
        { "field": "event_type", "operator": "=", "values": ["ORDERFILLED"] },
    ] });
    let read = columns(
        &query,
        &[
            "level",
            "message",
            "portfolio_id",
            "symbol",
            "transaction_price",
            "trace_id",
        ],
    );
    assert_eq!(
        read,
        json!({
            "level": "info", "message": "订单成交 filled", "portfolio_id": "pf-python", "symbol": "BTC/USDT",
            "transaction_price": 10.52, "trace_id": "trace-python",
        })
    );
    let query = json!({ "queryType": "run", "ids": ["bt-python"], "filters": [
        { "field": "error_type", "operator": "exists" },
    ] });
    let read = columns(
        &query,
        &["level", "error_type", "error_message", "log_category"],
    );
    assert_eq!(
        read,
        json!({
            "level": "error", "error_type": "ValueError", "error_message": "no \"bars\"\nat all", "log_category": "system",
        })
    );
}

#[test]
fn structlog_with_opentelemetry() {
    let query = json!({ "queryType": "trace", "system": "fastapi", "ids": [site().python_trace], "filters": [
        { "field": "status_code", "operator": ">=", "values": ["500"] },
    ] });
    let read = columns(
        &query,
        &[
            "level",
            "message",
            "service_name",
            "endpoint",
            "status_code",
        ],
    );
    assert_eq!(
        read,
        json!({
            "level": "error", "message": "GET /broken 500", "service_name": "python-backend",
            "endpoint": "/broken", "status_code": 500.0,
        })
    );
    let query = json!({ "queryType": "trace", "system": "fastapi", "ids": [site().python_trace], "filters": [
        { "field": "error_type", "operator": "=", "values": ["KeyError"] },
    ] });
    assert_eq!(
        columns(&query, &["message"]),
        json!({ "message": "unhandled error" })
    );
}

#[test]
fn key_value_renderer() {
    let query = json!({ "queryType": "any", "system": "tskv", "filters": [
        { "field": "status_code", "operator": "=", "values": ["201"] },
    ] });
    let read = columns(&query, &["level", "logger", "event", "path"]);
    assert_eq!(
        read,
        json!({
            "level": "info", "logger": "orders.store", "event": "it's \"stored\"\nas C:\\new", "path": "/api/v1/orders",
        })
    );
}
