//! TLS as Grafana's settings mean it, which is as Go's `crypto/tls` means it.
//!
//! - A CA given is the only one trusted. Otherwise the system's certificates are; where there are
//!   none (a bare container), Mozilla's public authorities, which are compiled in.
//! - A self-signed server certificate given as the CA is accepted as such. Go does so; webpki on
//!   its own refuses what `openssl req -x509` makes, because it is marked as an authority.
//! - `serverName` replaces the name in verification, whatever the URL says.
//! - `tlsSkipVerify` accepts everything.
//!
//! The cryptography is ring's: it builds for musl without cmake, unlike rustls' default.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::loki::error::{Error, words};
use crate::loki::options::{Secret, TlsOptions};

/// Checks the settings and makes the configuration.
///
/// `secure` says whether the URL is `https`: only then is the system's store read, which takes
/// some milliseconds. `http2` offers HTTP/2 in the handshake.
pub(super) fn config(
    options: &TlsOptions,
    secure: bool,
    http2: bool,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let identity = identity(options)?;
    let verifier: Arc<dyn ServerCertVerifier> = if options.skip_verify {
        Arc::new(AcceptAll(provider.clone()))
    } else {
        Arc::new(Verifier::new(options, secure, &provider)?)
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Internal {
            problem: error.to_string(),
        })?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificates, key)) => {
            builder
                .with_client_auth_cert(certificates, key)
                .map_err(|error| match error {
                    rustls::Error::InconsistentKeys(_) => setting(
                        "tlsClientKey",
                        "it is not the key of the certificate in tlsClientCert",
                    ),
                    rustls::Error::InvalidCertificate(_) => {
                        setting("tlsClientCert", "its certificate cannot be read")
                    }
                    _ => setting("tlsClientKey", "it is of a kind that cannot be used"),
                })?
        }
    };
    if http2 {
        config.alpn_protocols.push(b"h2".to_vec());
    }
    config.alpn_protocols.push(b"http/1.1".to_vec());
    Ok(config)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(options: &TlsOptions) -> Result<Option<Identity>, Error> {
    let (certificate, key) = match (&options.client_cert_pem, &options.client_key_pem) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(setting("tlsClientKey", "the certificate has no key")),
        (None, Some(_)) => return Err(setting("tlsClientCert", "the key has no certificate")),
        (Some(certificate), Some(key)) => (certificate, key),
    };
    Ok(Some((
        certificates("tlsClientCert", certificate)?,
        private_key(key)?,
    )))
}

fn private_key(pem: &Secret) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(pem.expose().as_bytes()).map_err(|_| {
        // The parser's words quote lines of the key.
        if pem.expose().contains("ENCRYPTED") {
            setting(
                "tlsClientKey",
                "it is encrypted; give it without a passphrase",
            )
        } else {
            setting("tlsClientKey", "it holds no private key in PEM format")
        }
    })
}

fn certificates(name: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| {
            // The parser quotes lines, and somebody may have pasted a key here.
            setting(name, "it is not PEM")
        })?;
    if certificates.is_empty() {
        return Err(setting(name, "it holds no certificate in PEM format"));
    }
    Ok(certificates)
}

fn setting(name: &str, problem: &str) -> Error {
    Error::Setting {
        setting: name.to_owned(),
        problem: problem.to_owned(),
    }
}

/// Verifies by webpki, with Go's two differences.
#[derive(Debug)]
struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    /// The name to verify instead of the connection's.
    name: Option<ServerName<'static>>,
    /// Certificates that the administrator trusts by themselves.
    pinned: Vec<CertificateDer<'static>>,
}

impl Verifier {
    fn new(
        options: &TlsOptions,
        secure: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        let mut pinned = Vec::new();
        if let Some(pem) = &options.ca_pem {
            for certificate in certificates("tlsCACert", pem)? {
                roots
                    .add(certificate.clone())
                    .map_err(|_| setting("tlsCACert", "its certificate cannot be read"))?;
                pinned.push(certificate);
            }
        } else if secure {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        if roots.is_empty() {
            if secure {
                tracing::debug!("system has no certificates, using the compiled in authorities");
            }
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        let webpki = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
            .build()
            .map_err(|error| Error::Internal {
                problem: error.to_string(),
            })?;
        let name = match options.server_name.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(name) => Some(ServerName::try_from(name.to_owned()).map_err(|_| {
                let shown = words::bounded(name, words::QUOTE);
                setting("serverName", &format!("{shown:?} is no host name"))
            })?),
        };
        Ok(Self {
            webpki,
            name,
            pinned,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let name = self.name.as_ref().unwrap_or(server_name);
        let verified =
            self.webpki
                .verify_server_cert(end_entity, intermediates, name, ocsp_response, now);
        match verified {
            // webpki checks the dates before it objects to this, so only the name is left.
            Err(error) if is_authority_itself(&error) && self.pinned.contains(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Whether webpki objects only to the server's certificate being an authority's.
fn is_authority_itself(error: &rustls::Error) -> bool {
    // rustls has no variant for it and hands webpki's error through; its type is not ours to name.
    matches!(error, rustls::Error::InvalidCertificate(CertificateError::Other(other))
        if format!("{other:?}").contains("CaUsedAsEndEntity"))
}

/// `tlsSkipVerify`.
#[derive(Debug)]
struct AcceptAll(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAll {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    // A certificate that nobody verified makes its signature worthless, and checking it would
    // refuse old certificates that webpki cannot read.
    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
