//! `GET /api/datasources/uid/{uid}/health`.

use axum::Json;
use axum::extract::{Path, State as FromState};
use axum::http::{HeaderMap, StatusCode};
use ginkgo::plugin::local::message::{CheckHealthRequest, HealthStatus};
use serde_json::{Value, json};

use super::reply::Refused;
use super::{Shared, query};

/// Answers in Grafana's shape: 200 when the data source works, else 400.
pub async fn answer(
    FromState(state): Shared,
    Path(uid): Path<String>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let source = state.sources.get(&uid)?;
    let request = CheckHealthRequest {
        plugin_context: Some(source.context()),
        headers: query::caller(&headers),
    };
    let health = state.plugin.check_health(request).await?;
    let mut body = json!({ "message": health.message });
    if let Ok(details) = serde_json::from_slice::<Value>(&health.json_details)
        && let Some(body) = body.as_object_mut()
    {
        body.insert("details".to_owned(), details);
    }
    let (status, word) = match health.status() {
        HealthStatus::Ok => (StatusCode::OK, "OK"),
        HealthStatus::Error => (StatusCode::BAD_REQUEST, "ERROR"),
        HealthStatus::Unknown => (StatusCode::BAD_REQUEST, "UNKNOWN"),
    };
    if let Some(body) = body.as_object_mut() {
        body.insert("status".to_owned(), word.into());
    }
    Ok((status, Json(body)))
}
