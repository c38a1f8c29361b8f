//! Answers in the shape of Grafana's API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ginkgo::plugin::Stopping;
use serde_json::json;

/// Why a request is not answered: the status, and a sentence as Grafana's `message`.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    pub status: StatusCode,
    pub message: String,
}

impl Refused {
    /// The request is wrong.
    pub fn bad(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    /// Whose page asks, or by which name, is not answered.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            message: message.into(),
        }
    }

    /// There is no data source of this uid.
    pub fn no_source(uid: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: format!("Data source not found: {uid:?}"),
        }
    }
}

impl From<Stopping> for Refused {
    fn from(_: Stopping) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: "the demo is stopping".to_owned(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({ "message": self.message });
        (self.status, Json(body)).into_response()
    }
}

/// Answers routes of Grafana that the door does not have.
pub async fn not_found() -> Refused {
    Refused {
        status: StatusCode::NOT_FOUND,
        message: "Not found".to_owned(),
    }
}

/// Answers methods that a route does not have.
pub async fn method_not_allowed() -> Refused {
    Refused {
        status: StatusCode::METHOD_NOT_ALLOWED,
        message: "Method not allowed".to_owned(),
    }
}
