//! Reads the frames of a metric answer.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::frames::Refusal;

/// One frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    /// `displayNameFromDS`, `unit` and `color` of the value, `interval` of the time.
    pub legend: String,
    pub unit: String,
    pub color: String,
    pub interval_ms: Option<i64>,
    /// Times in nanoseconds (0 for an instant) with their values, in the frame's order.
    pub points: Vec<(i64, Option<f64>)>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub kind: String,
    pub version: Value,
    pub custom: Value,
    pub executed: String,
    pub notices: Vec<String>,
    /// What Grafana's readers say against the frames.
    pub broken_rules: Vec<String>,
    pub series: Vec<Series>,
}

/// Reads the result of a query.
pub fn read(result: &Value) -> Result<Answer, Refusal> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(error) = result["error"].as_str() {
        return Err(Refusal {
            status: result["status"].as_u64().unwrap_or_default(),
            source: text(&result["errorSource"]),
            text: error.to_owned(),
        });
    }
    let frames = result["frames"].as_array().expect("frames");
    let meta = &frames[0]["schema"]["meta"];
    let notices = meta["notices"].as_array().into_iter().flatten();
    let rules = result["checks"].as_array().expect("checks");
    let mut answer = Answer {
        kind: text(&meta["type"]),
        version: meta["typeVersion"].clone(),
        custom: meta["custom"].clone(),
        executed: text(&meta["executedQueryString"]),
        notices: notices.map(|notice| text(&notice["text"])).collect(),
        broken_rules: rules.iter().map(text).collect(),
        series: frames.iter().filter_map(series).collect(),
    };
    // Said once, where Grafana's query inspector finds it: an answer of hundreds of frames would carry the
    // same kilobytes in each.
    if answer.executed.is_empty() {
        answer
            .broken_rules
            .push("the first frame does not say what was asked".to_owned());
    }
    for (number, frame) in frames.iter().enumerate().skip(1) {
        let meta = &frame["schema"]["meta"];
        for key in ["executedQueryString", "notices", "stats"] {
            if !meta[key].is_null() {
                answer
                    .broken_rules
                    .push(format!("frame {number} repeats {key}"));
            }
        }
        if meta["type"] != frames[0]["schema"]["meta"]["type"] {
            answer
                .broken_rules
                .push(format!("frame {number} is of another type"));
        }
    }
    let empty = frames.len() - answer.series.len();
    if empty > 0 && frames.len() > 1 {
        let what = format!(
            "{empty} frames without fields beside {}",
            answer.series.len()
        );
        answer.broken_rules.push(what);
    }
    Ok(answer)
}

/// Reads a frame; `None` is one without fields.
fn series(frame: &Value) -> Option<Series> {
    let fields = frame["schema"]["fields"].as_array().expect("fields");
    let value = fields.iter().position(|field| field["type"] == "number")?;
    let time = fields.iter().position(|field| field["type"] == "time");
    assert_eq!(fields.len(), 1 + usize::from(time.is_some()), "{frame}");
    let column = |index: usize| frame["data"]["values"][index].as_array().expect("values");
    let times: Vec<i64> = match time {
        None => vec![0; column(value).len()],
        Some(index) => {
            let nanos = &frame["data"]["nanos"][index];
            let ns = |(row, ms): (usize, &Value)| {
                ms.as_i64().expect("milliseconds") * 1_000_000 + nanos[row].as_i64().unwrap_or(0)
            };
            column(index).iter().enumerate().map(ns).collect()
        }
    };
    let config = &fields[value]["config"];
    let labels = fields[value]["labels"].as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(Series {
        name: text(&fields[value]["name"]),
        labels: labels
            .map(|(name, label)| (name.clone(), text(label)))
            .collect(),
        legend: text(&config["displayNameFromDS"]),
        unit: text(&config["unit"]),
        color: text(&config["color"]["fixedColor"]),
        interval_ms: time.and_then(|index| fields[index]["config"]["interval"].as_i64()),
        points: times
            .into_iter()
            .zip(column(value).iter().map(Value::as_f64))
            .collect(),
    })
}
