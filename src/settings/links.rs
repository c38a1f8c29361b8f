//! Links of a field's values: the front end makes them, here they are checked, so that a mistake in a
//! provisioned one is said by Save & test and not found out by nobody.

use serde_json::{Map, Value};

use super::{Json, LONGEST_TEXT, SettingsError, bounded};

/// The most links.
const MOST_LINKS: usize = 100;
/// What an address begins with: a page of the web, or one of this Grafana. Anything else (`javascript:`)
/// would run in the browser of whoever follows it.
const ADDRESSES: [&str; 3] = ["http://", "https://", "/"];

/// Checks `links`: `[{field, title, url | datasourceUid, query}]`.
///
/// # Errors
/// Names the link and its key.
pub(super) fn check(json: Json<'_>) -> Result<(), SettingsError> {
    let links = match json.get("links") {
        None => return Ok(()),
        Some(Value::Array(links)) => links,
        Some(other) => {
            let problem = format!("{other} is not valid: expected a list of links");
            return Err(SettingsError::new("links", problem));
        }
    };
    bounded("links", links.len(), "entries", MOST_LINKS)?;
    for (index, link) in links.iter().enumerate() {
        let at = format!("links[{index}]");
        match link {
            Value::Object(link) => one(&at, link)?,
            other => {
                let problem = format!("{other} is not valid: expected an object");
                return Err(SettingsError::new(at, problem));
            }
        }
    }
    Ok(())
}

fn one(at: &str, link: &Map<String, Value>) -> Result<(), SettingsError> {
    let field = text(at, link, "field")?;
    text(at, link, "title")?;
    let url = text(at, link, "url")?;
    let data_source = text(at, link, "datasourceUid")?;
    if field.is_empty() {
        let problem = "is missing: name the field whose values are links";
        return Err(SettingsError::new(format!("{at}.field"), problem));
    }
    match (url.is_empty(), data_source.is_empty()) {
        (true, true) => {
            let problem = "leads nowhere: give it a url or a datasourceUid";
            return Err(SettingsError::new(at, problem));
        }
        (false, false) => {
            let problem = "has a url and a datasourceUid: a link leads to one of them";
            return Err(SettingsError::new(at, problem));
        }
        _ => {}
    }
    if !url.is_empty() && !ADDRESSES.iter().any(|start| url.starts_with(start)) {
        let problem = format!(
            "{:?} is not valid: start with http://, https:// or / (a page of this Grafana)",
            shown(url)
        );
        return Err(SettingsError::new(format!("{at}.url"), problem));
    }
    query(at, link, data_source)
}

fn query(at: &str, link: &Map<String, Value>, data_source: &str) -> Result<(), SettingsError> {
    let at = format!("{at}.query");
    match link.get("query") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(text)) if text.is_empty() => Ok(()),
        Some(_) if data_source.is_empty() => {
            let problem = "goes with a datasourceUid only: a url has no query";
            Err(SettingsError::new(at, problem))
        }
        Some(Value::String(text)) => bounded(&at, text.len(), "bytes", LONGEST_TEXT),
        Some(Value::Object(model)) => {
            let bytes = Value::from(model.clone()).to_string().len();
            bounded(&at, bytes, "bytes", LONGEST_TEXT)
        }
        Some(other) => {
            let problem = format!(
                "{other} is not valid: expected a text or the query model of the data source"
            );
            Err(SettingsError::new(at, problem))
        }
    }
}

/// Reads a text; one that is missing is empty.
fn text<'l>(at: &str, link: &'l Map<String, Value>, key: &str) -> Result<&'l str, SettingsError> {
    let at = format!("{at}.{key}");
    match link.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => {
            bounded(&at, text.len(), "bytes", LONGEST_TEXT)?;
            Ok(text)
        }
        Some(other) => {
            let problem = format!("{other} is not valid: expected a text");
            Err(SettingsError::new(at, problem))
        }
    }
}

/// As much of an address as tells which one it is.
fn shown(url: &str) -> String {
    url.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(links: &Value) -> Result<(), String> {
        let data = json!({ "links": links });
        check(Json(&data)).map_err(|error| error.to_string())
    }

    #[test]
    fn links_lead_to_an_address_or_to_a_data_source() {
        for (name, links) in [
            ("none", json!(null)),
            (
                "an address",
                json!([{"field": "order_id", "title": "Order", "url": "https://oms/${__value.raw}"}]),
            ),
            (
                "a page of this Grafana",
                json!([{"field": "portfolio_id", "url": "/d/pf?var-portfolio=${__value.raw}"}]),
            ),
            (
                "a data source",
                json!([{"field": "trace_id", "datasourceUid": "tempo", "query": "${__value.raw}"}]),
            ),
            (
                "its model",
                json!([{"field": "trace_id", "datasourceUid": "t", "query": {"queryType": "traceql"}}]),
            ),
        ] {
            assert_eq!(checked(&links), Ok(()), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_link_is_named() {
        for (links, expected) in [
            (
                json!("x"),
                "links \"x\" is not valid: expected a list of links",
            ),
            (json!([5]), "links[0] 5 is not valid: expected an object"),
            (
                json!([{"url": "/x"}]),
                "links[0].field is missing: name the field",
            ),
            (
                json!([{"field": 5}]),
                "links[0].field 5 is not valid: expected a text",
            ),
            (json!([{"field": "a"}]), "links[0] leads nowhere"),
            (
                json!([{"field": "a", "url": "/", "datasourceUid": "x"}]),
                "links[0] has a url and",
            ),
            (
                json!([{"field": "a", "url": "javascript:alert(1)"}]),
                "links[0].url \"javascript:alert(1)\" is not valid: start with http://",
            ),
            (
                json!([{"field": "a", "url": "/", "query": "x"}]),
                "links[0].query goes with",
            ),
            (
                json!([{"field": "a", "datasourceUid": "x", "query": 5}]),
                "links[0].query 5 is not",
            ),
            (
                json!(vec![json!({}); 101]),
                "links has 101 entries: at most 100",
            ),
        ] {
            let error = checked(&links).unwrap_err();
            let expected = format!("data source setting {expected}");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}
