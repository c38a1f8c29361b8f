//! The plugin as Grafana sees it: gRPC services over the questions of [`crate::ask`].
//!
//! The only module that knows the plugin protocol (`grafana-plugin-sdk`, `tonic`, `prost`) and the
//! metrics library. The services are thin: they turn a request into typed values, ask, and turn the
//! answer or the error into the protocol's messages.
//!
//! They sit directly on the SDK's generated services, not on its service traits. The traits convert
//! a request first, and that fails it for a user whose role is `None` or empty, and records all of it,
//! decrypted secrets included, in `tracing` spans, from where any log line within would carry them.

mod admission;
mod contain;
mod context;
mod data;
mod diagnostics;
mod failure;
mod instances;
pub mod local;
pub mod logging;
mod metrics;
mod moment;
mod resource;
mod routes;
mod sending;
mod server;
mod socket;
mod stop;
pub mod wire;

pub use server::{Error, serve};
pub use stop::Stopping;

use std::sync::Arc;

use grafana_plugin_sdk::pluginv2::{DataSourceInstanceSettings, PluginContext};
use tokio::runtime::Handle;

use crate::ask::DataSource;
use crate::capacity::{Capacity, Memory, VARIABLE, budget_bytes};
use admission::{Admission, Admitted, Kind};
use failure::Failure;
use instances::{Instances, Key};
use metrics::Metrics;
use stop::Stop;

/// How many data sources are kept at once.
const MOST_INSTANCES: usize = 256;

/// What the services share.
struct Plugin {
    instances: Instances<DataSourceInstanceSettings, DataSource>,
    admission: Admission,
    metrics: Metrics,
    stop: Stop,
    /// Where questions are worked on; the services themselves run elsewhere.
    work: Handle,
    /// What the answers of all data sources may take together.
    memory: Memory,
}

impl Plugin {
    fn new(work: Handle) -> Result<Self, Error> {
        let budget = std::env::var(VARIABLE).ok();
        let memory = Memory::new(budget_bytes(budget.as_deref())?);
        Ok(Self {
            instances: Instances::new(MOST_INSTANCES),
            admission: Admission::default(),
            metrics: Metrics::new()?,
            stop: Stop::new(),
            work,
            memory,
        })
    }

    /// Admits a request to its data source; one that names none is let through to be refused for that.
    fn admit(
        &self,
        context: Option<&PluginContext>,
        kind: Kind,
    ) -> Result<Option<Admitted>, Failure> {
        let Ok((key, settings)) = asked(context) else {
            return Ok(None);
        };
        self.admission.admit(key, kind, &settings.name).map(Some)
    }

    /// Answers the data source that a request is for.
    fn data_source(&self, context: Option<&PluginContext>) -> Result<Arc<DataSource>, Failure> {
        let (key, settings) = asked(context)?;
        self.instances.get(key, settings, |settings| {
            context::data_source(settings, Capacity::of(&self.memory))
        })
    }
}

/// Returns which data source a request is for.
fn asked(context: Option<&PluginContext>) -> Result<(Key, &DataSourceInstanceSettings), Failure> {
    let settings = context.and_then(|context| {
        let settings = context.data_source_instance_settings.as_ref()?;
        let key = Key {
            org_id: context.org_id,
            uid: settings.uid.clone(),
        };
        Some((key, settings))
    });
    settings.ok_or_else(|| Failure::bad_request("the request names no data source"))
}
