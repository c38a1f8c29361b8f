//! `/api/datasources/uid/{uid}/resources/{path}`: passed on to the plugin as it is.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromState};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use ginkgo::plugin::local::message::{CallResourceRequest, StringList};

use super::reply::Refused;
use super::{Shared, query};

/// Answers what the plugin answers.
pub async fn answer(
    FromState(state): Shared,
    Path((uid, path)): Path<(String, String)>,
    method: Method,
    RawQuery(parameters): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let source = state.sources.get(&uid)?;
    let parameters = parameters.map(|text| format!("?{text}"));
    let url = format!("{path}{}", parameters.unwrap_or_default());
    let caller = query::caller(&headers).into_iter().map(|(name, value)| {
        let values = vec![value];
        (name, StringList { values })
    });
    let request = CallResourceRequest {
        plugin_context: Some(source.context()),
        path,
        method: method.to_string(),
        url,
        headers: caller.collect(),
        body,
    };
    let answer = state.plugin.call_resource(request).await?;
    let status = u16::try_from(answer.code).ok();
    let status = status.and_then(|code| StatusCode::from_u16(code).ok());
    let mut response = answer.body.into_response();
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, list) in answer.headers {
        let value = list
            .values
            .first()
            .map(|value| HeaderValue::from_str(value));
        if let (Ok(name), Some(Ok(value))) = (HeaderName::try_from(name), value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
