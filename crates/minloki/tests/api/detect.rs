//! What Loki finds in lines and labels.

use serde_json::{Value, json};

use super::client::{Client, SECOND, T, none};

async fn ask(client: &Client, path: &str, parameters: &[(&str, &str)]) -> Value {
    let (start, end) = ((T - SECOND).to_string(), (T + SECOND).to_string());
    let mut all = vec![
        ("start", start.as_str()),
        ("end", end.as_str()),
        ("query", "{job=\"x\"}"),
    ];
    all.extend(parameters);
    client
        .get(&format!("/loki/api/v1/{path}"), &all)
        .await
        .json()
}

#[tokio::test]
async fn fields_of_lines_and_metadata() {
    let client = Client::plain();
    let json_line =
        r#"{"i":1,"o":{"p":{"q":"5m"}},"a.b":"z","n":null,"list":[1],"job":"inner","mm":"line"}"#;
    let lines = [
        (0, json_line, json!({ "mm": "5ms", "only": "m" })),
        (1, "k=v num=5.5 flag=true lonely", none()),
        (2, "plain text", none()),
    ];
    client.push(json!({ "job": "x" }), &lines).await;
    let answer = ask(&client, "detected_fields", &[]).await;
    let field = |label: &str, kind: &str, count: u32, parsers: Value| json!({ "label": label, "type": kind, "cardinality": count, "parsers": parsers });
    let in_json = |label: &str, kind: &str, count: u32, path: Value| {
        let mut field = field(label, kind, count, json!(["json"]));
        field["jsonPath"] = path;
        field
    };
    assert_eq!(
        answer["fields"],
        json!([
            in_json("a_b", "string", 1, json!(["a.b"])),
            field("flag", "boolean", 1, json!(["logfmt"])),
            in_json("i", "int", 1, json!(["i"])),
            in_json("job_extracted", "string", 1, json!(["job"])),
            field("k", "string", 1, json!(["logfmt"])),
            in_json("mm", "string", 2, json!(["mm"])),
            field("num", "float", 1, json!(["logfmt"])),
            in_json("o_p_q", "duration", 1, json!(["o", "p", "q"])),
            field("only", "string", 1, Value::Null),
        ])
    );
    assert_eq!(answer["limit"], json!(1000));
    let answer = ask(&client, "detected_fields", &[("limit", "2")]).await;
    assert_eq!(answer["fields"].as_array().unwrap().len(), 2);
    let answer = ask(&client, "detected_field/mm/values", &[]).await;
    assert_eq!(answer, json!({ "limit": 1000, "values": ["5ms", "line"] }));
    assert_eq!(
        ask(&client, "detected_field/nope/values", &[]).await,
        json!({})
    );
    assert_eq!(
        ask(&client, "detected_fields", &[("end", "1")]).await["fields"]
            .as_array()
            .map(Vec::len),
        Some(9)
    );
}

#[tokio::test]
async fn only_lines_are_looked_at() {
    let client = Client::plain();
    let query = [("query", "count_over_time({job=\"x\"}[1m])")];
    let answer = client.get("/loki/api/v1/detected_fields", &query).await;
    assert_eq!(
        answer.refusal(),
        (400, "only log selector is supported".to_owned())
    );
    let query = [("query", "{job=\"x\"}"), ("line_limit", "6000")];
    assert_eq!(
        client
            .get("/loki/api/v1/detected_fields", &query)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn labels_whose_values_are_ids_are_left_out() {
    let client = Client::plain();
    let id = "550e8400-e29b-41d4-a716-446655440000";
    let labels = json!({ "job": "x", "id": id, "number": "-1.5", "mixed": "7", "pod": "1", "hex": "deadbeef" });
    client.push(labels, &[(0, "x", none())]).await;
    client
        .push(json!({ "job": "x", "mixed": "abc" }), &[(0, "x", none())])
        .await;
    let answer = ask(&client, "detected_labels", &[]).await;
    let label = |name: &str, count: u32| json!({ "label": name, "cardinality": count });
    let labels = json!([
        label("hex", 1),
        label("job", 1),
        label("mixed", 2),
        label("pod", 1)
    ]);
    assert_eq!(answer["detectedLabels"], labels);
    let answer = client
        .get(
            "/loki/api/v1/detected_labels",
            &[("query", "{job=\"nope\"}")],
        )
        .await;
    assert_eq!(answer.json(), json!({}));
}
