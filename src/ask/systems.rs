//! The resource `systems`.

use serde_json::{Value, json};

use super::{DataSource, Error, Scope};
use crate::schema::{Field, Role, System};

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
            let has_streams = self.has_streams(&system.selector, scope, &call).await?;
            if has_streams || system.configured {
                systems.push(described(system, has_streams));
            }
        }
        Ok(json!({ "systems": systems, "defaultSystem": self.settings.default_system }))
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
