//! Lines and numbers as JSON.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use crate::metric::{InstantValue, Series};
use crate::pipeline::LabelSet;
use crate::query::{LogAnswer, NumberAnswer, Row, Stats};

/// Writes the answer to a log query.
///
/// # Errors
/// Never for what this crate makes; serde's error else.
pub fn lines(answer: &LogAnswer, categorize: bool) -> serde_json::Result<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        result_type: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        encoding_flags: Option<[&'a str; 1]>,
        result: Vec<Stream<'a>>,
        stats: serde_json::Value,
    }
    #[derive(Serialize)]
    struct Stream<'a> {
        stream: Pairs<'a>,
        values: Values<'a>,
    }
    struct Values<'a> {
        rows: &'a [Row],
        categorize: bool,
    }
    impl Serialize for Values<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut values = serializer.serialize_seq(Some(self.rows.len()))?;
            for row in self.rows {
                let time = row.timestamp_ns.to_string();
                if self.categorize {
                    values.serialize_element(&(time, &row.line, Categories(row)))?;
                } else {
                    values.serialize_element(&(time, &row.line))?;
                }
            }
            values.end()
        }
    }
    let result = answer.streams.iter().map(|(labels, rows)| Stream {
        stream: Pairs(labels),
        values: Values { rows, categorize },
    });
    success(Data {
        result_type: "streams",
        encoding_flags: categorize.then_some(["categorize-labels"]),
        result: result.collect(),
        stats: answer.stats.json(),
    })
}

/// Writes the answer to a metric query. `time_ns` is the time of an instant query.
///
/// # Errors
/// As [`lines`].
pub fn numbers(answer: &NumberAnswer, stats: &Stats, time_ns: i64) -> serde_json::Result<String> {
    match answer {
        NumberAnswer::Matrix(series) => {
            let series: Vec<_> = series.iter().map(Matrix).collect();
            success(result("matrix", series, stats))
        }
        NumberAnswer::Instant(InstantValue::Vector(values)) => {
            let vector = values.iter().map(|(labels, value)| Vector {
                metric: Pairs(labels),
                value: point(time_ns, *value),
            });
            success(result("vector", vector.collect::<Vec<_>>(), stats))
        }
        NumberAnswer::Instant(InstantValue::Scalar(value)) => {
            success(result("scalar", point(time_ns, *value), stats))
        }
    }
}

/// Writes values by label set at one time, as `index/volume` does.
///
/// # Errors
/// As [`lines`].
pub fn vector(
    values: &[(LabelSet, u64)],
    time_ns: i64,
    stats: &Stats,
) -> serde_json::Result<String> {
    let vector = values.iter().map(|(labels, value)| Vector {
        metric: Pairs(labels),
        value: (seconds(time_ns), value.to_string()),
    });
    success(result("vector", vector.collect::<Vec<_>>(), stats))
}

/// Writes values by label set over time, as `index/volume_range` does.
///
/// # Errors
/// As [`lines`].
pub fn matrix(values: &[(LabelSet, Vec<(i64, u64)>)], stats: &Stats) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Line<'a> {
        metric: Pairs<'a>,
        values: Vec<(serde_json::Number, String)>,
    }
    let lines = values.iter().map(|(labels, points)| Line {
        metric: Pairs(labels),
        values: points
            .iter()
            .map(|(time, value)| (seconds(*time), value.to_string()))
            .collect(),
    });
    success(result("matrix", lines.collect::<Vec<_>>(), stats))
}

#[derive(Serialize)]
struct Vector<'a> {
    metric: Pairs<'a>,
    value: (serde_json::Number, String),
}

struct Matrix<'a>(&'a Series);

impl Serialize for Matrix<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let points: Vec<_> = self.0.points.iter().map(|(t, v)| point(*t, *v)).collect();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("metric", &Pairs(&self.0.labels))?;
        map.serialize_entry("values", &points)?;
        map.end()
    }
}

/// The frame around numbers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Numbers<T> {
    result_type: &'static str,
    result: T,
    stats: serde_json::Value,
}

fn result<T>(result_type: &'static str, result: T, stats: &Stats) -> Numbers<T> {
    Numbers {
        result_type,
        result,
        stats: stats.json(),
    }
}

fn success(data: impl Serialize) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Answer<T> {
        status: &'static str,
        data: T,
    }
    let answer = Answer {
        status: "success",
        data,
    };
    serde_json::to_string(&answer).map(|text| text + "\n")
}

/// A label set as an object.
pub struct Pairs<'a>(pub &'a [(String, String)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// What stands behind a line with `categorize-labels`.
pub struct Categories<'a>(pub &'a Row);

impl Serialize for Categories<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let labels = &self.0.labels;
        let mut map = serializer.serialize_map(None)?;
        if !labels.metadata.is_empty() {
            map.serialize_entry("structuredMetadata", &Pairs(&labels.metadata))?;
        }
        if !labels.parsed.is_empty() {
            map.serialize_entry("parsed", &Pairs(&labels.parsed))?;
        }
        map.end()
    }
}

fn point(time_ns: i64, value: f64) -> (serde_json::Number, String) {
    (seconds(time_ns), number_text(value))
}

/// Seconds with milliseconds where there are any.
fn seconds(time_ns: i64) -> serde_json::Number {
    let milliseconds = time_ns.div_euclid(1_000_000);
    if milliseconds % 1000 == 0 {
        return (milliseconds / 1000).into();
    }
    let float = serde_json::Number::from_f64(milliseconds as f64 / 1000.0);
    float.unwrap_or_else(|| 0.into())
}

/// Writes a number as Loki does: never with an exponent.
fn number_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        let sign = if value > 0.0 { '+' } else { '-' };
        format!("{sign}Inf")
    } else {
        format!("{value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_an_exponent() {
        for (value, text) in [
            (2.0, "2"),
            (0.1, "0.1"),
            (1e21, "1000000000000000000000"),
            (-0.0, "-0"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
        ] {
            assert_eq!(number_text(value), text);
        }
        assert_eq!(
            seconds(1_795_963_254_500_000_000).to_string(),
            "1795963254.5"
        );
        assert_eq!(seconds(1_795_963_254_000_000_999).to_string(), "1795963254");
    }
}
