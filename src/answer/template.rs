//! Texts with `{{field}}` in the place of a field's value.

use std::borrow::Cow;

use crate::query::Query;
use crate::schema::{Field, Role, System};

/// A text whose fields have numbers in a list of fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// The number of a field.
    Value(usize),
}

impl Template {
    /// Reads a template; `number` gives each name its field's number. `{{` that nothing ends is text.
    pub fn new(text: &str, mut number: impl FnMut(&str) -> usize) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            let Some((name, after)) = behind.split_once("}}") else {
                break;
            };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Value(number(name.trim())));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Self(pieces)
    }

    /// Returns the text with these values; what is missing is empty.
    pub fn fill<'v>(&self, value: impl Fn(usize) -> Option<Cow<'v, str>>) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => Cow::Borrowed(text.as_str()),
            Piece::Value(number) => value(*number).unwrap_or_default(),
        });
        pieces.collect::<String>().trim().to_owned()
    }
}

/// Returns the field that a template names: one of the system's, the one with the role of this name,
/// the event's (`field`), else any of this name.
pub fn named(name: &str, query: &Query, system: &System) -> Field {
    if let Some(field) = system.fields.iter().find(|field| field.name == name) {
        return field.clone();
    }
    let by_role = Role::from_name(name).and_then(|role| system.role(role));
    if let Some(field) = by_role {
        return field.clone();
    }
    let event = (name == "field").then(|| query.events.event_field(system).ok());
    event.flatten().unwrap_or_else(|| system.field(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_their_names_stood() {
        let names = ["a", "b"];
        let values = [Some("1"), None];
        for (text, expected) in [
            ("{{a}}", "1"),
            ("x {{ a }} y{{a}}", "x 1 y1"),
            ("{{a}} {{b}}", "1"),
            ("{{b}}", ""),
            ("plain }} {a}", "plain }} {a}"),
            ("{{a", "{{a"),
            ("{{a}} {{", "1 {{"),
            ("", ""),
        ] {
            let number = |name: &str| names.iter().position(|known| *known == name).unwrap();
            let template = Template::new(text, number);
            let filled = template.fill(|number| values[number].map(Cow::Borrowed));
            assert_eq!(filled, expected, "{text}");
        }
    }

    #[test]
    fn names_are_fields_then_roles_then_the_event() {
        let systems = crate::schema::presets();
        let of = |system: &str, name: &str| {
            let system = systems.iter().find(|known| known.name == system).unwrap();
            let query = Query::try_from(&serde_json::json!({ "result": "events" })).unwrap();
            named(name, &query, system)
        };
        assert_eq!(of("ginkgo", "field").name, "event_type");
        assert_eq!(of("ginkgo", "portfolio").name, "portfolio_id");
        assert_eq!(of("tskv", "event").role, Some(Role::Message));
        assert_eq!(of("tskv", "message").name, "event");
        assert_eq!(of("tskv", "field").name, "level");
        assert_eq!(of("tskv", "order.id").role, None);
    }
}
