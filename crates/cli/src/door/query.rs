//! From the body of `POST /api/ds/query` to the plugin's requests (pure).

use std::collections::HashMap;

use axum::http::HeaderMap;
use ginkgo::plugin::local::message::{DataQuery, TimeRange};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::moment::Range;
use super::reply::Refused;

/// The request headers that the plugin makes something of: tags for Loki's log of queries. A workbench has
/// nobody who is logged in, so no token and no cookie is passed on.
const CALLER: [&str; 2] = ["X-Dashboard-Uid", "X-Panel-Id"];

/// Grafana's own values for a query that gives none.
const DEFAULT_INTERVAL_MS: f64 = 1000.0;
const DEFAULT_MAX_DATA_POINTS: f64 = 100.0;

/// The body of a request; each query stays as it is written.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(default)]
    from: Value,
    #[serde(default)]
    to: Value,
    #[serde(default, borrow)]
    queries: Option<Vec<&'a RawValue>>,
}

/// What Grafana itself reads of a query; null is nothing.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Model {
    ref_id: Option<String>,
    query_type: Option<String>,
    hide: Option<bool>,
    datasource: Value,
    time_range: Option<Range>,
    max_data_points: Option<f64>,
    interval_ms: Option<f64>,
}

/// The queries of one data source, which the plugin gets in one call.
#[derive(Debug)]
pub struct Group {
    pub uid: String,
    pub queries: Vec<DataQuery>,
}

/// Reads a request into one group a data source, in the order of the request. Hidden queries are left out.
///
/// # Errors
/// Says what is wrong with the body, a query or a time range.
pub fn read(body: &[u8], now: Timestamp) -> Result<Vec<Group>, Refused> {
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| Refused::bad(format!("bad request data: {error}")))?;
    let queries = body.queries.unwrap_or_default();
    if queries.is_empty() {
        return Err(Refused::bad("no queries found"));
    }
    let mut groups: Vec<Group> = Vec::new();
    let shared = Range {
        from: body.from,
        to: body.to,
    };
    for json in queries {
        let model: Model = serde_json::from_str(json.get())
            .map_err(|error| Refused::bad(format!("bad query: {error}")))?;
        if model.hide == Some(true) {
            continue;
        }
        let range = model.time_range.as_ref().unwrap_or(&shared);
        let range = range.milliseconds(now).map_err(Refused::bad)?;
        let uid = uid_of(&model.datasource);
        let query = data_query(&model, json, range);
        match groups.iter_mut().find(|group| group.uid == uid) {
            Some(group) => group.queries.push(query),
            None => groups.push(Group {
                uid: uid.to_owned(),
                queries: vec![query],
            }),
        }
    }
    Ok(groups)
}

/// Fills in Grafana's defaults.
fn data_query(model: &Model, json: &RawValue, (from_ms, to_ms): (i64, i64)) -> DataQuery {
    let ref_id = model.ref_id.as_deref().filter(|given| !given.is_empty());
    let points = model.max_data_points.unwrap_or(DEFAULT_MAX_DATA_POINTS);
    DataQuery {
        ref_id: ref_id.unwrap_or("A").to_owned(),
        query_type: model.query_type.clone().unwrap_or_default(),
        max_data_points: points as i64,
        interval_ms: model.interval_ms.unwrap_or(DEFAULT_INTERVAL_MS) as i64,
        time_range: Some(TimeRange {
            from_epoch_ms: from_ms,
            to_epoch_ms: to_ms,
        }),
        json: json.get().as_bytes().to_vec(),
    }
}

/// Reads `{"uid": "…"}`, and the older text alone.
fn uid_of(datasource: &Value) -> &str {
    let uid = datasource.get("uid").unwrap_or(datasource);
    uid.as_str().unwrap_or_default()
}

/// Returns what the request's headers say about who asks.
pub fn caller(headers: &HeaderMap) -> HashMap<String, String> {
    let given = CALLER.iter().filter_map(|name| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), value.to_owned()))
    });
    given.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(body: &str) -> Result<Vec<Group>, String> {
        read(body.as_bytes(), Timestamp::UNIX_EPOCH).map_err(|refused| refused.message)
    }

    #[test]
    fn queries_come_as_they_are_with_grafanas_defaults() {
        let body = r#"{"from": "1000", "to": "2000", "queries": [
            {"datasource": {"uid": "a"}, "hide": null, "queryType": "trace",  "ids": ["x"]},
            {"refId": "B", "datasource": "b", "maxDataPoints": 7, "intervalMs": 250.5,
             "timeRange": {"from": "5", "to": "6"}},
            {"refId": "C", "datasource": {"uid": "a"}},
            {"refId": "D", "datasource": {"uid": "a"}, "hide": true}]}"#;
        let groups = read_text(body).unwrap();
        let of = |number: usize| {
            let refs = groups[number].queries.iter().map(|q| q.ref_id.as_str());
            (groups[number].uid.as_str(), refs.collect::<Vec<_>>())
        };
        assert_eq!((of(0), of(1)), (("a", vec!["A", "C"]), ("b", vec!["B"])));
        let first = &groups[0].queries[0];
        assert!(
            first
                .json
                .ends_with(br#""queryType": "trace",  "ids": ["x"]}"#)
        );
        assert_eq!(first.query_type, "trace");
        assert_eq!((first.max_data_points, first.interval_ms), (100, 1000));
        assert_eq!(first.time_range.unwrap().to_epoch_ms, 2000);
        let second = &groups[1].queries[0];
        assert_eq!((second.max_data_points, second.interval_ms), (7, 250));
        assert_eq!(second.time_range.unwrap().from_epoch_ms, 5);
    }

    #[test]
    fn what_cannot_be_read_says_what() {
        for (body, said) in [
            ("", "bad request data: EOF"),
            ("1", "bad request data: "),
            ("{}", "no queries found"),
            (r#"{"queries": null}"#, "no queries found"),
            (r#"{"queries": {}}"#, "bad request data: invalid type"),
            (r#"{"queries": [1]}"#, "bad query: invalid type"),
            (r#"{"queries": [{"refId": 1}]}"#, "bad query: invalid type"),
            (
                r#"{"queries": [{}]}"#,
                "bad time range: from is no time: null",
            ),
            (
                r#"{"from": "now-1h", "to": "x", "queries": [{}]}"#,
                "bad time range: to is no time: \"x\"",
            ),
        ] {
            let message = read_text(body).unwrap_err();
            assert!(message.starts_with(said), "{body}: {message}");
        }
        let deep = format!(r#"{{"queries": [{}]}}"#, "[".repeat(100_000));
        assert!(read_text(&deep).is_err());
    }
}
