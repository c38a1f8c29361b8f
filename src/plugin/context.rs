//! From the protocol's messages to the values that [`crate::ask`] takes.

use std::collections::HashMap;
use std::time::Duration;

use grafana_plugin_sdk::pluginv2::{
    DataQuery, DataSourceInstanceSettings, PluginContext, StringList,
};
use serde_json::Value;

use super::failure::Failure;
use crate::ask::{AmbiguousHeader, Caller, DataSource, Scope};
use crate::capacity::Capacity;
use crate::settings::{RawSettings, Settings};

/// Grafana's own values for a query that gives none (`pkg/services/query`).
pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
/// See [`DEFAULT_INTERVAL`].
pub const DEFAULT_MAX_DATA_POINTS: i64 = 100;

/// The largest query model.
const MOST_QUERY_BYTES: usize = 8 << 20;
/// The largest `jsonData`.
const MOST_SETTINGS_BYTES: usize = 4 << 20;

const NANOSECONDS_PER_MILLISECOND: i64 = 1_000_000;

/// Builds the data source of an instance from its settings.
///
/// # Errors
/// Names the setting that is wrong.
pub fn data_source(
    settings: &DataSourceInstanceSettings,
    capacity: Capacity,
) -> Result<DataSource, Failure> {
    let raw = raw_settings(settings)?;
    let settings =
        Settings::try_from(raw).map_err(|error| Failure::bad_request(error.to_string()))?;
    Ok(DataSource::within(settings, capacity)?)
}

/// Refuses a message's part that is larger than allowed.
fn bounded(what: &str, bytes: &[u8], most: usize) -> Result<(), Failure> {
    if bytes.len() <= most {
        return Ok(());
    }
    let bytes = bytes.len();
    let message = format!("{what} has {bytes} bytes: at most {most} are allowed");
    Err(Failure::bad_request(message))
}

fn raw_settings(settings: &DataSourceInstanceSettings) -> Result<RawSettings, Failure> {
    bounded(
        "the data source's jsonData",
        &settings.json_data,
        MOST_SETTINGS_BYTES,
    )?;
    let json_data = if settings.json_data.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(&settings.json_data).map_err(|error| {
            Failure::bad_request(format!(
                "the data source's jsonData is not valid JSON: {error}"
            ))
        })?
    };
    Ok(RawSettings {
        url: settings.url.clone(),
        basic_auth: settings.basic_auth_enabled,
        basic_auth_user: settings.basic_auth_user.clone(),
        json_data,
        secure: settings.decrypted_secure_json_data.clone(),
    })
}

/// Reads the query model of one query.
///
/// # Errors
/// Says what is wrong with the JSON, without quoting it.
pub fn query(query: &DataQuery) -> Result<Value, Failure> {
    bounded("the query", &query.json, MOST_QUERY_BYTES)?;
    let mut model: Value = serde_json::from_slice(&query.json)
        .map_err(|error| Failure::bad_request(format!("the query is not valid JSON: {error}")))?;
    let Some(object) = model.as_object_mut() else {
        return Err(Failure::bad_request("the query is not a JSON object"));
    };
    // Grafana copies the type out of the model; programs that speak the protocol may leave it there.
    if !query.query_type.is_empty() && !object.contains_key("queryType") {
        object.insert("queryType".to_owned(), query.query_type.as_str().into());
    }
    Ok(model)
}

/// Reads the range and resolution that a query is asked for.
///
/// # Errors
/// Says what is wrong with the time range.
pub fn query_scope(query: &DataQuery, caller: Caller) -> Result<Scope, Failure> {
    let Some(range) = query.time_range else {
        return Err(Failure::bad_request("the query has no time range"));
    };
    let (from_ns, to_ns) = range_ns(range.from_epoch_ms, range.to_epoch_ms)?;
    Ok(Scope {
        from_ns,
        to_ns,
        interval: interval(query.interval_ms),
        max_data_points: max_data_points(query.max_data_points),
        caller,
    })
}

/// Takes an interval in milliseconds, or Grafana's default where there is none.
pub fn interval(milliseconds: i64) -> Duration {
    match u64::try_from(milliseconds) {
        Ok(0) | Err(_) => DEFAULT_INTERVAL,
        Ok(milliseconds) => Duration::from_millis(milliseconds),
    }
}

/// Takes a number of data points, or Grafana's default where there is none.
pub fn max_data_points(points: i64) -> i64 {
    if points > 0 {
        points
    } else {
        DEFAULT_MAX_DATA_POINTS
    }
}

/// Turns a range in milliseconds into nanoseconds.
fn range_ns(from_ms: i64, to_ms: i64) -> Result<(i64, i64), Failure> {
    let nanoseconds = |name: &str, milliseconds: i64| {
        milliseconds
            .checked_mul(NANOSECONDS_PER_MILLISECOND)
            .ok_or_else(|| {
                Failure::bad_request(format!(
                    "the time range's {name} ({milliseconds} ms) is out of range: \
                     years 1678 to 2262 can be asked for"
                ))
            })
    };
    let range = (nanoseconds("from", from_ms)?, nanoseconds("to", to_ms)?);
    in_order(range)
}

/// Checks that a range does not end before it starts.
///
/// # Errors
/// Says so when it does.
pub fn in_order((from_ns, to_ns): (i64, i64)) -> Result<(i64, i64), Failure> {
    if to_ns < from_ns {
        return Err(Failure::bad_request("the time range ends before it starts"));
    }
    Ok((from_ns, to_ns))
}

/// Reads who asks a query or for health.
///
/// # Errors
/// Names a header that came twice.
pub fn caller(
    context: Option<&PluginContext>,
    headers: &HashMap<String, String>,
) -> Result<Caller, Failure> {
    let pairs = headers.iter().map(|(name, value)| (&**name, &**value));
    Caller::of_query(pairs, login(context)).map_err(|error| ambiguous(&error))
}

/// Reads who asks for a resource.
///
/// # Errors
/// Names a header that came twice.
pub fn resource_caller(
    context: Option<&PluginContext>,
    headers: &HashMap<String, StringList>,
) -> Result<Caller, Failure> {
    let pairs = headers.iter().flat_map(|(name, list)| {
        let values = list.values.iter();
        values.map(move |value| (name.as_str(), value.as_str()))
    });
    Caller::of_resource(pairs, login(context)).map_err(|error| ambiguous(&error))
}

/// Returns the login of the user for whom Grafana asks; empty where it asks for nobody.
fn login(context: Option<&PluginContext>) -> &str {
    let user = context.and_then(|context| context.user.as_ref());
    user.map_or("", |user| &user.login)
}

fn ambiguous(error: &AmbiguousHeader) -> Failure {
    Failure::bad_request(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data_query(json: &str) -> DataQuery {
        DataQuery {
            json: json.as_bytes().to_vec(),
            query_type: "trace".to_owned(),
            ..DataQuery::default()
        }
    }

    #[test]
    fn ranges_become_nanoseconds_or_a_plain_error() {
        assert_eq!(range_ns(1, 2), Ok((1_000_000, 2_000_000)));
        assert_eq!(range_ns(5, 5), Ok((5_000_000, 5_000_000)));
        let cases = [
            ("backwards", 2, 1, "ends before it starts"),
            ("from too early", i64::MIN, 1, "the time range's from"),
            ("to too late", 1, i64::MAX, "the time range's to"),
        ];
        for (name, from, to, part) in cases {
            let failure = range_ns(from, to).unwrap_err();
            assert!(failure.message.contains(part), "{name}: {failure:?}");
            assert_eq!((failure.status, failure.source), (400, "downstream"));
        }
    }

    #[test]
    fn a_query_model_is_an_object_and_keeps_its_own_type() {
        assert_eq!(query(&data_query("{}")).unwrap()["queryType"], "trace");
        let own = query(&data_query(r#"{"queryType":"run"}"#)).unwrap();
        assert_eq!(own["queryType"], "run");
        for bad in ["", "{", "[]", "null", "\"x\""] {
            assert_eq!(query(&data_query(bad)).unwrap_err().status, 400, "{bad}");
        }
    }

    #[test]
    fn what_nests_deeply_or_is_large_is_a_plain_error() {
        let message = |json: &str| query(&data_query(json)).unwrap_err().message;
        for open in ["[", "{\"x\":"] {
            let deep = message(&open.repeat(100_000));
            assert!(deep.contains("recursion limit exceeded"), "{deep}");
        }
        let most = |bytes: usize| format!("{{{}}}", " ".repeat(bytes - 2));
        assert!(query(&data_query(&most(MOST_QUERY_BYTES))).is_ok());
        let large = message(&most(MOST_QUERY_BYTES + 1));
        assert_eq!(
            large,
            "the query has 8388609 bytes: at most 8388608 are allowed"
        );

        let settings = |bytes| DataSourceInstanceSettings {
            json_data: most(bytes).into_bytes(),
            ..DataSourceInstanceSettings::default()
        };
        assert!(raw_settings(&settings(MOST_SETTINGS_BYTES)).is_ok());
        let large = raw_settings(&settings(MOST_SETTINGS_BYTES + 1)).unwrap_err();
        let said = "the data source's jsonData has 4194305 bytes: at most 4194304 are allowed";
        assert_eq!((large.status, large.message.as_str()), (400, said));
    }

    #[test]
    fn missing_resolution_is_grafanas_default() {
        assert_eq!(interval(0), DEFAULT_INTERVAL);
        assert_eq!(interval(-5), DEFAULT_INTERVAL);
        assert_eq!(interval(250), Duration::from_millis(250));
        assert_eq!(max_data_points(0), 100);
        assert_eq!(max_data_points(7), 7);
    }

    #[test]
    fn settings_that_are_no_json_name_the_place() {
        let settings = DataSourceInstanceSettings {
            json_data: b"{".to_vec(),
            ..DataSourceInstanceSettings::default()
        };
        let failure = raw_settings(&settings).err().unwrap();
        assert!(failure.message.contains("jsonData"));
        let empty = raw_settings(&DataSourceInstanceSettings::default()).unwrap();
        assert_eq!(empty.json_data, serde_json::json!({}));
    }
}
