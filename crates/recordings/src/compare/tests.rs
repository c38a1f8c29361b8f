use serde_json::json;

use super::*;

fn asked(path: &str, limit: &str) -> Request {
    Request {
        path: path.to_owned(),
        params: vec![("limit".to_owned(), limit.to_owned())],
        categorize: true,
        tenant: None,
    }
}

fn answer(body: &Value) -> Answer {
    Answer {
        status: 200,
        body: body.to_string(),
    }
}

fn lines(values: &Value) -> Answer {
    answer(
        &json!({ "data": { "resultType": "streams", "result": [{ "stream": { "a": "b" }, "values": values }] } }),
    )
}

#[test]
fn rows_are_the_same_in_any_order_of_a_nanosecond_and_up_to_the_cut() {
    let request = asked("/loki/api/v1/query_range", "10");
    let want = lines(&json!([["1", "a"], ["1", "b"]]));
    assert_eq!(
        compare(&request, &want, &lines(&json!([["1", "b"], ["1", "a"]]))),
        Ok(())
    );
    let other = compare(&request, &want, &lines(&json!([["1", "b"], ["1", "c"]])));
    assert!(other.is_err_and(|what| what.contains("row")));
    let cut = asked("/loki/api/v1/query_range", "2");
    assert_eq!(
        compare(
            &cut,
            &lines(&json!([["2", "a"], ["1", "b"]])),
            &lines(&json!([["2", "a"], ["1", "c"]]))
        ),
        Ok(())
    );
    assert!(compare(&request, &want, &lines(&json!([["1", "a"]]))).is_err());
}

#[test]
fn numbers_are_the_same_to_a_billionth() {
    let request = asked("/loki/api/v1/query", "10");
    let vector = |value: &str| {
        answer(
            &json!({ "data": { "resultType": "vector", "result": [{ "metric": {}, "value": [1, value] }] } }),
        )
    };
    assert_eq!(
        compare(&request, &vector("0.30000000000000004"), &vector("0.3")),
        Ok(())
    );
    assert!(compare(&request, &vector("0.3"), &vector("0.3001")).is_err());
    assert!(compare(&request, &vector("0.3"), &vector("NaN")).is_err());
}

#[test]
fn errors_are_the_same_by_status_and_class() {
    let request = asked("/loki/api/v1/query", "10");
    let error = |status, body: &str| Answer {
        status,
        body: body.to_owned(),
    };
    let want = error(
        400,
        "parse error at line 1, col 7: syntax error: unexpected IDENTIFIER",
    );
    assert_eq!(
        compare(
            &request,
            &want,
            &error(400, "parse error at line 1, col 2: x")
        ),
        Ok(())
    );
    assert!(
        compare(
            &request,
            &want,
            &error(500, "parse error at line 1, col 2: x")
        )
        .is_err()
    );
    assert!(
        compare(
            &request,
            &want,
            &error(400, "maximum of series (500) reached")
        )
        .is_err()
    );
}
