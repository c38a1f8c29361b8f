//! Systems as they are written: in the presets' TOML and in the data source's settings.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Field, FieldType, Level, LevelMap, Role, Source, System, bounds, listed, preset};
use crate::line::{Format, Path};
use crate::logql::{is_name, parse_selector};

/// One system, as written. Everything may be missing; `System` says what must be there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawSystem {
    /// The system's name; the preset's where it is missing.
    pub name: String,
    /// The preset that it starts from.
    pub preset: String,
    /// The stream selector.
    pub selector: String,
    /// `json`, `tskv`, `logfmt` or `text`.
    pub format: String,
    /// The zone of times that name none.
    pub time_zone: String,
    /// Fields that are added, or that change the preset's field of the same name.
    pub fields: Vec<RawField>,
    /// The levels that count as errors.
    pub error_levels: Option<Vec<String>>,
    /// More words for levels: word to canonical level.
    pub level_map: BTreeMap<String, String>,
}

/// One field, as written. What is missing is the preset's, or the default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RawField {
    /// The field's name.
    pub name: String,
    /// The role's name; an empty one takes the preset's role away.
    pub role: Option<String>,
    /// The type's name.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `auto`, or places in order.
    pub source: Option<OneOrMany>,
    /// The key or path inside the line, or several in order.
    pub key: Option<OneOrMany>,
    /// Grafana's name of the unit.
    pub unit: Option<String>,
    /// One sentence for users.
    pub description: Option<String>,
}

/// One text, or several in order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// What is wrong with a system, and with which of its parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at} {problem}")]
pub struct SchemaError {
    /// The part, as the settings name it: `fields[2].role`.
    pub at: String,
    /// What is wrong with it and what is valid.
    pub problem: String,
}

impl SchemaError {
    pub(super) fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            problem: problem.into(),
        }
    }

    fn unknown<'a>(
        at: impl Into<String>,
        input: &str,
        valid: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self::new(at, format!("{input:?} is not known: use {}", listed(valid)))
    }
}

impl TryFrom<RawSystem> for System {
    type Error = SchemaError;

    /// Builds a system from its preset and what is written over it.
    fn try_from(raw: RawSystem) -> Result<Self, SchemaError> {
        bounds::check(&raw)?;
        let mut system = match raw.preset.as_str() {
            "" => Self::empty(),
            name => preset::preset(name)
                .ok_or_else(|| SchemaError::unknown("preset", name, preset::PRESET_NAMES))?,
        };
        system.configured = true;
        if !raw.name.is_empty() {
            system.name = raw.name;
        }
        if system.name.is_empty() {
            return Err(SchemaError::new(
                "name",
                "is missing: give the system a name or a preset",
            ));
        }
        if !raw.selector.trim().is_empty() {
            system.selector = parse_selector(&raw.selector).map_err(|error| {
                SchemaError::new(
                    "selector",
                    format!("{:?} is not valid: {error}", raw.selector),
                )
            })?;
        }
        if system.selector.matchers.is_empty() {
            return Err(SchemaError::new(
                "selector",
                "is missing: name the system's streams, for example {job=\"ginkgo\"}",
            ));
        }
        if !raw.format.is_empty() {
            system.format = raw.format.parse().map_err(|_| {
                SchemaError::unknown("format", &raw.format, ["json", "tskv", "logfmt", "text"])
            })?;
        }
        if !raw.time_zone.is_empty() {
            system.time_zone = jiff::tz::TimeZone::get(&raw.time_zone).map_err(|_| {
                let problem = format!(
                    "{:?} is not known: use a name such as UTC or Asia/Shanghai",
                    raw.time_zone
                );
                SchemaError::new("timeZone", problem)
            })?;
        }
        for (index, field) in raw.fields.into_iter().enumerate() {
            apply_field(&mut system, field, index)?;
        }
        check_roles(&system)?;
        if let Some(level) = system.role(Role::Level).cloned() {
            system.levels.set_numbers_of(&level);
        }
        for (word, level) in &raw.level_map {
            let at = || format!("levelMap[{word:?}]");
            system.levels.set(word, level_named(level, at)?);
        }
        if let Some(levels) = raw.error_levels {
            let levels = levels.iter().enumerate();
            system.error_levels = levels
                .map(|(i, level)| level_named(level, || format!("errorLevels[{i}]")))
                .collect::<Result<_, _>>()?;
        }
        Ok(system)
    }
}

fn level_named(name: &str, at: impl FnOnce() -> String) -> Result<Level, SchemaError> {
    let level = Level::from_name(&name.trim().to_ascii_lowercase());
    level.ok_or_else(|| SchemaError::unknown(at(), name, Level::ALL.map(Level::as_str)))
}

/// Adds a field, or changes the one of the same name.
fn apply_field(system: &mut System, raw: RawField, index: usize) -> Result<(), SchemaError> {
    let at = |part: &str| format!("fields[{index}].{part}");
    if !is_name(&raw.name) {
        let problem = format!(
            "{:?} is not valid: use letters, digits and _, not starting with a digit",
            raw.name
        );
        return Err(SchemaError::new(at("name"), problem));
    }
    let position = system.fields.iter().position(|f| f.name == raw.name);
    let mut field = position
        .and_then(|i| system.fields.get(i).cloned())
        .unwrap_or_else(|| Field::ad_hoc(&raw.name));
    if let Some(role) = raw.role {
        field.role = match role.as_str() {
            "" => None,
            name => Some(Role::from_name(name).ok_or_else(|| {
                SchemaError::unknown(at("role"), name, Role::ALL.map(Role::as_str))
            })?),
        };
    }
    if let Some(kind) = raw.kind.filter(|kind| !kind.is_empty()) {
        field.kind = FieldType::from_name(&kind).ok_or_else(|| {
            SchemaError::unknown(at("type"), &kind, FieldType::ALL.map(FieldType::as_str))
        })?;
    }
    if let Some(unit) = raw.unit {
        field.unit = unit;
    }
    if let Some(description) = raw.description {
        field.description = description;
    }
    let keys = match &raw.key {
        Some(keys) => Some(paths(keys.as_slice(), &at("key"))?),
        None => None,
    };
    if let Some(source) = &raw.source {
        let keys = keys.unwrap_or_else(|| field.line_paths().cloned().collect());
        field.sources = sources(&raw.name, source.as_slice(), &keys, &at("source"))?;
    } else if let Some(keys) = keys {
        field.sources = with_paths(&field.sources, &keys);
    }
    match position.and_then(|i| system.fields.get_mut(i)) {
        Some(place) => *place = field,
        None => system.fields.push(field),
    }
    Ok(())
}

fn paths(keys: &[String], at: &str) -> Result<Vec<Path>, SchemaError> {
    let mut paths = Vec::new();
    for key in keys {
        let parsed = Path::parse_key(key)
            .map_err(|error| SchemaError::new(at, format!("{key:?} is not valid: {error}")))?;
        paths.extend(parsed);
    }
    if paths.is_empty() {
        return Err(SchemaError::new(at, "is empty: name at least one key"));
    }
    Ok(paths)
}

/// Puts other paths where the field's line places stood (behind the others where it had none).
fn with_paths(sources: &[Source], paths: &[Path]) -> Vec<Source> {
    let first = sources
        .iter()
        .position(|source| matches!(source, Source::Line(_)))
        .unwrap_or(sources.len());
    let kept = |source: &&Source| !matches!(source, Source::Line(_));
    let before = sources.iter().take(first).filter(kept).cloned();
    let after = sources.iter().skip(first).filter(kept).cloned();
    let lines = paths.iter().cloned().map(Source::Line);
    before.chain(lines).chain(after).collect()
}

fn sources(
    name: &str,
    written: &[String],
    keys: &[Path],
    at: &str,
) -> Result<Vec<Source>, SchemaError> {
    if written.is_empty() {
        return Err(SchemaError::new(
            at,
            "is empty: use auto, label, metadata or line",
        ));
    }
    let key_or_name = || match keys {
        [] => Path::parse_key(name).unwrap_or_default(),
        keys => keys.to_vec(),
    };
    let mut sources = Vec::new();
    for text in written {
        let (place, target) = match text.split_once(':') {
            Some((place, target)) => (place, Some(target)),
            None => (text.as_str(), None),
        };
        let label = || {
            let target = target.unwrap_or(name);
            let label = is_name(target).then(|| target.to_owned());
            label.ok_or_else(|| {
                let problem = format!("{text:?} is not valid: {target:?} can be no label name");
                SchemaError::new(at, problem)
            })
        };
        match place {
            "auto" if target.is_none() => {
                sources.push(Source::Label(name.to_owned()));
                sources.push(Source::Metadata(name.to_owned()));
                sources.extend(key_or_name().into_iter().map(Source::Line));
            }
            "label" => sources.push(Source::Label(label()?)),
            "metadata" => sources.push(Source::Metadata(label()?)),
            "line" => {
                let line = match target {
                    Some(target) => paths(&[target.to_owned()], at)?,
                    None => key_or_name(),
                };
                sources.extend(line.into_iter().map(Source::Line));
            }
            _ => {
                let valid = ["auto", "label[:name]", "metadata[:name]", "line[:key]"];
                return Err(SchemaError::unknown(at, text, valid));
            }
        }
    }
    sources.dedup();
    Ok(sources)
}

fn check_roles(system: &System) -> Result<(), SchemaError> {
    for (index, field) in system.fields.iter().enumerate() {
        let Some(role) = field.role else { continue };
        let other = system
            .fields
            .iter()
            .take(index)
            .find(|f| f.role == Some(role));
        if let Some(other) = other {
            let problem = format!(
                "{:?} has role {role}, which {:?} has already: clear one with an empty role",
                field.name, other.name
            );
            return Err(SchemaError::new("fields", problem));
        }
    }
    Ok(())
}

impl System {
    fn empty() -> Self {
        Self {
            name: String::new(),
            preset: None,
            selector: crate::logql::Selector { matchers: vec![] },
            format: Format::Json,
            time_zone: jiff::tz::TimeZone::UTC,
            fields: Vec::new(),
            levels: LevelMap::default(),
            error_levels: vec![Level::Error, Level::Critical],
            configured: false,
        }
    }
}

#[cfg(test)]
mod tests;
