//! A file of what was asked: one JSON object a line, `{path, params, categorize, tenant}`.
//!
//! For those who hold a run of tests against recordings (`crates/recordings`); pushes, tails and what is not of
//! the API are left out.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::reply;

/// Puts a journal before a router.
///
/// # Errors
/// The file cannot be opened for appending.
pub fn before(router: Router, path: &Path, body_bytes: usize) -> io::Result<Router> {
    let file = File::options().create(true).append(true).open(path)?;
    let journal = Arc::new(Journal {
        file: Mutex::new(file),
        body_bytes,
    });
    Ok(router.layer(from_fn_with_state(journal, write)))
}

struct Journal {
    file: Mutex<File>,
    body_bytes: usize,
}

async fn write(State(journal): State<Arc<Journal>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/loki/api/") || path.ends_with("/push") || path.ends_with("/tail") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, journal.body_bytes).await else {
        return reply::text(413, "request body too large").into_response();
    };
    let query = parts.uri.query().unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&body));
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let mut entry = Map::new();
    entry.insert("path".to_owned(), json!(parts.uri.path()));
    entry.insert(
        "params".to_owned(),
        pairs.map(|(name, value)| json!([name, value])).collect(),
    );
    if header("x-loki-response-encoding-flags").is_some() {
        entry.insert("categorize".to_owned(), Value::Bool(true));
    }
    if let Some(tenant) = header("x-scope-orgid") {
        entry.insert("tenant".to_owned(), json!(tenant));
    }
    let line = format!("{}\n", Value::Object(entry));
    // One write a line: several servers may share the file.
    let written = {
        let mut file = journal.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())
    };
    if let Err(error) = written {
        return reply::text(500, format!("cannot write down the request: {error}")).into_response();
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}
