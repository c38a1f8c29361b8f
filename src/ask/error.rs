//! What can go wrong with a question, and how Grafana is told.

use crate::capacity::Full;
use crate::loki;
use crate::query::{QueryError, QueryType, quoted};
use crate::settings::SettingsError;

/// Why a question has no answer. Its text is one sentence for the user.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{cause}")]
pub struct Error {
    cause: Cause,
    query_type: Option<QueryType>,
}

/// Who is to blame, in Grafana's words (`ErrorSource` of its Go SDK).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Ginkgo.
    Plugin,
    /// The query, the settings, or Loki.
    Downstream,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Loki(#[from] loki::Error),
}

impl Error {
    /// Returns the HTTP status of the answer.
    pub fn status(&self) -> u16 {
        match &self.cause {
            Cause::Query(_) | Cause::Settings(_) => 400,
            Cause::Loki(error) => error.status(),
        }
    }

    /// Says who is to blame.
    pub fn source(&self) -> Source {
        match &self.cause {
            Cause::Query(_) | Cause::Settings(_) => Source::Downstream,
            Cause::Loki(error) if error.is_downstream() => Source::Downstream,
            Cause::Loki(_) => Source::Plugin,
        }
    }

    /// Returns the query type's name for metrics; `unknown` where none was read.
    pub fn query_type(&self) -> &'static str {
        self.query_type.map_or("unknown", QueryType::as_str)
    }

    /// Says whether the question or a setting is wrong, so that asking again is in vain.
    pub fn is_user_error(&self) -> bool {
        use loki::Layer::{Settings, Syntax};
        match &self.cause {
            Cause::Query(_) | Cause::Settings(_) => true,
            Cause::Loki(error) => matches!(error.layer(), Settings | Syntax),
        }
    }

    /// Says whether Loki only wants it slower.
    pub fn is_rate_limit(&self) -> bool {
        matches!(
            &self.cause,
            Cause::Loki(loki::Error::Refused { status: 429, .. })
        )
    }

    /// Names the query's own LogQL where Loki cannot read it; `expr` is empty where Ginkgo wrote it.
    pub(super) fn about_expr(self, expr: &str) -> Self {
        match &self.cause {
            Cause::Loki(error) if error.layer() == loki::Layer::Syntax && !expr.is_empty() => {
                let problem = format!("{}: {error}", quoted(&expr.into()));
                QueryError::new("expr", problem).into()
            }
            _ => self,
        }
    }

    /// Returns what Loki said, where it is Loki's error.
    pub(super) fn loki(&self) -> Option<&loki::Error> {
        match &self.cause {
            Cause::Loki(error) => Some(error),
            Cause::Query(_) | Cause::Settings(_) => None,
        }
    }

    pub(super) fn of_type(mut self, query_type: QueryType) -> Self {
        self.query_type = Some(query_type);
        self
    }
}

impl From<Full> for Cause {
    fn from(full: Full) -> Self {
        loki::Error::from(full).into()
    }
}

impl<C: Into<Cause>> From<C> for Error {
    fn from(cause: C) -> Self {
        Self {
            cause: cause.into(),
            query_type: None,
        }
    }
}
