//! The door: the routes of Grafana's server that a page with the editors uses, over the plugin in this process.
//!
//! Queries, health, resources and data sources as `/api` of Grafana has them, and the files of the page and of
//! the plugin's front end. It listens on 127.0.0.1 only and answers its own page only ([`guard`]). Settings,
//! secrets among them, are kept in memory. It is for trying things out: it knows one user, no passwords, and
//! no routes beyond these.

mod files;
mod frames;
mod guard;
mod health;
mod moment;
mod queries;
mod query;
mod reply;
mod resource;
mod sources;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use ginkgo::plugin::local::Local;
use ginkgo::settings::RawSettings;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use files::Page;
use sources::{DataSource, Sources};

/// The plugin's name for Grafana, which is in the addresses of its files.
const PLUGIN_ID: &str = "ginkgo-loki-datasource";

/// The data source that the page opens when its address names none.
const MAIN_UID: &str = "ginkgo";

/// The largest body of a request: the plugin takes query models of up to 8 MiB.
const MOST_BODY_BYTES: usize = 16 << 20;

/// How long requests that are under way may take to end.
const GRACE: Duration = Duration::from_secs(1);

/// What the routes share.
struct State {
    plugin: Local,
    sources: Sources,
}

type Shared = axum::extract::State<Arc<State>>;

/// A door that is open.
pub struct Door {
    address: SocketAddr,
    plugin: Local,
    stop: watch::Sender<bool>,
    served: JoinHandle<io::Result<()>>,
}

impl Door {
    /// Opens a door at `port` of 127.0.0.1 (0: at any that is free), with one data source of these settings.
    ///
    /// # Errors
    /// The port is taken, or the plugin cannot start.
    pub async fn open(port: u16, settings: RawSettings, page: Option<&Page>) -> io::Result<Self> {
        let plugin = Local::new(Handle::current()).map_err(io::Error::other)?;
        let sources = Sources::default();
        sources.put(MAIN_UID, DataSource::named("Ginkgo", settings));
        let router = router(plugin.clone(), sources, page);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let serve = axum::serve(listener, router).with_graceful_shutdown(turned(stopped));
        Ok(Self {
            address,
            plugin,
            stop,
            served: tokio::spawn(async { serve.await }),
        })
    }

    /// Returns its address, as a browser takes it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends what is under way and closes the door.
    pub async fn close(self) {
        self.plugin.stop();
        self.stop.send_replace(true);
        // A connection that does not end is dropped with the process.
        let _ = tokio::time::timeout(GRACE, self.served).await;
    }
}

/// Waits for the word to stop; also given when nobody is left to give it.
async fn turned(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn router(plugin: Local, sources: Sources, page: Option<&Page>) -> Router {
    let source = get(sources::read)
        .put(sources::write)
        .delete(sources::remove);
    let api = Router::new()
        .route("/ds/query", post(queries::answer))
        .route("/datasources/uid/{uid}", source)
        .route("/datasources/uid/{uid}/health", get(health::answer))
        .route(
            "/datasources/uid/{uid}/resources/{*path}",
            any(resource::answer),
        )
        .fallback(reply::not_found)
        .method_not_allowed_fallback(reply::method_not_allowed)
        .with_state(Arc::new(State { plugin, sources }));
    Router::new()
        .nest("/api", api)
        .merge(files::router(page))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(axum::middleware::from_fn(guard::own_page_only))
}

#[cfg(test)]
mod tests;
