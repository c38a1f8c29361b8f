//! `detected_level`: what Loki takes for the level of a line while it is written.
//!
//! As a Loki 3.7 was seen to do it, in this order; the first that is there decides:
//! - labels, then metadata, of the names in [`FIELDS`]: known words are written in one way, others stay;
//! - metadata `severity_number`, by OpenTelemetry's ranges;
//! - a JSON object: the first of these keys in it or one object deeper; else `key=value` pairs: the first
//!   of [`FIELDS`] that is there;
//! - if that is no known word: the first word of the line that is one.
//!
//! Source: <https://grafana.com/docs/loki/latest/configure/#limits_config> (`discover_log_levels`).

use crate::pipeline::LabelSet;

/// The name of the metadata.
pub const DETECTED_LEVEL: &str = "detected_level";

/// Names of fields that hold a level, first the ones that are preferred.
pub const FIELDS: [&str; 14] = [
    "level",
    "LEVEL",
    "Level",
    "log.level",
    "severity",
    "SEVERITY",
    "Severity",
    "SeverityText",
    "lvl",
    "LVL",
    "Lvl",
    "severity_text",
    "Severity_Text",
    "SEVERITY_TEXT",
];

/// How deep a key may stand in a JSON object.
const DEEPEST: u32 = 2;

/// Words that are found in a line's text.
const WORDS: [&str; 9] = [
    "trace", "debug", "info", "warn", "warning", "error", "err", "critical", "fatal",
];

/// Returns the level of a line. `labels` and `metadata` are sorted by name.
pub fn detect(labels: &LabelSet, metadata: &[(String, String)], line: &str) -> String {
    let of = |pairs: &[(String, String)], name: &str| {
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let field = |pairs: &[(String, String)]| FIELDS.iter().find_map(|name| of(pairs, name));
    if let Some(level) = field(labels).or_else(|| field(metadata)) {
        return known(&level).map_or(level, str::to_owned);
    }
    if let Some(number) = of(metadata, "severity_number") {
        return by_number(&number).to_owned();
    }
    let inside = if line.trim_start().starts_with('{') {
        json(line)
    } else {
        logfmt(line)
    };
    let level = inside.as_deref().and_then(known).or_else(|| word(line));
    level.unwrap_or("unknown").to_owned()
}

/// Returns a level as it is written, if it is one.
pub fn known(text: &str) -> Option<&'static str> {
    // The one letter beyond ASCII whose small letter is in it.
    Some(match text.replace('İ', "i").to_ascii_lowercase().as_str() {
        "trace" | "trc" => "trace",
        "debug" | "dbg" => "debug",
        "info" | "inf" | "information" => "info",
        "warn" | "wrn" | "warning" => "warn",
        "error" | "err" => "error",
        "critical" => "critical",
        "fatal" => "fatal",
        _ => return None,
    })
}

fn by_number(text: &str) -> &'static str {
    match text.parse::<i64>() {
        Ok(1..=4) => "trace",
        Ok(5..=8) => "debug",
        Ok(9..=12) => "info",
        Ok(13..=16) => "warn",
        Ok(17..=20) => "error",
        Ok(21..=24) => "fatal",
        Ok(_) => "unknown",
        Err(_) => "info",
    }
}

/// Returns the raw text of the first field that holds a level, if the line is one JSON object.
fn json(line: &str) -> Option<String> {
    let object: &serde_json::value::RawValue = serde_json::from_str(line).ok()?;
    in_object(object, 1)
}

fn in_object(object: &serde_json::value::RawValue, depth: u32) -> Option<String> {
    let fields: Fields<'_> = serde_json::from_str(object.get()).ok()?;
    for (key, value) in fields.0 {
        let raw = value.get();
        if FIELDS.contains(&key.as_str()) {
            let text = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
            return Some(text.unwrap_or(raw).to_owned());
        }
        if depth < DEEPEST
            && raw.starts_with('{')
            && let Some(level) = in_object(value, depth + 1)
        {
            return Some(level);
        }
    }
    None
}

/// Keys and raw values of an object in their order.
struct Fields<'a>(Vec<(String, &'a serde_json::value::RawValue)>);

impl<'de> serde::Deserialize<'de> for Fields<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> serde::de::Visitor<'de> for Read {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// Returns the value of the first of [`FIELDS`] among `key=value` pairs. What is wrong ends the pairs.
fn logfmt(line: &str) -> Option<String> {
    if !line.contains('=') {
        return None;
    }
    let pairs = pairs(line);
    FIELDS.iter().find_map(|name| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone())
    })
}

/// Reads pairs up to the first that is wrong. A quote inside a key or a bare value is wrong, so is a `=` in
/// a value.
fn pairs(line: &str) -> Vec<(&str, String)> {
    let mut pairs = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(|c: char| c <= ' ');
        if rest.is_empty() {
            return pairs;
        }
        let end = rest.find(|c: char| c <= ' ' || c == '=' || c == '"');
        let (key, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let Some(value) = behind.strip_prefix('=') else {
            if behind.starts_with('"') {
                return pairs;
            }
            rest = behind;
            continue;
        };
        if key.is_empty() {
            return pairs;
        }
        let read = if value.starts_with('"') {
            quoted(value)
        } else {
            bare(value)
        };
        let Some((value, behind)) = read else {
            return pairs;
        };
        pairs.push((key, value));
        rest = behind;
    }
}

fn bare(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c: char| c <= ' ' || c == '=' || c == '"');
    let (value, behind) = text.split_at(end.unwrap_or(text.len()));
    let ends = behind.chars().next().is_none_or(|c| c <= ' ');
    ends.then(|| (value.to_owned(), behind))
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let value = strings.next()?.ok()?;
    let behind = text.get(strings.byte_offset()..)?;
    let ends = behind.chars().next().is_none_or(|c| c <= ' ');
    ends.then_some((value, behind))
}

/// Returns the first word that is a level. Words end at other characters than they begin behind: a colon
/// ends one, and none begins behind it.
fn word(line: &str) -> Option<&'static str> {
    let bytes = line.as_bytes();
    let mut begins = true;
    for (place, byte) in bytes.iter().enumerate() {
        if begins {
            let rest = bytes.get(place..).unwrap_or_default();
            let found = WORDS.iter().find(|word| {
                let ahead = rest.get(..word.len());
                ahead.is_some_and(|ahead| ahead.eq_ignore_ascii_case(word.as_bytes()))
                    && rest.get(word.len()).is_none_or(|c| ends_word(*c))
            });
            if let Some(word) = found {
                return known(word);
            }
        }
        begins = matches!(
            byte,
            b'\t' | b'\n' | b' ' | b'"' | b'(' | b'=' | b'[' | b'{'
        );
    }
    None
}

fn ends_word(byte: u8) -> bool {
    matches!(
        byte,
        b'\t'
            | b'\n'
            | b' '
            | b'!'
            | b'"'
            | b'('
            | b')'
            | b','
            | b':'
            | b'='
            | b'['
            | b']'
            | b'{'
            | b'}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> LabelSet {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// Lines and their levels as Loki 3.7.6 said them.
    #[test]
    fn lines() {
        for (line, level) in [
            ("", "unknown"),
            ("a information b", "unknown"),
            ("info then error", "info"),
            ("warning error", "warn"),
            ("terror errors [error]", "error"),
            ("level:error", "unknown"),
            ("err: x", "error"),
            ("level='error'", "unknown"),
            ("ERROR! x", "error"),
            ("x-error", "unknown"),
            ("dbg wrn inf", "unknown"),
            (r#"{"level":"wrn"}"#, "warn"),
            (r#"{"levels":"wrn"}"#, "unknown"),
            (r#"{"a":{"level":"wrn"}}"#, "warn"),
            (r#"{"a":{"b":{"level":"wrn"}}}"#, "unknown"),
            (r#"{"log.level":"wrn"}"#, "warn"),
            (r#" {"LEVEL" : "WRN"}"#, "warn"),
            (r#"{"level":"  wrn "}"#, "unknown"),
            (r#"{"level":"wrn""#, "unknown"),
            (r#"{"msg":"x" "level":"wrn"}"#, "unknown"),
            (r#"{"level":"wrn"} behind"#, "unknown"),
            (r#"["level","wrn"]"#, "unknown"),
            (r#"{"level":["wrn"]}"#, "unknown"),
            (r#"{"level":"zzz","lvl":"wrn"}"#, "unknown"),
            (r#"{"lvl":"inf","level":"wrn"}"#, "info"),
            (r#"{"log":{"level":"inf"},"level":"wrn"}"#, "info"),
            (r#"{"level":"\u0077rn"}"#, "unknown"),
            (r#"{"le\u0076el":"wrn"}"#, "warn"),
            (r#"{"level":50,"msg":"error"}"#, "error"),
            (r#"{"message":"error","level":"inf"}"#, "info"),
            (r#"{"message":"error","level":"zzz"}"#, "error"),
            (r#"{"level":"zzz"} error"#, "error"),
            ("level=wrn", "warn"),
            ("foo level=wrn", "warn"),
            (r#"level="wrn" x"#, "warn"),
            ("level='wrn'", "unknown"),
            ("level = wrn", "unknown"),
            ("log.level=wrn", "warn"),
            ("level=wrn,x", "unknown"),
            (r#"x="a level=wrn b""#, "unknown"),
            ("level= wrn", "unknown"),
            ("lvl=wrn level=inf", "info"),
            ("level=zzz lvl=wrn", "unknown"),
            ("severity=wrn log.level=inf", "info"),
            ("level=wrn a==b", "warn"),
            ("a==b level=wrn", "unknown"),
            ("=wrn level=inf", "unknown"),
            ("a=b\"c level=wrn", "unknown"),
            (r#"level=wrn ""#, "warn"),
            ("\"level=wrn\"", "unknown"),
            ("msg='x level=wrn y'", "warn"),
            ("{ level=wrn }", "unknown"),
            ("level=50 error", "error"),
            ("tskv\tlevel=ERROR\tx=1", "error"),
            ("tskv time='2026' level='ERROR' x=1", "unknown"),
        ] {
            assert_eq!(detect(&LabelSet::new(), &[], line), level, "{line}");
        }
    }

    #[test]
    fn labels_and_metadata_come_first() {
        for (name, labels, metadata, level) in [
            (
                "label",
                &[("level", "Err")][..],
                &[("level", "info")][..],
                "error",
            ),
            ("another word stays", &[("level", "Foo")], &[], "Foo"),
            (
                "preferred",
                &[("level", "warn"), ("lvl", "error")],
                &[],
                "warn",
            ),
            ("metadata", &[], &[("severity_text", "wrn")], "warn"),
            ("dots are gone", &[], &[("log_level", "warn")], "debug"),
            ("number", &[], &[("severity_number", "17")], "error"),
            ("no number", &[], &[("severity_number", "x")], "info"),
            ("far number", &[], &[("severity_number", "25")], "unknown"),
            (
                "text before number",
                &[],
                &[("level", "info"), ("severity_number", "17")],
                "info",
            ),
        ] {
            assert_eq!(
                detect(&set(labels), &set(metadata), "level=debug"),
                level,
                "{name}"
            );
        }
    }
}
