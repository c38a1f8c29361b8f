//! The file: zstd over lines of JSON, one exchange a line.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// One step of a recording.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Exchange {
    /// Lines that were written; Loki took them.
    Push(Push),
    /// A question and what Loki said.
    Asked {
        /// The question.
        request: Request,
        /// The answer.
        answer: Answer,
    },
}

/// A body of Loki's push API.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Push {
    /// The JSON, as it was sent.
    pub push: String,
}

/// A request for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The path, from `/` on.
    pub path: String,
    /// Names and values in their order, of the URL and of a form.
    pub params: Vec<(String, String)>,
    /// Whether `X-Loki-Response-Encoding-Flags: categorize-labels` was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub categorize: bool,
    /// `X-Scope-OrgID`, where it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

impl Request {
    /// The value of a parameter; the first of equal names.
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    /// The parameters as a form writes them.
    pub fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.params);
        form.finish()
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP's status.
    pub status: u16,
    /// The body as text.
    pub body: String,
}

/// Why a recording cannot be read or written.
#[derive(Debug)]
pub struct Error {
    path: PathBuf,
    problem: String,
}

impl Error {
    fn new(path: &Path, problem: &impl ToString) -> Self {
        Self {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for Error {}

/// Reads a recording, in its order.
///
/// # Errors
/// The file cannot be opened, is not zstd, or holds a line that is no exchange.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
    let file = File::open(path).map_err(|error| Error::new(path, &error))?;
    let text = ruzstd::decoding::StreamingDecoder::new(BufReader::new(file));
    let text = text.map_err(|error| Error::new(path, &error))?;
    let mut exchanges = Vec::new();
    for (number, line) in BufReader::new(text).lines().enumerate() {
        let line = line.map_err(|error| Error::new(path, &error))?;
        let read = serde_json::from_str(&line);
        exchanges.push(
            read.map_err(|error| Error::new(path, &format!("line {}: {error}", number + 1)))?,
        );
    }
    Ok(exchanges)
}

/// Writes a recording; `level` is zstd's, 1 to 19.
///
/// # Errors
/// The file cannot be written.
#[cfg(feature = "record")]
pub fn write<T: Serialize>(path: &Path, level: i32, exchanges: &[T]) -> Result<(), Error> {
    use std::io::Write as _;
    let written = || -> std::io::Result<()> {
        let mut encoder = zstd::Encoder::new(File::create(path)?, level)?;
        // Lines come back in many answers, far apart.
        encoder.long_distance_matching(true)?;
        encoder.window_log(26)?;
        for exchange in exchanges {
            serde_json::to_writer(&mut encoder, exchange)?;
            encoder.write_all(b"\n")?;
        }
        encoder.finish()?.sync_all()
    };
    written().map_err(|error| Error::new(path, &error))
}
