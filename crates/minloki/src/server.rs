//! An embedded Loki on a socket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http::{Loki, journal};
use crate::options::Options;

/// How long requests that are under way may take once it is to stop.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// Starts embedded Lokis.
#[derive(Debug)]
pub struct Server;

/// A running one. It stops when this is dropped.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    loki: Arc<Loki>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts one on the runtime of whoever calls; it is ready when this returns.
    ///
    /// # Errors
    /// The address cannot be listened on, or the file of requests cannot be opened.
    pub async fn start(options: Options) -> io::Result<Handle> {
        let listener = TcpListener::bind(options.address).await?;
        let address = listener.local_addr()?;
        let journal = options.requests_file.clone();
        let body_bytes = options.body_bytes;
        let loki = Loki::new(options);
        let mut router = loki.router();
        if let Some(path) = journal {
            router = journal::before(router, &path, body_bytes)?;
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let (ending, ended) = oneshot::channel::<()>();
        let served = axum::serve(listener, router).with_graceful_shutdown(async {
            // An error is the handle that was dropped.
            let _ = stopped.await;
            let _ = ending.send(());
        });
        let task = tokio::spawn(async move {
            let deadline = async {
                let _ = ended.await;
                tokio::time::sleep(STOP_WITHIN).await;
            };
            tokio::select! {
                served = served => {
                    if let Err(error) = served {
                        tracing::error!(%error, "the embedded loki stopped serving");
                    }
                }
                () = deadline => {}
            }
        });
        Ok(Handle {
            address,
            loki,
            stop,
            task,
        })
    }
}

impl Handle {
    /// Its address: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same Loki without its socket.
    pub fn loki(&self) -> &Arc<Loki> {
        &self.loki
    }

    /// Stops it. Requests that are under way have a second to end.
    pub async fn stop(self) {
        let Self { stop, task, .. } = self;
        drop(stop);
        // It ends by itself, and nothing is left to be done if it panicked.
        let _ = task.await;
    }
}
