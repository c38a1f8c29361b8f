//! Systems.

use super::{Field, Level, LevelMap, Role};
use crate::line::Format;
use crate::logql::Selector;

/// A family of log streams with one vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// What users call it.
    pub name: String,
    /// The preset that it starts from; `None` where it is written from nothing.
    pub preset: Option<&'static str>,
    /// Its streams.
    pub selector: Selector,
    /// How its lines are written.
    pub format: Format,
    /// The zone of times in its lines that name none.
    pub time_zone: jiff::tz::TimeZone,
    /// Its fields, in the order in which lists show them.
    pub fields: Vec<Field>,
    /// Its words for levels.
    pub levels: LevelMap,
    /// The levels that count as errors.
    pub error_levels: Vec<Level>,
    /// Whether somebody wrote it into the settings; a preset that nobody configured and that has no
    /// streams is not shown.
    pub configured: bool,
}

impl System {
    /// Returns the field of this role.
    pub fn role(&self, role: Role) -> Option<&Field> {
        self.fields.iter().find(|field| field.role == Some(role))
    }

    /// Returns the field of this role, or the sentence's end that says what the system has instead.
    ///
    /// # Errors
    /// `needs a field with the role …`, for an error that names who needs it.
    pub fn needed(&self, role: Role) -> Result<&Field, String> {
        self.role(role).ok_or_else(|| {
            let has: Vec<&str> = self.role_fields().map(|(role, _)| role.as_str()).collect();
            let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
            format!(
                "needs a field with the role {role}, which system \"{}\" has not: its roles are {has}",
                self.name
            )
        })
    }

    /// Returns the field of this name; an unknown name is a string that may stand anywhere.
    pub fn field(&self, name: &str) -> Field {
        let known = self.fields.iter().find(|field| field.name == name);
        known.cloned().unwrap_or_else(|| Field::ad_hoc(name))
    }

    /// Returns the fields that have a role, in the roles' order.
    pub fn role_fields(&self) -> impl Iterator<Item = (Role, &Field)> {
        Role::ALL
            .into_iter()
            .filter_map(|role| Some((role, self.role(role)?)))
    }
}
