//! Answers of every kind.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::push::Refusal;
use crate::query::Fault;

/// How Loki says that text is no web page.
const NO_SNIFF: HeaderName = HeaderName::from_static("x-content-type-options");

/// Text with a status.
pub fn text(status: u16, words: impl Into<String>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, words.into()).into_response();
    let headers = response.headers_mut();
    headers.insert(NO_SNIFF, HeaderValue::from_static("nosniff"));
    response
}

/// JSON with status 200.
pub fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(mut body) => {
            body.push('\n');
            json_text(body)
        }
        Err(error) => text(500, error.to_string()),
    }
}

/// JSON of an endpoint that spells its encoding in small letters.
pub fn json_small(status: StatusCode, value: &impl Serialize) -> Response {
    let mut response = json(value);
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    *response.status_mut() = status;
    response
}

/// JSON that is written already.
pub fn json_text(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    let kind = HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::Refused { status, words } => text(status, words),
            Self::NoAnswer => Response::new(Body::new(Broken)),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        text(self.status, self.words + "\n")
    }
}

/// A body that fails before its first byte: the server then closes the connection without an answer.
struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::Error::other("no answer"))))
    }
}
