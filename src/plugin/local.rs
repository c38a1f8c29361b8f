//! The plugin in the caller's own process: the services that Grafana calls, without a socket between.
//!
//! For programs that stand in for Grafana (`ginkgo demo --serve`). They speak the protocol's messages, so that
//! what they are answered is what Grafana is answered.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::stop::Stopping;
use super::{Plugin, data, diagnostics, resource};

/// The messages of the protocol that a caller needs.
pub mod message {
    pub use grafana_plugin_sdk::pluginv2::check_health_response::HealthStatus;
    pub use grafana_plugin_sdk::pluginv2::{
        CallResourceRequest, CallResourceResponse, CheckHealthRequest, CheckHealthResponse,
        DataQuery, DataSourceInstanceSettings, PluginContext, QueryDataRequest, StringList,
        TimeRange, User,
    };

    pub use crate::plugin::wire::{DataResponse, QueryDataResponse};
}

use message::{
    CallResourceRequest, CallResourceResponse, CheckHealthRequest, CheckHealthResponse,
    QueryDataRequest, QueryDataResponse,
};

/// A plugin without a process of its own; clones are the same plugin.
#[derive(Clone)]
pub struct Local(Arc<Plugin>);

impl Local {
    /// Makes a plugin that works on its questions in `work`.
    ///
    /// # Errors
    /// Fails when its metrics cannot be registered.
    pub fn new(work: Handle) -> Result<Self, super::Error> {
        Ok(Self(Arc::new(Plugin::new(work)?)))
    }

    /// Answers a batch of queries, each one under its refId: frames in Arrow's IPC file format, or an error.
    /// Whoever drops the future ends the requests to Loki.
    ///
    /// # Errors
    /// The plugin is stopping.
    pub async fn query_data(
        &self,
        request: QueryDataRequest,
    ) -> Result<QueryDataResponse, Stopping> {
        data::query_data(&self.0, request).await
    }

    /// Says whether a data source works.
    ///
    /// # Errors
    /// The plugin is stopping.
    pub async fn check_health(
        &self,
        request: CheckHealthRequest,
    ) -> Result<CheckHealthResponse, Stopping> {
        diagnostics::check_health(&self.0, request).await
    }

    /// Answers a resource, as status, headers and a body of JSON.
    ///
    /// # Errors
    /// The plugin is stopping.
    pub async fn call_resource(
        &self,
        request: CallResourceRequest,
    ) -> Result<CallResourceResponse, Stopping> {
        resource::call_resource(&self.0, request).await
    }

    /// Ends what is under way, and refuses everything from now on.
    pub fn stop(&self) {
        self.0.stop.begin();
    }
}

#[cfg(test)]
mod tests {
    use super::message::DataQuery;
    use super::*;

    #[tokio::test]
    async fn it_answers_as_the_services_do_until_it_is_stopped() {
        let plugin = Local::new(Handle::current()).unwrap();
        let request = || QueryDataRequest {
            queries: vec![DataQuery {
                ref_id: "A".to_owned(),
                ..DataQuery::default()
            }],
            ..QueryDataRequest::default()
        };
        let answer = plugin.query_data(request()).await.unwrap();
        assert_eq!(
            answer.responses["A"].error,
            "the request names no data source"
        );
        let call = CallResourceRequest {
            path: "nothing".to_owned(),
            ..CallResourceRequest::default()
        };
        assert_eq!(plugin.call_resource(call).await.unwrap().code, 404);

        plugin.clone().stop();
        assert_eq!(plugin.query_data(request()).await, Err(Stopping));
        let health = plugin.check_health(CheckHealthRequest::default()).await;
        assert_eq!(health, Err(Stopping));
    }
}
