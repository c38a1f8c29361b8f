//! From the HTTP library's errors to ours.
//!
//! Its texts nest several layers of the same words, so only the innermost is shown; what it knows
//! about the URL is dropped, since a URL can hold secrets.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::loki::error::{ConnectionFailure, Error, Phase, TlsFailure, words};

/// What an error of the HTTP library means; `origin` is the server, `phase` what was going on.
pub(super) fn from_reqwest(error: reqwest::Error, origin: &str, phase: Phase) -> Error {
    let error = error.without_url();
    if error.is_builder() {
        return Error::Internal {
            problem: innermost(&error),
        };
    }
    let origin = origin.to_owned();
    if let Some(tls) = find::<rustls::Error>(&error) {
        let cause = words::bounded(&tls.to_string(), words::QUOTE);
        return Error::Tls {
            origin,
            failure: tls_failure(tls),
            cause,
        };
    }
    let cause = innermost(&error);
    // tokio-rustls' words, under io errors that hide their kind: the server closed at our greeting.
    if error.is_connect() && cause == "tls handshake eof" {
        return Error::Tls {
            origin,
            failure: TlsFailure::NotTls,
            cause,
        };
    }
    let failure = if error.is_dns() {
        ConnectionFailure::Dns
    } else if error.is_timeout() {
        ConnectionFailure::Unreachable
    } else if error.is_connect() {
        match io_kind(&error) {
            Some(io::ErrorKind::ConnectionRefused) => ConnectionFailure::Refused,
            Some(
                io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::TimedOut,
            ) => ConnectionFailure::Unreachable,
            Some(
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe,
            ) => ConnectionFailure::Closed,
            _ => ConnectionFailure::Other,
        }
    } else if is_no_http(&error) {
        ConnectionFailure::NotHttp
    } else {
        match (phase, io_kind(&error)) {
            // The decompressor's words: what came is not gzip, so the cause is not the network.
            (Phase::Body, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)) => {
                return Error::Answer {
                    what: "compressed answer",
                    problem: cause,
                    start: String::new(),
                };
            }
            (Phase::Body, _) => ConnectionFailure::Truncated,
            (Phase::Queue | Phase::Answer | Phase::Work, _) => ConnectionFailure::Closed,
        }
    };
    Error::Connection {
        origin,
        failure,
        cause,
        tries: 1,
    }
}

/// Whether the head of an answer or the size of one of its chunks cannot be read.
fn is_no_http(error: &reqwest::Error) -> bool {
    find::<hyper::Error>(error).is_some_and(|http| {
        let broken_chunk = matches!(
            io_kind(http),
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
        );
        http.is_parse() || broken_chunk
    })
}

fn tls_failure(error: &rustls::Error) -> TlsFailure {
    use rustls::Error as Tls;
    match error {
        Tls::InvalidCertificate(certificate) => match certificate {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsFailure::Name
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => TlsFailure::Expired,
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                TlsFailure::UnknownAuthority
            }
            // A self-signed certificate that is an authority's and not given as `tlsCACert`.
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
                TlsFailure::UnknownAuthority
            }
            _ => TlsFailure::Other,
        },
        Tls::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            // Signed by another authority of the same name, or with another key.
            | AlertDescription::DecryptError,
        ) => TlsFailure::ClientCertificate,
        Tls::InvalidMessage(_) => TlsFailure::NotTls,
        _ => TlsFailure::Other,
    }
}

/// The first error of type `T` in the chain, also inside an `io::Error`, which hides its own.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find::<T>(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The kind of the innermost `io::Error`, except those that only say "other".
fn io_kind(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut kind = None;
    let mut next = Some(error);
    while let Some(error) = next {
        let found = error.downcast_ref::<io::Error>().map(io::Error::kind);
        kind = found
            .filter(|found| *found != io::ErrorKind::Other)
            .or(kind);
        next = error.source();
    }
    kind
}

/// The innermost words, on one line.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    words::bounded(&last.to_string(), words::QUOTE)
}
