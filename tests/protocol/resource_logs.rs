//! The resource `logs`: lines for a program.

use serde_json::{Value, json};

use crate::fake::{Act, Fake};
use crate::kit::{BASE_NS, LINES, NOBODY, RANGE, corpus, put};
use crate::support::{Response, host};

fn by_get(parameters: &str) -> Response {
    let (from, to) = RANGE;
    host().resource(corpus(), &format!("logs?from={from}&to={to}{parameters}"))
}

fn by_post(mut body: Value) -> Response {
    let (from, to) = RANGE;
    (body["from"], body["to"]) = (json!(from), json!(to.to_string()));
    host().post_resource(corpus(), "logs", &body)
}

fn moving(body: &Value) -> Response {
    host().post_resource(corpus(), "logs", body)
}

fn lines(response: &Response) -> Vec<String> {
    assert_eq!(response.status, 200, "{response:?}");
    let answer = response.json();
    let logs = answer["logs"].as_array().expect("logs");
    let line = |row: &Value| row["line"].as_str().unwrap_or_default().to_owned();
    logs.iter().map(line).collect()
}

#[test]
fn get_and_post_mean_the_same() {
    for (name, parameters, body, rows) in [
        ("all", "", json!({}), vec![3, 2, 1, 0]),
        (
            "portfolio",
            "&portfolio=pf-1",
            json!({ "portfolio": "pf-1" }),
            vec![1, 0],
        ),
        (
            "portfolio and strategy",
            "&portfolio=pf-1&strategy=st-2",
            json!({ "portfolio": "pf-1", "strategy": "st-2" }),
            vec![1],
        ),
        (
            "level",
            "&level=critical",
            json!({ "level": ["critical"] }),
            vec![1],
        ),
        ("limit", "&limit=2", json!({ "limit": 2 }), vec![3, 2]),
        (
            "search",
            "&search=Traceback",
            json!({ "search": "Traceback" }),
            vec![3],
        ),
        (
            "system",
            "&system=fastapi",
            json!({ "system": "fastapi" }),
            vec![],
        ),
        (
            "direction",
            "&direction=forward&limit=1",
            json!({ "direction": "forward", "limit": 1 }),
            vec![0],
        ),
        (
            "empty values",
            "&portfolio=&level=",
            json!({ "portfolio": "", "level": null }),
            vec![3, 2, 1, 0],
        ),
    ] {
        let wanted: Vec<&str> = rows.iter().map(|row: &usize| LINES[*row].1).collect();
        assert_eq!(lines(&by_get(parameters)), wanted, "{name}, GET");
        assert_eq!(lines(&by_post(body)), wanted, "{name}, POST");
    }
}

#[test]
fn a_row_has_time_level_id_line_and_labels() {
    let answer = by_get("&portfolio=pf-1&direction=forward&limit=1").json();
    let row = &answer["logs"][0];
    assert_eq!(row["timestamp"], "2026-03-01T12:00:00.000000001Z");
    assert_eq!(row["timestampNs"], (BASE_NS + 1).to_string());
    assert_eq!(row["level"], "info");
    assert!(row["id"].as_str().is_some_and(|id| !id.is_empty()), "{row}");
    assert_eq!(
        (&row["labels"]["pod"], &row["labels"]["symbol"]),
        (&json!("p-0"), &json!("BTC/USDT"))
    );
    assert!(
        answer["expr"]
            .as_str()
            .is_some_and(|expr| expr.starts_with("{job=\"protocol\"")),
        "{answer}"
    );
    assert_eq!(answer["notices"], json!([]));
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    for (name, response, part) in [
        ("misspelt, GET", by_get("&portfolo=x"), "portfolo"),
        (
            "misspelt, POST",
            by_post(json!({ "portfolo": "x" })),
            "portfolo",
        ),
        ("cursor, GET", by_get("&cursor=x"), "cursor"),
        ("cursor, POST", by_post(json!({ "cursor": "x" })), "cursor"),
        ("offset without to", moving(&json!({ "offset": 3 })), "to"),
        ("odd offset", by_get("&offset=-1"), "-1"),
        (
            "far offset",
            by_post(json!({ "offset": 100_001 })),
            "100001",
        ),
        ("twice", by_get("&trace=a&trace=b"), "trace"),
        ("a number as id", by_post(json!({ "trace": 7 })), "trace"),
        (
            "a number as system",
            by_post(json!({ "system": 7 })),
            "system",
        ),
        ("unknown system", by_get("&system=x"), "\"x\""),
        (
            "a role it has not",
            by_get("&system=fastapi&portfolio=x"),
            "portfolio",
        ),
        ("a level that is none", by_get("&level=loud"), "loud"),
        ("a limit that is none", by_get("&limit=many"), "many"),
        ("limit zero", by_get("&limit=0"), "limit"),
        (
            "a direction that is none",
            by_post(json!({ "direction": "up" })),
            "direction",
        ),
    ] {
        assert_eq!(response.status, 400, "{name}: {response:?}");
        let error = response.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(error.contains(part), "{name}: {part} is not in {error}");
    }
}

#[test]
fn a_loki_that_is_away_is_a_plain_503_with_an_empty_list() {
    let silent = Fake::always(Act::Hang(Vec::new()));
    let ill = Fake::always(Act::status(
        "503 Service Unavailable",
        "",
        "panic: runtime error\ngoroutine 1 [running]:",
    ));
    for (name, url) in [
        ("down", NOBODY),
        ("silent", silent.url.as_str()),
        ("ill", ill.url.as_str()),
    ] {
        put("away", url, json!({ "timeout": 1 }));
        for response in [
            host().resource("away", "logs"),
            host().post_resource("away", "logs", &json!({})),
        ] {
            assert_eq!(response.status, 503, "{name}: {response:?}");
            let answer = response.json();
            assert_eq!(answer["logs"], json!([]), "{name}");
            let message = answer["message"].as_str().unwrap_or_default();
            assert!(
                !message.is_empty() && !message.contains('\n'),
                "{name}: {answer}"
            );
            assert_eq!(
                answer.as_object().map(serde_json::Map::len),
                Some(2),
                "{name}: {answer}"
            );
        }
    }
}

#[test]
fn a_cursor_goes_on_behind_the_last_line_over_the_same_range() {
    let all = lines(&by_get(""));
    for direction in ["backward", "forward"] {
        for limit in 1..=5 {
            let mut body = json!({ "limit": limit, "direction": direction });
            let mut read = Vec::new();
            let mut answers = 0;
            loop {
                // The range of later requests is the cursor's, whatever they say.
                let response = if answers == 0 {
                    by_post(body.clone())
                } else {
                    moving(&body)
                };
                read.extend(lines(&response));
                answers += 1;
                let cursor = response.json()["cursor"].clone();
                if cursor.is_null() {
                    break;
                }
                assert!(answers < 10, "{direction} by {limit} does not end");
                body["cursor"] = cursor;
            }
            let mut expected = all.clone();
            if direction == "forward" {
                expected.reverse();
            }
            assert_eq!(read, expected, "{direction} by {limit}");
            // The last one may be empty: that there is nothing more was not yet known.
            let least = all.len().div_ceil(limit);
            assert!((least..=least + 1).contains(&answers), "{answers} answers");
        }
    }
    let cursor = by_post(json!({ "limit": 1 })).json()["cursor"].clone();
    for (key, value) in [("direction", json!("forward")), ("offset", json!(1))] {
        let mut body = json!({ "cursor": cursor });
        body[key] = value;
        let response = moving(&body);
        assert_eq!(response.status, 400, "{response:?}");
        assert!(response.text.contains(key), "{response:?}");
    }
}

#[test]
fn an_offset_leaves_out_the_first_lines() {
    let all = lines(&by_get(""));
    for offset in 0..=5 {
        let expected: Vec<String> = all.iter().skip(offset).take(2).cloned().collect();
        let got = lines(&by_get(&format!("&limit=2&offset={offset}")));
        assert_eq!(got, expected, "offset {offset}");
    }
}
