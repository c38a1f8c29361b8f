//! What a container runtime writes around a line, where the collector left it on: the line's own fields are
//! then hidden behind it.

use crate::line::{Extractor, Format, Path};

/// A runtime's wrapper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrapper {
    /// Docker's file: `{"log":"…","stream":"stdout","time":"…"}`.
    Docker,
    /// containerd's and CRI-O's file: `2026-01-01T00:00:00.000000000Z stdout F …`.
    Cri,
}

impl Wrapper {
    /// Returns what is around the line.
    pub fn of(line: &str) -> Option<Self> {
        let is_stream = |text: &str| matches!(text, "stdout" | "stderr");
        let mut words = line.splitn(4, ' ');
        let (time, stream, flag) = (words.next()?, words.next(), words.next());
        let is_time =
            time.as_bytes().get(10) == Some(&b'T') && time.parse::<jiff::Timestamp>().is_ok();
        if is_time && stream.is_some_and(is_stream) && matches!(flag, Some("F" | "P")) {
            return Some(Self::Cri);
        }
        let paths = ["log", "stream"].map(|key| Path(vec![key.to_owned()]));
        let mut values = Vec::new();
        Extractor::new(Format::Json, paths.to_vec()).read(line, &mut values);
        match values.as_slice() {
            [Some(_), Some(stream)] if is_stream(stream) => Some(Self::Docker),
            _ => None,
        }
    }

    /// Says what to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Docker => {
                "lines still have Docker's wrapper ({\"log\":…,\"stream\":…}) around them, which hides their fields: add `stage.docker {}` to the collector's pipeline"
            }
            Self::Cri => {
                "lines still have the prefix of the container runtime (time, stream, F) in front of them, which hides their fields: add `stage.cri {}` to the collector's pipeline"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_known_by_their_shape() {
        for (line, wrapper) in [
            (
                r#"{"log":"{\"level\":\"info\"}\n","stream":"stdout","time":"2026-01-01T00:00:00Z"}"#,
                Some(Wrapper::Docker),
            ),
            (
                "2026-01-01T00:00:00.000000001Z stderr F {\"level\":\"error\"}",
                Some(Wrapper::Cri),
            ),
            (
                "2026-01-01T00:00:00.000000001+08:00 stdout P part",
                Some(Wrapper::Cri),
            ),
            ("2026-01-01T00:00:00Z stdout is full", None),
            (r#"{"log":{"level":"info"},"message":"m"}"#, None),
            (r#"{"log":"x","stream":"orders"}"#, None),
            ("soon stdout F x", None),
            ("", None),
        ] {
            assert_eq!(Wrapper::of(line), wrapper, "{line}");
        }
    }
}
