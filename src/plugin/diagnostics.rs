//! `pluginv2.Diagnostics`: whether a data source works, and the plugin's metrics.

use std::sync::Arc;
use std::time::Instant;

use grafana_plugin_sdk::pluginv2::check_health_response::HealthStatus;
use grafana_plugin_sdk::pluginv2::collect_metrics_response::Payload;
use grafana_plugin_sdk::pluginv2::diagnostics_server::Diagnostics;
use grafana_plugin_sdk::pluginv2::{
    CheckHealthRequest, CheckHealthResponse, CollectMetricsRequest, CollectMetricsResponse,
};
use serde_json::{Value, json};
use tonic::{Request, Response, Status};

use super::admission::Kind;
use super::failure::Failure;
use super::stop::Stopping;
use super::{Plugin, contain, context, moment};
use crate::ask::{Health, Scope};

/// The service.
pub struct DiagnosticsService(pub Arc<Plugin>);

#[tonic::async_trait]
impl Diagnostics for DiagnosticsService {
    async fn check_health(
        &self,
        request: Request<CheckHealthRequest>,
    ) -> Result<Response<CheckHealthResponse>, Status> {
        Ok(Response::new(
            check_health(&self.0, request.into_inner()).await?,
        ))
    }

    async fn collect_metrics(
        &self,
        _request: Request<CollectMetricsRequest>,
    ) -> Result<Response<CollectMetricsResponse>, Status> {
        let text = self.0.metrics.text();
        let prometheus = text.map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(CollectMetricsResponse {
            metrics: Some(Payload { prometheus }),
        }))
    }
}

/// Says whether a data source works, unless the plugin is stopping.
pub async fn check_health(
    plugin: &Arc<Plugin>,
    request: CheckHealthRequest,
) -> Result<CheckHealthResponse, Stopping> {
    let start = Instant::now();
    let checked = match plugin.admit(request.plugin_context.as_ref(), Kind::Check) {
        Ok(_admitted) => {
            let check = check(Arc::clone(plugin), request);
            plugin.stop.or(contain::one(&plugin.work, check)).await?
        }
        Err(failure) => Ok(Err(failure)),
    };
    let health = match checked.unwrap_or_else(|_| Err(Failure::panicked())) {
        Ok(health) => health,
        Err(failure) => {
            failure.log("health", start.elapsed().as_millis() as u64);
            Health {
                ok: false,
                message: failure.message,
                details: json!({}),
            }
        }
    };
    Ok(response(health))
}

async fn check(plugin: Arc<Plugin>, request: CheckHealthRequest) -> Result<Health, Failure> {
    let data_source = plugin.data_source(request.plugin_context.as_ref())?;
    let range = moment::range(None, None, moment::now_ns());
    let (from_ns, to_ns) = range.map_err(Failure::bad_request)?;
    let scope = Scope {
        from_ns,
        to_ns,
        interval: context::DEFAULT_INTERVAL,
        max_data_points: context::DEFAULT_MAX_DATA_POINTS,
        caller: context::caller(request.plugin_context.as_ref(), &request.headers)?,
    };
    Ok(data_source.health(&scope).await)
}

fn response(health: Health) -> CheckHealthResponse {
    let status = if health.ok {
        HealthStatus::Ok
    } else {
        HealthStatus::Error
    };
    let json_details = match health.details {
        // Grafana parses whatever bytes there are, so nothing at all must be no bytes.
        Value::Null => Vec::new(),
        details => details.to_string().into_bytes(),
    };
    CheckHealthResponse {
        status: status.into(),
        message: health.message,
        json_details,
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;

    use super::*;

    #[test]
    fn health_becomes_status_message_and_details() {
        let details = json!({"verboseMessage": "all systems have streams"});
        let good = response(Health {
            ok: true,
            message: "fine".to_owned(),
            details: details.clone(),
        });
        assert_eq!(good.status(), HealthStatus::Ok);
        assert_eq!(good.message, "fine");
        let read: Value = serde_json::from_slice(&good.json_details).unwrap();
        assert_eq!(read, details);
        let bad = response(Health {
            ok: false,
            message: String::new(),
            details: Value::Null,
        });
        assert_eq!(bad.status(), HealthStatus::Error);
        assert!(bad.json_details.is_empty());
    }

    #[tokio::test]
    async fn a_request_that_cannot_be_checked_is_bad_health_not_a_broken_call() {
        let plugin = Arc::new(Plugin::new(Handle::current()).unwrap());
        let service = DiagnosticsService(plugin);
        let request = Request::new(CheckHealthRequest::default());
        let health = service.check_health(request).await.unwrap().into_inner();
        assert_eq!(health.status(), HealthStatus::Error);
        assert_eq!(health.message, "the request names no data source");
    }
}
