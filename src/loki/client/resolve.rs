//! Looks up one host, whatever name is asked for: the other half of `serverName`.

use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves every name to the addresses of one host.
pub(super) struct Always(Arc<str>);

impl Always {
    /// A resolver for a host name or an address (IPv6 without brackets).
    pub(super) fn new(host: &str) -> Self {
        Self(host.into())
    }
}

impl Resolve for Always {
    fn resolve(&self, _: Name) -> Resolving {
        let host = self.0.clone();
        Box::pin(async move {
            // Port 0 stands for the URL's port.
            let found = tokio::net::lookup_host((&*host, 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
