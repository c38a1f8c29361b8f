//! How large a question may be. What is larger is an error that names the key, says what is there and
//! what is allowed; none of these bounds is near what a dashboard asks.

use serde_json::Value;

use super::QueryError;
use super::error::quoted;

/// The most ids, and the most values of one filter.
pub const MOST_VALUES: usize = 10_000;
/// The most filters.
pub const MOST_FILTERS: usize = 100;
/// The most searches.
pub const MOST_SEARCHES: usize = 50;
/// The most columns, and the most names in `groupBy`.
pub const MOST_COLUMNS: usize = 200;
/// The longest id, value or searched text, in bytes; a regular expression is one of these.
pub const LONGEST_TEXT: usize = 16 << 10;
/// The longest name of a system, a field or a column, in bytes.
pub const LONGEST_NAME: usize = 256;

/// Refuses a list of more than so many entries.
pub(super) fn count(at: &str, entries: usize, most: usize) -> Result<(), QueryError> {
    if entries <= most {
        return Ok(());
    }
    let problem = format!("has {entries} entries: at most {most} are allowed");
    Err(QueryError::new(at, problem))
}

/// Refuses a text of more than so many bytes.
pub(super) fn length(at: &str, text: &str, longest: usize) -> Result<(), QueryError> {
    if text.len() <= longest {
        return Ok(());
    }
    // No more than is shown: the text may have megabytes.
    let start: String = text.chars().take(50).collect();
    let problem = format!(
        "has {} bytes, beginning {}: at most {longest} are allowed",
        text.len(),
        quoted(&Value::from(start))
    );
    Err(QueryError::new(at, problem))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::Query;

    fn many(count: usize, value: &Value) -> Value {
        Value::from(vec![value.clone(); count])
    }

    fn text(bytes: usize) -> String {
        "é".repeat(bytes / 2)
    }

    #[test]
    fn every_bound_is_kept_and_said() {
        let filter = |values: Value| json!([{ "field": "f", "operator": "=|", "values": values }]);
        let name = |name: String| json!([{ "field": name, "operator": "exists" }]);
        let exists = json!({ "field": "f", "operator": "exists" });
        let search = |text: String| json!([{ "text": text }]);
        for (key, right, wrong, said) in [
            (
                "ids",
                many(MOST_VALUES, &json!("a")),
                many(MOST_VALUES + 1, &json!("a")),
                "ids has 10001 entries: at most 10000 are allowed".to_owned(),
            ),
            (
                "ids",
                json!([text(LONGEST_TEXT)]),
                json!(["a", text(LONGEST_TEXT + 2)]),
                format!(
                    "ids[1] has 16386 bytes, beginning \"{}\": at most 16384 are allowed",
                    text(100)
                ),
            ),
            (
                "filters",
                many(MOST_FILTERS, &exists),
                many(MOST_FILTERS + 1, &exists),
                "filters has 101 entries: at most 100 are allowed".to_owned(),
            ),
            (
                "filters",
                filter(many(MOST_VALUES, &json!("a"))),
                filter(many(MOST_VALUES + 1, &json!("a"))),
                "filters[0].values has 10001 entries: at most 10000 are allowed".to_owned(),
            ),
            (
                "filters",
                filter(json!([text(LONGEST_TEXT)])),
                filter(json!([text(LONGEST_TEXT + 2)])),
                format!(
                    "filters[0].values[0] has 16386 bytes, beginning \"{}\": at most 16384 are allowed",
                    text(100)
                ),
            ),
            (
                "filters",
                name(text(LONGEST_NAME)),
                name(text(LONGEST_NAME + 2)),
                format!(
                    "filters[0].field has 258 bytes, beginning \"{}\": at most 256 are allowed",
                    text(100)
                ),
            ),
            (
                "search",
                many(MOST_SEARCHES, &json!({ "text": "x" })),
                many(MOST_SEARCHES + 1, &json!({ "text": "" })),
                "search has 51 entries: at most 50 are allowed".to_owned(),
            ),
            (
                "search",
                search(text(LONGEST_TEXT)),
                search(text(LONGEST_TEXT + 2)),
                format!(
                    "search[0].text has 16386 bytes, beginning \"{}\": at most 16384 are allowed",
                    text(100)
                ),
            ),
            (
                "columns",
                many(MOST_COLUMNS, &json!("a")),
                many(MOST_COLUMNS + 1, &json!("a")),
                "columns has 201 entries: at most 200 are allowed".to_owned(),
            ),
            (
                "columns",
                json!([text(LONGEST_NAME)]),
                json!([text(LONGEST_NAME + 2)]),
                format!(
                    "columns[0] has 258 bytes, beginning \"{}\": at most 256 are allowed",
                    text(100)
                ),
            ),
            (
                "groupBy",
                many(MOST_COLUMNS, &json!("a")),
                many(MOST_COLUMNS + 1, &json!("a")),
                "groupBy has 201 entries: at most 200 are allowed".to_owned(),
            ),
            (
                "system",
                json!(text(LONGEST_NAME)),
                json!(text(LONGEST_NAME + 2)),
                format!(
                    "system has 258 bytes, beginning \"{}\": at most 256 are allowed",
                    text(100)
                ),
            ),
        ] {
            let query = |value| Query::try_from(&json!({ "queryType": "run", key: value }));
            assert!(query(right).is_ok(), "{said}");
            assert_eq!(query(wrong).unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn ids_that_repeat_count_once_and_keep_their_order() {
        let ids: Vec<String> = (0..MOST_VALUES).map(|n| format!("{}", n % 4000)).collect();
        let query = Query::try_from(&json!({ "queryType": "run", "ids": ids })).unwrap();
        assert_eq!(query.ids, ids[..4000]);
    }
}
