//! The answers to metric queries: `matrix` (points over time), `vector` (one point a series), `scalar`.
//!
//! A point is `[seconds, "number"]`; the seconds may have a fraction. Source: Loki v3.7.8,
//! `pkg/util/marshal`, and Prometheus' HTTP API.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Envelope, Pairs, Stats, answer, parse_data, some_of};
use crate::capacity::{Held, Lease};
use crate::loki::error::Error;

const WHAT: &str = "answer to a metric query";

/// Series of numbers, with what they cost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricAnswer {
    /// What the query cost.
    pub stats: Stats,
    /// Loki's own warnings.
    pub warnings: Vec<String>,
    /// The series.
    pub series: Vec<Series>,
    held: Held,
}

/// One series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Its labels.
    pub labels: Pairs,
    /// Its points, oldest first: nanoseconds since the epoch, and the number.
    pub points: Vec<(i64, f64)>,
}

impl MetricAnswer {
    /// Returns the bytes that the answer takes.
    pub fn memory(&self) -> usize {
        let of_series = self.series.iter().map(|series| {
            size_of::<Series>()
                + series.labels.memory()
                + series.points.capacity() * size_of::<(i64, f64)>()
        });
        let warnings = self.warnings.iter().map(String::capacity);
        of_series.sum::<usize>() + warnings.sum::<usize>()
    }

    /// Keeps so much of a lease for as long as the answer is there.
    pub(in crate::loki) fn hold(&mut self, mut lease: Lease) {
        lease.shrink_to(self.memory());
        self.held = lease.into();
    }

    /// Reads the body of an answer.
    ///
    /// # Errors
    /// [`Error::NotMetric`] when the query was a log query, [`Error::Html`] for a web page,
    /// [`Error::Answer`] for everything else that is not such an answer.
    pub fn decode(body: &[u8]) -> Result<Self, Error> {
        let envelope = Envelope::open(WHAT, body)?;
        let data: Data = match envelope.data {
            Some(data) => serde_json::from_str(data.get())
                .map_err(|error| answer(WHAT, &error.to_string(), body))?,
            None => return Err(answer(WHAT, "no data", body)),
        };
        let wrong = |error: serde_json::Error| answer(WHAT, &error.to_string(), body);
        let result = data.result.map_or("null", RawValue::get);
        let series = match data.result_type.as_str() {
            "matrix" | "vector" => {
                let series: Option<Vec<WireSeries>> =
                    serde_json::from_str(result).map_err(wrong)?;
                let series = series.unwrap_or_default().into_iter();
                series.map(WireSeries::into_series).collect()
            }
            "scalar" => {
                let point: Point = serde_json::from_str(result).map_err(wrong)?;
                vec![Series {
                    labels: Pairs::default(),
                    points: vec![(point.0, point.1)],
                }]
            }
            "streams" => return Err(Error::NotMetric),
            other => {
                let problem = format!("resultType is {other:?}");
                return Err(answer(WHAT, &problem, body));
            }
        };
        let warnings: Option<Vec<String>> = parse_data(WHAT, envelope.warnings, body)?;
        Ok(Self {
            stats: data
                .stats
                .map(RawValue::get)
                .map_or_else(Stats::default, Stats::decode),
            warnings: some_of(warnings.unwrap_or_default()),
            series,
            held: Held::default(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    result_type: String,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    stats: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireSeries {
    metric: BTreeMap<String, String>,
    /// Of a vector.
    value: Option<Point>,
    /// Of a matrix.
    #[serde(default)]
    values: Vec<Point>,
}

impl WireSeries {
    fn into_series(self) -> Series {
        let points = self.values.into_iter().chain(self.value);
        Series {
            labels: self.metric.into_iter().collect(),
            points: points.map(|point| (point.0, point.1)).collect(),
        }
    }
}

struct Point(i64, f64);

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;

        impl<'de> Visitor<'de> for Parts {
            type Value = Point;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a point: [seconds, \"number\"]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Point, A::Error> {
                let missing = || de::Error::custom("a point has a time and a number");
                let seconds: f64 = seq.next_element()?.ok_or_else(missing)?;
                let number = seq.next_element_seed(Number)?.ok_or_else(missing)?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                // Loki's times have milliseconds, which a float holds exactly enough.
                let milliseconds = (seconds * 1000.0).round() as i64;
                Ok(Point(milliseconds.saturating_mul(1_000_000), number))
            }
        }

        deserializer.deserialize_seq(Parts)
    }
}

/// A number as text, as Prometheus writes it: also `NaN`, `+Inf`, `-Inf`.
struct Number;

impl<'de> DeserializeSeed<'de> for Number {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number as text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        let number = text.parse();
        number.map_err(|_| E::custom(format_args!("{text:?} is no number")))
    }

    fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    fn visit_i64<E>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_u64<E>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(data: &str) -> Result<MetricAnswer, Error> {
        let body = format!(r#"{{"status":"success","data":{data},"warnings":["w"]}}"#);
        MetricAnswer::decode(body.as_bytes())
    }

    #[test]
    fn series_are_read_with_their_points() {
        let data = r#"{"resultType":"matrix","result":[{"metric":{"b":"2","a":"\"1"},"values":[[1700000000,"1"],[1700000030.5,"2.5e3"]]},{"metric":{},"values":[[1700000000,"NaN"]]}],"stats":{"summary":{"totalBytesProcessed":7}}}"#;
        let answer = decoded(data).unwrap();
        assert_eq!(answer.warnings, ["w"]);
        assert_eq!(answer.stats.bytes_processed, 7);
        let labels: Vec<_> = answer.series[0].labels.iter().collect();
        assert_eq!(labels, [("a", "\"1"), ("b", "2")]);
        let points = [
            (1_700_000_000_000_000_000, 1.0),
            (1_700_000_030_500_000_000, 2500.0),
        ];
        assert_eq!(answer.series[0].points, points);
        assert!(answer.series[1].points[0].1.is_nan());
    }

    #[test]
    fn vectors_and_scalars_are_series_of_one_point() {
        let vector = r#"{"resultType":"vector","result":[{"metric":{"a":"x"},"value":[1700000000.25,"+Inf"]}]}"#;
        let answer = decoded(vector).unwrap();
        assert_eq!(
            answer.series[0].points,
            [(1_700_000_000_250_000_000, f64::INFINITY)]
        );
        let scalar = r#"{"resultType":"scalar","result":[1700000000,"4"]}"#;
        let answer = decoded(scalar).unwrap();
        assert_eq!(answer.series[0].points, [(1_700_000_000_000_000_000, 4.0)]);
        let empty = r#"{"resultType":"matrix","result":null}"#;
        assert!(decoded(empty).unwrap().series.is_empty());
    }

    #[test]
    fn other_shapes_are_errors() {
        let streams = r#"{"resultType":"streams","result":[]}"#;
        assert_eq!(decoded(streams), Err(Error::NotMetric));
        for data in [
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1]]}]}"#,
            r#"{"resultType":"matrix","result":[{"values":[]}]}"#,
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[[1,"x"]]}]}"#,
            r#"{"resultType":"table","result":[]}"#,
            "[]",
        ] {
            assert!(matches!(decoded(data), Err(Error::Answer { .. })), "{data}");
        }
    }
}
