//! The four presets: data files, one each.

use super::{RawSystem, System};

/// The presets' names.
pub const PRESET_NAMES: [&str; 4] = ["ginkgo", "fastapi", "tskv", "dynamo"];

/// Returns the preset of this name; `None` for a name that is none.
pub(super) fn preset(name: &str) -> Option<System> {
    let text = match name {
        "ginkgo" => include_str!("presets/ginkgo.toml"),
        "fastapi" => include_str!("presets/fastapi.toml"),
        "tskv" => include_str!("presets/tskv.toml"),
        "dynamo" => include_str!("presets/dynamo.toml"),
        _ => return None,
    };
    // A preset that does not read is a mistake in this repository; the test below finds it.
    let raw: RawSystem = toml::from_str(text).ok()?;
    let mut system = System::try_from(raw).ok()?;
    system.configured = false;
    system.preset = PRESET_NAMES.into_iter().find(|known| *known == name);
    Some(system)
}

/// Returns all presets, in their fixed order.
pub fn presets() -> Vec<System> {
    PRESET_NAMES.into_iter().filter_map(preset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Role;

    /// The table of log-formats.md, "Names and roles in the presets".
    #[test]
    fn roles_are_as_dashboards_have_stored_them() {
        let systems = presets();
        let names = |role| {
            let name = |s: &System| s.role(role).map_or("-".to_owned(), |f| f.name.clone());
            systems.iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(systems.len(), 4, "every preset reads");
        for (role, expected) in [
            (Role::Time, ["time", "time", "time", "time"]),
            (Role::Level, ["level", "level", "level", "level"]),
            (Role::Message, ["message", "message", "event", "message"]),
            (
                Role::Trace,
                ["trace_id", "trace_id", "trace_id", "trace_id"],
            ),
            (Role::Span, ["span_id", "span_id", "-", "span_id"]),
            (Role::ParentSpan, ["-", "-", "-", "parent_id"]),
            (Role::Portfolio, ["portfolio_id", "-", "-", "-"]),
            (Role::Strategy, ["strategy_id", "-", "-", "-"]),
            (Role::Run, ["task_id", "-", "-", "-"]),
            (
                Role::Service,
                [
                    "container",
                    "service_name",
                    "service",
                    "nvidia_com_dynamo_component_type",
                ],
            ),
            (
                Role::Component,
                ["component_name", "logger_name", "logger", "component"],
            ),
            (Role::Event, ["event_type", "-", "-", "span_name"]),
            (Role::Symbol, ["symbol", "-", "-", "-"]),
            (Role::Duration, ["duration_ms", "-", "-", "duration_us"]),
            (
                Role::ErrorType,
                ["error_type", "error_type", "error_type", "-"],
            ),
            (Role::BusinessTime, ["business_timestamp", "-", "-", "-"]),
            (Role::Status, ["-", "status_code", "status_code", "-"]),
            (Role::Request, ["-", "-", "request_id", "x_request_id"]),
        ] {
            assert_eq!(names(role), expected, "{role}");
        }
    }

    #[test]
    fn presets_have_their_default_selectors() {
        let selectors: Vec<String> = presets().iter().map(|s| s.selector.to_string()).collect();
        assert_eq!(
            selectors,
            [
                r#"{job="ginkgo"}"#,
                r#"{job="fastapi"}"#,
                r#"{job="docker"}"#,
                r#"{nvidia_com_dynamo_graph_deployment_name=~".+"}"#,
            ]
        );
    }
}
