//! The resources `systems` and `fields`.

use serde_json::{Value, json};

use super::{DataSource, Error, Scope};
use crate::schema::{Field, Role, Source, System};

impl DataSource {
    /// Lists the systems that the scope's range has streams of, and all that somebody configured:
    /// `{"systems": [{name, preset, selector, format, roles: {role: field}, fields: [{name, role, type,
    /// unit}], errorLevels, hasStreams}], "defaultSystem"}`.
    ///
    /// # Errors
    /// What Loki said.
    pub async fn systems(&self, scope: &Scope) -> Result<Value, Error> {
        let mut systems = Vec::new();
        for system in &self.settings.systems {
            let call = self.call(&scope.caller, Some(system), "systems");
            let has_streams = self.streams(&system.selector, scope, &call).await? > 0;
            if has_streams || system.configured {
                systems.push(described(system, has_streams));
            }
        }
        Ok(json!({ "systems": systems, "defaultSystem": self.settings.default_system }))
    }

    /// Lists the fields of a system with where the newest lines have them: `{"system", "sampledLines",
    /// "fields": [{name, role, type, unit, description, sources, found, example, inSchema, cardinality}]}`.
    /// These are the schema's, so `inSchema` is always true, and nobody has counted their values.
    ///
    /// # Errors
    /// An unknown system, or what Loki said.
    pub async fn fields(&self, system: Option<&str>, scope: &Scope) -> Result<Value, Error> {
        let system = self.named_system(system.filter(|name| !name.is_empty()))?;
        let sample = self.sample(system, scope, "fields").await?;
        let fields = sample.fields.iter().map(|found| {
            let field = &found.field;
            let mut sources: Vec<&str> = field.sources.iter().map(Source::place).collect();
            sources.dedup();
            json!({
                "name": field.name,
                "role": field.role.map(Role::as_str),
                "type": field.kind.as_str(),
                "unit": field.unit,
                "description": field.description,
                "sources": sources,
                "found": found.places,
                "example": found.example,
                "inSchema": true,
                "cardinality": null,
            })
        });
        Ok(json!({
            "system": system.name,
            "sampledLines": sample.lines,
            "fields": fields.collect::<Vec<_>>(),
        }))
    }
}

fn described(system: &System, has_streams: bool) -> Value {
    let roles = system
        .role_fields()
        .map(|(role, field)| (role.as_str().to_owned(), Value::from(field.name.as_str())));
    let levels = system.error_levels.iter().map(|level| level.as_str());
    json!({
        "name": system.name,
        "preset": system.preset,
        "selector": system.selector.to_string(),
        "format": system.format.as_str(),
        "fields": system.fields.iter().map(brief).collect::<Vec<_>>(),
        "roles": roles.collect::<serde_json::Map<_, _>>(),
        "errorLevels": levels.collect::<Vec<_>>(),
        "hasStreams": has_streams,
    })
}

fn brief(field: &Field) -> Value {
    json!({
        "name": field.name,
        "role": field.role.map(Role::as_str),
        "type": field.kind.as_str(),
        "unit": field.unit,
    })
}
