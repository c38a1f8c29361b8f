//! Answers on their way to the host: their bytes are leased until the last of them has left.
//!
//! The protocol's library makes one message of an answer and writes it as fast as the host reads. By then the
//! service has long returned, so what an answer leased goes with the bytes themselves.

use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::BodyExt as _;
use tonic::Response;
use tonic::body::BoxBody;
use tonic::codegen::{BoxFuture, Bytes, Service, http};
use tonic::server::NamedService;

use crate::capacity::Lease;

/// A service whose answers may hold leases ([`hold`]).
#[derive(Clone)]
pub struct Sending<S>(pub S);

/// The leases of an answer, among what goes with it.
#[derive(Debug, Clone)]
struct Leases(#[expect(dead_code, reason = "it is there to be dropped")] Arc<Vec<Lease>>);

/// Bytes that hold the leases until they are gone.
struct Leased {
    bytes: Bytes,
    _leases: Leases,
}

impl AsRef<[u8]> for Leased {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Makes the answer of a service, with the leases of what it holds.
pub fn hold<T>(message: T, leases: Vec<Lease>) -> Response<T> {
    let mut response = Response::new(message);
    response.extensions_mut().insert(Leases(Arc::new(leases)));
    response
}

impl<S: NamedService> NamedService for Sending<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B> Service<http::Request<B>> for Sending<S>
where
    S: Service<http::Request<B>, Response = http::Response<BoxBody>>,
    S::Future: Send + 'static,
{
    type Response = http::Response<BoxBody>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            let Some(leases) = response.extensions_mut().remove::<Leases>() else {
                return Ok(response);
            };
            Ok(response.map(|body| {
                let leased = move |bytes: Bytes| {
                    Bytes::from_owner(Leased {
                        bytes,
                        _leases: leases.clone(),
                    })
                };
                let frames = body.map_frame(move |frame| frame.map_data(&leased));
                frames.boxed_unsync()
            }))
        })
    }
}
