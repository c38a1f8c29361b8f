use serde_json::json;

use super::*;

fn system(json: &serde_json::Value) -> Result<System, SchemaError> {
    let raw: RawSystem = serde_json::from_value(json.clone()).unwrap();
    System::try_from(raw)
}

fn places(system: &System, field: &str) -> Vec<String> {
    let shown = |source: &Source| match source {
        Source::Label(name) => format!("label {name}"),
        Source::Metadata(name) => format!("metadata {name}"),
        Source::Line(path) => format!("line {}", path.0.join(">")),
    };
    system.field(field).sources.iter().map(shown).collect()
}

#[test]
fn a_preset_is_changed_field_by_field() {
    let system = system(&json!({
        "preset": "ginkgo", "name": "trading", "selector": "{job=\"t\"}", "timeZone": "Asia/Shanghai",
        "fields": [
            {"name": "portfolio_id", "source": "metadata"},
            {"name": "strategy_id", "source": ["line", "label:strat"]},
            {"name": "task_id", "key": ["run", "[\"a.b\"]"]},
            {"name": "desk", "type": "number", "role": "request", "source": "line:a.b"},
            {"name": "symbol", "role": ""}
        ],
        "levelMap": {"SEVERE": "critical"}, "errorLevels": ["critical"]
    }))
    .unwrap();
    assert_eq!(system.name, "trading");
    assert!(system.configured);
    for (field, expected) in [
        ("portfolio_id", &["metadata portfolio_id"][..]),
        (
            "strategy_id",
            &[
                "line ginkgo>strategy_id",
                "line ginkgo.strategy_id",
                "label strat",
            ],
        ),
        (
            "task_id",
            &["label task_id", "metadata task_id", "line run", "line a.b"],
        ),
        ("desk", &["line a>b", "line a.b"]),
    ] {
        assert_eq!(places(&system, field), expected, "{field}");
    }
    let portfolio = system.role(Role::Portfolio).unwrap();
    assert_eq!(
        portfolio.name, "portfolio_id",
        "a changed field keeps its role"
    );
    assert_eq!(
        system.role(Role::Symbol),
        None,
        "an empty role takes it away"
    );
    assert_eq!(system.levels.canonical("severe"), Level::Critical);
    assert_eq!(system.error_levels, [Level::Critical]);
}

#[test]
fn a_system_can_be_written_from_nothing() {
    let system = system(&json!({
        "name": "shop", "selector": "{app=\"shop\"}", "format": "logfmt",
        "fields": [{"name": "user"}]
    }))
    .unwrap();
    assert_eq!(system.format, Format::Logfmt);
    assert_eq!(
        places(&system, "user"),
        ["label user", "metadata user", "line user"]
    );
}

#[test]
fn what_is_wrong_is_named_and_quoted() {
    let base = json!({ "name": "x", "selector": "{a=\"b\"}" });
    let with = |key: &str, value: serde_json::Value| {
        let mut json = base.clone();
        json[key] = value;
        json
    };
    let field = |field: serde_json::Value| with("fields", json!([field]));
    for (json, error) in [
        (json!({}), "name is missing"),
        (json!({"name": "x"}), "selector is missing"),
        (
            with("preset", json!("nginx")),
            "preset \"nginx\" is not known: use ginkgo, fastapi, tskv or dynamo",
        ),
        (
            with("selector", json!("{}")),
            "selector \"{}\" is not valid: at least one matcher",
        ),
        (
            with("format", json!("xml")),
            "format \"xml\" is not known: use json, tskv, logfmt or text",
        ),
        (
            with("timeZone", json!("Mars")),
            "timeZone \"Mars\" is not known",
        ),
        (
            with("levelMap", json!({"x": "loud"})),
            "levelMap[\"x\"] \"loud\" is not known: use critical",
        ),
        (
            with("errorLevels", json!(["bad"])),
            "errorLevels[0] \"bad\" is not known",
        ),
        (
            field(json!({"name": "a-b"})),
            "fields[0].name \"a-b\" is not valid",
        ),
        (
            field(json!({"name": "a", "type": "int"})),
            "fields[0].type \"int\" is not known",
        ),
        (
            field(json!({"name": "a", "role": "boss"})),
            "fields[0].role \"boss\" is not known",
        ),
        (
            field(json!({"name": "a", "source": "index"})),
            "fields[0].source \"index\" is not known: use auto",
        ),
        (
            field(json!({"name": "a", "source": "label:a-b"})),
            "fields[0].source \"label:a-b\" is not valid",
        ),
        (
            field(json!({"name": "a", "source": []})),
            "fields[0].source is empty",
        ),
        (
            field(json!({"name": "a", "key": ""})),
            "fields[0].key \"\" is not valid",
        ),
    ] {
        let said = system(&json).unwrap_err().to_string();
        assert!(said.starts_with(error), "{json}: {said}");
    }
    let twice = json!({
        "preset": "ginkgo", "fields": [{"name": "mine", "role": "portfolio"}]
    });
    let said = system(&twice).unwrap_err().to_string();
    assert!(
        said.contains("\"mine\" has role portfolio, which \"portfolio_id\" has already"),
        "{said}"
    );
}
