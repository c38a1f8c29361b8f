//! Why a question has no answer.

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An answer with this status and these words.
    Refused {
        /// HTTP status.
        status: u16,
        /// Loki's words.
        words: String,
    },
    /// No answer at all: it would be above the message size. The connection is closed.
    NoAnswer,
}

impl Fault {
    /// The question is wrong: status 400.
    pub fn bad(words: impl Into<String>) -> Self {
        Self::Refused {
            status: 400,
            words: words.into(),
        }
    }

    /// It took too long.
    pub fn timeout() -> Self {
        Self::Refused {
            status: 504,
            words: "request timed out, decrease the duration of the request or add more label matchers \
                    (prefer exact match over regex match) to reduce the amount of data processed"
                .to_owned(),
        }
    }

    /// A part of the answer is above the message size, both in bytes.
    pub fn message(bytes: u64, most: u64) -> Self {
        Self::Refused {
            status: 500,
            words: format!(
                "rpc error: code = ResourceExhausted desc = trying to send message larger than max ({bytes} vs. \
                 {most})"
            ),
        }
    }
}

impl From<crate::metric::QueryError> for Fault {
    fn from(error: crate::metric::QueryError) -> Self {
        match error {
            crate::metric::QueryError::BadRequest(words) => Self::bad(words),
            crate::metric::QueryError::Internal(words) => Self::Refused { status: 500, words },
            crate::metric::QueryError::Timeout => Self::timeout(),
        }
    }
}
