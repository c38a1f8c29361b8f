//! Writing lines into Loki: for demo logs, never for Grafana.

use super::{Caller, DataSource, Error};
use crate::loki::Request;

/// A line with everything that Loki keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineToWrite<'l> {
    /// Nanoseconds since the epoch.
    pub timestamp_ns: i64,
    /// The stream's labels.
    pub labels: Vec<(&'l str, &'l str)>,
    /// Structured metadata.
    pub metadata: Vec<(&'l str, &'l str)>,
    /// The line.
    pub line: &'l str,
}

impl DataSource {
    /// Writes lines.
    ///
    /// # Errors
    /// What Loki said; [`Error::is_rate_limit`] tells whether to try again later.
    pub async fn write(&self, lines: &[LineToWrite<'_>]) -> Result<(), Error> {
        let call = self.call(&Caller::default(), None, "write");
        let request = Request::Push { body: body(lines) };
        Ok(self.client.push(&request, &call).await?)
    }
}

/// Writes the body of Loki's push API: a stream a line is allowed, Loki groups them.
fn body(lines: &[LineToWrite<'_>]) -> String {
    let object = |pairs: &[(&str, &str)]| -> serde_json::Value {
        let pair =
            |(name, value): &(&str, &str)| ((*name).to_owned(), serde_json::Value::from(*value));
        pairs.iter().map(pair).collect()
    };
    let streams = lines.iter().map(|line| {
        let entry = (
            line.timestamp_ns.to_string(),
            line.line,
            object(&line.metadata),
        );
        serde_json::json!({ "stream": object(&line.labels), "values": [entry] })
    });
    serde_json::json!({ "streams": streams.collect::<Vec<_>>() }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_has_labels_metadata_and_the_line() {
        let line = LineToWrite {
            timestamp_ns: 1_700_000_000_000_000_001,
            labels: vec![("job", "x")],
            metadata: vec![("trace_id", "t\"1")],
            line: "a\nb",
        };
        assert_eq!(
            body(&[line]),
            r#"{"streams":[{"stream":{"job":"x"},"values":[["1700000000000000001","a\nb",{"trace_id":"t\"1"}]]}]}"#
        );
    }
}
