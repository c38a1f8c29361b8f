//! The JSON of a push, read as leniently as Loki does.
//!
//! Unknown keys are passed over, so is whatever comes behind the object; numbers and booleans are texts of
//! labels; of equal names the last counts. Times, lines and metadata must be strings.
//! Source: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What Loki says of a value of the wrong type.
const NO_NUMBER: &str =
    "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol";
const NO_STRING: &str = "Value is string, but can't find closing '\"' symbol";
const NO_OBJECT: &str = "Value looks like object, but can't find closing '}' symbol";
const NO_ARRAY: &str = "Value is array, but can't find closing ']' symbol";

/// A stream as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WireStream {
    /// Its labels.
    pub stream: Labels,
    /// Its lines.
    #[serde(deserialize_with = "values")]
    pub values: Vec<WireEntry>,
}

/// Names and values, sorted by name, each name once; a value may be empty.
#[derive(Debug, Default)]
pub struct Labels(pub Vec<(String, String)>);

/// A line as it was sent.
#[derive(Debug)]
pub struct WireEntry {
    /// Nanoseconds since the epoch; `None` of an empty array.
    pub timestamp_ns: Option<i64>,
    /// The line.
    pub line: String,
    /// Structured metadata in the order in which it was sent, each name once.
    pub metadata: Vec<(String, String)>,
}

/// Reads the streams of a push.
///
/// # Errors
/// What is wrong with the body, about in Loki's words.
pub fn streams(body: &[u8]) -> Result<Vec<WireStream>, String> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Body {
        #[serde(alias = "Streams")]
        streams: Option<Vec<WireStream>>,
    }

    let text = String::from_utf8_lossy(body);
    let start = text.trim_start();
    let Some(first) = start.chars().next() else {
        return Err("EOF".to_owned());
    };
    if start.starts_with("null") {
        return Ok(Vec::new());
    }
    if first != '{' {
        let shown: String = start.chars().take(40).collect();
        return Err(format!(
            "readObjectStart: expect {{ or n, but found {first}, error found in #1 byte of ...|{shown}|..., \
             bigger context ...|{shown}|..."
        ));
    }
    let mut reader = serde_json::Deserializer::from_str(&text);
    let body = Body::deserialize(&mut reader).map_err(|error| {
        let problem = words(&error);
        format!("loghttp.PushRequest.Streams: []loghttp.LogProtoStream: {problem}")
    })?;
    Ok(body.streams.unwrap_or_default())
}

/// What is wrong, in Loki's words where these are known.
fn words(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "ReadArrayCB: expect ] in the end, but found \0".to_owned();
    }
    let text = error.to_string();
    let known = [NO_NUMBER, NO_STRING, NO_OBJECT, NO_ARRAY];
    let problem = known.into_iter().find(|words| text.contains(words));
    format!("unmarshalerDecoder: {}", problem.unwrap_or(&text))
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(NO_OBJECT)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut labels: Vec<(String, String)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    let value = match value {
                        Value::String(text) => text,
                        Value::Null => String::new(),
                        other => other.to_string(),
                    };
                    set(&mut labels, name, value);
                }
                labels.sort_unstable();
                Ok(Labels(labels))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<WireEntry>, D::Error> {
    struct Read;
    impl<'de> Visitor<'de> for Read {
        type Value = Vec<WireEntry>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(NO_ARRAY)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut entries = Vec::with_capacity(seq.size_hint().unwrap_or(0));
            while let Some(entry) = seq.next_element()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_seq(Read)
}

impl<'de> Deserialize<'de> for WireEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = WireEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(NO_ARRAY)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<WireEntry, A::Error> {
                let time: Option<Text<Timestamp>> = seq.next_element()?;
                let line: Option<Text<String>> = seq.next_element()?;
                let metadata: Option<Metadata> = seq.next_element()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(WireEntry {
                    timestamp_ns: time.map(|time| time.0.0),
                    line: line.map(|line| line.0).unwrap_or_default(),
                    metadata: metadata.map(|metadata| metadata.0).unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_seq(Read)
    }
}

/// Something that stands in the body as a string.
trait FromText: Sized {
    /// What Loki says when it is something else.
    const PROBLEM: &'static str;

    fn from_text(text: &str) -> Option<Self>;
}

struct Text<T>(T);

struct Timestamp(i64);

impl FromText for Timestamp {
    const PROBLEM: &'static str = NO_NUMBER;

    fn from_text(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().map(Timestamp)
    }
}

impl FromText for String {
    const PROBLEM: &'static str = NO_STRING;

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl<'de, T: FromText> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(std::marker::PhantomData<T>);
        impl<T: FromText> Visitor<'_> for Read<T> {
            type Value = Text<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::PROBLEM)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                T::from_text(text)
                    .map(Text)
                    .ok_or_else(|| E::custom(T::PROBLEM))
            }
        }
        deserializer.deserialize_str(Read(std::marker::PhantomData))
    }
}

struct Metadata(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Metadata;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(NO_OBJECT)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(name) = map.next_key::<String>()? {
                    let value: Text<String> =
                        map.next_value().map_err(|_| A::Error::custom(NO_STRING))?;
                    set(&mut pairs, name, value.0);
                }
                Ok(Metadata(pairs))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

/// Sets a name's value, over an earlier one.
fn set(pairs: &mut Vec<(String, String)>, name: String, value: String) {
    match pairs.iter_mut().find(|(known, _)| *known == name) {
        Some(pair) => pair.1 = value,
        None => pairs.push((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Vec<WireStream>, String> {
        streams(body.as_bytes())
    }

    #[test]
    fn what_loki_takes() {
        for (name, body, count) in [
            ("nothing", "{}", 0),
            ("null", "null", 0),
            ("no streams", r#"{"streams":null}"#, 0),
            ("unknown keys", r#"{"a":[{}],"streams":[{"b":1}]}"#, 1),
            ("no values", r#"{"streams":[{"stream":{"a":"b"}}]}"#, 1),
            ("other case", r#"{"Streams":[{}]}"#, 1),
            ("more behind", r#"{"streams":[{}]} and more"#, 1),
        ] {
            assert_eq!(read(body).map(|s| s.len()), Ok(count), "{name}");
        }
    }

    #[test]
    fn values_are_read_as_loki_reads_them() {
        let body = r#"{"streams":[{"stream":{"n":5,"b":true,"z":null,"d":"1","d":"2"},
            "values":[["-1","a\u7ec4"],["2"],[],["3","x",{"q":"1","p":"2","q":"3"},4]]}]}"#;
        let streams = read(body).unwrap();
        let labels: Vec<_> = streams[0]
            .stream
            .0
            .iter()
            .map(|(n, v)| (&**n, &**v))
            .collect();
        assert_eq!(labels, [("b", "true"), ("d", "2"), ("n", "5"), ("z", "")]);
        let values = &streams[0].values;
        let times: Vec<_> = values.iter().map(|value| value.timestamp_ns).collect();
        assert_eq!(times, [Some(-1), Some(2), None, Some(3)]);
        assert_eq!((&*values[0].line, &*values[1].line), ("a组", ""));
        let metadata: Vec<_> = values[3]
            .metadata
            .iter()
            .map(|(n, v)| (&**n, &**v))
            .collect();
        assert_eq!(metadata, [("q", "3"), ("p", "2")]);
    }

    #[test]
    fn what_loki_refuses() {
        for (name, body, words) in [
            ("empty", "", "EOF"),
            ("text", "hello", "expect { or n, but found h"),
            ("array", "[]", "expect { or n, but found ["),
            (
                "cut off",
                r#"{"streams":[{"stream":{"a":"b"}"#,
                "expect ] in the end",
            ),
            (
                "time as number",
                r#"{"streams":[{"values":[[5,"x"]]}]}"#,
                NO_NUMBER,
            ),
            (
                "time as text",
                r#"{"streams":[{"values":[["abc","x"]]}]}"#,
                NO_NUMBER,
            ),
            (
                "time as float",
                r#"{"streams":[{"values":[["1.5","x"]]}]}"#,
                NO_NUMBER,
            ),
            (
                "time with sign",
                r#"{"streams":[{"values":[["+1","x"]]}]}"#,
                NO_NUMBER,
            ),
            (
                "time too large",
                r#"{"streams":[{"values":[["99999999999999999999","x"]]}]}"#,
                NO_NUMBER,
            ),
            (
                "line as number",
                r#"{"streams":[{"values":[["1",5]]}]}"#,
                NO_STRING,
            ),
            (
                "metadata as text",
                r#"{"streams":[{"values":[["1","x","m"]]}]}"#,
                NO_OBJECT,
            ),
            (
                "metadata as null",
                r#"{"streams":[{"values":[["1","x",null]]}]}"#,
                NO_OBJECT,
            ),
            (
                "number in metadata",
                r#"{"streams":[{"values":[["1","x",{"a":5}]]}]}"#,
                NO_STRING,
            ),
            (
                "labels as text",
                r#"{"streams":[{"stream":"{a=\"b\"}"}]}"#,
                NO_OBJECT,
            ),
            (
                "half a character",
                r#"{"streams":[{"values":[["1","\ud800 x"]]}]}"#,
                "hex escape",
            ),
        ] {
            let problem = read(body).unwrap_err();
            assert!(problem.contains(words), "{name}: {problem}");
        }
    }
}
