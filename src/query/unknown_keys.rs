//! Keys of a query that do not exist, and look like ones that do.
//!
//! Unknown keys are ignored: Grafana adds some, and copies those of other data sources when a panel's data
//! source is switched. One that is nearly a key of the model was meant to be it, and does nothing.

use serde_json::Value;

use super::quoted;

/// The keys of the model.
const KEYS: [&str; 22] = [
    "queryType",
    "system",
    "ids",
    "filters",
    "search",
    "result",
    "columns",
    "measure",
    "groupBy",
    "limit",
    "direction",
    "expr",
    "window",
    "step",
    "instant",
    "legendFormat",
    "utcOffsetSec",
    "delay",
    "after",
    "before",
    "stream",
    "events",
];
const FILTER_KEYS: [&str; 4] = ["field", "operator", "values", "adhoc"];
const SEARCH_KEYS: [&str; 3] = ["operator", "text", "caseSensitive"];
const MEASURE_KEYS: [&str; 2] = ["field", "aggregation"];

/// Keys of Grafana, and of its own Loki data source, that are near one of the model's.
const OTHERS: [&str; 8] = [
    "hide",
    "key",
    "query",
    "range",
    "type",
    "alias",
    "refId",
    "editorMode",
];
/// The fewest letters of a beginning that says what was meant.
const SHORTEST_BEGINNING: usize = 4;
/// Keys of as many letters may have two slips, shorter ones only one.
const LONG: usize = 6;
/// The most notices, and the longest key that is looked at.
const MOST: usize = 5;
const LONGEST: usize = 64;

/// Returns a sentence for each key that does nothing and is nearly one of the model's.
pub fn unknown_keys(query: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(query, "", &KEYS, &mut found);
    for (list, keys) in [("filters", &FILTER_KEYS[..]), ("search", &SEARCH_KEYS)] {
        let entries = query.get(list).and_then(Value::as_array);
        for (number, entry) in entries.into_iter().flatten().enumerate() {
            look(entry, &format!("{list}[{number}]."), keys, &mut found);
        }
    }
    if let Some(measure) = query.get("measure") {
        look(measure, "measure.", &MEASURE_KEYS, &mut found);
    }
    found.truncate(MOST);
    found
}

fn look(object: &Value, at: &str, keys: &[&str], found: &mut Vec<String>) {
    let written = object.as_object().into_iter().flatten();
    for (key, _) in written.filter(|(key, value)| key.len() <= LONGEST && !value.is_null()) {
        let is_known = keys.contains(&key.as_str()) || OTHERS.contains(&key.as_str());
        let meant = keys.iter().filter(|_| !is_known);
        let meant = meant.filter_map(|known| Some((distance(key, known)?, known)));
        if let Some((_, meant)) = meant.min() {
            let key = quoted(&format!("{at}{key}").into());
            found.push(format!(
                "the query has no key {key}, so it does nothing: did you mean \"{at}{meant}\"?"
            ));
        }
    }
}

/// Returns how far the key is from a known one; `None` where it is too far to be meant.
fn distance(key: &str, known: &str) -> Option<usize> {
    let plain = |text: &str| -> Vec<char> {
        let letters = text.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
        letters.flat_map(char::to_lowercase).collect()
    };
    let (key, known) = (plain(key), plain(known));
    if key.len() >= SHORTEST_BEGINNING && known.starts_with(&key) {
        return Some(known.len() - key.len());
    }
    let slips = slips(&key, &known);
    let most = if key.len().min(known.len()) >= LONG {
        2
    } else {
        1
    };
    // Of a key of one letter, one slip leaves nothing.
    (slips <= most && key.len() > 1).then_some(slips)
}

/// The letters to insert, leave out or change (Levenshtein).
fn slips(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (number, letter) in a.iter().enumerate() {
        let mut diagonal = number;
        let mut left = number + 1;
        let mut next = vec![left];
        for (above, other) in row.iter().skip(1).zip(b) {
            let changed = diagonal + usize::from(letter != other);
            left = changed.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::Wire;

    #[test]
    fn a_key_that_is_nearly_one_names_the_one_that_was_meant() {
        for (query, key, meant) in [
            (json!({"id": ["x"]}), "id", "ids"),
            (json!({"filter": []}), "filter", "filters"),
            (json!({"group_by": ["x"]}), "group_by", "groupBy"),
            (json!({"GroupBy": ["x"]}), "GroupBy", "groupBy"),
            (json!({"serach": []}), "serach", "search"),
            (json!({"legend": "x"}), "legend", "legendFormat"),
            (json!({"column": ["x"]}), "column", "columns"),
            (
                json!({"filters": [{"field": "a", "operator": "=", "value": "x"}]}),
                "filters[0].value",
                "filters[0].values",
            ),
            (
                json!({"search": [{"text": "a", "case_sensitive": true}]}),
                "search[0].case_sensitive",
                "search[0].caseSensitive",
            ),
            (
                json!({"measure": {"field": "a", "agregation": "avg"}}),
                "measure.agregation",
                "measure.aggregation",
            ),
        ] {
            let said = unknown_keys(&query);
            let expected = format!(
                "the query has no key \"{key}\", so it does nothing: did you mean \"{meant}\"?"
            );
            assert_eq!(said, [expected], "{query}");
        }
    }

    #[test]
    fn what_grafana_and_others_add_is_no_mistake() {
        let query = json!({
            "refId": "A", "datasource": {"uid": "x"}, "key": "Q-1", "hide": false, "intervalMs": 1000,
            "maxDataPoints": 500, "datasourceId": 1, "queryType": "any", "range": true, "instant": null,
            "editorMode": "code", "maxLines": 1000, "resolution": 1, "format": "table", "rawSql": "",
            "query": "x", "metrics": [], "bucketAggs": [], "timeField": "@timestamp", "target": "x",
            "id": null, "exemplar": false, "interval": "", "splitDuration": "1d", "supportingQueryType": "x",
        });
        assert_eq!(unknown_keys(&query), Vec::<String>::new());
        assert!(unknown_keys(&json!([1])).is_empty());
    }

    #[test]
    fn every_key_that_is_read_is_known() {
        // A key of the wire form that is missing here would be called unknown.
        let shown = format!("{:?}", Wire::default());
        let fields = shown.matches(": None").count();
        assert_eq!(fields, KEYS.len());
    }
}
