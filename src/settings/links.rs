//! Links of a field's values: the front end makes them, here they are checked, so that a mistake in a
//! provisioned one is said by Save & test and not found out by nobody.

use serde_json::{Map, Value};

use super::{Json, LONGEST_TEXT, SettingsError, bounded};

/// The most links.
const MOST_LINKS: usize = 100;
/// What an address begins with: a page of the web, or one of this Grafana. Anything else (`javascript:`)
/// would run in the browser of whoever follows it.
const ADDRESSES: [&str; 3] = ["http://", "https://", "/"];

/// How a value of the row begins in an address.
const VALUES: [&str; 3] = ["${__", "$__", "[[__"];

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
    if !url.is_empty()
        && let Some(wrong) = wrong_with(url)
    {
        let problem = format!("{:?} is not valid: {wrong}", shown(url));
        return Err(SettingsError::new(format!("{at}.url"), problem));
    }
    query(at, link, data_source)
}

/// Says why an address may lead elsewhere than it says.
fn wrong_with(url: &str) -> Option<&'static str> {
    if !ADDRESSES.iter().any(|start| url.starts_with(start)) {
        return Some("start with http://, https:// or / (a page of this Grafana)");
    }
    // Browsers leave tabs and line ends out, and what is left may be another address.
    if url.contains(char::is_control) {
        return Some("it holds a control character");
    }
    let Some((_, behind)) = url.split_once("://").filter(|_| !url.starts_with('/')) else {
        let page = url.get(1..).unwrap_or_default();
        // Browsers read a backslash as a slash.
        if page.starts_with(['/', '\\']) {
            return Some(
                "behind // or /\\ stands another server: start with one /, or with https://",
            );
        }
        if VALUES.iter().any(|value| page.starts_with(value)) {
            return Some(
                "a value that begins with / would lead to another server: put a path before it",
            );
        }
        return None;
    };
    let server = behind
        .split(['/', '\\', '?', '#'])
        .next()
        .unwrap_or_default();
    VALUES
        .iter()
        .any(|value| server.contains(value))
        .then_some("a value of a line must not say to which server it leads: put a path before it")
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
                "a server that a variable names",
                json!([{"field": "a", "url": "https://$site.oms/x?at=//y&v=${__value.raw}"}]),
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
                json!([{"field": "a", "url": "//evil/${__value.raw}"}]),
                "links[0].url \"//evil/${__value.raw}\" is not valid: behind // or /\\ stands another",
            ),
            (
                json!([{"field": "a", "url": "/\\evil"}]),
                "links[0].url \"/\\\\evil\" is not valid: behind // or /\\ stands another",
            ),
            (
                json!([{"field": "a", "url": "/\t/evil"}]),
                "links[0].url \"/\\t/evil\" is not valid: it holds a control character",
            ),
            (
                json!([{"field": "a", "url": "/${__value.raw}"}]),
                "links[0].url \"/${__value.raw}\" is not valid: a value that begins with /",
            ),
            (
                json!([{"field": "a", "url": "https://${__value.raw}.oms/x"}]),
                "links[0].url \"https://${__value.raw}.oms/x\" is not valid: a value of a line must not",
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
