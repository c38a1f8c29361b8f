//! What `events` reads of a system's lines.

use super::{EventOptions, QueryError};
use crate::schema::{Field, Role, System};

impl EventOptions {
    /// Says whether events begin and end regions.
    pub fn has_regions(&self) -> bool {
        !self.start.is_empty()
    }

    /// Returns the field that names the event: the one asked for, else the one with the role event,
    /// else the level.
    ///
    /// # Errors
    /// None is asked for, and the system has neither.
    pub fn event_field(&self, system: &System) -> Result<Field, QueryError> {
        of_roles(
            system,
            "field",
            self.field.as_deref(),
            [Role::Event, Role::Level],
        )
    }

    /// Returns the field whose value the start and the end of a region share: the one asked for, else
    /// the one with the role run, else trace. Without regions there is none.
    ///
    /// # Errors
    /// None is asked for, and the system has neither.
    pub fn key_field(&self, system: &System) -> Result<Option<Field>, QueryError> {
        if !self.has_regions() {
            return Ok(None);
        }
        of_roles(system, "key", self.key.as_deref(), [Role::Run, Role::Trace]).map(Some)
    }
}

fn of_roles(
    system: &System,
    key: &str,
    name: Option<&str>,
    roles: [Role; 2],
) -> Result<Field, QueryError> {
    if let Some(name) = name {
        return Ok(system.field(name));
    }
    let field = roles.into_iter().find_map(|role| system.role(role));
    field.cloned().ok_or_else(|| {
        let [one, other] = roles;
        let problem = format!(
            "is missing: system \"{}\" has no field with the role {one} or {other}, so name a field",
            system.name
        );
        QueryError::new(format!("events.{key}"), problem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::presets;

    #[test]
    fn fields_have_defaults_by_role() {
        let regions = EventOptions {
            start: vec!["a".to_owned()],
            end: vec!["b".to_owned()],
            ..EventOptions::default()
        };
        for (name, event, key) in [
            ("ginkgo", "event_type", "task_id"),
            ("fastapi", "level", "trace_id"),
            ("tskv", "level", "trace_id"),
            ("dynamo", "span_name", "trace_id"),
        ] {
            let systems = presets();
            let system = systems.iter().find(|system| system.name == name).unwrap();
            assert_eq!(regions.event_field(system).unwrap().name, event);
            assert_eq!(regions.key_field(system).unwrap().unwrap().name, key);
            assert_eq!(EventOptions::default().key_field(system), Ok(None));
            let bare = System {
                fields: Vec::new(),
                ..system.clone()
            };
            let error = regions.event_field(&bare).unwrap_err().to_string();
            assert!(
                error.starts_with("events.field is missing: system"),
                "{error}"
            );
            let error = regions.key_field(&bare).unwrap_err().to_string();
            assert!(
                error.starts_with("events.key is missing: system"),
                "{error}"
            );
            let named = EventOptions {
                key: Some("order_id".to_owned()),
                ..regions.clone()
            };
            assert_eq!(named.key_field(&bare).unwrap().unwrap().name, "order_id");
        }
    }
}
