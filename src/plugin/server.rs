//! The plugin's process: handshake, services, end.
//!
//! A tonic server of our own instead of the SDK's, because go-plugin's controller must be one of the
//! services (without it a host waits two seconds and then kills), messages may be larger than tonic's
//! 4 MiB, and the socket must not delay small packets.

use std::io;
use std::os::unix::process::parent_id;
use std::sync::Arc;
use std::time::Duration;

use grafana_plugin_sdk::pluginv2::diagnostics_server::DiagnosticsServer;
use grafana_plugin_sdk::pluginv2::resource_server::ResourceServer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Handle};
use tonic::codegen::tokio_stream::Stream;
use tonic::transport::Server;
use tonic::transport::server::{Connected, TcpIncoming};
use tonic::{Request, Response, Status};
use tonic_health::ServingStatus;

use super::Plugin;
use super::data::DataService;
use super::diagnostics::DiagnosticsService;
use super::resource::ResourceService;
use super::sending::Sending;
use super::socket::Socket;
use super::stop::{Signals, orphaned};
use super::wire::{DataServer, Empty, GrpcController, GrpcControllerServer};
use crate::capacity::BudgetError;

/// The service name under which go-plugin asks for health.
const HEALTH_SERVICE: &str = "plugin";

/// How long open connections may take to close once the plugin is to stop.
const GRACE: Duration = Duration::from_millis(50);

/// The threads that speak with the host.
const WIRE_THREADS: usize = 2;

/// The largest message: a batch of queries with the settings they come with.
const MOST_MESSAGE_BYTES: usize = 64 << 20;

/// Why the plugin could not serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was not started by a host that speaks the plugin protocol.
    #[error(
        "this is a Grafana data source plugin: Grafana starts it by itself; \
         from a shell use the `ginkgo` program"
    )]
    NotAPlugin,
    /// Signal handlers or the listening socket.
    #[error("cannot set up the plugin's process: {0}")]
    Process(#[from] io::Error),
    /// The metrics.
    #[error("cannot set up the plugin's metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The setting of the memory.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// The gRPC server.
    #[error("the plugin's server failed: {0}")]
    Server(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Serves Grafana until it says stop, a signal arrives or it is gone.
///
/// # Errors
/// Fails when the process was not started as a plugin or cannot listen.
pub fn serve() -> Result<(), Error> {
    // go-plugin's "magic cookie": not a secret, only a sign that a host is there.
    if std::env::var("grafana_plugin_type").as_deref() != Ok("datasource") {
        return Err(Error::NotAPlugin);
    }
    // Two runtimes: however busy the one that works on questions, the other hears the host, also while one
    // of its threads copies a large answer.
    let work = Builder::new_multi_thread().enable_all().build()?;
    let wire = Builder::new_multi_thread()
        .worker_threads(WIRE_THREADS)
        .enable_all()
        .build()?;
    let served = wire.block_on(start(work.handle().clone()));
    // Without waiting for tasks: a question that computes must not hold up the end.
    work.shutdown_background();
    wire.shutdown_background();
    served
}

async fn start(work: Handle) -> Result<(), Error> {
    let parent = parent_id();
    let mut signals = Signals::install()?;
    let plugin = Arc::new(Plugin::new(work)?);
    let socket = Socket::open().await?;
    socket.announce()?;
    let watched = Arc::clone(&plugin);
    tokio::spawn(async move {
        let reason = tokio::select! {
            signal = signals.received() => signal,
            () = orphaned(parent) => "the host process is gone",
        };
        tracing::info!(reason, "stopping");
        watched.stop.begin();
    });
    match socket {
        Socket::Private(private) => run(private, plugin).await,
        Socket::Port(listener) => {
            let incoming =
                TcpIncoming::from_listener(listener, true, None).map_err(Error::Server)?;
            run(incoming, plugin).await
        }
    }
}

/// Serves what comes in until the plugin's switch is turned, and then no longer than [`GRACE`].
async fn run<S>(
    incoming: impl Stream<Item = io::Result<S>>,
    plugin: Arc<Plugin>,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    let (mut reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status(HEALTH_SERVICE, ServingStatus::Serving)
        .await;
    let data = DataServer::new(DataService(Arc::clone(&plugin)));
    let resource = ResourceServer::new(ResourceService(Arc::clone(&plugin)));
    let diagnostics = DiagnosticsServer::new(DiagnosticsService(Arc::clone(&plugin)));
    let controller = GrpcControllerServer::new(Controller(Arc::clone(&plugin)));
    let served = Server::builder()
        // Grafana sends all requests over one connection: a limit there would let those of one data source
        // hold up all others, health checks, and the host's word to stop. See `admission`.
        .max_concurrent_streams(None)
        .add_service(health)
        .add_service(Sending(data.max_decoding_message_size(MOST_MESSAGE_BYTES)))
        .add_service(resource.max_decoding_message_size(MOST_MESSAGE_BYTES))
        .add_service(diagnostics.max_decoding_message_size(MOST_MESSAGE_BYTES))
        .add_service(controller)
        .serve_with_incoming_shutdown(incoming, plugin.stop.begun());
    let overdue = async {
        plugin.stop.begun().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = served => served.map_err(|error| Error::Server(error.into())),
        () = overdue => Ok(()),
    }
}

/// go-plugin's controller: how a host says stop.
struct Controller(Arc<Plugin>);

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!(reason = "asked by the host", "stopping");
        self.0.stop.begin();
        Ok(Response::new(Empty {}))
    }
}

#[cfg(test)]
mod tests {
    use grafana_plugin_sdk::pluginv2::data_client::DataClient;
    use grafana_plugin_sdk::pluginv2::diagnostics_client::DiagnosticsClient;
    use grafana_plugin_sdk::pluginv2::{CollectMetricsRequest, DataQuery, QueryDataRequest};
    use tokio::net::TcpListener;
    use tonic::codec::ProstCodec;
    use tonic::codegen::http::uri::PathAndQuery;
    use tonic::transport::{Channel, Endpoint};
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;

    use super::*;

    /// A plugin that serves on a free port, and a host's connection to it.
    async fn served() -> (tokio::task::JoinHandle<Result<(), Error>>, Channel) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plugin = Arc::new(Plugin::new(Handle::current()).unwrap());
        let incoming = TcpIncoming::from_listener(listener, true, None).unwrap();
        let server = tokio::spawn(run(incoming, plugin));
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        (server, endpoint.connect().await.unwrap())
    }

    #[tokio::test]
    async fn a_host_finds_health_data_and_metrics() {
        let (_server, channel) = served().await;
        let request = HealthCheckRequest {
            service: "plugin".to_owned(),
        };
        let health = HealthClient::new(channel.clone()).check(request).await;
        let serving = tonic_health::pb::health_check_response::ServingStatus::Serving;
        assert_eq!(health.unwrap().into_inner().status(), serving);

        // More than tonic's limit of 4 MiB.
        let request = QueryDataRequest {
            queries: vec![DataQuery {
                ref_id: "A".to_owned(),
                json: vec![b' '; 5 * 1024 * 1024],
                ..DataQuery::default()
            }],
            ..QueryDataRequest::default()
        };
        let answer = DataClient::new(channel.clone()).query_data(request).await;
        let responses = answer.unwrap().into_inner().responses;
        assert_eq!(responses["A"].status, 400);

        let request = CollectMetricsRequest::default();
        let metrics = DiagnosticsClient::new(channel)
            .collect_metrics(request)
            .await;
        let text = metrics.unwrap().into_inner().metrics.unwrap().prometheus;
        assert!(
            String::from_utf8(text)
                .unwrap()
                .contains("status=\"400\"} 1")
        );
    }

    #[tokio::test]
    async fn a_message_beyond_the_bound_is_refused_by_its_size() {
        let (_server, channel) = served().await;
        let request = QueryDataRequest {
            queries: vec![DataQuery {
                json: vec![b' '; MOST_MESSAGE_BYTES],
                ..DataQuery::default()
            }],
            ..QueryDataRequest::default()
        };
        let answer = DataClient::new(channel).query_data(request).await;
        let status = answer.unwrap_err();
        assert_eq!(status.code(), tonic::Code::OutOfRange);
        assert!(
            status.message().contains("the limit is: 67108864 bytes"),
            "{status}"
        );
    }

    #[tokio::test]
    async fn the_server_ends_soon_after_the_host_says_so_with_its_connection_open() {
        let (server, channel) = served().await;
        let mut client = tonic::client::Grpc::new(channel);
        client.ready().await.unwrap();
        let path = PathAndQuery::from_static("/plugin.GRPCController/Shutdown");
        let codec = ProstCodec::<Empty, Empty>::default();
        let answer = client.unary(Request::new(Empty {}), path, codec).await;
        assert_eq!(answer.unwrap().into_inner(), Empty {});
        let ended = tokio::time::timeout(4 * GRACE, server).await;
        assert!(ended.unwrap().unwrap().is_ok());
    }
}
