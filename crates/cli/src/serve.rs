//! `ginkgo demo --serve`: demo logs in a Loki, and a page with the editors over it.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;

use ginkgo::ask::DataSource;
use minloki::{Options, PushLimits, Server};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::args::Demo;
use crate::door::{Door, Page};
use crate::{Failure, connect, demo, out};

/// How far back the logs go when nobody says.
const DEFAULT_BACKFILL: &str = "1h";

/// Serves until it is told to end, or the logs cannot be written.
pub async fn run(mut demo: Demo) -> Result<ExitCode, Failure> {
    // Before anything is started, so that nothing ends without being stopped.
    let mut end = End::listen(demo.page.until_eof)?;
    if !demo.page.no_logs && demo.backfill.is_none() {
        demo.backfill = Some(DEFAULT_BACKFILL.to_owned());
    }
    let page = page(&demo)?;
    let loki = Loki::start(&demo).await?;
    let settings = connect::raw_settings(&demo.connection, loki.url.clone())?;
    let source = connect::data_source_of(settings.clone())?;
    let port = demo.page.port;
    let door = Door::open(port, settings, page.as_ref()).await;
    let door = door.map_err(|error| Failure::answer(format!("the page's port {port}: {error}")))?;
    let addresses = Addresses {
        loki: &loki.url,
        door: door.url(),
        is_built: page.is_some_and(|page| page.is_built()),
    };
    let served = tokio::select! {
        () = end.told() => Ok(()),
        written = logs(&demo, &source, &addresses) => written,
    };
    // Who asks Loki ends before Loki does.
    door.close().await;
    loki.stop().await;
    served.map(|()| ExitCode::SUCCESS)
}

/// Finds the page's files; a folder that somebody named has to have them.
fn page(demo: &Demo) -> Result<Option<Page>, Failure> {
    let Some(folder) = &demo.page.frontend else {
        return Ok(Page::find());
    };
    let page = Page::of(folder.clone());
    let none = || {
        let folder = folder.display();
        Failure::usage(format!("--frontend {folder} has no workbench"))
    };
    page.ok_or_else(none).map(Some)
}

/// Writes logs, or none, and says where everything is once the page has something to show.
async fn logs(demo: &Demo, source: &DataSource, addresses: &Addresses<'_>) -> Result<(), Failure> {
    if demo.page.no_logs {
        addresses.print()?;
        return std::future::pending().await;
    }
    demo::write(demo, source, |written| {
        demo::announce(demo, written, Some(addresses.loki))?;
        addresses.print()
    })
    .await
}

/// Where everything is.
struct Addresses<'a> {
    loki: &'a str,
    door: String,
    is_built: bool,
}

impl Addresses<'_> {
    fn print(&self) -> io::Result<()> {
        let mut out = out::stdout();
        let Self { loki, door, .. } = self;
        writeln!(out, "Loki:      {loki}")?;
        if !self.is_built {
            writeln!(out, "The page is built by scripts/frontend.sh workbench.")?;
        }
        writeln!(out, "Workbench: {door}")?;
        out.flush()
    }
}

/// What ends the demo: a signal, or standard input where that was asked for.
struct End {
    interrupt: Signal,
    terminate: Signal,
    input: Option<oneshot::Receiver<()>>,
}

impl End {
    fn listen(until_eof: bool) -> io::Result<Self> {
        let input = until_eof.then(|| {
            let (ended, end) = oneshot::channel();
            // A thread of its own: reading standard input cannot be given up.
            std::thread::spawn(move || {
                let _ = io::copy(&mut io::stdin(), &mut io::sink());
                let _ = ended.send(());
            });
            end
        });
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            input,
        })
    }

    async fn told(&mut self) {
        let input = async {
            match &mut self.input {
                Some(end) => {
                    let _ = end.await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = input => {}
        }
    }
}

/// The Loki that holds the logs: the one that was named, else one in memory that ends with this program.
struct Loki {
    url: String,
    own: Option<minloki::Handle>,
}

impl Loki {
    async fn start(demo: &Demo) -> Result<Self, Failure> {
        if let Some(url) = connect::given_url(&demo.connection) {
            return Ok(Self { url, own: None });
        }
        let port = demo.page.loki_port;
        let options = Options {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            // An hour of logs at once is no flood here.
            push: PushLimits::unhurried(),
            ..Options::default()
        };
        let own = Server::start(options).await;
        let own = own.map_err(|error| Failure::answer(format!("Loki's port {port}: {error}")))?;
        Ok(Self {
            url: own.url(),
            own: Some(own),
        })
    }

    async fn stop(self) {
        if let Some(own) = self.own {
            own.stop().await;
        }
    }
}
